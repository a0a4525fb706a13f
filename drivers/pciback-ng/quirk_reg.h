/* SPDX-License-Identifier: GPL-2.0 */
/* One register of a device, by its entry: quirk.c's hands. */
#ifndef PBNG_QUIRK_REG_H
#define PBNG_QUIRK_REG_H

#include <linux/pci.h>

#include "quirk_core.h"

/* Why this device can have no such quirk, or NULL. */
const char *pbng_quirk_reg_refused(struct pci_dev *pdev, const struct pbng_quirk *quirk);

/* Have memory decoded. Return: COMMAND as it was, for pbng_quirk_reg_close(). */
u16 pbng_quirk_reg_open(struct pci_dev *pdev);
void pbng_quirk_reg_close(struct pci_dev *pdev, u16 command);

/**
 * pbng_quirk_reg_read() - read it whole
 * @pdev: the device, between open and close
 * @quirk: says which, not refused
 * @value: the result
 * Return: NULL, or why not. A BAR that reads as all-ones is looked at twice: it is
 * that of a device which does not answer unless its configuration space does.
 */
const char *pbng_quirk_reg_read(struct pci_dev *pdev, const struct pbng_quirk *quirk,
				u32 *value);

/* Write the bits that count, leave the others as they are. Return: as above. */
const char *pbng_quirk_reg_write(struct pci_dev *pdev, const struct pbng_quirk *quirk,
				 u32 value);

#endif /* PBNG_QUIRK_REG_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Errors on their way up: what the ports above a device do with them. */
#ifndef PBNG_AER_PORT_H
#define PBNG_AER_PORT_H

#include "device.h"

/**
 * pbng_aer_port_reports() - does Linux hear of this device's errors?
 * @pdev: the device
 *
 * Says in the log where they get lost, if it should hear of them and does not.
 *
 * Return: true when the root port tells Linux what it receives; otherwise it is the
 * firmware's business, or nobody's.
 */
bool pbng_aer_port_reports(struct pci_dev *pdev);

/**
 * pbng_aer_port_mask() - the device has an owner: mask what the owner may provoke
 * @dev: the device
 *
 * In the root port above, as the parameter root_port_mask says; what the first device
 * below has found there is put back after the last.
 *
 * Context: dev->lock held, may sleep.
 */
void pbng_aer_port_mask(struct pbng_dev *dev);

/* It has none any more. Harmless without the other one before it. */
void pbng_aer_port_unmask(struct pbng_dev *dev);

#endif /* PBNG_AER_PORT_H */

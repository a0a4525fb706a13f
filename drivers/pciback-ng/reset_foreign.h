/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Resets that the PCI core makes by itself: the attribute reset of a device in sysfs, which
 * xenopsd and libvirt write, or a reset of the bus by a neighbour's driver. It tells the
 * driver before and after, with device_lock held, and not how it went.
 *
 * To our side such a reset is one of a worker: the state is "resetting", and afterwards
 * there is what is there after each reset. Only a quarantine does not end with it.
 */
#ifndef PBNG_RESET_FOREIGN_H
#define PBNG_RESET_FOREIGN_H

#include <linux/pci.h>

/* For struct pci_error_handlers. Nothing happens where the reset is one of ours. */
void pbng_foreign_reset_prepare(struct pci_dev *pdev);
void pbng_foreign_reset_done(struct pci_dev *pdev);

#endif /* PBNG_RESET_FOREIGN_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device's driver_override while it is ours.
 *
 * It is ours to win a race only: from the moment at which a device may not have any driver
 * but one until that one is bound. Tools and people who bind by hand (new_id, bind, libvirt,
 * driverctl) find it as it was before. A VF without a driver has it from new_slot on, for its
 * PF may keep drivers from VFs (sriov_drivers_autoprobe) that no override names.
 */
#ifndef PBNG_OVERRIDE_H
#define PBNG_OVERRIDE_H

#include <linux/pci.h>

#define PBNG_DRIVER_MAX	64	/* room for a driver's name */

/**
 * struct pbng_override - the override of one device
 * @before: what it was, or NULL; valid while @now is set
 * @now: what we have made it, or empty while it is not ours
 *
 * One for each device, so that concurrent changes see each other. Protected by
 * the device's lock.
 */
struct pbng_override {
	char *before;
	char now[PBNG_DRIVER_MAX];
};

/**
 * pbng_override_set_locked() - let one driver alone have the device
 * @pdev: the device
 * @override: its state; where ours is there already, what was before stays known
 * @driver: name of the driver
 *
 * Context: process, may sleep; the device's lock is held.
 * Return: 0 or -ENOMEM, then nothing has changed.
 */
int pbng_override_set_locked(struct pci_dev *pdev, struct pbng_override *override,
			     const char *driver);

/* The same; takes the device's lock. */
int pbng_override_set(struct pci_dev *pdev, struct pbng_override *override, const char *driver);

/**
 * pbng_override_restore_locked() - what it was before, unless another has changed it since
 * @pdev: the device
 * @override: its state; it is fine when ours is not there
 *
 * Context: process; the device's lock is held.
 */
void pbng_override_restore_locked(struct pci_dev *pdev, struct pbng_override *override);

/* The same; takes the device's lock. */
void pbng_override_restore(struct pci_dev *pdev, struct pbng_override *override);

#endif /* PBNG_OVERRIDE_H */

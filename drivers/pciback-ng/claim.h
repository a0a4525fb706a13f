/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking a device from the host, giving it to a domain, and back.
 *
 *            probe                    assign
 *   (host) ---------> claimed ---------------------> assigned
 *     ^                 |  ^                            |
 *     |     remove      |  |          unassign          |
 *     +-----------------+  +----------------------------+
 *     |                               remove            |
 *     +-------------------------------------------------+
 *
 * Every arrow but the one to "assigned" resets the device and puts back the
 * configuration that it had when it was claimed.
 */
#ifndef PBNG_CLAIM_H
#define PBNG_CLAIM_H

#include "device.h"

struct attribute_group;

/**
 * pbng_claim_init() - register the PCI driver
 * @groups: its attributes
 * Devices of the rules that have no driver are claimed at once.
 * Return: 0 or a negative errno.
 */
int pbng_claim_init(const struct attribute_group **groups);

/* Unregister it; every device goes back to the host. */
void pbng_claim_exit(void);

/**
 * pbng_claim_take() - take a device that another driver has
 * @bdf: its address; a rule for it exists
 *
 * For hide= at load. No device there is no error: it may come later.
 *
 * Context: process, no lock held.
 */
void pbng_claim_take(struct pbng_bdf bdf);

/**
 * pbng_claim_assign() - give a claimed device to a domain
 * @dev: the device
 * @domid: the domain
 *
 * While a device is assigned the module cannot be unloaded.
 *
 * Context: process, takes dev->lock.
 * Return: 0; -ENODEV when it is gone; -EBUSY when another domain has it;
 * -EEXIST when this domain has it; -EPERM for a bridge.
 */
int pbng_claim_assign(struct pbng_dev *dev, int domid);

/**
 * pbng_claim_unassign() - take it back, reset it
 * @dev: the device
 * @domid: who had it; nothing happens when that is no longer so
 *
 * Context: process, takes device_lock and dev->lock, may take seconds.
 */
void pbng_claim_unassign(struct pbng_dev *dev, int domid);

/**
 * pbng_claim_reset() - reset on behalf of the toolstack (do_flr)
 * @dev: the device
 *
 * Context: process, takes device_lock and dev->lock, may take seconds.
 * Return: as pbng_reset(); -ENODEV when it is gone.
 */
int pbng_claim_reset(struct pbng_dev *dev);

#endif /* PBNG_CLAIM_H */

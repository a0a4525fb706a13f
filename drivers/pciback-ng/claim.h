/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking a device from the host, giving it to a domain, and back: the states
 * of owner_core.h brought to hardware.
 *
 * Whatever leads out of "assigned" quiesces the device at once, resets it and
 * puts back the configuration that it had when it was claimed. A device that
 * cannot be reset because it has no method for it is given on as it is; one
 * whose reset fails is quarantined.
 */
#ifndef PBNG_CLAIM_H
#define PBNG_CLAIM_H

#include "device.h"

/**
 * pbng_claim_begin() - our driver is bound to a device
 * @pdev: the device
 * @rule: the rule that made it ours
 *
 * Context: device_lock held, may take seconds.
 * Return: 0 or a negative errno, then it is as it was.
 */
int pbng_claim_begin(struct pci_dev *pdev, const struct pbng_rule_match *rule);

/**
 * pbng_claim_end() - our driver is unbound from a device
 * @pdev: the device
 *
 * An owner is asked to let go of it first, and has five seconds for that.
 *
 * Context: device_lock held, may take seconds.
 */
void pbng_claim_end(struct pci_dev *pdev);

/**
 * pbng_claim_assign() - give a claimed device to an owner
 * @dev: the device
 * @frontend: the owner
 *
 * While a device is assigned the module cannot be unloaded.
 *
 * Context: process, takes dev->lock.
 * Return: 0; -ENODEV when it is gone; -EBUSY when another owner has it or it is
 * being reset; -EEXIST when this owner has it; -EPERM for a bridge; -EIO when
 * it is quarantined.
 */
int pbng_claim_assign(struct pbng_dev *dev, struct pbng_frontend *frontend);

/* The owner sees it at a virtual address. Takes dev->lock. */
void pbng_claim_set_virt(struct pbng_dev *dev, struct pbng_bdf virt);

/**
 * pbng_claim_unassign() - take it back, reset it
 * @dev: the device
 * @frontend: who had it; nothing happens when that is no longer so
 *
 * Context: process, takes device_lock and dev->lock, may take seconds.
 */
void pbng_claim_unassign(struct pbng_dev *dev, struct pbng_frontend *frontend);

/**
 * pbng_claim_reset() - reset on behalf of the toolstack (do_flr)
 * @dev: the device
 *
 * Context: process, takes device_lock and dev->lock, may take seconds.
 * Return: as pbng_reset(); -ENODEV when it is gone.
 */
int pbng_claim_reset(struct pbng_dev *dev);

/**
 * pbng_claim_set_policy() - what may the owner write?
 * @dev: the device
 * @policy: the answer, until the owner changes
 *
 * It holds for the next owner when the device has none.
 *
 * Context: process, takes dev->lock.
 * Return: 0; -ENODEV when the device is gone; -EIO when it fails.
 */
int pbng_claim_set_policy(struct pbng_dev *dev, enum pbng_policy policy);

/**
 * pbng_claim_contain() - keep a device from doing harm
 * @dev: the device
 * @why: the reason, for the log
 *
 * No DMA and no interrupts from now on, and nobody's accesses: it is quarantined. Its
 * owner, if it has one, lives on without it. A reset that works cures it.
 *
 * Context: process, takes dev->lock, may sleep.
 * Return: 0; -ENODEV when it is gone.
 */
int pbng_claim_contain(struct pbng_dev *dev, const char *why);

/**
 * pbng_claim_release_vfs() - a PF loses its driver: take its VFs from everybody
 * @pf: the PF
 *
 * All owners are asked at once, so that the wait is one.
 *
 * Context: process, device_lock of @pf held, takes that of each VF.
 */
void pbng_claim_release_vfs(struct pci_dev *pf);

#endif /* PBNG_CLAIM_H */

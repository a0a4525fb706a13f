/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking a device from the host, giving it to a domain, and back: the states
 * of owner_core.h brought to hardware.
 *
 * Whatever leads out of "assigned" quiesces the device at once, resets it (reset.h) and
 * puts back the configuration that it had when it was claimed. What becomes of it then
 * is in reset_core.h.
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
 * @why: PT_WHY_MAX bytes: the words of a guard that refused it, else empty
 *
 * While a device is assigned the module cannot be unloaded.
 *
 * Context: process, takes dev->lock; waits for a reset of a device that nobody has, for
 * pbng_param_reset_timeout at most.
 * Return: 0; -ENODEV when it is gone; -EBUSY when another owner has it or it is
 * being reset; -EEXIST when this owner has it; -EPERM for a bridge; -EIO when
 * it is quarantined; what a guard said.
 */
int pbng_claim_assign(struct pbng_dev *dev, struct pbng_frontend *frontend, char *why);

/* The owner sees it at a virtual address. Takes dev->lock. */
void pbng_claim_set_virt(struct pbng_dev *dev, struct pbng_bdf virt);

/**
 * pbng_claim_unassign() - take it back, reset it
 * @dev: the device
 * @frontend: who had it; nothing happens when that is no longer so
 * @end: how long to wait for the reset, in jiffies
 *
 * A reset that takes longer goes on afterwards. The device does no DMA, and is nobody's until
 * it is reset.
 *
 * Context: process, takes dev->lock; waits until @end at most.
 */
void pbng_claim_unassign(struct pbng_dev *dev, struct pbng_frontend *frontend,
			 unsigned long end);

/**
 * pbng_claim_is_fit() - could it be given to an owner, or has it one?
 * @dev: the device
 *
 * Context: process, takes dev->lock.
 * Return: whether it is claimed or assigned, and not quarantined, being reset or gone.
 */
bool pbng_claim_is_fit(struct pbng_dev *dev);

/**
 * pbng_claim_reset() - reset it, whether somebody has it or not
 * @dev: the device
 * @by: who wants that
 *
 * Context: process, takes dev->lock; waits for pbng_param_reset_timeout at most.
 * Return: 0; -EOPNOTSUPP when its reset_method is "none"; -ENOTTY when it has no reset;
 * -EBUSY when it needs a reset of its bus, where others have functions, or when the
 * kernel has not ended its last reset; -ETIMEDOUT; -ENODEV when it is gone or does not
 * answer; what the PCI core said.
 */
int pbng_claim_reset(struct pbng_dev *dev, enum pbng_reset_by by);

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
 * Return: 0; -EBUSY when it is being reset, which decides; -ENODEV when it is gone.
 */
int pbng_claim_contain(struct pbng_dev *dev, const char *why);

/**
 * pbng_claim_release_vfs() - a PF loses its driver: take its VFs from everybody
 * @pf: the PF
 *
 * All owners are asked at once, so that the wait is one. Without an owner the VFs are unbound
 * by a work item of pbng_later, where the PF's driver leaves them behind.
 *
 * Context: the PCI bus notifier, device_lock of @pf held; takes dev->lock of each VF.
 */
void pbng_claim_release_vfs(struct pci_dev *pf);

#endif /* PBNG_CLAIM_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Power: a claimed device without an owner sleeps in D3hot, a guest changes the power state of
 * the device that it has, and the host can be suspended.
 *
 * Not runtime PM: that would let the bridges above go to sleep as well, and Xen
 * and the toolstack look at a device's configuration without asking Linux.
 *
 * A function without NoSoftRst forgets its configuration on the way from D3hot to D0. What
 * it had is saved before and put back after, with reset quirks and the copies of its owner:
 * a guest, which reads those copies, would not write them again, and a device that does not
 * decode any more makes its owner's accesses unsupported requests (XSA-120).
 *
 * pci_set_power_state() waits for the device, and for pci_bus_sem. It is called here and by
 * methods of reset only, by whatever holds the hardware (hold.h):
 *
 *   order of a guest -. under dev->lock   worker holds the hardware
 *   idle for a while -+-> begin() ------> power_work() ---> end: awake, asleep, in the guest's
 *   new owner --------'                        |            state, or quarantined
 *                                              `- deadline: quarantined
 */
#ifndef PBNG_POWER_H
#define PBNG_POWER_H

#include <linux/pm.h>

#include "device.h"

extern const struct dev_pm_ops pbng_power_ops;

void pbng_power_init(struct pbng_dev *dev);

/**
 * pbng_power_idle() - nobody has the device: let it sleep after a while
 * @dev: the device
 *
 * After a while, because the toolstack resets it and gives a guest's device
 * model access to it before we hear who its owner is.
 *
 * Context: dev->lock held.
 */
void pbng_power_idle(struct pbng_dev *dev);

/**
 * pbng_power_wake() - it is needed: begin to wake it, as claiming found it
 * @dev: the device, without an owner
 *
 * Context: dev->lock held. To wait for the end: pbng_hold_wait().
 * Return: whether it is awake.
 */
bool pbng_power_wake(struct pbng_dev *dev);

/**
 * pbng_power_order() - its owner wants another power state
 * @dev: the device, assigned
 * @state: D0 to D3hot
 *
 * Context: dev->lock held, no worker holds the hardware.
 * Return: 0 when the device is in it or the change has begun, see pbng_power_done(); -EBUSY
 * when the owner has had too many.
 */
int pbng_power_order(struct pbng_dev *dev, pci_power_t state);

/**
 * pbng_power_enable() - its owner wants to decode addresses for the first time
 * @dev: the device, assigned
 *
 * pci_enable_device() is not for dev->lock either. At its end the owner's copy of COMMAND
 * is put into the device.
 *
 * Context: as pbng_power_order().
 */
void pbng_power_enable(struct pbng_dev *dev);

/**
 * pbng_power_done() - wait for the end of what an owner has ordered
 * @dev: the device
 * @end: until then, in jiffies
 * Context: process, no lock held.
 * Return: how it went; -ETIMEDOUT when it has not ended.
 */
int pbng_power_done(struct pbng_dev *dev, unsigned long end);

/**
 * pbng_power_up() - to D0, with what it has lost in D3hot
 * @dev: the device
 *
 * Leaves bus mastering off.
 *
 * Context: the caller holds the hardware, and no dev->lock.
 * Return: 0; -ENODEV when it does not answer; what the PCI core said.
 */
int pbng_power_up(struct pbng_dev *dev);

/* The same for binding and unbinding: dev->lock is held, and let go meanwhile. */
void pbng_power_up_now(struct pbng_dev *dev);

/*
 * The link above was reset, which wakes all there is behind it: have the PCI core know. Not
 * here, for the AER thread holds pci_bus_sem. dev->lock held, no worker holds the hardware.
 */
void pbng_power_follow(struct pbng_dev *dev);

/* The link above was reset in the middle of a change. dev->lock held. */
void pbng_power_wiped(struct pbng_dev *dev);

/* A change has passed its deadline. dev->lock held. */
void pbng_power_overdue(struct pbng_dev *dev);

/* A new owner: what it may cost. dev->lock held. */
void pbng_power_given(struct pbng_dev *dev);

/* No sleep any more; waits for one that begins. No lock held but device_lock. */
void pbng_power_stop(struct pbng_dev *dev);

#endif /* PBNG_POWER_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Power: a claimed device that nobody has sleeps in D3hot, and the host can be
 * suspended.
 *
 * Not runtime PM: that would let the bridges above go to sleep as well, and Xen
 * and the toolstack look at a device's configuration without asking Linux.
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
 * pbng_power_wake() - it is needed: wake it, as claiming found it
 * @dev: the device
 *
 * Context: dev->lock held, may sleep.
 */
void pbng_power_wake(struct pbng_dev *dev);

/* No sleep any more; waits for one that begins. No lock held but device_lock. */
void pbng_power_stop(struct pbng_dev *dev);

#endif /* PBNG_POWER_H */

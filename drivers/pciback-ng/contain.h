/* SPDX-License-Identifier: GPL-2.0 */
/* Keeping a device from doing harm: no DMA, no interrupts, no accesses of its owner. */
#ifndef PBNG_CONTAIN_H
#define PBNG_CONTAIN_H

#include "device.h"

/**
 * pbng_contain() - quarantine a device
 * @dev: the device
 * @why: the reason, for the log
 *
 * As pbng_claim_contain(). Where a worker holds the hardware it is quiesced when the worker
 * gives it back.
 *
 * Context: dev->lock held, may sleep, does not wait.
 * Return: 0; -EBUSY when it is being reset, which decides; -ENODEV when it is gone.
 */
int pbng_contain(struct pbng_dev *dev, const char *why);

/**
 * pbng_contain_now() - the same, also while it is being reset
 * @dev: the device
 * @why: the reason, for the log
 *
 * That reset is no cure: when it ends, it has come too late.
 *
 * Context: dev->lock held, may sleep, does not wait.
 * Return: 0; -ENODEV when it is gone.
 */
int pbng_contain_now(struct pbng_dev *dev, const char *why);

#endif /* PBNG_CONTAIN_H */

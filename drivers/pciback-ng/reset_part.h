/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of a reset need of each other: reset.c has the worker and the deadline,
 * reset_bus.c what hits more than a function, reset_foreign.c resets by the PCI core.
 */
#ifndef PBNG_RESET_PART_H
#define PBNG_RESET_PART_H

#include "device.h"

/**
 * pbng_reset_take_hardware() - from now on the hardware is a reset's
 * @dev: the device, in state RESETTING
 *
 * Its worker is the caller, or a worker that resets its whole bus.
 *
 * Context: dev->lock held.
 */
void pbng_reset_take_hardware(struct pbng_dev *dev);

/**
 * pbng_reset_over() - a worker is done with the hardware
 * @dev: the device
 * @err: what the reset said, see pbng_reset_is_fit()
 * @way: enum pbng_reset_way that worked, PBNG_RESET_WAYS for none
 *
 * Context: dev->lock held, may sleep.
 */
void pbng_reset_over(struct pbng_dev *dev, int err, unsigned int way);

/**
 * pbng_reset_try() - reset, and try again where somebody has locked what it needs
 * @dev: the device
 * @method: the reset, which says -EAGAIN then
 *
 * The PCI core may have locked a function or the bridge for a reset of a neighbour.
 *
 * Context: a worker's, no lock held.
 * Return: what @method says; -EBUSY when the deadline has passed.
 */
int pbng_reset_try(struct pbng_dev *dev, int (*method)(struct pbng_dev *dev));

/**
 * pbng_reset_bus() - reset the slot or bus of a function, and with it the others there
 * @dev: the device, whose hardware is the worker's
 *
 * Context: its worker, no lock held.
 * Return: as pbng_method_bus(); -EBUSY when another function there is in use, -E2BIG when
 * they are too many.
 */
int pbng_reset_bus(struct pbng_dev *dev);

#endif /* PBNG_RESET_PART_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reset of a device, from its beginning to what comes after it.
 *
 * A device that dies in the middle of a reset makes the kernel wait for a minute or two,
 * and nothing can stop that. So a reset is a worker's, which holds the hardware (hold.h)
 * and not dev->lock: state "resetting" keeps all others away. Who wants a reset waits until
 * the state is another. One that is asked for while the power state changes begins after it.
 *
 *   begin ---> worker has the hardware ---> over: fit, or quarantined
 *      |                                     ^
 *      `--- deadline: quarantined, waiters go on; the worker ends when the kernel does
 *
 * One that is quarantined for its deadline stays so when it comes back late, until the
 * next reset. An owner that leaves in the middle makes it begin again.
 *
 * A reset that is wider than a function makes the others on that bus part of it: they
 * are "resetting" as well. Only such take part as nobody has; or the same owner, when an
 * administrator says so.
 */
#ifndef PBNG_RESET_H
#define PBNG_RESET_H

#include "device.h"

/**
 * pbng_reset_begin() - start a reset
 * @dev: the device
 * @by: who wants it
 *
 * Context: dev->lock held.
 * Return: 0; -EBUSY when it is being reset, or the kernel still waits for the end of a
 * reset that has passed its deadline; -ENODEV when the device is gone or about to.
 */
int pbng_reset_begin(struct pbng_dev *dev, enum pbng_reset_by by);

/**
 * pbng_reset_take_back() - the owner leaves: start a reset, now or again
 * @dev: the device, parted from its owner
 *
 * Context: dev->lock held.
 */
void pbng_reset_take_back(struct pbng_dev *dev);

/**
 * pbng_reset_order_now() - which ways of resetting a device are tried
 * @dev: the device
 *
 * Context: dev->lock held, or the caller has the hardware.
 * Return: its reset_method; none where a reset quirk waives it.
 */
struct pbng_reset_order pbng_reset_order_now(const struct pbng_dev *dev);

/**
 * pbng_reset_wait() - until a reset has ended or has passed its deadline
 * @dev: the device
 * @longest: and not longer than that, in jiffies
 *
 * Context: process, no lock held.
 * Return: what the last reset said; -ETIMEDOUT when it has not ended; -ENODEV when the
 * device is gone.
 */
int pbng_reset_wait(struct pbng_dev *dev, unsigned long longest);

/**
 * pbng_reset_now() - reset a function on the spot
 * @dev: the device, which nobody else knows yet, or that is about to go
 *
 * For binding and unbinding, where the driver core waits anyhow. No deadline.
 *
 * Context: device_lock and dev->lock held; dev->lock is let go while the hardware works.
 * Return: as pbng_method_function().
 */
int pbng_reset_now(struct pbng_dev *dev);

/**
 * pbng_reset_judge() - in state RESETTING: decide what it is now
 * @dev: the device
 * @err: what the reset said, see pbng_reset_is_fit()
 * Context: dev->lock held.
 */
void pbng_reset_judge(struct pbng_dev *dev, int err);

/**
 * pbng_reset_stop() - no further resets; wait for the running one
 * @dev: the device, which is about to go
 *
 * Context: process, device_lock held. May wait as long as the kernel does.
 */
void pbng_reset_stop(struct pbng_dev *dev);

void pbng_reset_setup(struct pbng_dev *dev);

#endif /* PBNG_RESET_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Making a device quiet, and forgetful. */
#ifndef PBNG_RESET_H
#define PBNG_RESET_H

#include "device.h"

/**
 * pbng_quiesce() - no interrupts, no DMA
 * @dev: the device
 *
 * Decode stays as it is: other agents may still read BARs, and an access to
 * a device that does not decode is an unsupported request (XSA-120).
 *
 * Context: dev->lock held, may sleep.
 */
void pbng_quiesce(struct pbng_dev *dev);

/**
 * pbng_reset() - reset the function, keep its configuration as it is
 * @dev: the device
 *
 * Uses the methods in the order of the device's reset_method attribute, and
 * only such as touch no other function. Interrupts that are set up for a guest
 * stay so: libxl resets a device before it asks a PV guest to let go of it.
 *
 * Context: device_lock and dev->lock held, may sleep for seconds.
 * Return: 0; -ENOTTY when the device has no such method; -EBUSY when the bus
 * above could not be locked; -ENODEV when the device does not answer; what the
 * method said.
 */
int pbng_reset(struct pbng_dev *dev);

/**
 * pbng_restore() - put back the configuration that claiming found
 * @dev: the device, quiesced
 *
 * Context: dev->lock held, may sleep.
 */
void pbng_restore(struct pbng_dev *dev);

/**
 * pbng_reset_later() - have dev->flr called, with a reference on the device
 * @dev: the device; asked twice before it begins means once
 * Context: any. dev->flr puts the reference.
 */
void pbng_reset_later(struct pbng_dev *dev);

/* Before the first and after the last device. Return: 0 or -ENOMEM. */
int pbng_reset_init(void);
void pbng_reset_exit(void);

#endif /* PBNG_RESET_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Making a device quiet, and forgetful: what is done to the hardware. */
#ifndef PBNG_METHOD_H
#define PBNG_METHOD_H

#include "device.h"

/**
 * pbng_quiesce() - no interrupts, no DMA
 * @dev: the device
 *
 * Decode stays as it is: other agents may still read BARs, and an access to
 * a device that does not decode is an unsupported request (XSA-120).
 *
 * Context: dev->lock held, no reset running, may sleep.
 */
void pbng_quiesce(struct pbng_dev *dev);

/**
 * pbng_mask_line() - no INTx until there is a new owner
 * @dev: the device
 *
 * One that no reset has made quiet goes on asserting its line: a UHCI controller does when
 * it cannot fetch its frames any more. Others share that line, and with no handler left that
 * wants its interrupts the kernel shuts it for all of them.
 *
 * Context: dev->lock held.
 */
void pbng_mask_line(struct pbng_dev *dev);

/**
 * pbng_restore() - put back the configuration that claiming found
 * @dev: the device, quiesced
 *
 * Context: dev->lock held, no reset running, may sleep.
 */
void pbng_restore(struct pbng_dev *dev);

/**
 * pbng_withdraw() - take the hardware from its owner
 * @dev: the device
 *
 * Context: dev->lock held, no reset running, may sleep.
 */
void pbng_withdraw(struct pbng_dev *dev);

/**
 * pbng_method_begin() - a reset will hit a function
 * @dev: the device
 *
 * What else there is to do before a reset; the ways below do it for the function that they
 * are called for.
 *
 * Context: nobody else uses the hardware; may sleep.
 */
void pbng_method_begin(struct pbng_dev *dev);

/**
 * pbng_method_end() - a reset has hit a function
 * @dev: the device, its configuration put back
 * @err: what the reset said
 *
 * Context: as above, may sleep for seconds.
 * Return: @err, or -EIO when the device does not answer.
 */
int pbng_method_end(struct pbng_dev *dev, int err);

/**
 * pbng_method_function() - reset one function, keep its configuration as it is
 * @dev: the device
 *
 * Uses the PCI core's methods in the order of the device's reset_method attribute, and
 * only such as touch no other function. Interrupts that are set up for a guest
 * stay so: libxl resets a device before it asks a PV guest to let go of it.
 *
 * Context: device_lock held; nobody else uses the hardware; may sleep for minutes when
 * the device dies.
 * Return: 0; -ENOTTY when the device has no such method; -EAGAIN when it or the bridge
 * above could not be locked; -ENODEV when it does not answer, -EIO when it does not
 * come back; what the method said.
 */
int pbng_method_function(struct pbng_dev *dev);

/**
 * pbng_method_bus() - reset the slot or bus of a function
 * @dev: the device
 *
 * Context: nobody else uses any function of it; may sleep for minutes.
 * Return: 0; -EAGAIN when somebody has locked one of them; -ENOTTY; -EIO when the
 * device does not come back; what the PCI core said.
 */
int pbng_method_bus(struct pbng_dev *dev);

#endif /* PBNG_METHOD_H */

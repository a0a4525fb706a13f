/* SPDX-License-Identifier: GPL-2.0 */
/* The virtual configuration space of a claimed device: config_core.h's hands. */
#ifndef PBNG_CONFIG_H
#define PBNG_CONFIG_H

#include "config_core.h"
#include "device.h"

/* Before the first device, after the last. Return: 0 or -ENOMEM. */
int pbng_config_init(void);
void pbng_config_exit(void);

/**
 * pbng_config_claim() - set the policy of the rule; build the space where config_quirks wants
 * @dev: the device, enabled and in the state that guests shall find
 *
 * The virtual configuration space takes 4 KB, and most VFs of a large host have no owner: it is
 * built for the first owner, or when quirks is read or written. An entry of config_quirks for
 * the device has it built here, so that the log names a register that cannot be opened.
 *
 * Context: dev->lock held, may sleep.
 * Return: 0 or a negative errno.
 */
int pbng_config_claim(struct pbng_dev *dev);

/**
 * pbng_config_need() - build the virtual configuration space, unless it exists
 * @dev: the device, in the state that guests shall find, or in D3hot
 * Context: dev->lock held, may sleep.
 * Return: 0 and dev->cfg is set; -EBUSY while a worker holds the hardware; or an errno of
 * pbng_cfg_build().
 */
int pbng_config_need(struct pbng_dev *dev);

/**
 * pbng_config_refresh() - the same, and build it again where overlays have come or gone
 * @dev: the device, without an owner and awake
 *
 * Quirks and the policy stay.
 *
 * Context: dev->lock held, may sleep.
 * Return: 0, or a negative errno: it must not get an owner then.
 */
int pbng_config_refresh(struct pbng_dev *dev);

/* Set the policy, for a space that is built later as well. dev->lock held. */
void pbng_config_set_policy(struct pbng_dev *dev, enum pbng_policy policy);

/* Reset the virtual registers, denials and the policy for the next owner. dev->lock held. */
void pbng_config_hand_over(struct pbng_dev *dev);

/* Free it; dev->cfg is NULL afterwards. dev->lock held. */
void pbng_config_destroy(struct pbng_dev *dev);

/**
 * pbng_config_read() - a guest's read
 * @dev: the device
 * @off: offset, unchecked
 * @len: length, unchecked
 * @value: the result, 0 on failure
 * Context: dev->lock held or pbng_dev_try_enter(); does not sleep.
 * Return: 0, -EINVAL for a bad @off or @len, -EIO when the device fails.
 */
int pbng_config_read(struct pbng_dev *dev, s32 off, s32 len, u32 *value);

/**
 * pbng_config_may_sleep() - is a read there more than a read of the device?
 * @dev: the device
 * @off: offset, unchecked
 * Context: as pbng_config_read(). An interrupt has to ask first.
 * Return: true when it is an overlay's.
 */
bool pbng_config_may_sleep(struct pbng_dev *dev, s32 off);

/**
 * pbng_config_write() - a guest's write
 * @dev: the device
 * @off: offset, unchecked
 * @len: length, unchecked
 * @value: the value
 *
 * What the guest may not change is dropped and noted; the log names the first few
 * registers of each owner, and the quirk that would let each through.
 *
 * Context: dev->lock held, may sleep.
 * Return: as pbng_config_read().
 */
int pbng_config_write(struct pbng_dev *dev, s32 off, s32 len, u32 value);

#endif /* PBNG_CONFIG_H */

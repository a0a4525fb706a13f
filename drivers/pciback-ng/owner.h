/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of a device's state, made and made known. The states: owner_core.h. */
#ifndef PBNG_OWNER_H
#define PBNG_OWNER_H

#include "device.h"

/**
 * pbng_owner_happens() - something happens to a device
 * @dev: the device
 * @event: what
 *
 * udev and whoever polls "state" learn of the new state, and those who wait for the
 * end of a reset (dev->reset.settled) look again.
 *
 * Context: dev->lock held, may sleep.
 * Return: as pbng_owner_event().
 */
int pbng_owner_happens(struct pbng_dev *dev, enum pbng_event event);

#endif /* PBNG_OWNER_H */

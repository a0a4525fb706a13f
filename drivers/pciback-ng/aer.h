/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI Express errors of claimed devices: reported, counted, brought to the owner, and
 * where the owner has no answer, contained.
 *
 * The PCI core asks us with device_lock of the device and a lock of all buses held, so
 * no step waits for a guest longer than the parameter aer_timeout says, and none holds
 * dev->lock meanwhile: the guest's own handlers use the device.
 */
#ifndef PBNG_AER_H
#define PBNG_AER_H

#include "device.h"

extern const struct pci_error_handlers pbng_aer_handlers;

void pbng_aer_init(struct pbng_dev *dev);

/**
 * pbng_aer_enable() - the device reports its errors
 * @dev: the device
 *
 * SERR# and the enable bits of Device Control, where Linux handles what the root port
 * receives. To be called at claim and after whatever put other registers back. The
 * first call also looks at the ports above, and says what they keep to themselves.
 *
 * Context: nobody else uses the hardware; may sleep.
 */
void pbng_aer_enable(struct pbng_dev *dev);

/**
 * pbng_aer_mute() - the device keeps its errors to itself
 * @dev: the device
 *
 * For a reset: what reaches a device that does not decode is an error of nobody.
 *
 * Context: as pbng_aer_enable(), which ends it.
 */
void pbng_aer_mute(struct pbng_dev *dev);

/* It goes back to the host: its registers are not ours any more. dev->lock held. */
void pbng_aer_release(struct pbng_dev *dev);

#endif /* PBNG_AER_H */

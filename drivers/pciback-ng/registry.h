/* SPDX-License-Identifier: GPL-2.0 */
/* The claimed devices by address, in an xarray: no lookup walks a list. */
#ifndef PBNG_REGISTRY_H
#define PBNG_REGISTRY_H

#include "device.h"

/**
 * pbng_registry_insert() - a device was claimed
 * @dev: the device; the registry takes a reference
 * Return: 0, -EBUSY when the address is taken, -ENOMEM.
 */
int pbng_registry_insert(struct pbng_dev *dev);

/**
 * pbng_registry_erase() - a device is released; drops the registry's reference
 * @dev: the device
 */
void pbng_registry_erase(struct pbng_dev *dev);

/**
 * pbng_registry_get() - find a claimed device
 * @bdf: its address
 * Return: the device with a reference for the caller, or NULL.
 */
struct pbng_dev *pbng_registry_get(struct pbng_bdf bdf);

/**
 * pbng_registry_ask() - ask something of a claimed device
 * @bdf: its address
 * @fn: what is asked; it neither sleeps nor keeps the device
 * Context: any but hard interrupts.
 * Return: what @fn says, or -ENODEV.
 */
int pbng_registry_ask(struct pbng_bdf bdf, int (*fn)(const struct pbng_dev *dev));

/**
 * pbng_registry_next() - the first claimed device at or after an address
 * @key: in and out: the address as pbng_bdf_key() has it
 * Return: the device with a reference for the caller, or NULL at the end.
 */
struct pbng_dev *pbng_registry_next(unsigned long *key);

/* For work of a device that is done later: unloading waits for it. */
extern struct workqueue_struct *pbng_later;

/* Before the first and after the last device. Return: 0 or -ENOMEM. */
int pbng_registry_init(void);
void pbng_registry_exit(void);

/* Zeroed memory for a device, or NULL; pbng_dev_put() frees it. Context: may sleep. */
struct pbng_dev *pbng_dev_alloc(void);

/**
 * pbng_dev_delay() - have a device's work done later, with a reference that is its own
 * @dev: the device
 * @wq: by whom
 * @work: the work, which puts the reference; when it is pending its time changes
 * @delay: in jiffies
 * Context: any.
 */
void pbng_dev_delay(struct pbng_dev *dev, struct workqueue_struct *wq,
		    struct delayed_work *work, unsigned long delay);

/* It need not be done any more; it may be running, though. */
void pbng_dev_undelay(struct pbng_dev *dev, struct delayed_work *work);

/* Drop a reference; frees the device with the last one. May sleep. */
void pbng_dev_put(struct pbng_dev *dev);

#endif /* PBNG_REGISTRY_H */

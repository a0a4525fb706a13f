/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device had before it was ours: a driver, an override. One record a device, from its
 * first hiding until it is unplugged: a caller that looks one up, and waits for a driver then,
 * changes the one that all others see.
 */
#ifndef PBNG_HIDDEN_H
#define PBNG_HIDDEN_H

#include <linux/kref.h>
#include <linux/pci.h>

#include "override.h"

/**
 * struct pbng_hidden - what a device had before it was ours
 * @ref: holders: the table, and who looked it up
 * @pdev: the device, with a reference
 * @override: its driver_override
 * @driver: the driver that it was taken from, under the device's lock; empty when it had none
 * @newborn: no driver has seen it, the rules were there first
 * @aside: it comes back to our driver when no guest has a device with its requester id
 *	   (aside.h); changes under the device's lock
 * @forced: it may be here all the same, until it has had an owner
 */
struct pbng_hidden {
	struct kref ref;
	struct pci_dev *pdev;
	struct pbng_override override;
	char driver[PBNG_DRIVER_MAX];
	bool newborn;
	bool aside;
	bool forced;
};

/**
 * pbng_hidden_get() - find the record of a device
 * @pdev: the device
 *
 * Context: any.
 * Return: the record with a reference, or NULL.
 */
struct pbng_hidden *pbng_hidden_get(struct pci_dev *pdev);

/* The same; begins one where there is none. Context: process. Return: NULL for no memory. */
struct pbng_hidden *pbng_hidden_get_new(struct pci_dev *pdev);

/* Drop a reference; NULL is fine. */
void pbng_hidden_put(struct pbng_hidden *h);

/* Take a record out of the table: the device is unplugged, or the module goes. */
void pbng_hidden_forget(struct pbng_hidden *h);

/**
 * pbng_hidden_drop_stale() - take out the record of another device at this address
 * @pdev: the device that is there now
 *
 * Hiding a device in the moment in which it is pulled leaves one behind.
 */
void pbng_hidden_drop_stale(struct pci_dev *pdev);

/**
 * pbng_hidden_next() - walk over all records
 * @key: 0 at first, then one more than the last
 *
 * Return: the record with a reference, or NULL at the end.
 */
struct pbng_hidden *pbng_hidden_next(unsigned long *key);

#endif /* PBNG_HIDDEN_H */

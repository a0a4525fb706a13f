/* SPDX-License-Identifier: GPL-2.0 */
/* Registers that kinds of cards need: config_quirk_core.h's table, and its use. */
#ifndef PBNG_CONFIG_QUIRK_H
#define PBNG_CONFIG_QUIRK_H

#include "config_quirk_core.h"
#include "device.h"

/* The entries that come with the driver. Return: 0 or -ENOMEM. */
int pbng_config_quirk_init(void);
void pbng_config_quirk_exit(void);

/* Take the entries of config_quirks=; one that is wrong is reported and passed over. */
void pbng_config_quirk_load(void);

/**
 * pbng_config_quirk_next() - do what the next entry of a list says
 * @list: the list, see pt_list_next(); a comment ends it
 * @entry: its text
 * @error: where in the list and why, on failure; the rest can still be read
 *
 * An entry that is new holds for devices that are claimed at once. One that is taken out
 * holds for them until they are claimed again.
 *
 * Context: process, takes config_quirks_lock, then dev->lock of each device.
 * Return: 1; 0 at the end of the list; -EINVAL; -ENOSPC when there are too many; -ENOENT
 * when there is nothing to take out.
 */
int pbng_config_quirk_next(struct pt_list *list, struct pt_list_entry *entry,
			   struct pbng_rule_error *error);

/**
 * pbng_config_quirk_for_each() - visit the entries
 * @fn: called for each; a result other than 0 ends the walk
 * @data: handed to @fn
 * Context: process, @fn is called with config_quirks_lock held for reading.
 */
void pbng_config_quirk_for_each(int (*fn)(const struct pbng_config_quirk *quirk, void *data),
				void *data);

/**
 * pbng_config_quirk_named() - does an administrator's entry match the device?
 * @dev: the device
 * Context: dev->lock held.
 * Return: true when an entry that is not built in matches.
 */
bool pbng_config_quirk_named(struct pbng_dev *dev);

/**
 * pbng_config_quirk_open() - open the registers that a device's entries name
 * @dev: the device; @dev->cfg has just been built
 * Context: dev->lock held, takes config_quirks_lock.
 */
void pbng_config_quirk_open(struct pbng_dev *dev);

#endif /* PBNG_CONFIG_QUIRK_H */

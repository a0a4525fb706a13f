/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Quirks of resets: registers that are put back after each reset, methods that must not
 * be used. The entries are read from text (quirk_core.h); what they mean for one device
 * is in its pbng_dev.quirk.
 *
 * What is put back is what claiming found, before our first reset: what firmware or the
 * host has set up, never what a guest has left. An entry that says a value needs none of
 * that and holds from the next reset on; one that does not has to be there before a
 * device is claimed.
 */
#ifndef PBNG_QUIRK_H
#define PBNG_QUIRK_H

#include "device.h"
#include "quirk_core.h"

enum pbng_quirk_result {
	PBNG_QUIRK_WAITS,	/* for a reset */
	PBNG_QUIRK_OK,
	PBNG_QUIRK_WRONG,	/* read back as something else */
	PBNG_QUIRK_SKIPPED,
};

/**
 * struct pbng_quirk_reg - a register of a claimed device
 * @quirk: the entry
 * @found: claiming found @raw in it
 * @raw: all of its bits
 * @never: why it cannot be restored at all, or NULL
 * @result: how it went, the last time
 * @seen: WRONG: what it read as
 * @why: SKIPPED: why
 */
struct pbng_quirk_reg {
	struct pbng_quirk quirk;
	bool found;
	u32 raw;
	const char *never;
	enum pbng_quirk_result result;
	u32 seen;
	const char *why;
};

/* What a register is to hold, of the bits that count. */
static inline u32 pbng_quirk_want(const struct pbng_quirk_reg *reg)
{
	return reg->quirk.has_value ? reg->quirk.value : reg->raw & reg->quirk.mask;
}

/* The entries that come with the driver. Return: 0 or -ENOMEM. */
int pbng_quirk_init(void);
void pbng_quirk_exit(void);

/**
 * pbng_quirk_next() - do what the next entry of a list says
 * @list: the list, see pt_list_next(); a comment ends it
 * @entry: its text
 * @error: where in the list and why, on failure; the rest can still be read
 * Context: process, takes quirks_lock.
 * Return: 1; 0 at the end of the list; -EINVAL; -ENOSPC when there are too many;
 * -ENOENT when there is nothing to take out.
 */
int pbng_quirk_next(struct pt_list *list, struct pt_list_entry *entry,
		    struct pbng_rule_error *error);

/**
 * pbng_quirk_for_each() - visit the entries
 * @fn: called for each; a result other than 0 ends the walk
 * @data: handed to @fn
 * Context: process, @fn is called with quirks_lock held for reading.
 */
void pbng_quirk_for_each(int (*fn)(const struct pbng_quirk *quirk, void *data),
			 void *data);

/**
 * pbng_quirk_visit_regs() - visit the registers of a device, in order
 * @dev: the device, claimed
 * @fn: called for each
 * @data: handed to @fn
 * Context: process, takes the lock of its quirks.
 */
void pbng_quirk_visit_regs(struct pbng_dev *dev,
			   void (*fn)(const struct pbng_quirk_reg *reg, void *data),
			   void *data);

/**
 * pbng_quirk_claim() - find the entries for a device, read what they want kept
 * @dev: the device, enabled, before its first reset
 * Context: exclusive use of the hardware, may sleep.
 * Return: 0 or -ENOMEM.
 */
int pbng_quirk_claim(struct pbng_dev *dev);

/**
 * pbng_quirk_refresh() - take up the entries that have changed since the last time
 * @dev: a claimed device
 *
 * Context: process; the caller has the hardware (a reset, or binding).
 */
void pbng_quirk_refresh(struct pbng_dev *dev);

/**
 * pbng_quirk_waives() - does an entry say that the device is given on without a reset?
 * @dev: the device
 *
 * Context: any.
 * Return: as of the last pbng_quirk_refresh().
 */
bool pbng_quirk_waives(const struct pbng_dev *dev);

/**
 * pbng_quirk_prepare() - a reset of the device begins
 * @dev: the device
 *
 * Takes up entries that are new, and forbids methods to the PCI core.
 *
 * Context: as above.
 */
void pbng_quirk_prepare(struct pbng_dev *dev);

/**
 * pbng_quirk_reset() - a reset that the PCI core does not see
 * @dev: the device, which has none that it does see
 *
 * Loses the configuration, as the methods of the PCI core do.
 *
 * Context: as above, sleeps for 100 ms to 900 ms.
 * Return: 0, or -ENOTTY when it has none.
 */
int pbng_quirk_reset(struct pbng_dev *dev);

/**
 * pbng_quirk_wait() - the reset is done, but the device may not be touched yet
 * @dev: the device
 * Context: as above, sleeps for up to 10 s.
 */
void pbng_quirk_wait(struct pbng_dev *dev);

/**
 * pbng_quirk_finish() - put the registers back, and look whether they hold it
 * @dev: the device in D0, waited for, its configuration restored
 *
 * Context: as above, sleeps for up to 10 s.
 * Return: 0; how many registers could not be restored; -ENODEV when the device does
 * not answer.
 */
int pbng_quirk_finish(struct pbng_dev *dev);

/* It is not ours any more: all methods are allowed again. Context: as above. */
void pbng_quirk_release(struct pbng_dev *dev);

#endif /* PBNG_QUIRK_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often a guest may change the power state of a device: a bucket of changes that fills
 * at a fixed rate, and a few that may go wrong. The PCI core writes lines to the host's log
 * for a function that refuses a state, or needs longer than a second for it.
 *
 * Pure logic: unit tests run on it in user space. The caller serialises.
 */
#ifndef PBNG_POWER_CORE_H
#define PBNG_POWER_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define PBNG_POWER_BURST	32	/* changes in a full bucket */
#define PBNG_POWER_EVERY_MS	500	/* until one more is in it */
#define PBNG_POWER_BAD		3	/* changes of one owner that may go wrong */
#define PBNG_POWER_SLOW_MS	1000	/* one that takes so long has gone wrong */

/**
 * struct pbng_power_budget - what one owner has left
 * @left: changes in the bucket
 * @bad: changes that went wrong
 * @filled: when the bucket was filled last, in ms
 */
struct pbng_power_budget {
	unsigned int left;
	unsigned int bad;
	u64 filled;
};

/* A new owner: a full bucket. @now is in ms. */
void pbng_power_budget_init(struct pbng_power_budget *budget, u64 now);

/**
 * pbng_power_budget_spend() - a change is asked for
 * @budget: the owner's
 * @now: in ms, never less than before
 * Return: whether it may take place.
 */
bool pbng_power_budget_spend(struct pbng_power_budget *budget, u64 now);

/**
 * pbng_power_budget_note() - a change has ended
 * @budget: the owner's
 * @err: how
 * @took: how long it took, in ms
 */
void pbng_power_budget_note(struct pbng_power_budget *budget, int err, unsigned int took);

#endif /* PBNG_POWER_CORE_H */

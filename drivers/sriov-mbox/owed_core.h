/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of requests that a user of a PF has and has not answered, by rid, each with
 * the time by which the mailbox answers it instead.
 *
 * Pure logic: no kernel service is used.
 */
#ifndef VMBOX_OWED_CORE_H
#define VMBOX_OWED_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define VMBOX_REQUESTS_MAX	32	/* of a VF that wait for an answer */

/**
 * struct vmbox_owed - a request of the VF that waits for an answer of the PF's user
 * @used: there is one
 * @rid: its
 * @op: its
 * @deadline: in ticks that may wrap, as jiffies do
 */
struct vmbox_owed {
	bool used;
	u32 rid;
	u16 op;
	unsigned long deadline;
};

/**
 * struct vmbox_owed_table - all of a VF; all 0: none
 * @slots: of requests. One with the index rid % VMBOX_REQUESTS_MAX is at home there: VFs
 *	   mostly count.
 * @strays: how many are not at home
 */
struct vmbox_owed_table {
	struct vmbox_owed slots[VMBOX_REQUESTS_MAX];
	unsigned int strays;
};

/* The request with this rid, or NULL. Good until the table changes. */
struct vmbox_owed *vmbox_owed_find(struct vmbox_owed_table *table, u32 rid);

/**
 * vmbox_owed_add() - note a request
 * @table: the table
 * @rid: its rid
 * @op: its op
 * @deadline: when it is overdue
 * Return: 0; -ENOSPC: too many wait; -EEXIST: that rid does already.
 */
int vmbox_owed_add(struct vmbox_owed_table *table, u32 rid, u16 op, unsigned long deadline);

/* Forget a request of this table. */
void vmbox_owed_remove(struct vmbox_owed_table *table, struct vmbox_owed *owed);

/* Forget all of them. */
void vmbox_owed_clear(struct vmbox_owed_table *table);

/**
 * vmbox_owed_take_overdue() - take an overdue request out of the table
 * @table: the table
 * @now: what time it is
 * @owed: becomes a copy of the request: what the caller does with it may clear the table
 * Return: whether there was one.
 */
bool vmbox_owed_take_overdue(struct vmbox_owed_table *table, unsigned long now,
			     struct vmbox_owed *owed);

/**
 * vmbox_owed_next() - when will there be one that is overdue?
 * @table: the table, in which none is overdue at @now
 * @now: what time it is
 * @ticks: becomes the number of ticks until then, at least 1
 * Return: whether any request waits.
 */
bool vmbox_owed_next(const struct vmbox_owed_table *table, unsigned long now,
		     unsigned long *ticks);

#endif /* VMBOX_OWED_CORE_H */

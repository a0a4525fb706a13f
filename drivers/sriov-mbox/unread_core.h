/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events that were written to a VF's ring and that it has not read yet: when a generation
 * ends they have to be told again.
 *
 * Kept in our own memory: what is in the ring a guest can change.
 */
#ifndef VMBOX_UNREAD_CORE_H
#define VMBOX_UNREAD_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define VMBOX_UNREAD_MAX	8	/* messages; more than that are kept as one */

/**
 * struct vmbox_unread - such messages, the oldest first
 * @n: how many
 * @at: each of them
 * @at.end: the ring's index behind it
 * @at.events: what it tells
 * @at.blocks: likewise
 */
struct vmbox_unread {
	unsigned int n;
	struct {
		u32 end;
		u64 events, blocks;
	} at[VMBOX_UNREAD_MAX];
};

/**
 * vmbox_unread_add() - a message was written
 * @unread: those before
 * @end: the ring's index behind it
 * @events: what it tells
 * @blocks: likewise
 */
void vmbox_unread_add(struct vmbox_unread *unread, u32 end, u64 events, u64 blocks);

/**
 * vmbox_unread_taken() - forget those that were read
 * @unread: those before
 * @head: the ring's index behind all that was written
 * @left: how many slots before that the reader has not taken
 */
void vmbox_unread_taken(struct vmbox_unread *unread, u32 head, u32 left);

/**
 * vmbox_unread_all() - what they tell together
 * @unread: they stay
 * @events: gets it, beside what is there
 * @blocks: likewise
 */
void vmbox_unread_all(const struct vmbox_unread *unread, u64 *events, u64 *blocks);

#endif /* VMBOX_UNREAD_CORE_H */

// SPDX-License-Identifier: GPL-2.0
/* Requests that wait for an answer, see owed_core.h. Pure: also compiles in user space. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#endif

#include "owed_core.h"

static struct vmbox_owed *home_of(struct vmbox_owed_table *table, u32 rid)
{
	return &table->slots[rid % VMBOX_REQUESTS_MAX];
}

static bool is_overdue(const struct vmbox_owed *owed, unsigned long now)
{
	return owed->used && (long)(now - owed->deadline) >= 0;
}

struct vmbox_owed *vmbox_owed_find(struct vmbox_owed_table *table, u32 rid)
{
	struct vmbox_owed *owed = home_of(table, rid);
	unsigned int i;

	if (owed->used && owed->rid == rid)
		return owed;

	for (i = 0; table->strays && i < VMBOX_REQUESTS_MAX; i++) {
		owed = &table->slots[i];
		if (owed->used && owed->rid == rid)
			return owed;
	}
	return NULL;
}

int vmbox_owed_add(struct vmbox_owed_table *table, u32 rid, u16 op, unsigned long deadline)
{
	struct vmbox_owed *owed = home_of(table, rid);
	unsigned int i;

	if (vmbox_owed_find(table, rid))
		return -EEXIST;

	for (i = 0; owed->used && i < VMBOX_REQUESTS_MAX; i++)
		owed = &table->slots[i];
	if (owed->used)
		return -ENOSPC;

	if (owed != home_of(table, rid))
		table->strays++;
	*owed = (struct vmbox_owed) {
		.used = true, .rid = rid, .op = op, .deadline = deadline,
	};
	return 0;
}

void vmbox_owed_remove(struct vmbox_owed_table *table, struct vmbox_owed *owed)
{
	owed->used = false;
	if (owed != home_of(table, owed->rid))
		table->strays--;
}

void vmbox_owed_clear(struct vmbox_owed_table *table)
{
	memset(table, 0, sizeof(*table));
}

bool vmbox_owed_take_overdue(struct vmbox_owed_table *table, unsigned long now,
			     struct vmbox_owed *owed)
{
	unsigned int i;

	for (i = 0; i < VMBOX_REQUESTS_MAX; i++) {
		if (!is_overdue(&table->slots[i], now))
			continue;
		*owed = table->slots[i];
		vmbox_owed_remove(table, &table->slots[i]);
		return true;
	}
	return false;
}

bool vmbox_owed_next(const struct vmbox_owed_table *table, unsigned long now,
		     unsigned long *ticks)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < VMBOX_REQUESTS_MAX; i++) {
		const struct vmbox_owed *owed = &table->slots[i];
		unsigned long left = owed->deadline - now;

		if (!owed->used)
			continue;
		*ticks = any ? min(*ticks, left) : left;
		any = true;
	}
	return any;
}

// SPDX-License-Identifier: GPL-2.0
/* Events that were not read, see unread_core.h. Pure: this file also compiles in user space. */
#ifdef __KERNEL__
#include <linux/string.h>
#endif

#include "unread_core.h"

void vmbox_unread_add(struct vmbox_unread *unread, u32 end, u64 events, u64 blocks)
{
	unsigned int i;

	/* Else with the newest one: none is forgotten, though one may be told twice. */
	if (unread->n < VMBOX_UNREAD_MAX) {
		i = unread->n++;
		unread->at[i].events = 0;
		unread->at[i].blocks = 0;
	} else {
		i = VMBOX_UNREAD_MAX - 1;
	}
	unread->at[i].end = end;
	unread->at[i].events |= events;
	unread->at[i].blocks |= blocks;
}

void vmbox_unread_taken(struct vmbox_unread *unread, u32 head, u32 left)
{
	unsigned int i = 0;

	while (i < unread->n && head - unread->at[i].end >= left)
		i++;
	unread->n -= i;
	memmove(unread->at, unread->at + i, unread->n * sizeof(unread->at[0]));
}

void vmbox_unread_all(const struct vmbox_unread *unread, u64 *events, u64 *blocks)
{
	unsigned int i;

	for (i = 0; i < unread->n; i++) {
		*events |= unread->at[i].events;
		*blocks |= unread->at[i].blocks;
	}
}

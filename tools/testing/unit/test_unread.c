// SPDX-License-Identifier: GPL-2.0
/* Events that a VF has not read: sriov-mbox/unread_core.c. */
#include "ktap.h"
#include "unread_core.h"

static struct vmbox_unread unread;

static u64 events(void)
{
	u64 events = 0, blocks = 0;

	vmbox_unread_all(&unread, &events, &blocks);
	CHECK_EQ(blocks, events << 8);
	return events;
}

static void add(u32 end, u64 event)
{
	vmbox_unread_add(&unread, end, event, event << 8);
}

TEST("what was not taken is unread, wherever the index wraps")
{
	u32 from = 0xfffffffe;
	u32 left;

	for (left = 0; left <= 5; left++) {
		unread.n = 0;
		add(from + 1, 1);
		add(from + 2, 2);
		add(from + 5, 4);
		vmbox_unread_taken(&unread, from + 5, left);
		CHECK_EQ(events(), left > 4 ? 7 : left > 3 ? 6 : left > 0 ? 4 : 0);
	}
}

TEST("more than there is room for are kept until the last of them is read")
{
	unsigned int i;

	unread.n = 0;
	for (i = 0; i < VMBOX_UNREAD_MAX + 5; i++)
		add(i + 1, 1 << i);
	CHECK_EQ(unread.n, VMBOX_UNREAD_MAX);
	CHECK_EQ(events(), (1 << i) - 1);
	vmbox_unread_taken(&unread, i, 6);
	CHECK_EQ(events(), 0x3f << (VMBOX_UNREAD_MAX - 1));
	vmbox_unread_taken(&unread, i, 1);
	CHECK_EQ(events(), 0x3f << (VMBOX_UNREAD_MAX - 1));
	vmbox_unread_taken(&unread, i, 0);
	CHECK_EQ(events(), 0);
	add(i + 1, 1);
	CHECK_EQ(events(), 1);
}

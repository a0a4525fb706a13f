// SPDX-License-Identifier: GPL-2.0
/* Requests that wait for an answer: sriov-mbox/owed_core.c. */
#include "ktap.h"
#include "owed_core.h"

#define MAX	VMBOX_REQUESTS_MAX
#define SOON	100
#define LATER	5000

static struct vmbox_owed_table table;
static struct vmbox_owed owed;

static unsigned int used(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX; i++)
		n += table.slots[i].used;
	return n;
}

/* Every one has the same home: all but the first are strays. */
static void fill_with_strays(unsigned long deadline)
{
	unsigned int i;

	vmbox_owed_clear(&table);
	for (i = 0; i < MAX; i++)
		CHECK_EQ(vmbox_owed_add(&table, 7 + i * MAX, i, deadline), 0);
}

TEST("a request is found by its rid, at home or not, until it is removed")
{
	unsigned int i;

	fill_with_strays(LATER);
	CHECK_EQ(table.strays, MAX - 1);
	for (i = 0; i < MAX; i++) {
		REQUIRE(vmbox_owed_find(&table, 7 + i * MAX));
		CHECK_EQ(vmbox_owed_find(&table, 7 + i * MAX)->op, i);
	}
	CHECK(!vmbox_owed_find(&table, 8));

	for (i = 0; i < MAX; i++) {
		vmbox_owed_remove(&table, vmbox_owed_find(&table, 7 + i * MAX));
		CHECK(!vmbox_owed_find(&table, 7 + i * MAX));
	}
	CHECK_EQ(table.strays, 0);
	CHECK_EQ(used(), 0);
}

TEST("a rid that waits is refused, and so is one more than there is room for")
{
	fill_with_strays(LATER);
	CHECK_EQ(vmbox_owed_add(&table, 7, 1, LATER), -EEXIST);
	CHECK_EQ(vmbox_owed_add(&table, 8, 1, LATER), -ENOSPC);
	CHECK_EQ(table.strays, MAX - 1);
	vmbox_owed_remove(&table, vmbox_owed_find(&table, 7 + MAX));
	CHECK_EQ(vmbox_owed_add(&table, 8, 1, LATER), 0);
}

TEST("overdue ones are taken once each, the others are not, also where time wraps")
{
	static const unsigned long starts[] = { 0, 1000, ULONG_MAX - 50, LONG_MAX - 50 };
	unsigned long ticks, now;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		now = starts[i];
		vmbox_owed_clear(&table);
		CHECK(!vmbox_owed_next(&table, now, &ticks));
		CHECK_EQ(vmbox_owed_add(&table, 1, 11, now + SOON), 0);
		CHECK_EQ(vmbox_owed_add(&table, 2, 12, now + LATER), 0);
		CHECK(!vmbox_owed_take_overdue(&table, now, &owed));
		CHECK(vmbox_owed_next(&table, now, &ticks));
		CHECK_EQ(ticks, SOON);
		CHECK(!vmbox_owed_take_overdue(&table, now + SOON - 1, &owed));
		CHECK(vmbox_owed_take_overdue(&table, now + SOON, &owed));
		CHECK_EQ(owed.rid, 1);
		CHECK_EQ(owed.op, 11);
		CHECK(!vmbox_owed_take_overdue(&table, now + SOON, &owed));
		CHECK(vmbox_owed_next(&table, now + SOON, &ticks));
		CHECK_EQ(ticks, LATER - SOON);
	}
}

TEST("an answer that ends the generation clears the table: no stray is left (case M21)")
{
	unsigned int n = 0;

	fill_with_strays(SOON);
	while (vmbox_owed_take_overdue(&table, LATER, &owed)) {
		CHECK_EQ(table.strays + 1, used() ? used() : 1);
		/* The third finds the VF's index broken. */
		if (++n == 3)
			vmbox_owed_clear(&table);
	}
	CHECK_EQ(n, 3);
	CHECK_EQ(owed.op, 3);
	CHECK_EQ(table.strays, 0);
	CHECK_EQ(used(), 0);
}

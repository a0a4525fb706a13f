// SPDX-License-Identifier: GPL-2.0
/* How often a guest may change power states: power_core.c. */
#include "ktap.h"
#include "power_core.h"

static struct pbng_power_budget budget;

/* How many of @n changes may take place at @now. */
static int allowed(int n, u64 now)
{
	int i, count = 0;

	for (i = 0; i < n; i++)
		count += pbng_power_budget_spend(&budget, now);
	return count;
}

TEST("an owner begins with a full bucket (case K4)")
{
	pbng_power_budget_init(&budget, 1000);
	CHECK_EQ(allowed(PBNG_POWER_BURST + 10, 1000), PBNG_POWER_BURST);
	CHECK_EQ(budget.left, 0);
}

TEST("one more each time, to the brim (case K4)")
{
	pbng_power_budget_init(&budget, 0);
	allowed(PBNG_POWER_BURST, 0);
	CHECK_EQ(allowed(1, PBNG_POWER_EVERY_MS - 1), 0);
	CHECK_EQ(allowed(2, PBNG_POWER_EVERY_MS), 1);
	/* What is left of a step counts later. */
	CHECK_EQ(allowed(1, 2 * PBNG_POWER_EVERY_MS - 1), 0);
	CHECK_EQ(allowed(1, 2 * PBNG_POWER_EVERY_MS), 1);
	CHECK_EQ(allowed(PBNG_POWER_BURST + 10, UINT64_MAX), PBNG_POWER_BURST);
}

TEST("a few may go wrong, be it by an error or by their time (case K4)")
{
	int i;

	pbng_power_budget_init(&budget, 0);
	for (i = 0; i < 100; i++)
		pbng_power_budget_note(&budget, 0, PBNG_POWER_SLOW_MS - 1);
	CHECK_EQ(budget.bad, 0);
	for (i = 0; i < PBNG_POWER_BAD - 1; i++)
		pbng_power_budget_note(&budget, i & 1 ? -EIO : 0, i & 1 ? 0 : PBNG_POWER_SLOW_MS);
	CHECK_EQ(allowed(1, 0), 1);
	pbng_power_budget_note(&budget, -EIO, 0);
	CHECK_EQ(allowed(1, 0), 0);
	/* Time does not mend that, a new owner does. */
	CHECK_EQ(allowed(1, UINT64_MAX), 0);
	pbng_power_budget_init(&budget, UINT64_MAX);
	CHECK_EQ(allowed(1, UINT64_MAX), 1);
}

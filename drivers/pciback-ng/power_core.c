// SPDX-License-Identifier: GPL-2.0
/* The budget of power state changes, see power_core.h. */
#ifdef __KERNEL__
#include <linux/math64.h>
#include <linux/minmax.h>
#endif

#include "power_core.h"

void pbng_power_budget_init(struct pbng_power_budget *budget, u64 now)
{
	budget->left = PBNG_POWER_BURST;
	budget->bad = 0;
	budget->filled = now;
}

static void fill(struct pbng_power_budget *budget, u64 now)
{
	u64 more = div_u64(now - budget->filled, PBNG_POWER_EVERY_MS);
	u64 room = PBNG_POWER_BURST - budget->left;

	/* What the division drops counts the next time. */
	budget->filled += more * PBNG_POWER_EVERY_MS;
	budget->left += min(more, room);
}

bool pbng_power_budget_spend(struct pbng_power_budget *budget, u64 now)
{
	fill(budget, now);
	if (!budget->left || budget->bad >= PBNG_POWER_BAD)
		return false;
	budget->left--;
	return true;
}

void pbng_power_budget_note(struct pbng_power_budget *budget, int err, unsigned int took)
{
	if (err || took >= PBNG_POWER_SLOW_MS)
		budget->bad++;
}

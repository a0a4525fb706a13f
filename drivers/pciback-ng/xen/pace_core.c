// SPDX-License-Identifier: GPL-2.0
/* A bucket of processor time, see pace_core.h. */
#ifdef __KERNEL__
#include <linux/minmax.h>
#endif

#include "pace_core.h"

void pbng_pace_init(struct pbng_pace *pace, u64 now)
{
	pace->left = PBNG_PACE_FULL;
	pace->filled = now;
}

void pbng_pace_fill(struct pbng_pace *pace, u64 now)
{
	u64 part = (now - pace->filled) / PBNG_PACE_SHARE;
	u64 room = PBNG_PACE_FULL - pace->left;

	/* What the division drops counts the next time. */
	pace->filled += part * PBNG_PACE_SHARE;
	pace->left += min(part, room);
}

void pbng_pace_spend(struct pbng_pace *pace, u64 cost)
{
	u64 room = pace->left + PBNG_PACE_DEBT;

	pace->left -= min(cost, room);
}

bool pbng_pace_at_once(const struct pbng_pace *pace)
{
	return pace->left > PBNG_PACE_FULL / 2;
}

u64 pbng_pace_delay(const struct pbng_pace *pace)
{
	return max_t(s64, -pace->left, 0) * PBNG_PACE_SHARE;
}

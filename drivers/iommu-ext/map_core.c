// SPDX-License-Identifier: GPL-2.0
/* Which part of a region may be unmapped, see map_core.h. */
#ifdef __KERNEL__
#include <linux/minmax.h>
#endif
#include "map_core.h"

void ie_map_step_begin(struct ie_map_step *step, u64 at, u64 end)
{
	*step = (struct ie_map_step) { .at = at, .next = end };
}

void ie_map_step_need(struct ie_map_step *step, u64 start, u64 end)
{
	if (start <= step->at && step->at < end) {
		/* Up to there at least: what comes behind is for the next step. */
		step->next = step->needed ? max(step->next, end) : end;
		step->needed = true;
	} else if (!step->needed && step->at < start && start < step->next) {
		step->next = start;
	}
}

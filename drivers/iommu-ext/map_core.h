/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policy "map": which part of a region may be unmapped from a domain in which other
 * devices still need some of it. Their regions may overlap partly, in any way.
 *
 *	for (at = start; at < end; at = step.next) {
 *		ie_map_step_begin(&step, at, end);
 *		ie_map_step_need(&step, ...);	once for each region that is still needed
 *		if (!step.needed)
 *			unmap from at to step.next
 *	}
 *
 * Ends are exclusive. Pure logic: unit tests run on it in user space.
 */
#ifndef IOMMU_EXT_MAP_CORE_H
#define IOMMU_EXT_MAP_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

/**
 * struct ie_map_step - the next part of a region, all of which is needed or none
 * @at: where it begins
 * @next: where it ends
 * @needed: another device needs it
 */
struct ie_map_step {
	u64 at;
	u64 next;
	bool needed;
};

/**
 * ie_map_step_begin() - nobody needs anything yet
 * @step: the part
 * @at: where it begins
 * @end: where the region ends, after @at
 */
void ie_map_step_begin(struct ie_map_step *step, u64 at, u64 end);

/**
 * ie_map_step_need() - another device needs this
 * @step: the part
 * @start: where that begins
 * @end: where it ends
 */
void ie_map_step_need(struct ie_map_step *step, u64 start, u64 end);

#endif /* IOMMU_EXT_MAP_CORE_H */

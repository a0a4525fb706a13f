// SPDX-License-Identifier: GPL-2.0
/* Does Xen know whose reserved memory is whose? See rdm_xen_core.h. */
#ifdef __KERNEL__
#include <linux/string.h>
#endif

#include "rdm_xen_core.h"

static bool same_place(const struct pt_identity *a, const struct pt_identity *b)
{
	return a->hops && a->hops == b->hops && a->segment == b->segment &&
	       a->root_bus == b->root_bus && !memcmp(a->path, b->path, a->hops);
}

static bool overlap(const struct ie_xen_range *a, const struct ie_xen_range *b)
{
	return a->start < b->start + b->pages && b->start < a->start + a->pages;
}

static bool covers(const struct ie_xen_range *outer, const struct ie_xen_range *inner)
{
	return outer->start <= inner->start &&
	       inner->start + inner->pages <= outer->start + outer->pages;
}

static bool is_there(const struct ie_xen_range *range,
		     const struct ie_xen_range *actual, unsigned int count)
{
	while (count--)
		if (covers(&actual[count], range))
			return true;
	return false;
}

/* Somebody's, and not this one's; memory may be shared. */
static bool is_foreign(const struct pt_identity *place, const struct ie_xen_range *range,
		       const struct ie_xen_expected *expected, unsigned int expectations)
{
	bool foreign = false;

	for (; expectations--; expected++) {
		if (!overlap(&expected->range, range))
			continue;
		if (same_place(&expected->place, place))
			return false;
		foreign = true;
	}
	return foreign;
}

enum ie_xen_rdm_state
ie_xen_rdm_compare(const struct pt_identity *place,
		   const struct ie_xen_range *actual, unsigned int count,
		   const struct ie_xen_expected *expected, unsigned int expectations,
		   struct ie_xen_range *which)
{
	unsigned int i;

	for (i = 0; i < expectations; i++) {
		*which = expected[i].range;
		if (same_place(&expected[i].place, place) &&
		    !is_there(which, actual, count))
			return IE_XEN_RDM_MISSING;
	}
	for (i = 0; i < count; i++) {
		*which = actual[i];
		if (is_foreign(place, which, expected, expectations))
			return IE_XEN_RDM_FOREIGN;
	}
	return IE_XEN_RDM_OK;
}

bool ie_xen_rdm_is_expected(const struct ie_xen_range *range,
			    const struct ie_xen_expected *expected,
			    unsigned int expectations)
{
	while (expectations--)
		if (overlap(&expected[expectations].range, range))
			return true;
	return false;
}

bool ie_xen_remove_panics(u32 version)
{
	return version >= (4 << 16 | 16) && version <= (4 << 16 | 18);
}

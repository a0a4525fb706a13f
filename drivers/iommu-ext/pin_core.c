// SPDX-License-Identifier: GPL-2.0
/* May a bridge have its bus numbers back? See pin_core.h. */
#ifdef __KERNEL__
#include <linux/string.h>
#endif

#include "pin_core.h"

#define LATENCY_TIMER	0xff000000u

bool ie_pin_configured(u8 bus, u32 now, struct ie_bus_numbers *numbers)
{
	u8 primary = now, secondary = now >> 8, subordinate = now >> 16;

	/* Some have no primary number; the kernel lets that pass. */
	if (!primary && secondary && subordinate)
		primary = bus;
	if (primary != bus || secondary <= bus || secondary > subordinate)
		return false;
	numbers->secondary = secondary;
	numbers->subordinate = subordinate;
	return true;
}

u32 ie_pin_register(u8 bus, u32 now, const struct ie_bus_numbers *numbers)
{
	return (now & LATENCY_TIMER) | (u32)numbers->subordinate << 16 |
	       (u32)numbers->secondary << 8 | bus;
}

static bool overlap(const struct ie_bus_numbers *a, const struct ie_bus_numbers *b)
{
	return a->secondary <= b->subordinate && b->secondary <= a->subordinate;
}

enum ie_pin_verdict ie_pin_decide(const struct ie_pin_case *c)
{
	struct ie_bus_numbers now;
	unsigned int i;

	if (ie_pin_configured(c->bus, c->now, &now))
		return IE_PIN_CONFIGURED;
	if (c->before.secondary <= c->bus || c->before.subordinate > c->bus_end)
		return IE_PIN_OUTSIDE;
	for (i = 0; i < c->count; i++)
		if (overlap(&c->before, &c->others[i]))
			return IE_PIN_TAKEN;
	return IE_PIN_RESTORE;
}

const char *ie_pin_why(enum ie_pin_verdict verdict)
{
	static const char *const why[IE_PIN_VERDICTS] = {
		[IE_PIN_RESTORE] = "",
		[IE_PIN_CONFIGURED] = "the bridge has others",
		[IE_PIN_OUTSIDE] = "the bridge above does not pass them on",
		[IE_PIN_TAKEN] = "another bus has one of them",
	};

	return why[verdict];
}

bool ie_pin_same_bridge(const struct pt_identity *a, const struct pt_identity *b)
{
	return a->hops && a->hops == b->hops && a->segment == b->segment &&
	       a->root_bus == b->root_bus && !memcmp(a->path, b->path, a->hops) &&
	       a->vendor == b->vendor && a->device == b->device;
}

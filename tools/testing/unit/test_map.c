// SPDX-License-Identifier: GPL-2.0
/* What is unmapped where regions overlap: map_core.c. */
#include "ktap.h"
#include "map_core.h"

#define PAGES 32

struct span {
	u64 start;
	u64 end;
};

static char pages[PAGES + 1];	/* 'm' mapped, '.' not */

/* Unmap a region, as rdm_map.c does it. Return: how many calls that took. */
static unsigned int unmap(u64 start, u64 end, const struct span *need, unsigned int n)
{
	struct ie_map_step step;
	unsigned int i, calls = 0;
	u64 at;

	memset(pages, 'm', PAGES);
	for (at = start; at < end; at = step.next) {
		ie_map_step_begin(&step, at, end);
		for (i = 0; i < n; i++)
			ie_map_step_need(&step, need[i].start, need[i].end);
		CHECK(step.next > at);
		if (step.next <= at)
			break;
		if (step.needed)
			continue;
		CHECK(step.next <= end);
		memset(pages + at, '.', step.next - at);
		calls++;
	}
	return calls;
}

TEST("a region that no other device needs is unmapped in one go (case M6)")
{
	static const struct span before = { 0, 8 }, after = { 12, 20 };

	CHECK_EQ(unmap(8, 12, NULL, 0), 1);
	CHECK_STREQ(pages, "mmmmmmmm....mmmmmmmmmmmmmmmmmmmm");
	CHECK_EQ(unmap(8, 12, &before, 1), 1);
	CHECK_STREQ(pages, "mmmmmmmm....mmmmmmmmmmmmmmmmmmmm");
	CHECK_EQ(unmap(8, 12, &after, 1), 1);
	CHECK_STREQ(pages, "mmmmmmmm....mmmmmmmmmmmmmmmmmmmm");
}

TEST("of two that overlap partly, what both have stays mapped (case M6)")
{
	static const struct span low = { 4, 12 }, high = { 12, 24 }, inner = { 10, 12 };
	static const struct span outer = { 0, 32 }, same = { 8, 16 };

	unmap(8, 16, &low, 1);
	CHECK_STREQ(pages, "mmmmmmmmmmmm....mmmmmmmmmmmmmmmm");
	unmap(8, 16, &high, 1);
	CHECK_STREQ(pages, "mmmmmmmm....mmmmmmmmmmmmmmmmmmmm");
	CHECK_EQ(unmap(8, 16, &inner, 1), 2);
	CHECK_STREQ(pages, "mmmmmmmm..mm....mmmmmmmmmmmmmmmm");
	CHECK_EQ(unmap(8, 16, &outer, 1), 0);
	CHECK_EQ(unmap(8, 16, &same, 1), 0);
	CHECK_STREQ(pages, "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm");
}

TEST("any needs of several devices, in any order (case M6)")
{
	unsigned int seed, i, n;
	struct span need[4], *span;
	char expected[PAGES + 1];

	expected[PAGES] = '\0';
	for (seed = 1; seed < 3000; seed++) {
		unsigned int random = seed * 2654435761u;
		u64 start = random >> 3 & 15, end = start + 1 + (random >> 9 & 15), at;

		n = random >> 13 & 3;
		memset(expected, 'm', PAGES);
		memset(expected + start, '.', end - start);
		for (i = 0; i < n; i++) {
			random = random * 1664525 + 1013904223;
			span = &need[i];
			span->start = random >> 7 & 31;
			span->end = span->start + 1 + (random >> 17 & 15);
			for (at = span->start; at < span->end && at < PAGES; at++)
				expected[at] = 'm';
		}
		unmap(start, end, need, n);
		if (strcmp(pages, expected)) {
			CHECK_STREQ(pages, expected);
			break;
		}
	}
}

// SPDX-License-Identifier: GPL-2.0
/* What one guest may cost the host: xen/pace_core.c. */
#include "ktap.h"
#include "pace_core.h"

#define MS	1000000ULL
#define SECOND	(1000 * MS)

static struct pbng_pace pace;

static void start(s64 left)
{
	pbng_pace_init(&pace, SECOND);
	pace.left = left;
}

TEST("a new guest has a full bucket")
{
	pbng_pace_init(&pace, 5 * SECOND);
	CHECK_EQ(pace.left, PBNG_PACE_FULL);
	CHECK(pbng_pace_at_once(&pace));
	CHECK_EQ(pbng_pace_delay(&pace), 0);
	/* The time of before it was there does not count. */
	pbng_pace_spend(&pace, 10 * MS);
	pbng_pace_fill(&pace, 5 * SECOND);
	CHECK_EQ(pace.left, PBNG_PACE_FULL - 10 * MS);
}

TEST("half a bucket is for interrupts, the rest for the worker, then comes debt")
{
	start(PBNG_PACE_FULL / 2 + 1);
	CHECK(pbng_pace_at_once(&pace));
	CHECK_EQ(pbng_pace_delay(&pace), 0);
	pbng_pace_spend(&pace, 1);
	CHECK(!pbng_pace_at_once(&pace));
	CHECK_EQ(pbng_pace_delay(&pace), 0);
	start(0);
	CHECK(!pbng_pace_at_once(&pace));
	CHECK_EQ(pbng_pace_delay(&pace), 0);
	pbng_pace_spend(&pace, 1);
	CHECK(!pbng_pace_at_once(&pace));
	CHECK_EQ(pbng_pace_delay(&pace), PBNG_PACE_SHARE);
}

TEST("it fills at its rate, to the brim and no further")
{
	start(0);
	pbng_pace_fill(&pace, SECOND + PBNG_PACE_SHARE * MS);
	CHECK_EQ(pace.left, MS);
	pbng_pace_fill(&pace, 2 * SECOND);
	CHECK_EQ(pace.left, PBNG_PACE_FULL);
	pbng_pace_fill(&pace, 3 * SECOND);
	CHECK_EQ(pace.left, PBNG_PACE_FULL);
}

TEST("a guest that is back after years finds it full, not overflown")
{
	start(-PBNG_PACE_DEBT);
	pbng_pace_fill(&pace, UINT64_MAX);
	CHECK_EQ(pace.left, PBNG_PACE_FULL);
	start(-PBNG_PACE_DEBT);
	pbng_pace_fill(&pace, SECOND + PBNG_PACE_SHARE * (PBNG_PACE_FULL + PBNG_PACE_DEBT));
	CHECK_EQ(pace.left, PBNG_PACE_FULL);
	start(-PBNG_PACE_DEBT);
	pbng_pace_fill(&pace, SECOND + PBNG_PACE_SHARE * (PBNG_PACE_FULL + PBNG_PACE_DEBT - 1));
	CHECK_EQ(pace.left, PBNG_PACE_FULL - 1);
}

TEST("filling it often gives no more and no less than filling it seldom")
{
	u64 now;

	start(0);
	for (now = SECOND; now <= SECOND + 4001; now++)
		pbng_pace_fill(&pace, now);
	CHECK_EQ(pace.left, 4000 / PBNG_PACE_SHARE);
	pbng_pace_fill(&pace, SECOND + 4004);
	CHECK_EQ(pace.left, 4004 / PBNG_PACE_SHARE);
}

TEST("debt has a limit, so an answer is late but comes within 2 s")
{
	start(0);
	pbng_pace_spend(&pace, SECOND);
	CHECK_EQ(pace.left, -PBNG_PACE_DEBT);
	pbng_pace_spend(&pace, UINT64_MAX);
	CHECK_EQ(pace.left, -PBNG_PACE_DEBT);
	CHECK_EQ(pbng_pace_delay(&pace), PBNG_PACE_SHARE * PBNG_PACE_DEBT);
	/* A device that is being reset is waited for 1.3 s. */
	CHECK(pbng_pace_delay(&pace) + 1300 * MS <= 1500 * MS);
	start(PBNG_PACE_FULL);
	pbng_pace_spend(&pace, UINT64_MAX);
	CHECK_EQ(pace.left, -PBNG_PACE_DEBT);
}

TEST("after the delay the debt is paid")
{
	start(-12345);
	pbng_pace_fill(&pace, SECOND + pbng_pace_delay(&pace));
	CHECK_EQ(pace.left, 0);
}

/* Ten seconds of nothing but operations of 20 us, each as soon as it may be. */
TEST("a flood gets its share of one processor, and hardly any of it in interrupts")
{
	u64 now = SECOND, spent = 0, in_interrupt = 0;

	start(PBNG_PACE_FULL);
	while (now < 11 * SECOND) {
		pbng_pace_fill(&pace, now);
		now += pbng_pace_delay(&pace);
		pbng_pace_fill(&pace, now);
		if (pbng_pace_at_once(&pace))
			in_interrupt += 20000;
		pbng_pace_spend(&pace, 20000);
		spent += 20000;
		now += 20000;
	}
	CHECK(spent <= 10 * SECOND / PBNG_PACE_SHARE + 2 * PBNG_PACE_FULL);
	CHECK(spent >= 10 * SECOND / PBNG_PACE_SHARE);
	CHECK(in_interrupt <= PBNG_PACE_FULL);
}

// SPDX-License-Identifier: GPL-2.0
/* How much a VF may do: sriov-mbox/limit_core.c. */
#include "ktap.h"
#include "limit_core.h"

#define SECOND	1000000000ULL

static struct vmbox_bucket bucket;

static u64 at(u64 now, u32 rate, u32 burst, u32 n)
{
	struct vmbox_limit limit = { rate, burst };

	return vmbox_bucket_wait(&bucket, &limit, now, n);
}

static void empty(void)
{
	bucket = (struct vmbox_bucket) { };
}

TEST("a burst passes, what comes then waits for its share of a second")
{
	unsigned int i;

	empty();
	for (i = 0; i < 5; i++)
		CHECK_EQ(at(SECOND, 100, 5, 1), 0);
	CHECK_EQ(at(SECOND, 100, 5, 1), SECOND / 100);
	CHECK_EQ(at(SECOND + SECOND / 200, 100, 5, 1), SECOND / 200);
	CHECK_EQ(at(SECOND + SECOND / 100 - 1, 100, 5, 1), 1);
	CHECK_EQ(at(SECOND + SECOND / 100, 100, 5, 1), 0);
	CHECK_EQ(at(SECOND + SECOND / 100, 100, 5, 1), SECOND / 100);
}

TEST("who waits that long passes, whatever the numbers")
{
	static const u32 rates[] = { 1, 3, 7, 1000, 999999937, 0xffffffff };
	static const u32 wants[] = { 1, 2, 1000, 0x7fffffff, 0xffffffff };
	unsigned int i, j;
	u64 now = SECOND, wait;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		for (j = 0; j < ARRAY_SIZE(wants); j++) {
			empty();
			CHECK_EQ(at(now, rates[i], wants[j], wants[j]), 0);
			wait = at(now, rates[i], wants[j], wants[j]);
			CHECK(wait > 0);
			CHECK(at(now + wait - 1, rates[i], wants[j], wants[j]) > 0);
			CHECK_EQ(at(now + wait, rates[i], wants[j], wants[j]), 0);
		}
	}
}

TEST("it fills to its burst and no further, after however long")
{
	empty();
	CHECK_EQ(at(1, 10, 3, 3), 0);
	CHECK_EQ(at(UINT64_MAX, 10, 3, 3), 0);
	CHECK(at(UINT64_MAX, 10, 3, 1) > 0);
}

TEST("asked often it gives as much as asked seldom")
{
	u64 now;
	unsigned int passed = 0;

	empty();
	for (now = SECOND; now < 11 * SECOND; now += 99991)
		passed += !at(now, 1000, 10, 1);
	CHECK(passed >= 10 * 1000);
	CHECK(passed <= 10 * 1000 + 10);
}

TEST("more than a burst is as much as a burst, no rate is no limit, no burst is one")
{
	empty();
	CHECK_EQ(at(SECOND, 1, 4, 1000), 0);
	CHECK_EQ(at(SECOND, 1, 4, 1000), 4 * SECOND);
	CHECK_EQ(at(SECOND, 0, 4, 1000), 0);
	CHECK_EQ(at(SECOND, 0, 0, 1000), 0);
	empty();
	CHECK_EQ(at(SECOND, 1, 0, 1), 0);
	CHECK_EQ(at(SECOND, 1, 0, 1), SECOND);
}

TEST("a limit that is lowered holds from then on, and what is full is empty, not worse")
{
	empty();
	CHECK_EQ(at(SECOND, 10, 100, 100), 0);
	CHECK_EQ(at(SECOND, 10, 5, 1), SECOND / 10);
	CHECK_EQ(at(SECOND + SECOND / 10, 10, 5, 1), 0);
	CHECK_EQ(at(SECOND + SECOND / 10, 10, 5, 1), SECOND / 10);
	CHECK_EQ(at(SECOND + SECOND / 10, 10, 100, 95), 0);
}

TEST("what comes back can be had again, and no more than was taken")
{
	unsigned int i;

	empty();
	vmbox_bucket_back(&bucket, 100);
	CHECK_EQ(at(SECOND, 1, 4, 3), 0);
	vmbox_bucket_back(&bucket, 2);
	CHECK_EQ(at(SECOND, 1, 4, 3), 0);
	CHECK_EQ(at(SECOND, 1, 4, 1), SECOND);
	for (i = 0; i < 1000; i++) {
		vmbox_bucket_back(&bucket, 1);
		CHECK_EQ(at(SECOND, 1, 4, 1), 0);
	}
	vmbox_bucket_back(&bucket, 0xffffffff);
	CHECK_EQ(at(SECOND, 1, 4, 4), 0);
	CHECK_EQ(at(SECOND, 1, 4, 1), SECOND);
}

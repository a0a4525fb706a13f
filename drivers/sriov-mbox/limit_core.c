// SPDX-License-Identifier: GPL-2.0
/* Buckets, see limit_core.h. Pure: this file also compiles in user space. */
#ifdef __KERNEL__
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#endif

#include "limit_core.h"

#define SECOND	1000000000ULL

u64 vmbox_bucket_wait(struct vmbox_bucket *bucket, const struct vmbox_limit *limit, u64 now,
		      u32 n)
{
	/* Read once: an administrator may change both meanwhile. */
	u32 rate = READ_ONCE(limit->rate);
	u32 burst = max(READ_ONCE(limit->burst), 1U);
	u64 room = burst * SECOND;
	u64 want = min(n, burst) * SECOND;
	u64 passed = now - bucket->at;

	if (!rate)
		return 0;
	/* A lowered burst leaves an empty bucket: no VF pays back what the old burst allowed. */
	bucket->used = min(bucket->used, room);
	/* After that long it is full, and the product below would not fit. */
	if (passed >= div_u64(bucket->used, rate) + 1)
		bucket->used = 0;
	else
		bucket->used -= passed * rate;
	bucket->at = now;
	if (bucket->used + want <= room) {
		bucket->used += want;
		return 0;
	}
	return div_u64(bucket->used + want - room + rate - 1, rate);
}

void vmbox_bucket_back(struct vmbox_bucket *bucket, u32 n)
{
	bucket->used -= min(bucket->used, n * SECOND);
}

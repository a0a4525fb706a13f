/* SPDX-License-Identifier: GPL-2.0 */
/* How much a VF may do: buckets that fill with time. */
#ifndef VMBOX_LIMIT_CORE_H
#define VMBOX_LIMIT_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

/**
 * struct vmbox_limit - how much
 * @rate: so many in a second, at least 1; 0: no limit
 * @burst: so many at once; 0 is 1
 */
struct vmbox_limit {
	u32 rate;
	u32 burst;
};

/**
 * struct vmbox_bucket - how much of it is left
 * @used: what was taken and has not come back yet, in 1/NSEC_PER_SEC
 * @at: when that was so, in ns
 */
struct vmbox_bucket {
	u64 used;
	u64 at;
};

/**
 * vmbox_bucket_wait() - how long until one may take this much?
 * @bucket: what is left; starts as 0, which is full
 * @limit: how much there can be
 * @now: ns of a clock that does not go back
 * @n: how much; more than the burst is as much as the burst
 *
 * Return: 0: now, and it is taken; else ns, and nothing is taken.
 */
u64 vmbox_bucket_wait(struct vmbox_bucket *bucket, const struct vmbox_limit *limit, u64 now,
		      u32 n);

/**
 * vmbox_bucket_back() - some of it was not too much
 * @bucket: what is left
 * @n: how much of what was taken comes back; not more than that
 */
void vmbox_bucket_back(struct vmbox_bucket *bucket, u32 n);

#endif /* VMBOX_LIMIT_CORE_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * Any limits and any times: who waits as long as it is told passes, and nobody gets more
 * than rate and burst are.
 *
 * bytes: 0a 00 00 00 05 00 00 00 01 00 00 00 00 ca 9a 3b 02 00 00 00 00 00 00 00
 * bytes: ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
 */
#include "fuzz_input.h"
#include "limit_core.h"

#define SECOND	1000000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmbox_bucket bucket = { };
	struct vmbox_limit limit;
	u64 now = SECOND, taken = 0, wait;
	u32 n, burst;

	input_is(data, size);
	limit.rate = take_number(4);
	limit.burst = take_number(4);
	burst = limit.burst ?: 1;
	/* A clock of nanoseconds goes on for 584 years. */
	while (input_left && now < 1ULL << 62) {
		n = take_number(4);
		now += take_number(4);
		wait = vmbox_bucket_wait(&bucket, &limit, now, n);
		if (!limit.rate) {
			FUZZ_CHECK(!wait);
			continue;
		}
		if (wait) {
			FUZZ_CHECK(wait <= burst * SECOND / limit.rate + 1);
			FUZZ_CHECK(vmbox_bucket_wait(&bucket, &limit, now + wait - 1, n));
			now += wait;
			FUZZ_CHECK(!vmbox_bucket_wait(&bucket, &limit, now, n));
		}
		taken += n < burst ? n : burst;
		FUZZ_CHECK(taken <= (u64)burst + (u64)((__uint128_t)(now - SECOND) *
			   limit.rate / SECOND));
	}
	return 0;
}

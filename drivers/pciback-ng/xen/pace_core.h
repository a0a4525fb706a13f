/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the operations of one guest may cost the host: a bucket of processor time
 * that fills at a fixed rate. Guests that use their devices never see its bottom; one
 * that floods us gets a share of one processor and no more.
 *
 *   full ------- half ------- empty ------- debt
 *    in the interrupt | by a worker | later, when the debt is paid
 *
 * A flood is faster than the bucket fills, so it soon has no part in interrupts, whom
 * no scheduler can hold back.
 *
 * Pure logic: unit tests run on it in user space. The caller serialises.
 */
#ifndef PBNG_XEN_PACE_CORE_H
#define PBNG_XEN_PACE_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define PBNG_PACE_SHARE	4		/* a guest gets one part in so many */
#define PBNG_PACE_FULL	50000000LL	/* all below in nanoseconds */
#define PBNG_PACE_DEBT	50000000LL	/* more is forgiven: an answer takes 2 s at most */
#define PBNG_PACE_EVENT	5000		/* an event, whatever it is for */

/**
 * struct pbng_pace - one guest's bucket
 * @left: processor time in it; negative in debt; from -DEBT to FULL
 * @filled: when that was
 */
struct pbng_pace {
	s64 left;
	u64 filled;
};

/* A full bucket. */
void pbng_pace_init(struct pbng_pace *pace, u64 now);

/**
 * pbng_pace_fill() - add what has come in since the last time
 * @pace: the bucket
 * @now: the time, never less than before
 */
void pbng_pace_fill(struct pbng_pace *pace, u64 now);

/* Something took so much processor time. */
void pbng_pace_spend(struct pbng_pace *pace, u64 cost);

/* May an interrupt do the work? */
bool pbng_pace_at_once(const struct pbng_pace *pace);

/* How long a worker has to wait with it; 0 when there is no debt. */
u64 pbng_pace_delay(const struct pbng_pace *pace);

#endif /* PBNG_XEN_PACE_CORE_H */

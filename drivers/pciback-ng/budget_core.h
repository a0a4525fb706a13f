/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest may cost the host in time of something that others need as well: a debt
 * that its requests add to, and that the clock pays back at a fixed rate. Up to a limit
 * the guest notices nothing of it.
 *
 *   0 ------------------- limit -------------------> request has to wait, or is refused
 *     requests as they come
 *
 * Pure logic: unit tests run on it in user space. The caller serialises.
 */
#ifndef PBNG_BUDGET_CORE_H
#define PBNG_BUDGET_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define PBNG_BUDGET_SECOND	1000000000ULL	/* all times are in nanoseconds */

/**
 * struct pbng_budget_terms - what is granted
 * @limit: debt up to which requests are served as they come
 * @share: of so many nanoseconds of the clock one is paid back, at least 1
 */
struct pbng_budget_terms {
	u64 limit;
	u32 share;
};

/**
 * struct pbng_budget - the debt of one guest or device; all zero is none
 * @debt: as of @as_of
 * @as_of: time of the last charge
 */
struct pbng_budget {
	u64 debt;
	u64 as_of;
};

/**
 * pbng_budget_charge() - a request was served
 * @budget: the debt
 * @terms: what is granted
 * @now: the time, never less than before
 * @cost: what it took
 */
void pbng_budget_charge(struct pbng_budget *budget, const struct pbng_budget_terms *terms,
			u64 now, u64 cost);

/**
 * pbng_budget_wait() - when may the next request be served?
 * @budget: the debt
 * @terms: what is granted
 * @now: the time, never less than before
 * @cost: what it will take
 *
 * Return: time until the debt and @cost are within the limit; 0 for at once. Where @cost
 * alone is above the limit: time until nothing is owed.
 */
u64 pbng_budget_wait(const struct pbng_budget *budget, const struct pbng_budget_terms *terms,
		     u64 now, u64 cost);

#endif /* PBNG_BUDGET_CORE_H */

// SPDX-License-Identifier: GPL-2.0
/* Debts of guests, see budget_core.h. */
#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/math64.h>
#endif
#include "budget_core.h"

/* What is owed now. */
static u64 debt_now(const struct pbng_budget *budget, const struct pbng_budget_terms *terms,
		    u64 now)
{
	u64 paid = div_u64(now - budget->as_of, terms->share);

	return paid < budget->debt ? budget->debt - paid : 0;
}

void pbng_budget_charge(struct pbng_budget *budget, const struct pbng_budget_terms *terms,
			u64 now, u64 cost)
{
	budget->debt = debt_now(budget, terms, now) + cost;
	budget->as_of = now;
}

u64 pbng_budget_wait(const struct pbng_budget *budget, const struct pbng_budget_terms *terms,
		     u64 now, u64 cost)
{
	u64 room = terms->limit > cost ? terms->limit - cost : 0;
	u64 debt = debt_now(budget, terms, now);

	return debt > room ? (debt - room) * terms->share : 0;
}

// SPDX-License-Identifier: GPL-2.0
/* What guests may cost in time: budget_core.c. */
#include "ktap.h"
#include "budget_core.h"

#define SECOND	PBNG_BUDGET_SECOND

static const struct pbng_budget_terms terms = { .limit = 10 * SECOND, .share = 1 };
static const struct pbng_budget_terms slow = { .limit = 10 * SECOND, .share = 60 };

TEST("what owes nothing is served at once, at any time")
{
	const struct pbng_budget budget = {};

	CHECK_EQ(pbng_budget_wait(&budget, &terms, 0, SECOND), 0);
	CHECK_EQ(pbng_budget_wait(&budget, &terms, 1000000 * SECOND, 10 * SECOND), 0);
	CHECK_EQ(pbng_budget_wait(&budget, &terms, 1000000 * SECOND, 100 * SECOND), 0);
}

TEST("up to the limit all are served, the next waits for what is above it")
{
	struct pbng_budget budget = {};
	int i;

	for (i = 0; i < 10; i++) {
		CHECK_EQ(pbng_budget_wait(&budget, &terms, 5 * SECOND, SECOND), 0);
		pbng_budget_charge(&budget, &terms, 5 * SECOND, SECOND);
	}
	CHECK_EQ(pbng_budget_wait(&budget, &terms, 5 * SECOND, SECOND), SECOND);
	CHECK_EQ(pbng_budget_wait(&budget, &terms, 5 * SECOND, 3 * SECOND), 3 * SECOND);
	CHECK_EQ(pbng_budget_wait(&budget, &terms, 5 * SECOND, 0), 0);
	CHECK_EQ(pbng_budget_wait(&budget, &terms, 6 * SECOND, SECOND), 0);
	CHECK_EQ(pbng_budget_wait(&budget, &terms, 6 * SECOND - 1, SECOND), 1);
}

TEST("a cost above the limit waits until nothing is owed")
{
	struct pbng_budget budget = {};

	pbng_budget_charge(&budget, &terms, 0, 4 * SECOND);
	CHECK_EQ(pbng_budget_wait(&budget, &terms, 0, 11 * SECOND), 4 * SECOND);
	CHECK_EQ(pbng_budget_wait(&budget, &terms, 4 * SECOND, 11 * SECOND), 0);
}

TEST("debt is paid back at its share, and not below nothing")
{
	struct pbng_budget budget = {};

	pbng_budget_charge(&budget, &slow, SECOND, 12 * SECOND);
	CHECK_EQ(pbng_budget_wait(&budget, &slow, SECOND, 0), 120 * SECOND);
	CHECK_EQ(pbng_budget_wait(&budget, &slow, 61 * SECOND, 0), 60 * SECOND);
	pbng_budget_charge(&budget, &slow, 61 * SECOND, 0);
	CHECK_EQ(budget.debt, 11 * SECOND);
	CHECK_EQ(budget.as_of, 61 * SECOND);
	pbng_budget_charge(&budget, &slow, 10000 * SECOND, SECOND);
	CHECK_EQ(budget.debt, SECOND);
}

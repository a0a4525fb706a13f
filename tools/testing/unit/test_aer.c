// SPDX-License-Identifier: GPL-2.0
/* Answers of owners to errors of their devices: aer_core.c. */
#include <limits.h>

#include "ktap.h"
#include "aer_core.h"

static const enum pbng_aer_kind kinds[] = { PBNG_AER_NONFATAL, PBNG_AER_FATAL };

TEST("to the first question: it can go on, or it wants a reset")
{
	CHECK_EQ(pbng_aer_vote(PBNG_AER_DETECTED, PBNG_AER_NONFATAL, PBNG_VOTE_CAN_RECOVER),
		 PBNG_VOTE_CAN_RECOVER);
	CHECK_EQ(pbng_aer_vote(PBNG_AER_DETECTED, PBNG_AER_NONFATAL, PBNG_VOTE_NEED_RESET),
		 PBNG_VOTE_NEED_RESET);
	CHECK_EQ(pbng_aer_vote(PBNG_AER_DETECTED, PBNG_AER_NONFATAL, PBNG_VOTE_RECOVERED),
		 PBNG_VOTE_CAN_RECOVER);
}

TEST("a link that is reset is told of to all who go on")
{
	CHECK_EQ(pbng_aer_vote(PBNG_AER_DETECTED, PBNG_AER_FATAL, PBNG_VOTE_CAN_RECOVER),
		 PBNG_VOTE_NEED_RESET);
	CHECK_EQ(pbng_aer_vote(PBNG_AER_DETECTED, PBNG_AER_FATAL, PBNG_VOTE_NEED_RESET),
		 PBNG_VOTE_NEED_RESET);
	CHECK_EQ(pbng_aer_vote(PBNG_AER_DETECTED, PBNG_AER_FATAL, PBNG_VOTE_RECOVERED),
		 PBNG_VOTE_NEED_RESET);
}

TEST("to the second one: it works, or now it wants a reset")
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		CHECK_EQ(pbng_aer_vote(PBNG_AER_MMIO, kinds[i], PBNG_VOTE_RECOVERED),
			 PBNG_VOTE_RECOVERED);
		CHECK_EQ(pbng_aer_vote(PBNG_AER_MMIO, kinds[i], PBNG_VOTE_NEED_RESET),
			 PBNG_VOTE_NEED_RESET);
		CHECK_EQ(pbng_aer_vote(PBNG_AER_MMIO, kinds[i], PBNG_VOTE_CAN_RECOVER),
			 PBNG_VOTE_NONE);
	}
}

TEST("after a reset: it works, and nothing else")
{
	s32 raw;

	for (raw = 0; raw < PBNG_VOTES; raw++)
		CHECK_EQ(pbng_aer_vote(PBNG_AER_SLOT_RESET, PBNG_AER_FATAL, raw),
			 raw == PBNG_VOTE_RECOVERED ? PBNG_VOTE_RECOVERED : PBNG_VOTE_NONE);
}

TEST("no driver, and one that gives up, are contained at every step but the last")
{
	unsigned int step, i;

	for (step = 0; step < PBNG_AER_RESUME; step++) {
		for (i = 0; i < 2; i++) {
			CHECK_EQ(pbng_aer_vote(step, kinds[i], PBNG_VOTE_NONE), PBNG_VOTE_NONE);
			CHECK_EQ(pbng_aer_vote(step, kinds[i], PBNG_VOTE_DISCONNECT),
				 PBNG_VOTE_NONE);
		}
	}
}

TEST("a number that is no answer is no answer")
{
	static const s32 bad[] = { INT_MIN, -1, PBNG_VOTE_INVALID, PBNG_VOTES, 255, 256,
				   256 + PBNG_VOTE_RECOVERED, INT_MAX };
	unsigned int step, i;

	for (step = 0; step < PBNG_AER_RESUME; step++)
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			CHECK_EQ(pbng_aer_vote(step, PBNG_AER_NONFATAL, bad[i]), PBNG_VOTE_NONE);
}

TEST("the last step needs no answer, an unknown one has none")
{
	CHECK_EQ(pbng_aer_vote(PBNG_AER_RESUME, PBNG_AER_NONFATAL, INT_MIN), PBNG_VOTE_RECOVERED);
	CHECK_EQ(pbng_aer_vote(PBNG_AER_RESUME, PBNG_AER_FATAL, PBNG_VOTE_NONE),
		 PBNG_VOTE_RECOVERED);
	CHECK_EQ(pbng_aer_vote(PBNG_AER_STEPS, PBNG_AER_FATAL, PBNG_VOTE_RECOVERED),
		 PBNG_VOTE_NONE);
}

TEST("the neutral answer never makes a recovery fail, nor skips a reset that was")
{
	CHECK_EQ(pbng_aer_neutral(PBNG_AER_DETECTED, PBNG_AER_NONFATAL), PBNG_VOTE_CAN_RECOVER);
	CHECK_EQ(pbng_aer_neutral(PBNG_AER_DETECTED, PBNG_AER_FATAL), PBNG_VOTE_NEED_RESET);
	CHECK_EQ(pbng_aer_neutral(PBNG_AER_MMIO, PBNG_AER_NONFATAL), PBNG_VOTE_RECOVERED);
	CHECK_EQ(pbng_aer_neutral(PBNG_AER_MMIO, PBNG_AER_FATAL), PBNG_VOTE_RECOVERED);
	CHECK_EQ(pbng_aer_neutral(PBNG_AER_SLOT_RESET, PBNG_AER_NONFATAL), PBNG_VOTE_RECOVERED);
	CHECK_EQ(pbng_aer_neutral(PBNG_AER_SLOT_RESET, PBNG_AER_FATAL), PBNG_VOTE_RECOVERED);
}

TEST("everything has a name of its own")
{
	CHECK_STREQ(pbng_aer_kind_name(PBNG_AER_CORRECTABLE), "correctable");
	CHECK_STREQ(pbng_aer_kind_name(PBNG_AER_NONFATAL), "nonfatal");
	CHECK_STREQ(pbng_aer_kind_name(PBNG_AER_FATAL), "fatal");
	CHECK_STREQ(pbng_aer_kind_name(PBNG_AER_KINDS), "?");
	CHECK_STREQ(pbng_aer_result_name(PBNG_AER_NEVER), "never");
	CHECK_STREQ(pbng_aer_result_name(PBNG_AER_RUNNING), "running");
	CHECK_STREQ(pbng_aer_result_name(PBNG_AER_RECOVERED), "recovered");
	CHECK_STREQ(pbng_aer_result_name(PBNG_AER_CONTAINED), "contained");
	CHECK_STREQ(pbng_aer_result_name(PBNG_AER_ABANDONED), "abandoned");
	CHECK_STREQ(pbng_aer_result_name(PBNG_AER_RESULTS), "?");
	CHECK_STREQ(pbng_aer_step_name(PBNG_AER_DETECTED), "error_detected");
	CHECK_STREQ(pbng_aer_step_name(PBNG_AER_MMIO), "mmio_enabled");
	CHECK_STREQ(pbng_aer_step_name(PBNG_AER_SLOT_RESET), "slot_reset");
	CHECK_STREQ(pbng_aer_step_name(PBNG_AER_RESUME), "resume");
	CHECK_STREQ(pbng_aer_step_name(PBNG_AER_STEPS), "?");
}

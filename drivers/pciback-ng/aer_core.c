// SPDX-License-Identifier: GPL-2.0
/* Answers to errors, see aer_core.h. */
#ifdef __KERNEL__
#include <linux/kernel.h>
#endif
#include "aer_core.h"

/* What is not here is PBNG_VOTE_INVALID. */
static const u8 meaning[PBNG_AER_STEPS][PBNG_VOTES] = {
	[PBNG_AER_DETECTED] = {
		[PBNG_VOTE_CAN_RECOVER] = PBNG_VOTE_CAN_RECOVER,
		[PBNG_VOTE_NEED_RESET] = PBNG_VOTE_NEED_RESET,
		/* Some drivers are done at once. */
		[PBNG_VOTE_RECOVERED] = PBNG_VOTE_CAN_RECOVER,
	},
	[PBNG_AER_MMIO] = {
		[PBNG_VOTE_NEED_RESET] = PBNG_VOTE_NEED_RESET,
		[PBNG_VOTE_RECOVERED] = PBNG_VOTE_RECOVERED,
	},
	[PBNG_AER_SLOT_RESET] = {
		[PBNG_VOTE_RECOVERED] = PBNG_VOTE_RECOVERED,
	},
};

enum pbng_aer_vote pbng_aer_vote(unsigned int step, enum pbng_aer_kind kind, s32 raw)
{
	u8 vote;

	if (step == PBNG_AER_RESUME)
		return PBNG_VOTE_RECOVERED;
	if (step >= PBNG_AER_STEPS || raw < 0 || raw >= PBNG_VOTES)
		return PBNG_VOTE_NONE;
	vote = meaning[step][raw];
	if (vote == PBNG_VOTE_INVALID)
		return PBNG_VOTE_NONE;
	if (step == PBNG_AER_DETECTED && kind == PBNG_AER_FATAL)
		return PBNG_VOTE_NEED_RESET;
	return vote;
}

enum pbng_aer_vote pbng_aer_neutral(unsigned int step, enum pbng_aer_kind kind)
{
	if (step != PBNG_AER_DETECTED)
		return PBNG_VOTE_RECOVERED;
	return kind == PBNG_AER_FATAL ? PBNG_VOTE_NEED_RESET : PBNG_VOTE_CAN_RECOVER;
}

const char *pbng_aer_kind_name(unsigned int kind)
{
	static const char *const names[PBNG_AER_KINDS] = {
		[PBNG_AER_CORRECTABLE] = "correctable",
		[PBNG_AER_NONFATAL] = "nonfatal",
		[PBNG_AER_FATAL] = "fatal",
	};

	return kind < PBNG_AER_KINDS ? names[kind] : "?";
}

const char *pbng_aer_result_name(unsigned int result)
{
	static const char *const names[PBNG_AER_RESULTS] = {
		[PBNG_AER_NEVER] = "never",
		[PBNG_AER_RUNNING] = "running",
		[PBNG_AER_RECOVERED] = "recovered",
		[PBNG_AER_CONTAINED] = "contained",
		[PBNG_AER_ABANDONED] = "abandoned",
	};

	return result < PBNG_AER_RESULTS ? names[result] : "?";
}

const char *pbng_aer_step_name(unsigned int step)
{
	static const char *const names[PBNG_AER_STEPS] = {
		[PBNG_AER_DETECTED] = "error_detected",
		[PBNG_AER_MMIO] = "mmio_enabled",
		[PBNG_AER_SLOT_RESET] = "slot_reset",
		[PBNG_AER_RESUME] = "resume",
	};

	return step < PBNG_AER_STEPS ? names[step] : "?";
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an owner may say to an error of its device, and what the PCI core hears of it.
 *
 * The PCI core asks every driver below a port, step by step (DETECTED, then MMIO or
 * SLOT_RESET, then RESUME), and the worst answer decides how it goes on. A guest's
 * answer is a number that it wrote: only what makes sense at that step counts, all
 * else is no answer. A device whose owner has none is contained, and for it the PCI
 * core gets the neutral answer, with which the recovery of its neighbours goes on.
 *
 * Pure logic: unit tests run on it in user space.
 */
#ifndef PBNG_AER_CORE_H
#define PBNG_AER_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

enum pbng_aer_step {
	PBNG_AER_DETECTED,	/* there was an error: stop */
	PBNG_AER_MMIO,		/* the device can be talked to, it was not reset */
	PBNG_AER_SLOT_RESET,	/* it was reset: set it up again */
	PBNG_AER_RESUME,	/* go on */
	PBNG_AER_STEPS
};

/* As in <linux/pci.h> and in the shared page; aer.c looks that they are the same. */
enum pbng_aer_vote {
	PBNG_VOTE_INVALID,
	PBNG_VOTE_NONE,		/* no driver that knows of errors */
	PBNG_VOTE_CAN_RECOVER,
	PBNG_VOTE_NEED_RESET,
	PBNG_VOTE_DISCONNECT,
	PBNG_VOTE_RECOVERED,
	PBNG_VOTES
};

enum pbng_aer_kind {
	PBNG_AER_CORRECTABLE,	/* the hardware has dealt with it */
	PBNG_AER_NONFATAL,	/* a transaction is lost, the link works */
	PBNG_AER_FATAL,		/* the link is reset, and all behind it */
	PBNG_AER_KINDS
};

enum pbng_aer_result {
	PBNG_AER_NEVER,
	PBNG_AER_RUNNING,
	PBNG_AER_RECOVERED,
	PBNG_AER_CONTAINED,
	PBNG_AER_ABANDONED,	/* the PCI core gave up: a neighbour could not recover */
	PBNG_AER_RESULTS
};

/**
 * pbng_aer_vote() - look at an owner's answer
 * @step: an enum pbng_aer_step
 * @kind: PBNG_AER_NONFATAL or PBNG_AER_FATAL
 * @raw: what the owner said, unchecked
 *
 * After a fatal error the link is reset, whatever anybody says: who says that it can
 * go on without is told of the reset nevertheless.
 *
 * Return: the answer for the PCI core, or PBNG_VOTE_NONE: the device is to be
 * contained. The last step needs none; there all are right.
 */
enum pbng_aer_vote pbng_aer_vote(unsigned int step, enum pbng_aer_kind kind, s32 raw);

/* The answer with which the PCI core goes on as if the device were not there. */
enum pbng_aer_vote pbng_aer_neutral(unsigned int step, enum pbng_aer_kind kind);

/* Names as in the attributes and events. */
const char *pbng_aer_kind_name(unsigned int kind);
const char *pbng_aer_result_name(unsigned int result);
const char *pbng_aer_step_name(unsigned int step);

#endif /* PBNG_AER_CORE_H */

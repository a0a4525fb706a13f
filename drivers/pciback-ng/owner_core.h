/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who has a device, as a state machine.
 *
 *              claim            ok, nobody         give
 *    FREE --------> RESETTING ----------> CLAIMED ------> ASSIGNED
 *                    ^  |  ^ \  ok, owned               /   |  |
 *                    |  |  |  `---------->-------------'    |  |
 *                    |  |  |                                |  |
 *                    |  |  +---- reset, or take back -------+  | contain
 *                    |  |                                      |
 *                    |  | failed                               v
 *                    |  +---------------------------> QUARANTINED
 *                    |         reset, or take back           |
 *                    +---------------------------------------+
 *
 *    every state --- remove ---> GONE
 *
 * An owner may stay while its device is reset, and is still the owner of one
 * that is quarantined: it is contained, and gives the device back later. A
 * quarantined device is given to nobody; a reset that works cures it. An owner may
 * leave in the middle of a reset, too.
 *
 * Pure logic: unit tests run on it in user space. The caller serialises.
 */
#ifndef PBNG_OWNER_CORE_H
#define PBNG_OWNER_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

enum pbng_state {
	PBNG_FREE,		/* the host's; only while it is being claimed */
	PBNG_CLAIMED,		/* ours, quiet, waiting for an owner */
	PBNG_ASSIGNED,		/* somebody's */
	PBNG_RESETTING,		/* nobody may touch it */
	PBNG_QUARANTINED,	/* not fit to be given to anybody */
	PBNG_GONE,		/* the host's again, or pulled out */
	PBNG_STATES
};

enum pbng_event {
	PBNG_CLAIM,		/* our driver is bound; a reset follows */
	PBNG_GIVE,		/* an owner takes it */
	PBNG_RESET,		/* a reset begins, the owner stays if there is one */
	PBNG_TAKE_BACK,		/* the owner leaves; a reset follows */
	PBNG_RESET_OK,		/* or there is no way to reset it */
	PBNG_RESET_FAILED,
	PBNG_CONTAIN,		/* the device or its owner misbehaves */
	PBNG_REMOVE,		/* our driver is unbound; the owner leaves */
	PBNG_EVENTS
};

/**
 * struct pbng_ownership - the state of one device
 * @state: an enum pbng_state
 * @owned: somebody has it
 */
struct pbng_ownership {
	u8 state;
	bool owned;
};

/**
 * pbng_owner_event() - something happens to a device
 * @own: its state; unchanged on failure
 * @event: what happens, an enum pbng_event
 *
 * Return: 0; -EBUSY when somebody has it or it is being reset; -EIO when it is
 * quarantined; -ENODEV when it is not ours (any more); -EINVAL when this cannot
 * happen in this state.
 */
int pbng_owner_event(struct pbng_ownership *own, unsigned int event);

/* The name of an enum pbng_state, as in the attribute "state". */
const char *pbng_state_name(unsigned int state);

#endif /* PBNG_OWNER_CORE_H */

// SPDX-License-Identifier: GPL-2.0
/* The states of a device, see owner_core.h for the drawing. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#endif
#include "owner_core.h"

/* In a cell: the next state, or one of these. */
enum {
	BACK = PBNG_STATES,	/* ASSIGNED when it has an owner, else CLAIMED */
	BUSY,
	SICK,
	NONE,
	NEVER,
};

#define GIVEN	PBNG_ASSIGNED
#define RESET	PBNG_RESETTING
#define JAIL	PBNG_QUARANTINED
#define GONE	PBNG_GONE

static const u8 next_state[PBNG_EVENTS][PBNG_STATES] = {
	/*                     FREE   CLAIMED  ASSIGNED RESETTING QUARANT. GONE */
	[PBNG_CLAIM]	    = { RESET, NEVER,   NEVER,   NEVER,    NEVER,   NONE },
	[PBNG_GIVE]	    = { NONE,  GIVEN,   BUSY,    BUSY,     SICK,    NONE },
	[PBNG_RESET]	    = { NONE,  RESET,   RESET,   BUSY,     RESET,   NONE },
	[PBNG_TAKE_BACK]    = { NONE,  NEVER,   RESET,   RESET,    RESET,   NONE },
	[PBNG_RESET_OK]	    = { NONE,  NEVER,   NEVER,   BACK,     NEVER,   NONE },
	[PBNG_RESET_FAILED] = { NONE,  NEVER,   NEVER,   JAIL,     NEVER,   NONE },
	[PBNG_CONTAIN]	    = { NONE,  JAIL,    JAIL,    JAIL,     JAIL,    NONE },
	[PBNG_REMOVE]	    = { GONE,  GONE,    GONE,    GONE,     GONE,    NONE },
};

int pbng_owner_event(struct pbng_ownership *own, unsigned int event)
{
	u8 cell;

	if (event >= PBNG_EVENTS || own->state >= PBNG_STATES)
		return -EINVAL;
	cell = next_state[event][own->state];
	/* Only an owner can leave, and an owner's device is given to nobody. */
	if (event == PBNG_TAKE_BACK && cell == RESET && !own->owned)
		cell = NEVER;
	switch (cell) {
	case BUSY:
		return -EBUSY;
	case SICK:
		return -EIO;
	case NONE:
		return -ENODEV;
	case NEVER:
		return -EINVAL;
	case BACK:
		own->state = own->owned ? PBNG_ASSIGNED : PBNG_CLAIMED;
		return 0;
	}
	own->state = cell;
	if (event == PBNG_GIVE)
		own->owned = true;
	else if (event == PBNG_TAKE_BACK || event == PBNG_REMOVE)
		own->owned = false;
	return 0;
}

const char *pbng_state_name(unsigned int state)
{
	static const char *const names[PBNG_STATES] = {
		[PBNG_FREE] = "free",
		[PBNG_CLAIMED] = "claimed",
		[PBNG_ASSIGNED] = "assigned",
		[PBNG_RESETTING] = "resetting",
		[PBNG_QUARANTINED] = "quarantined",
		[PBNG_GONE] = "gone",
	};

	return state < PBNG_STATES ? names[state] : "?";
}

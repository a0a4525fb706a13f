// SPDX-License-Identifier: GPL-2.0
/* Steps to another number of VFs, see manager_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#endif

#include "manager_core.h"

#define CLASS_NETWORK	0x02	/* PCI_BASE_CLASS_NETWORK */

void vmbox_plan_start(struct vmbox_plan *plan, unsigned int have, unsigned int want)
{
	*plan = (struct vmbox_plan) { .have = have, .want = want };
	if (have == want)
		plan->step = VMBOX_STEP_END;
	else
		plan->step = have ? VMBOX_STEP_ASK : VMBOX_STEP_FILL;
}

unsigned int vmbox_plan_number(const struct vmbox_plan *plan)
{
	switch (plan->step) {
	case VMBOX_STEP_FILL:
		return plan->want;
	case VMBOX_STEP_UNDO_FILL:
		return plan->have;
	default:
		return 0;
	}
}

/* The way back, from so many VFs. */
static enum vmbox_step undo(const struct vmbox_plan *plan, unsigned int now)
{
	if (now)
		return VMBOX_STEP_UNDO_EMPTY;
	return plan->have ? VMBOX_STEP_UNDO_FILL : VMBOX_STEP_END;
}

static enum vmbox_step forward(struct vmbox_plan *plan, int result, unsigned int now)
{
	if (plan->step == VMBOX_STEP_ASK) {
		plan->err = result;
		return result ? VMBOX_STEP_CANCEL : VMBOX_STEP_EMPTY;
	}
	/* A driver may say that all is well, and have made fewer than it was asked for. */
	if (!result && now != vmbox_plan_number(plan))
		result = -EIO;
	plan->err = result;
	if (plan->step == VMBOX_STEP_FILL)
		return result ? undo(plan, now) : VMBOX_STEP_END;
	if (result)
		return now ? VMBOX_STEP_CANCEL : undo(plan, now);
	return plan->want ? VMBOX_STEP_FILL : VMBOX_STEP_END;
}

void vmbox_plan_next(struct vmbox_plan *plan, int result, unsigned int now)
{
	unsigned int number = vmbox_plan_number(plan);

	switch (plan->step) {
	case VMBOX_STEP_ASK:
	case VMBOX_STEP_EMPTY:
	case VMBOX_STEP_FILL:
		plan->step = forward(plan, result, now);
		break;
	case VMBOX_STEP_UNDO_EMPTY:
	case VMBOX_STEP_UNDO_FILL:
		if (!result && now != number)
			result = -EIO;
		plan->undo_err = result;
		if (result || plan->step == VMBOX_STEP_UNDO_FILL)
			plan->step = VMBOX_STEP_END;
		else
			plan->step = undo(plan, 0);
		break;
	default:
		plan->step = VMBOX_STEP_END;
		break;
	}
}

int vmbox_may_take(enum vmbox_use use, bool ask, bool force)
{
	return use == VMBOX_FREE || ask || (use == VMBOX_GIVEN && force) ? 0 : -EBUSY;
}

bool vmbox_may_force(enum vmbox_use use)
{
	return use != VMBOX_HELD;
}

int vmbox_owner_agrees(enum vmbox_use use, int result, bool closed)
{
	switch (use) {
	case VMBOX_FREE:
		return vmbox_has_let_go(result, closed);
	case VMBOX_GIVEN:
		return result >= 0 ? 0 : -EBUSY;
	default:
		return -EBUSY;
	}
}

bool vmbox_change_is_network(enum sriov_mbox_op op, bool force, u32 class)
{
	if (class >> 16 != CLASS_NETWORK || force)
		return false;

	switch (op) {
	case SRIOV_MBOX_OP_DISABLE:
	case SRIOV_MBOX_OP_ENABLE:
	case SRIOV_MBOX_OP_MOVE:
		return false;
	default:
		return true;
	}
}

int vmbox_has_let_go(int result, bool closed)
{
	if (result >= 0 || result == -ENOTCONN || closed)
		return 0;
	/* Its memory had no room for the question, or it began anew in the middle. */
	if (result == -EAGAIN || result == -ECONNRESET)
		return -ETIMEDOUT;
	return result;
}

// SPDX-License-Identifier: GPL-2.0
/* The VF manager's steps: manager_core.c. */
#include "ktap.h"
#include "manager_core.h"

static struct vmbox_plan plan;

/* A step that is done, and the one that has to follow. */
static bool next(int result, unsigned int now, enum vmbox_step step)
{
	vmbox_plan_next(&plan, result, now);
	return plan.step == step;
}

TEST("from some VFs to others")
{
	vmbox_plan_start(&plan, 2, 7);
	CHECK(plan.step == VMBOX_STEP_ASK && !vmbox_plan_number(&plan));
	CHECK(next(0, 2, VMBOX_STEP_EMPTY) && !vmbox_plan_number(&plan));
	CHECK(next(0, 0, VMBOX_STEP_FILL) && vmbox_plan_number(&plan) == 7);
	CHECK(next(0, 7, VMBOX_STEP_END) && !plan.err && !plan.undo_err);
}

TEST("nothing to do, from none, to none")
{
	vmbox_plan_start(&plan, 3, 3);
	CHECK(plan.step == VMBOX_STEP_END && !plan.err);
	vmbox_plan_start(&plan, 0, 4);
	CHECK(plan.step == VMBOX_STEP_FILL);
	CHECK(next(0, 4, VMBOX_STEP_END) && !plan.err);
	vmbox_plan_start(&plan, 4, 0);
	CHECK(next(0, 4, VMBOX_STEP_EMPTY));
	CHECK(next(0, 0, VMBOX_STEP_END) && !plan.err);
}

TEST("a VF does not let go")
{
	vmbox_plan_start(&plan, 2, 7);
	CHECK(next(-ETIMEDOUT, 2, VMBOX_STEP_CANCEL));
	CHECK(next(0, 2, VMBOX_STEP_END));
	CHECK(plan.err == -ETIMEDOUT && !plan.undo_err);
}

/* The driver does not let them go; or fails after it has. */
TEST("the first step fails")
{
	vmbox_plan_start(&plan, 2, 7);
	next(0, 2, VMBOX_STEP_EMPTY);
	CHECK(next(-EPERM, 2, VMBOX_STEP_CANCEL) && plan.err == -EPERM);
	CHECK(next(0, 2, VMBOX_STEP_END));
	vmbox_plan_start(&plan, 2, 7);
	next(0, 2, VMBOX_STEP_EMPTY);
	CHECK(next(0, 2, VMBOX_STEP_CANCEL) && plan.err == -EIO);
	vmbox_plan_start(&plan, 2, 7);
	next(0, 2, VMBOX_STEP_EMPTY);
	CHECK(next(-EPERM, 0, VMBOX_STEP_UNDO_FILL) && vmbox_plan_number(&plan) == 2);
	CHECK(next(0, 2, VMBOX_STEP_END) && plan.err == -EPERM && !plan.undo_err);
}

TEST("the second step fails")
{
	vmbox_plan_start(&plan, 2, 7);
	next(0, 2, VMBOX_STEP_EMPTY);
	next(0, 0, VMBOX_STEP_FILL);
	CHECK(next(-ENOMEM, 0, VMBOX_STEP_UNDO_FILL));
	CHECK(next(0, 2, VMBOX_STEP_END) && plan.err == -ENOMEM && !plan.undo_err);
	/* Fewer than were wanted, and the driver finds that fine. */
	vmbox_plan_start(&plan, 2, 7);
	next(0, 2, VMBOX_STEP_EMPTY);
	next(0, 0, VMBOX_STEP_FILL);
	CHECK(next(0, 5, VMBOX_STEP_UNDO_EMPTY) && plan.err == -EIO);
	CHECK(!vmbox_plan_number(&plan));
	CHECK(next(0, 0, VMBOX_STEP_UNDO_FILL) && next(0, 2, VMBOX_STEP_END));
	CHECK(plan.err == -EIO && !plan.undo_err);
	/* There were none: nothing is the way back, or to make it so. */
	vmbox_plan_start(&plan, 0, 7);
	CHECK(next(-ENOMEM, 0, VMBOX_STEP_END) && plan.err == -ENOMEM);
	vmbox_plan_start(&plan, 0, 7);
	CHECK(next(0, 5, VMBOX_STEP_UNDO_EMPTY) && next(0, 0, VMBOX_STEP_END));
	CHECK(plan.err == -EIO && !plan.undo_err);
}

TEST("the way back fails")
{
	vmbox_plan_start(&plan, 2, 7);
	next(0, 2, VMBOX_STEP_EMPTY);
	next(0, 0, VMBOX_STEP_FILL);
	next(-ENOMEM, 0, VMBOX_STEP_UNDO_FILL);
	CHECK(next(-ENODEV, 0, VMBOX_STEP_END));
	CHECK(plan.err == -ENOMEM && plan.undo_err == -ENODEV);
	vmbox_plan_start(&plan, 2, 7);
	next(0, 2, VMBOX_STEP_EMPTY);
	next(0, 0, VMBOX_STEP_FILL);
	next(0, 6, VMBOX_STEP_UNDO_EMPTY);
	CHECK(next(0, 6, VMBOX_STEP_END) && plan.undo_err == -EIO);
}

TEST("who has a VF")
{
	CHECK(!vmbox_may_take(VMBOX_FREE, false, false));
	CHECK(!vmbox_may_take(VMBOX_FREE, false, true));
	CHECK(vmbox_may_take(VMBOX_GIVEN, false, false) == -EBUSY);
	CHECK(!vmbox_may_take(VMBOX_GIVEN, false, true));
	CHECK(vmbox_may_take(VMBOX_HELD, false, false) == -EBUSY);
	CHECK(vmbox_may_take(VMBOX_HELD, false, true) == -EBUSY);
}

TEST("an owner that is at its mailbox is asked, without force as well (case M15)")
{
	CHECK(!vmbox_may_take(VMBOX_GIVEN, true, false));
	CHECK(!vmbox_may_take(VMBOX_GIVEN, true, true));
	CHECK(!vmbox_may_take(VMBOX_HELD, true, false) && !vmbox_may_take(VMBOX_HELD, true, true));
	CHECK(vmbox_may_force(VMBOX_FREE) && vmbox_may_force(VMBOX_GIVEN));
	CHECK(!vmbox_may_force(VMBOX_HELD));
}

TEST("what an owner answers: nothing but its consent counts (case M15)")
{
	static const int refusals[] = { -EBUSY, -ETIMEDOUT, -EOPNOTSUPP, -ENOTCONN, -ECONNRESET };
	unsigned int i;

	CHECK(!vmbox_owner_agrees(VMBOX_GIVEN, 0, false));
	CHECK(!vmbox_owner_agrees(VMBOX_GIVEN, 8, true));
	/* It has agreed and has the VF still. */
	CHECK(vmbox_owner_agrees(VMBOX_HELD, 0, false) == -EBUSY);
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		CHECK_EQ(vmbox_owner_agrees(VMBOX_GIVEN, refusals[i], false), -EBUSY);
		/* A mailbox that was closed is no consent of a guest's. */
		CHECK_EQ(vmbox_owner_agrees(VMBOX_GIVEN, refusals[i], true), -EBUSY);
		CHECK_EQ(vmbox_owner_agrees(VMBOX_HELD, refusals[i], true), -EBUSY);
		CHECK_EQ(vmbox_owner_agrees(VMBOX_FREE, refusals[i], false),
			 vmbox_has_let_go(refusals[i], false));
		CHECK(!vmbox_owner_agrees(VMBOX_FREE, refusals[i], true));
	}
}

TEST("CAP_NET_ADMIN is enough for network functions, but for drivers and force (case M11)")
{
	static const u32 others[] = { 0, 0x010802, 0x030000, 0x120000, 0x000200, 0x020000000 };
	unsigned int i, op;
	bool drivers;

	for (op = SRIOV_MBOX_OP_SET_NUM; op <= SRIOV_MBOX_OP_RESUME; op++) {
		drivers = op == SRIOV_MBOX_OP_DISABLE || op == SRIOV_MBOX_OP_ENABLE ||
			  op == SRIOV_MBOX_OP_MOVE;
		CHECK_EQ(vmbox_change_is_network(op, false, 0x020000), !drivers);
		CHECK_EQ(vmbox_change_is_network(op, false, 0x020700), !drivers);
		CHECK(!vmbox_change_is_network(op, true, 0x020000));
		for (i = 0; i < ARRAY_SIZE(others); i++)
			CHECK(!vmbox_change_is_network(op, false, others[i]));
	}
}

TEST("what a VF answers")
{
	CHECK(!vmbox_has_let_go(0, false) && !vmbox_has_let_go(8, false));
	CHECK(!vmbox_has_let_go(-ENOTCONN, false));
	CHECK(!vmbox_has_let_go(-ECONNRESET, true) && !vmbox_has_let_go(-ETIMEDOUT, true));
	CHECK(vmbox_has_let_go(-ECONNRESET, false) == -ETIMEDOUT);
	CHECK(vmbox_has_let_go(-EAGAIN, false) == -ETIMEDOUT);
	CHECK(vmbox_has_let_go(-EOPNOTSUPP, false) == -EOPNOTSUPP);
	CHECK(vmbox_has_let_go(-EBUSY, false) == -EBUSY);
}

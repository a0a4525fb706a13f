/* SPDX-License-Identifier: GPL-2.0 */
/* How the number of VFs is changed: the steps, and what stands in the way. */
#ifndef VMBOX_MANAGER_CORE_H
#define VMBOX_MANAGER_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif
#include <uapi/linux/sriov_mbox_netlink.h>

/*
 * The kernel knows no way from some VFs to others but that by none:
 *
 *	ASK ----> EMPTY ----> FILL ----> END
 *	 |          |          |
 *	 v          v          v
 *	CANCEL    CANCEL     UNDO_EMPTY ----> UNDO_FILL ----> END
 *	 |        or UNDO_FILL
 *	 v
 *	END
 */
enum vmbox_step {
	VMBOX_STEP_ASK,		/* the VFs there are to let go */
	VMBOX_STEP_EMPTY,	/* no VFs */
	VMBOX_STEP_FILL,	/* as many as are wanted */
	VMBOX_STEP_CANCEL,	/* tell them that they stay */
	VMBOX_STEP_UNDO_EMPTY,	/* no VFs: too few came */
	VMBOX_STEP_UNDO_FILL,	/* as many as there were */
	VMBOX_STEP_END,
};

/**
 * struct vmbox_plan - a number of VFs that is on its way to another
 * @have: how many there were
 * @want: how many there shall be
 * @step: what to do now
 * @err: why it did not work, or 0
 * @undo_err: why the way back did not work either, or 0
 */
struct vmbox_plan {
	unsigned int have;
	unsigned int want;
	enum vmbox_step step;
	int err;
	int undo_err;
};

void vmbox_plan_start(struct vmbox_plan *plan, unsigned int have, unsigned int want);

/**
 * vmbox_plan_next() - a step was done
 * @plan: the plan, whose @step becomes the next
 * @result: 0 or a negative errno
 * @now: how many VFs there are now
 */
void vmbox_plan_next(struct vmbox_plan *plan, int result, unsigned int now);

/* How many VFs a step of a plan is about. */
unsigned int vmbox_plan_number(const struct vmbox_plan *plan);

/**
 * enum vmbox_use - who has a VF, beside what its mailbox knows
 * @VMBOX_FREE: nobody but a driver of the host
 * @VMBOX_GIVEN: a guest
 * @VMBOX_HELD: a program that the kernel would wait for, for as long as it likes
 */
enum vmbox_use {
	VMBOX_FREE,
	VMBOX_GIVEN,
	VMBOX_HELD,
};

/**
 * vmbox_may_take() - may a VF be taken away? Before any VF is asked.
 * @use: of the VF
 * @ask: its owner is at its mailbox and will be asked
 * @force: the owner's answer does not count; nobody can take a VF that is held
 * Return: 0 or -EBUSY.
 */
int vmbox_may_take(enum vmbox_use use, bool ask, bool force);

/* Can a VF be taken whatever its owner answers? */
bool vmbox_may_force(enum vmbox_use use);

/**
 * vmbox_owner_agrees() - may a VF be taken away, after it was asked?
 * @use: of the VF, now: one that is still held has agreed in vain
 * @result: of the call, as for vmbox_has_let_go()
 * @closed: nobody is at its mailbox any more; says nothing where a guest has the VF
 *
 * Return: 0; -EBUSY: its owner keeps it; else as vmbox_has_let_go().
 */
int vmbox_owner_agrees(enum vmbox_use use, int result, bool closed);

/**
 * vmbox_change_is_network() - is CAP_NET_ADMIN enough for a change?
 * @op: the change
 * @force: VFs are taken from guests, too
 * @class: of the PF, 24 bits as in configuration space
 *
 * It is for what an administrator of the network does with VFs of a network function. Which
 * driver has a VF is root's to say in sysfs (driver_override, bind, unbind), and so is
 * everything of a disk or a GPU.
 *
 * Return: whether it is; else it takes CAP_SYS_ADMIN.
 */
bool vmbox_change_is_network(enum sriov_mbox_op op, bool force, u32 class);

/**
 * vmbox_has_let_go() - what a VF has answered, when it was asked to let go
 * @result: of the call: at least 0, or a negative errno
 * @closed: nobody is at its mailbox any more
 *
 * Return: 0; else why it has not: what the VF said, or -ETIMEDOUT, or -EOPNOTSUPP.
 */
int vmbox_has_let_go(int result, bool closed);

#endif /* VMBOX_MANAGER_CORE_H */

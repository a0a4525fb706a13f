/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The manager of VFs: changes that an administrator asks for, one at a time for each
 * PF. A change waits for guests, so it runs by itself, with no lock held but while it
 * does what cannot be done by halves.
 */
#ifndef VMBOX_MANAGER_H
#define VMBOX_MANAGER_H

#include <linux/bitmap.h>
#include <linux/pci.h>
#include <linux/workqueue.h>
#include <uapi/linux/sriov_mbox.h>
#include <uapi/linux/sriov_mbox_netlink.h>

#include "manager_core.h"

#define VMBOX_REASON_MAX	160
#define VMBOX_DRIVER_MAX	64
#define VMBOX_WHO_MAX		80
#define VMBOX_DEADLINE_MS	2000	/* where none is said */
#define VMBOX_DEADLINE_MAX	60000

struct vmbox_chan;
struct vmbox_pf;

/**
 * struct vmbox_managed - what administrators have said of a PF
 * @disabled: VFs; they stay so when they go and come back
 * @number: of the last change, 0 when there was none
 * @op: its
 * @vf: VMBOX_ALL_VFS, or which one it is about
 * @running: it has not ended
 * @ended: the PF goes, or the module: no change begins any more
 * @result: how it ended
 * @reason: in words, or empty
 */
struct vmbox_managed {
	DECLARE_BITMAP(disabled, VMBOX_VFS_MAX);
	u64 number;
	enum sriov_mbox_op op;
	u32 vf;
	bool running;
	bool ended;
	int result;
	char reason[VMBOX_REASON_MAX];
};

/**
 * struct vmbox_change - a change
 * @work: does it
 * @pf: of which PF; holds a reference
 * @number: its number
 * @op: what
 * @vf: VMBOX_ALL_VFS, or which one it is about
 * @num: how many VFs
 * @deadline: how long VFs may take to answer, in ms
 * @force: go on without their answers
 * @driver: which a VF shall have; empty: the one that takes it by itself
 * @reason: why it did not work, in words
 * @forced: which VF was taken against its owner's answer, in words
 * @lost: which VF has not got back what it had, in words
 */
struct vmbox_change {
	struct work_struct work;
	struct vmbox_pf *pf;
	u64 number;
	enum sriov_mbox_op op;
	u32 vf;
	u32 num;
	u32 deadline;
	bool force;
	char driver[VMBOX_DRIVER_MAX];
	char reason[VMBOX_REASON_MAX];
	char forced[VMBOX_REASON_MAX];
	char lost[VMBOX_REASON_MAX];
};

/**
 * vmbox_change_start() - begin a change
 * @pf: of which PF
 * @want: the rest but @number and @reason
 * @number: becomes its number
 *
 * Context: process, may sleep; waits for nobody.
 * Return: 0; -EBUSY: another one runs; -ERANGE: so many VFs there cannot be;
 * -EOPNOTSUPP: the driver of the PF sets no numbers; -ENODEV: no such VF, or the PF
 * goes; -ENOMEM.
 */
int vmbox_change_start(struct vmbox_pf *pf, const struct vmbox_change *want, u64 *number);

/**
 * vmbox_managed_end() - a PF goes, or the module
 * @pf: the PF
 *
 * What has a reference to the PF may still come with a change, and is refused. A change
 * that runs goes on.
 */
void vmbox_managed_end(struct vmbox_pf *pf);

/* A copy of what there is. */
void vmbox_managed_get(struct vmbox_pf *pf, struct vmbox_managed *managed);

bool vmbox_managed_disabled(struct vmbox_pf *pf, unsigned int index);
void vmbox_managed_disable(struct vmbox_pf *pf, unsigned int index, bool on);

/* Words for whoever reads why. Return: @err. */
__printf(3, 4) int vmbox_change_failed(struct vmbox_change *change, int err, const char *fmt, ...);

/* What follows is in ask.c. */

/**
 * vmbox_change_may_take() - before VFs are asked: may they be taken away?
 * @change: the change
 * @op: that they will be asked, VMBOX_OP_REMOVE_PENDING or VMBOX_OP_QUIESCE
 *
 * A VF that a guest or a program has is asked for by REMOVE_PENDING when that is at its
 * mailbox; else it is in the way, unless force takes it.
 *
 * Return: 0 or -EBUSY.
 */
int vmbox_change_may_take(struct vmbox_change *change, u16 op);

/**
 * vmbox_change_ask() - ask the VFs that a change is about, and wait for all of them
 * @change: the change
 * @op: VMBOX_OP_REMOVE_PENDING or VMBOX_OP_QUIESCE
 *
 * A program that has agreed may take until the deadline to close its VF.
 *
 * Return: 0 when all have let go, or need not be waited for; else why the first has not.
 * -EBUSY: its owner keeps it.
 */
int vmbox_change_ask(struct vmbox_change *change, u16 op);

/* Tell them that all stays as it is, after vmbox_change_ask() with the same @op. */
void vmbox_change_cancel(struct vmbox_change *change, u16 op);

/**
 * vmbox_change_visit() - all VFs that a change is about, those without a mailbox as well
 * @change: the change
 * @fn: called for each, in process context; an error ends it
 * @arg: handed to @fn
 * Return: 0 or what @fn says.
 */
int vmbox_change_visit(struct vmbox_change *change,
		       int (*fn)(struct vmbox_change *change, struct pci_dev *vf,
				 unsigned int index, void *arg), void *arg);

/* What follows is in set_num.c. */

/* Has the kernel sriov_numvfs for this PF? */
bool vmbox_can_set_number(struct pci_dev *pdev);

/* SRIOV_MBOX_OP_SET_NUM. Return: 0 or a negative errno, then change->reason says more. */
int vmbox_change_number(struct vmbox_change *change);

/* What follows is in manage_vf.c. */

/**
 * struct vmbox_was - how a VF was before
 * @driver: that it had, or empty
 * @override: the one that alone could have it, or NULL
 */
struct vmbox_was {
	char driver[VMBOX_DRIVER_MAX];
	char *override;
};

/* @was is kfree()d by vmbox_vf_forget(). Return: 0, -EBUSY, -ENOMEM. */
int vmbox_vf_remember(struct pci_dev *vf, struct vmbox_was *was);

/*
 * The driver, and driver_override, are as before; a VF whose driver is right is left alone.
 * Return: 0, -EBUSY, or why the driver does not take it.
 */
int vmbox_vf_put_back(struct pci_dev *vf, const struct vmbox_was *was);
void vmbox_vf_forget(struct vmbox_was *was);

/* Who has it? @who is valid when somebody has. */
enum vmbox_use vmbox_vf_use(struct pci_dev *vf, char *who, size_t size);

/* A VF is disabled: no driver shall have it. Return: 0 or -ENOMEM; it is kept away then, too. */
int vmbox_vf_keep_drivers_away(struct pci_dev *vf);

/*
 * Nor a program by VFIO, whatever driver it has: its IOMMU group is claimed. It has no
 * driver now. Return: 0; -EBUSY: the group is in use; what the IOMMU's driver says.
 */
int vmbox_vf_keep_programs_away(struct pci_dev *vf);

/* It leaves its IOMMU group. */
void vmbox_vf_let_programs_come(struct pci_dev *vf);

/* It is not any more, or goes: its driver_override is as before. NULL: all of them. */
void vmbox_vf_let_drivers_come(struct pci_dev *vf);

/* Changes of one VF. Return: 0 or a negative errno, then change->reason says more. */
int vmbox_vf_change(struct vmbox_change *change, struct vmbox_chan *chan);

int vmbox_manager_init(void);
void vmbox_manager_exit(void);

#endif /* VMBOX_MANAGER_H */

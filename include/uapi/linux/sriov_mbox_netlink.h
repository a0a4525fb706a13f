/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The generic netlink family "sriov_mbox": VFs are shown, set, disabled, moved.
 * Described for programs in Documentation/netlink/specs/sriov_mbox.yaml, for persons
 * in Documentation/vf-manager.rst.
 */
#ifndef _UAPI_LINUX_SRIOV_MBOX_NETLINK_H
#define _UAPI_LINUX_SRIOV_MBOX_NETLINK_H

#define SRIOV_MBOX_FAMILY_NAME		"sriov_mbox"
#define SRIOV_MBOX_FAMILY_VERSION	1
#define SRIOV_MBOX_MCGRP_EVENTS		"events"

/* Numbers are never used twice, here and below. New ones come at the end. */
enum sriov_mbox_event {
	SRIOV_MBOX_EVENT_VF_ADDED = 1,
	SRIOV_MBOX_EVENT_VF_REMOVED,
	SRIOV_MBOX_EVENT_VF_BOUND,	/* to a driver */
	SRIOV_MBOX_EVENT_VF_UNBOUND,
	SRIOV_MBOX_EVENT_VF_STATE,	/* its mailbox has another state */
	SRIOV_MBOX_EVENT_STARTED,	/* a change */
	SRIOV_MBOX_EVENT_ASKED,		/* a VF, to let go or to come to rest */
	SRIOV_MBOX_EVENT_ANSWERED,	/* result: 0, or why it does not */
	SRIOV_MBOX_EVENT_CANCELLED,	/* a VF was told that all stays as it is */
	SRIOV_MBOX_EVENT_STEP,		/* num VFs shall be there: result */
	SRIOV_MBOX_EVENT_DONE,		/* a change has ended: result and reason */
	SRIOV_MBOX_EVENT_RESTORED,	/* a VF after set-num: what it had is set again, or not */
};

/* enum sriov_mbox_op - what a change does */
enum sriov_mbox_op {
	SRIOV_MBOX_OP_SET_NUM = 1,	/* so many VFs */
	SRIOV_MBOX_OP_DISABLE,		/* a VF: nobody gets it */
	SRIOV_MBOX_OP_ENABLE,
	SRIOV_MBOX_OP_QUARANTINE,	/* its mailbox only */
	SRIOV_MBOX_OP_CLEAR,		/* out of quarantine */
	SRIOV_MBOX_OP_RESET,		/* a VF */
	SRIOV_MBOX_OP_MOVE,		/* a VF, to a driver */
	SRIOV_MBOX_OP_QUIESCE,		/* all VFs come to rest */
	SRIOV_MBOX_OP_RESUME,
};

/* enum sriov_mbox_state - of a VF's mailbox */
enum sriov_mbox_state {
	SRIOV_MBOX_STATE_CLOSED,
	SRIOV_MBOX_STATE_STARTING,
	SRIOV_MBOX_STATE_OPEN,
	SRIOV_MBOX_STATE_FAULTY,
	SRIOV_MBOX_STATE_QUARANTINED,
};

enum sriov_mbox_cmd {
	SRIOV_MBOX_CMD_PF_GET = 1,	/* dump: every PF, and how its last change ended */
	SRIOV_MBOX_CMD_VF_GET,		/* dump: every VF, or those of a PF */
	SRIOV_MBOX_CMD_CHANGE,		/* do: begin a change, and say its number */
	SRIOV_MBOX_CMD_EVENT,		/* multicast only */
	__SRIOV_MBOX_CMD_MAX,
	SRIOV_MBOX_CMD_MAX = __SRIOV_MBOX_CMD_MAX - 1
};

enum sriov_mbox_attr {
	SRIOV_MBOX_A_PAD = 1,
	SRIOV_MBOX_A_PF,		/* string, DDDD:BB:DD.F */
	SRIOV_MBOX_A_TOTAL,		/* u32: VFs that the PF can have */
	SRIOV_MBOX_A_NUM,		/* u32: VFs that there are, or shall be */
	SRIOV_MBOX_A_DRIVER,		/* string: that it has, or shall have */
	SRIOV_MBOX_A_USER,		/* string: who answers for the PF */
	SRIOV_MBOX_A_VF_INDEX,		/* u32, from 0 */
	SRIOV_MBOX_A_VF,		/* string, DDDD:BB:DD.F */
	SRIOV_MBOX_A_STATE,		/* u32, enum sriov_mbox_state */
	SRIOV_MBOX_A_DISABLED,		/* flag */
	SRIOV_MBOX_A_GENERATION,	/* u32: of the mailbox */
	SRIOV_MBOX_A_FEATURES,		/* u64, VMBOX_FEATURE_* */
	SRIOV_MBOX_A_FRONTEND,		/* string: "xen", "vfio": by whom it was given away */
	SRIOV_MBOX_A_OWNER,		/* s32: to which domain or process */
	SRIOV_MBOX_A_RECEIVED,		/* u64: messages from the VF */
	SRIOV_MBOX_A_SENT,		/* u64: to it */
	SRIOV_MBOX_A_REFUSED,		/* u64: requests of it that were refused */
	SRIOV_MBOX_A_BAD,		/* u64: rules that it broke */
	SRIOV_MBOX_A_CHANGE,		/* u64: number of a change */
	SRIOV_MBOX_A_OP,		/* u32, enum sriov_mbox_op */
	SRIOV_MBOX_A_RUNNING,		/* flag: the change has not ended */
	SRIOV_MBOX_A_DEADLINE_MS,	/* u32: how long VFs may take to answer */
	SRIOV_MBOX_A_FORCE,		/* flag: go on without their answer */
	SRIOV_MBOX_A_EVENT,		/* u32, enum sriov_mbox_event */
	SRIOV_MBOX_A_RESULT,		/* s32, 0 or a negative errno */
	SRIOV_MBOX_A_REASON,		/* string, words for a person */
	SRIOV_MBOX_A_IOMMU_GROUP,	/* u32: its number */
	SRIOV_MBOX_A_PROGRAM,		/* flag: a program has the VF open through VFIO */
	__SRIOV_MBOX_A_MAX,
	SRIOV_MBOX_A_MAX = __SRIOV_MBOX_A_MAX - 1
};

#endif /* _UAPI_LINUX_SRIOV_MBOX_NETLINK_H */

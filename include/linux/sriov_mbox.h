/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mailbox between a PF and its VFs, for PF drivers of the host. What a message
 * is, is in uapi/linux/sriov_mbox.h; the side of a VF is in sriov_mbox_vf.h.
 */
#ifndef _LINUX_SRIOV_MBOX_H
#define _LINUX_SRIOV_MBOX_H

#include <linux/notifier.h>
#include <linux/pci.h>
#include <uapi/linux/sriov_mbox.h>

/**
 * struct vmbox_request - a question of a VF
 * @op: enum vmbox_op
 * @len: of @data
 * @data: private, as the VF sent it: every byte of it may be a lie
 * @token: for vmbox_answer()
 */
struct vmbox_request {
	u16 op;
	u16 len;
	const void *data;
	u64 token;
};

/**
 * enum vmbox_vf_state - how a VF's mailbox is
 * @VMBOX_VF_CLOSED: nobody is there
 * @VMBOX_VF_STARTING: somebody is; no version was agreed on
 * @VMBOX_VF_OPEN: in use
 * @VMBOX_VF_FAULTY: the VF broke a rule; it has to begin anew
 * @VMBOX_VF_QUARANTINED: too often, or an administrator wants it; only one lets it out
 */
enum vmbox_vf_state {
	VMBOX_VF_CLOSED,
	VMBOX_VF_STARTING,
	VMBOX_VF_OPEN,
	VMBOX_VF_FAULTY,
	VMBOX_VF_QUARANTINED,
};

/**
 * struct vmbox_pf_ops - who answers for a PF
 * @name: told to VFs in CAPS, at most 15 characters
 * @features: VMBOX_FEATURE_BLOCKS, when @request does them
 * @request: a VF asks. One at a time for each VF, VFs beside each other; may sleep,
 *	     and should not for long: that VF waits. Must not wait for that VF itself. It
 *	     may ask others by vmbox_call(); two that ask for each other wait until time
 *	     is over.
 *	     @answer is room for VMBOX_PAYLOAD_MAX bytes, which are 0.
 *	     Return: bytes of @answer; a negative errno, which the VF gets as status;
 *	     -EINPROGRESS: vmbox_answer() will follow.
 * @state: the state of a VF's mailbox has changed. May sleep.
 */
struct vmbox_pf_ops {
	const char *name;
	u64 features;
	int (*request)(void *priv, unsigned int vf, const struct vmbox_request *request,
		       void *answer);
	void (*state)(void *priv, unsigned int vf, enum vmbox_vf_state state);
};

struct vmbox_user;

/**
 * vmbox_pf_register() - answer for a PF from now on
 * @pf: the PF
 * @ops: what to do
 * @priv: handed to @ops
 *
 * A driver comes before an agent in user space, and that before the relay that is
 * there for any network card: who comes first gets what VFs ask from then on.
 * Channels that are open begin anew (PF_BACK). What the one before is working on goes on,
 * and its answer is dropped.
 *
 * Context: process, may sleep.
 * Return: a handle; ERR_PTR(-EBUSY): another driver does; -EINVAL: no PF; -ENOMEM.
 */
struct vmbox_user *vmbox_pf_register(struct pci_dev *pf, const struct vmbox_pf_ops *ops,
				     void *priv);

/**
 * vmbox_pf_unregister() - not any more
 * @user: the handle
 *
 * Nothing of @ops is called any more when this returns. Channels begin anew, which ends
 * what VFs wait for, and they are told (PF_GONE, or PF_BACK where somebody else takes
 * over).
 *
 * Context: process, may sleep, as long as one of @ops runs; not in one of them.
 */
void vmbox_pf_unregister(struct vmbox_user *user);

/**
 * vmbox_answer() - answer a request that was -EINPROGRESS
 * @user: the handle
 * @vf: who asked
 * @token: of the request
 * @status: 0 or a negative errno
 * @data: or NULL
 * @len: of @data
 *
 * Context: process, may sleep.
 * Return: 0; -ESTALE: it is answered already, its time is over, or the VF began anew;
 * -EAGAIN: the VF does not take its answers just now; -EMSGSIZE.
 */
int vmbox_answer(struct vmbox_user *user, unsigned int vf, u64 token, int status,
		 const void *data, u16 len);

/**
 * vmbox_call() - ask a VF
 * @user: the handle
 * @vf: whom
 * @op: what; VERSION, CAPS and EVENT are the mailbox's own
 * @in: or NULL
 * @in_len: of @in
 * @out: room for the answer, or NULL
 * @out_room: how much
 * @timeout_ms: how long to wait, at most
 *
 * Context: process, sleeps; not in vmbox_pf_ops.request of the same VF.
 * Return: bytes of the answer; the negative of its status; -ENOTCONN: its mailbox is
 * not open; -ECONNRESET: it began anew or went away meanwhile; -ETIMEDOUT; -EMSGSIZE;
 * -EOPNOTSUPP: the VF does not do this; -EINTR: the caller is being killed.
 */
int vmbox_call(struct vmbox_user *user, unsigned int vf, u16 op, const void *in, u16 in_len,
	       void *out, u16 out_room, unsigned int timeout_ms);

/**
 * vmbox_broadcast() - ask many VFs at once and wait once
 * @user: the handle
 * @vfs: whom, VMBOX_VFS_MAX bits; then who has answered with status 0
 * @op: what
 * @in: or NULL
 * @in_len: of @in
 * @timeout_ms: how long to wait for all of them
 *
 * Context: process, sleeps.
 * Return: how many of them did not.
 */
int vmbox_broadcast(struct vmbox_user *user, unsigned long *vfs, u16 op, const void *in,
		    u16 in_len, unsigned int timeout_ms);

/**
 * vmbox_tell() - events for a VF
 * @user: the handle
 * @vf: which, or VMBOX_ALL_VFS
 * @events: VMBOX_EVENT_*
 * @blocks: that are invalid
 *
 * Kept until the VF takes them: what comes meanwhile is added, nothing is lost.
 *
 * Context: any, hard interrupts included; not NMI.
 */
void vmbox_tell(struct vmbox_user *user, unsigned int vf, u64 events, u64 blocks);

/* What is told of VFs, of any PF, whoever its driver is. */
enum vmbox_notice {
	VMBOX_NOTICE_ADDED,		/* there is a new VF */
	VMBOX_NOTICE_REMOVED,
	VMBOX_NOTICE_BOUND,		/* to a driver */
	VMBOX_NOTICE_UNBOUND,
	VMBOX_NOTICE_STATE,		/* enum vmbox_vf_state has changed */
	VMBOX_NOTICE_REMOVE_PENDING,	/* the VF manager asks it to let go */
	VMBOX_NOTICE_REMOVE_CANCELLED,	/* and has thought better of it */
};

/**
 * struct vmbox_notice_data - what comes with it
 * @pf: the PF
 * @vf: the VF, or NULL when it is gone
 * @index: of the VF
 * @state: of its mailbox
 */
struct vmbox_notice_data {
	struct pci_dev *pf;
	struct pci_dev *vf;
	unsigned int index;
	enum vmbox_vf_state state;
};

/**
 * vmbox_notifier_register() - be told what happens to VFs
 * @nb: called with enum vmbox_notice and struct vmbox_notice_data
 *
 * Context: process, may sleep; so may @nb.
 * Return: 0.
 */
int vmbox_notifier_register(struct notifier_block *nb);

/**
 * vmbox_notifier_unregister() - not any more
 * @nb: not called any more when this returns
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOENT.
 */
int vmbox_notifier_unregister(struct notifier_block *nb);

#endif /* _LINUX_SRIOV_MBOX_H */

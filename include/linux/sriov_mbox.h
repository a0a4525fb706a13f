/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mailbox between a PF and its VFs, for PF drivers of the host. What a message
 * is, is in uapi/linux/sriov_mbox.h; the side of a VF is in sriov_mbox_vf.h.
 */
#ifndef _LINUX_SRIOV_MBOX_H
#define _LINUX_SRIOV_MBOX_H

#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/module.h>
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
 * @state: the state of a VF's mailbox is another one. OPEN: a version was agreed on, and
 *	   vmbox_call() reaches it; its first request may come a little earlier. States
 *	   that last no longer than it takes to tell them are left out. May sleep, and use
 *	   vmbox_call(). May be NULL.
 * @reset: a VF has begun a new generation: it had a function reset (FLR), its driver began
 *	   anew, it has another owner, or it is new. Forget what it has asked for. Comes
 *	   before the first request of that generation and after the last of the one before,
 *	   and once for each VF when the driver registers. Not for a VF that has gone: the
 *	   next one in its place. May sleep; must not wait for that VF. May be NULL.
 */
struct vmbox_pf_ops {
	const char *name;
	u64 features;
	int (*request)(void *priv, unsigned int vf, const struct vmbox_request *request,
		       void *answer);
	void (*state)(void *priv, unsigned int vf, enum vmbox_vf_state state);
	void (*reset)(void *priv, unsigned int vf, u16 gen);
};

struct vmbox_user;

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
 * struct vmbox_pf_api - the functions of sriov-mbox in one symbol
 * @size: of this structure, which grows at its end
 * @enroll: vmbox_pf_register()
 * @leave: vmbox_pf_unregister()
 * @answer: vmbox_answer()
 * @call: vmbox_call()
 * @broadcast: vmbox_broadcast()
 * @tell: vmbox_tell()
 * @listen: vmbox_notifier_register()
 * @unlisten: vmbox_notifier_unregister()
 *
 * For drivers that load without sriov-mbox; they do not use it but by the functions below.
 */
struct vmbox_pf_api {
	size_t size;
	struct vmbox_user *(*enroll)(struct pci_dev *pf, const struct vmbox_pf_ops *ops,
				     void *priv);
	void (*leave)(struct vmbox_user *user);
	int (*answer)(struct vmbox_user *user, unsigned int vf, u64 token, int status,
		      const void *data, u16 len);
	int (*call)(struct vmbox_user *user, unsigned int vf, u16 op, const void *in,
		    u16 in_len, void *out, u16 out_room, unsigned int timeout_ms);
	int (*broadcast)(struct vmbox_user *user, unsigned long *vfs, u16 op, const void *in,
			 u16 in_len, unsigned int timeout_ms);
	void (*tell)(struct vmbox_user *user, unsigned int vf, u64 events, u64 blocks);
	int (*listen)(struct notifier_block *nb);
	int (*unlisten)(struct notifier_block *nb);
};

extern const struct vmbox_pf_api vmbox_pf_api;

/*
 * With CONFIG_SRIOV_MBOX, which a driver outside of the kernel's tree gets by "ccflags-y +=
 * -DCONFIG_SRIOV_MBOX_MODULE", a driver calls the functions of the module, and loads with it
 * only. Without, it calls functions of the same names below that find the module when it is
 * there, so it builds without Module.symvers and loads without sriov-mbox; then
 * vmbox_pf_register() returns -EOPNOTSUPP. MODULE_SOFTDEP("pre: sriov-mbox") has it loaded
 * first where it is installed. While the driver is registered the module stays. With
 * VMBOX_OPTIONAL defined it is so in any case.
 */
#if IS_REACHABLE(CONFIG_SRIOV_MBOX) && !defined(VMBOX_OPTIONAL)

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
 * Return: a handle; ERR_PTR(-EBUSY): another driver does; -EINVAL: no PF; -EOPNOTSUPP: there
 * is no module sriov-mbox; -ENOMEM.
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

#else /* !CONFIG_SRIOV_MBOX */

/* A handle begins with the functions that belong to it. */
static inline const struct vmbox_pf_api *vmbox_pf_api_of(struct vmbox_user *user)
{
	return *(const struct vmbox_pf_api **)user;
}

static inline struct vmbox_user *
vmbox_pf_register(struct pci_dev *pf, const struct vmbox_pf_ops *ops, void *priv)
{
	const struct vmbox_pf_api *api = symbol_get(vmbox_pf_api);
	struct vmbox_user *user;

	if (!api)
		return ERR_PTR(-EOPNOTSUPP);
	user = api->enroll(pf, ops, priv);
	if (IS_ERR(user))
		symbol_put(vmbox_pf_api);
	return user;
}

static inline void vmbox_pf_unregister(struct vmbox_user *user)
{
	vmbox_pf_api_of(user)->leave(user);
	symbol_put(vmbox_pf_api);
}

static inline int vmbox_answer(struct vmbox_user *user, unsigned int vf, u64 token, int status,
			       const void *data, u16 len)
{
	return vmbox_pf_api_of(user)->answer(user, vf, token, status, data, len);
}

static inline int vmbox_call(struct vmbox_user *user, unsigned int vf, u16 op, const void *in,
			     u16 in_len, void *out, u16 out_room, unsigned int timeout_ms)
{
	return vmbox_pf_api_of(user)->call(user, vf, op, in, in_len, out, out_room, timeout_ms);
}

static inline int vmbox_broadcast(struct vmbox_user *user, unsigned long *vfs, u16 op,
				  const void *in, u16 in_len, unsigned int timeout_ms)
{
	return vmbox_pf_api_of(user)->broadcast(user, vfs, op, in, in_len, timeout_ms);
}

static inline void vmbox_tell(struct vmbox_user *user, unsigned int vf, u64 events, u64 blocks)
{
	vmbox_pf_api_of(user)->tell(user, vf, events, blocks);
}

static inline int vmbox_notifier_register(struct notifier_block *nb)
{
	const struct vmbox_pf_api *api = symbol_get(vmbox_pf_api);
	int err;

	if (!api)
		return -EOPNOTSUPP;
	err = api->listen(nb);
	if (err)
		symbol_put(vmbox_pf_api);
	return err;
}

static inline int vmbox_notifier_unregister(struct notifier_block *nb)
{
	const struct vmbox_pf_api *api = symbol_get(vmbox_pf_api);
	int err;

	if (!api)
		return -ENOENT;
	err = api->unlisten(nb);
	symbol_put(vmbox_pf_api);
	/* The reference of vmbox_notifier_register(). */
	if (!err)
		symbol_put(vmbox_pf_api);
	return err;
}

#endif /* CONFIG_SRIOV_MBOX */

#endif /* _LINUX_SRIOV_MBOX_H */

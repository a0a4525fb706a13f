/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PFs of this machine, their VFs' channels, and who answers for each.
 *
 * A PF has up to three users, one of each rank; the one of the highest rank is asked:
 *
 *	driver	in the kernel, vmbox_pf_register()
 *	agent	in user space, has /dev/vmbox/pf-... open
 *	relay	there when the PF has a network interface: ndo_set_vf_*
 */
#ifndef VMBOX_PF_H
#define VMBOX_PF_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/rwsem.h>
#include <linux/sriov_mbox.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "manager.h"

struct vmbox_chan;
struct vmbox_node;

enum vmbox_rank {
	VMBOX_RELAY,
	VMBOX_AGENT,
	VMBOX_DRIVER,
	VMBOX_RANKS,
};

/**
 * struct vmbox_user - who answers for a PF
 * @api: the functions it can call; of a driver only
 * @pf: the PF; holds a reference
 * @rank: see above
 * @ops: what it does
 * @ready: instead of @ops->request, for the one that takes requests itself, by
 *	   vmbox_chan_pull(): there may be one, or room for an answer that found none.
 *	   Called with locks held: must not wait.
 * @priv: its own
 * @calls: calls of @ops that have not returned
 */
struct vmbox_user {
	const struct vmbox_pf_api *api;	/* first: include/linux/sriov_mbox.h reads it */
	struct vmbox_pf *pf;
	enum vmbox_rank rank;
	const struct vmbox_pf_ops *ops;
	void (*ready)(void *priv, struct vmbox_chan *chan);
	void *priv;
	atomic_t calls;
};

/**
 * struct vmbox_pf - a PF
 * @ref: holders
 * @pdev: the PF; not to be touched once @gone
 * @gone: it is
 * @sem: see chan.h. Protects @users for writing. Not held over a call of a user.
 * @users: by rank
 * @wait: the agent, for a VF's request or for @gone
 * @idle: who removes a user, for the end of its calls
 * @node: /dev/vmbox/pf-..., or NULL
 * @chans: by index of the VF; its own lock, which interrupts take as well
 * @managed: what administrators have said of it, see manager.h
 */
struct vmbox_pf {
	struct kref ref;
	struct pci_dev *pdev;
	bool gone;
	struct rw_semaphore sem;
	struct vmbox_user *users[VMBOX_RANKS];
	wait_queue_head_t wait;
	wait_queue_head_t idle;
	struct vmbox_node *node;
	struct xarray chans;
	struct vmbox_managed managed;
};

/* Who is asked; pf->sem held, or NULL. */
struct vmbox_user *vmbox_pf_user(struct vmbox_pf *pf);

/**
 * vmbox_user_enter() - before a call of a user
 * @user: who is asked; pf->sem held
 *
 * The user is not removed before vmbox_user_leave(), so that pf->sem can be let go of for
 * the call. A call may wait for another VF's answer, which is taken with pf->sem: a writer
 * that came between would stop both.
 */
void vmbox_user_enter(struct vmbox_user *user);

/* After it. @user may be gone when this returns. */
void vmbox_user_leave(struct vmbox_pf *pf, struct vmbox_user *user);

/* Is this who is asked? No lock held. */
bool vmbox_user_asked(struct vmbox_user *user);

/* Which VFs it has, that have a mailbox: fills in vfs and vf_mask, which were 0. */
void vmbox_pf_vfs(struct vmbox_pf *pf, struct vmbox_info *info);

/* Find it, with a reference, or NULL. */
struct vmbox_pf *vmbox_pf_of(struct pci_dev *pf);
void vmbox_pf_get(struct vmbox_pf *pf);
void vmbox_pf_put(struct vmbox_pf *pf);

/* The channel of a VF, with a reference, or NULL. Any context. */
struct vmbox_chan *vmbox_pf_chan(struct vmbox_pf *pf, unsigned int index);
struct vmbox_chan *vmbox_chan_of(struct pci_dev *vf);

/**
 * vmbox_pf_next() - all PFs, one after the other
 * @key: 0 to begin with
 * Return: the next one with a reference, or NULL.
 */
struct vmbox_pf *vmbox_pf_next(unsigned long *key);

/**
 * vmbox_pf_chan_next() - all channels of a PF, one after the other
 * @pf: the PF
 * @index: 0 to begin with; becomes the index to go on with
 * Return: the next one with a reference, or NULL.
 */
struct vmbox_chan *vmbox_pf_chan_next(struct vmbox_pf *pf, unsigned long *index);

/**
 * vmbox_user_add() - somebody answers for a PF
 * @user: all but its @pf filled in
 * @pf: for whom
 * Return: 0; -EBUSY: there is one of that rank; -ENODEV: the PF is gone.
 */
int vmbox_user_add(struct vmbox_user *user, struct vmbox_pf *pf);

/* Not any more; nothing of it is called when this returns. */
void vmbox_user_remove(struct vmbox_user *user);

/* Events for all VFs of a PF. Any context. */
void vmbox_pf_tell(struct vmbox_pf *pf, u64 events, u64 blocks);

/* Tell who wants to know (vmbox_notifier_register()). No lock held. */
void vmbox_notify(struct vmbox_chan *chan, enum vmbox_notice notice);

int vmbox_pfs_init(void);
void vmbox_pfs_exit(void);

#endif /* VMBOX_PF_H */

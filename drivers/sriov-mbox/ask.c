// SPDX-License-Identifier: GPL-2.0
/* The VFs that a change is about are asked, and their owners with them. See manager.h. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/slab.h>

#include "chan.h"
#include "manager.h"
#include "netlink.h"
#include "pf.h"

#define CLOSE_POLL_MS	50	/* has a program closed its VF? */

/* One after the other, the channels that a change is about. Return: with a reference. */
static struct vmbox_chan *next_chan(struct vmbox_change *change, unsigned long *i)
{
	struct vmbox_chan *chan;

	if (change->vf == VMBOX_ALL_VFS)
		return vmbox_pf_chan_next(change->pf, i);
	chan = *i ? NULL : vmbox_pf_chan(change->pf, change->vf);
	*i = 1;
	return chan;
}

static struct pci_dev *vf_of(struct vmbox_chan *chan, enum vmbox_vf_state *state)
{
	struct pci_dev *vf;

	mutex_lock(&chan->lock);
	vf = pci_dev_get(chan->vf);
	*state = chan->state;
	mutex_unlock(&chan->lock);
	return vf;
}

static void tell_vf(struct vmbox_change *change, struct vmbox_chan *chan,
		    enum sriov_mbox_event event, const int *result)
{
	enum vmbox_vf_state state;
	struct vmbox_told told = {
		.event = event,
		.pf = change->pf->pdev,
		.change = change,
		.has_index = true,
		.index = chan->index,
		.has_result = result,
		.result = result ? *result : 0,
	};

	told.vf = vf_of(chan, &state);
	vmbox_netlink_tell(&told);
	pci_dev_put(told.vf);
}

/* Gather the channels. Return: how many; their references are the caller's. */
static unsigned int gather(struct vmbox_change *change, struct vmbox_chan **chans)
{
	unsigned int n = 0;
	unsigned long i = 0;

	while (n < VMBOX_VFS_MAX && (chans[n] = next_chan(change, &i)))
		n++;
	return n;
}

static void announce(struct vmbox_change *change, struct vmbox_chan *chan, u16 op)
{
	enum vmbox_vf_state state;

	if (op == VMBOX_OP_REMOVE_PENDING)
		vmbox_notify(chan, VMBOX_NOTICE_REMOVE_PENDING);
	pci_dev_put(vf_of(chan, &state));
	if (state == VMBOX_VF_OPEN)
		tell_vf(change, chan, SRIOV_MBOX_EVENT_ASKED, NULL);
}

/* Its program has agreed: it closes the VF by itself, until @end or not at all. */
static enum vmbox_use wait_closed(struct pci_dev *vf, char *who, size_t size, unsigned long end)
{
	enum vmbox_use use = vmbox_vf_use(vf, who, size);

	while (use == VMBOX_HELD && time_before(jiffies, end)) {
		msleep(CLOSE_POLL_MS);
		use = vmbox_vf_use(vf, who, size);
	}
	return use;
}

static const char *refusal(int result)
{
	switch (result) {
	case -ETIMEDOUT:
	case -EAGAIN:
	case -ECONNRESET:
		return "did not answer in time";
	case -EOPNOTSUPP:
		return "its driver does not let go on request";
	case -ENOTCONN:
		return "is not at its mailbox";
	default:
		return result < 0 ? "has refused" : "has agreed and not let go";
	}
}

/* The first one is the reason; of those that were forced it is kept for the end. */
static void note_refusal(struct vmbox_change *change, struct vmbox_chan *chan,
			 enum vmbox_use use, const char *who, int result)
{
	bool forced = change->force && use != VMBOX_HELD;
	char *to = forced ? change->forced : change->reason;
	int err = min(result, 0);

	if (to[0])
		return;
	if (use == VMBOX_FREE)
		scnprintf(to, VMBOX_REASON_MAX, "VF %u has not let go (%d)%s", chan->index, err,
			  forced ? ": forced" : "");
	else
		scnprintf(to, VMBOX_REASON_MAX, "VF %u: %s has it and %s (%d)%s", chan->index,
			  who, refusal(result), err, forced ? ": forced" : "");
}

/* One VF's answer. Return: 0 or why the change cannot go on. */
static int check_answer(struct vmbox_change *change, struct vmbox_chan *chan, int result,
			bool removal, unsigned long end)
{
	enum vmbox_use use = VMBOX_FREE;
	enum vmbox_vf_state state;
	struct pci_dev *vf = vf_of(chan, &state);
	bool closed = !vf || state == VMBOX_VF_CLOSED;
	int err = vmbox_has_let_go(result, closed);
	char who[VMBOX_WHO_MAX];

	if (result != -ENOTCONN)
		tell_vf(change, chan, SRIOV_MBOX_EVENT_ANSWERED, &err);
	if (vf && removal)
		use = result >= 0 ? wait_closed(vf, who, sizeof(who), end) :
				    vmbox_vf_use(vf, who, sizeof(who));
	pci_dev_put(vf);

	err = vmbox_owner_agrees(use, result, closed);
	/* With force a VF that is at no mailbox is no news: nobody was asked. */
	if (err && !(change->force && result == -ENOTCONN && use == VMBOX_GIVEN))
		note_refusal(change, chan, use, who, result);
	return err && vmbox_may_force(use) && change->force ? 0 : err;
}

int vmbox_change_ask(struct vmbox_change *change, u16 op)
{
	const struct vmbox_deadline deadline = { .ms = change->deadline };
	struct vmbox_chan **chans = kvcalloc(VMBOX_VFS_MAX, sizeof(*chans), GFP_KERNEL);
	int *results = kvcalloc(VMBOX_VFS_MAX, sizeof(*results), GFP_KERNEL);
	unsigned long end = jiffies + msecs_to_jiffies(change->deadline);
	int err, first = chans && results ? 0 : -ENOMEM;
	unsigned int n, i;

	n = first ? 0 : gather(change, chans);
	for (i = 0; i < n; i++)
		announce(change, chans[i], op);
	if (n)
		vmbox_chans_call(chans, n, op, &deadline, sizeof(deadline), change->deadline,
				 results);
	for (i = 0; i < n; i++) {
		err = check_answer(change, chans[i], results[i], op == VMBOX_OP_REMOVE_PENDING,
				   end);
		first = first ?: err;
		vmbox_chan_put(chans[i]);
	}
	kvfree(chans);
	kvfree(results);
	return first;
}

void vmbox_change_cancel(struct vmbox_change *change, u16 op)
{
	bool removal = op == VMBOX_OP_REMOVE_PENDING;
	struct vmbox_chan *chan;
	unsigned long i = 0;

	while ((chan = next_chan(change, &i))) {
		vmbox_chan_tell(chan, removal ? VMBOX_EVENT_REMOVE_CANCELLED : VMBOX_EVENT_RESUME,
				0);
		if (removal)
			vmbox_notify(chan, VMBOX_NOTICE_REMOVE_CANCELLED);
		tell_vf(change, chan, SRIOV_MBOX_EVENT_CANCELLED, NULL);
		vmbox_chan_put(chan);
	}
}

int vmbox_change_visit(struct vmbox_change *change,
		       int (*fn)(struct vmbox_change *change, struct pci_dev *vf,
				 unsigned int index, void *arg), void *arg)
{
	struct pci_dev *vf = NULL;
	int index, err;

	for_each_pci_dev(vf) {
		if (!vf->is_virtfn || pci_physfn(vf) != change->pf->pdev)
			continue;
		index = pci_iov_vf_id(vf);
		if (index < 0 || (change->vf != VMBOX_ALL_VFS && change->vf != index))
			continue;
		err = fn(change, vf, index, arg);
		if (err) {
			pci_dev_put(vf);
			return err;
		}
	}
	return 0;
}

/* Can its owner be asked? One that has no mailbox open cannot. */
static bool is_at_mailbox(struct vmbox_change *change, unsigned int index)
{
	struct vmbox_chan *chan = vmbox_pf_chan(change->pf, index);
	enum vmbox_vf_state state;

	if (!chan)
		return false;
	pci_dev_put(vf_of(chan, &state));
	vmbox_chan_put(chan);
	return state == VMBOX_VF_OPEN;
}

static int may_take(struct vmbox_change *change, struct pci_dev *vf, unsigned int index, void *arg)
{
	const u16 *op = arg;
	char who[VMBOX_WHO_MAX];
	enum vmbox_use use = vmbox_vf_use(vf, who, sizeof(who));
	bool ask = use != VMBOX_FREE && *op == VMBOX_OP_REMOVE_PENDING &&
		   is_at_mailbox(change, index);

	if (!vmbox_may_take(use, ask, change->force))
		return 0;
	return vmbox_change_failed(change, -EBUSY, "VF %u: %s has it%s", index, who,
				   use == VMBOX_HELD && change->force ?
				   ", and force does not take it" : "");
}

int vmbox_change_may_take(struct vmbox_change *change, u16 op)
{
	/* Our guard lets nobody have one from now on; who was quicker is seen below. */
	pt_guards_wait();
	return vmbox_change_visit(change, may_take, &op);
}

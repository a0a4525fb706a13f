// SPDX-License-Identifier: GPL-2.0
/* Requests of ours to VFs, and their answers. See chan.h. */
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "chan.h"
#include "pf.h"

void vmbox_calls_end(struct vmbox_chan *chan, int err)
{
	lockdep_assert_held(&chan->lock);
	vmbox_pending_end_all(&chan->calls, err, true);
}

void vmbox_call_answered(struct vmbox_chan *chan)
{
	lockdep_assert_held(&chan->lock);
	/* Too late, or never asked. Which one, nobody knows any more. */
	if (!vmbox_pending_answered(&chan->calls, &chan->head, chan->buf))
		chan->stats.stale++;
}

static int send(void *ctx, struct vmbox_hdr *hdr, const void *data)
{
	return vmbox_send(ctx, hdr, data);
}

void vmbox_calls_flush(struct vmbox_chan *chan)
{
	long next;

	lockdep_assert_held(&chan->lock);
	/* Answers first: a VF that waits for them may not take anything else. */
	if (list_empty(&chan->calls) || vmbox_reply_flush(chan))
		return;
	next = vmbox_pending_flush(&chan->calls, send, chan);
	if (next >= 0 && next != MAX_JIFFY_OFFSET)
		vmbox_due_in(chan, next);
}

/* May this VF be asked this? chan->lock held. */
static int may_ask(struct vmbox_chan *chan, u16 op)
{
	if (!chan->vf || chan->state != VMBOX_VF_OPEN)
		return -ENOTCONN;
	if ((op == VMBOX_OP_QUIESCE || op == VMBOX_OP_REMOVE_PENDING) &&
	    !(chan->proto.features & VMBOX_FEATURE_QUIESCE))
		return -EOPNOTSUPP;
	return 0;
}

/* Ask, as soon as there is room. */
static void post(struct vmbox_chan *chan, struct vmbox_pending *call)
{
	int err;

	guard(mutex)(&chan->lock);
	err = may_ask(chan, call->hdr.op);
	if (err) {
		vmbox_pending_end(call, err);
		return;
	}
	call->hdr.rid = ++chan->next_rid ?: ++chan->next_rid;
	list_add_tail(&call->node, &chan->calls);
	vmbox_calls_flush(chan);
	vmbox_send_signal(chan);
}

/* The call is its asker's again: whatever a VF sends, and how often, ends it no later. */
static void give_up(struct vmbox_chan *chan, struct vmbox_pending *call, int err)
{
	guard(mutex)(&chan->lock);
	if (!list_empty(&call->node))
		vmbox_pending_end(call, err);
}

/* Until all have ended or it is too late; @calls of @chans are in no list afterwards. */
static void wait_for(struct vmbox_chan **chans, struct vmbox_pending *calls, unsigned int n,
		     struct vmbox_asker *asker, unsigned int timeout_ms)
{
	long left = wait_for_completion_killable_timeout(&asker->done,
							 msecs_to_jiffies(timeout_ms));
	unsigned int i;

	/* An agent that is killed must not keep its PF until then. */
	for (i = 0; left <= 0 && i < n; i++)
		give_up(chans[i], &calls[i], left ? -EINTR : -ETIMEDOUT);
}

static int check(u16 op, u16 in_len)
{
	if (in_len > VMBOX_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (op == VMBOX_OP_VERSION || op == VMBOX_OP_CAPS || op == VMBOX_OP_EVENT)
		return -EINVAL;
	return 0;
}

int vmbox_chan_call(struct vmbox_chan *chan, u16 op, const void *in, u16 in_len, void *out,
		    u16 out_room, unsigned int timeout_ms)
{
	int err = check(op, in_len);
	struct vmbox_pending call;
	struct vmbox_asker asker;

	if (err)
		return err;
	vmbox_asker_init(&asker, 1);
	vmbox_pending_init(&call, &asker, op, in, in_len, out, out_room);
	post(chan, &call);
	wait_for(&chan, &call, 1, &asker, timeout_ms);
	return call.result;
}

void vmbox_chans_call(struct vmbox_chan **chans, unsigned int n, u16 op, const void *in,
		      u16 in_len, unsigned int timeout_ms, int *results)
{
	int err = check(op, in_len);
	struct vmbox_pending *calls;
	struct vmbox_asker asker;
	unsigned int i;

	calls = err ? NULL : kvcalloc(n, sizeof(*calls), GFP_KERNEL);
	vmbox_asker_init(&asker, n);
	for (i = 0; calls && i < n; i++) {
		vmbox_pending_init(&calls[i], &asker, op, in, in_len, NULL, 0);
		post(chans[i], &calls[i]);
	}
	if (calls && n)
		wait_for(chans, calls, n, &asker, timeout_ms);
	for (i = 0; i < n; i++)
		results[i] = calls ? calls[i].result : err ?: -ENOMEM;
	kvfree(calls);
}

int vmbox_pf_broadcast(struct vmbox_pf *pf, unsigned long *vfs, u16 op, const void *in,
		       u16 in_len, unsigned int timeout_ms)
{
	unsigned int n = bitmap_weight(vfs, VMBOX_VFS_MAX), asked = 0, left = n, i;
	struct vmbox_chan **chans = kvcalloc(n, sizeof(*chans), GFP_KERNEL);
	int *results = kvcalloc(n, sizeof(*results), GFP_KERNEL);

	for_each_set_bit(i, vfs, VMBOX_VFS_MAX) {
		if (chans && results)
			chans[asked] = vmbox_pf_chan(pf, i);
		if (chans && results && chans[asked])
			asked++;
		else
			__clear_bit(i, vfs);
	}
	if (asked)
		vmbox_chans_call(chans, asked, op, in, in_len, timeout_ms, results);
	for (i = 0; i < asked; i++) {
		if (results[i] < 0)
			__clear_bit(chans[i]->index, vfs);
		else
			left--;
		vmbox_chan_put(chans[i]);
	}
	kvfree(chans);
	kvfree(results);
	return left;
}

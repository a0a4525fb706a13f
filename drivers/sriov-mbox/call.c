// SPDX-License-Identifier: GPL-2.0
/* Requests of ours to VFs, and their answers. See chan.h. */
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "chan.h"
#include "pf.h"
#include "trace.h"

#define RETRY_MS	10	/* before one asks again */

/**
 * struct vmbox_call_wait - a request that waits for its answer
 * @node: in chan->calls, while it waits
 * @hdr: of the request
 * @in: its payload, or NULL
 * @out: where the answer goes, or NULL
 * @room: how much fits
 * @sent: it has been in that list: when it is not any more it has ended
 * @done: @node is in no list and there is a @result, or the VF wants to be asked again
 * @result: bytes of the answer, or a negative errno
 */
struct vmbox_call_wait {
	struct list_head node;
	struct vmbox_hdr hdr;
	const void *in;
	void *out;
	u16 room;
	bool sent;
	struct completion done;
	int result;
};

static void end_call(struct vmbox_call_wait *call, int result)
{
	list_del_init(&call->node);
	call->result = result;
	complete(&call->done);
}

void vmbox_calls_end(struct vmbox_chan *chan, int err)
{
	struct vmbox_call_wait *call, *next;

	lockdep_assert_held(&chan->lock);
	list_for_each_entry_safe(call, next, &chan->calls, node)
		end_call(call, err);
}

void vmbox_call_answered(struct vmbox_chan *chan)
{
	const struct vmbox_hdr *head = &chan->head;
	struct vmbox_call_wait *call;

	lockdep_assert_held(&chan->lock);
	list_for_each_entry(call, &chan->calls, node) {
		if (call->hdr.rid != head->rid || call->hdr.op != head->op)
			continue;
		/* BUSY is for those who would give up before their deadline: not us. */
		if (head->flags & VMBOX_MSG_BUSY)
			return;
		if (head->flags & VMBOX_MSG_RETRY) {
			complete(&call->done);
		} else if (head->status) {
			end_call(call, -vmbox_status_errno(head->status));
		} else if (head->len > call->room && call->out) {
			end_call(call, -EMSGSIZE);
		} else {
			if (call->out)
				memcpy(call->out, chan->buf, head->len);
			end_call(call, head->len);
		}
		return;
	}
	/* Too late, or never asked. Which one, nobody knows any more. */
	chan->stats.stale++;
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

/* Send it, now. Once it is in the list somebody will end it. */
static int post(struct vmbox_chan *chan, struct vmbox_call_wait *call)
{
	int err;

	guard(mutex)(&chan->lock);
	/* Before it was sent again it ended; wait_for() finds that out. */
	if (call->sent && list_empty(&call->node))
		return 0;
	err = may_ask(chan, call->hdr.op);
	if (err)
		return err;
	if (!call->hdr.rid)
		call->hdr.rid = ++chan->next_rid ?: ++chan->next_rid;
	err = vmbox_reply_flush(chan) ?: vmbox_send(chan, &call->hdr, call->in);
	if (!err && !call->sent) {
		call->sent = true;
		list_add_tail(&call->node, &chan->calls);
	}
	vmbox_send_signal(chan);
	return err;
}

/* Until there is room for it, or it is too late. */
static int post_until(struct vmbox_chan *chan, struct vmbox_call_wait *call,
		      unsigned long deadline)
{
	unsigned int seen;
	long left;
	int err;

	for (;;) {
		seen = READ_ONCE(chan->looks);
		err = post(chan, call);
		if (err != -EAGAIN)
			return err;
		left = deadline - jiffies;
		if (left <= 0)
			return -ETIMEDOUT;
		if (wait_event_killable_timeout(chan->room, READ_ONCE(chan->looks) != seen,
						left) < 0)
			return -EINTR;
	}
}

/* Is it to be sent again, and not at its end? From here on it can be completed anew. */
static bool wants_again(struct vmbox_chan *chan, struct vmbox_call_wait *call)
{
	guard(mutex)(&chan->lock);
	if (list_empty(&call->node))
		return false;
	reinit_completion(&call->done);
	return true;
}

/*
 * The answer, or why there is none. It is in no list afterwards: what a VF sends, and
 * how often, must not make us leave before.
 */
static int wait_for(struct vmbox_chan *chan, struct vmbox_call_wait *call,
		    unsigned long deadline)
{
	int err = 0;
	long left;

	while (!err) {
		left = deadline - jiffies;
		if (left > 0)
			left = wait_for_completion_killable_timeout(&call->done, left);
		if (left <= 0) {
			/* An agent that is killed must not keep its PF until then. */
			err = left == -ERESTARTSYS ? -EINTR : -ETIMEDOUT;
			break;
		}
		if (!wants_again(chan, call))
			return call->result;
		schedule_timeout_killable(msecs_to_jiffies(RETRY_MS));
		err = post_until(chan, call, deadline);
	}
	mutex_lock(&chan->lock);
	if (!list_empty(&call->node))
		end_call(call, err);
	mutex_unlock(&chan->lock);
	return call->result;
}

static void start(struct vmbox_call_wait *call, u16 op, const void *in, u16 in_len, void *out,
		  u16 out_room)
{
	*call = (struct vmbox_call_wait) {
		.hdr = { .op = op, .flags = VMBOX_MSG_REQUEST, .len = in_len },
		.in = in, .out = out, .room = out_room,
	};
	INIT_LIST_HEAD(&call->node);
	init_completion(&call->done);
}

static bool is_ours(u16 op)
{
	return op == VMBOX_OP_VERSION || op == VMBOX_OP_CAPS || op == VMBOX_OP_EVENT;
}

int vmbox_chan_call(struct vmbox_chan *chan, u16 op, const void *in, u16 in_len, void *out,
		    u16 out_room, unsigned int timeout_ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);
	struct vmbox_call_wait call;
	int err;

	if (in_len > VMBOX_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (is_ours(op))
		return -EINVAL;
	start(&call, op, in, in_len, out, out_room);
	err = post_until(chan, &call, deadline);
	return err ?: wait_for(chan, &call, deadline);
}

void vmbox_chans_call(struct vmbox_chan **chans, unsigned int n, u16 op, const void *in,
		      u16 in_len, unsigned int timeout_ms, int *results)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);
	struct vmbox_call_wait *calls;
	unsigned int i;

	calls = kvcalloc(n, sizeof(*calls), GFP_KERNEL);
	for (i = 0; i < n; i++) {
		if (!calls || is_ours(op) || in_len > VMBOX_PAYLOAD_MAX) {
			results[i] = calls ? -EINVAL : -ENOMEM;
			continue;
		}
		start(&calls[i], op, in, in_len, NULL, 0);
		/* One that takes nothing must not hold up the others: now or never. */
		results[i] = post(chans[i], &calls[i]);
	}
	for (i = 0; calls && i < n; i++)
		if (!results[i])
			results[i] = wait_for(chans[i], &calls[i], deadline);
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

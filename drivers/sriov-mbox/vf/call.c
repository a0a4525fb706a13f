// SPDX-License-Identifier: GPL-2.0
/* Requests of ours to the PF, and their answers. See vf.h. */
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "vf.h"

#define RETRY_MS	10	/* before one asks again */

/**
 * struct vmbox_vf_wait - a request that waits for its answer
 * @node: in vf->calls, while it waits
 * @hdr: of the request
 * @in: its payload, or NULL
 * @out: where the answer goes, or NULL
 * @room: how much fits
 * @sent: it was
 * @after: not to be sent before that, in jiffies
 * @done: there is a @result, and @node is in no list
 * @result: bytes of the answer, or a negative errno
 */
struct vmbox_vf_wait {
	struct list_head node;
	struct vmbox_hdr hdr;
	const void *in;
	void *out;
	u16 room;
	bool sent;
	unsigned long after;
	struct completion done;
	int result;
};

static void end_call(struct vmbox_vf_wait *call, int result)
{
	list_del_init(&call->node);
	call->result = result;
	complete(&call->done);
}

void vmbox_vf_calls_end(struct vmbox_vf *vf, int err, bool all)
{
	struct vmbox_vf_wait *call, *next;

	lockdep_assert_held(&vf->lock);
	list_for_each_entry_safe(call, next, &vf->calls, node)
		if (all || call->sent)
			end_call(call, err);
}

unsigned long vmbox_vf_calls_flush(struct vmbox_vf *vf)
{
	unsigned long soon = MAX_JIFFY_OFFSET;
	struct vmbox_vf_wait *call, *next;
	int err;

	lockdep_assert_held(&vf->lock);
	if (vf->phase != VMBOX_PHASE_OPEN)
		return soon;
	list_for_each_entry_safe(call, next, &vf->calls, node) {
		if (call->sent)
			continue;
		if (time_before(jiffies, call->after)) {
			soon = min(soon, call->after - jiffies);
			continue;
		}
		err = vmbox_vf_send(vf, &call->hdr, call->in);
		if (err == -EAGAIN)
			break;
		/* Once it has ended it is its asker's again, who may be gone. */
		if (err)
			end_call(call, err);
		else
			call->sent = true;
	}
	return soon;
}

void vmbox_vf_call_answered(struct vmbox_vf *vf)
{
	const struct vmbox_hdr *head = &vf->head;
	struct vmbox_vf_wait *call;

	lockdep_assert_held(&vf->lock);
	list_for_each_entry(call, &vf->calls, node) {
		if (!call->sent || call->hdr.rid != head->rid || call->hdr.op != head->op)
			continue;
		if (head->flags & VMBOX_MSG_BUSY)
			return;
		if (head->flags & VMBOX_MSG_RETRY) {
			call->sent = false;
			call->after = jiffies + msecs_to_jiffies(RETRY_MS);
		} else if (head->status) {
			end_call(call, -vmbox_status_errno(head->status));
		} else if (call->out && head->len > call->room) {
			end_call(call, -EMSGSIZE);
		} else {
			if (call->out)
				memcpy(call->out, vf->buf, head->len);
			end_call(call, head->len);
		}
		return;
	}
}

/* Return: why it cannot be now, or 0: it is in the list and somebody ends it. */
static int post(struct vmbox_vf *vf, struct vmbox_vf_wait *call)
{
	int err = 0;

	mutex_lock(&vf->lock);
	if (vf->gone) {
		err = -ENODEV;
	} else if (vf->phase != VMBOX_PHASE_OPEN) {
		err = -ENOTCONN;
	} else {
		call->hdr.rid = ++vf->next_rid;
		list_add_tail(&call->node, &vf->calls);
		vmbox_vf_calls_flush(vf);
		vmbox_vf_signal(vf);
		/* Where nobody signals, the work has to look for the answer. */
		vf->quick = 0;
		if (!vf->memory)
			vmbox_vf_kick(vf);
	}
	mutex_unlock(&vf->lock);
	return err;
}

static bool can_post(struct vmbox_vf *vf)
{
	return READ_ONCE(vf->gone) || READ_ONCE(vf->phase) == VMBOX_PHASE_OPEN;
}

static int post_until(struct vmbox_vf *vf, struct vmbox_vf_wait *call, unsigned long deadline)
{
	long left;
	int err;

	for (;;) {
		err = post(vf, call);
		if (err != -ENOTCONN)
			return err;
		left = deadline - jiffies;
		if (left <= 0 || !wait_event_timeout(vf->changed, can_post(vf), left))
			return err;
	}
}

int vmbox_vf_ask(struct vmbox_vf *vf, u16 op, const void *in, u16 in_len, void *out,
		 u16 out_room, unsigned int timeout_ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);
	struct vmbox_vf_wait call = {
		.hdr = {
			.op = op, .flags = VMBOX_MSG_REQUEST, .len = in_len, .total = in_len,
		},
		.in = in, .out = out, .room = out_room, .after = jiffies,
	};
	long left;
	int err;

	if (in_len > VMBOX_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (op == VMBOX_OP_VERSION || op == VMBOX_OP_CAPS)
		return -EINVAL;
	INIT_LIST_HEAD(&call.node);
	init_completion(&call.done);
	err = post_until(vf, &call, deadline);
	if (err)
		return err;
	left = deadline - jiffies;
	if (left <= 0 || !wait_for_completion_timeout(&call.done, left)) {
		mutex_lock(&vf->lock);
		if (!list_empty(&call.node))
			end_call(&call, -ETIMEDOUT);
		mutex_unlock(&vf->lock);
	}
	return call.result;
}

// SPDX-License-Identifier: GPL-2.0
/* Requests of ours to the PF, and their answers. See vf.h. */
#include <linux/cleanup.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "vf.h"

static int send(void *ctx, struct vmbox_hdr *hdr, const void *data)
{
	return vmbox_vf_send(ctx, hdr, data);
}

long vmbox_vf_calls_flush(struct vmbox_vf *vf)
{
	lockdep_assert_held(&vf->lock);
	if (vf->phase != VMBOX_PHASE_OPEN)
		return MAX_JIFFY_OFFSET;
	return vmbox_pending_flush(&vf->calls, send, vf);
}

/* Return: why it cannot be now, or 0: it is in the list and somebody ends it. */
static int post(struct vmbox_vf *vf, struct vmbox_pending *call)
{
	bool broken;

	guard(mutex)(&vf->lock);
	if (vf->gone)
		return -ENODEV;
	if (vf->phase != VMBOX_PHASE_OPEN)
		return -ENOTCONN;
	call->hdr.rid = ++vf->next_rid;
	list_add_tail(&call->node, &vf->calls);
	broken = vmbox_vf_calls_flush(vf) < 0;
	vmbox_vf_signal(vf);
	vf->quick = 0;
	/* Where nobody signals, the work has to look for the answer; or it begins anew. */
	if (!vf->memory || broken)
		vmbox_vf_kick(vf);
	return 0;
}

static bool can_post(struct vmbox_vf *vf)
{
	return READ_ONCE(vf->gone) || READ_ONCE(vf->phase) == VMBOX_PHASE_OPEN;
}

static int post_until(struct vmbox_vf *vf, struct vmbox_pending *call, unsigned long deadline)
{
	long left;
	int err;

	for (;;) {
		err = post(vf, call);
		if (err != -ENOTCONN)
			return err;
		left = deadline - jiffies;
		if (left <= 0)
			return err;
		left = wait_event_killable_timeout(vf->changed, can_post(vf), left);
		if (left <= 0)
			return left ? -EINTR : err;
	}
}

/* The call is its asker's again, unless it has ended meanwhile. */
static void give_up(struct vmbox_vf *vf, struct vmbox_pending *call, int err)
{
	guard(mutex)(&vf->lock);
	if (!list_empty(&call->node))
		vmbox_pending_end(call, err);
}

int vmbox_vf_ask(struct vmbox_vf *vf, u16 op, const void *in, u16 in_len, void *out,
		 u16 out_room, unsigned int timeout_ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);
	struct vmbox_pending call;
	struct vmbox_asker asker;
	long left;
	int err;

	if (in_len > VMBOX_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (op == VMBOX_OP_VERSION || op == VMBOX_OP_CAPS)
		return -EINVAL;
	vmbox_asker_init(&asker, 1);
	vmbox_pending_init(&call, &asker, op, in, in_len, out, out_room);
	err = post_until(vf, &call, deadline);
	if (err)
		return err;

	left = deadline - jiffies;
	if (left > 0)
		left = wait_for_completion_killable_timeout(&asker.done, left);
	/* Killed: whether the PF has done it is not known. */
	if (left <= 0)
		give_up(vf, &call, left == -ERESTARTSYS ? -EINTR : -ETIMEDOUT);
	return call.result;
}

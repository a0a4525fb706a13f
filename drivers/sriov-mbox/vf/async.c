// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of a driver that does not wait for their answers, see vmbox_vf_call_async(). They
 * come from any context, so all but a list is done by the work of the VF:
 *
 *	async_new ------> asyncs ------> vf->calls ------> async_done ------> done()
 *	          work,          mailbox           answer,           async_work
 *	          at once        is open           deadline, end
 *
 * One that has no answer at its deadline goes on to async_done from where it is.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "vf.h"

/**
 * struct sent_async - one that is in vf->calls
 * @call: there
 * @asker: of @call
 * @async: the driver's
 * @vf: its VF
 */
struct sent_async {
	struct vmbox_pending call;
	struct vmbox_asker asker;
	struct vmbox_vf_async *async;
	struct vmbox_vf *vf;
};

int vmbox_vf_ask_async(struct vmbox_vf *vf, struct vmbox_vf_async *async)
{
	unsigned long flags;
	int err = -ENODEV;

	if (async->in_len > VMBOX_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (async->op == VMBOX_OP_VERSION || async->op == VMBOX_OP_CAPS || !async->done ||
	    !async->timeout_ms)
		return -EINVAL;

	async->deadline = jiffies + msecs_to_jiffies(async->timeout_ms);
	async->sent = NULL;
	spin_lock_irqsave(&vf->async_lock, flags);
	if (!vf->async_closed) {
		list_add_tail(&async->node, &vf->async_new);
		vmbox_vf_signalled(vf);
		err = 0;
	}
	spin_unlock_irqrestore(&vf->async_lock, flags);

	return err;
}

/* Its driver hears of it soon. vf->lock held. */
static void finish(struct vmbox_vf *vf, struct vmbox_vf_async *async, int result)
{
	lockdep_assert_held(&vf->lock);
	async->result = result;
	spin_lock_irq(&vf->async_lock);
	list_move_tail(&async->node, &vf->async_done);
	spin_unlock_irq(&vf->async_lock);
	queue_work(vmbox_vf_wq, &vf->async_work);
}

static void ended(struct vmbox_asker *asker)
{
	struct sent_async *sent = container_of(asker, struct sent_async, asker);
	int result = sent->call.result;
	struct vmbox_vf_async *async = sent->async;
	struct vmbox_vf *vf = sent->vf;

	kfree(sent);
	finish(vf, async, result);
}

static void give_up(struct vmbox_vf *vf, struct vmbox_vf_async *async, int err)
{
	struct sent_async *sent = async->sent;

	if (sent)
		vmbox_pending_end(&sent->call, err);
	else
		finish(vf, async, err);
}

/* To vf->calls, from where it is sent as any other. */
static void post(struct vmbox_vf *vf, struct vmbox_vf_async *async)
{
	struct sent_async *sent = kzalloc(sizeof(*sent), GFP_KERNEL);

	if (!sent) {
		finish(vf, async, -ENOMEM);
		return;
	}
	sent->async = async;
	sent->vf = vf;
	vmbox_asker_init(&sent->asker, 1);
	sent->asker.ended = ended;
	vmbox_pending_init(&sent->call, &sent->asker, async->op, async->in, async->in_len,
			   async->out, async->out_room);
	sent->call.hdr.rid = ++vf->next_rid;
	async->sent = sent;
	list_add_tail(&sent->call.node, &vf->calls);
	vf->quick = 0;
}

static void take_new(struct vmbox_vf *vf)
{
	spin_lock_irq(&vf->async_lock);
	list_splice_tail_init(&vf->async_new, &vf->asyncs);
	spin_unlock_irq(&vf->async_lock);
}

unsigned long vmbox_vf_async_run(struct vmbox_vf *vf)
{
	unsigned long next = MAX_JIFFY_OFFSET;
	struct vmbox_vf_async *async, *after;

	lockdep_assert_held(&vf->lock);
	take_new(vf);
	list_for_each_entry_safe(async, after, &vf->asyncs, node) {
		if (time_after_eq(jiffies, async->deadline)) {
			give_up(vf, async, async->sent ? -ETIMEDOUT : -ENOTCONN);
			continue;
		}
		next = min(next, async->deadline - jiffies);
		if (!async->sent && vf->phase == VMBOX_PHASE_OPEN)
			post(vf, async);
	}
	return next;
}

void vmbox_vf_async_open(struct vmbox_vf *vf)
{
	/* Under the first one vf->gone stays as it is. */
	mutex_lock(&vf->lock);
	spin_lock_irq(&vf->async_lock);
	vf->async_closed = vf->gone;
	spin_unlock_irq(&vf->async_lock);
	mutex_unlock(&vf->lock);
}

void vmbox_vf_async_end(struct vmbox_vf *vf, int err)
{
	struct vmbox_vf_async *async, *after;

	spin_lock_irq(&vf->async_lock);
	vf->async_closed = true;
	spin_unlock_irq(&vf->async_lock);

	mutex_lock(&vf->lock);
	take_new(vf);
	list_for_each_entry_safe(async, after, &vf->asyncs, node)
		give_up(vf, async, err);
	mutex_unlock(&vf->lock);
	flush_work(&vf->async_work);
}

static struct vmbox_vf_async *next_done(struct vmbox_vf *vf)
{
	struct vmbox_vf_async *async;

	spin_lock_irq(&vf->async_lock);
	async = list_first_entry_or_null(&vf->async_done, struct vmbox_vf_async, node);
	if (async)
		list_del(&async->node);
	spin_unlock_irq(&vf->async_lock);

	return async;
}

void vmbox_vf_async_work(struct work_struct *work)
{
	struct vmbox_vf *vf = container_of(work, struct vmbox_vf, async_work);
	struct vmbox_vf_async *async;

	/* In done() it is the driver's again, who may free it or ask with it once more. */
	while ((async = next_done(vf)))
		async->done(async, async->result);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of a VF that a user works on: each is answered once, by its user or, when
 * that takes too long, by us. And the work that looks at such deadlines. See chan.h.
 */
#include <linux/jiffies.h>

#include "chan.h"
#include "main.h"
#include "pf.h"

void vmbox_due_in(struct vmbox_chan *chan, unsigned long delay)
{
	unsigned long then = jiffies + delay;

	lockdep_assert_held(&chan->lock);
	if (chan->due_queued && time_before_eq(chan->due_at, then))
		return;
	chan->due_queued = true;
	chan->due_at = then;
	/* Work that is queued has a reference. */
	vmbox_chan_get(chan);
	if (mod_delayed_work(vmbox_wq, &chan->due, delay))
		vmbox_chan_put(chan);
}

int vmbox_owe(struct vmbox_chan *chan, const struct vmbox_hdr *hdr)
{
	unsigned long time = msecs_to_jiffies(VMBOX_ANSWER_MS);
	int err;

	lockdep_assert_held(&chan->lock);
	err = vmbox_owed_add(&chan->owed, hdr->rid, hdr->op, jiffies + time);
	if (!err)
		vmbox_due_in(chan, time + 1);
	return err;
}

int vmbox_owed_done(struct vmbox_chan *chan, u32 rid)
{
	struct vmbox_owed *owed;

	lockdep_assert_held(&chan->lock);
	owed = vmbox_owed_find(&chan->owed, rid);
	if (!owed)
		return -ESTALE;
	vmbox_owed_remove(&chan->owed, owed);
	return 0;
}

static int send_answer(struct vmbox_chan *chan, const struct vmbox_owed *owed, u16 flags,
		       u16 status, const void *data, u16 len)
{
	struct vmbox_hdr hdr = {
		.op = owed->op,
		.flags = VMBOX_MSG_ANSWER | flags,
		.rid = owed->rid,
		.len = len,
		.status = status,
	};

	lockdep_assert_held(&chan->lock);
	/* In front of it goes what waits already. */
	return vmbox_reply_flush(chan) ?: vmbox_send(chan, &hdr, data);
}

int vmbox_chan_answer(struct vmbox_chan *chan, u16 gen, u32 rid, u16 flags, u16 status,
		      const void *data, u16 len)
{
	struct vmbox_owed *owed;
	int err = -ESTALE;

	mutex_lock(&chan->lock);
	owed = gen == chan->proto.gen ? vmbox_owed_find(&chan->owed, rid) : NULL;
	if (owed)
		err = send_answer(chan, owed, flags, status, data, len);
	/* The generation has ended by that, and @owed with it. */
	if (err == -EPROTO || err == -ENOTCONN)
		err = -ESTALE;
	if (err == -EAGAIN)
		chan->answer_waits = true;
	if (!err && flags & VMBOX_MSG_BUSY)
		owed->deadline = jiffies + msecs_to_jiffies(VMBOX_ANSWER_MS);
	else if (!err)
		vmbox_owed_remove(&chan->owed, owed);
	mutex_unlock(&chan->lock);
	return err;
}

static void answer_overdue(struct vmbox_chan *chan, unsigned long now)
{
	struct vmbox_owed owed;

	/* A VF that takes nothing gets nothing: it has its own deadline. */
	while (vmbox_owed_take_overdue(&chan->owed, now, &owed)) {
		chan->stats.late++;
		send_answer(chan, &owed, 0, ETIMEDOUT, NULL, 0);
	}
}

void vmbox_due_work(struct work_struct *work)
{
	struct vmbox_chan *chan = container_of(to_delayed_work(work), struct vmbox_chan, due);
	unsigned long now, next;

	mutex_lock(&chan->lock);
	chan->due_queued = false;
	now = jiffies;
	answer_overdue(chan, now);
	if (vmbox_owed_next(&chan->owed, now, &next))
		vmbox_due_in(chan, next + 1);
	vmbox_calls_flush(chan);
	vmbox_send_signal(chan);
	mutex_unlock(&chan->lock);
	vmbox_chan_put(chan);
}

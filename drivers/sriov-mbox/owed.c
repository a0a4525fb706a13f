// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of a VF that a user works on: each is answered once, by its user or, when
 * that takes too long, by us. And the work that looks at such deadlines. See chan.h.
 */
#include <linux/jiffies.h>

#include "chan.h"
#include "main.h"
#include "pf.h"

/* Where a request is, unless another is there already: VFs mostly count. */
static struct vmbox_owed *home_of(struct vmbox_chan *chan, u32 rid)
{
	return &chan->owed[rid % VMBOX_REQUESTS_MAX];
}

static struct vmbox_owed *find(struct vmbox_chan *chan, u32 rid)
{
	struct vmbox_owed *owed = home_of(chan, rid);
	unsigned int i;

	lockdep_assert_held(&chan->lock);
	if (owed->used && owed->rid == rid)
		return owed;
	for (i = 0; chan->owed_strays && i < VMBOX_REQUESTS_MAX; i++)
		if (chan->owed[i].used && chan->owed[i].rid == rid)
			return &chan->owed[i];
	return NULL;
}

static void done_with(struct vmbox_chan *chan, struct vmbox_owed *owed)
{
	owed->used = false;
	if (owed != home_of(chan, owed->rid))
		chan->owed_strays--;
}

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
	struct vmbox_owed *owed = home_of(chan, hdr->rid);
	unsigned int i;

	if (find(chan, hdr->rid))
		return -EEXIST;
	for (i = 0; owed->used && i < VMBOX_REQUESTS_MAX; i++)
		owed = &chan->owed[i];
	if (owed->used)
		return -ENOSPC;
	if (owed != home_of(chan, hdr->rid))
		chan->owed_strays++;
	*owed = (struct vmbox_owed) {
		.used = true,
		.rid = hdr->rid,
		.op = hdr->op,
		.deadline = jiffies + msecs_to_jiffies(VMBOX_ANSWER_MS),
	};
	vmbox_due_in(chan, msecs_to_jiffies(VMBOX_ANSWER_MS) + 1);
	return 0;
}

int vmbox_owed_done(struct vmbox_chan *chan, u32 rid, u16 *op)
{
	struct vmbox_owed *owed = find(chan, rid);

	if (!owed)
		return -ESTALE;
	if (op)
		*op = owed->op;
	done_with(chan, owed);
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

	/* In front of it goes what waits already. */
	return vmbox_reply_flush(chan) ?: vmbox_send(chan, &hdr, data);
}

int vmbox_chan_answer(struct vmbox_chan *chan, u16 gen, u32 rid, u16 flags, u16 status,
		      const void *data, u16 len)
{
	struct vmbox_owed *owed;
	int err = -ESTALE;

	mutex_lock(&chan->lock);
	owed = gen == chan->proto.gen ? find(chan, rid) : NULL;
	if (owed)
		err = send_answer(chan, owed, flags, status, data, len);
	if (err == -EPROTO || err == -ENOTCONN)
		err = -ESTALE;
	if (err == -EAGAIN)
		chan->answer_waits = true;
	if (!err && flags & VMBOX_MSG_BUSY)
		owed->deadline = jiffies + msecs_to_jiffies(VMBOX_ANSWER_MS);
	else if (!err)
		done_with(chan, owed);
	mutex_unlock(&chan->lock);
	return err;
}

/* Return: jiffies until the next is overdue, or MAX_JIFFY_OFFSET. */
static unsigned long answer_overdue(struct vmbox_chan *chan)
{
	unsigned long next = MAX_JIFFY_OFFSET;
	unsigned int i;

	for (i = 0; i < VMBOX_REQUESTS_MAX; i++) {
		struct vmbox_owed *owed = &chan->owed[i];

		if (!owed->used)
			continue;
		if (time_before(jiffies, owed->deadline)) {
			next = min(next, owed->deadline - jiffies + 1);
			continue;
		}
		/* A VF that takes nothing gets nothing: it has its own deadline. */
		send_answer(chan, owed, 0, ETIMEDOUT, NULL, 0);
		done_with(chan, owed);
		chan->stats.late++;
	}
	return next;
}

void vmbox_due_work(struct work_struct *work)
{
	struct vmbox_chan *chan = container_of(to_delayed_work(work), struct vmbox_chan, due);
	unsigned long next;

	mutex_lock(&chan->lock);
	chan->due_queued = false;
	next = answer_overdue(chan);
	if (next != MAX_JIFFY_OFFSET)
		vmbox_due_in(chan, next);
	vmbox_calls_flush(chan);
	vmbox_send_signal(chan);
	mutex_unlock(&chan->lock);
	vmbox_chan_put(chan);
}

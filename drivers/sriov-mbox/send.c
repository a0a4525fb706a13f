// SPDX-License-Identifier: GPL-2.0
/* What goes to the VF: messages, answers, events. See chan.h. */
#include "chan.h"
#include "main.h"
#include "trace.h"
#include "window.h"

int vmbox_send(struct vmbox_chan *chan, struct vmbox_hdr *hdr, const void *data)
{
	int err;

	lockdep_assert_held(&chan->lock);
	/* After a fault nothing more is written to what cannot be: one fault, one strike. */
	if (!chan->port ||
	    (chan->state != VMBOX_VF_STARTING && chan->state != VMBOX_VF_OPEN))
		return -ENOTCONN;

	hdr->total = hdr->len;
	hdr->gen = chan->proto.gen;
	if (chan->memory)
		err = vmbox_out_put(&chan->out, hdr, data);
	else if (chan->window)
		err = vmbox_window_put(chan->window, hdr, data);
	else
		err = -ENOTCONN;
	if (err == -EPROTO)
		vmbox_chan_fault(chan);
	if (err)
		return err;
	chan->stats.sent++;
	chan->stats.sent_bytes += hdr->len;
	vmbox_chan_may_ring(chan);
	trace_vmbox_message(chan, hdr, false);
	return 0;
}

void vmbox_send_signal(struct vmbox_chan *chan)
{
	bool wanted = true;

	lockdep_assert_held(&chan->lock);
	if (!chan->port)
		return;
	if (chan->memory) {
		/* Both have to be asked: each remembers what it was asked for. */
		wanted = vmbox_out_signal(&chan->out);
		wanted |= vmbox_in_signal(&chan->in);
	}
	if (!wanted)
		return;
	chan->stats.signals++;
	chan->port->signal(chan);
}

void vmbox_chan_signal(struct vmbox_chan *chan)
{
	mutex_lock(&chan->lock);
	vmbox_send_signal(chan);
	mutex_unlock(&chan->lock);
}

int vmbox_reply_flush(struct vmbox_chan *chan)
{
	int err;

	lockdep_assert_held(&chan->lock);
	if (!chan->has_reply)
		return 0;
	err = vmbox_send(chan, &chan->reply, chan->reply_data);
	if (err == -EAGAIN)
		return err;
	/* Any other error is the channel's end, and with it the reply's. */
	chan->has_reply = false;
	return 0;
}

void vmbox_reply(struct vmbox_chan *chan, const struct vmbox_hdr *to, u16 flags, u16 status,
		 const void *data, u16 len)
{
	lockdep_assert_held(&chan->lock);
	chan->reply = (struct vmbox_hdr) {
		.op = to->op,
		.flags = VMBOX_MSG_ANSWER | flags,
		.rid = to->rid,
		.len = len,
		.status = status,
	};
	if (len && data != chan->reply_data)
		memcpy(chan->reply_data, data, len);
	chan->has_reply = true;
	vmbox_reply_flush(chan);
}

/* What the VF has read meanwhile, going by what it says. */
static void look_at_unread(struct vmbox_chan *chan)
{
	/* Where there is no first page there is no ring, and none is unread in it. */
	if (chan->unread.n && chan->host)
		vmbox_unread_taken(&chan->unread, chan->out.head, vmbox_out_left(&chan->out));
}

void vmbox_events_unread(struct vmbox_chan *chan, u64 *events, u64 *blocks)
{
	struct vmbox_event event;

	lockdep_assert_held(&chan->lock);
	look_at_unread(chan);
	vmbox_unread_all(&chan->unread, events, blocks);
	if (chan->window && vmbox_window_unread(chan->window, &event)) {
		*events |= event.events;
		*blocks |= event.blocks;
	}
}

void vmbox_events_take_back(struct vmbox_chan *chan)
{
	u64 events = 0, blocks = 0;

	vmbox_events_unread(chan, &events, &blocks);
	chan->unread.n = 0;
	spin_lock_irq(&chan->told);
	chan->events |= events;
	chan->blocks |= blocks;
	spin_unlock_irq(&chan->told);
}

void vmbox_events_flush(struct vmbox_chan *chan)
{
	struct vmbox_hdr hdr = {
		.op = VMBOX_OP_EVENT,
		.len = sizeof(struct vmbox_event),
	};
	struct vmbox_event event = { };

	lockdep_assert_held(&chan->lock);
	if (chan->state != VMBOX_VF_OPEN)
		return;
	look_at_unread(chan);
	spin_lock_irq(&chan->told);
	swap(event.events, chan->events);
	swap(event.blocks, chan->blocks);
	event.link = chan->link;
	spin_unlock_irq(&chan->told);
	if (!event.events && !event.blocks)
		return;
	if (!vmbox_send(chan, &hdr, &event)) {
		chan->stats.events++;
		if (chan->memory)
			vmbox_unread_add(&chan->unread, chan->out.head, event.events,
					 event.blocks);
		return;
	}
	/* Not now: with what comes until then. */
	spin_lock_irq(&chan->told);
	chan->events |= event.events;
	chan->blocks |= event.blocks;
	spin_unlock_irq(&chan->told);
}

void vmbox_chan_tell(struct vmbox_chan *chan, u64 events, u64 blocks)
{
	unsigned long flags;

	spin_lock_irqsave(&chan->told, flags);
	chan->events |= events;
	chan->blocks |= blocks;
	spin_unlock_irqrestore(&chan->told, flags);
	vmbox_chan_kick(chan);
}

void vmbox_chan_link(struct vmbox_chan *chan, const struct vmbox_link *link)
{
	bool news;

	spin_lock_irq(&chan->told);
	news = memcmp(&chan->link, link, sizeof(*link));
	chan->link = *link;
	spin_unlock_irq(&chan->told);
	if (news)
		vmbox_chan_tell(chan, VMBOX_EVENT_LINK, 0);
}

// SPDX-License-Identifier: GPL-2.0
/* Ports with registers and a window, see window.h. */
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "chan.h"
#include "main.h"
#include "regs_core.h"
#include "window.h"

/**
 * struct vmbox_window - what a port with registers has
 * @ops: its port's
 * @regs: what the VF sees
 * @in: a message that comes in pieces
 * @in_full: it is whole, and has not been taken
 * @out: header of the message that goes in pieces
 * @out_at: how much of it has gone, with the piece in the receive slot
 * @out_going: there is a piece in the receive slot
 * @out_data: its payload
 */
struct vmbox_window {
	const struct vmbox_window_ops *ops;
	struct vmbox_regs regs;
	struct vmbox_pieces in;
	bool in_full;
	struct vmbox_hdr out;
	u16 out_at;
	bool out_going;
	u8 out_data[VMBOX_PAYLOAD_MAX];
};

struct vmbox_window *vmbox_window_create(const struct vmbox_window_ops *ops, u32 info)
{
	struct vmbox_window *window = kvzalloc(sizeof(*window), GFP_KERNEL);

	if (!window)
		return NULL;
	window->ops = ops;
	window->regs.info = info;
	return window;
}
EXPORT_SYMBOL_GPL(vmbox_window_create);

void vmbox_window_free(struct vmbox_window *window)
{
	kvfree(window);
}
EXPORT_SYMBOL_GPL(vmbox_window_free);

void vmbox_window_restart(struct vmbox_window *window)
{
	window->in.going = false;
	window->in_full = false;
	window->out_going = false;
	/* What was said in the last generation, perhaps by another guest. */
	memset(window->regs.window + VMBOX_WIN_SEND, 0, VMBOX_WIN_LEN - VMBOX_WIN_SEND);
}

void vmbox_window_reset(struct vmbox_window *window)
{
	vmbox_window_restart(window);
	window->regs.ctrl = 0;
	window->regs.waddr = 0;
	memset(window->regs.window, 0, sizeof(window->regs.window));
}
EXPORT_SYMBOL_GPL(vmbox_window_reset);

int vmbox_window_get(struct vmbox_window *window, struct vmbox_hdr *hdr, void *data)
{
	if (!window->in_full)
		return -EAGAIN;
	window->in_full = false;
	*hdr = window->in.hdr;
	memcpy(data, window->in.data, hdr->len);
	return 0;
}

/* The next piece into the receive slot. */
static void next_piece(struct vmbox_window *window)
{
	u8 *slot = window->regs.window + VMBOX_WIN_RECEIVE;
	struct vmbox_hdr piece;
	u16 len;

	len = vmbox_piece_out(&window->out, window->out_at, &piece);
	memset(slot, 0, sizeof(piece) + VMBOX_PIECE_MAX);
	memcpy(slot, &piece, sizeof(piece));
	memcpy(slot + sizeof(piece), window->out_data + window->out_at, len);
	window->out_at += len;
}

int vmbox_window_put(struct vmbox_window *window, const struct vmbox_hdr *hdr,
		     const void *data)
{
	if (window->out_going)
		return -EAGAIN;
	window->out = *hdr;
	window->out_at = 0;
	if (hdr->len)
		memcpy(window->out_data, data, hdr->len);
	window->out_going = true;
	next_piece(window);
	return 0;
}

bool vmbox_window_unread(const struct vmbox_window *window, struct vmbox_event *event)
{
	if (!window->out_going || window->out.op != VMBOX_OP_EVENT)
		return false;
	memcpy(event, window->out_data, sizeof(*event));
	return true;
}

/* The registers of STATUS as they are now. chan->lock held. */
static void refresh(struct vmbox_chan *chan)
{
	struct vmbox_window *window = chan->window;
	u16 status = vmbox_chan_status(chan);

	if (window->out_going)
		status |= VMBOX_STATUS_RX;
	if (!window->in_full)
		status |= VMBOX_STATUS_TX;
	window->regs.status = status;
	window->regs.gen = chan->proto.gen;
	window->regs.info = (window->regs.info & ~VMBOX_INFO_INDEX) | chan->index;
}

int vmbox_window_read(struct vmbox_chan *chan, u16 off, u16 len, u32 *value)
{
	*value = 0;
	mutex_lock(&chan->lock);
	if (chan->window) {
		vmbox_chan_used(chan);
		refresh(chan);
		*value = vmbox_regs_read(&chan->window->regs, off, len);
	}
	mutex_unlock(&chan->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(vmbox_window_read);

/* A piece is in the send slot. */
static void take_piece(struct vmbox_chan *chan)
{
	struct vmbox_window *window = chan->window;
	const u8 *slot = window->regs.window + VMBOX_WIN_SEND;
	struct vmbox_hdr hdr;
	int ret;

	/* It was told that the slot is not free. */
	if (window->in_full) {
		vmbox_chan_strike(chan);
		return;
	}
	memcpy(&hdr, slot, sizeof(hdr));
	ret = vmbox_piece_in(&window->in, &hdr, slot + sizeof(hdr));
	if (ret < 0)
		vmbox_chan_strike(chan);
	window->in_full = ret > 0;
	/* For the last piece see receive.c. Who makes them smaller than need be rings too often. */
	if (!ret && hdr.len == VMBOX_PIECE_MAX)
		vmbox_chan_may_ring(chan);
}

static void piece_taken(struct vmbox_chan *chan)
{
	struct vmbox_window *window = chan->window;

	if (!window->out_going || window->out_at == window->out.total) {
		window->out_going = false;
		return;
	}
	next_piece(window);
	vmbox_chan_may_ring(chan);
}

/* To map a guest's pages is work for the host: not as often as the guest likes. */
static bool may_set_up(struct vmbox_chan *chan)
{
	bool may;

	mutex_lock(&chan->lock);
	may = !vmbox_bucket_wait(&chan->setups, &vmbox_limits.setups, ktime_get_ns(), 1);
	if (!may)
		vmbox_chan_strike(chan);
	mutex_unlock(&chan->lock);
	return may;
}

/* What the port has to do is done without our lock, and its result shown. */
static void memory(struct vmbox_chan *chan, const struct vmbox_window_ops *ops,
		   const struct vmbox_setup *setup)
{
	int err = -EBUSY;
	u32 result;

	if (may_set_up(chan))
		err = setup->pages == VMBOX_PAGES ? ops->memory(chan, setup) : -EINVAL;
	result = -err;
	mutex_lock(&chan->lock);
	if (chan->window)
		memcpy(chan->window->regs.window + VMBOX_WIN_SETUP +
		       offsetof(struct vmbox_setup, result), &result, sizeof(result));
	mutex_unlock(&chan->lock);
}

int vmbox_window_write(struct vmbox_chan *chan, u16 off, u16 len, u32 value)
{
	enum vmbox_regs_action action = VMBOX_REGS_NOTHING;
	const struct vmbox_window_ops *ops = NULL;
	struct vmbox_setup setup = { };

	mutex_lock(&chan->lock);
	if (chan->window) {
		vmbox_chan_used(chan);
		refresh(chan);
		action = vmbox_regs_write(&chan->window->regs, off, len, value);
		ops = chan->window->ops;
		memcpy(&setup, chan->window->regs.window + VMBOX_WIN_SETUP, sizeof(setup));
	}
	if (action >= VMBOX_REGS_SEND)
		vmbox_chan_rung(chan);
	if (action == VMBOX_REGS_SEND)
		take_piece(chan);
	else if (action == VMBOX_REGS_TAKEN)
		piece_taken(chan);
	else if (action == VMBOX_REGS_STALE)
		chan->stats.stale++;
	mutex_unlock(&chan->lock);

	switch (action) {
	case VMBOX_REGS_ENABLE:
	case VMBOX_REGS_DISABLE:
	case VMBOX_REGS_RESET:
		ops->no_memory(chan);
		vmbox_chan_restart(chan);
		break;
	case VMBOX_REGS_MEMORY:
		memory(chan, ops, &setup);
		break;
	case VMBOX_REGS_NO_MEMORY:
		ops->no_memory(chan);
		break;
	case VMBOX_REGS_SEND:
	case VMBOX_REGS_TAKEN:
	case VMBOX_REGS_KICK:
		vmbox_chan_kick(chan);
		break;
	default:
		break;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(vmbox_window_write);

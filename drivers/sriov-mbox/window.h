/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registers in configuration space and the window behind them, of a port that has
 * them. Everything under the channel's lock.
 */
#ifndef VMBOX_WINDOW_H
#define VMBOX_WINDOW_H

#include <linux/types.h>
#include <uapi/linux/sriov_mbox.h>

struct vmbox_chan;
struct vmbox_window;

/**
 * struct vmbox_window_ops - what a VF's writes to registers ask of its port
 * @memory: use this memory, which is private; chan->lock not held, may sleep, waits for
 *	    no guest. Return: 0 or a negative errno, which the VF sees.
 * @no_memory: not any more
 */
struct vmbox_window_ops {
	int (*memory)(struct vmbox_chan *chan, const struct vmbox_setup *setup);
	void (*no_memory)(struct vmbox_chan *chan);
};

/* Return: NULL when there is no memory. @info: VMBOX_INFO_* beside the index. */
struct vmbox_window *vmbox_window_create(const struct vmbox_window_ops *ops, u32 info);
void vmbox_window_free(struct vmbox_window *window);

/* An owner reads or writes registers: @off and @len as configuration space has them. */
int vmbox_window_read(struct vmbox_chan *chan, u16 off, u16 len, u32 *value);
int vmbox_window_write(struct vmbox_chan *chan, u16 off, u16 len, u32 value);

/* The function was reset: registers are as in the beginning. chan->lock held. */
void vmbox_window_reset(struct vmbox_window *window);

/* A new generation: what was in the slots is gone. chan->lock held. */
void vmbox_window_restart(struct vmbox_window *window);

/* The event in the receive slot that was not taken. Return: whether it is one. */
bool vmbox_window_unread(const struct vmbox_window *window, struct vmbox_event *event);

/* Take a whole message: 0, -EAGAIN, or -EPROTO. chan->lock held. */
int vmbox_window_get(struct vmbox_window *window, struct vmbox_hdr *hdr, void *data);

/* Send one: 0 or -EAGAIN. chan->lock held. */
int vmbox_window_put(struct vmbox_window *window, const struct vmbox_hdr *hdr,
		     const void *data);

#endif /* VMBOX_WINDOW_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that wait for their answers. Both sides of a channel have such a list, under
 * a lock of theirs that is held for every call here but vmbox_pending_init().
 *
 *	           sent            an answer, an error, the end of its
 *	                           generation, or of its asker's patience
 *	  NEW ------------> SENT ---------------> ended
 *	   |  ^              |
 *	   |  +--------------+
 *	   |   RETRY: in 10 ms
 *	   +-- no room: later
 *
 * What has ended is its asker's again, and may be gone: it is not touched any more.
 */
#ifndef VMBOX_PENDING_H
#define VMBOX_PENDING_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/sriov_mbox.h>

/**
 * struct vmbox_asker - who waits for one request, or for several at once
 * @left: requests that have not ended
 * @done: none is left
 * @ended: called instead of that, with the list's lock held, or NULL. The asker and its
 *	   requests are not touched after that.
 */
struct vmbox_asker {
	atomic_t left;
	struct completion done;
	void (*ended)(struct vmbox_asker *asker);
};

/**
 * struct vmbox_pending - a request that waits for its answer
 * @node: in its channel's list, while it waits
 * @hdr: of the request
 * @in: its payload, or NULL
 * @out: where the answer goes, or NULL
 * @room: how much fits
 * @sent: it was, and not answered with RETRY since
 * @after: not to be sent before that, in jiffies
 * @asker: who waits
 * @result: when it has ended: bytes of the answer, or a negative errno
 */
struct vmbox_pending {
	struct list_head node;
	struct vmbox_hdr hdr;
	const void *in;
	void *out;
	u16 room;
	bool sent;
	unsigned long after;
	struct vmbox_asker *asker;
	int result;
};

/* Somebody who waits for @n requests. */
void vmbox_asker_init(struct vmbox_asker *asker, unsigned int n);

/* A request of @asker, in no list yet; the rest as vmbox_call() has it. */
void vmbox_pending_init(struct vmbox_pending *call, struct vmbox_asker *asker, u16 op,
			const void *in, u16 in_len, void *out, u16 out_room);

/* It has ended, in a list or before. */
void vmbox_pending_end(struct vmbox_pending *call, int result);

/* All of a list end with @err, or those that were sent. */
void vmbox_pending_end_all(struct list_head *calls, int err, bool all);

/**
 * vmbox_pending_answered() - an answer came
 * @calls: the list
 * @head: its header, private, found to be of this generation
 * @data: its payload
 * Return: whether somebody waits for it.
 */
bool vmbox_pending_answered(struct list_head *calls, const struct vmbox_hdr *head,
			    const void *data);

/**
 * vmbox_pending_flush() - send what can be sent
 * @calls: the list
 * @send: sends one: 0; -EAGAIN: no room now; or an error, upon which the list may be
 *	  another one
 * @ctx: handed to it
 * Return: jiffies until there is more to send, MAX_JIFFY_OFFSET when nothing is known to
 * be; or the error of @send but -EAGAIN.
 */
long vmbox_pending_flush(struct list_head *calls,
			 int (*send)(void *ctx, struct vmbox_hdr *hdr, const void *data),
			 void *ctx);

#endif /* VMBOX_PENDING_H */

// SPDX-License-Identifier: GPL-2.0
/* Requests that wait for their answers, see pending.h. */
#include <linux/jiffies.h>
#include <linux/string.h>

#include "pending.h"
#include "proto_core.h"

#define RETRY_MS	10	/* before one asks again */

void vmbox_asker_init(struct vmbox_asker *asker, unsigned int n)
{
	atomic_set(&asker->left, n);
	init_completion(&asker->done);
	asker->ended = NULL;
}

void vmbox_pending_init(struct vmbox_pending *call, struct vmbox_asker *asker, u16 op,
			const void *in, u16 in_len, void *out, u16 out_room)
{
	*call = (struct vmbox_pending) {
		.hdr = {
			.op = op, .flags = VMBOX_MSG_REQUEST, .len = in_len, .total = in_len,
		},
		.in = in,
		.out = out,
		.room = out_room,
		.after = jiffies,
		.asker = asker,
	};
	INIT_LIST_HEAD(&call->node);
}

void vmbox_pending_end(struct vmbox_pending *call, int result)
{
	struct vmbox_asker *asker = call->asker;

	list_del_init(&call->node);
	call->result = result;
	if (!atomic_dec_and_test(&asker->left))
		return;
	if (asker->ended)
		asker->ended(asker);
	else
		complete(&asker->done);
}

void vmbox_pending_end_all(struct list_head *calls, int err, bool all)
{
	struct vmbox_pending *call, *next;

	list_for_each_entry_safe(call, next, calls, node)
		if (all || call->sent)
			vmbox_pending_end(call, err);
}

static void answered(struct vmbox_pending *call, const struct vmbox_hdr *head, const void *data)
{
	/* BUSY is for those who would give up before their deadline: nobody here. */
	if (head->flags & VMBOX_MSG_BUSY)
		return;
	if (head->flags & VMBOX_MSG_RETRY) {
		call->sent = false;
		call->after = jiffies + msecs_to_jiffies(RETRY_MS);
	} else if (head->status) {
		vmbox_pending_end(call, -vmbox_status_errno(head->status));
	} else if (call->out && head->len > call->room) {
		vmbox_pending_end(call, -EMSGSIZE);
	} else {
		if (call->out)
			memcpy(call->out, data, head->len);
		vmbox_pending_end(call, head->len);
	}
}

bool vmbox_pending_answered(struct list_head *calls, const struct vmbox_hdr *head,
			    const void *data)
{
	struct vmbox_pending *call;

	list_for_each_entry(call, calls, node) {
		if (!call->sent || call->hdr.rid != head->rid || call->hdr.op != head->op)
			continue;
		answered(call, head, data);
		return true;
	}
	return false;
}

long vmbox_pending_flush(struct list_head *calls,
			 int (*send)(void *ctx, struct vmbox_hdr *hdr, const void *data),
			 void *ctx)
{
	unsigned long soon = MAX_JIFFY_OFFSET;
	struct vmbox_pending *call;
	int err;

	list_for_each_entry(call, calls, node) {
		if (call->sent)
			continue;
		if (time_before(jiffies, call->after)) {
			soon = min(soon, call->after - jiffies);
			continue;
		}
		err = send(ctx, &call->hdr, call->in);
		if (err)
			return err == -EAGAIN ? soon : err;
		call->sent = true;
	}
	return soon;
}

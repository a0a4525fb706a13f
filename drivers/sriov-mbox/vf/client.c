// SPDX-License-Identifier: GPL-2.0
/* Who is told what the PF says: a driver, user space, who asked for blocks. See vf.h. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vf.h"

/* The next request of the PF; only this work takes them. */
static struct vmbox_vf_message *next_request(struct vmbox_vf *vf)
{
	struct vmbox_vf_message *message;

	mutex_lock(&vf->lock);
	message = list_first_entry_or_null(&vf->requests, struct vmbox_vf_message, node);
	if (message) {
		list_del(&message->node);
		vf->n_requests--;
	}
	mutex_unlock(&vf->lock);
	return message;
}

static void reply(struct vmbox_vf *vf, const struct vmbox_hdr *to, int ret, const void *answer)
{
	if (WARN_ON_ONCE(ret > VMBOX_PAYLOAD_MAX))
		ret = -EIO;
	mutex_lock(&vf->lock);
	vmbox_vf_reply(vf, to, 0, ret < 0 ? -ret : 0, answer, max(ret, 0));
	vmbox_vf_kick(vf);
	mutex_unlock(&vf->lock);
}

/* Nobody is there to ask. Where no driver uses the VF there is nothing to let go of. */
static int answer_alone(struct vmbox_vf *vf, u16 op)
{
	if (op != VMBOX_OP_QUIESCE && op != VMBOX_OP_REMOVE_PENDING)
		return -EOPNOTSUPP;
	return READ_ONCE(vf->pdev->dev.driver) ? -EOPNOTSUPP : 0;
}

static void deliver_request(struct vmbox_vf *vf, const struct vmbox_vf_message *message)
{
	struct vmbox_vf_client *client = vf->client;
	const struct vmbox_hdr *hdr = &message->hdr;
	void *answer = NULL;
	int ret;

	if (!client || !client->ops->request) {
		if (vmbox_vf_node_tell(vf, hdr, message->data))
			return;
		ret = answer_alone(vf, hdr->op);
	} else {
		answer = kzalloc(VMBOX_PAYLOAD_MAX, GFP_KERNEL);
		ret = -ENOMEM;
		if (answer)
			ret = client->ops->request(client->priv, hdr->op, message->data,
						   hdr->len, answer);
	}
	reply(vf, hdr, ret, answer);
	kfree(answer);
}

/* What nobody is there for is kept. */
static void deliver_events(struct vmbox_vf *vf)
{
	struct vmbox_vf_client *client = vf->client;
	struct vmbox_hdr hdr = {
		.op = VMBOX_OP_EVENT,
		.len = sizeof(struct vmbox_event),
		.total = sizeof(struct vmbox_event),
	};
	struct vmbox_event event;
	u64 blocks = 0;

	mutex_lock(&vf->lock);
	event = vf->event;
	if (client || vf->reader) {
		vf->event.events = 0;
		vf->event.blocks = 0;
	}
	if (vf->invalid)
		swap(blocks, vf->blocks);
	mutex_unlock(&vf->lock);
	if (blocks)
		vf->invalid(vf->invalid_ctx, blocks);
	if (!event.events && !event.blocks)
		return;
	if (client && client->ops->event)
		client->ops->event(client->priv, &event);
	vmbox_vf_node_tell(vf, &hdr, &event);
}

/* Another phase or generation; those that have passed meanwhile are left out. */
static void deliver_status(struct vmbox_vf *vf)
{
	struct vmbox_vf_client *client = vf->client;
	struct vmbox_vf_status now = { };

	if (!client || !client->ops->status)
		return;
	mutex_lock(&vf->lock);
	now.open = vf->phase == VMBOX_PHASE_OPEN;
	if (now.open) {
		now.gen = vf->proto.gen;
		now.features = vf->proto.features;
		strscpy(now.pf_name, vf->caps.pf_name, sizeof(now.pf_name));
	}
	mutex_unlock(&vf->lock);
	if (now.open == client->told.open && now.gen == client->told.gen)
		return;
	client->told = now;
	client->ops->status(client->priv, client, &now);
}

void vmbox_vf_deliver(struct work_struct *work)
{
	struct vmbox_vf *vf = container_of(work, struct vmbox_vf, deliver);
	struct vmbox_vf_message *message;

	mutex_lock(&vf->clients);
	deliver_status(vf);
	/* In the order in which they came only among themselves: events are a state. */
	deliver_events(vf);
	while ((message = next_request(vf))) {
		deliver_request(vf, message);
		kfree(message);
	}
	mutex_unlock(&vf->clients);
}

struct vmbox_vf_client *vmbox_vf_register(struct pci_dev *pdev, const struct vmbox_vf_ops *ops,
					  void *priv)
{
	struct vmbox_vf_client *client;
	struct vmbox_vf *vf;
	int err = 0;

	vf = vmbox_vf_find(pdev);
	if (!vf)
		return ERR_PTR(-ENODEV);
	client = kzalloc(sizeof(*client), GFP_KERNEL);
	if (!client) {
		vmbox_vf_put(vf);
		return ERR_PTR(-ENOMEM);
	}
	client->api = &vmbox_vf_api;
	client->vf = vf;
	client->ops = ops;
	client->priv = priv;
	mutex_lock(&vf->clients);
	if (vf->client)
		err = -EBUSY;
	else
		vf->client = client;
	mutex_unlock(&vf->clients);
	if (!err) {
		vmbox_vf_async_open(vf);
		vmbox_vf_deliver_soon(vf);
		return client;
	}
	vmbox_vf_put(vf);
	kfree(client);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(vmbox_vf_register);

void vmbox_vf_unregister(struct vmbox_vf_client *client)
{
	struct vmbox_vf *vf = client->vf;

	mutex_lock(&vf->clients);
	vf->client = NULL;
	mutex_unlock(&vf->clients);
	vmbox_vf_async_end(vf, -ECANCELED);
	vmbox_vf_put(vf);
	kfree(client);
}
EXPORT_SYMBOL_GPL(vmbox_vf_unregister);

int vmbox_vf_call(struct vmbox_vf_client *client, u16 op, const void *in, u16 in_len,
		  void *out, u16 out_room, unsigned int timeout_ms)
{
	return vmbox_vf_ask(client->vf, op, in, in_len, out, out_room, timeout_ms);
}
EXPORT_SYMBOL_GPL(vmbox_vf_call);

int vmbox_vf_call_async(struct vmbox_vf_client *client, struct vmbox_vf_async *async)
{
	return vmbox_vf_ask_async(client->vf, async);
}
EXPORT_SYMBOL_GPL(vmbox_vf_call_async);

const struct vmbox_vf_api vmbox_vf_api = {
	.size = sizeof(vmbox_vf_api),
	.enroll = vmbox_vf_register,
	.leave = vmbox_vf_unregister,
	.call = vmbox_vf_call,
	.call_async = vmbox_vf_call_async,
	.watch_add = vmbox_vf_watch_add,
	.watch_del = vmbox_vf_watch_del,
};
EXPORT_SYMBOL_GPL(vmbox_vf_api);

static_assert(offsetof(struct vmbox_vf_client, api) == 0);

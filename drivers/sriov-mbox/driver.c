// SPDX-License-Identifier: GPL-2.0
/* PF drivers as users of the mailbox, see include/linux/sriov_mbox.h. */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>

#include "chan.h"
#include "pf.h"

struct vmbox_user *vmbox_pf_register(struct pci_dev *pdev, const struct vmbox_pf_ops *ops,
				     void *priv)
{
	struct vmbox_user *user;
	struct vmbox_pf *pf;
	int err;

	pf = vmbox_pf_of(pdev);
	if (!pf)
		return ERR_PTR(-EINVAL);
	user = kzalloc(sizeof(*user), GFP_KERNEL);
	err = -ENOMEM;
	if (user) {
		user->api = &vmbox_pf_api;
		user->rank = VMBOX_DRIVER;
		user->ops = ops;
		user->priv = priv;
		err = vmbox_user_add(user, pf);
	}
	vmbox_pf_put(pf);
	if (!err)
		return user;
	kfree(user);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(vmbox_pf_register);

void vmbox_pf_unregister(struct vmbox_user *user)
{
	vmbox_user_remove(user);
	kfree(user);
}
EXPORT_SYMBOL_GPL(vmbox_pf_unregister);

int vmbox_answer(struct vmbox_user *user, unsigned int vf, u64 token, int status,
		 const void *data, u16 len)
{
	struct vmbox_chan *chan;
	int err;

	if (len > VMBOX_PAYLOAD_MAX)
		return -EMSGSIZE;
	chan = vmbox_pf_chan(user->pf, vf);
	if (!chan)
		return -ESTALE;
	err = vmbox_chan_answer(chan, token >> 32, token, 0, -status, data, len);
	vmbox_chan_signal(chan);
	vmbox_chan_put(chan);
	return err;
}
EXPORT_SYMBOL_GPL(vmbox_answer);

int vmbox_call(struct vmbox_user *user, unsigned int vf, u16 op, const void *in, u16 in_len,
	       void *out, u16 out_room, unsigned int timeout_ms)
{
	struct vmbox_chan *chan;
	int ret;

	chan = vmbox_pf_chan(user->pf, vf);
	if (!chan)
		return -ENOTCONN;
	ret = vmbox_chan_call(chan, op, in, in_len, out, out_room, timeout_ms);
	vmbox_chan_put(chan);
	return ret;
}
EXPORT_SYMBOL_GPL(vmbox_call);

int vmbox_broadcast(struct vmbox_user *user, unsigned long *vfs, u16 op, const void *in,
		    u16 in_len, unsigned int timeout_ms)
{
	return vmbox_pf_broadcast(user->pf, vfs, op, in, in_len, timeout_ms);
}
EXPORT_SYMBOL_GPL(vmbox_broadcast);

void vmbox_tell(struct vmbox_user *user, unsigned int vf, u64 events, u64 blocks)
{
	struct vmbox_chan *chan;

	if (vf == VMBOX_ALL_VFS) {
		vmbox_pf_tell(user->pf, events, blocks);
		return;
	}
	chan = vmbox_pf_chan(user->pf, vf);
	if (!chan)
		return;
	vmbox_chan_tell(chan, events, blocks);
	vmbox_chan_put(chan);
}
EXPORT_SYMBOL_GPL(vmbox_tell);

const struct vmbox_pf_api vmbox_pf_api = {
	.size = sizeof(vmbox_pf_api),
	.enroll = vmbox_pf_register,
	.leave = vmbox_pf_unregister,
	.answer = vmbox_answer,
	.call = vmbox_call,
	.broadcast = vmbox_broadcast,
	.tell = vmbox_tell,
	.listen = vmbox_notifier_register,
	.unlisten = vmbox_notifier_unregister,
};
EXPORT_SYMBOL_GPL(vmbox_pf_api);

static_assert(offsetof(struct vmbox_user, api) == 0);

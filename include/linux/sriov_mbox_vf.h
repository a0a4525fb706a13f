/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mailbox between a PF and its VFs, for VF drivers in a guest. What a message is,
 * is in uapi/linux/sriov_mbox.h; the side of the PF is in sriov_mbox.h.
 */
#ifndef _LINUX_SRIOV_MBOX_VF_H
#define _LINUX_SRIOV_MBOX_VF_H

#include <linux/pci.h>
#include <uapi/linux/sriov_mbox.h>

/**
 * struct vmbox_vf_ops - what a VF's driver wants to hear
 * @event: something has happened to the PF: what is in @event, since the last time.
 *	   May sleep. May be NULL.
 * @request: the PF asks, one thing at a time: QUIESCE, REMOVE_PENDING, or what both
 *	     drivers have agreed on. May sleep, and ask the PF something itself. @answer
 *	     is room for VMBOX_PAYLOAD_MAX bytes, which are 0. May be NULL.
 *	     Return: bytes of @answer, or a negative errno.
 */
struct vmbox_vf_ops {
	void (*event)(void *priv, const struct vmbox_event *event);
	int (*request)(void *priv, u16 op, const void *data, u16 len, void *answer);
};

struct vmbox_vf_client;

/**
 * vmbox_vf_register() - use the mailbox of a VF
 * @pdev: the VF
 * @ops: what to do
 * @priv: handed to @ops
 *
 * Events that came before are told as soon as this has returned, or a little earlier.
 *
 * Context: process, may sleep.
 * Return: a handle; ERR_PTR(-ENODEV): this device has no mailbox; -EBUSY: another
 * driver uses it; -ENOMEM.
 */
struct vmbox_vf_client *vmbox_vf_register(struct pci_dev *pdev, const struct vmbox_vf_ops *ops,
					  void *priv);

/**
 * vmbox_vf_unregister() - not any more
 * @client: the handle
 *
 * Nothing of its ops is called any more when this returns.
 *
 * Context: process, may sleep; not in one of these functions.
 */
void vmbox_vf_unregister(struct vmbox_vf_client *client);

/**
 * vmbox_vf_call() - ask the PF
 * @client: the handle
 * @op: what; VERSION and CAPS are the mailbox's own
 * @in: or NULL
 * @in_len: of @in
 * @out: room for the answer, or NULL
 * @out_room: how much
 * @timeout_ms: how long to wait, at most; that includes a mailbox that is just opening
 *
 * Context: process, sleeps.
 * Return: bytes of the answer; the negative of its status (-EHOSTDOWN: nobody answers
 * for the PF); -ENOTCONN: the mailbox did not open; -ECONNRESET: it began anew
 * meanwhile, and whether the PF has done it is not known; -ETIMEDOUT; -EMSGSIZE;
 * -EINVAL; -ENODEV: the VF is gone; -EINTR: the caller is being killed, and as with
 * -ECONNRESET.
 */
int vmbox_vf_call(struct vmbox_vf_client *client, u16 op, const void *in, u16 in_len,
		  void *out, u16 out_room, unsigned int timeout_ms);

#endif /* _LINUX_SRIOV_MBOX_VF_H */

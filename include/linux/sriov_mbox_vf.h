/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mailbox between a PF and its VFs, for VF drivers in a guest. What a message is,
 * is in uapi/linux/sriov_mbox.h; the side of the PF is in sriov_mbox.h.
 */
#ifndef _LINUX_SRIOV_MBOX_VF_H
#define _LINUX_SRIOV_MBOX_VF_H

#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <uapi/linux/sriov_mbox.h>

/**
 * struct vmbox_vf_status - how a VF's mailbox is
 * @open: a version was agreed on, and the PF can be asked
 * @gen: generation, where it is open
 * @features: VMBOX_FEATURE_* that were agreed on
 * @pf_name: who answers for the PF, "" for nobody
 */
struct vmbox_vf_status {
	bool open;
	u16 gen;
	u64 features;
	char pf_name[16];
};

struct vmbox_vf_client;

/**
 * struct vmbox_vf_ops - what a VF's driver wants to hear
 * @event: something has happened to the PF: what is in @event, since the last time.
 *	   May sleep. May be NULL.
 * @request: the PF asks, one thing at a time: QUIESCE, REMOVE_PENDING, or what both
 *	     drivers have agreed on. May sleep, and ask the PF something itself. @answer
 *	     is room for VMBOX_PAYLOAD_MAX bytes, which are 0. May be NULL.
 *	     Return: bytes of @answer, or a negative errno.
 * @status: the mailbox has opened, is not open any more, or is open in another generation:
 *	    in each of them what the PF was told in the last one has to be said again. What
 *	    lasts no longer than it takes to tell it is left out. It may come before
 *	    vmbox_vf_register() has returned the client. May sleep. May be NULL.
 */
struct vmbox_vf_ops {
	void (*event)(void *priv, const struct vmbox_event *event);
	int (*request)(void *priv, u16 op, const void *data, u16 len, void *answer);
	void (*status)(void *priv, struct vmbox_vf_client *client,
		       const struct vmbox_vf_status *status);
};

/**
 * struct vmbox_vf_async - a question that is asked without waiting
 * @op: what; VERSION and CAPS are the mailbox's own
 * @in_len: of @in
 * @out_room: of @out
 * @timeout_ms: until @done, at most; that includes a mailbox that is just opening
 * @in: or NULL
 * @out: room for the answer, or NULL
 * @done: called once, from a work, with what vmbox_vf_call() returns; also -ECANCELED: the
 *	  driver has unregistered. May sleep, ask again with the same structure, and free it.
 *	  Must not unregister.
 *
 * It, @in and @out stay as they are until @done. The rest is the mailbox's.
 */
struct vmbox_vf_async {
	u16 op;
	u16 in_len;
	u16 out_room;
	unsigned int timeout_ms;
	const void *in;
	void *out;
	void (*done)(struct vmbox_vf_async *async, int result);
	/* private: */
	struct list_head node;
	unsigned long deadline;
	void *sent;
	int result;
};

struct vmbox_vf_api;

/**
 * struct vmbox_vf_watch - a driver waits for the mailbox of its device
 * @pdev: the device
 * @came: called once, when it has one; with a lock held, so not for long. May use
 *	  vmbox_vf_register(), and not vmbox_vf_watch_stop().
 *
 * The rest is the mailbox's.
 */
struct vmbox_vf_watch {
	struct pci_dev *pdev;
	void (*came)(struct vmbox_vf_watch *watch);
	/* private: */
	struct list_head node;
	bool told;
	struct mutex lock;	/* protects @api */
	const struct vmbox_vf_api *api;
	struct notifier_block modules;
};

/**
 * struct vmbox_vf_api - the functions of sriov-mbox-vf in one symbol
 * @size: of this structure, which grows at its end
 * @enroll: vmbox_vf_register()
 * @leave: vmbox_vf_unregister()
 * @call: vmbox_vf_call()
 * @call_async: vmbox_vf_call_async()
 * @watch_add: for vmbox_vf_watch_start()
 * @watch_del: for vmbox_vf_watch_stop()
 *
 * For drivers that load without sriov-mbox-vf; they do not use it but by the functions
 * below.
 */
struct vmbox_vf_api {
	size_t size;
	struct vmbox_vf_client *(*enroll)(struct pci_dev *pdev, const struct vmbox_vf_ops *ops,
					  void *priv);
	void (*leave)(struct vmbox_vf_client *client);
	int (*call)(struct vmbox_vf_client *client, u16 op, const void *in, u16 in_len,
		    void *out, u16 out_room, unsigned int timeout_ms);
	int (*call_async)(struct vmbox_vf_client *client, struct vmbox_vf_async *async);
	void (*watch_add)(struct vmbox_vf_watch *watch);
	void (*watch_del)(struct vmbox_vf_watch *watch);
};

extern const struct vmbox_vf_api vmbox_vf_api;

/*
 * With CONFIG_SRIOV_MBOX_VF, which a driver outside of the kernel's tree gets by "ccflags-y +=
 * -DCONFIG_SRIOV_MBOX_VF_MODULE", a driver calls the functions of the module, and loads with
 * it only. Without, it calls functions of the same names below that find the module when it
 * is there, so it builds without Module.symvers and loads without sriov-mbox-vf; then
 * vmbox_vf_register() returns -EOPNOTSUPP. While it is registered the module stays. With
 * VMBOX_OPTIONAL defined it is so in any case.
 */
#if IS_REACHABLE(CONFIG_SRIOV_MBOX_VF) && !defined(VMBOX_OPTIONAL)

/**
 * vmbox_vf_register() - use the mailbox of a VF
 * @pdev: the VF
 * @ops: what to do
 * @priv: handed to @ops
 *
 * Events that came before are told as soon as this has returned, or a little earlier.
 *
 * Context: process, may sleep.
 * Return: a handle; ERR_PTR(-ENODEV): this device has no mailbox; -EOPNOTSUPP: there is no
 * module sriov-mbox-vf; -EBUSY: another driver uses it; -ENOMEM.
 */
struct vmbox_vf_client *vmbox_vf_register(struct pci_dev *pdev, const struct vmbox_vf_ops *ops,
					  void *priv);

/**
 * vmbox_vf_unregister() - not any more
 * @client: the handle
 *
 * Nothing of its ops is called any more when this returns, and each struct vmbox_vf_async is
 * done with.
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

/**
 * vmbox_vf_call_async() - ask the PF without waiting
 * @client: the handle
 * @async: the question, filled in
 *
 * Questions are asked in the order of these calls.
 *
 * Context: any, under a spinlock or in an interrupt as well; not NMI.
 * Return: 0: @async->done will be called; -EINVAL; -EMSGSIZE; -ENODEV: the VF is gone, or
 * the driver is unregistering.
 */
int vmbox_vf_call_async(struct vmbox_vf_client *client, struct vmbox_vf_async *async);

/* For the two below. */
void vmbox_vf_watch_add(struct vmbox_vf_watch *watch);
void vmbox_vf_watch_del(struct vmbox_vf_watch *watch);

/**
 * vmbox_vf_watch_start() - be told when a device has a mailbox
 * @watch: @watch->pdev and @watch->came filled in, the rest 0
 *
 * At once when it has one already. Later when the device has one by then: a driver that
 * was there before sriov-mbox-vf hears of it when that is loaded. That a mailbox is not
 * open any more vmbox_vf_ops.status tells; that it goes for good is the end of the device.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
static inline int vmbox_vf_watch_start(struct vmbox_vf_watch *watch)
{
	vmbox_vf_watch_add(watch);
	return 0;
}

/**
 * vmbox_vf_watch_stop() - not any more
 * @watch: the same; not called any more when this returns
 *
 * Context: process, may sleep; not in @watch->came.
 */
static inline void vmbox_vf_watch_stop(struct vmbox_vf_watch *watch)
{
	vmbox_vf_watch_del(watch);
}

#else /* !CONFIG_SRIOV_MBOX_VF */

/* A handle begins with the functions that belong to it. */
static inline const struct vmbox_vf_api *vmbox_vf_api_of(struct vmbox_vf_client *client)
{
	return *(const struct vmbox_vf_api **)client;
}

static inline struct vmbox_vf_client *
vmbox_vf_register(struct pci_dev *pdev, const struct vmbox_vf_ops *ops, void *priv)
{
	const struct vmbox_vf_api *api = symbol_get(vmbox_vf_api);
	struct vmbox_vf_client *client;

	if (!api)
		return ERR_PTR(-EOPNOTSUPP);
	client = api->enroll(pdev, ops, priv);
	if (IS_ERR(client))
		symbol_put(vmbox_vf_api);
	return client;
}

static inline void vmbox_vf_unregister(struct vmbox_vf_client *client)
{
	vmbox_vf_api_of(client)->leave(client);
	symbol_put(vmbox_vf_api);
}

static inline int vmbox_vf_call(struct vmbox_vf_client *client, u16 op, const void *in,
				u16 in_len, void *out, u16 out_room, unsigned int timeout_ms)
{
	return vmbox_vf_api_of(client)->call(client, op, in, in_len, out, out_room, timeout_ms);
}

static inline int vmbox_vf_call_async(struct vmbox_vf_client *client,
				      struct vmbox_vf_async *async)
{
	return vmbox_vf_api_of(client)->call_async(client, async);
}

static inline void vmbox_vf_watch_try(struct vmbox_vf_watch *watch)
{
	mutex_lock(&watch->lock);
	if (!watch->api) {
		watch->api = symbol_get(vmbox_vf_api);
		if (watch->api)
			watch->api->watch_add(watch);
	}
	mutex_unlock(&watch->lock);
}

static inline int vmbox_vf_watch_modules(struct notifier_block *nb, unsigned long action,
					 void *data)
{
	const struct module *module = data;

	if (action == MODULE_STATE_LIVE && !strcmp(module->name, "sriov_mbox_vf"))
		vmbox_vf_watch_try(container_of(nb, struct vmbox_vf_watch, modules));
	return NOTIFY_DONE;
}

static inline int vmbox_vf_watch_start(struct vmbox_vf_watch *watch)
{
	int err;

	mutex_init(&watch->lock);
	watch->modules.notifier_call = vmbox_vf_watch_modules;
	err = register_module_notifier(&watch->modules);
	if (!err)
		vmbox_vf_watch_try(watch);
	return err;
}

static inline void vmbox_vf_watch_stop(struct vmbox_vf_watch *watch)
{
	unregister_module_notifier(&watch->modules);
	if (!watch->api)
		return;
	watch->api->watch_del(watch);
	watch->api = NULL;
	symbol_put(vmbox_vf_api);
}

#endif /* CONFIG_SRIOV_MBOX_VF */

#endif /* _LINUX_SRIOV_MBOX_VF_H */

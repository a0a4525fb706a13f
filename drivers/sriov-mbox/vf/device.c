// SPDX-License-Identifier: GPL-2.0
/* Which devices have a mailbox, see vf.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>

#include "vf.h"

static LIST_HEAD(devices);
static DEFINE_MUTEX(devices_lock);	/* see vf.h */

static void vf_free(struct kref *ref)
{
	struct vmbox_vf *vf = container_of(ref, struct vmbox_vf, ref);

	/* vmbox_vf_stop() has emptied them, and nothing is added after that. */
	WARN_ON(!list_empty(&vf->replies) || !list_empty(&vf->requests) ||
		!list_empty(&vf->calls) || !list_empty(&vf->asyncs) ||
		!list_empty(&vf->async_new) || !list_empty(&vf->async_done));
	pci_dev_put(vf->pdev);
	kvfree(vf->pieces);
	kfree(vf->buf);
	kfree(vf);
}

void vmbox_vf_put(struct vmbox_vf *vf)
{
	kref_put(&vf->ref, vf_free);
}

struct vmbox_vf *vmbox_vf_find(struct pci_dev *pdev)
{
	struct vmbox_vf *vf, *found = NULL;

	mutex_lock(&devices_lock);
	list_for_each_entry(vf, &devices, node) {
		if (vf->pdev != pdev)
			continue;
		kref_get(&vf->ref);
		found = vf;
		break;
	}
	mutex_unlock(&devices_lock);
	return found;
}

/* Return: where the capability is, or 0. */
static u16 find_capability(struct pci_dev *pdev)
{
	u32 signature;
	u8 len, pos;

	for (pos = pci_find_capability(pdev, PCI_CAP_ID_VNDR); pos;
	     pos = pci_find_next_capability(pdev, pos, PCI_CAP_ID_VNDR)) {
		if (pci_read_config_byte(pdev, pos + PCI_CAP_FLAGS, &len) ||
		    len < VMBOX_REGS_LEN ||
		    pci_read_config_dword(pdev, pos + VMBOX_REG_SIGNATURE, &signature))
			continue;
		if (signature == VMBOX_SIGNATURE)
			return pos;
	}
	return 0;
}

static struct vmbox_vf *vf_create(struct pci_dev *pdev, u16 cap)
{
	struct vmbox_vf *vf = kzalloc(sizeof(*vf), GFP_KERNEL);

	if (!vf)
		return NULL;
	vf->buf = kzalloc(VMBOX_PAYLOAD_MAX, GFP_KERNEL);
	vf->pieces = kvzalloc(sizeof(*vf->pieces), GFP_KERNEL);
	kref_init(&vf->ref);
	mutex_init(&vf->clients);
	mutex_init(&vf->lock);
	INIT_LIST_HEAD(&vf->replies);
	INIT_LIST_HEAD(&vf->requests);
	INIT_LIST_HEAD(&vf->calls);
	INIT_LIST_HEAD(&vf->asyncs);
	spin_lock_init(&vf->async_lock);
	vf->async_closed = true;
	INIT_LIST_HEAD(&vf->async_new);
	INIT_LIST_HEAD(&vf->async_done);
	INIT_WORK(&vf->async_work, vmbox_vf_async_work);
	init_waitqueue_head(&vf->changed);
	INIT_DELAYED_WORK(&vf->work, vmbox_vf_work);
	INIT_WORK(&vf->deliver, vmbox_vf_deliver);
	vf->pdev = pci_dev_get(pdev);
	vf->cap = cap;
	vf->proto.side = VMBOX_SIDE_VF;
	if (vf->buf && vf->pieces && !vmbox_vf_node_add(vf))
		return vf;
	vmbox_vf_put(vf);
	return NULL;
}

static void added(struct pci_dev *pdev)
{
	u16 cap = find_capability(pdev);
	struct vmbox_vf *vf;

	if (!cap)
		return;
	vf = vmbox_vf_find(pdev);
	if (vf) {
		vmbox_vf_put(vf);
		return;
	}
	vf = vf_create(pdev, cap);
	if (!vf) {
		pci_err(pdev, "%s: no memory for its mailbox\n", KBUILD_MODNAME);
		return;
	}
	mutex_lock(&devices_lock);
	list_add_tail(&vf->node, &devices);
	mutex_unlock(&devices_lock);
	pci_info(pdev, "%s: mailbox at %02x\n", KBUILD_MODNAME, cap);
	mutex_lock(&vf->lock);
	vmbox_vf_kick(vf);
	mutex_unlock(&vf->lock);
	vmbox_vf_watched(pdev);
}

static void end(struct vmbox_vf *vf)
{
	vmbox_vf_node_remove(vf);
	vmbox_vf_stop(vf);
	vmbox_vf_node_gone(vf);
	vmbox_vf_put(vf);
}

static void removed(struct pci_dev *pdev)
{
	struct vmbox_vf *vf = vmbox_vf_find(pdev);

	if (!vf)
		return;
	mutex_lock(&devices_lock);
	list_del(&vf->node);
	mutex_unlock(&devices_lock);
	end(vf);
	vmbox_vf_put(vf);
}

/* After its driver has gone, which may still have had something to say. */
static int bus_event(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action == BUS_NOTIFY_ADD_DEVICE)
		added(to_pci_dev(data));
	else if (action == BUS_NOTIFY_REMOVED_DEVICE)
		removed(to_pci_dev(data));
	return NOTIFY_DONE;
}

static struct notifier_block bus_listener = { .notifier_call = bus_event };

int vmbox_vf_devices_init(void)
{
	struct pci_dev *pdev = NULL;
	int err;

	err = bus_register_notifier(&pci_bus_type, &bus_listener);
	if (err)
		return err;
	/* Nothing is added or removed while we look: one of both ways sees each. */
	pci_lock_rescan_remove();
	for_each_pci_dev(pdev)
		added(pdev);
	pci_unlock_rescan_remove();
	return 0;
}

void vmbox_vf_devices_exit(void)
{
	struct vmbox_vf *vf, *next;

	bus_unregister_notifier(&pci_bus_type, &bus_listener);
	list_for_each_entry_safe(vf, next, &devices, node) {
		list_del(&vf->node);
		end(vf);
	}
}

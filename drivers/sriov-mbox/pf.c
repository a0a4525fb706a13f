// SPDX-License-Identifier: GPL-2.0
/* PFs, their VFs and their users, see pf.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/export.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "chan.h"
#include "node.h"
#include "pf.h"
#include "sysfs.h"

static DEFINE_XARRAY(pfs);		/* by address of the pci_dev */
static DEFINE_MUTEX(pfs_lock);		/* see chan.h */
static BLOCKING_NOTIFIER_HEAD(listeners);

struct vmbox_user *vmbox_pf_user(struct vmbox_pf *pf)
{
	int rank = VMBOX_RANKS;

	while (rank--)
		if (pf->users[rank])
			return pf->users[rank];
	return NULL;
}

void vmbox_user_enter(struct vmbox_user *user)
{
	atomic_inc(&user->calls);
}

void vmbox_user_leave(struct vmbox_pf *pf, struct vmbox_user *user)
{
	if (atomic_dec_and_test(&user->calls))
		wake_up_all(&pf->idle);
}

bool vmbox_user_asked(struct vmbox_user *user)
{
	bool asked;

	down_read(&user->pf->sem);
	asked = vmbox_pf_user(user->pf) == user;
	up_read(&user->pf->sem);
	return asked;
}

void vmbox_pf_vfs(struct vmbox_pf *pf, struct vmbox_info *info)
{
	struct vmbox_chan *chan;
	unsigned long index;

	xa_for_each(&pf->chans, index, chan) {
		info->vf_mask[index / 64] |= BIT_ULL(index % 64);
		info->vfs++;
	}
}

void vmbox_pf_get(struct vmbox_pf *pf)
{
	kref_get(&pf->ref);
}

static void pf_free(struct kref *ref)
{
	struct vmbox_pf *pf = container_of(ref, struct vmbox_pf, ref);

	xa_destroy(&pf->chans);
	pci_dev_put(pf->pdev);
	kfree(pf);
}

void vmbox_pf_put(struct vmbox_pf *pf)
{
	kref_put(&pf->ref, pf_free);
}

struct vmbox_pf *vmbox_pf_of(struct pci_dev *pdev)
{
	struct vmbox_pf *pf;

	mutex_lock(&pfs_lock);
	pf = xa_load(&pfs, (unsigned long)pdev);
	if (pf)
		vmbox_pf_get(pf);
	mutex_unlock(&pfs_lock);
	return pf;
}

struct vmbox_pf *vmbox_pf_next(unsigned long *key)
{
	struct vmbox_pf *pf;

	mutex_lock(&pfs_lock);
	pf = *key ? xa_find_after(&pfs, key, ULONG_MAX, XA_PRESENT) :
		    xa_find(&pfs, key, ULONG_MAX, XA_PRESENT);
	if (pf)
		vmbox_pf_get(pf);
	mutex_unlock(&pfs_lock);
	return pf;
}

struct vmbox_chan *vmbox_pf_chan(struct vmbox_pf *pf, unsigned int index)
{
	struct vmbox_chan *chan;
	unsigned long flags;

	/* vmbox_tell() comes here from interrupts, too. */
	xa_lock_irqsave(&pf->chans, flags);
	chan = xa_load(&pf->chans, index);
	if (chan)
		vmbox_chan_get(chan);
	xa_unlock_irqrestore(&pf->chans, flags);

	return chan;
}

struct vmbox_chan *vmbox_pf_chan_next(struct vmbox_pf *pf, unsigned long *index)
{
	struct vmbox_chan *chan;

	/* xa_find() takes its lock of its own; the reference needs ours around both. */
	do {
		if (!xa_find(&pf->chans, index, VMBOX_VFS_MAX - 1, XA_PRESENT))
			return NULL;
		chan = vmbox_pf_chan(pf, (*index)++);
	} while (!chan);
	return chan;
}

struct vmbox_chan *vmbox_chan_of(struct pci_dev *vf)
{
	struct vmbox_chan *chan = NULL;
	struct vmbox_pf *pf;
	int index;

	index = pci_iov_vf_id(vf);
	if (index < 0)
		return NULL;
	pf = vmbox_pf_of(pci_physfn(vf));
	if (pf) {
		chan = vmbox_pf_chan(pf, index);
		vmbox_pf_put(pf);
	}
	return chan;
}
EXPORT_SYMBOL_GPL(vmbox_chan_of);

/* Every channel begins anew: who answers has changed. pf->sem held for writing. */
static void users_changed(struct vmbox_pf *pf)
{
	bool there = vmbox_pf_user(pf);
	u64 events = there ? VMBOX_EVENT_PF_BACK : VMBOX_EVENT_PF_GONE;
	struct vmbox_chan *chan;
	unsigned long i = 0;

	while ((chan = vmbox_pf_chan_next(pf, &i))) {
		vmbox_chan_pf(chan, there, events);
		vmbox_chan_put(chan);
	}
}

int vmbox_user_add(struct vmbox_user *user, struct vmbox_pf *pf)
{
	int err = 0;

	down_write(&pf->sem);
	if (pf->gone)
		err = -ENODEV;
	else if (pf->users[user->rank])
		err = -EBUSY;
	if (!err) {
		vmbox_pf_get(pf);
		user->pf = pf;
		pf->users[user->rank] = user;
	}
	if (!err && vmbox_pf_user(pf) == user)
		users_changed(pf);
	up_write(&pf->sem);
	return err;
}

void vmbox_user_remove(struct vmbox_user *user)
{
	struct vmbox_pf *pf = user->pf;
	bool asked;

	down_write(&pf->sem);
	asked = vmbox_pf_user(pf) == user;
	pf->users[user->rank] = NULL;
	if (asked)
		users_changed(pf);
	up_write(&pf->sem);

	/* What was called before ends; its result is of a generation that has ended. */
	wait_event(pf->idle, !atomic_read(&user->calls));
	vmbox_pf_put(pf);
}

void vmbox_pf_tell(struct vmbox_pf *pf, u64 events, u64 blocks)
{
	struct vmbox_chan *chan;
	unsigned long i = 0;

	while ((chan = vmbox_pf_chan_next(pf, &i))) {
		vmbox_chan_tell(chan, events, blocks);
		vmbox_chan_put(chan);
	}
}

void vmbox_notify(struct vmbox_chan *chan, enum vmbox_notice notice)
{
	struct vmbox_notice_data data = {
		.pf = chan->pf->pdev,
		.index = chan->index,
	};

	mutex_lock(&chan->lock);
	data.vf = chan->vf ? pci_dev_get(chan->vf) : NULL;
	data.state = chan->state;
	mutex_unlock(&chan->lock);
	blocking_notifier_call_chain(&listeners, notice, &data);
	pci_dev_put(data.vf);
}

int vmbox_notifier_register(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&listeners, nb);
}
EXPORT_SYMBOL_GPL(vmbox_notifier_register);

int vmbox_notifier_unregister(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&listeners, nb);
}
EXPORT_SYMBOL_GPL(vmbox_notifier_unregister);

/* Return: 0, also when it is there already. */
static int pf_create(struct pci_dev *pdev)
{
	struct vmbox_pf *pf = kzalloc(sizeof(*pf), GFP_KERNEL);
	int err;

	if (!pf)
		return -ENOMEM;
	kref_init(&pf->ref);
	init_rwsem(&pf->sem);
	init_waitqueue_head(&pf->wait);
	init_waitqueue_head(&pf->idle);
	xa_init_flags(&pf->chans, XA_FLAGS_LOCK_IRQ);
	pf->pdev = pci_dev_get(pdev);
	mutex_lock(&pfs_lock);
	err = xa_insert(&pfs, (unsigned long)pdev, pf, GFP_KERNEL);
	mutex_unlock(&pfs_lock);
	if (err) {
		vmbox_pf_put(pf);
		return err == -EBUSY ? 0 : err;
	}
	pf->node = vmbox_node_create(pf, NULL);
	vmbox_sysfs_add(pdev);
	return 0;
}

/* The notifier is called for one device at a time only where that matters: its own. */
static void pf_added(struct pci_dev *pdev)
{
	struct vmbox_pf *pf = vmbox_pf_of(pdev);

	if (pf)
		vmbox_pf_put(pf);
	else if (pf_create(pdev))
		pci_err(pdev, "%s: no memory: its VFs get no mailboxes\n", KBUILD_MODNAME);
}

static void vf_added(struct pci_dev *vf)
{
	struct pci_dev *pdev = pci_physfn(vf);
	int index = pci_iov_vf_id(vf);
	struct vmbox_chan *chan;
	struct vmbox_pf *pf;
	int err;

	if (index < 0 || index >= VMBOX_VFS_MAX)
		return;
	pf_added(pdev);
	pf = vmbox_pf_of(pdev);
	if (!pf)
		return;
	chan = vmbox_chan_create(pf, index);
	if (chan) {
		chan->vf = pci_dev_get(vf);
		vmbox_chan_disable(chan, vmbox_managed_disabled(pf, index));
		/* Between these two nobody comes or goes. */
		down_read(&pf->sem);
		chan->pf_there = vmbox_pf_user(pf);
		err = xa_insert_irq(&pf->chans, index, chan, GFP_KERNEL);
		up_read(&pf->sem);
		if (err) {
			vmbox_chan_end(chan);
			vmbox_chan_put(chan);
		} else {
			chan->node = vmbox_node_create(pf, chan);
			vmbox_sysfs_add(vf);
			vmbox_notify(chan, VMBOX_NOTICE_ADDED);
			vmbox_chan_notice(chan);
		}
	}
	vmbox_pf_put(pf);
}

static void vf_removed(struct vmbox_pf *pf, unsigned int index)
{
	struct vmbox_chan *chan = xa_erase_irq(&pf->chans, index);
	struct pci_dev *vf;

	if (!chan)
		return;
	vf = pci_dev_get(chan->vf);
	/* First who waits: to take a node away is to wait for somebody else. */
	vmbox_chan_end(chan);
	vmbox_vf_let_drivers_come(vf);
	vmbox_sysfs_remove(vf);
	pci_dev_put(vf);
	vmbox_node_remove(chan->node);
	vmbox_notify(chan, VMBOX_NOTICE_REMOVED);
	vmbox_chan_put(chan);
}

static void pf_removed(struct pci_dev *pdev)
{
	struct vmbox_pf *pf;
	unsigned int i;

	mutex_lock(&pfs_lock);
	pf = xa_erase(&pfs, (unsigned long)pdev);
	mutex_unlock(&pfs_lock);
	if (!pf)
		return;
	vmbox_managed_end(pf);
	down_write(&pf->sem);
	pf->gone = true;
	up_write(&pf->sem);
	wake_up_all(&pf->wait);
	vmbox_sysfs_remove(pdev);
	vmbox_node_remove(pf->node);
	for (i = 0; i < VMBOX_VFS_MAX; i++)
		vf_removed(pf, i);
	vmbox_pf_put(pf);
}

static void vf_changed(struct pci_dev *vf, enum vmbox_notice notice)
{
	struct vmbox_chan *chan = vmbox_chan_of(vf);

	if (!chan)
		return;
	vmbox_notify(chan, notice);
	vmbox_chan_put(chan);
}

static void device_gone(struct pci_dev *pdev)
{
	struct vmbox_pf *pf;

	if (!pdev->is_virtfn)
		return pf_removed(pdev);
	pf = vmbox_pf_of(pci_physfn(pdev));
	if (!pf)
		return;
	vf_removed(pf, pci_iov_vf_id(pdev));
	vmbox_pf_put(pf);
}

static int bus_event(struct notifier_block *nb, unsigned long action, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	if (!pdev->is_physfn && !pdev->is_virtfn)
		return NOTIFY_DONE;
	switch (action) {
	case BUS_NOTIFY_ADD_DEVICE:
		pdev->is_virtfn ? vf_added(pdev) : pf_added(pdev);
		break;
	case BUS_NOTIFY_DEL_DEVICE:
		/* It has no driver any more, and is in its IOMMU group still. */
		vmbox_vf_let_programs_come(pdev);
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		device_gone(pdev);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		if (pdev->is_virtfn)
			vf_changed(pdev, VMBOX_NOTICE_BOUND);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		if (pdev->is_virtfn)
			vf_changed(pdev, VMBOX_NOTICE_UNBOUND);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block bus_listener = { .notifier_call = bus_event };

/* A PF that was there before us, and its VFs: with its lock held they stay. */
static void found(struct pci_dev *pdev)
{
	struct pci_dev *vf = NULL;

	device_lock(&pdev->dev);
	pf_added(pdev);
	for_each_pci_dev(vf)
		if (vf->is_virtfn && pci_physfn(vf) == pdev)
			vf_added(vf);
	device_unlock(&pdev->dev);
}

int vmbox_pfs_init(void)
{
	struct pci_dev *pdev = NULL;
	int err;

	err = bus_register_notifier(&pci_bus_type, &bus_listener);
	if (err)
		return err;
	for_each_pci_dev(pdev)
		if (pdev->is_physfn)
			found(pdev);
	return 0;
}

void vmbox_pfs_exit(void)
{
	unsigned long key = 0;
	struct vmbox_pf *pf;

	bus_unregister_notifier(&pci_bus_type, &bus_listener);
	while ((pf = vmbox_pf_next(&key))) {
		device_lock(&pf->pdev->dev);
		pf_removed(pf->pdev);
		device_unlock(&pf->pdev->dev);
		vmbox_pf_put(pf);
	}
	xa_destroy(&pfs);
}

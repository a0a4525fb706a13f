// SPDX-License-Identifier: GPL-2.0
/* Changes of a PF's VFs, see manager.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/slab.h>

#include "chan.h"
#include "main.h"
#include "manager.h"
#include "netlink.h"
#include "pf.h"

static DEFINE_MUTEX(managed_lock);	/* every vmbox_pf.managed, see chan.h */
static u64 last_number;

void vmbox_managed_get(struct vmbox_pf *pf, struct vmbox_managed *managed)
{
	mutex_lock(&managed_lock);
	*managed = pf->managed;
	mutex_unlock(&managed_lock);
}

bool vmbox_managed_disabled(struct vmbox_pf *pf, unsigned int index)
{
	bool disabled;

	mutex_lock(&managed_lock);
	disabled = index < VMBOX_VFS_MAX && test_bit(index, pf->managed.disabled);
	mutex_unlock(&managed_lock);
	return disabled;
}

void vmbox_managed_disable(struct vmbox_pf *pf, unsigned int index, bool on)
{
	mutex_lock(&managed_lock);
	__assign_bit(index, pf->managed.disabled, on);
	mutex_unlock(&managed_lock);
}

void vmbox_managed_end(struct vmbox_pf *pf)
{
	mutex_lock(&managed_lock);
	pf->managed.ended = true;
	mutex_unlock(&managed_lock);
}

int vmbox_change_failed(struct vmbox_change *change, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(change->reason, sizeof(change->reason), fmt, args);
	va_end(args);
	return err;
}

static int run(struct vmbox_change *change)
{
	struct vmbox_chan *chan;
	int err;

	switch (change->op) {
	case SRIOV_MBOX_OP_SET_NUM:
		return vmbox_change_number(change);
	case SRIOV_MBOX_OP_QUIESCE:
		err = vmbox_change_ask(change, VMBOX_OP_QUIESCE);
		if (err)
			vmbox_change_cancel(change, VMBOX_OP_QUIESCE);
		return err;
	case SRIOV_MBOX_OP_RESUME:
		vmbox_change_cancel(change, VMBOX_OP_QUIESCE);
		return 0;
	default:
		chan = vmbox_pf_chan(change->pf, change->vf);
		if (!chan)
			return vmbox_change_failed(change, -ENODEV, "the VF has gone");
		err = vmbox_vf_change(change, chan);
		vmbox_chan_put(chan);
		return err;
	}
}

static void tell_change(struct vmbox_change *change, enum sriov_mbox_event event, int result)
{
	struct vmbox_told told = {
		.event = event,
		.pf = change->pf->pdev,
		.change = change,
		.has_index = change->vf != VMBOX_ALL_VFS,
		.index = change->vf,
		.has_num = true,
		.num = event == SRIOV_MBOX_EVENT_DONE ? pci_num_vf(change->pf->pdev) : change->num,
		.has_result = event == SRIOV_MBOX_EVENT_DONE,
		.result = result,
		.reason = change->reason[0] ? change->reason : NULL,
	};

	vmbox_netlink_tell(&told);
}

/* What is to be known of a change that did work, beside its events. */
static void note_end(struct vmbox_change *change, int err)
{
	const char *note = change->forced[0] ? change->forced : change->lost;

	if (err || !note[0])
		return;
	strscpy(change->reason, note, sizeof(change->reason));
	pci_info(change->pf->pdev, "change %llu of its VFs: %s\n", change->number, note);
}

static void change_work(struct work_struct *work)
{
	struct vmbox_change *change = container_of(work, struct vmbox_change, work);
	struct vmbox_managed *managed = &change->pf->managed;
	int err;

	tell_change(change, SRIOV_MBOX_EVENT_STARTED, 0);
	err = run(change);
	note_end(change, err);
	if (err)
		pci_warn(change->pf->pdev, "change %llu of its VFs failed: %d: %s\n",
			 change->number, err, change->reason);
	mutex_lock(&managed_lock);
	managed->running = false;
	managed->result = err;
	strscpy(managed->reason, change->reason, sizeof(managed->reason));
	mutex_unlock(&managed_lock);
	tell_change(change, SRIOV_MBOX_EVENT_DONE, err);
	vmbox_pf_put(change->pf);
	kfree(change);
}

/* What is wrong with it can be seen before it begins. */
static int check(struct vmbox_pf *pf, const struct vmbox_change *want)
{
	struct vmbox_chan *chan;

	if (want->vf != VMBOX_ALL_VFS) {
		chan = vmbox_pf_chan(pf, want->vf);
		if (!chan)
			return -ENODEV;
		vmbox_chan_put(chan);
	}
	if (want->op != SRIOV_MBOX_OP_SET_NUM)
		return 0;
	if (!vmbox_can_set_number(pf->pdev))
		return -EOPNOTSUPP;
	return want->num > pci_sriov_get_totalvfs(pf->pdev) ? -ERANGE : 0;
}

int vmbox_change_start(struct vmbox_pf *pf, const struct vmbox_change *want, u64 *number)
{
	struct vmbox_change *change;
	int err;

	err = check(pf, want);
	if (err)
		return err;
	change = kmemdup(want, sizeof(*want), GFP_KERNEL);
	if (!change)
		return -ENOMEM;
	/* Under the lock until it is queued: what ends waits for what is in the queue. */
	mutex_lock(&managed_lock);
	if (pf->managed.ended || pf->managed.running)
		goto refuse;
	change->number = ++last_number;
	pf->managed.running = true;
	pf->managed.number = change->number;
	pf->managed.op = change->op;
	pf->managed.vf = change->vf;
	pf->managed.result = 0;
	pf->managed.reason[0] = '\0';

	*number = change->number;
	vmbox_pf_get(pf);
	change->pf = pf;
	INIT_WORK(&change->work, change_work);
	queue_work(vmbox_wq, &change->work);
	mutex_unlock(&managed_lock);
	return 0;

refuse:
	err = pf->managed.ended ? -ENODEV : -EBUSY;
	mutex_unlock(&managed_lock);
	kfree(change);
	return err;
}

/* Nobody gets a VF that is disabled, or that a change is about just now. */
static int guard_check(struct pt_guard *guard, struct pci_dev *pdev, const struct pt_owner *owner,
		       char *why)
{
	int index = pdev->is_virtfn ? pci_iov_vf_id(pdev) : -1;
	struct vmbox_managed *managed;
	struct vmbox_pf *pf;
	int err = 0;

	pf = vmbox_pf_of(pci_physfn(pdev));
	if (!pf)
		return 0;
	managed = &pf->managed;
	mutex_lock(&managed_lock);
	if (index >= 0 && index < VMBOX_VFS_MAX && test_bit(index, managed->disabled)) {
		scnprintf(why, PT_WHY_MAX, "VF %d of %s is disabled", index, pci_name(pf->pdev));
		err = -EPERM;
	} else if (managed->running && (managed->vf == VMBOX_ALL_VFS || managed->vf == index)) {
		scnprintf(why, PT_WHY_MAX, "change %llu of the VFs of %s has not ended",
			  managed->number, pci_name(pf->pdev));
		err = -EBUSY;
	}
	mutex_unlock(&managed_lock);
	vmbox_pf_put(pf);
	return err;
}

static void stay_disabled(struct pci_dev *pdev, struct pci_dev *vf, unsigned int index)
{
	struct vmbox_pf *pf = vmbox_pf_of(pdev);
	int err;

	if (!pf)
		return;
	if (vmbox_managed_disabled(pf, index)) {
		vmbox_vf_keep_drivers_away(vf);
		err = vmbox_vf_keep_programs_away(vf);
		if (err)
			pci_warn(vf, "is disabled, but not for VFIO: its IOMMU group cannot be claimed: %pe\n",
				 ERR_PTR(err));
	}
	vmbox_pf_put(pf);
}

static struct pt_guard our_guard = { .name = "vf-manager", .check = guard_check };

static int notice(struct notifier_block *nb, unsigned long action, void *arg)
{
	static const enum sriov_mbox_event events[] = {
		[VMBOX_NOTICE_ADDED] = SRIOV_MBOX_EVENT_VF_ADDED,
		[VMBOX_NOTICE_REMOVED] = SRIOV_MBOX_EVENT_VF_REMOVED,
		[VMBOX_NOTICE_BOUND] = SRIOV_MBOX_EVENT_VF_BOUND,
		[VMBOX_NOTICE_UNBOUND] = SRIOV_MBOX_EVENT_VF_UNBOUND,
		[VMBOX_NOTICE_STATE] = SRIOV_MBOX_EVENT_VF_STATE,
	};
	const struct vmbox_notice_data *data = arg;
	struct vmbox_told told = {
		.pf = data->pf,
		.has_index = true,
		.index = data->index,
		.vf = data->vf,
		.has_state = action == VMBOX_NOTICE_STATE,
		.state = data->state,
	};

	if (action >= ARRAY_SIZE(events))
		return NOTIFY_DONE;
	if (action == VMBOX_NOTICE_ADDED && data->vf)
		stay_disabled(data->pf, data->vf, data->index);
	told.event = events[action];
	/* Its lock is held while this is told. */
	if (action == VMBOX_NOTICE_BOUND && data->vf && data->vf->dev.driver)
		told.driver = data->vf->dev.driver->name;
	vmbox_netlink_tell(&told);
	return NOTIFY_DONE;
}

static struct notifier_block listener = { .notifier_call = notice };

int vmbox_manager_init(void)
{
	static_assert((int)SRIOV_MBOX_STATE_QUARANTINED == (int)VMBOX_VF_QUARANTINED);

	pt_guard_register(&our_guard);
	return vmbox_notifier_register(&listener);
}

void vmbox_manager_exit(void)
{
	/* Every PF has ended: nothing new begins, and what has begun is in the queue. */
	flush_workqueue(vmbox_wq);
	vmbox_notifier_unregister(&listener);
	/* One that a change has disabled while its PF went. */
	vmbox_vf_let_drivers_come(NULL);
	pt_guard_unregister(&our_guard);
}

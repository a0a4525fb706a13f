// SPDX-License-Identifier: GPL-2.0
/* Changes of a PF's VFs, see manager.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

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
	disabled = test_bit(index, pf->managed.disabled);
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

/* What the kernel itself does for /sys/bus/pci/devices/.../NAME, or NULL. */
static struct device_attribute *attribute(struct pci_dev *pdev, const char *name)
{
	const struct attribute_group **group = pdev->dev.type ? pdev->dev.type->groups : NULL;
	struct attribute **at;

	for (; group && *group; group++)
		for (at = (*group)->attrs; at && *at; at++)
			if (!strcmp((*at)->name, name))
				return container_of(*at, struct device_attribute, attr);
	return NULL;
}

/*
 * Have the driver's sriov_configure() called, with the locks that it is called with. Some
 * kernels take pci_lock_rescan_remove() around it and some inside of it, which cannot be
 * seen from here and must not be had twice: so let the kernel's own function do it.
 */
static int set_number(struct pci_dev *pdev, unsigned int num)
{
	struct device_attribute *numvfs = attribute(pdev, "sriov_numvfs");
	char text[12];
	ssize_t ret;

	if (!numvfs || !numvfs->store)
		return -EOPNOTSUPP;
	ret = numvfs->store(&pdev->dev, numvfs, text, scnprintf(text, sizeof(text), "%u\n", num));
	return min_t(ssize_t, ret, 0);
}

/* One after the other, the channels that a change is about. Return: with a reference. */
static struct vmbox_chan *next_chan(struct vmbox_change *change, unsigned long *i)
{
	struct vmbox_chan *chan;

	if (change->vf == VMBOX_ALL_VFS)
		return vmbox_pf_chan_next(change->pf, i);
	chan = *i ? NULL : vmbox_pf_chan(change->pf, change->vf);
	*i = 1;
	return chan;
}

static struct pci_dev *vf_of(struct vmbox_chan *chan, enum vmbox_vf_state *state)
{
	struct pci_dev *vf;

	mutex_lock(&chan->lock);
	vf = pci_dev_get(chan->vf);
	*state = chan->state;
	mutex_unlock(&chan->lock);
	return vf;
}

static void tell_vf(struct vmbox_change *change, struct vmbox_chan *chan,
		    enum sriov_mbox_event event, const int *result)
{
	enum vmbox_vf_state state;
	struct vmbox_told told = {
		.event = event,
		.pf = change->pf->pdev,
		.change = change,
		.has_index = true,
		.index = chan->index,
		.has_result = result,
		.result = result ? *result : 0,
	};

	told.vf = vf_of(chan, &state);
	vmbox_netlink_tell(&told);
	pci_dev_put(told.vf);
}

/* Gather the channels. Return: how many; their references are the caller's. */
static unsigned int gather(struct vmbox_change *change, struct vmbox_chan **chans)
{
	unsigned int n = 0;
	unsigned long i = 0;

	while (n < VMBOX_VFS_MAX && (chans[n] = next_chan(change, &i)))
		n++;
	return n;
}

static void announce(struct vmbox_change *change, struct vmbox_chan *chan, u16 op)
{
	enum vmbox_vf_state state;

	if (op == VMBOX_OP_REMOVE_PENDING)
		vmbox_notify(chan, VMBOX_NOTICE_REMOVE_PENDING);
	pci_dev_put(vf_of(chan, &state));
	if (state == VMBOX_VF_OPEN)
		tell_vf(change, chan, SRIOV_MBOX_EVENT_ASKED, NULL);
}

/* One VF's answer. Return: 0 or why it has not let go. */
static int heed(struct vmbox_change *change, struct vmbox_chan *chan, int result)
{
	enum vmbox_vf_state state;
	struct pci_dev *vf = vf_of(chan, &state);
	int err = vmbox_has_let_go(result, !vf || state == VMBOX_VF_CLOSED);

	pci_dev_put(vf);
	if (result != -ENOTCONN)
		tell_vf(change, chan, SRIOV_MBOX_EVENT_ANSWERED, &err);
	return err;
}

int vmbox_change_ask(struct vmbox_change *change, u16 op)
{
	const struct vmbox_deadline deadline = { .ms = change->deadline };
	struct vmbox_chan **chans = kvcalloc(VMBOX_VFS_MAX, sizeof(*chans), GFP_KERNEL);
	int *results = kvcalloc(VMBOX_VFS_MAX, sizeof(*results), GFP_KERNEL);
	unsigned int n, i;
	int err, first = chans && results ? 0 : -ENOMEM;

	n = first ? 0 : gather(change, chans);
	for (i = 0; i < n; i++)
		announce(change, chans[i], op);
	if (n)
		vmbox_chans_call(chans, n, op, &deadline, sizeof(deadline), change->deadline,
				 results);
	for (i = 0; i < n; i++) {
		err = heed(change, chans[i], results[i]);
		if (err && !first)
			first = vmbox_change_failed(change, err, "VF %u has not let go",
						    chans[i]->index);
		vmbox_chan_put(chans[i]);
	}
	kvfree(chans);
	kvfree(results);
	return first == -ENOMEM || !change->force ? first : 0;
}

void vmbox_change_cancel(struct vmbox_change *change, u16 op)
{
	bool removal = op == VMBOX_OP_REMOVE_PENDING;
	struct vmbox_chan *chan;
	unsigned long i = 0;

	while ((chan = next_chan(change, &i))) {
		vmbox_chan_tell(chan, removal ? VMBOX_EVENT_REMOVE_CANCELLED : VMBOX_EVENT_RESUME,
				0);
		if (removal)
			vmbox_notify(chan, VMBOX_NOTICE_REMOVE_CANCELLED);
		tell_vf(change, chan, SRIOV_MBOX_EVENT_CANCELLED, NULL);
		vmbox_chan_put(chan);
	}
}

int vmbox_change_may_take(struct vmbox_change *change)
{
	char who[VMBOX_DRIVER_MAX];
	enum vmbox_vf_state state;
	struct vmbox_chan *chan;
	unsigned long i = 0;
	enum vmbox_use use;
	struct pci_dev *vf;
	int err = 0;

	/* Our guard lets nobody have one from now on; who was quicker is seen below. */
	pt_guards_wait();
	while (!err && (chan = next_chan(change, &i))) {
		vf = vf_of(chan, &state);
		use = vf ? vmbox_vf_use(vf, who, sizeof(who)) : VMBOX_FREE;
		if (vmbox_may_take(use, change->force))
			err = vmbox_change_failed(change, -EBUSY, "VF %u: %s has it%s", chan->index,
						  who, use == VMBOX_HELD && change->force ?
						  ", and force does not take it" : "");
		pci_dev_put(vf);
		vmbox_chan_put(chan);
	}
	return err;
}

/* For each VF of the PF that there is, with what is remembered of it. */
static int visit_vfs(struct vmbox_change *change, struct vmbox_was *was, unsigned int n,
		     int (*fn)(struct pci_dev *vf, struct vmbox_was *was))
{
	enum vmbox_vf_state state;
	struct vmbox_chan *chan;
	unsigned long i = 0;
	struct pci_dev *vf;
	int err = 0;

	while (!err && (chan = next_chan(change, &i))) {
		vf = chan->index < n ? vf_of(chan, &state) : NULL;
		if (vf)
			err = fn(vf, &was[chan->index]);
		pci_dev_put(vf);
		vmbox_chan_put(chan);
	}
	return err;
}

static int put_back(struct pci_dev *vf, struct vmbox_was *was)
{
	vmbox_vf_put_back(vf, was);
	return 0;
}

/* A guest's, and we were told to take it: its front-end does so when it lets go. */
static int wrest(struct pci_dev *vf, struct vmbox_was *was)
{
	char who[VMBOX_DRIVER_MAX];

	if (vmbox_vf_use(vf, who, sizeof(who)) == VMBOX_GIVEN)
		device_release_driver(&vf->dev);
	return 0;
}

static int do_step(struct vmbox_change *change, const struct vmbox_plan *plan,
		   struct vmbox_was *was)
{
	struct vmbox_told told = {
		.event = SRIOV_MBOX_EVENT_STEP,
		.pf = change->pf->pdev,
		.change = change,
		.has_num = true,
		.has_result = true,
	};

	if (plan->step == VMBOX_STEP_ASK) {
		told.result = vmbox_change_ask(change, VMBOX_OP_REMOVE_PENDING);
		/* Who did not let go and was not waited for is no reason of what follows. */
		if (!told.result)
			change->reason[0] = '\0';
		return told.result;
	}
	if (plan->step == VMBOX_STEP_CANCEL) {
		vmbox_change_cancel(change, VMBOX_OP_REMOVE_PENDING);
		return 0;
	}
	if (plan->step == VMBOX_STEP_EMPTY)
		visit_vfs(change, was, plan->have, wrest);
	told.num = vmbox_plan_number(plan);
	told.result = set_number(change->pf->pdev, told.num);
	vmbox_netlink_tell(&told);
	return told.result;
}

static void say_why(struct vmbox_change *change, const struct vmbox_plan *plan)
{
	unsigned int now = pci_num_vf(change->pf->pdev);

	if (plan->undo_err)
		vmbox_change_failed(change, 0, "failed (%d), and so did the way back (%d): %u VFs",
				    plan->err, plan->undo_err, now);
	else if (plan->err && !change->reason[0])
		vmbox_change_failed(change, 0,
				    "the driver of the PF failed, there are %u VFs again", now);
}

static int change_number(struct vmbox_change *change)
{
	struct pci_dev *pdev = change->pf->pdev;
	struct vmbox_plan plan;
	struct vmbox_was *was;
	unsigned int i;
	int err;

	vmbox_plan_start(&plan, pci_num_vf(pdev), change->num);
	was = kvcalloc(max(plan.have, 1U), sizeof(*was), GFP_KERNEL);
	if (!was)
		return -ENOMEM;
	err = plan.step == VMBOX_STEP_ASK ? vmbox_change_may_take(change) : 0;
	if (!err)
		err = visit_vfs(change, was, plan.have, vmbox_vf_remember);
	if (!err) {
		while (plan.step != VMBOX_STEP_END) {
			/* How many there are is asked after the step. */
			err = do_step(change, &plan, was);
			vmbox_plan_next(&plan, err, pci_num_vf(pdev));
		}
		err = plan.err;
		if (err)
			visit_vfs(change, was, plan.have, put_back);
		say_why(change, &plan);
	}
	for (i = 0; i < plan.have; i++)
		vmbox_vf_forget(&was[i]);
	kvfree(was);
	return err;
}

static int run(struct vmbox_change *change)
{
	struct vmbox_chan *chan;
	int err;

	switch (change->op) {
	case SRIOV_MBOX_OP_SET_NUM:
		return change_number(change);
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

static void change_work(struct work_struct *work)
{
	struct vmbox_change *change = container_of(work, struct vmbox_change, work);
	struct vmbox_managed *managed = &change->pf->managed;
	int err;

	tell_change(change, SRIOV_MBOX_EVENT_STARTED, 0);
	err = run(change);
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
	struct device_attribute *numvfs = attribute(pf->pdev, "sriov_numvfs");
	struct vmbox_chan *chan;

	if (want->vf != VMBOX_ALL_VFS) {
		chan = vmbox_pf_chan(pf, want->vf);
		if (!chan)
			return -ENODEV;
		vmbox_chan_put(chan);
	}
	if (want->op != SRIOV_MBOX_OP_SET_NUM)
		return 0;
	if (!numvfs)
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

	if (!pf)
		return;
	if (vmbox_managed_disabled(pf, index))
		vmbox_vf_keep_drivers_away(vf);
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

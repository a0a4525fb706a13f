// SPDX-License-Identifier: GPL-2.0
/*
 * Another number of VFs, see manager_core.h for its steps. VFs that are there before and
 * after are new devices: they get back what they had.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "manager.h"
#include "netlink.h"
#include "pf.h"
#include "vf_config.h"

#define LINK_MS		5000	/* for the PF's link to come back */
#define LINK_POLL_MS	50

/**
 * struct memory - what is remembered of a VF
 * @there: it was there; else only @fresh is valid
 * @was: its driver
 * @config: its settings
 * @back: it is there again
 * @fresh: its settings then
 * @set: settings that were set again, of enum vmbox_setting
 * @failed: of them, those that could not be
 * @err: why the first of those could not
 * @driver_err: why its driver did not take it, or 0
 */
struct memory {
	bool there;
	struct vmbox_was was;
	struct vmbox_vf_config config;
	bool back;
	struct vmbox_vf_config fresh;
	unsigned int set;
	unsigned int failed;
	int err;
	int driver_err;
};

/**
 * struct numbering - a change of the number
 * @plan: its steps
 * @vfs: as many as there were
 * @emptied: the VFs were to go: what is remembered is needed
 * @held: drivers_autoprobe was on, and is off meanwhile
 * @linked: the PF had a link
 */
struct numbering {
	struct vmbox_plan plan;
	struct memory *vfs;
	bool emptied;
	bool held;
	bool linked;
};

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

static int write_attribute(struct pci_dev *pdev, const char *name, unsigned int num)
{
	struct device_attribute *attr = attribute(pdev, name);
	char text[12];
	ssize_t ret;

	if (!attr || !attr->store)
		return -EOPNOTSUPP;
	ret = attr->store(&pdev->dev, attr, text, scnprintf(text, sizeof(text), "%u\n", num));
	return min_t(ssize_t, ret, 0);
}

bool vmbox_can_set_number(struct pci_dev *pdev)
{
	return attribute(pdev, "sriov_numvfs");
}

/*
 * Have the driver's sriov_configure() called, with the locks that it is called with. Some
 * kernels take pci_lock_rescan_remove() around it and some inside of it, which cannot be
 * seen from here and must not be had twice: so let the kernel's own function do it.
 */
static int set_number(struct pci_dev *pdev, unsigned int num)
{
	return write_attribute(pdev, "sriov_numvfs", num);
}

static bool has_autoprobe(struct pci_dev *pdev)
{
	struct device_attribute *attr = attribute(pdev, "sriov_drivers_autoprobe");
	char *page = (char *)__get_free_page(GFP_KERNEL);
	bool on;

	on = page && attr && attr->show && attr->show(&pdev->dev, attr, page) > 0 &&
	     page[0] == '1';
	free_page((unsigned long)page);
	return on;
}

static int remember(struct vmbox_change *change, struct pci_dev *vf, unsigned int index, void *arg)
{
	struct numbering *numbering = arg;
	struct memory *memory = &numbering->vfs[index];
	int err;

	if (index >= numbering->plan.have)
		return 0;
	err = vmbox_vf_remember(vf, &memory->was);
	if (err)
		return vmbox_change_failed(change, err, "VF %u: its driver cannot be seen", index);
	vmbox_vf_config_get(change->pf->pdev, vf, &memory->config);
	memory->there = true;
	return 0;
}

/* Would a VF that Linux gives a driver at once be another than it was? */
static bool has_to_wait(const struct memory *memory)
{
	return memory->there && (memory->was.override || !memory->was.driver[0] ||
				 vmbox_config_set_ones(&memory->config, NULL));
}

/* A driver reads the VF's address when it is bound: the address has to come first. */
static void hold_drivers(struct vmbox_change *change, struct numbering *numbering)
{
	struct pci_dev *pdev = change->pf->pdev;
	unsigned int i;

	for (i = 0; i < numbering->plan.have; i++)
		if (has_to_wait(&numbering->vfs[i]))
			break;
	if (i < numbering->plan.have && has_autoprobe(pdev))
		numbering->held = !write_attribute(pdev, "sriov_drivers_autoprobe", 0);
}

/* A guest's, which has agreed or is forced: its front-end detaches it. */
static int detach_owner(struct vmbox_change *change, struct pci_dev *vf, unsigned int index,
			void *arg)
{
	char who[VMBOX_WHO_MAX];

	if (vmbox_vf_use(vf, who, sizeof(who)) == VMBOX_GIVEN)
		device_release_driver(&vf->dev);
	return 0;
}

static int do_step(struct vmbox_change *change, struct numbering *numbering)
{
	const struct vmbox_plan *plan = &numbering->plan;
	struct vmbox_told told = {
		.event = SRIOV_MBOX_EVENT_STEP,
		.pf = change->pf->pdev,
		.change = change,
		.has_num = true,
		.has_result = true,
	};

	if (plan->step == VMBOX_STEP_ASK)
		return vmbox_change_ask(change, VMBOX_OP_REMOVE_PENDING);
	if (plan->step == VMBOX_STEP_CANCEL) {
		vmbox_change_cancel(change, VMBOX_OP_REMOVE_PENDING);
		return 0;
	}
	if (plan->step == VMBOX_STEP_EMPTY) {
		numbering->emptied = true;
		hold_drivers(change, numbering);
		vmbox_change_visit(change, detach_owner, NULL);
	}
	told.num = vmbox_plan_number(plan);
	told.result = set_number(change->pf->pdev, told.num);
	vmbox_netlink_tell(&told);
	return told.result;
}

static int restore_config(struct vmbox_change *change, struct pci_dev *vf, unsigned int index,
			  void *arg)
{
	struct pci_dev *pdev = change->pf->pdev;
	struct numbering *numbering = arg;
	struct memory *memory = &numbering->vfs[index];

	if (index >= numbering->plan.have || !memory->there)
		return 0;
	memory->back = true;
	vmbox_vf_config_get(pdev, vf, &memory->fresh);
	memory->set = vmbox_config_to_set(&memory->config, &memory->fresh);
	memory->failed = vmbox_vf_config_set(pdev, vf, &memory->config, memory->set, &memory->err);
	return 0;
}

static int retry_config(struct vmbox_change *change, struct pci_dev *vf, unsigned int index,
			void *arg)
{
	struct numbering *numbering = arg;
	struct memory *memory = &numbering->vfs[index];

	if (index < numbering->plan.have && memory->failed)
		memory->failed = vmbox_vf_config_set(change->pf->pdev, vf, &memory->config,
						     memory->failed, &memory->err);
	return 0;
}

static int restore_driver(struct vmbox_change *change, struct pci_dev *vf, unsigned int index,
			  void *arg)
{
	struct numbering *numbering = arg;
	struct memory *memory = &numbering->vfs[index];

	if (vmbox_managed_disabled(change->pf, index))
		return 0;
	if (index < numbering->plan.have && memory->there)
		memory->driver_err = vmbox_vf_put_back(vf, &memory->was);
	else if (numbering->held && device_attach(&vf->dev) < 0)
		pci_warn(vf, "no driver could be bound\n");
	return 0;
}

static bool any_failed(const struct numbering *numbering)
{
	unsigned int i;

	for (i = 0; i < numbering->plan.have; i++)
		if (numbering->vfs[i].failed)
			return true;
	return false;
}

/* The driver of the PF may have reset its card, which loses the link for seconds. */
static void wait_link(struct vmbox_change *change, const struct numbering *numbering)
{
	unsigned long end = jiffies + msecs_to_jiffies(LINK_MS);

	while (numbering->linked && !vmbox_pf_has_link(change->pf->pdev) &&
	       time_before(jiffies, end))
		msleep(LINK_POLL_MS);
}

static void report(struct vmbox_change *change, unsigned int index, int result, const char *words)
{
	struct vmbox_told told = {
		.event = SRIOV_MBOX_EVENT_RESTORED,
		.pf = change->pf->pdev,
		.change = change,
		.has_index = true,
		.index = index,
		.has_result = true,
		.result = result,
		.reason = words,
	};

	vmbox_netlink_tell(&told);
	if (!result)
		return;
	pci_warn(told.pf, "VF %u: %s\n", index, words);
	if (!change->lost[0])
		scnprintf(change->lost, sizeof(change->lost), "VF %u: %s", index, words);
}

static void report_gone(struct vmbox_change *change, struct numbering *numbering,
			unsigned int index, const struct vmbox_vf_config *fresh)
{
	char words[VMBOX_REASON_MAX];
	unsigned int mask = vmbox_config_set_ones(&numbering->vfs[index].config, fresh);
	int n;

	if (!mask)
		return;
	n = scnprintf(words, sizeof(words), "has gone, and with it: ");
	vmbox_config_names(mask, words + n, sizeof(words) - n);
	report(change, index, -ENODEV, words);
}

static void report_back(struct vmbox_change *change, const struct memory *memory,
			unsigned int index)
{
	char words[VMBOX_REASON_MAX];
	int n;

	if (memory->set & ~memory->failed && !memory->failed && !memory->driver_err) {
		n = scnprintf(words, sizeof(words), "set again: ");
		vmbox_config_names(memory->set, words + n, sizeof(words) - n);
		report(change, index, 0, words);
	}
	if (memory->failed) {
		n = scnprintf(words, sizeof(words), "not set again (%d): ", memory->err);
		vmbox_config_names(memory->failed, words + n, sizeof(words) - n);
		report(change, index, memory->err, words);
	}
	if (memory->driver_err) {
		scnprintf(words, sizeof(words), "driver %s does not take it back (%d)",
			  memory->was.driver, memory->driver_err);
		report(change, index, memory->driver_err, words);
	}
}

static void report_all(struct vmbox_change *change, struct numbering *numbering)
{
	const struct vmbox_vf_config *fresh = NULL;
	struct memory *memory;
	unsigned int i;

	for (i = 0; i < numbering->plan.have && !fresh; i++)
		if (numbering->vfs[i].back)
			fresh = &numbering->vfs[i].fresh;
	for (i = 0; i < numbering->plan.have; i++) {
		memory = &numbering->vfs[i];
		if (memory->back)
			report_back(change, memory, i);
		else if (memory->there)
			report_gone(change, numbering, i, fresh);
	}
}

static void restore(struct vmbox_change *change, struct numbering *numbering)
{
	vmbox_change_visit(change, restore_config, numbering);
	if (numbering->held)
		write_attribute(change->pf->pdev, "sriov_drivers_autoprobe", 1);
	vmbox_change_visit(change, restore_driver, numbering);
	if (any_failed(numbering)) {
		wait_link(change, numbering);
		vmbox_change_visit(change, retry_config, numbering);
	}
	report_all(change, numbering);
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

static int do_steps(struct vmbox_change *change, struct numbering *numbering)
{
	struct vmbox_plan *plan = &numbering->plan;
	int err;

	while (plan->step != VMBOX_STEP_END) {
		/* How many there are is asked after the step. */
		err = do_step(change, numbering);
		vmbox_plan_next(plan, err, pci_num_vf(change->pf->pdev));
	}
	if (numbering->emptied)
		restore(change, numbering);
	say_why(change, plan);
	return plan->err;
}

int vmbox_change_number(struct vmbox_change *change)
{
	struct pci_dev *pdev = change->pf->pdev;
	struct numbering numbering = { };
	struct vmbox_plan *plan = &numbering.plan;
	unsigned int i;
	int err;

	vmbox_plan_start(plan, pci_num_vf(pdev), change->num);
	numbering.linked = vmbox_pf_has_link(pdev);
	numbering.vfs = kvcalloc(max(plan->have, 1U), sizeof(*numbering.vfs), GFP_KERNEL);
	if (!numbering.vfs)
		return -ENOMEM;

	if (plan->step == VMBOX_STEP_ASK)
		err = vmbox_change_may_take(change, VMBOX_OP_REMOVE_PENDING) ?:
		      vmbox_change_visit(change, remember, &numbering);
	else
		err = 0;
	if (!err)
		err = do_steps(change, &numbering);

	for (i = 0; i < plan->have; i++)
		vmbox_vf_forget(&numbering.vfs[i].was);
	kvfree(numbering.vfs);
	return err;
}

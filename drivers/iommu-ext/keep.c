// SPDX-License-Identifier: GPL-2.0
/* A driver_override that outlives its device, see keep.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/list.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/pt_list.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "keep.h"

#define MAX_KEPT	256	/* of more, the one that went first is forgotten */

static char *keep = "vfio-pci";
module_param(keep, charp, 0444);
MODULE_PARM_DESC(keep, "drivers, separated by commas: a device whose driver_override names one has it again when it comes back (default vfio-pci)");

/**
 * struct kept - what a device had that has gone
 * @node: in @gone
 * @id: who it is
 * @driver: its driver_override
 */
struct kept {
	struct list_head node;
	struct pt_identity id;
	char *driver;
};

static LIST_HEAD(gone);
static unsigned int count;
static DEFINE_MUTEX(gone_lock);	/* protects both; a leaf */

/* Others have ways of their own: theirs is not for us to bring back. */
static bool is_kept(const char *driver)
{
	struct pt_list list = { .text = keep, .end = strlen(keep) };
	struct pt_list_entry entry;

	while (pt_list_next(&list, &entry)) {
		if (entry.len == strlen(driver) && !memcmp(entry.text, driver, entry.len))
			return true;
	}
	return false;
}

static void forget(struct kept *kept)
{
	lockdep_assert_held(&gone_lock);
	list_del(&kept->node);
	count--;
	kfree(kept->driver);
	kfree(kept);
}

static void forget_one(const struct pt_identity *id)
{
	struct kept *kept, *next;

	list_for_each_entry_safe(kept, next, &gone, node)
		if (pt_identity_same(&kept->id, id))
			forget(kept);
}

static void goes(struct pci_dev *pdev)
{
	struct pt_identity id;
	struct kept *kept;
	char *driver;

	if (pt_identity_of(pdev, &id) || compat_pci_driver_override(pdev, &driver))
		return;
	mutex_lock(&gone_lock);
	forget_one(&id);
	if (!driver || !is_kept(driver))
		goto out;
	kept = kzalloc(sizeof(*kept), GFP_KERNEL);
	if (!kept)
		goto out;
	kept->id = id;
	swap(kept->driver, driver);
	list_add_tail(&kept->node, &gone);
	if (++count > MAX_KEPT)
		forget(list_first_entry(&gone, struct kept, node));
out:
	mutex_unlock(&gone_lock);
	kfree(driver);
}

static char *take_kept(const struct pt_identity *id)
{
	char *driver = NULL;
	struct kept *kept;

	mutex_lock(&gone_lock);
	list_for_each_entry(kept, &gone, node) {
		if (!pt_identity_same(&kept->id, id))
			continue;
		swap(driver, kept->driver);
		forget(kept);
		break;
	}
	mutex_unlock(&gone_lock);
	return driver;
}

static void comes(struct pci_dev *pdev)
{
	struct pt_arrival arrival;
	char *driver;
	int err;

	if (pt_arrival_of(pdev, &arrival) || (arrival.event != PT_CORE_EVENT_SAME &&
					      arrival.event != PT_CORE_EVENT_MOVED))
		return;
	driver = take_kept(&arrival.old);
	if (!driver)
		return;
	err = compat_pci_set_driver_override(pdev, driver);
	if (err)
		pci_err(pdev, "is not kept for %s: %pe\n", driver, ERR_PTR(err));
	else
		pci_info(pdev, "is back, still for %s\n", driver);
	kfree(driver);
}

static int bus_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == BUS_NOTIFY_ADD_DEVICE)
		comes(to_pci_dev(data));
	else if (event == BUS_NOTIFY_DEL_DEVICE)
		goes(to_pci_dev(data));
	return NOTIFY_DONE;
}

/* Before pciback-ng: a rule of its counts for more. */
static struct notifier_block bus_notifier = { .notifier_call = bus_event, .priority = 1 };

int ie_keep_init(void)
{
	return bus_register_notifier(&pci_bus_type, &bus_notifier);
}

void ie_keep_exit(void)
{
	struct kept *kept, *next;

	bus_unregister_notifier(&pci_bus_type, &bus_notifier);
	mutex_lock(&gone_lock);
	list_for_each_entry_safe(kept, next, &gone, node)
		forget(kept);
	mutex_unlock(&gone_lock);
}

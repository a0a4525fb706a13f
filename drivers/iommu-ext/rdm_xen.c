// SPDX-License-Identifier: GPL-2.0
/* Reserved memory under Xen, see rdm_xen.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/pfn.h>
#include <linux/pt_core.h>
#include <linux/pt_param.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <xen/xen.h>

#include "ie.h"
#include "rdm_xen.h"
#include "tables.h"
#include "xen_add.h"
#include "xen_call.h"

#define MAX_EXPECTED	1024
#define RANGE_TEXT	40

static bool xen_guard = true;
module_param_cb(xen_guard, &pt_param_bool_ops, &xen_guard, 0644);
MODULE_PARM_DESC(xen_guard, "refuse devices that Xen does not know, or whose reserved memory it has for another (default yes)");

/* Whose memory it is: by firmware's table, or who had it when it was first seen. */
static struct ie_xen_expected *expected;
static unsigned int expectations;
static DEFINE_MUTEX(expected_lock);	/* protects both; a leaf */

static const char *range_text(const struct ie_xen_range *range, char *text)
{
	scnprintf(text, RANGE_TEXT, "%#llx-%#llx", PFN_PHYS(range->start),
		  PFN_PHYS(range->start + range->pages) - 1);
	return text;
}

static void expect(const struct pt_identity *place, const struct ie_xen_range *range)
{
	lockdep_assert_held(&expected_lock);
	if (expectations == MAX_EXPECTED) {
		pr_warn_once("more reserved memory than anybody can have\n");
		return;
	}
	expected[expectations++] = (struct ie_xen_expected) {
		.place = *place, .range = *range,
	};
}

static void expect_region(const struct ie_region *region)
{
	struct pt_identity place = {
		.segment = region->segment,
		.root_bus = region->bus,
		.hops = region->hops,
	};
	struct ie_xen_range range = {
		.start = PHYS_PFN(region->start),
		.pages = PFN_UP(region->end) - PHYS_PFN(region->start),
	};

	/* What is kept for a bridge Xen has at the bridge alone. */
	if (region->kind != IE_REGION_ENDPOINT)
		return;
	memcpy(place.path, region->path, sizeof(place.path));
	mutex_lock(&expected_lock);
	expect(&place, &range);
	mutex_unlock(&expected_lock);
}

/* What an administrator told Xen on its command line (rmrr=) is in no table. */
static void learn(const struct pt_identity *place, const struct ie_xen_ranges *actual)
{
	unsigned int i;

	mutex_lock(&expected_lock);
	for (i = 0; i < actual->count; i++)
		if (!ie_xen_rdm_is_expected(&actual->range[i], expected, expectations))
			expect(place, &actual->range[i]);
	mutex_unlock(&expected_lock);
}

static int complain(enum ie_xen_rdm_state state, const struct ie_xen_range *which, char *why)
{
	char range[RANGE_TEXT];

	switch (state) {
	case IE_XEN_RDM_MISSING:
		scnprintf(why, PT_WHY_MAX,
			  "Xen has its reserved memory %s at another address, that of the boot",
			  range_text(which, range));
		return -EPERM;
	case IE_XEN_RDM_FOREIGN:
		scnprintf(why, PT_WHY_MAX,
			  "Xen has another device's reserved memory %s at its address",
			  range_text(which, range));
		return -EPERM;
	default:
		return 0;
	}
}

/* Is what Xen has for it its own? Return: 0, or -EPERM and @why. */
static int check(struct pci_dev *pdev, char *why)
{
	enum ie_xen_rdm_state state;
	struct ie_xen_ranges *actual;
	struct ie_xen_range which;
	struct pt_identity place;

	/* A VF's place is that of its PF, whose memory is not the VF's. */
	if (pt_identity_of(pdev, &place) || place.is_vf)
		return 0;
	actual = ie_xen_rdm(pdev);
	if (IS_ERR(actual)) {
		scnprintf(why, PT_WHY_MAX, "Xen does not tell its reserved memory: %pe", actual);
		return PTR_ERR(actual);
	}
	learn(&place, actual);
	mutex_lock(&expected_lock);
	state = ie_xen_rdm_compare(&place, actual->range, actual->count, expected,
				   expectations, &which);
	mutex_unlock(&expected_lock);
	kfree(actual);
	return complain(state, &which, why);
}

static void look_at(struct pci_dev *pdev)
{
	struct pt_event event = {
		.event = PT_CORE_EVENT_RDM_STALE, .source = KBUILD_MODNAME,
	};
	char why[PT_WHY_MAX];

	if (!check(pdev, why))
		return;
	event.reason = why;
	pci_warn(pdev, "%s\n", why);
	pt_event(pdev, &event);
}

/* After the kernel has told Xen of it. */
static int after(struct notifier_block *nb, unsigned long action, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	if (action == BUS_NOTIFY_ADD_DEVICE) {
		ie_xen_add_check(pdev);
		look_at(pdev);
	}
	return NOTIFY_DONE;
}

/* Before the kernel does. */
static int before(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action == BUS_NOTIFY_DEL_DEVICE)
		ie_xen_add_gone(to_pci_dev(data));
	return NOTIFY_DONE;
}

static struct notifier_block notify_after = { .notifier_call = after, .priority = INT_MIN };
static struct notifier_block notify_before = { .notifier_call = before, .priority = 1 };

static int guard_check(struct pt_guard *guard, struct pci_dev *pdev,
		       const struct pt_owner *owner, char *why)
{
	int err;

	if (!READ_ONCE(xen_guard))
		return 0;
	err = ie_xen_add_error(pdev);
	if (err) {
		scnprintf(why, PT_WHY_MAX, "Xen does not know it (%pe)", ERR_PTR(err));
		return err;
	}
	return check(pdev, why);
}

static struct pt_guard guard = { .name = "xen", .check = guard_check };

/* Who has this memory, at addresses where a device is. */
static ssize_t show_holders(const struct ie_xen_range *range, char *buf, int at)
{
	struct ie_xen_ranges *actual;
	struct pci_dev *pdev = NULL;
	ssize_t len = 0;
	unsigned int i;

	for_each_pci_dev(pdev) {
		actual = ie_xen_rdm(pdev);
		if (IS_ERR(actual))
			continue;
		for (i = 0; i < actual->count; i++)
			if (!memcmp(&actual->range[i], range, sizeof(*range)))
				break;
		if (i < actual->count)
			len += sysfs_emit_at(buf, at + len, " %s", pci_name(pdev));
		kfree(actual);
	}
	return len ?: sysfs_emit_at(buf, at, " none");
}

static ssize_t xen_rdm_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct ie_xen_ranges *all = ie_xen_rdm(NULL);
	char range[RANGE_TEXT];
	ssize_t len = 0;
	unsigned int i;

	if (IS_ERR(all))
		return PTR_ERR(all);
	for (i = 0; i < all->count; i++) {
		len += sysfs_emit_at(buf, len, "%s", range_text(&all->range[i], range));
		len += show_holders(&all->range[i], buf, len);
		len += sysfs_emit_at(buf, len, "\n");
	}
	kfree(all);
	return len;
}

static const struct kobj_attribute xen_rdm = __ATTR_RO(xen_rdm);

static void look_at_present(void)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		if (!pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ATS))
			ie_xen_add_check(pdev);
		look_at(pdev);
	}
}

int ie_rdm_xen_init(void)
{
	const struct ie_regions *regions = ie_tables_regions();
	unsigned int i;
	int err;

	if (!xen_initial_domain())
		return 0;
	expected = kvcalloc(MAX_EXPECTED, sizeof(*expected), GFP_KERNEL);
	if (!expected)
		return -ENOMEM;
	for (i = 0; i < regions->count; i++)
		expect_region(&regions->region[i]);
	err = sysfs_create_file(ie_kobj, &xen_rdm.attr);
	if (err)
		goto err_expected;
	err = bus_register_notifier(&pci_bus_type, &notify_after);
	if (err)
		goto err_file;
	err = bus_register_notifier(&pci_bus_type, &notify_before);
	if (err)
		goto err_after;
	look_at_present();
	pt_guard_register(&guard);
	return 0;

err_after:
	bus_unregister_notifier(&pci_bus_type, &notify_after);
err_file:
	sysfs_remove_file(ie_kobj, &xen_rdm.attr);
err_expected:
	kvfree(expected);
	return err;
}

void ie_rdm_xen_exit(void)
{
	if (!xen_initial_domain())
		return;
	pt_guard_unregister(&guard);
	bus_unregister_notifier(&pci_bus_type, &notify_before);
	bus_unregister_notifier(&pci_bus_type, &notify_after);
	sysfs_remove_file(ie_kobj, &xen_rdm.attr);
	ie_xen_add_exit();
	kvfree(expected);
	expected = NULL;
	expectations = 0;
}

// SPDX-License-Identifier: GPL-2.0
/* What can be seen of one device, see sysfs.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/pci.h>
#include <linux/sysfs.h>

#include "isolation.h"
#include "policy.h"
#include "rdm.h"
#include "sysfs.h"

static ssize_t rdm_policy_show(struct device *device, struct device_attribute *attr,
			       char *buf)
{
	return sysfs_emit(buf, "%s\n", ie_policy_name(ie_policy_wanted(to_pci_dev(device))));
}

/* A rule by this device's address. */
static ssize_t rdm_policy_store(struct device *device, struct device_attribute *attr,
				const char *buf, size_t count)
{
	char rule[IE_RULE_TEXT];
	int policy, len;

	policy = ie_policy_parse(skip_spaces(buf), strcspn(skip_spaces(buf), "\n"));
	if (policy < 0) {
		dev_err(device, "iommu_ext: rdm_policy: \"%.*s\": expected strict, reserve, map, relaxed-low or relaxed\n",
			(int)strcspn(buf, "\n"), buf);
		return -EINVAL;
	}

	len = scnprintf(rule, sizeof(rule), "%s=%s", dev_name(device), ie_policy_name(policy));
	return ie_policy_change("rdm_policy", rule, len) ?: count;
}
static DEVICE_ATTR_RW(rdm_policy);

static ssize_t rdm_effective_show(struct device *device, struct device_attribute *attr,
				  char *buf)
{
	const char *text = "none";
	struct ie_dev *dev;

	mutex_lock(&ie_lock);
	dev = ie_dev_find(device);
	if (dev && dev->direct)
		text = ie_policy_name(dev->policy);
	mutex_unlock(&ie_lock);
	return sysfs_emit(buf, "%s\n", text);
}
static DEVICE_ATTR_RO(rdm_effective);

static ssize_t rdm_regions_show(struct device *device, struct device_attribute *attr,
				char *buf)
{
	const struct ie_memory *region;
	struct ie_dev *dev;
	unsigned int i;
	ssize_t len = 0;

	mutex_lock(&ie_lock);
	dev = ie_dev_find(device);
	for (i = 0; dev && i < dev->regions_n; i++) {
		region = &dev->regions[i];
		len += sysfs_emit_at(buf, len, "0x%016llx 0x%016llx %s %s\n",
				     region->start, region->end,
				     region->type == IOMMU_RESV_DIRECT ?
				     "direct" : "direct-relaxable", ie_rdm_source());
	}
	mutex_unlock(&ie_lock);
	return len;
}
static DEVICE_ATTR_RO(rdm_regions);

static ssize_t isolation_set_show(struct device *device, struct device_attribute *attr,
				  char *buf)
{
	return ie_isolation_show(to_pci_dev(device), buf);
}
static DEVICE_ATTR_RO(isolation_set);

static struct attribute *attributes[] = {
	&dev_attr_rdm_policy.attr,
	&dev_attr_rdm_effective.attr,
	&dev_attr_rdm_regions.attr,
	&dev_attr_isolation_set.attr,
	NULL
};

static const struct attribute_group group = {
	.name = "iommu_ext",
	.attrs = attributes,
};

/* Protects who has the folder and who has not: making it twice is a warning. */
static DEFINE_MUTEX(lock);

static bool has_folder(struct device *device)
{
	struct kernfs_node *node = kernfs_find_and_get(device->kobj.sd, group.name);

	kernfs_put(node);
	return node;
}

static void make_folder(struct device *device)
{
	mutex_lock(&lock);
	if (device->kobj.sd && !has_folder(device) &&
	    sysfs_create_group(&device->kobj, &group))
		dev_err(device, "no folder %s: no memory\n", group.name);
	mutex_unlock(&lock);
}

static void remove_folder(struct device *device)
{
	mutex_lock(&lock);
	if (device->kobj.sd && has_folder(device))
		sysfs_remove_group(&device->kobj, &group);
	mutex_unlock(&lock);
}

static int on_bus(struct notifier_block *block, unsigned long action, void *device)
{
	if (action == BUS_NOTIFY_ADD_DEVICE)
		make_folder(device);
	else if (action == BUS_NOTIFY_DEL_DEVICE)
		remove_folder(device);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = on_bus };

static void visit_all(void (*fn)(struct device *device))
{
	struct pci_dev *pdev = NULL;

	pci_lock_rescan_remove();	/* none goes while it is visited */
	for_each_pci_dev(pdev)
		fn(&pdev->dev);
	pci_unlock_rescan_remove();
}

int ie_sysfs_init(void)
{
	int err = bus_register_notifier(&pci_bus_type, &notifier);

	if (!err)
		visit_all(make_folder);
	return err;
}

void ie_sysfs_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &notifier);
	visit_all(remove_folder);
}

// SPDX-License-Identifier: GPL-2.0
/* The table of devices with reserved memory, see rdm_dev.h. */
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "rdm_dev.h"

DEFINE_MUTEX(ie_lock);	/* see rdm_dev.h */

static DEFINE_HASHTABLE(table, 6);	/* written under ie_lock, read under RCU */

/*
 * Who reads regions, whose, where to: written under ie_lock. Only the reader itself,
 * in a probe that it runs into, looks at the latter two.
 */
static struct task_struct *reader;
static const struct device *read_dev;
static const struct list_head *read_list;

bool ie_dev_reading(void)
{
	return READ_ONCE(reader) == current;
}

bool ie_dev_reads(const struct device *dev, const struct list_head *list)
{
	return dev == read_dev && list == read_list;
}

struct ie_dev *ie_dev_find(const struct device *device)
{
	struct ie_dev *dev;

	hash_for_each_possible_rcu(table, dev, node, (unsigned long)device,
				   lockdep_is_held(&ie_lock) || !preemptible())
		if (&dev->pdev->dev == device)
			return dev;
	return NULL;
}

struct ie_dev *ie_dev_find_mate(const struct device *device)
{
	struct ie_dev *dev;
	int bucket;

	hash_for_each_rcu(table, bucket, dev, node)
		if (dev->pdev->dev.iommu_group == device->iommu_group &&
		    READ_ONCE(dev->policy) != IE_STRICT)
			return dev;
	return NULL;
}

static bool is_memory(const struct iommu_resv_region *region)
{
	return region->type == IOMMU_RESV_DIRECT ||
	       region->type == IOMMU_RESV_DIRECT_RELAXABLE;
}

static struct ie_dev *dev_of_list(struct pci_dev *pdev, const struct list_head *list)
{
	const struct iommu_resv_region *region;
	struct ie_dev *dev;
	unsigned int n = 0;

	list_for_each_entry(region, list, list)
		n += is_memory(region);
	if (!n)
		return NULL;
	dev = kzalloc(struct_size(dev, regions, n), GFP_KERNEL);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	list_for_each_entry(region, list, list) {
		if (!is_memory(region))
			continue;
		dev->direct |= region->type == IOMMU_RESV_DIRECT;
		dev->regions[dev->regions_n++] = (struct ie_memory) {
			.start = region->start,
			.end = region->start + region->length - 1,
			.prot = region->prot,
			.type = region->type,
		};
	}
	dev->pdev = pci_dev_get(pdev);
	return dev;
}

/**
 * struct reading - one device's regions being read
 * @pdev: whose
 * @dev: the result, NULL for a device that has none
 */
struct reading {
	struct pci_dev *pdev;
	struct ie_dev *dev;
};

/* The group's mutex is held: the IOMMU driver keeps what belongs to the device. */
static int read_regions(struct device *device, void *data)
{
	struct reading *reading = data;
	LIST_HEAD(list);

	if (device != &reading->pdev->dev || !device->iommu || !device->iommu->iommu_dev)
		return 0;
	read_dev = device;
	read_list = &list;
	WRITE_ONCE(reader, current);
	device->iommu->iommu_dev->ops->get_resv_regions(device, &list);
	WRITE_ONCE(reader, NULL);
	reading->dev = dev_of_list(reading->pdev, &list);
	iommu_put_resv_regions(device, &list);
	return 1;
}

static struct ie_dev *read_dev_of(struct pci_dev *pdev)
{
	struct reading reading = { .pdev = pdev };
	struct iommu_group *group;

	lockdep_assert_held(&ie_lock);
	group = iommu_group_get(&pdev->dev);
	if (!group)
		return NULL;
	iommu_group_for_each_dev(group, &reading, read_regions);
	iommu_group_put(group);
	return reading.dev;
}

static void free_dev(struct ie_dev *dev)
{
	pci_dev_put(dev->pdev);
	kfree_rcu(dev, rcu);
}

struct ie_dev *ie_dev_add(struct pci_dev *pdev)
{
	struct ie_dev *dev;

	if (ie_dev_find(&pdev->dev))
		return NULL;
	dev = read_dev_of(pdev);
	if (!IS_ERR_OR_NULL(dev))
		hash_add_rcu(table, &dev->node, (unsigned long)&pdev->dev);
	return dev;
}

void ie_dev_try(struct pci_dev *pdev)
{
	struct ie_dev *dev = read_dev_of(pdev);

	if (!IS_ERR_OR_NULL(dev))
		free_dev(dev);
}

void ie_dev_remove(struct ie_dev *dev)
{
	lockdep_assert_held(&ie_lock);
	hash_del_rcu(&dev->node);
	free_dev(dev);
}

int ie_dev_for_each(int (*fn)(struct ie_dev *dev, void *data), void *data)
{
	struct hlist_node *next;
	struct ie_dev *dev;
	int bucket, err;

	lockdep_assert_held(&ie_lock);
	hash_for_each_safe(table, bucket, next, dev, node) {
		err = fn(dev, data);
		if (err)
			return err;
	}
	return 0;
}

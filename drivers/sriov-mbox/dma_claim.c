// SPDX-License-Identifier: GPL-2.0
/* DMA ownership of IOMMU groups, see dma_claim.h. */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/slab.h>

#include "dma_claim.h"

/* A group that is ours, by how many VFs. Holds a reference. */
struct claim {
	struct list_head node;
	struct iommu_group *group;
	unsigned int vfs;
};

static LIST_HEAD(claims);
static DEFINE_MUTEX(claims_lock);	/* that list; see chan.h */

static struct claim *find_claim(const struct iommu_group *group)
{
	struct claim *claim;

	lockdep_assert_held(&claims_lock);
	list_for_each_entry(claim, &claims, node)
		if (claim->group == group)
			return claim;
	return NULL;
}

/* The nth PCI device of a group beside @but. */
struct search {
	const struct pci_dev *but;
	unsigned int n;
	struct pci_dev *found;
};

static int look_for(struct device *dev, void *data)
{
	struct search *search = data;

	if (!dev_is_pci(dev) || to_pci_dev(dev) == search->but || search->n--)
		return 0;
	search->found = pci_dev_get(to_pci_dev(dev));
	return 1;
}

/* A host driver that does DMA of its own; pcieport and VFIO drivers do not. */
static bool does_dma(struct pci_dev *pdev, char *who, size_t size)
{
	struct pci_driver *driver;
	bool does;

	scnprintf(who, size, "%s, whose driver comes or goes", pci_name(pdev));
	if (!pt_lock_device(pdev))
		return true;
	driver = pdev->dev.driver ? to_pci_driver(pdev->dev.driver) : NULL;
	does = driver && !driver->driver_managed_dma;
	if (does)
		scnprintf(who, size, "%s, which driver %s has", pci_name(pdev), driver->name);
	device_unlock(&pdev->dev);
	return does;
}

bool vmbox_dma_user(struct pci_dev *vf, char *who, size_t size)
{
	struct iommu_group *group = iommu_group_get(&vf->dev);
	bool used = false;
	unsigned int n;

	for (n = 0; group && !used; n++) {
		struct search search = { .but = vf, .n = n };

		iommu_group_for_each_dev(group, &search, look_for);
		if (!search.found)
			break;
		used = does_dma(search.found, who, size);
		pci_dev_put(search.found);
	}
	iommu_group_put(group);
	return used;
}

static int new_claim(struct iommu_group *group)
{
	struct claim *claim = kzalloc(sizeof(*claim), GFP_KERNEL);
	int err;

	lockdep_assert_held(&claims_lock);
	if (!claim)
		return -ENOMEM;
	err = iommu_group_claim_dma_owner(group, claim);
	if (err) {
		kfree(claim);
		return err == -EPERM ? -EBUSY : err;
	}

	claim->group = group;
	claim->vfs = 1;
	list_add(&claim->node, &claims);
	return 0;
}

int vmbox_dma_claim(struct pci_dev *vf, struct iommu_group **group)
{
	struct claim *claim;
	int err = 0;

	*group = iommu_group_get(&vf->dev);
	if (!*group)
		return 0;

	mutex_lock(&claims_lock);
	claim = find_claim(*group);
	if (claim)
		claim->vfs++;
	else
		err = new_claim(*group);
	mutex_unlock(&claims_lock);
	/* A claim has the reference of the VF that was first. */
	if (claim || err)
		iommu_group_put(*group);
	if (err)
		*group = NULL;
	return err;
}

void vmbox_dma_release(struct iommu_group *group)
{
	struct claim *claim;

	if (!group)
		return;

	mutex_lock(&claims_lock);
	claim = find_claim(group);
	if (!WARN_ON_ONCE(!claim) && !--claim->vfs) {
		list_del(&claim->node);
		iommu_group_release_dma_owner(group);
		iommu_group_put(group);
		kfree(claim);
	}
	mutex_unlock(&claims_lock);
}

bool vmbox_dma_is_claimed(struct pci_dev *vf)
{
	struct iommu_group *group = iommu_group_get(&vf->dev);
	bool claimed;

	if (!group)
		return false;
	mutex_lock(&claims_lock);
	claimed = find_claim(group);
	mutex_unlock(&claims_lock);
	iommu_group_put(group);
	return claimed;
}

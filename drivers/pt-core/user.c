// SPDX-License-Identifier: GPL-2.0
/* Programs that have a device through VFIO. */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/jiffies.h>
#include <linux/pt_core.h>

#define LOCK_MS		1000	/* for the device's lock, in all */
#define LOCK_POLL_MS	20

/*
 * vfio-pci's remove() holds the device's lock until its user closes the device, which
 * may be never: so the lock is only tried.
 */
bool pt_lock_device(struct pci_dev *pdev)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(LOCK_MS);

	while (!device_trylock(&pdev->dev)) {
		if (time_after(jiffies, deadline))
			return false;
		msleep(LOCK_POLL_MS);
	}
	return true;
}
EXPORT_SYMBOL_GPL(pt_lock_device);

/*
 * The group of a device whose driver leaves DMA to programs is claimed as long as one has
 * it open. VFIO does not say which program; `fuser` of the group's file does.
 */
bool pt_has_program(struct pci_dev *pdev, char *who, size_t size)
{
	struct pci_driver *driver = pdev->dev.driver ? to_pci_driver(pdev->dev.driver) : NULL;
	struct iommu_group *group;
	bool claimed;

	device_lock_assert(&pdev->dev);
	if (!driver || !driver->driver_managed_dma)
		return false;

	group = iommu_group_get(&pdev->dev);
	claimed = group && iommu_group_dma_owner_claimed(group);
	if (claimed)
		scnprintf(who, size, "a program (IOMMU group %d, %s)", iommu_group_id(group),
			  driver->name);
	iommu_group_put(group);
	return claimed;
}
EXPORT_SYMBOL_GPL(pt_has_program);

bool pt_program_of(struct pci_dev *pdev, char *who, size_t size)
{
	bool claimed;

	scnprintf(who, size, "a driver that comes or goes");
	if (!pt_lock_device(pdev))
		return true;
	claimed = pt_has_program(pdev, who, size);
	device_unlock(&pdev->dev);
	return claimed;
}
EXPORT_SYMBOL_GPL(pt_program_of);

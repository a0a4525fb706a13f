// SPDX-License-Identifier: GPL-2.0
/* Is there an IOMMU? See linux/pt_core.h. */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/pt_xen.h>
#include <xen/xen.h>

static bool any_is_mapped(void)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		if (device_iommu_mapped(&pdev->dev)) {
			pci_dev_put(pdev);
			return true;
		}
	}
	return false;
}

bool pt_has_iommu(struct pci_dev *pdev)
{
	if (xen_initial_domain())
		return pt_xen_has_iommu();
	if (xen_pv_domain())
		return true;
	return pdev ? device_iommu_mapped(&pdev->dev) : any_is_mapped();
}
EXPORT_SYMBOL_GPL(pt_has_iommu);

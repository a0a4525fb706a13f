// SPDX-License-Identifier: GPL-2.0
/* What Xen knows of devices, see linux/pt_xen.h. */
#include <linux/acpi.h>
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/pci-acpi.h>
#include <linux/pt_xen.h>
#include <xen/interface/xen.h>
#include <xen/interface/physdev.h>
#include <asm/xen/hypercall.h>

/* Where the kernel looks for a device's node of memory. */
static acpi_handle handle_of(struct pci_dev *pdev)
{
	acpi_handle handle = ACPI_HANDLE(&pdev->dev);
	struct pci_bus *bus = pci_physfn(pdev)->bus;

	for (; !handle && bus; bus = bus->parent)
		handle = acpi_pci_get_bridge_handle(bus);
	return handle;
}

static bool proximity_of(struct pci_dev *pdev, u32 *pxm)
{
	acpi_handle handle = handle_of(pdev);
	unsigned long long value;

	while (handle) {
		if (ACPI_SUCCESS(acpi_evaluate_integer(handle, "_PXM", NULL, &value))) {
			*pxm = value;
			return true;
		}
		if (ACPI_FAILURE(acpi_get_parent(handle, &handle)))
			return false;
	}
	return false;
}

int pt_xen_add(struct pci_dev *pdev, struct pci_dev *pf)
{
	struct {
		struct physdev_pci_device_add add;
		u32 pxm;
	} call = {
		.add = {
			.seg = pci_domain_nr(pdev->bus),
			.bus = pdev->bus->number,
			.devfn = pdev->devfn,
		},
	};
	int err;

	static_assert(sizeof(call.add) == 12);	/* and what is optional follows */
	if (pci_domain_nr(pdev->bus) > U16_MAX)
		return 0;
	if (!pf && pdev->is_virtfn)
		pf = pci_physfn(pdev);
	if (pf) {
		call.add.flags = XEN_PCI_DEV_VIRTFN;
		call.add.physfn.bus = pf->bus->number;
		call.add.physfn.devfn = pf->devfn;
	} else if (pci_ari_enabled(pdev->bus) && PCI_SLOT(pdev->devfn)) {
		call.add.flags = XEN_PCI_DEV_EXTFN;
	}
	if (proximity_of(pdev, &call.pxm))
		call.add.flags |= XEN_PCI_DEV_PXM;
	err = HYPERVISOR_physdev_op(PHYSDEVOP_pci_device_add, &call);
	return err == -ENOSYS || err == -EOPNOTSUPP ? 0 : err;
}
EXPORT_SYMBOL_GPL(pt_xen_add);

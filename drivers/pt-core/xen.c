// SPDX-License-Identifier: GPL-2.0
/* What Xen knows of devices, see linux/pt_xen.h. */
#include <linux/acpi.h>
#include <linux/bits.h>
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

/* From Xen's public sysctl.h, of which the kernel has no copy. */
#define XEN_SYSCTL_physinfo		3
#define XEN_SYSCTL_PHYSCAP_directio	BIT(2)

/* Versions of that interface: 4.14 has 0x13, 4.20 has 0x15. One that is not known counts as yes. */
#define SYSCTL_FIRST	0x13
#define SYSCTL_LAST	0x20

/**
 * struct physinfo - the call; it is the same in all these versions as far as it is used
 * @cmd: XEN_SYSCTL_physinfo
 * @version: another one than Xen's is refused with -EACCES
 * @counts: of CPUs and nodes, not used
 * @capabilities: bits XEN_SYSCTL_PHYSCAP_*
 * @rest: room for what Xen writes besides: 136 bytes are all of it
 */
struct physinfo {
	u32 cmd;
	u32 version;
	u32 counts[7];
	u32 capabilities;
	u32 rest[24];
};

static_assert(offsetof(struct physinfo, capabilities) == 36 && sizeof(struct physinfo) == 136);

bool pt_xen_has_iommu(void)
{
	struct physinfo call;
	long err = -EACCES;
	u32 version;

	for (version = SYSCTL_FIRST; err == -EACCES && version <= SYSCTL_LAST; version++) {
		call = (struct physinfo) { .cmd = XEN_SYSCTL_physinfo, .version = version };
		err = privcmd_call(__HYPERVISOR_sysctl, (unsigned long)&call, 0, 0, 0, 0);
	}
	return err || call.capabilities & XEN_SYSCTL_PHYSCAP_directio;
}
EXPORT_SYMBOL_GPL(pt_xen_has_iommu);

// SPDX-License-Identifier: GPL-2.0
/* Devices that Xen does not know, see xen_add.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/pt_core.h>
#include <linux/pt_xen.h>
#include <linux/xarray.h>

#include "xen_add.h"
#include "xen_call.h"

static DEFINE_XARRAY(failed);	/* -errno, as a value, by address */

static unsigned long key_of(struct pci_dev *pdev)
{
	return (unsigned long)pci_domain_nr(pdev->bus) << 16 | pci_dev_id(pdev);
}

void ie_xen_add_check(struct pci_dev *pdev)
{
	struct pt_event event = {
		.event = PT_CORE_EVENT_ADD_FAILED,
		.source = KBUILD_MODNAME,
		.has_result = true,
	};
	int err = pt_xen_add(pdev, NULL);

	if (!err) {
		xa_erase(&failed, key_of(pdev));
		return;
	}
	pci_err(pdev, "Xen does not know it (%pe): it is given to no guest; its bus number may be another than at boot\n",
		ERR_PTR(err));
	if (xa_err(xa_store(&failed, key_of(pdev), xa_mk_value(-err), GFP_KERNEL)))
		pci_err(pdev, "no memory to remember it\n");
	event.result = err;
	pt_event(pdev, &event);
}

int ie_xen_add_error(struct pci_dev *pdev)
{
	void *entry = xa_load(&failed, key_of(pdev));

	return entry ? -(int)xa_to_value(entry) : 0;
}

/* The nearest bridge for which Xen has an IOMMU. Return: whether Xen took it. */
static bool complete_entry(struct pci_dev *pdev)
{
	struct pci_dev *bridge = pdev;

	while ((bridge = pci_upstream_bridge(bridge)))
		if (!ie_xen_add_error(bridge) && !pt_xen_add(pdev, bridge))
			return true;
	return false;
}

void ie_xen_add_gone(struct pci_dev *pdev)
{
	u32 version = ie_xen_version();

	if (!xa_erase(&failed, key_of(pdev)) || !ie_xen_remove_panics(version))
		return;
	if (complete_entry(pdev))
		pci_info(pdev, "Xen can forget it now\n");
	else
		pci_emerg(pdev, "Xen %u.%u did not take it, and may panic now that it goes\n",
			  version >> 16, version & U16_MAX);
}

void ie_xen_add_exit(void)
{
	xa_destroy(&failed);
}

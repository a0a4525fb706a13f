// SPDX-License-Identifier: GPL-2.0
/* Hypercalls and kernel tables that say whose device it is, see physdev.h. */
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/physdev.h>
#include <xen/pci.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

#include "physdev.h"

static void msix_op(struct pci_dev *pdev, int op, const char *what)
{
	struct physdev_pci_device where = {
		.seg = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
	int err;

	if (!xen_initial_domain() || !pdev->msix_cap)
		return;
	err = HYPERVISOR_physdev_op(op, &where);
	/* A PVH dom0 is not offered this call; Xen finds the table by itself. */
	if (err && err != -ENOSYS)
		pci_warn(pdev, "Xen could not %s MSI-X: %pe\n", what, ERR_PTR(err));
}

void pbng_physdev_prepare_msix(struct pci_dev *pdev)
{
	msix_op(pdev, PHYSDEVOP_prepare_msix, "prepare");
}

void pbng_physdev_release_msix(struct pci_dev *pdev)
{
	msix_op(pdev, PHYSDEVOP_release_msix, "release");
}

int pbng_physdev_set_owner(struct pci_dev *pdev, int domid)
{
	int err;

	if (!xen_domain())
		return 0;
	err = xen_register_device_domain_owner(pdev, domid);
	if (err != -EEXIST)
		return err;
	/* Our own table says it is free, so whoever is registered is stale. */
	pci_warn(pdev, "MSI owner was domain %d\n",
		 xen_find_device_domain_owner(pdev));
	xen_unregister_device_domain_owner(pdev);
	return xen_register_device_domain_owner(pdev, domid);
}

void pbng_physdev_clear_owner(struct pci_dev *pdev)
{
	if (xen_domain())
		xen_unregister_device_domain_owner(pdev);
}

void pbng_physdev_was_reset(struct pci_dev *pdev)
{
	int err;

	if (!xen_initial_domain() || xen_pv_domain())
		return;
	err = xen_reset_device(pdev);
	/* Xen before 4.20 does not know the call, nor does it need it. */
	if (err && err != -ENOSYS && err != -EOPNOTSUPP)
		pci_warn(pdev, "Xen was not told of the reset: %pe\n",
			 ERR_PTR(err));
}

// SPDX-License-Identifier: GPL-2.0
/* Hypercalls and kernel tables that say whose device it is, see physdev.h. */
#include <linux/pt_xen.h>
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

/*
 * Found by telling Xen of it once more, which changes nothing for a device that it knows;
 * but not for one with ATS that was reset meanwhile: Xen would enter it twice. VFs with ATS
 * have MSI-X, as a rule, and then Xen did not take them.
 */
void pbng_physdev_claim(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	int err;

	if (!pbng_dom0_is_pvh())
		return;
	if (pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ATS))
		err = pdev->is_virtfn && pdev->msix_cap ? -EOPNOTSUPP : 0;
	else
		err = pt_xen_add(pdev, NULL);

	dev->unknown_to_xen = err;
	if (err)
		pci_warn(pdev, "cannot go to a guest: Xen did not take it from a PVH dom0 (%pe)\n",
			 ERR_PTR(err));
}

void pbng_physdev_was_reset(struct pbng_dev *dev)
{
	int err;

	if (!pbng_dom0_is_pvh() || dev->unknown_to_xen)
		return;
	err = xen_reset_device(dev->pdev);
	/* Xen before 4.20 does not know the call, nor does it need it. */
	if (err && err != -ENOSYS && err != -EOPNOTSUPP)
		pci_warn(dev->pdev, "Xen was not told of the reset: %pe\n",
			 ERR_PTR(err));
}

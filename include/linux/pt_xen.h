/* SPDX-License-Identifier: GPL-2.0 */
/* What Xen knows of devices; from pt-core, for the modules of the suite. In a dom0 only. */
#ifndef PT_XEN_H
#define PT_XEN_H

#include <linux/pci.h>

#ifdef CONFIG_PT_CORE_XEN

/**
 * pt_xen_add() - tell Xen of a device, as the kernel does when it comes
 * @pdev: the device
 * @pf: NULL, or: say that it is a virtual function of this one
 *
 * Xen has seen every device itself when dom0's kernel tells it of them at boot, so this
 * changes nothing for a device that it knows, with one exception: Xen would put one that
 * uses ATS, and has had a reset since, into a list for the second time. So ask only
 * right after the kernel did, or for a device without ATS.
 *
 * Context: process.
 * Return: 0, or what Xen said; 0 from one that has no such call.
 */
int pt_xen_add(struct pci_dev *pdev, struct pci_dev *pf);

/**
 * pt_xen_has_iommu() - does Xen use an IOMMU?
 *
 * What "xl info" shows as hvm_directio. The call has a version, which changes with Xen's
 * releases; where none of the known ones is accepted, there is said to be an IOMMU.
 *
 * Context: process.
 * Return: whether it does.
 */
bool pt_xen_has_iommu(void);

#else

static inline int pt_xen_add(struct pci_dev *pdev, struct pci_dev *pf)
{
	return 0;
}

static inline bool pt_xen_has_iommu(void)
{
	return true;
}

#endif

#endif /* PT_XEN_H */

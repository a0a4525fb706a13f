/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices that dom0's kernel could not make known to Xen. The kernel prints a line and
 * goes on; such a device cannot be translated, a guest that had it would be in the way
 * of others. So it is given to nobody.
 *
 * When it goes, the kernel tells Xen of it nevertheless, and Xen 4.16 to 4.18 panics:
 * the failed call left an entry behind that belongs to no domain. Before this happens
 * the entry is completed: Xen is told once more of the device, as a virtual function of
 * a bridge above it. For one of those Xen looks for the IOMMU of the other function,
 * which it knows. What then is removed is like any other.
 */
#ifndef IE_XEN_ADD_H
#define IE_XEN_ADD_H

#include <linux/pci.h>

/**
 * ie_xen_add_check() - does Xen know it?
 * @pdev: a device that the kernel has just told Xen of, or one without ATS
 *
 * Context: process, or a notifier of the PCI bus after that of the kernel.
 */
void ie_xen_add_check(struct pci_dev *pdev);

/**
 * ie_xen_add_gone() - the kernel is about to tell Xen that it goes
 * @pdev: the device
 *
 * Context: a notifier of the PCI bus before that of the kernel.
 */
void ie_xen_add_gone(struct pci_dev *pdev);

/**
 * ie_xen_add_error() - what did Xen say?
 * @pdev: the device
 *
 * Context: process.
 * Return: 0, or the negative errno for which Xen does not know it.
 */
int ie_xen_add_error(struct pci_dev *pdev);

/* Forget which failed: module exit. */
void ie_xen_add_exit(void);

#endif /* IE_XEN_ADD_H */

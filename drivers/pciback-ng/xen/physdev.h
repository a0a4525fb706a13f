/* SPDX-License-Identifier: GPL-2.0 */
/* What Xen must be told about a device. All of it is nothing without Xen. */
#ifndef PBNG_XEN_PHYSDEV_H
#define PBNG_XEN_PHYSDEV_H

#include <linux/types.h>
#include <xen/xen.h>

#include "../device.h"

#ifdef CONFIG_PCIBACK_NG_XEN

/* A PVH dom0, whose devices Xen emulates in part, and has to hear of their resets. */
static inline bool pbng_dom0_is_pvh(void)
{
	return xen_initial_domain() && !xen_pv_domain();
}

/* Xen notes where the MSI-X table is, before a guest can move BARs (XSA-337). */
void pbng_physdev_prepare_msix(struct pci_dev *pdev);
void pbng_physdev_release_msix(struct pci_dev *pdev);

/* MSIs that dom0 sets up from now on go to this domain. Return: 0 or -ENOMEM. */
int pbng_physdev_set_owner(struct pci_dev *pdev, int domid);
void pbng_physdev_clear_owner(struct pci_dev *pdev);

/*
 * Is it known to Xen? A PVH dom0 has to know before the first reset: Xen 4.20 panics when it
 * is told of one of a device that it did not take, which are all VFs with MSI-X.
 */
void pbng_physdev_claim(struct pbng_dev *dev);

/* The device was reset: a PVH dom0 has Xen forget what it emulates of it. */
void pbng_physdev_was_reset(struct pbng_dev *dev);

#else

static inline void pbng_physdev_prepare_msix(struct pci_dev *pdev) { }
static inline void pbng_physdev_release_msix(struct pci_dev *pdev) { }
static inline int pbng_physdev_set_owner(struct pci_dev *pdev, int domid) { return 0; }
static inline void pbng_physdev_clear_owner(struct pci_dev *pdev) { }
static inline void pbng_physdev_claim(struct pbng_dev *dev) { }
static inline void pbng_physdev_was_reset(struct pbng_dev *dev) { }

#endif

#endif /* PBNG_XEN_PHYSDEV_H */

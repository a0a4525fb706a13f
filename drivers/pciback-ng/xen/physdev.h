/* SPDX-License-Identifier: GPL-2.0 */
/* What Xen must be told about a device. All of it is nothing without Xen. */
#ifndef PBNG_XEN_PHYSDEV_H
#define PBNG_XEN_PHYSDEV_H

#include <linux/pci.h>

#ifdef CONFIG_PCIBACK_NG_XEN

/* Xen notes where the MSI-X table is, before a guest can move BARs (XSA-337). */
void pbng_physdev_prepare_msix(struct pci_dev *pdev);
void pbng_physdev_release_msix(struct pci_dev *pdev);

/* MSIs that dom0 sets up from now on go to this domain. Return: 0 or -ENOMEM. */
int pbng_physdev_set_owner(struct pci_dev *pdev, int domid);
void pbng_physdev_clear_owner(struct pci_dev *pdev);

/* The device was reset: a PVH dom0 has Xen forget what it emulates of it. */
void pbng_physdev_was_reset(struct pci_dev *pdev);

#else

static inline void pbng_physdev_prepare_msix(struct pci_dev *pdev) { }
static inline void pbng_physdev_release_msix(struct pci_dev *pdev) { }
static inline int pbng_physdev_set_owner(struct pci_dev *pdev, int domid) { return 0; }
static inline void pbng_physdev_clear_owner(struct pci_dev *pdev) { }
static inline void pbng_physdev_was_reset(struct pci_dev *pdev) { }

#endif

#endif /* PBNG_XEN_PHYSDEV_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* <xen/pci.h> of Linux 6.12 for older kernels, which know no PVH dom0 passthrough. */
#ifndef COMPAT_XEN_PCI_H
#define COMPAT_XEN_PCI_H

#include <linux/errno.h>
#include <linux/pci.h>
#include_next <xen/pci.h>

#ifndef HAVE_XEN_RESET_DEVICE
static inline int xen_reset_device(const struct pci_dev *dev)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* COMPAT_XEN_PCI_H */

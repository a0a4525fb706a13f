/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <xen/acpi.h> of Linux 6.12 for older kernels, which cannot tell a toolstack the GSI of a
 * device in a PVH dom0.
 */
#ifndef COMPAT_XEN_ACPI_H
#define COMPAT_XEN_ACPI_H

#include <linux/errno.h>
#include <linux/pci.h>
#include_next <xen/acpi.h>

#ifndef HAVE_XEN_ACPI_GET_GSI_INFO
static inline int xen_acpi_get_gsi_info(struct pci_dev *dev, int *gsi_out,
					int *trigger_out, int *polarity_out)
{
	return -EOPNOTSUPP;
}

static inline int xen_pvh_setup_gsi(int gsi, int trigger, int polarity)
{
	return -EOPNOTSUPP;
}

/* Such a kernel has no ioctl of privcmd that would call @func. */
static inline void xen_acpi_register_get_gsi_func(int (*func)(u32 sbdf))
{
}
#endif

#endif /* COMPAT_XEN_ACPI_H */

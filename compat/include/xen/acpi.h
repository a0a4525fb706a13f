/* SPDX-License-Identifier: GPL-2.0 */
/* <xen/acpi.h> of Linux 6.12 for older kernels, which know no PVH dom0 passthrough. */
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
#endif

#endif /* COMPAT_XEN_ACPI_H */

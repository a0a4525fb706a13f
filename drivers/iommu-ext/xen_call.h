/* SPDX-License-Identifier: GPL-2.0 */
/* What is asked of the hypervisor. Only in a Xen dom0. */
#ifndef IE_XEN_CALL_H
#define IE_XEN_CALL_H

#include <linux/pci.h>

#include "rdm_xen_core.h"

/**
 * struct ie_xen_ranges - reserved memory
 * @count: how many ranges
 * @range: each
 */
struct ie_xen_ranges {
	unsigned int count;
	struct ie_xen_range range[] __counted_by(count);
};

/**
 * ie_xen_version() - which hypervisor is it?
 *
 * Context: any.
 * Return: major << 16 | minor.
 */
u32 ie_xen_version(void);

/**
 * ie_xen_rdm() - the reserved memory that Xen has
 * @pdev: at the address of this device, NULL for all that there is
 *
 * Context: process.
 * Return: the ranges, for kfree(), or an ERR_PTR. A hypervisor that does not know the
 * question has none.
 */
struct ie_xen_ranges *ie_xen_rdm(struct pci_dev *pdev);

#endif /* IE_XEN_CALL_H */

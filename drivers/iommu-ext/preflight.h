/* SPDX-License-Identifier: GPL-2.0 */
/* /sys/kernel/iommu_ext/check: what would come of a guest with these devices. */
#ifndef IE_PREFLIGHT_H
#define IE_PREFLIGHT_H

/**
 * ie_preflight_init() - offer it
 *
 * Context: process, may sleep; ie_kobj, tables and isolation sets are there.
 * Return: 0 or a negative errno.
 */
int ie_preflight_init(void);

/* Not any more. */
void ie_preflight_exit(void);

#endif /* IE_PREFLIGHT_H */

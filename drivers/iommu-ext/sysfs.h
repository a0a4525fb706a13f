/* SPDX-License-Identifier: GPL-2.0 */
/* The folder "iommu_ext" below each PCI device: one value a file. */
#ifndef IOMMU_EXT_SYSFS_H
#define IOMMU_EXT_SYSFS_H

int ie_sysfs_init(void);
void ie_sysfs_exit(void);

#endif /* IOMMU_EXT_SYSFS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* /sys/bus/pci/drivers/pciback/, see Documentation/ABI/testing/. */
#ifndef PBNG_SYSFS_H
#define PBNG_SYSFS_H

struct attribute_group;

/* The attributes of our PCI driver. */
extern const struct attribute_group *pbng_sysfs_driver_groups[];

#endif /* PBNG_SYSFS_H */

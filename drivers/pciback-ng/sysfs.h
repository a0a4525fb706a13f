/* SPDX-License-Identifier: GPL-2.0 */
/* The attributes, see Documentation/ABI/testing/sysfs-driver-pciback. */
#ifndef PBNG_SYSFS_H
#define PBNG_SYSFS_H

struct attribute_group;

/* /sys/bus/pci/drivers/pciback/ */
extern const struct attribute_group *pbng_sysfs_driver_groups[];

/* /sys/bus/pci/devices/<BDF>/pciback/ (sysfs_device.c) */
extern const struct attribute_group *pbng_sysfs_device_groups[];

#endif /* PBNG_SYSFS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The attributes, see Documentation/ABI/testing/sysfs-driver-pciback. */
#ifndef PBNG_SYSFS_H
#define PBNG_SYSFS_H

#include <linux/sysfs.h>

/* /sys/bus/pci/drivers/pciback/ */
extern const struct attribute_group *pbng_sysfs_driver_groups[];

/* /sys/bus/pci/devices/<BDF>/pciback/ (sysfs_device.c) */
extern const struct attribute_group *pbng_sysfs_device_groups[];

/* sysfs_quirk.c: one more group of the driver's, and files of the device's folder. */
extern const struct attribute_group pbng_sysfs_quirk_group;
extern COMPAT_BIN_ATTRIBUTE *pbng_sysfs_quirk_device_attrs[];

#endif /* PBNG_SYSFS_H */

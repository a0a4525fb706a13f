/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/sysfs.h> with one word for the binary attribute that callbacks are given and
 * groups are made of: const since Linux 6.17, where both had been made so step by step
 * since 6.14.
 */
#ifndef COMPAT_LINUX_SYSFS_H
#define COMPAT_LINUX_SYSFS_H

#include_next <linux/sysfs.h>

/*
 * An argument:            COMPAT_BIN_ATTRIBUTE *attr
 * A group's .bin_attrs:   static COMPAT_BIN_ATTRIBUTE *attrs[] = { ..., NULL };
 */
#ifdef HAVE_CONST_BIN_ATTRIBUTE
#define COMPAT_BIN_ATTRIBUTE const struct bin_attribute
#else
#define COMPAT_BIN_ATTRIBUTE struct bin_attribute
#endif

#endif /* COMPAT_LINUX_SYSFS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of iommu-ext share. */
#ifndef IE_H
#define IE_H

#include <linux/kobject.h>

extern struct kobject *ie_kobj;	/* /sys/kernel/iommu_ext */

#define QUOTE_MAX	64	/* characters of a text that an error message repeats */

#endif /* IE_H */

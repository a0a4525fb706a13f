/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of iommu-ext share. */
#ifndef IE_H
#define IE_H

#include <linux/kobject.h>

extern struct kobject *ie_kobj;	/* /sys/kernel/iommu_ext */

#endif /* IE_H */

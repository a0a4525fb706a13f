// SPDX-License-Identifier: GPL-2.0
/*
 * iommu-ext: reserved memory, isolation sets, devices that move.
 * Ordered init and exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "ie.h"
#include "isolation.h"
#include "isolation_reasons.h"
#include "keep.h"
#include "orphan.h"
#include "pin.h"
#include "policy.h"
#include "preflight.h"
#include "rdm.h"
#include "rdm_xen.h"
#include "sysfs.h"
#include "tables.h"

struct kobject *ie_kobj;

/* In this order, and back in the other: what comes later asks what comes before. */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} parts[] = {
	{ ie_pin_init, ie_pin_exit },
	{ ie_orphan_init, ie_orphan_exit },
	{ ie_tables_init, ie_tables_exit },
	{ ie_rdm_init, ie_rdm_exit },
	{ ie_policy_init, ie_policy_exit },
	{ ie_rdm_xen_init, ie_rdm_xen_exit },
	{ ie_isolation_init, ie_isolation_exit },
	{ ie_isolation_reasons_init, ie_isolation_reasons_exit },
	{ ie_preflight_init, ie_preflight_exit },
	{ ie_keep_init, ie_keep_exit },
	{ ie_sysfs_init, ie_sysfs_exit },
};

static void end_parts(int n)
{
	while (n--)
		parts[n].exit();
	kobject_put(ie_kobj);
}

static int __init ie_init(void)
{
	int err, n;

	ie_kobj = kobject_create_and_add("iommu_ext", kernel_kobj);
	if (!ie_kobj)
		return -ENOMEM;
	for (n = 0; n < ARRAY_SIZE(parts); n++) {
		err = parts[n].init();
		if (err) {
			end_parts(n);
			return err;
		}
	}
	return 0;
}

static void __exit ie_exit(void)
{
	end_parts(ARRAY_SIZE(parts));
}

module_init(ie_init);
module_exit(ie_exit);
MODULE_DESCRIPTION("Reserved memory, isolation sets and renumbering of PCI devices");
MODULE_VERSION(SUITE_VERSION);
MODULE_INFO(documentation, SUITE_DOCUMENTATION "rdm.rst");
MODULE_LICENSE("GPL");

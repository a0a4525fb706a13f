// SPDX-License-Identifier: GPL-2.0
/*
 * iommu-ext: reserved memory, isolation sets, devices that move.
 * Ordered init and exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "ie.h"
#include "pin.h"
#include "policy.h"
#include "rdm.h"
#include "rdm_xen.h"
#include "sysfs.h"

struct kobject *ie_kobj;

static int __init ie_init(void)
{
	int err;

	ie_kobj = kobject_create_and_add("iommu_ext", kernel_kobj);
	if (!ie_kobj)
		return -ENOMEM;
	err = ie_pin_init();
	if (err)
		goto err_kobj;
	ie_rdm_init();
	err = ie_policy_init();
	if (err)
		goto err_rdm;
	err = ie_rdm_xen_init();
	if (err)
		goto err_policy;
	err = ie_sysfs_init();
	if (err)
		goto err_xen;
	return 0;

err_xen:
	ie_rdm_xen_exit();
err_policy:
	ie_policy_exit();
err_rdm:
	ie_rdm_exit();
	ie_pin_exit();
err_kobj:
	kobject_put(ie_kobj);
	return err;
}

static void __exit ie_exit(void)
{
	ie_sysfs_exit();
	ie_rdm_xen_exit();
	ie_policy_exit();
	ie_rdm_exit();
	ie_pin_exit();
	kobject_put(ie_kobj);
}

module_init(ie_init);
module_exit(ie_exit);
MODULE_DESCRIPTION("Reserved memory, isolation sets and renumbering of PCI devices");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
/*
 * pci-stub: the name and the parameter of the in-tree module. The driver pci-stub is
 * registered by pciback-ng.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pciback_ng.h>

static const char ids_name[] = "pci-stub.ids=";

static char *ids;
module_param(ids, charp, 0444);
MODULE_PARM_DESC(ids, "ids of devices that no driver has: vendor:device[:subvendor[:subdevice[:class[:class_mask]]]],...");

static int __init old_name_init(void)
{
	return ids && *ids ? pbng_param_ids(ids_name, ids) : 0;
}

static void __exit old_name_exit(void)
{
	pbng_param_end_ids(ids_name);
}

module_init(old_name_init);
module_exit(old_name_exit);
MODULE_DESCRIPTION("The old name of pciback-ng on a KVM host, with its parameter");
MODULE_VERSION(SUITE_VERSION);
MODULE_INFO(documentation, SUITE_DOCUMENTATION "install.rst");
MODULE_LICENSE("GPL");

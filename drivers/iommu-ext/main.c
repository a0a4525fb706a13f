// SPDX-License-Identifier: GPL-2.0
/*
 * iommu-ext: reserved memory, isolation sets, devices that move.
 * Ordered init and exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

static int __init ie_init(void)
{
	return 0;
}

static void __exit ie_exit(void)
{
}

module_init(ie_init);
module_exit(ie_exit);
MODULE_DESCRIPTION("Reserved memory, isolation sets and renumbering of PCI devices");
MODULE_LICENSE("GPL");

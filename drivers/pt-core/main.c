// SPDX-License-Identifier: GPL-2.0
/*
 * pt-core: what the modules of the suite stand on.
 * Ordered init and exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

static int __init pt_core_init(void)
{
	return 0;
}

static void __exit pt_core_exit(void)
{
}

module_init(pt_core_init);
module_exit(pt_core_exit);
MODULE_DESCRIPTION("Identities, events and guards of PCI devices that are given away");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
/*
 * xen-pciback: the name and the parameters of the in-tree driver, handed over to
 * pciback-ng. Like that one it does not load without Xen: what it hides is for guests of
 * Xen, and a boot without Xen, perhaps to repair it, needs the devices.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "xen_params.h"

static const char hide_name[] = "xen-pciback.hide=";

static int __init old_name_init(void)
{
	if (!xen_initial_domain()) {
		pr_notice("no Xen dom0: hide= has no effect here, that of pciback-ng has\n");
		return -ENODEV;
	}
	return hand_over(hide_name);
}

static void __exit old_name_exit(void)
{
	take_back(hide_name);
}

module_init(old_name_init);
module_exit(old_name_exit);
MODULE_DESCRIPTION("The old name of pciback-ng in a Xen dom0, with its parameters");
MODULE_ALIAS("xen-backend:pci");
MODULE_VERSION(SUITE_VERSION);
MODULE_INFO(documentation, SUITE_DOCUMENTATION "install.rst");
MODULE_LICENSE("GPL");

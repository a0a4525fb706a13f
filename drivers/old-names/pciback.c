// SPDX-License-Identifier: GPL-2.0
/*
 * pciback: how Xen's own kernels called xen-pciback, and what driverctl and libvirt load
 * when they look for a driver of that name. So it loads without Xen as well; its hide= is
 * for guests of Xen like that of xen-pciback.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "xen_params.h"

static const char hide_name[] = "pciback.hide=";

static int __init old_name_init(void)
{
	return hand_over(hide_name);
}

static void __exit old_name_exit(void)
{
	take_back(hide_name);
}

module_init(old_name_init);
module_exit(old_name_exit);
MODULE_DESCRIPTION("The oldest name of pciback-ng, with the parameters of xen-pciback");
MODULE_VERSION(SUITE_VERSION);
MODULE_INFO(documentation, SUITE_DOCUMENTATION "install.rst");
MODULE_LICENSE("GPL");

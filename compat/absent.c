// SPDX-License-Identifier: GPL-2.0
/*
 * In the place of a module that does not compile for a kernel, so that DKMS installs those
 * that do: copied to the name of that module by scripts/dkms.sh. It says so and refuses to
 * load.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init absent_init(void)
{
	pr_err("did not compile for this kernel, see make.log below /var/lib/dkms/pciback-ng/%s\n",
	       SUITE_VERSION);
	return -EOPNOTSUPP;
}

module_init(absent_init);
MODULE_DESCRIPTION("Absent: did not compile for this kernel");
MODULE_VERSION(SUITE_VERSION);
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
/*
 * pt-core: what the modules of the suite stand on.
 * Ordered init and exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "events.h"
#include "guard.h"
#include "identity.h"

static int __init pt_core_init(void)
{
	int err;

	err = pt_events_init();
	if (err)
		return err;
	err = pt_identity_init();
	if (err)
		pt_events_exit();
	return err;
}

static void __exit pt_core_exit(void)
{
	pt_identity_exit();
	pt_guard_exit();
	pt_events_exit();
}

module_init(pt_core_init);
module_exit(pt_core_exit);
MODULE_DESCRIPTION("Identities, events and guards of PCI devices that are given away");
MODULE_VERSION(SUITE_VERSION);
MODULE_INFO(documentation, SUITE_DOCUMENTATION "events.rst");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
/*
 * sriov-mbox-xen: the mailbox for PV guests of Xen. A module of its own, for neither
 * the mailbox needs pciback-ng nor the other way round.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <xen/xen.h>

#include "port.h"

struct workqueue_struct *vmbox_xen_wq;

static int __init vmbox_xen_init(void)
{
	int err;

	if (!xen_initial_domain()) {
		pr_err("no Xen dom0: not loaded; for KVM guests and programs sriov-mbox is enough\n");
		return -ENODEV;
	}
	vmbox_xen_wq = alloc_workqueue("sriov-mbox-xen", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!vmbox_xen_wq)
		return -ENOMEM;
	err = pbng_overlay_register(&vmbox_xen_overlay);
	if (err)
		destroy_workqueue(vmbox_xen_wq);
	return err;
}

static void __exit vmbox_xen_exit(void)
{
	pbng_overlay_unregister(&vmbox_xen_overlay);
	destroy_workqueue(vmbox_xen_wq);
}

module_init(vmbox_xen_init);
module_exit(vmbox_xen_exit);
MODULE_DESCRIPTION("Mailbox between a PF and its VFs in PV guests of Xen");
MODULE_VERSION(SUITE_VERSION);
MODULE_INFO(documentation, SUITE_DOCUMENTATION "mailbox.rst");
MODULE_LICENSE("GPL");

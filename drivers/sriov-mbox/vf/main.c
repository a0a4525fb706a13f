// SPDX-License-Identifier: GPL-2.0
/*
 * sriov-mbox-vf: a VF's side of the mailbox, in a guest. Ordered init and exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "vf.h"

struct workqueue_struct *vmbox_vf_wq;

static int __init vmbox_vf_init(void)
{
	int err;

	vmbox_vf_wq = alloc_workqueue("sriov-mbox-vf", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!vmbox_vf_wq)
		return -ENOMEM;
	err = vmbox_vf_devices_init();
	if (err)
		goto free_wq;
	err = vmbox_vf_blocks_init();
	if (err)
		goto end_devices;
	return 0;

end_devices:
	vmbox_vf_devices_exit();
free_wq:
	destroy_workqueue(vmbox_vf_wq);
	return err;
}

static void __exit vmbox_vf_exit(void)
{
	vmbox_vf_blocks_exit();
	vmbox_vf_devices_exit();
	destroy_workqueue(vmbox_vf_wq);
}

module_init(vmbox_vf_init);
module_exit(vmbox_vf_exit);
/* Where its module is, the kernel has somebody who would call it. */
MODULE_SOFTDEP("pre: pci-hyperv-intf");
MODULE_DESCRIPTION("Mailbox of a VF in a guest");
MODULE_VERSION(SUITE_VERSION);
MODULE_INFO(documentation, SUITE_DOCUMENTATION "mailbox.rst");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
/*
 * sriov-mbox: a mailbox between a PF and its VFs that is made of software.
 * Ordered init and exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pt_param.h>
#include <linux/workqueue.h>

#include "link.h"
#include "main.h"
#include "node.h"
#include "manager.h"
#include "netlink.h"
#include "pf.h"
#include "relay.h"

struct workqueue_struct *vmbox_wq;

struct vmbox_limits vmbox_limits = {
	.messages = { 200000, 20000 },
	.bytes = { 400000000, 40000000 },
	.bells = { 100000, 10000 },
	.setups = { 2, 64 },
	.strikes = { 1, 64 },
	.changes = { 1, 16 },
};

static struct pt_param_range messages_rate = { &vmbox_limits.messages.rate, 0, UINT_MAX };
module_param_cb(messages_rate, &pt_param_range_ops, &messages_rate, 0644);
MODULE_PARM_DESC(messages_rate, "messages of a VF in a second, 0: no limit");
static struct pt_param_range messages_burst = { &vmbox_limits.messages.burst, 0, UINT_MAX };
module_param_cb(messages_burst, &pt_param_range_ops, &messages_burst, 0644);
MODULE_PARM_DESC(messages_burst, "messages of a VF at once");
static struct pt_param_range bytes_rate = { &vmbox_limits.bytes.rate, 0, UINT_MAX };
module_param_cb(bytes_rate, &pt_param_range_ops, &bytes_rate, 0644);
MODULE_PARM_DESC(bytes_rate, "bytes of messages of a VF in a second, 0: no limit");
static struct pt_param_range bytes_burst = { &vmbox_limits.bytes.burst, 0, UINT_MAX };
module_param_cb(bytes_burst, &pt_param_range_ops, &bytes_burst, 0644);
MODULE_PARM_DESC(bytes_burst, "bytes of messages of a VF at once");
static struct pt_param_range bells_rate = { &vmbox_limits.bells.rate, 0, UINT_MAX };
module_param_cb(bells_rate, &pt_param_range_ops, &bells_rate, 0644);
MODULE_PARM_DESC(bells_rate, "doorbells of a VF without a message in a second, 0: no limit");
static struct pt_param_range bells_burst = { &vmbox_limits.bells.burst, 0, UINT_MAX };
module_param_cb(bells_burst, &pt_param_range_ops, &bells_burst, 0644);
MODULE_PARM_DESC(bells_burst, "doorbells of a VF without a message at once");
static struct pt_param_range setups_rate = { &vmbox_limits.setups.rate, 0, UINT_MAX };
module_param_cb(setups_rate, &pt_param_range_ops, &setups_rate, 0644);
MODULE_PARM_DESC(setups_rate, "times that a VF sets up memory in a second, 0: no limit");
static struct pt_param_range setups_burst = { &vmbox_limits.setups.burst, 0, UINT_MAX };
module_param_cb(setups_burst, &pt_param_range_ops, &setups_burst, 0644);
MODULE_PARM_DESC(setups_burst, "times that a VF sets up memory at once");
static struct pt_param_range strikes_rate = { &vmbox_limits.strikes.rate, 0, UINT_MAX };
module_param_cb(strikes_rate, &pt_param_range_ops, &strikes_rate, 0644);
MODULE_PARM_DESC(strikes_rate, "broken rules of a VF that a second forgives, 0: all");
static struct pt_param_range strikes_burst = { &vmbox_limits.strikes.burst, 0, UINT_MAX };
module_param_cb(strikes_burst, &pt_param_range_ops, &strikes_burst, 0644);
MODULE_PARM_DESC(strikes_burst, "rules that a VF may break before it is quarantined");
static struct pt_param_range changes_rate = { &vmbox_limits.changes.rate, 0, UINT_MAX };
module_param_cb(changes_rate, &pt_param_range_ops, &changes_rate, 0644);
MODULE_PARM_DESC(changes_rate, "changes that a VF asks the relay for in a second, 0: no limit");
static struct pt_param_range changes_burst = { &vmbox_limits.changes.burst, 0, UINT_MAX };
module_param_cb(changes_burst, &pt_param_range_ops, &changes_burst, 0644);
MODULE_PARM_DESC(changes_burst, "changes that a VF asks the relay for at once");

/* In this order, and back in the other: what comes later asks what comes before. */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} parts[] = {
	{ vmbox_nodes_init, vmbox_nodes_exit },
	{ vmbox_netlink_init, vmbox_netlink_exit },
	{ vmbox_manager_init, vmbox_manager_exit },
	{ vmbox_policies_init, vmbox_policies_exit },
	{ vmbox_pfs_init, vmbox_pfs_exit },
	{ vmbox_relay_init, vmbox_relay_exit },
	{ vmbox_link_init, vmbox_link_exit },
};

static void end_parts(int n)
{
	while (n--)
		parts[n].exit();
	/* What is queued has references: it ends here. */
	destroy_workqueue(vmbox_wq);
}

static int __init vmbox_init(void)
{
	int err, n;

	vmbox_wq = alloc_workqueue("sriov-mbox", WQ_UNBOUND, 0);
	if (!vmbox_wq)
		return -ENOMEM;
	for (n = 0; n < ARRAY_SIZE(parts); n++) {
		err = parts[n].init();
		if (err) {
			end_parts(n);
			return err;
		}
	}
	return 0;
}

static void __exit vmbox_exit(void)
{
	end_parts(ARRAY_SIZE(parts));
}

module_init(vmbox_init);
module_exit(vmbox_exit);
MODULE_DESCRIPTION("Mailbox between a PF and its VFs, and manager of VFs");
MODULE_VERSION(SUITE_VERSION);
MODULE_INFO(documentation, SUITE_DOCUMENTATION "mailbox.rst");
MODULE_LICENSE("GPL");

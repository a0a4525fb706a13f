// SPDX-License-Identifier: GPL-2.0
/*
 * A VF driver that uses the mailbox, see Documentation/mailbox-drivers.rst. When the mailbox
 * opens it sends a number from under a spinlock, as drivers do that talk to their PF in
 * atomic context; the answer comes to a function of its own.
 *
 * What a VF driver does in its probe() and remove() is in sample_probe() and sample_remove().
 * The rest makes a module of it that runs beside the driver that the VF has:
 *
 *	insmod sample_vf.ko vf=0000:00:00.0 number=7
 *	cat /sys/module/sample_vf/parameters/sum
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/sriov_mbox_vf.h>

#include "sample.h"

static ulong number = 1;
module_param(number, ulong, 0444);
MODULE_PARM_DESC(number, "what to send");

static struct vmbox_vf_client *registered;
static DEFINE_SPINLOCK(lock);		/* protects @sending, @add */
static struct sample_add add;
static bool sending;
static u64 sum;

static void sample_sent(struct vmbox_vf_async *async, int result)
{
	spin_lock(&lock);
	/* Every answer is checked; -ECONNRESET: status() is called again, and we send again. */
	if (result == sizeof(add))
		WRITE_ONCE(sum, add.number);
	else
		pr_info("no answer: %d\n", result);
	sending = false;
	spin_unlock(&lock);
}

static struct vmbox_vf_async question = {
	.op = SAMPLE_OP_ADD,
	.in = &add, .in_len = sizeof(add),
	.out = &add, .out_room = sizeof(add),
	.timeout_ms = 5000,
	.done = sample_sent,
};

/* Each generation begins at nothing: say again what the PF has to know. */
static void sample_status(void *priv, struct vmbox_vf_client *client,
			  const struct vmbox_vf_status *status)
{
	pr_info("%s, generation %u, PF: %s\n", status->open ? "open" : "closed", status->gen,
		status->pf_name);
	if (!status->open)
		return;

	spin_lock(&lock);
	if (!sending) {
		add.number = number;
		sending = !vmbox_vf_call_async(client, &question);
	}
	spin_unlock(&lock);
}

static void sample_event(void *priv, const struct vmbox_event *event)
{
	pr_info("events %llx, link %s\n", event->events, event->link.up ? "up" : "down");
}

/* The PF asks. To answer QUIESCE and REMOVE_PENDING with 0 is to have come to rest. */
static int sample_request(void *priv, u16 op, const void *data, u16 len, void *answer)
{
	return op == VMBOX_OP_QUIESCE || op == VMBOX_OP_REMOVE_PENDING ? 0 : -EOPNOTSUPP;
}

static const struct vmbox_vf_ops sample_ops = {
	.event = sample_event,
	.request = sample_request,
	.status = sample_status,
};

/* The device has a mailbox: at once, or when sriov-mbox-vf is loaded. */
static void sample_came(struct vmbox_vf_watch *watch)
{
	struct vmbox_vf_client *new = vmbox_vf_register(watch->pdev, &sample_ops, NULL);

	if (!IS_ERR(new))
		registered = new;
}

static struct vmbox_vf_watch watch = { .came = sample_came };

static int sample_probe(struct pci_dev *pdev)
{
	watch.pdev = pdev;
	return vmbox_vf_watch_start(&watch);
}

static void sample_remove(struct pci_dev *pdev)
{
	vmbox_vf_watch_stop(&watch);
	if (registered)
		vmbox_vf_unregister(registered);
}

static char vf[16];
module_param_string(vf, vf, sizeof(vf), 0444);
MODULE_PARM_DESC(vf, "the VF, DDDD:BB:DD.F");

static int show_sum(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%llu\n", READ_ONCE(sum));
}

static const struct kernel_param_ops sum_ops = { .get = show_sum };
module_param_cb(sum, &sum_ops, NULL, 0444);
MODULE_PARM_DESC(sum, "what the PF has answered");

static struct pci_dev *pdev;

static int __init sample_init(void)
{
	int err = -ENODEV;

	for_each_pci_dev(pdev)
		if (!strcmp(pci_name(pdev), vf))
			break;
	if (pdev)
		err = sample_probe(pdev);
	if (err)
		pci_dev_put(pdev);
	return err;
}

static void __exit sample_exit(void)
{
	sample_remove(pdev);
	pci_dev_put(pdev);
}

module_init(sample_init);
module_exit(sample_exit);
MODULE_SOFTDEP("pre: sriov-mbox-vf");
MODULE_DESCRIPTION("Sample of a VF driver with a mailbox");
MODULE_LICENSE("GPL");

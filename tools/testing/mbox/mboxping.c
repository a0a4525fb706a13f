// SPDX-License-Identifier: GPL-2.0
/*
 * A bare event channel between a guest and dom0, for measurements: no message of any
 * kind can be there and back faster when both ends are in a kernel and sleep until they
 * are signalled.
 *
 *	domain=N	where the other end is
 *	port=P		its event channel. 0: we make one, whose number can be read here
 *
 * Who has made it answers, as dom0's side of the mailbox would: the event is let in again
 * by a work that has answered, in a workqueue of the same kind. Who was given it asks, as
 * a guest's user space would: each write to /dev/mboxping is a signal, and ends when the
 * answer has come.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

static unsigned int domain;
module_param(domain, uint, 0444);
MODULE_PARM_DESC(domain, "where the other end is");

static unsigned int port;
module_param(port, uint, 0444);
MODULE_PARM_DESC(port, "the other end's event channel");

static struct workqueue_struct *wq;
static DECLARE_COMPLETION(came);
static bool asks;
static int line;

static void answer(struct work_struct *work)
{
	int irq = READ_ONCE(line);

	notify_remote_via_irq(irq);
	xen_irq_lateeoi(irq, 0);
}

static DECLARE_WORK(answer_work, answer);

static irqreturn_t rung(int irq, void *data)
{
	/* The first may be faster than the return of the bind call. */
	WRITE_ONCE(line, irq);
	if (asks)
		complete(&came);
	else
		queue_work(wq, &answer_work);
	return IRQ_HANDLED;
}

static ssize_t ask(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	long left;

	reinit_completion(&came);
	notify_remote_via_irq(line);
	left = wait_for_completion_killable_timeout(&came, 20 * HZ);
	if (left > 0)
		return len;
	return left ?: -ETIMEDOUT;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.write = ask,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mboxping",
	.fops = &fops,
	.mode = 0600,
};

static int make_channel(evtchn_port_t *local)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = domain };
	int err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);

	*local = alloc.port;
	port = alloc.port;
	return err;
}

static int join_channel(evtchn_port_t *local)
{
	struct evtchn_bind_interdomain bind = { .remote_dom = domain, .remote_port = port };
	int err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &bind);

	*local = bind.local_port;
	return err;
}

/* Each end binds its interrupt in the way in which the mailbox does it there. */
static int listen(void)
{
	evtchn_port_t local;
	int ret;

	ret = asks ? join_channel(&local) : make_channel(&local);
	if (ret)
		return ret;
	if (asks)
		ret = bind_evtchn_to_irqhandler(local, rung, 0, "mboxping", &came);
	else
		ret = bind_evtchn_to_irqhandler_lateeoi(local, rung, 0, "mboxping", &came);
	if (ret < 0) {
		struct evtchn_close close = { .port = local };

		HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
		return ret;
	}
	WRITE_ONCE(line, ret);
	return 0;
}

static void ignore(void)
{
	disable_irq(line);
	cancel_work_sync(&answer_work);
	unbind_from_irqhandler(line, &came);
}

static int __init mboxping_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	asks = port;
	wq = alloc_workqueue("mboxping", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!wq)
		return -ENOMEM;
	err = listen();
	if (err)
		goto free_wq;
	err = asks ? misc_register(&misc) : 0;
	if (!err)
		return 0;
	ignore();
free_wq:
	destroy_workqueue(wq);
	return err;
}

static void __exit mboxping_exit(void)
{
	if (asks)
		misc_deregister(&misc);
	ignore();
	destroy_workqueue(wq);
}

module_init(mboxping_init);
module_exit(mboxping_exit);
MODULE_DESCRIPTION("A bare event channel, for measurements");
MODULE_LICENSE("GPL");

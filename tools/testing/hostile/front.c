// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI front-end that does what it is told, sensible or not: for tests of
 * back-ends. It knows no PCI bus; orders come through files:
 *
 *   /sys/kernel/debug/rawfront/N/op	write "CMD DOMAIN BUS DEVFN OFFSET SIZE VALUE",
 *					decimal or 0x, negative too; read "ERR VALUE"
 *   .../flags				of the shared page, hexadecimal
 *   .../aer				read the error report that waits, "CMD ERR
 *					DEVFN", or nothing; write the answer to it
 *   .../state				write a xenbus state, read the back-end's
 *   .../hammer				see hammer.c
 *
 * N is the number in the xenbus name ("pci-N"). The parameter "follow" says whether
 * it walks along through the states of connecting and hot-plug; a guest that hangs
 * does not. It runs in a guest, or in dom0 against a back-end with domain 0 as its
 * guest, which takes no time to boot. Nothing here is safe for a guest that has
 * work to do.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/sync_bitops.h>
#include <xen/events.h>
#include <xen/xen.h>

#include "rawfront.h"

#define OP_WAIT		(5 * HZ)	/* what a back-end may take for an answer */

static bool follow = true;
module_param(follow, bool, 0644);
MODULE_PARM_DESC(follow, "follow the back-end through the xenbus states");

static struct dentry *rawfront_dir;

/* Nobody hears the reports of errors. */
static irqreturn_t rawfront_event(int irq, void *data)
{
	struct rawfront *rf = data;

	wake_up(&rf->events);
	return IRQ_HANDLED;
}

static int rawfront_op(struct rawfront *rf, const struct xen_pci_op *op)
{
	unsigned long *flags = (unsigned long *)&rf->page->flags;

	memcpy(&rf->page->op, op, offsetof(struct xen_pci_op, msix_entries));
	virt_wmb();	/* the order first, then the flag */
	/* sync_: the other end has a CPU of its own, even where we have but one. */
	sync_set_bit(_XEN_PCIF_active, flags);
	notify_remote_via_irq(rf->irq);
	if (wait_event_timeout(rf->events, !test_bit(_XEN_PCIF_active, flags), OP_WAIT)) {
		virt_rmb();	/* the flag first, then the answer */
		return 0;
	}
	sync_clear_bit(_XEN_PCIF_active, flags);
	return -ETIMEDOUT;
}

/* One line of text from user space, terminated. */
static int get_line(char *line, size_t size, const char __user *from, size_t count)
{
	if (count >= size)
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	line[count] = '\0';
	return 0;
}

static ssize_t op_write(struct file *file, const char __user *from, size_t count,
			loff_t *pos)
{
	struct rawfront *rf = file->private_data;
	struct xen_pci_op op = {};
	char line[128];
	long long value;
	int err;

	err = get_line(line, sizeof(line), from, count);
	if (err)
		return err;
	/* A field that the order leaves out stays 0. */
	if (sscanf(line, "%i %i %i %i %i %i %lli", &op.cmd, &op.domain, &op.bus,
		   &op.devfn, &op.offset, &op.size, &value) < 1)
		return -EINVAL;
	op.value = value;
	mutex_lock(&rf->lock);
	err = rawfront_op(rf, &op);
	mutex_unlock(&rf->lock);
	return err ?: count;
}

static ssize_t op_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct rawfront *rf = file->private_data;
	char line[32];
	int len;

	len = scnprintf(line, sizeof(line), "%d %#x\n", rf->page->op.err,
			rf->page->op.value);
	return simple_read_from_buffer(to, count, pos, line, len);
}

static const struct file_operations op_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = op_read,
	.write = op_write,
};

static ssize_t aer_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct rawfront *rf = file->private_data;
	struct xen_pcie_aer_op *aer = &rf->page->aer_op;
	char line[48];
	int len = 0;

	if (test_bit(_XEN_PCIB_active, (unsigned long *)&rf->page->flags))
		len = scnprintf(line, sizeof(line), "%u %d %#x\n", aer->cmd,
				aer->err, aer->devfn);
	return simple_read_from_buffer(to, count, pos, line, len);
}

static ssize_t aer_write(struct file *file, const char __user *from, size_t count,
			 loff_t *pos)
{
	struct rawfront *rf = file->private_data;
	int err, answer;

	err = kstrtoint_from_user(from, count, 0, &answer);
	if (err)
		return err;
	rf->page->aer_op.err = answer;
	virt_wmb();	/* the answer first, then the flag */
	sync_clear_bit(_XEN_PCIB_active, (unsigned long *)&rf->page->flags);
	notify_remote_via_irq(rf->irq);
	return count;
}

static const struct file_operations aer_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = aer_read,
	.write = aer_write,
};

static int state_get(void *data, u64 *value)
{
	struct rawfront *rf = data;

	*value = xenbus_read_driver_state(rf->xdev, rf->xdev->otherend);
	return 0;
}

static int state_set(void *data, u64 value)
{
	struct rawfront *rf = data;

	return xenbus_switch_state(rf->xdev, value);
}
DEFINE_DEBUGFS_ATTRIBUTE(state_fops, state_get, state_set, "%llu\n");

int rawfront_publish(struct rawfront *rf, grant_ref_t ref, evtchn_port_t port)
{
	struct xenbus_device *xdev = rf->xdev;
	int err;

	err = xenbus_printf(XBT_NIL, xdev->nodename, "pci-op-ref", "%u", ref);
	if (!err)
		err = xenbus_printf(XBT_NIL, xdev->nodename, "event-channel", "%u",
				    port);
	if (!err)
		err = xenbus_printf(XBT_NIL, xdev->nodename, "magic", XEN_PCI_MAGIC);
	return err ?: xenbus_switch_state(xdev, XenbusStateInitialised);
}

static void rawfront_free(struct rawfront *rf)
{
	debugfs_remove(rf->dir);
	if (rf->irq >= 0)
		unbind_from_irqhandler(rf->irq, rf);
	else if (rf->port)
		xenbus_free_evtchn(rf->xdev, rf->port);
	xenbus_teardown_ring((void **)&rf->page, 1, &rf->ref);
	kfree(rf->hammer);
	kfree(rf);
}

static int connect(struct rawfront *rf)
{
	int err;

	err = xenbus_alloc_evtchn(rf->xdev, &rf->port);
	if (err)
		return err;
	rf->irq = bind_evtchn_to_irqhandler(rf->port, rawfront_event, 0, "rawfront",
					    rf);
	if (rf->irq < 0)
		return rf->irq;
	return rawfront_publish(rf, rf->ref, rf->port);
}

static void make_files(struct rawfront *rf)
{
	rf->dir = debugfs_create_dir(kbasename(rf->xdev->nodename), rawfront_dir);
	debugfs_create_file("op", 0600, rf->dir, rf, &op_fops);
	debugfs_create_file("aer", 0600, rf->dir, rf, &aer_fops);
	debugfs_create_file("state", 0600, rf->dir, rf, &state_fops);
	debugfs_create_file("hammer", 0600, rf->dir, rf, &hammer_fops);
	debugfs_create_x32("flags", 0600, rf->dir, &rf->page->flags);
}

static int rawfront_probe(struct xenbus_device *xdev, const struct xenbus_device_id *id)
{
	struct rawfront *rf = kzalloc(sizeof(*rf), GFP_KERNEL);
	int err;

	if (!rf)
		return -ENOMEM;
	rf->xdev = xdev;
	rf->irq = -1;
	mutex_init(&rf->lock);
	init_waitqueue_head(&rf->events);
	err = xenbus_setup_ring(xdev, GFP_KERNEL, (void **)&rf->page, 1, &rf->ref);
	if (err) {
		kfree(rf);
		return err;
	}
	dev_set_drvdata(&xdev->dev, rf);
	err = connect(rf);
	if (err) {
		rawfront_free(rf);
		return err;
	}
	make_files(rf);
	return 0;
}

static void rawfront_remove(struct xenbus_device *xdev)
{
	rawfront_free(dev_get_drvdata(&xdev->dev));
}

static void backend_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
	struct rawfront *rf = dev_get_drvdata(&xdev->dev);

	if (!READ_ONCE(follow) || READ_ONCE(rf->alone))
		return;
	switch (state) {
	case XenbusStateConnected:
	case XenbusStateReconfigured:
		xenbus_switch_state(xdev, XenbusStateConnected);
		break;
	case XenbusStateReconfiguring:
		xenbus_switch_state(xdev, XenbusStateReconfiguring);
		break;
	case XenbusStateClosing:
		xenbus_frontend_closed(xdev);
		break;
	default:
		break;
	}
}

static const struct xenbus_device_id rawfront_ids[] = {
	{ "pci" },
	{ "" }
};

static struct xenbus_driver rawfront_driver = {
	.name = "rawfront",
	.ids = rawfront_ids,
	.probe = rawfront_probe,
	.remove = rawfront_remove,
	.otherend_changed = backend_changed,
};

static int __init rawfront_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	rawfront_dir = debugfs_create_dir("rawfront", NULL);
	err = xenbus_register_frontend(&rawfront_driver);
	if (err)
		debugfs_remove(rawfront_dir);
	return err;
}
module_init(rawfront_init);

static void __exit rawfront_exit(void)
{
	xenbus_unregister_driver(&rawfront_driver);
	debugfs_remove(rawfront_dir);
}
module_exit(rawfront_exit);

MODULE_DESCRIPTION("PCI front-end that does what it is told");
MODULE_LICENSE("GPL");

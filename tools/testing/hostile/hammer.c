// SPDX-License-Identifier: GPL-2.0
/*
 * Orders by the million, most of them wrong:
 *
 *   /sys/kernel/debug/rawfront/N/hammer	write "SEED ORDERS RACED CLOSINGS" and
 *						wait; read what came of it
 *
 * All but the last RACED of the ORDERS are given one by one, and the answers are checked.
 * The others are written over each other, whole or field by field, for as long as the
 * back-end has one of them; which one it sees is its luck, so the answers mean nothing.
 * CLOSINGS times the connection is closed in the middle of an order and made anew.
 *
 * The same SEED gives the same orders up to where the races begin, as long as the
 * devices are the same. There is one thread: it rewrites while it waits, and the
 * back-end runs on another CPU, in another domain or in a worker.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/pci_regs.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/sync_bitops.h>
#include <xen/events.h>

#include "orders.h"
#include "rawfront.h"

#define SPINS		300		/* looks at the flag before we sleep */

#define RACED_WAIT	(HZ / 20)	/* for an answer that we may have destroyed */
#define WAIT		(10 * HZ)	/* for any other: a reset is a second */
#define SILENCES	5		/* then the back-end is dead */
#define NONSENSE	3		/* rings of a run that are not there */
#define ERRORS		6		/* that the protocol knows, success included */

static const char * const kind_names[ORDER_KINDS] = {
	"reads", "writes", "ids", "sizes", "offsets", "addresses", "commands",
	"interrupts", "events", "reports",
};

/* What no order may lead to. */
enum wrong {
	WRONG_ID,		/* a valid read of the device's id */
	WRONG_ACCEPTED,		/* nonsense was carried out */
	WRONG_ERROR,		/* an error that the protocol does not know */
	WRONG_VALUE,		/* more bits than asked for, or a value with an error */
	WRONG_PAGE,		/* what is not an answer's was written to */
	WRONG_SILENCE,		/* no answer */
	WRONGS
};

static const char * const wrong_names[WRONGS] = {
	"wrong-ids", "accepted", "strange-errors", "strange-values", "overwritten", "unanswered",
};

/**
 * struct hammer - a run
 * @rf: the connection
 * @orders: where its orders come from
 * @seed: how that began
 * @total: how many orders
 * @raced: how many of them, at the end, are written over each other
 * @closings: how often the connection is closed
 * @done: so many orders were made
 * @posted: so many were announced
 * @answered: so many of these came back
 * @lost: raced ones that did not
 * @rewrites: single fields changed of an order that the back-end had
 * @reopened: how often the connection came back
 * @nonsense: how often it was asked for with a ring that is not there
 * @kinds: orders, by kind
 * @errors: answers, by error
 * @wrong: what must not be
 * @first: the first order with such an answer
 * @slowest: answer, in microseconds
 * @took: all in all, in milliseconds
 */
struct hammer {
	struct rawfront *rf;
	struct orders orders;
	u64 seed;
	unsigned int total, raced, closings;
	unsigned int done, posted, answered, lost, rewrites, reopened, nonsense;
	unsigned int kinds[ORDER_KINDS], errors[ERRORS], wrong[WRONGS];
	char first[160];
	s64 slowest, took;
};

static unsigned long *flags_of(struct hammer *h)
{
	return (unsigned long *)&h->rf->page->flags;
}

static bool answered(struct hammer *h)
{
	return !(READ_ONCE(h->rf->page->flags) & XEN_PCIF_active);
}

static void write_order(struct hammer *h, const struct xen_pci_op *op)
{
	size_t size = op->cmd == XEN_PCI_OP_enable_msix ?
		      sizeof(*op) : offsetof(struct xen_pci_op, msix_entries);

	memcpy(&h->rf->page->op, op, size);
}

static void post(struct hammer *h, const struct xen_pci_op *op)
{
	write_order(h, op);
	virt_wmb();	/* the order first, then the flag */
	sync_set_bit(_XEN_PCIF_active, flags_of(h));
}

static enum order_kind make_order(struct hammer *h, struct xen_pci_op *op, u32 *id,
				  enum order_result *result)
{
	enum order_kind kind = orders_next(&h->orders, op, id, result);

	h->kinds[kind]++;
	h->done++;
	return kind;
}

/* The words of both ends' flags as well, but rarely ours: it would be all we do. */
static void rewrite(struct hammer *h)
{
	u32 which = orders_below(&h->orders, 64);
	enum order_result result;
	struct xen_pci_op op;
	u32 id;

	if (which >= 32 && h->done < h->total) {
		make_order(h, &op, &id, &result);
		write_order(h, &op);
		return;
	}
	if (which < 4)
		sync_change_bit(which ? orders_below(&h->orders, 31) + 1 :
				_XEN_PCIF_active, flags_of(h));
	else
		orders_scribble(&h->orders, h->rf->page);
	h->rewrites++;
}

static bool wait_answer(struct hammer *h, bool race)
{
	int i;

	for (i = 0; i < SPINS; i++) {
		if (answered(h))
			return true;
		if (race)
			rewrite(h);
		cpu_relax();
	}
	return wait_event_timeout(h->rf->events, answered(h), race ? RACED_WAIT : WAIT);
}

static void send_events(struct hammer *h, unsigned int count)
{
	while (count--)
		notify_remote_via_irq(h->rf->irq);
}

static void found(struct hammer *h, enum wrong what, const struct xen_pci_op *op)
{
	const struct xen_pci_op *now = &h->rf->page->op;

	if (!h->wrong[what]++ && !h->first[0])
		scnprintf(h->first, sizeof(h->first),
			  "%s at order %u: %u %#x %#x %#x %d %d %#x gave %d %#x",
			  wrong_names[what], h->done, op->cmd, op->domain, op->bus,
			  op->devfn, op->offset, op->size, op->value, now->err, now->value);
}

static bool same_order(const struct xen_pci_op *a, const struct xen_pci_op *b)
{
	return a->cmd == b->cmd && a->domain == b->domain && a->bus == b->bus &&
	       a->devfn == b->devfn && a->offset == b->offset && a->size == b->size;
}

static void check(struct hammer *h, const struct xen_pci_op *op, u32 id,
		  enum order_result result)
{
	const struct xen_pci_op *now = &h->rf->page->op;
	bool read = op->cmd == XEN_PCI_OP_conf_read;

	virt_rmb();	/* the flag first, then the answer */
	if (now->err <= 0 && now->err > -ERRORS)
		h->errors[-now->err]++;
	else
		found(h, WRONG_ERROR, op);
	if (result == RESULT_ID && (now->err || now->value != id))
		found(h, WRONG_ID, op);
	if (result == RESULT_REFUSED && !now->err)
		found(h, WRONG_ACCEPTED, op);
	if (now->err ? now->value && now->value != op->value :
		       read && op->size < 4 && now->value >> 8 * op->size)
		found(h, WRONG_VALUE, op);
	if (!same_order(now, op))
		found(h, WRONG_PAGE, op);
}

/* Announce an order in a way that the protocol does not have in mind. */
static void announce_badly(struct hammer *h, const struct xen_pci_op *op)
{
	switch (orders_below(&h->orders, 3)) {
	case 0:
		/* For nothing, the order comes after. */
		send_events(h, 1 + orders_below(&h->orders, 64));
		post(h, op);
		send_events(h, 1);
		break;
	case 1:
		/* Without an event, for a while. */
		post(h, op);
		udelay(orders_below(&h->orders, 200));
		send_events(h, 1);
		break;
	default:
		post(h, op);
		send_events(h, 1 + orders_below(&h->orders, 64));
	}
}

/* The half of the page that is for reports of errors, and its flags. */
static void answer_nobody(struct hammer *h)
{
	u32 *aer = (u32 *)&h->rf->page->aer_op;
	unsigned int i;

	for (i = 0; i < sizeof(h->rf->page->aer_op) / sizeof(*aer); i++)
		WRITE_ONCE(aer[i], orders_random(&h->orders));
	sync_change_bit(1 + orders_below(&h->orders, 31), flags_of(h));
	sync_change_bit(_XEN_PCIB_active, flags_of(h));
}

static void one_order(struct hammer *h, bool race)
{
	enum order_result result;
	enum order_kind kind;
	struct xen_pci_op op;
	ktime_t start;
	u32 id;

	kind = make_order(h, &op, &id, &result);
	h->posted++;
	start = ktime_get();
	if (kind == ORDER_REPORT)
		answer_nobody(h);
	if (kind == ORDER_EVENTS) {
		announce_badly(h, &op);
	} else {
		post(h, &op);
		send_events(h, 1);
	}
	if (wait_answer(h, race)) {
		h->answered++;
		h->slowest = max(h->slowest, ktime_us_delta(ktime_get(), start));
		if (!race)
			check(h, &op, id, result);
	} else {
		sync_clear_bit(_XEN_PCIF_active, flags_of(h));
		if (race)
			h->lost++;
		else
			found(h, WRONG_SILENCE, &op);
	}
}

/* An order of our own, not one of the run's. */
static int plain_order(struct hammer *h, u32 cmd, u32 devfn, u32 offset, u32 size, u32 *value)
{
	struct xen_pci_op op = {
		.cmd = cmd, .devfn = devfn, .offset = offset, .size = size,
	};

	post(h, &op);
	send_events(h, 1);
	if (!wait_answer(h, false)) {
		sync_clear_bit(_XEN_PCIF_active, flags_of(h));
		return -ETIMEDOUT;
	}
	virt_rmb();	/* the flag first, then the answer */
	*value = h->rf->page->op.value;
	return h->rf->page->op.err ? -EIO : 0;
}

/* What the back-end still does when we stop racing is over with the next answer. */
static int settle(struct hammer *h)
{
	u32 value;
	int tries;

	sync_clear_bit(_XEN_PCIF_active, flags_of(h));
	for (tries = 0; tries < 20; tries++) {
		msleep(20);
		if (!plain_order(h, XEN_PCI_OP_conf_read, h->orders.device[0].devfn,
				 PCI_VENDOR_ID, 4, &value) &&
		    value == h->orders.device[0].id)
			return 0;
	}
	return -EIO;
}

static void find_slow(struct hammer *h, struct orders_device *device)
{
	static const struct { u8 id, reg; } slow[] = {
		{ PCI_CAP_ID_PM, PCI_PM_CTRL },
		{ PCI_CAP_ID_EXP, PCI_EXP_DEVCTL },
		{ PCI_CAP_ID_AF, PCI_AF_CTRL },
	};
	u32 pos, header;
	int left = 48;
	unsigned int i;

	if (plain_order(h, XEN_PCI_OP_conf_read, device->devfn, PCI_CAPABILITY_LIST, 1, &pos))
		return;
	while (left-- && (pos &= 0xfc) >= PCI_STD_HEADER_SIZEOF) {
		if (plain_order(h, XEN_PCI_OP_conf_read, device->devfn, pos, 2, &header))
			return;
		for (i = 0; i < ARRAY_SIZE(slow); i++)
			if (slow[i].id == (header & 0xff))
				device->slow[i] = pos + slow[i].reg;
		pos = header >> 8;
	}
}

static int find_devices(struct hammer *h)
{
	struct orders_device *device = h->orders.device;
	unsigned int devfn;
	int err;
	u32 id;

	for (devfn = 0; devfn < 256 && h->orders.devices < ORDERS_DEVICES; devfn++) {
		err = plain_order(h, XEN_PCI_OP_conf_read, devfn, PCI_VENDOR_ID, 4, &id);
		if (err == -ETIMEDOUT)
			return err;
		if (err || !id || id == ~0u)
			continue;
		device->devfn = devfn;
		device->id = id;
		find_slow(h, device++);
		h->orders.devices++;
	}
	return h->orders.devices ? 0 : -ENODEV;
}

static int wait_state(struct hammer *h, enum xenbus_state state)
{
	unsigned long end = jiffies + WAIT;

	while (xenbus_read_driver_state(h->rf->xdev, h->rf->xdev->otherend) != state) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(500, 1000);
	}
	return 0;
}

/* One of both is wrong. */
static int publish_nonsense(struct hammer *h)
{
	bool ref = orders_below(&h->orders, 2);
	u32 nonsense = orders_random(&h->orders) | 1 << 20;
	int err;

	h->nonsense++;
	err = rawfront_publish(h->rf, ref ? nonsense : h->rf->ref,
			       ref ? h->rf->port : nonsense);
	return err ?: wait_state(h, XenbusStateClosing);
}

/* Close while the back-end has an order, sometimes come back badly, then properly. */
static int reopen(struct hammer *h)
{
	static const enum xenbus_state strange[] = {
		XenbusStateInitWait, XenbusStateReconfiguring, XenbusStateReconfigured,
	};
	struct xenbus_device *xdev = h->rf->xdev;
	bool badly = h->nonsense < NONSENSE && !orders_below(&h->orders, 4);
	enum xenbus_state last = badly || orders_below(&h->orders, 2) ?
				 XenbusStateClosed : XenbusStateClosing;
	enum order_result result;
	struct xen_pci_op op;
	int err;
	u32 id;

	orders_next(&h->orders, &op, &id, &result);
	post(h, &op);
	send_events(h, 1);
	err = xenbus_switch_state(xdev, last) ?: wait_state(h, last);
	if (!err && badly)
		err = publish_nonsense(h);
	if (!err)
		err = xenbus_switch_state(xdev, strange[orders_below(&h->orders, 3)]);
	if (!err)
		err = xenbus_switch_state(xdev, XenbusStateInitialising) ?:
		      wait_state(h, XenbusStateInitialised);
	if (!err)
		err = rawfront_publish(h->rf, h->rf->ref, h->rf->port) ?:
		      wait_state(h, XenbusStateConnected);
	if (!err)
		err = xenbus_switch_state(xdev, XenbusStateConnected);
	sync_clear_bit(_XEN_PCIF_active, flags_of(h));
	h->reopened += !err;
	return err;
}

static int run_orders(struct hammer *h)
{
	int err = 0;

	while (!err && h->done < h->total) {
		one_order(h, h->done >= h->total - h->raced);
		/* Spread evenly over the run. */
		if (h->reopened < h->closings &&
		    (u64)h->done * (h->closings + 1) > (u64)h->total * (h->reopened + 1))
			err = reopen(h);
		if (h->wrong[WRONG_SILENCE] > SILENCES)
			err = -ETIMEDOUT;
		if (signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	return err;
}

/* All is as it should be again, and so are the devices' interrupts. */
static int clean_up(struct hammer *h)
{
	unsigned int i;
	u32 value;
	int err = settle(h);

	for (i = 0; !err && i < h->orders.devices; i++) {
		plain_order(h, XEN_PCI_OP_disable_msi, h->orders.device[i].devfn, 0, 0, &value);
		plain_order(h, XEN_PCI_OP_disable_msix, h->orders.device[i].devfn, 0, 0, &value);
		err = plain_order(h, XEN_PCI_OP_conf_read, h->orders.device[i].devfn,
				  PCI_VENDOR_ID, 4, &value);
		if (!err && value != h->orders.device[i].id)
			err = -EIO;
	}
	return err;
}

static int run(struct hammer *h)
{
	ktime_t start = ktime_get();
	int err;

	err = find_devices(h);
	if (!err)
		err = run_orders(h);
	if (!err)
		err = clean_up(h);
	h->took = ktime_ms_delta(ktime_get(), start);
	return err;
}

static ssize_t hammer_write(struct file *file, const char __user *from, size_t count,
			    loff_t *pos)
{
	struct rawfront *rf = file->private_data;
	struct hammer *h;
	char line[80] = "";
	int err;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	if (sscanf(line, "%llu %u %u %u", &h->seed, &h->total, &h->raced, &h->closings) != 4 ||
	    h->raced > h->total) {
		kfree(h);
		return -EINVAL;
	}
	h->rf = rf;
	h->orders.random = h->seed;
	mutex_lock(&rf->lock);
	kfree(rf->hammer);
	rf->hammer = h;
	WRITE_ONCE(rf->alone, true);
	err = run(h);
	WRITE_ONCE(rf->alone, false);
	mutex_unlock(&rf->lock);
	return err ?: count;
}

static int report_array(char *text, size_t size, const char * const *names,
			const unsigned int *counts, unsigned int n)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < n; i++)
		len += scnprintf(text + len, size - len, "%s %u\n", names[i], counts[i]);
	return len;
}

static int report_sums(const struct hammer *h, char *text, size_t size)
{
	static const char * const names[] = {
		"devices", "orders", "posted", "answered", "raced", "lost", "rewrites", "reopened",
	};
	const unsigned int counts[] = {
		h->orders.devices, h->done, h->posted, h->answered, h->raced, h->lost,
		h->rewrites, h->reopened,
	};

	return report_array(text, size, names, counts, ARRAY_SIZE(names));
}

static int report(const struct hammer *h, char *text, size_t size)
{
	static const char * const error_names[ERRORS] = {
		"success", "no-device", "bad-offset", "denied", "unknown", "failed",
	};
	int len;

	len = scnprintf(text, size, "seed %llu\nmilliseconds %lld\nslowest-us %lld\n",
			h->seed, h->took, h->slowest);
	len += report_sums(h, text + len, size - len);
	len += report_array(text + len, size - len, kind_names, h->kinds, ORDER_KINDS);
	len += report_array(text + len, size - len, error_names, h->errors, ERRORS);
	len += report_array(text + len, size - len, wrong_names, h->wrong, WRONGS);
	if (h->first[0])
		len += scnprintf(text + len, size - len, "first %s\n", h->first);
	return len;
}

static ssize_t hammer_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct rawfront *rf = file->private_data;
	size_t size = 2048;
	ssize_t len = 0;
	char *text;

	text = kmalloc(size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	mutex_lock(&rf->lock);
	if (rf->hammer)
		len = report(rf->hammer, text, size);
	mutex_unlock(&rf->lock);
	len = simple_read_from_buffer(to, count, pos, text, len);
	kfree(text);
	return len;
}

const struct file_operations hammer_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = hammer_read,
	.write = hammer_write,
};

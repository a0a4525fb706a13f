// SPDX-License-Identifier: GPL-2.0
/*
 * The shared page and its operations, see ring.h.
 *
 * The guest is not trusted: every field is copied once and checked in the
 * copy, and nothing that it does makes more than a rate-limited line of log.
 *
 * Most operations are reads of configuration space, which a guest's kernel waits for
 * with interrupts off. Waking a worker costs more than the read itself, so the event's
 * handler answers a read when nobody holds the device's lock (see device.h) and the
 * guest asks for the same device as before. The PCI core keeps interrupts off for a
 * read wherever it is made, so this makes nobody wait longer. Whatever else there is to
 * do is a worker's, at the priority of any other task of the host.
 *
 * A flood is met by three things. The event is acknowledged late, after the work, so
 * that the guest is slowed down and not the host (XSA-332); one that came for nothing
 * later and later. Of processor time a guest has a bucket, see pace_core.h. And the
 * lock of a device, which a reset may hold for long, is waited for only as long as the
 * guest waits for us: it gives up after 2 s.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/timekeeping.h>
#include <asm/sync_bitops.h>
#include <xen/events.h>

#include "../config.h"
#include "../power.h"
#include "../registry.h"
#include "msi.h"
#include "ring.h"

/*
 * More than a device may take to be ready after a reset (1 s), and with the longest debt
 * (pace_core.h) still well below the 2 s after which the guest gives up.
 */
#define PATIENCE	msecs_to_jiffies(1300)

#define FAILURES_TOLD	3

static int errno_to_pciif(int err)
{
	switch (err) {
	case 0:
		return XEN_PCI_ERR_success;
	case -ENODEV:
		return XEN_PCI_ERR_dev_not_found;
	case -ENOSYS:
		return XEN_PCI_ERR_not_implemented;
	default:
		return XEN_PCI_ERR_op_failed;
	}
}

static int config_op(struct pbng_dev *dev, struct xen_pci_op *op)
{
	int err;

	if (op->cmd == XEN_PCI_OP_conf_read)
		err = pbng_config_read(dev, op->offset, op->size, &op->value);
	else
		err = pbng_config_write(dev, op->offset, op->size, op->value);
	return err == -EINVAL ? XEN_PCI_ERR_invalid_offset : errno_to_pciif(err);
}

/* A few for each owner are for whoever looks for a mistake; it can make any number. */
static void say_failed(struct pbng_dev *dev, const struct xen_pci_op *op, int err)
{
	if (dev->failed_ops++ < FAILURES_TOLD)
		dev_warn(&dev->pdev->dev, "MSI operation %u of domain %d failed: %pe\n",
			 op->cmd, dev->owner, ERR_PTR(err));
}

static int msi_op(struct pbng_dev *dev, struct xen_pci_op *op)
{
	int err;

	switch (op->cmd) {
	case XEN_PCI_OP_enable_msi:
		err = pbng_msi_enable(dev, &op->value);
		break;
	case XEN_PCI_OP_enable_msix:
		err = pbng_msix_enable(dev, op->msix_entries, op->value);
		if (!err)
			op->value = 0;
		break;
	default:
		err = pbng_msi_disable(dev, &op->value);
	}
	if (err) {
		say_failed(dev, op, err);
		op->value = 0;
	}
	return errno_to_pciif(err);
}

/* Does a worker hold the hardware of a guest's device, before its deadline? */
static bool is_held(const struct pbng_dev *dev)
{
	return dev->own.state == PBNG_RESETTING ||
	       (dev->own.state == PBNG_ASSIGNED && dev->reset.running);
}

/*
 * What a guest does after it asked for a reset comes after the reset, which may have to
 * wait for somebody who has the device's lock in the driver core; the same for a change of
 * power state that was not done in time.
 */
static bool lock_when_free(struct pbng_dev *dev, unsigned long end)
{
	for (;;) {
		if (pbng_dev_trylock(dev)) {
			if (!is_held(dev))
				return true;
			pbng_dev_unlock(dev);
		}
		if (time_after(jiffies, end))
			return false;
		usleep_range(500, 1000);
	}
}

/* It may have been taken away since it was looked up, or contained. */
static bool is_his(struct pbng_dev *dev, int domid)
{
	pbng_dev_assert_readable(dev);
	return dev->own.state == PBNG_ASSIGNED && dev->owner == domid;
}

static int device_op(struct pbng_ring *ring, struct pbng_dev *dev,
		     struct xen_pci_op *op)
{
	unsigned long end = jiffies + PATIENCE;
	bool begun;
	u64 start;
	int err;

	if (!lock_when_free(dev, end)) {
		dev_warn_ratelimited(&dev->pdev->dev, "busy for too long: operation %u of domain %d failed\n",
				     op->cmd, dev->owner);
		return XEN_PCI_ERR_op_failed;
	}
	start = ktime_get_ns();
	if (!is_his(dev, ring->export->frontend.domid))
		err = XEN_PCI_ERR_dev_not_found;
	else if (op->cmd <= XEN_PCI_OP_conf_write)
		err = config_op(dev, op);
	else
		err = msi_op(dev, op);
	begun = dev->power.job != PBNG_POWER_NONE;
	pbng_dev_unlock(dev);
	pbng_pace_spend(&ring->pace, ktime_get_ns() - start);
	/* A worker has to do it: the guest hears when it is done, or that it was not in time. */
	if (begun && pbng_power_done(dev, end))
		err = XEN_PCI_ERR_op_failed;
	return err;
}

static bool address_of(const struct xen_pci_op *op, struct pbng_bdf *bdf)
{
	*bdf = (struct pbng_bdf) {
		.domain = op->domain, .bus = op->bus, .devfn = op->devfn,
	};
	return op->bus <= U8_MAX && op->devfn <= U8_MAX;
}

static int run_op(struct pbng_ring *ring, struct xen_pci_op *op)
{
	struct pbng_bdf bdf;
	struct pbng_dev *dev;
	int err;

	if (op->cmd > XEN_PCI_OP_disable_msix)
		return XEN_PCI_ERR_not_implemented;
	if (!address_of(op, &bdf))
		return XEN_PCI_ERR_dev_not_found;
	dev = pbng_export_get(ring->export, bdf);
	if (!dev)
		return XEN_PCI_ERR_dev_not_found;
	err = device_op(ring, dev, op);
	pbng_dev_put(dev);
	return err;
}

/* Only what the command needs: most are config accesses of 36 bytes. */
static void copy_op(struct xen_pci_op *op, const struct xen_pci_op *shared)
{
	memcpy(op, shared, offsetof(struct xen_pci_op, msix_entries));
	barrier();
	if (op->cmd == XEN_PCI_OP_enable_msix)
		memcpy(op->msix_entries, shared->msix_entries,
		       min_t(u32, op->value, SH_INFO_MAX_VEC) *
		       sizeof(op->msix_entries[0]));
	barrier();
}

static bool is_asked(const struct xen_pci_sharedinfo *page)
{
	if (!(READ_ONCE(page->flags) & XEN_PCIF_active))
		return false;
	virt_rmb();	/* the flag first, then what it stands for */
	return true;
}

static void answer(struct pbng_ring *ring)
{
	struct xen_pci_sharedinfo *page = ring->page;

	page->op.value = ring->op.value;
	page->op.err = ring->op.err;
	virt_wmb();	/* the answer first, then the flag */
	sync_clear_bit(_XEN_PCIF_active, (unsigned long *)&page->flags);
	notify_remote_via_irq(ring->irq);
}

/* As many as were asked for; there were not too many, or it would have failed. */
static void answer_vectors(struct pbng_ring *ring, u32 count)
{
	u32 i;

	for (i = 0; i < count && i < SH_INFO_MAX_VEC; i++)
		ring->page->op.msix_entries[i].vector =
			ring->op.msix_entries[i].vector;
}

static void ring_work(struct work_struct *work)
{
	struct pbng_ring *ring = container_of(to_delayed_work(work),
					      struct pbng_ring, work);
	struct xen_pci_op *op = &ring->op;
	u32 vectors;

	if (!is_asked(ring->page)) {
		xen_irq_lateeoi(ring->irq, XEN_EOI_FLAG_SPURIOUS);
		return;
	}
	copy_op(op, &ring->page->op);
	vectors = op->value;
	op->err = run_op(ring, op);
	if (op->cmd == XEN_PCI_OP_enable_msix && !op->err)
		answer_vectors(ring, vectors);
	answer(ring);
	xen_irq_lateeoi(ring->irq, 0);
}

static bool read_from(struct pbng_dev *dev, void *data)
{
	struct pbng_ring *ring = data;

	if (dev->reset.running || !is_his(dev, ring->export->frontend.domid) ||
	    pbng_config_may_sleep(dev, ring->op.offset))
		return false;
	ring->op.err = config_op(dev, &ring->op);
	return true;
}

/* What it does not do is for the worker, from a copy of its own. */
static bool read_at_once(struct pbng_ring *ring)
{
	struct pbng_bdf bdf;

	copy_op(&ring->op, &ring->page->op);
	return ring->op.cmd == XEN_PCI_OP_conf_read &&
	       address_of(&ring->op, &bdf) &&
	       pbng_export_try(ring->export, bdf, read_from, ring);
}

/* Until it is acknowledged, the event cannot come again: no two of us run. */
static irqreturn_t ring_event(int irq, void *data)
{
	struct pbng_ring *ring = data;
	struct pbng_pace *pace = &ring->pace;
	bool answered = pbng_line_event(&ring->line, ring->page);
	u64 now = ktime_get_ns();
	u64 delay;

	/* The first event may be faster than the return of the bind call. */
	WRITE_ONCE(ring->irq, irq);
	pbng_pace_fill(pace, now);
	pbng_pace_spend(pace, PBNG_PACE_EVENT);
	delay = pbng_pace_delay(pace);
	if (!delay && !is_asked(ring->page)) {
		xen_irq_lateeoi(irq, answered ? 0 : XEN_EOI_FLAG_SPURIOUS);
	} else if (pbng_pace_at_once(pace) && read_at_once(ring)) {
		answer(ring);
		pbng_pace_spend(pace, ktime_get_ns() - now);
		xen_irq_lateeoi(irq, 0);
	} else {
		queue_delayed_work(system_dfl_wq, &ring->work, nsecs_to_jiffies(delay));
	}
	return IRQ_HANDLED;
}

void pbng_ring_init(struct pbng_ring *ring, struct xenbus_device *xdev,
		    struct pbng_export *export)
{
	ring->xdev = xdev;
	ring->export = export;
	INIT_DELAYED_WORK(&ring->work, ring_work);
	pbng_line_init(&ring->line);
}

int pbng_ring_connect(struct pbng_ring *ring, grant_ref_t ref,
		      evtchn_port_t port)
{
	void *page;
	int err;

	err = xenbus_map_ring_valloc(ring->xdev, &ref, 1, &page);
	if (err)
		return err;
	ring->page = page;
	ring->ref = ref;
	ring->port = port;
	pbng_pace_init(&ring->pace, ktime_get_ns());
	err = bind_interdomain_evtchn_to_irqhandler_lateeoi(ring->xdev, port,
							    ring_event, 0,
							    PBNG_DRIVER_NAME,
							    ring);
	if (err < 0) {
		ring->page = NULL;
		xenbus_unmap_ring_vfree(ring->xdev, page);
		return err;
	}
	WRITE_ONCE(ring->irq, err);
	pbng_line_open(&ring->line, page, err);
	return 0;
}

void pbng_ring_disconnect(struct pbng_ring *ring)
{
	if (!ring->page)
		return;
	pbng_line_close(&ring->line);
	/* No new work, then no old work, then nothing it could speak through. */
	disable_irq(ring->irq);
	cancel_delayed_work_sync(&ring->work);
	unbind_from_irqhandler(ring->irq, ring);
	xenbus_unmap_ring_vfree(ring->xdev, ring->page);
	ring->page = NULL;
	ring->irq = 0;
}

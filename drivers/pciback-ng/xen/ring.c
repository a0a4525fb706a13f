// SPDX-License-Identifier: GPL-2.0
/*
 * The shared page and its operations, see ring.h.
 *
 * The guest is not trusted: every field is copied once and checked in the
 * copy, and nothing that it does makes more than a rate-limited line of log.
 * The event is acknowledged late, after the work, so that a guest that sends
 * many of them is slowed down rather than dom0 (XSA-332).
 */
#include <linux/interrupt.h>
#include <asm/sync_bitops.h>
#include <xen/events.h>

#include "../config.h"
#include "../registry.h"
#include "msi.h"
#include "ring.h"

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
		dev_warn_ratelimited(&dev->pdev->dev, "MSI operation %u of domain %d failed: %pe\n",
				     op->cmd, dev->owner, ERR_PTR(err));
		op->value = 0;
	}
	return errno_to_pciif(err);
}

/* The guest's device may have been taken away between lookup and lock. */
static int device_op(struct pbng_dev *dev, int domid, struct xen_pci_op *op)
{
	int err;

	mutex_lock(&dev->lock);
	if (pbng_dev_gone(dev) || dev->owner != domid)
		err = XEN_PCI_ERR_dev_not_found;
	else if (op->cmd <= XEN_PCI_OP_conf_write)
		err = config_op(dev, op);
	else
		err = msi_op(dev, op);
	mutex_unlock(&dev->lock);
	return err;
}

static int run_op(struct pbng_ring *ring, struct xen_pci_op *op)
{
	struct pbng_dev *dev;
	int err;

	if (op->cmd > XEN_PCI_OP_disable_msix)
		return XEN_PCI_ERR_not_implemented;
	if (op->bus > U8_MAX || op->devfn > U8_MAX)
		return XEN_PCI_ERR_dev_not_found;
	dev = pbng_export_get(ring->export, (struct pbng_bdf) {
		.domain = op->domain, .bus = op->bus, .devfn = op->devfn,
	});
	if (!dev)
		return XEN_PCI_ERR_dev_not_found;
	err = device_op(dev, ring->export->frontend.domid, op);
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
		       sizeof(op->msix_entries));
	barrier();
}

static void ring_work(struct work_struct *work)
{
	struct pbng_ring *ring = container_of(work, struct pbng_ring, work);
	struct xen_pci_sharedinfo *page = ring->page;
	struct xen_pci_op *op = &ring->op;
	u32 vectors, i;

	if (!(READ_ONCE(page->flags) & XEN_PCIF_active)) {
		xen_irq_lateeoi(ring->irq, XEN_EOI_FLAG_SPURIOUS);
		return;
	}
	virt_rmb();	/* the flag first, then what it stands for */
	copy_op(op, &page->op);
	vectors = op->value;
	op->err = run_op(ring, op);
	if (op->cmd == XEN_PCI_OP_enable_msix && !op->err)
		for (i = 0; i < vectors; i++)
			page->op.msix_entries[i].vector =
				op->msix_entries[i].vector;
	page->op.value = op->value;
	page->op.err = op->err;
	virt_wmb();	/* the answer first, then the flag */
	sync_clear_bit(_XEN_PCIF_active, (unsigned long *)&page->flags);
	notify_remote_via_irq(ring->irq);
	xen_irq_lateeoi(ring->irq, 0);
}

/* Until the work acknowledges it, the event cannot come again. */
static irqreturn_t ring_event(int irq, void *data)
{
	struct pbng_ring *ring = data;

	/* The first event may be faster than the return of the bind call. */
	WRITE_ONCE(ring->irq, irq);
	queue_work(system_highpri_wq, &ring->work);
	return IRQ_HANDLED;
}

void pbng_ring_init(struct pbng_ring *ring, struct xenbus_device *xdev,
		    struct pbng_export *export)
{
	ring->xdev = xdev;
	ring->export = export;
	INIT_WORK(&ring->work, ring_work);
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
	return 0;
}

void pbng_ring_disconnect(struct pbng_ring *ring)
{
	if (!ring->page)
		return;
	/* No new work, then no old work, then nothing it could speak through. */
	disable_irq(ring->irq);
	cancel_work_sync(&ring->work);
	unbind_from_irqhandler(ring->irq, ring);
	xenbus_unmap_ring_vfree(ring->xdev, ring->page);
	ring->page = NULL;
	ring->irq = 0;
}

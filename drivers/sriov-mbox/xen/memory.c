// SPDX-License-Identifier: GPL-2.0
/* A guest's pages and its event channel, see port.h. */
#include <linux/interrupt.h>
#include <linux/vmalloc.h>
#include <xen/events.h>
#include <xen/features.h>
#include <xen/interface/io/xenbus.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

#include "port.h"

/*
 * In a PV dom0 a grant can be mapped wherever there is an entry in the page tables: here
 * in the place of pages that vmap() has put next to each other. Not by
 * xenbus_map_ring_valloc(), which maps for writing what we only have to read, and for a
 * guest's mistake closes the guest's PCI bus.
 */
bool vmbox_xen_can_map(void)
{
	return xen_pv_domain();
}

/* What the VF writes we only read: then nothing of ours can get there by mistake. */
static u32 flags_of(unsigned int page)
{
	bool theirs = page == VMBOX_PAGE_VF ||
		      (page >= VMBOX_PAGE_TO_PF && page < VMBOX_PAGE_TO_VF);

	return GNTMAP_host_map | (theirs ? GNTMAP_readonly : 0);
}

static void *at(struct vmbox_xen_port *port, unsigned int page)
{
	return (u8 *)port->pages + page * VMBOX_PAGE;
}

static void unmap(struct vmbox_xen_port *port, unsigned int n)
{
	struct gnttab_unmap_grant_ref op;

	while (n--) {
		gnttab_set_unmap_op(&op, (unsigned long)at(port, n), flags_of(n),
				    port->handle[n]);
		WARN_ON(HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1) ||
			op.status != GNTST_okay);
	}
	vunmap(port->pages);
	port->pages = NULL;
}

/* One by one, without waiting: of a page that Xen has not got just now a PV guest has none. */
static int map_page(struct vmbox_xen_port *port, unsigned int n, grant_ref_t ref)
{
	struct gnttab_map_grant_ref op;

	gnttab_set_map_op(&op, (unsigned long)at(port, n), flags_of(n), ref,
			  port->xdev->otherend_id);
	if (HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, &op, 1))
		return -EOPNOTSUPP;
	port->handle[n] = op.handle;
	return op.status == GNTST_okay ? 0 : -EFAULT;
}

static int map(struct vmbox_xen_port *port, const u32 *refs)
{
	struct page *holder, *pages[VMBOX_PAGES];
	unsigned int n;

	/* Any page will do to make the entries that grants take the place of. */
	holder = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!holder)
		return -ENOMEM;
	for (n = 0; n < VMBOX_PAGES; n++)
		pages[n] = holder;
	port->pages = vmap(pages, VMBOX_PAGES, VM_MAP, PAGE_KERNEL);
	if (!port->pages) {
		__free_page(holder);
		return -ENOMEM;
	}
	for (n = 0; n < VMBOX_PAGES; n++)
		if (map_page(port, n, refs[n]))
			break;
	if (n < VMBOX_PAGES)
		unmap(port, n);
	__free_page(holder);
	return n < VMBOX_PAGES ? -EFAULT : 0;
}

void vmbox_xen_bell(struct work_struct *work)
{
	struct vmbox_xen_port *port = container_of(work, struct vmbox_xen_port, bell);
	bool news = vmbox_chan_kick_now(port->chan);

	/* One that comes for nothing is let in later and later. */
	xen_irq_lateeoi(READ_ONCE(port->irq), news ? 0 : XEN_EOI_FLAG_SPURIOUS);
}

/* It does not come again before the work has acknowledged it. */
static irqreturn_t rung(int irq, void *data)
{
	struct vmbox_xen_port *port = data;

	/* The first may be faster than the return of the bind call. */
	WRITE_ONCE(port->irq, irq);
	queue_work(vmbox_xen_wq, &port->bell);
	return IRQ_HANDLED;
}

static void set_irq(struct vmbox_xen_port *port, int irq)
{
	mutex_lock(&port->chan->lock);
	WRITE_ONCE(port->irq, irq);
	mutex_unlock(&port->chan->lock);
}

static int listen(struct vmbox_xen_port *port, evtchn_port_t evtchn)
{
	int irq;

	irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(port->xdev, evtchn, rung, 0,
							    "sriov-mbox", port);
	if (irq < 0)
		return irq;
	set_irq(port, irq);
	return 0;
}

static void ignore(struct vmbox_xen_port *port)
{
	int irq = port->irq;

	if (!irq)
		return;
	/* No new work, then no old work, then nobody who rings. */
	disable_irq(irq);
	cancel_work_sync(&port->bell);
	set_irq(port, 0);
	unbind_from_irqhandler(irq, port);
}

int vmbox_xen_memory(struct vmbox_xen_port *port, const struct vmbox_setup *setup)
{
	int err;

	vmbox_xen_no_memory(port);
	if (!vmbox_xen_can_map())
		return -EOPNOTSUPP;
	if (!setup->port)
		return -EINVAL;
	err = map(port, setup->gref);
	if (err)
		return err;
	err = listen(port, setup->port);
	if (err) {
		unmap(port, VMBOX_PAGES);
		return err;
	}
	vmbox_chan_memory(port->chan, port, port->pages);
	return 0;
}

void vmbox_xen_no_memory(struct vmbox_xen_port *port)
{
	if (!port->pages)
		return;
	vmbox_chan_memory(port->chan, port, NULL);
	ignore(port);
	unmap(port, VMBOX_PAGES);
}

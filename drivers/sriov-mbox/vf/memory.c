// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is shared with the back-end of a Xen PV guest, and an event channel. The
 * back-end learns of them through the window: no tool of Xen has to know.
 */
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/interface/event_channel.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

#include "vf.h"

#define SIZE	(VMBOX_PAGES * PAGE_SIZE)

/**
 * struct vmbox_vf_memory - what is shared
 * @pages: VMBOX_PAGES of them without a gap
 * @grefs: how many were granted
 * @irq: of the event channel, 0: there is none
 * @setup: what the back-end was told
 */
struct vmbox_vf_memory {
	void *pages;
	unsigned int grefs;
	int irq;
	struct vmbox_setup setup;
};

static_assert(PAGE_SIZE == VMBOX_PAGE);

const struct vmbox_host_page *vmbox_vf_memory_host(const struct vmbox_vf *vf)
{
	return vf->memory->pages;
}

static irqreturn_t signalled(int irq, void *data)
{
	vmbox_vf_signalled(data);
	return IRQ_HANDLED;
}

void vmbox_vf_memory_kick(struct vmbox_vf *vf)
{
	notify_remote_via_irq(vf->memory->irq);
}

/* pcifront makes its buses children of its xenbus device, which knows the other end. */
static int back_end(struct pci_dev *pdev, domid_t *domain)
{
	struct pci_bus *bus = pdev->bus;
	struct device *dev;

	if (!xen_domain())
		return -ENODEV;
	while (bus->parent)
		bus = bus->parent;
	dev = bus->bridge ? bus->bridge->parent : NULL;
	if (!dev || !dev->bus || strcmp(dev->bus->name, "xen"))
		return -ENODEV;
	*domain = to_xenbus_device(dev)->otherend_id;
	return 0;
}

static bool written_by_vf(unsigned int page)
{
	return page >= VMBOX_PAGE_VF && page < VMBOX_PAGE_TO_VF;
}

static int grant(struct vmbox_vf_memory *memory, domid_t domain)
{
	unsigned int i;
	int ref;

	for (i = 0; i < VMBOX_PAGES; i++) {
		ref = gnttab_grant_foreign_access(domain,
						  virt_to_gfn(memory->pages + i * PAGE_SIZE),
						  written_by_vf(i));
		if (ref < 0)
			return ref;
		memory->setup.gref[i] = ref;
		memory->grefs++;
	}
	return 0;
}

static int listen(struct vmbox_vf *vf, struct vmbox_vf_memory *memory, domid_t domain)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = domain,
	};
	struct evtchn_close close;
	int ret;

	/* Not xenbus_alloc_evtchn(): where that fails it gives up all PCI devices. */
	ret = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
	if (ret)
		return ret;
	ret = bind_evtchn_to_irqhandler(alloc.port, signalled, 0, "sriov-mbox-vf", vf);
	if (ret < 0) {
		close.port = alloc.port;
		HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
		return ret;
	}
	memory->irq = ret;
	memory->setup.port = alloc.port;
	return 0;
}

/* What the back-end still has mapped is kept until it lets go: Linux sees to that. */
static void release(struct vmbox_vf *vf, struct vmbox_vf_memory *memory)
{
	if (memory->irq)
		unbind_from_irqhandler(memory->irq, vf);
	while (memory->grefs)
		gnttab_end_foreign_access(memory->setup.gref[--memory->grefs], NULL);
	if (memory->pages)
		free_pages_exact(memory->pages, SIZE);
	kfree(memory);
}

static int offer(struct vmbox_vf *vf, struct vmbox_vf_memory *memory)
{
	u32 result;

	memory->setup.pages = VMBOX_PAGES;
	memory->setup.result = EIO;
	vmbox_vf_window_out(vf, VMBOX_WIN_SETUP, &memory->setup, sizeof(memory->setup));
	vmbox_vf_bell(vf, VMBOX_BELL_MEMORY);
	vmbox_vf_window_in(vf, VMBOX_WIN_SETUP + offsetof(struct vmbox_setup, result), &result,
			   sizeof(result));
	return result > MAX_ERRNO ? -EIO : -(int)result;
}

int vmbox_vf_memory_up(struct vmbox_vf *vf)
{
	struct vmbox_vf_memory *memory;
	domid_t domain;
	int err;

	if (!(vmbox_vf_read(vf, VMBOX_REG_INFO) & VMBOX_INFO_XEN))
		return -EOPNOTSUPP;
	err = back_end(vf->pdev, &domain);
	if (err)
		return err;
	memory = kzalloc(sizeof(*memory), GFP_KERNEL);
	if (!memory)
		return -ENOMEM;
	memory->pages = alloc_pages_exact(SIZE, GFP_KERNEL | __GFP_ZERO);
	err = memory->pages ? 0 : -ENOMEM;
	err = err ?: grant(memory, domain);
	err = err ?: listen(vf, memory, domain);
	err = err ?: offer(vf, memory);
	if (err) {
		release(vf, memory);
		return err;
	}
	vmbox_ring_vf(memory->pages, &vf->out, &vf->in);
	vf->memory = memory;
	return 0;
}

void vmbox_vf_memory_down(struct vmbox_vf *vf)
{
	struct vmbox_vf_memory *memory = vf->memory;

	if (!memory)
		return;
	vf->memory = NULL;
	release(vf, memory);
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VF's mailbox as a PV guest reaches it: registers in its configuration space, then
 * pages that it grants and an event channel that it has made, if it wants to.
 *
 * pciback-ng's lock of the device is held around everything here but the event's handler
 * and its work. It comes before all locks of the mailbox.
 */
#ifndef VMBOX_XEN_PORT_H
#define VMBOX_XEN_PORT_H

#include <linux/pciback_ng.h>
#include <linux/workqueue.h>
#include <xen/grant_table.h>

#include "../chan.h"
#include "../pf.h"
#include "../window.h"

/**
 * struct vmbox_xen_port - how a guest reaches a VF's mailbox
 * @chan: the channel; holds a reference
 * @window: the registers and what is behind them
 * @xdev: the guest's PCI bus, as xenbus knows it
 * @pages: the guest's pages, without a gap, or NULL
 * @handle: of each of them
 * @irq: the event channel, 0 when there is none. Changes under chan->lock.
 * @bell: the guest has rung
 */
struct vmbox_xen_port {
	struct vmbox_chan *chan;
	struct vmbox_window *window;
	struct xenbus_device *xdev;
	void *pages;
	grant_handle_t handle[VMBOX_PAGES];
	int irq;
	struct work_struct bell;
};

/* Can this dom0 map what a guest shares? */
bool vmbox_xen_can_map(void);

/**
 * vmbox_xen_memory() - use a guest's memory and event channel from now on
 * @port: the port
 * @setup: what the guest says, private
 *
 * Instead of what was used before, if anything was.
 *
 * Return: 0 or a negative errno: then there is none, and the window is used.
 */
int vmbox_xen_memory(struct vmbox_xen_port *port, const struct vmbox_setup *setup);

/* Not any more. Nothing of the guest's is mapped or bound afterwards. */
void vmbox_xen_no_memory(struct vmbox_xen_port *port);

/* For INIT_WORK(): the work behind port->bell. */
void vmbox_xen_bell(struct work_struct *work);

extern struct pbng_overlay vmbox_xen_overlay;
extern struct workqueue_struct *vmbox_xen_wq;

#endif /* VMBOX_XEN_PORT_H */

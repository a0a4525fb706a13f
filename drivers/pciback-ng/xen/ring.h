/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page that a guest shares with us, and the operations it asks for there
 * (xen/interface/io/pciif.h). One operation at a time; the guest gives up on
 * it after two seconds.
 */
#ifndef PBNG_XEN_RING_H
#define PBNG_XEN_RING_H

#include <linux/workqueue.h>
#include <xen/grant_table.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/io/pciif.h>
#include <xen/xenbus.h>

#include "aer.h"
#include "export.h"
#include "pace_core.h"

/**
 * struct pbng_ring - the connection to one guest
 * @xdev: the xenbus device
 * @export: the devices that operations may name
 * @page: the shared page; NULL when not connected
 * @irq: the event channel
 * @ref: grant reference of @page, as the guest published it
 * @port: the guest's end of the event channel, likewise
 * @work: carries out the operation, unless the event's handler does
 * @op: our copy of it: the guest can change its own at any time (XSA-155)
 * @pace: what its operations may cost
 * @line: where it is asked about errors; for anybody, at any time
 *
 * Connecting and disconnecting is serialised by the caller. @op and @pace belong to
 * the handler until it queues @work, then to @work until it acknowledges the event.
 */
struct pbng_ring {
	struct xenbus_device *xdev;
	struct pbng_export *export;
	struct xen_pci_sharedinfo *page;
	int irq;
	grant_ref_t ref;
	evtchn_port_t port;
	struct delayed_work work;
	struct xen_pci_op op;
	struct pbng_pace pace;
	struct pbng_line line;
};

void pbng_ring_init(struct pbng_ring *ring, struct xenbus_device *xdev,
		    struct pbng_export *export);

/**
 * pbng_ring_connect() - map the page and listen
 * @ring: the connection, not connected
 * @ref: what the guest published
 * @port: likewise
 * Return: 0 or a negative errno; then nothing is mapped.
 */
int pbng_ring_connect(struct pbng_ring *ring, grant_ref_t ref,
		      evtchn_port_t port);

/* Stop listening, finish a running operation, unmap. Harmless when not connected. */
void pbng_ring_disconnect(struct pbng_ring *ring);

#endif /* PBNG_XEN_RING_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The front-end of tests, see front.c, and what its parts share. */
#ifndef RAWFRONT_H
#define RAWFRONT_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <xen/grant_table.h>
#include <xen/interface/io/pciif.h>
#include <xen/xenbus.h>

struct hammer;

/**
 * struct rawfront - one connection
 * @xdev: our end in xenstore
 * @page: shared with the back-end
 * @ref: its grant
 * @port: the event channel
 * @irq: the same as an interrupt, negative when not bound
 * @events: woken by each event
 * @dir: our files
 * @lock: held for an order and its answer, or for a whole run of the hammer
 * @hammer: its last run, NULL before the first
 * @alone: the hammer sets our state in xenstore, nobody else
 */
struct rawfront {
	struct xenbus_device *xdev;
	struct xen_pci_sharedinfo *page;
	grant_ref_t ref;
	evtchn_port_t port;
	int irq;
	wait_queue_head_t events;
	struct dentry *dir;
	struct mutex lock;	/* @page->op: one order at a time */
	struct hammer *hammer;
	bool alone;
};

/**
 * rawfront_publish() - tell the back-end of our ring and ask it to connect
 * @rf: the connection
 * @ref: what to say where the page is: @rf->ref, or nonsense
 * @port: the same for the event channel
 * Return: 0 or a negative errno.
 */
int rawfront_publish(struct rawfront *rf, grant_ref_t ref, evtchn_port_t port);

/* hammer.c: orders by the million. */
extern const struct file_operations hammer_fops;

#endif /* RAWFRONT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A claimed device: the one structure that everything here is about.
 *
 * Lock order, outermost first:
 *
 *   backends_lock	(xen/backend.c) which guests there are
 *   device_lock	the driver core's; held around probe and remove
 *   pbng_dev.lock	this device: owner, hardware, virtual config space
 *   xarray locks	(registry.c)
 *
 * pbng_export.lock (xen/export.c), which devices a guest has, is taken with
 * none of them held and none is taken under it. Nobody waits for a guest while
 * holding any of them.
 */
#ifndef PBNG_DEVICE_H
#define PBNG_DEVICE_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/pci.h>

#include "bdf.h"

#define PBNG_DRIVER_NAME	"pciback"	/* what the tools look for */

struct pbng_cfg;

#define PBNG_NO_OWNER		(-1)

/**
 * struct pbng_intx - the stand-in handler for a guest's INTx line
 * @irq: the line, 0 when no handler is installed
 * @ack: whether the handler says that the interrupt was ours
 * @wanted: the guest has the device enabled
 * @handled: interrupts seen
 * @name: as shown in /proc/interrupts
 *
 * @ack and @handled are used by the handler; the rest is under pbng_dev.lock.
 */
struct pbng_intx {
	unsigned int irq;
	bool ack;
	bool wanted;
	unsigned int handled;
	char name[32];
};

/**
 * struct pbng_dev - a device that is bound to our driver, or was
 * @ref: holders: the registry (from probe to remove) and every export
 * @pdev: the device; valid as long as @ref is held, usable while !@gone
 * @bdf: its address, constant
 * @lock: protects everything below
 * @gone: remove() ran: the hardware is not ours any more
 * @owner: the domain it is given to, or PBNG_NO_OWNER
 * @saved: the configuration at claim time, put back after every reset
 * @cfg: what a guest sees, NULL once @gone
 * @allow_intr: the owner may toggle interrupt enable bits by itself
 * @intx: the stand-in INTx handler
 * @resets: resets that were done, for the tests and the curious
 */
struct pbng_dev {
	struct kref ref;
	struct pci_dev *pdev;
	struct pbng_bdf bdf;

	struct mutex lock;	/* see the order above; protects what follows */
	bool gone;
	int owner;
	struct pci_saved_state *saved;
	struct pbng_cfg *cfg;
	bool allow_intr;
	struct pbng_intx intx;
	unsigned int resets;
};

/* device_lock() of the PCI device, which resets and remove() want held. */
static inline void pbng_dev_assert_device_lock(struct pbng_dev *dev)
{
	device_lock_assert(&dev->pdev->dev);
}

static inline struct pbng_bdf pbng_bdf_of(struct pci_dev *pdev)
{
	return (struct pbng_bdf) {
		.domain = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
}

#endif /* PBNG_DEVICE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The devices that one guest has, and where it sees them. */
#ifndef PBNG_XEN_EXPORT_H
#define PBNG_XEN_EXPORT_H

#include <linux/xarray.h>

#include "../device.h"
#include "vpci_core.h"

/**
 * struct pbng_export - one guest's devices
 * @frontend: the guest, as claim.c knows it
 * @lock: protects @virt and @devices; held while a device changes hands, never
 *	  while one is reset or used
 * @vpci: who is where
 * @devices: struct pbng_exported by physical address
 * @last_lock: protects @last and @last_virt; see device.h for the order
 * @last: the device that the guest last asked for, or NULL; in @devices
 * @last_virt: where it is
 */
struct pbng_export {
	struct pbng_frontend frontend;
	struct mutex lock;	/* see above; a leaf */
	struct pbng_vpci vpci;
	struct xarray devices;
	spinlock_t last_lock;	/* taken in interrupts */
	struct pbng_dev *last;
	struct pbng_bdf last_virt;
};

/**
 * struct pbng_exported - one device of a guest
 * @dev: the device; the guest's reference
 * @placed: it has a place on the guest's bus
 * @virt: which one
 * @logged: the log says that the guest has it at @logged_virt
 * @logged_virt: that place
 */
struct pbng_exported {
	struct pbng_dev *dev;
	bool placed;
	struct pbng_bdf virt;
	bool logged;
	struct pbng_bdf logged_virt;
};

/**
 * pbng_export_init() - a guest without devices
 * @export: the guest's devices
 * @xdev: the guest
 * @ops: what to do when one is asked for
 * @passthrough: it sees physical addresses
 */
void pbng_export_init(struct pbng_export *export, struct xenbus_device *xdev,
		      const struct pbng_frontend_ops *ops, bool passthrough);

/**
 * pbng_export_add() - give a device to the guest
 * @export: the guest's devices
 * @bdf: physical address
 * @wish: the virtual devfn that the toolstack wants, or PBNG_VPCI_ANY, then the
 *	  slot of the device's rule counts, if it has one
 * @group: as for pbng_vpci_add()
 * @why: as for pbng_claim_assign()
 *
 * The guest does not see it before pbng_export_show(). A device that it has, but
 * without a place, only gets a place, or is taken back when there is none.
 *
 * Return: 0; -ENODEV when it is not claimed; -EBUSY when another domain or
 * another device has its place; -EEXIST when the guest has it; -ENOSPC when
 * the virtual bus is full; -EPERM for a bridge; -EIO when it is quarantined;
 * what a guard said.
 */
int pbng_export_add(struct pbng_export *export, struct pbng_bdf bdf, int wish,
		    u8 group, char *why);

/* Let the guest see all devices that are complete. */
void pbng_export_show(struct pbng_export *export);

/* Log where the guest has each device, if the log does not say so yet. */
void pbng_export_log(struct pbng_export *export);

/* Nobody has looked at the bus yet: every device is to be placed anew. */
void pbng_export_unplace_all(struct pbng_export *export);

/**
 * pbng_export_remove() - take a device back and reset it
 * @export: the guest's devices
 * @bdf: physical address
 * Return: whether the guest had it.
 */
bool pbng_export_remove(struct pbng_export *export, struct pbng_bdf bdf);

/* Take every device back. */
void pbng_export_remove_all(struct pbng_export *export);

/* The guest's driver lets go of all of them, and keeps them: tell their overlays. */
void pbng_export_left(struct pbng_export *export);

/**
 * pbng_export_get() - the device at a virtual address
 * @export: the guest's devices
 * @virt: virtual address, as the guest named it
 * Return: the device with a reference for the caller, or NULL.
 */
struct pbng_dev *pbng_export_get(struct pbng_export *export,
				 struct pbng_bdf virt);

/**
 * pbng_export_try() - the same for an interrupt, to read
 * @export: the guest's devices
 * @virt: virtual address, as the guest named it
 * @fn: called when it is the device that pbng_export_get() found last and nobody
 *	holds its lock; may do what pbng_dev_try_enter() allows
 * @data: handed to @fn
 *
 * Context: interrupt.
 * Return: what @fn said, or false: a worker shall see to it.
 */
bool pbng_export_try(struct pbng_export *export, struct pbng_bdf virt,
		     bool (*fn)(struct pbng_dev *dev, void *data), void *data);

/**
 * pbng_export_find() - where does the guest see a device?
 * @export: the guest's devices
 * @bdf: physical address
 * @virt: the virtual address, when it has it
 * Return: whether it has it.
 */
bool pbng_export_find(struct pbng_export *export, struct pbng_bdf bdf,
		      struct pbng_bdf *virt);

/**
 * pbng_export_for_each() - visit the guest's devices
 * @export: the guest's devices
 * @fn: called with @export->lock held; a result other than 0 ends the walk
 * @data: handed to @fn
 * Return: 0, or what @fn said.
 */
int pbng_export_for_each(struct pbng_export *export,
			 int (*fn)(const struct pbng_exported *exported,
				   void *data), void *data);

#endif /* PBNG_XEN_EXPORT_H */

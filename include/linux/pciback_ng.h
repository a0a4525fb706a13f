/* SPDX-License-Identifier: GPL-2.0 */
/* What other modules can ask of pciback-ng. */
#ifndef _LINUX_PCIBACK_NG_H
#define _LINUX_PCIBACK_NG_H

#include <linux/list.h>
#include <linux/pci.h>

struct pbng_overlay;
struct xenbus_device;

/**
 * struct pbng_overlay_use - an overlay in one device
 * @overlay: the overlay, or NULL when it was taken out
 * @pdev: the device
 * @domid: who has it
 * @xdev: through what, when that is a domain of Xen; else NULL
 * @priv: the overlay's own
 * @given: pciback-ng's: somebody has it, and @overlay knows
 */
struct pbng_overlay_use {
	struct pbng_overlay *overlay;
	struct pci_dev *pdev;
	int domid;
	struct xenbus_device *xdev;
	void *priv;
	bool given;
};

/**
 * struct pbng_overlay - bytes of devices' virtual configuration space that a module owns
 * @name: for messages
 * @len: how many, a multiple of 4, at least 8
 * @header: the first 4 of them, read-only: a capability's id, and its version above
 *	    256; the link to the next capability is not in it
 * @place: where in the space of this device, a multiple of 4: below 256 among the
 *	   conventional capabilities, else among the extended ones. 0: not in this
 *	   device. May sleep.
 * @given: the device has an owner now: @use has its domid and xdev, which stay until
 *	   @taken. Return: 0 or a negative errno: then this owner sees the capability with
 *	   all registers 0, as after pbng_overlay_unregister(). May be NULL.
 * @taken: it has no owner any more; not after @given has failed. May be NULL.
 * @reset: the owner has it still, and all that it has set up is gone: the function is
 *	   reset, contained, or its driver begins anew. May be NULL.
 * @read: the owner reads @len (1, 2 or 4) bytes at @off, counted from the start of the
 *	  capability and at least 4. Return: 0 or a negative errno, which the owner
 *	  sees as a device that fails.
 * @write: the owner writes
 * @node: pciback-ng's
 *
 * The owner sees the capability in the list of the device: the extended one behind the
 * first, the conventional one before the first. It is not there where the device has
 * registers of its own, or bytes that are not 0.
 *
 * All but @place are called with the device locked, which makes them one at a time for
 * each device. They may sleep, for milliseconds: a guest waits, and gives up after two
 * seconds. They must not call back into pciback-ng.
 */
struct pbng_overlay {
	const char *name;
	u16 len;
	u32 header;
	u16 (*place)(struct pbng_overlay *overlay, struct pci_dev *pdev);
	int (*given)(struct pbng_overlay_use *use);
	void (*taken)(struct pbng_overlay_use *use);
	void (*reset)(struct pbng_overlay_use *use);
	int (*read)(struct pbng_overlay_use *use, u16 off, u16 len, u32 *value);
	int (*write)(struct pbng_overlay_use *use, u16 off, u16 len, u32 value);
	struct list_head node;
};

/**
 * pbng_overlay_register() - put an overlay into devices' configuration space
 * @overlay: the overlay; stays where it is until it is taken out
 *
 * A device that has an owner gets it with its next owner, all others from now on.
 *
 * Context: process, may sleep.
 * Return: 0, or -EINVAL when @overlay->len cannot be.
 */
int pbng_overlay_register(struct pbng_overlay *overlay);

/**
 * pbng_overlay_unregister() - take it out
 * @overlay: the overlay
 *
 * Every device is taken from it first. Nothing of it is called any more when this
 * returns. An owner that sees the capability sees it until it loses the device, with all
 * registers 0 and no writes having effect.
 *
 * Context: process, may sleep, waits for accesses that are under way.
 */
void pbng_overlay_unregister(struct pbng_overlay *overlay);

/*
 * For the modules that have the names of the in-tree drivers (drivers/old-names): what
 * they are given as parameters is handed over. @name is "xen-pciback.hide=": the log has
 * it, and pbng_param_end_*() find the rules by the pointer.
 */

/**
 * pbng_param_hide() - rules of a list, whose devices are taken at once
 * @name: the parameter
 * @list: as for hide= of pciback-ng
 *
 * Context: process, no lock held; waits for drivers that lose devices.
 * Return: 0 or a negative errno: then nothing was added.
 */
int pbng_param_hide(const char *name, const char *list);

/**
 * pbng_param_ids() - ids for the driver pci-stub
 * @name: the parameter
 * @list: as for ids= of pciback-ng
 *
 * Devices that have a driver keep it.
 *
 * Context: process, no lock held.
 * Return: 0 or a negative errno: then nothing was added.
 */
int pbng_param_ids(const char *name, const char *list);

/**
 * pbng_param_end_hide() - the rules of a list go, and devices back to their drivers
 * @name: as it was given
 *
 * A device that a guest has stays with it, without a rule.
 *
 * Context: process, no lock held.
 */
void pbng_param_end_hide(const char *name);

/**
 * pbng_param_end_ids() - the driver pci-stub has no ids and no devices any more
 * @name: as it was given
 *
 * No other driver gets the devices, as when the in-tree module is unloaded.
 *
 * Context: process, no lock held; one caller at a time.
 */
void pbng_param_end_ids(const char *name);

/* All devices are permissive: a switch for run time, and what it says. */
void pbng_set_permissive(bool on);
bool pbng_permissive(void);

/* Guests that come from now on see physical addresses. */
void pbng_set_passthrough(bool on);

#endif /* _LINUX_PCIBACK_NG_H */

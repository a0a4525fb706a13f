/* SPDX-License-Identifier: GPL-2.0 */
/* What other modules can ask of pciback-ng. */
#ifndef _LINUX_PCIBACK_NG_H
#define _LINUX_PCIBACK_NG_H

#include <linux/list.h>
#include <linux/pci.h>

/**
 * struct pbng_overlay - bytes of devices' virtual configuration space that a module owns
 * @name: for messages
 * @len: how many, a multiple of 4, at least 8
 * @header: the first 4 of them, read-only: a capability's id, and its version above
 *	    256; the link to the next capability is not in it
 * @place: where in the space of this device, a multiple of 4: below 256 among the
 *	   conventional capabilities, else among the extended ones. 0: not in this
 *	   device. May sleep.
 * @read: an owner reads @len (1, 2 or 4) bytes at @off, counted from the start of the
 *	  capability and at least 4. Return: 0 or a negative errno, which the owner
 *	  sees as a device that fails.
 * @write: an owner writes
 * @node: pciback-ng's
 *
 * The owner sees the capability in the list of the device: the extended one behind the
 * first, the conventional one before the first. It is not there where the device has
 * registers of its own, or bytes that are not 0.
 *
 * @read and @write are called with the device locked, which makes them one at a time for
 * each device. They may sleep, for milliseconds: a guest waits, and gives up after two
 * seconds. They must not call back into pciback-ng.
 */
struct pbng_overlay {
	const char *name;
	u16 len;
	u32 header;
	u16 (*place)(struct pbng_overlay *overlay, struct pci_dev *pdev);
	int (*read)(struct pbng_overlay *overlay, struct pci_dev *pdev, u16 off, u16 len,
		    u32 *value);
	int (*write)(struct pbng_overlay *overlay, struct pci_dev *pdev, u16 off, u16 len,
		     u32 value);
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
 * Nothing of it is called any more when this returns. An owner that sees the capability
 * sees it until it loses the device, with all registers 0 and no writes having effect.
 *
 * Context: process, may sleep, waits for accesses that are under way.
 */
void pbng_overlay_unregister(struct pbng_overlay *overlay);

#endif /* _LINUX_PCIBACK_NG_H */

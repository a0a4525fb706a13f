/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a guest finds its devices.
 *
 *   vpci         one bus 0000:00 with 32 slots. Functions of one physical
 *                device share a slot: the lowest one becomes function 0 (a
 *                device without it is not seen), the others keep their number.
 *                A VF is a device of its own and gets a slot of its own. The
 *                toolstack may name the place (vdevfn). libxl names function 0
 *                whatever the function, so that means the slot only.
 *   passthrough  the physical address is the virtual one.
 *
 * What has a place is seen once its slot has a function 0 and pbng_vpci_show()
 * is called: all functions of a device at once, whatever order they came in.
 *
 * Pure logic: unit tests run on it in user space. The caller serialises.
 */
#ifndef PBNG_VPCI_CORE_H
#define PBNG_VPCI_CORE_H

#include "../bdf.h"

#define PBNG_VPCI_SLOTS		32
#define PBNG_VPCI_FUNCTIONS	8

/**
 * struct pbng_vpci - the virtual bus of one guest
 * @passthrough: the identity; nothing below is used
 * @used: which places are taken
 * @place: the physical address in each place
 * @vf: the place holds a VF, which shares its slot with nobody
 * @seen: the guest sees what is in the place
 */
struct pbng_vpci {
	bool passthrough;
	u8 used[PBNG_VPCI_SLOTS];
	u8 vf[PBNG_VPCI_SLOTS];
	u8 seen[PBNG_VPCI_SLOTS];
	struct pbng_bdf place[PBNG_VPCI_SLOTS][PBNG_VPCI_FUNCTIONS];
};

#define PBNG_VPCI_ANY		(-1)
#define PBNG_VPCI_SLOT(slot)	((slot) << 3)	/* the function is up to us */

/**
 * pbng_vpci_add() - find a place for a device
 * @vpci: the virtual bus
 * @bdf: the physical address
 * @vf: it is a virtual function
 * @wish: the place that is wanted: a devfn, PBNG_VPCI_SLOT() or PBNG_VPCI_ANY
 * @group: the functions of its physical device that the guest gets with this
 *	   wish, bit N for function N; its own bit is implied
 * @virt: the virtual address
 *
 * Return: 0; -EEXIST when @bdf has a place; -EBUSY when the wish is taken;
 * -EINVAL when the wish is no devfn; -ENOSPC when the bus is full.
 */
int pbng_vpci_add(struct pbng_vpci *vpci, struct pbng_bdf bdf, bool vf,
		  int wish, u8 group, struct pbng_bdf *virt);

/**
 * pbng_vpci_remove() - free a place
 * @vpci: the virtual bus
 * @virt: the virtual address that pbng_vpci_add() gave
 */
void pbng_vpci_remove(struct pbng_vpci *vpci, struct pbng_bdf virt);

/* Let the guest see every device that is complete. */
void pbng_vpci_show(struct pbng_vpci *vpci);

/**
 * pbng_vpci_at() - what does the guest see at an address?
 * @vpci: the virtual bus
 * @virt: the virtual address
 * @bdf: the physical one
 *
 * Return: whether it sees anything there.
 */
bool pbng_vpci_at(const struct pbng_vpci *vpci, struct pbng_bdf virt,
		  struct pbng_bdf *bdf);

#endif /* PBNG_VPCI_CORE_H */

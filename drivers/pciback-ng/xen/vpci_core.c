// SPDX-License-Identifier: GPL-2.0
/* The virtual bus, see vpci_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#endif
#include "vpci_core.h"

static bool same_device(struct pbng_bdf a, struct pbng_bdf b)
{
	return a.domain == b.domain && a.bus == b.bus &&
	       a.devfn >> 3 == b.devfn >> 3;
}

static bool has_place(const struct pbng_vpci *vpci, struct pbng_bdf bdf)
{
	unsigned int slot, fn;

	for (slot = 0; slot < PBNG_VPCI_SLOTS; slot++)
		for (fn = 0; fn < PBNG_VPCI_FUNCTIONS; fn++)
			if (vpci->used[slot] & 1u << fn &&
			    pbng_bdf_key(vpci->place[slot][fn]) == pbng_bdf_key(bdf))
				return true;
	return false;
}

static int take(struct pbng_vpci *vpci, unsigned int slot, unsigned int fn,
		struct pbng_bdf bdf, bool vf, struct pbng_bdf *virt)
{
	vpci->used[slot] |= 1u << fn;
	if (vf)
		vpci->vf[slot] |= 1u << fn;
	vpci->place[slot][fn] = bdf;
	*virt = (struct pbng_bdf) { .devfn = slot << 3 | fn };
	return 0;
}

static bool is_free(const struct pbng_vpci *vpci, unsigned int slot,
		    unsigned int fn)
{
	return !(vpci->used[slot] & 1u << fn);
}

/*
 * The number for a function in a slot. The lowest of its group becomes function
 * 0, unless a function that came before it is that one.
 */
static unsigned int number(const struct pbng_vpci *vpci, unsigned int slot,
			   struct pbng_bdf bdf, bool vf, u8 group)
{
	unsigned int fn = bdf.devfn & 7;

	if (vf || (!(group & ((1u << fn) - 1)) && is_free(vpci, slot, 0)))
		return 0;
	return fn;
}

static bool may_share(const struct pbng_vpci *vpci, unsigned int slot,
		      struct pbng_bdf bdf, bool vf)
{
	unsigned int fn;

	if (!vpci->used[slot])
		return true;
	if (vf || vpci->vf[slot])
		return false;
	for (fn = 0; fn < PBNG_VPCI_FUNCTIONS; fn++)
		if (!is_free(vpci, slot, fn) &&
		    !same_device(vpci->place[slot][fn], bdf))
			return false;
	return true;
}

/* The slot where functions of the same physical device are, and nobody else; or -1. */
static int sibling_slot(const struct pbng_vpci *vpci, struct pbng_bdf bdf, bool vf)
{
	unsigned int slot;

	for (slot = 0; slot < PBNG_VPCI_SLOTS; slot++)
		if (vpci->used[slot] && may_share(vpci, slot, bdf, vf))
			return slot;
	return -1;
}

static int add_wish(struct pbng_vpci *vpci, struct pbng_bdf bdf, bool vf,
		    int wish, u8 group, struct pbng_bdf *virt)
{
	unsigned int slot, fn;

	if (wish < 0 || wish > 0xff)
		return -EINVAL;
	slot = wish >> 3;
	fn = wish & 7;
	if (!fn) {
		if (!may_share(vpci, slot, bdf, vf))
			return -EBUSY;
		fn = number(vpci, slot, bdf, vf, group);
	}
	if (!is_free(vpci, slot, fn))
		return -EBUSY;
	return take(vpci, slot, fn, bdf, vf, virt);
}

int pbng_vpci_add(struct pbng_vpci *vpci, struct pbng_bdf bdf, bool vf,
		  int wish, u8 group, struct pbng_bdf *virt)
{
	unsigned int fn;
	int slot;

	if (vpci->passthrough) {
		*virt = bdf;
		return 0;
	}
	if (has_place(vpci, bdf))
		return -EEXIST;
	if (wish != PBNG_VPCI_ANY)
		return add_wish(vpci, bdf, vf, wish, group, virt);
	slot = sibling_slot(vpci, bdf, vf);
	if (slot >= 0) {
		fn = number(vpci, slot, bdf, vf, group);
		if (is_free(vpci, slot, fn))
			return take(vpci, slot, fn, bdf, vf, virt);
	}
	for (slot = 0; slot < PBNG_VPCI_SLOTS; slot++)
		if (!vpci->used[slot])
			return take(vpci, slot, 0, bdf, vf, virt);
	return -ENOSPC;
}

void pbng_vpci_remove(struct pbng_vpci *vpci, struct pbng_bdf virt)
{
	unsigned int slot = virt.devfn >> 3, fn = virt.devfn & 7;

	/* In passthrough there is nothing to clear, and that hurts nobody. */
	vpci->used[slot] &= ~(1u << fn);
	vpci->vf[slot] &= ~(1u << fn);
	vpci->seen[slot] &= ~(1u << fn);
}

/* What is seen stays so: a driver may be at work on it. */
void pbng_vpci_show(struct pbng_vpci *vpci)
{
	unsigned int slot;

	for (slot = 0; slot < PBNG_VPCI_SLOTS; slot++)
		if (!is_free(vpci, slot, 0))
			vpci->seen[slot] = vpci->used[slot];
}

bool pbng_vpci_at(const struct pbng_vpci *vpci, struct pbng_bdf virt,
		  struct pbng_bdf *bdf)
{
	unsigned int slot = virt.devfn >> 3, fn = virt.devfn & 7;

	if (vpci->passthrough) {
		*bdf = virt;
		return true;
	}
	if (virt.domain || virt.bus || !(vpci->seen[slot] & 1u << fn))
		return false;
	*bdf = vpci->place[slot][fn];
	return true;
}

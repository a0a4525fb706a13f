/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who a PCI function is, whatever its bus number: where it is plugged in, what it
 * says it is, its serial number; a VF by its PF and its index there.
 *
 * A path is written as the kernel's parameters have it (pci=...): the function on the
 * root bus that it is behind, then device.function at each further bridge:
 * 0000:00:03.0/00.0. Bus numbers below the root may change, a path does not.
 */
#ifndef _LINUX_PT_IDENTITY_H
#define _LINUX_PT_IDENTITY_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define PT_PATH_HOPS	16	/* deeper devices have no path */
#define PT_BDF_TEXT	20
#define PT_PATH_TEXT	(PT_BDF_TEXT + 5 * PT_PATH_HOPS)

/**
 * struct pt_identity - what a function can be known by
 * @segment: PCI segment (the kernel says domain)
 * @bus: number of its bus, now
 * @devfn: its device and function on it
 * @root_bus: number of the root bus above it
 * @hops: entries of @path, 0 for a device that is too deep
 * @path: devfn of each function from the root bus down to this one
 * @vendor: and the other ids, as in its header
 * @device: of a VF: its PF's VF device id
 * @subvendor: of a bridge from its capability, or 0
 * @subdevice: likewise
 * @class: 24 bits
 * @revision: of the header
 * @is_vf: its path is that of its PF
 * @vf_index: which one, from 0
 * @pf_bus: number of its PF's bus, now
 * @pf_devfn: its PF's device and function
 * @serial: device serial number, 0 for none; of a VF: its PF's
 */
struct pt_identity {
	u32 segment;
	u8 bus;
	u8 devfn;
	u8 root_bus;
	u8 hops;
	u8 path[PT_PATH_HOPS];
	u16 vendor;
	u16 device;
	u16 subvendor;
	u16 subdevice;
	u32 class;
	u8 revision;
	bool is_vf;
	u32 vf_index;
	u8 pf_bus;
	u8 pf_devfn;
	u64 serial;
};

/**
 * pt_identity_same_card() - may these be one card, wherever it is plugged in?
 * @a: one
 * @b: the other
 *
 * Return: whether they are of a kind, with the same serial number.
 */
static inline bool pt_identity_same_card(const struct pt_identity *a,
					 const struct pt_identity *b)
{
	return a->vendor == b->vendor && a->device == b->device &&
	       a->subvendor == b->subvendor && a->subdevice == b->subdevice &&
	       a->serial == b->serial;
}

/**
 * pt_identity_same() - one and the same device, whatever its bus number?
 * @a: one
 * @b: the other
 *
 * Return: whether they are: in the same place, with the same ids and serial number.
 */
static inline bool pt_identity_same(const struct pt_identity *a, const struct pt_identity *b)
{
	return a->segment == b->segment && a->root_bus == b->root_bus &&
	       a->hops == b->hops && !memcmp(a->path, b->path, a->hops) &&
	       (a->hops || (a->bus == b->bus && a->devfn == b->devfn)) &&
	       pt_identity_same_card(a, b) && a->is_vf == b->is_vf &&
	       a->vf_index == b->vf_index;
}

/**
 * pt_identity_bdf() - where it is now, as text: DDDD:BB:DD.F
 * @id: who
 * @text: room for PT_BDF_TEXT bytes
 *
 * Context: any.
 * Return: its length.
 */
int pt_identity_bdf(const struct pt_identity *id, char *text);

/**
 * pt_identity_pf() - where the PF of a VF is now, as text
 * @id: the VF
 * @text: room for PT_BDF_TEXT bytes
 *
 * Context: any.
 * Return: its length.
 */
int pt_identity_pf(const struct pt_identity *id, char *text);

/**
 * pt_identity_path() - where it is plugged in, as text: DDDD:BB:DD.F/DD.F...
 * @id: who; of a VF this is the path of its PF
 * @text: room for PT_PATH_TEXT bytes; empty for a device that is too deep
 *
 * Context: any.
 * Return: its length.
 */
int pt_identity_path(const struct pt_identity *id, char *text);

#endif /* _LINUX_PT_IDENTITY_H */

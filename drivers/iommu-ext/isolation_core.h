/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Isolation sets: functions that only one owner may have, since they can reach each
 * other's memory or interrupts whatever the IOMMU does. Two that belong together are
 * joined; a set is what is joined directly or by way of others.
 *
 * The first three reasons are those by which Linux makes its IOMMU groups, and by them
 * alone the sets are the groups ("group"). The others come on top ("set").
 *
 * Pure logic: no kernel service is used, so that unit tests run on it in user space.
 */
#ifndef IE_ISOLATION_CORE_H
#define IE_ISOLATION_CORE_H

#include "isolation_reason_core.h"
#include "region_core.h"

enum ie_iso_type {
	IE_ISO_CONVENTIONAL,	/* PCI, bridges as well */
	IE_ISO_ENDPOINT,
	IE_ISO_ROOT_PORT,
	IE_ISO_UPSTREAM,
	IE_ISO_DOWNSTREAM,
	IE_ISO_TO_PCI,		/* a PCIe-to-PCI bridge */
	IE_ISO_TO_PCIE,		/* a PCI-to-PCIe bridge */
	IE_ISO_OTHER,		/* a root complex event collector */
};

#define IE_ISO_BARS	6
#define IE_ISO_NONE	(-1)	/* an index of nothing */

/* The first and the last byte of a BAR. */
struct ie_iso_bar {
	u64 start;
	u64 end;
};

/**
 * struct ie_iso_dev - a function
 * @id: in: segment, bus, devfn and is_vf; root_bus, hops and path are worked out
 * @parent: in: index of the bridge above, IE_ISO_NONE on a root bus
 * @pf: in: index of a VF's PF
 * @type: in: an enum ie_iso_type
 * @multifunction: in: its header says that there are others in its slot
 * @is_bridge: in: nobody is given it
 * @xlate_root: in: requester ids behind this bridge are translated in front of it
 * @acs_cap: in: capability word of ACS
 * @acs_ctrl: in: control word
 * @has_acs: in: it has both
 * @pin: in: its INTx, 1 to 4; 0 when it has none or can do without
 * @bars: in: how many memory BARs
 * @bar: in: these
 * @alias: in: bit N when it uses the requester id of devfn N of its bus
 * @has_alias: in: there is a bit in @alias
 * @requester: out: index of the first of those that speak with the same requester id
 * @group: out: index of the first member of the set by the kernel's reasons
 * @set: out: the same by all reasons
 * @reasons: out: bit N when it is joined to another by reason N
 * @root: @set, while it is worked out
 * @link: towards another member: from any member there is one way to any other
 * @why: the reason for @link
 * @at: which bridge, or which region, is the reason for @link
 */
struct ie_iso_dev {
	struct pt_identity id;
	s32 parent;
	s32 pf;
	u8 type;
	bool multifunction;
	bool is_bridge;
	bool xlate_root;
	bool has_acs;
	u16 acs_cap;
	u16 acs_ctrl;
	u8 pin;
	u8 bars;
	bool has_alias;
	struct ie_iso_bar bar[IE_ISO_BARS];
	u8 alias[32];
	u32 requester;
	u32 group;
	u32 set;
	u8 reasons;
	u32 root;
	s32 link;
	u8 why;
	s32 at;
};

/* Numbers from @start to @end that a function has. */
struct ie_iso_span {
	u64 start;
	u64 end;
	u32 dev;
};

/**
 * struct ie_iso - the functions of a machine
 * @dev: the functions, in ascending order of segment, bus, devfn
 * @n: how many
 * @enabled: bit N when reason N makes sets; groups are always by all of the kernel's
 * @joining: @enabled or IE_ISO_KERNEL, while they are worked out
 * @regions: memory that is kept for some of them
 * @span: room for IE_ISO_BARS entries a function, used for sorting
 * @lead: room for an entry a region
 */
struct ie_iso {
	struct ie_iso_dev *dev;
	u32 n;
	u8 enabled;
	u8 joining;
	const struct ie_regions *regions;
	struct ie_iso_span *span;
	s32 *lead;
};

/**
 * ie_iso_find() - where a function is in the list
 * @iso: the functions
 * @segment: its address
 * @bus: its address
 * @devfn: its address
 * Return: its index, or IE_ISO_NONE.
 */
s32 ie_iso_find(const struct ie_iso *iso, u32 segment, u8 bus, u8 devfn);

/**
 * ie_iso_compute() - work out the sets
 * @iso: the functions
 */
void ie_iso_compute(struct ie_iso *iso);

/**
 * ie_iso_explain() - why two members of a set belong together, in words
 * @iso: the functions, worked out
 * @a: one
 * @b: another, of the same set
 * @text: where the words go
 * @room: how much fits; the rest is left out
 * Return: the length of @text.
 */
size_t ie_iso_explain(const struct ie_iso *iso, u32 a, u32 b, char *text, size_t room);

#endif /* IE_ISOLATION_CORE_H */

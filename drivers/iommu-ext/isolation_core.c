// SPDX-License-Identifier: GPL-2.0
/*
 * Isolation sets, see isolation_core.h.
 *
 * Union-find with the lowest index as the root. Beside it each function has a link to
 * the one that it was joined with, and these links make a tree of each set: the way from
 * one member to another along them is the reason why both are in it.
 */
#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/pci_regs.h>
#include <linux/sort.h>
#else
#include <linux/pci_regs.h>
#endif
#include "isolation_core.h"

#define PAGE_BITS	12

/* What Linux asks for before it believes that a device is isolated. */
#define ACS_NEEDED	(PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

static u64 address_key(u32 segment, u8 bus, u8 devfn)
{
	return (u64)segment << 16 | bus << 8 | devfn;
}

static u64 key_of(const struct ie_iso *iso, u32 i)
{
	const struct pt_identity *id = &iso->dev[i].id;

	return address_key(id->segment, id->bus, id->devfn);
}

s32 ie_iso_find(const struct ie_iso *iso, u32 segment, u8 bus, u8 devfn)
{
	u64 key = address_key(segment, bus, devfn);
	u32 low = 0, high = iso->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (key_of(iso, mid) < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low < iso->n && key_of(iso, low) == key ? (s32)low : IE_ISO_NONE;
}

static u32 root_of(struct ie_iso *iso, u32 i)
{
	struct ie_iso_dev *dev = iso->dev;

	while (dev[i].root != i) {
		dev[i].root = dev[dev[i].root].root;
		i = dev[i].root;
	}
	return i;
}

/* Turn the links around on the way from @i to the end of its tree. */
static void make_end(struct ie_iso *iso, u32 i)
{
	s32 at = IE_ISO_NONE, link = IE_ISO_NONE, cur = i;
	u8 why = 0;

	while (cur != IE_ISO_NONE) {
		struct ie_iso_dev *dev = &iso->dev[cur];
		s32 next = dev->link;

		swap(dev->at, at);
		swap(dev->why, why);
		dev->link = link;
		link = cur;
		cur = next;
	}
}

static void join(struct ie_iso *iso, u32 a, u32 b, enum ie_iso_reason why, s32 at)
{
	u32 root_a = root_of(iso, a), root_b = root_of(iso, b);

	if (!(iso->joining & BIT(why)))
		return;
	iso->dev[a].reasons |= BIT(why);
	iso->dev[b].reasons |= BIT(why);
	if (root_a == root_b)
		return;
	iso->dev[max(root_a, root_b)].root = min(root_a, root_b);
	make_end(iso, a);
	iso->dev[a].link = b;
	iso->dev[a].why = why;
	iso->dev[a].at = at;
}

/* The path of a VF is that of its PF. */
static void find_path(struct ie_iso *iso, u32 i)
{
	struct pt_identity *id = &iso->dev[i].id;
	s32 first = id->is_vf ? iso->dev[i].pf : (s32)i, cur;
	unsigned int hops = 0;

	for (cur = first; cur != IE_ISO_NONE; cur = iso->dev[cur].parent) {
		id->root_bus = iso->dev[cur].id.bus;
		hops++;
	}
	id->hops = hops > PT_PATH_HOPS ? 0 : hops;
	hops = id->hops;
	for (cur = first; hops; cur = iso->dev[cur].parent)
		id->path[--hops] = iso->dev[cur].id.devfn;
}

/* Transactions pass such a bridge with its id, not with that of who began them. */
static bool speaks_for_others(const struct ie_iso_dev *bridge)
{
	return bridge->type == IE_ISO_CONVENTIONAL || bridge->type == IE_ISO_TO_PCI ||
	       bridge->type == IE_ISO_TO_PCIE;
}

/* The bridge whose requester id counts for it. */
static s32 speaker_for(const struct ie_iso *iso, u32 i)
{
	s32 up;

	for (up = iso->dev[i].parent; up != IE_ISO_NONE; up = iso->dev[up].parent) {
		if (iso->dev[up].xlate_root)
			break;
		if (speaks_for_others(&iso->dev[up]))
			return up;
	}
	return IE_ISO_NONE;
}

static void join_aliases(struct ie_iso *iso, u32 i)
{
	const struct ie_iso_dev *dev = &iso->dev[i];
	unsigned int devfn;
	s32 other;

	if (!dev->has_alias)
		return;
	for (devfn = 0; devfn < 256; devfn++) {
		if (!(dev->alias[devfn / 8] & BIT(devfn % 8)))
			continue;
		other = ie_iso_find(iso, dev->id.segment, dev->id.bus, devfn);
		if (other != IE_ISO_NONE && other != (s32)i)
			join(iso, i, other, IE_ISO_ALIAS, IE_ISO_NONE);
	}
}

/* What a device cannot do it need not be told to do, egress control aside. */
static bool acs_is_on(const struct ie_iso_dev *dev)
{
	u16 needed = ACS_NEEDED & (dev->acs_cap | PCI_ACS_EC);

	return dev->has_acs && (dev->acs_ctrl & needed) == needed;
}

/*
 * Does it keep what is behind it, or beside it in its slot, from speaking to each
 * other? As in the kernel, but for the quirks of single devices that the kernel knows
 * and does not tell: without them a set is too large rather than too small.
 */
static bool isolates(const struct ie_iso_dev *dev)
{
	switch (dev->type) {
	case IE_ISO_ROOT_PORT:
	case IE_ISO_DOWNSTREAM:
		return acs_is_on(dev);
	case IE_ISO_ENDPOINT:
	case IE_ISO_UPSTREAM:
		return !dev->multifunction || acs_is_on(dev);
	default:
		return false;
	}
}

static bool path_isolates(const struct ie_iso *iso, s32 i)
{
	for (; i != IE_ISO_NONE; i = iso->dev[i].parent)
		if (!isolates(&iso->dev[i]))
			return false;
	return true;
}

static bool same_slot(const struct ie_iso *iso, u32 a, u32 b)
{
	return (key_of(iso, a) ^ key_of(iso, b)) >> 3 == 0;
}

static void join_functions(struct ie_iso *iso, u32 i)
{
	u32 j = i;

	if (!iso->dev[i].multifunction || isolates(&iso->dev[i]))
		return;
	while (j > 0 && same_slot(iso, i, j - 1))
		j--;
	for (; j < iso->n && same_slot(iso, i, j); j++)
		if (j != i && !isolates(&iso->dev[j]))
			join(iso, i, j, IE_ISO_ACS, IE_ISO_NONE);
}

/* No IOMMU tells them apart. */
static void join_by_requester(struct ie_iso *iso, u32 i)
{
	s32 bridge = speaker_for(iso, i);

	if (bridge != IE_ISO_NONE)
		join(iso, i, bridge, IE_ISO_BRIDGE, bridge);
	join_aliases(iso, i);
}

/* The rest of what pci_device_group() of the kernel does for one device after the other. */
static void join_as_kernel(struct ie_iso *iso, u32 i)
{
	s32 up = iso->dev[i].parent;

	if (speaker_for(iso, i) == IE_ISO_NONE && up != IE_ISO_NONE && !path_isolates(iso, up))
		join(iso, i, up, IE_ISO_ACS, up);
	join_functions(iso, i);
}

/* A region for all, or for more than a bus of devices, says nothing about who shares. */
static bool region_counts(const struct ie_region *region)
{
	if (region->kind == IE_REGION_RANGE)
		return region->first >> 8 == region->last >> 8;
	return region->kind != IE_REGION_ALL;
}

/* An RMRR with several scopes is there several times. */
static bool same_memory(const struct ie_region *a, const struct ie_region *b)
{
	return a->start == b->start && a->end == b->end && a->segment == b->segment;
}

static bool is_first_scope(const struct ie_iso *iso, u32 r)
{
	const struct ie_region *region = iso->regions->region;
	u32 i;

	for (i = 0; i < r; i++)
		if (same_memory(&region[i], &region[r]))
			return false;
	return true;
}

static bool all_scopes_count(const struct ie_iso *iso, u32 r)
{
	const struct ie_region *region = iso->regions->region;
	u32 i;

	for (i = r; i < iso->regions->count; i++)
		if (same_memory(&region[i], &region[r]) && !region_counts(&region[i]))
			return false;
	return true;
}

/* Does any scope of the memory of region @r, the first, cover function @i? */
static bool has_memory(const struct ie_iso *iso, u32 r, u32 i)
{
	const struct ie_region *region = iso->regions->region;
	u32 scope;

	for (scope = r; scope < iso->regions->count; scope++)
		if (same_memory(&region[scope], &region[r]) &&
		    ie_region_covers(&region[scope], &iso->dev[i].id))
			return true;
	return false;
}

static bool same_bus(const struct ie_iso *iso, u32 a, u32 b)
{
	return (key_of(iso, a) ^ key_of(iso, b)) >> 8 == 0;
}

/* Is @i on the bus of @top, or below a bridge on it that has the memory as well? */
static bool on_one_path(const struct ie_iso *iso, u32 r, u32 top, s32 i)
{
	for (; i != IE_ISO_NONE; i = iso->dev[i].parent)
		if (same_bus(iso, top, i) && has_memory(iso, r, i))
			return true;
	return false;
}

/*
 * The function nearest to the root that has the memory, if all that have it are on one
 * path. Memory for several paths joins none of them: firmware that reserves the same for
 * every card of a machine would make one set of them, though their paths are apart.
 */
static s32 find_top(const struct ie_iso *iso, u32 r)
{
	s32 top = IE_ISO_NONE;
	u32 i;

	for (i = 0; i < iso->n; i++)
		if (has_memory(iso, r, i) &&
		    (top == IE_ISO_NONE || iso->dev[i].id.hops < iso->dev[top].id.hops))
			top = i;
	for (i = 0; i < iso->n; i++)
		if (has_memory(iso, r, i) && !on_one_path(iso, r, top, i))
			return IE_ISO_NONE;
	return top;
}

static bool regions_overlap(const struct ie_region *a, const struct ie_region *b)
{
	return a->start >> PAGE_BITS <= b->end >> PAGE_BITS &&
	       b->start >> PAGE_BITS <= a->end >> PAGE_BITS;
}

static void join_region(struct ie_iso *iso, u32 r)
{
	const struct ie_region *region = iso->regions->region;
	u32 i;

	iso->lead[r] = IE_ISO_NONE;
	if (!(iso->joining & BIT(IE_ISO_RMRR)) || !is_first_scope(iso, r) ||
	    !all_scopes_count(iso, r))
		return;
	iso->lead[r] = find_top(iso, r);
	if (iso->lead[r] == IE_ISO_NONE)
		return;

	for (i = 0; i < iso->n; i++)
		if ((s32)i != iso->lead[r] && has_memory(iso, r, i))
			join(iso, i, iso->lead[r], IE_ISO_RMRR, r);
	for (i = 0; i < r; i++)
		if (iso->lead[i] != IE_ISO_NONE && iso->lead[i] != iso->lead[r] &&
		    regions_overlap(&region[r], &region[i]) &&
		    same_bus(iso, iso->lead[r], iso->lead[i]))
			join(iso, iso->lead[r], iso->lead[i], IE_ISO_RMRR, r);
}

/* Of what join_region() leaves alone, IVRS ranges over several buses included. */
static void join_shared(struct ie_iso *iso, u32 r)
{
	s32 first = IE_ISO_NONE;
	u32 i;

	if (!is_first_scope(iso, r) || iso->lead[r] != IE_ISO_NONE)
		return;
	for (i = 0; i < iso->n; i++) {
		if (!has_memory(iso, r, i))
			continue;
		if (first == IE_ISO_NONE)
			first = i;
		else
			join(iso, i, first, IE_ISO_RMRR_SHARED, r);
	}
}

static int by_start(const void *a, const void *b)
{
	const struct ie_iso_span *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

static void join_spans(struct ie_iso *iso, u32 count, enum ie_iso_reason why)
{
	struct ie_iso_span *last = iso->span;
	u32 i;

	sort(iso->span, count, sizeof(*iso->span), by_start, NULL);
	for (i = 1; i < count; i++) {
		struct ie_iso_span *span = &iso->span[i];

		if (span->start <= last->end && span->dev != last->dev)
			join(iso, span->dev, last->dev, why, IE_ISO_NONE);
		if (span->end >= last->end)
			last = span;
	}
}

static u32 bar_spans(struct ie_iso *iso)
{
	u32 i, bar, count = 0;

	for (i = 0; i < iso->n; i++)
		for (bar = 0; bar < iso->dev[i].bars; bar++)
			iso->span[count++] = (struct ie_iso_span) {
				.start = iso->dev[i].bar[bar].start >> PAGE_BITS,
				.end = iso->dev[i].bar[bar].end >> PAGE_BITS,
				.dev = i,
			};
	return count;
}

/* The line at the root bus: each bridge turns the pins by the device's number. */
static u64 line_of(const struct ie_iso *iso, u32 i)
{
	unsigned int pin = iso->dev[i].pin - 1;

	for (; iso->dev[i].parent != IE_ISO_NONE; i = iso->dev[i].parent)
		pin = (pin + (iso->dev[i].id.devfn >> 3)) % 4;
	return (key_of(iso, i) >> 3) << 2 | pin;
}

static u32 line_spans(struct ie_iso *iso)
{
	u32 i, count = 0;
	u64 line;

	for (i = 0; i < iso->n; i++) {
		if (!iso->dev[i].pin)
			continue;
		line = line_of(iso, i);
		iso->span[count++] = (struct ie_iso_span) { line, line, i };
	}
	return count;
}

static void part_all(struct ie_iso *iso, u8 joining)
{
	u32 i;

	iso->joining = joining;
	for (i = 0; i < iso->n; i++) {
		iso->dev[i].root = i;
		iso->dev[i].link = IE_ISO_NONE;
		iso->dev[i].reasons = 0;
	}
}

static void find_groups(struct ie_iso *iso)
{
	u32 i;

	part_all(iso, IE_ISO_KERNEL);
	for (i = 0; i < iso->n; i++) {
		join_by_requester(iso, i);
		join_as_kernel(iso, i);
	}
	for (i = 0; i < iso->n; i++)
		iso->dev[i].group = root_of(iso, i);
}

static void find_sets(struct ie_iso *iso)
{
	u32 i;

	part_all(iso, iso->enabled);
	for (i = 0; i < iso->n; i++)
		join_by_requester(iso, i);
	for (i = 0; i < iso->n; i++)
		iso->dev[i].requester = root_of(iso, i);
	for (i = 0; i < iso->n; i++)
		join_as_kernel(iso, i);
	for (i = 0; i < iso->regions->count; i++)
		join_region(iso, i);
	for (i = 0; i < iso->regions->count; i++)
		join_shared(iso, i);
	join_spans(iso, bar_spans(iso), IE_ISO_BAR_PAGE);
	join_spans(iso, line_spans(iso), IE_ISO_INTX);
	for (i = 0; i < iso->n; i++)
		iso->dev[i].set = root_of(iso, i);
}

void ie_iso_compute(struct ie_iso *iso)
{
	u32 i;

	for (i = 0; i < iso->n; i++)
		find_path(iso, i);
	find_groups(iso);
	find_sets(iso);
}

static unsigned int depth_of(const struct ie_iso *iso, s32 i)
{
	unsigned int depth = 0;

	for (; iso->dev[i].link != IE_ISO_NONE; i = iso->dev[i].link)
		depth++;
	return depth;
}

static size_t explain_link(const struct ie_iso *iso, const struct ie_iso_dev *dev, char *text,
			   size_t room)
{
	const struct pt_identity *at;

	switch (dev->why) {
	case IE_ISO_ALIAS:
		return scnprintf(text, room, "they use one requester id");
	case IE_ISO_RMRR:
	case IE_ISO_RMRR_SHARED:
		return scnprintf(text, room, "both have the reserved memory at 0x%llx",
				 (unsigned long long)iso->regions->region[dev->at].start);
	case IE_ISO_BAR_PAGE:
		return scnprintf(text, room, "their BARs share a page");
	case IE_ISO_INTX:
		return scnprintf(text, room, "they share an interrupt line");
	}
	if (dev->at == IE_ISO_NONE)
		return scnprintf(text, room, "functions of one card without ACS");
	at = &iso->dev[dev->at].id;
	return scnprintf(text, room, "%s %04x:%02x:%02x.%x",
			 dev->why == IE_ISO_BRIDGE ? "behind bridge" : "no ACS up from",
			 at->segment, at->bus, at->devfn >> 3, at->devfn & 7);
}

/* The same step twice, as up to a bridge from both sides, is told once. */
static bool is_told(const struct ie_iso_dev *dev, const struct ie_iso_dev *last)
{
	return last && dev->why == last->why && dev->at == last->at;
}

size_t ie_iso_explain(const struct ie_iso *iso, u32 a, u32 b, char *text, size_t room)
{
	const struct ie_iso_dev *dev, *last = NULL;
	unsigned int deep_a = depth_of(iso, a), deep_b = depth_of(iso, b);
	size_t n = 0;

	text[0] = '\0';
	while (a != b) {
		if (deep_a >= deep_b) {
			dev = &iso->dev[a];
			a = dev->link;
			deep_a--;
		} else {
			dev = &iso->dev[b];
			b = dev->link;
			deep_b--;
		}
		if (!is_told(dev, last)) {
			n += scnprintf(text + n, room - n, "%s", last ? ", " : "");
			n += explain_link(iso, dev, text + n, room - n);
		}
		last = dev;
	}
	return n;
}

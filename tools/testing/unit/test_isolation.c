// SPDX-License-Identifier: GPL-2.0
/* Isolation sets of hand-made machines: isolation_core.c. */
#include <linux/pci_regs.h>

#include "ktap.h"
#include "isolation_core.h"

#define ROOM 40
#define ALL_ON (PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

static struct ie_iso_dev machine[ROOM];
static struct ie_iso_span span[ROOM * IE_ISO_BARS];
#define REGIONS 32

static struct ie_region region[REGIONS];
static s32 lead[REGIONS];
static struct ie_regions regions;
static struct ie_iso iso;

static void empty(void)
{
	memset(machine, 0, sizeof(machine));
	memset(region, 0, sizeof(region));
	regions = (struct ie_regions) { .region = region, .room = REGIONS };
	iso = (struct ie_iso) {
		.dev = machine, .regions = &regions, .span = span, .lead = lead,
		.enabled = IE_ISO_DEFAULT,
	};
}

/* To be called in ascending order of addresses. */
static u32 add(u8 type, s32 parent, u8 bus, u8 device, u8 function)
{
	struct ie_iso_dev *dev = &machine[iso.n];

	dev->type = type;
	dev->parent = parent;
	dev->pf = IE_ISO_NONE;
	dev->id.bus = bus;
	dev->id.devfn = device << 3 | function;
	return iso.n++;
}

/* One that has ACS, switched on. */
static u32 add_acs(u8 type, s32 parent, u8 bus, u8 device, u8 function)
{
	u32 i = add(type, parent, bus, device, function);

	machine[i].has_acs = true;
	machine[i].acs_cap = ALL_ON;
	machine[i].acs_ctrl = ALL_ON;
	return i;
}

static bool together(u32 a, u32 b)
{
	return machine[a].set == machine[b].set;
}

static bool one_requester(u32 a, u32 b)
{
	return machine[a].requester == machine[b].requester;
}

static bool grouped(u32 a, u32 b)
{
	return machine[a].group == machine[b].group;
}

#define CHECK_WHY(a, b, words)						\
	do {								\
		char _text[160];					\
		size_t _n = ie_iso_explain(&iso, a, b, _text, sizeof(_text));	\
		CHECK_STREQ(_text, words);				\
		CHECK_EQ(_n, strlen(_text));				\
	} while (0)

#define CHECK_REASONS(i, words)						\
	do {								\
		char _text[80];						\
		ie_iso_reasons(machine[i].reasons, _text, sizeof(_text));	\
		CHECK_STREQ(_text, words);				\
	} while (0)

TEST("devices behind ports with ACS are alone, and their paths are known")
{
	u32 port1, port2, nic1, nic2;

	empty();
	port1 = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	port2 = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 3, 0);
	nic1 = add(IE_ISO_ENDPOINT, port1, 1, 0, 0);
	nic2 = add(IE_ISO_ENDPOINT, port2, 2, 0, 0);
	ie_iso_compute(&iso);
	CHECK(!together(port1, port2) && !together(nic1, nic2) && !together(port1, nic1));
	CHECK_REASONS(nic1, "-");
	CHECK_EQ(machine[nic2].id.hops, 2);
	CHECK_EQ(machine[nic2].id.path[0], 3 << 3);
	CHECK_EQ(machine[nic2].id.path[1], 0);
	CHECK_EQ(ie_iso_find(&iso, 0, 2, 0), nic2);
	CHECK_EQ(ie_iso_find(&iso, 0, 2, 1), IE_ISO_NONE);
	CHECK_EQ(ie_iso_find(&iso, 0, 1, 1), IE_ISO_NONE);
	CHECK_EQ(ie_iso_find(&iso, 1, 2, 0), IE_ISO_NONE);
}

TEST("conventional devices behind a PCIe-to-PCI bridge, and the bridge")
{
	u32 port, bridge, a, b;

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	bridge = add(IE_ISO_TO_PCI, port, 1, 0, 0);
	a = add(IE_ISO_CONVENTIONAL, bridge, 2, 1, 0);
	b = add(IE_ISO_CONVENTIONAL, bridge, 2, 2, 0);
	ie_iso_compute(&iso);
	CHECK(grouped(a, b) && grouped(a, bridge) && !grouped(a, port));
	CHECK(together(a, b) && !together(a, port));
	CHECK(one_requester(a, b) && one_requester(a, bridge) && !one_requester(a, port));
	CHECK_REASONS(a, "bridge");
	CHECK_WHY(a, b, "behind bridge 0000:01:00.0");
	CHECK_WHY(b, a, "behind bridge 0000:01:00.0");
	CHECK_WHY(b, bridge, "behind bridge 0000:01:00.0");
	CHECK_WHY(a, a, "");
}

TEST("conventional bridges in a row; a port between does not count")
{
	u32 first, second, to_pcie, port, nic, card;

	empty();
	first = add(IE_ISO_CONVENTIONAL, IE_ISO_NONE, 0, 0x1e, 0);
	second = add(IE_ISO_CONVENTIONAL, first, 1, 0, 0);
	card = add(IE_ISO_CONVENTIONAL, first, 1, 1, 0);
	to_pcie = add(IE_ISO_TO_PCIE, second, 2, 0, 0);
	port = add(IE_ISO_DOWNSTREAM, to_pcie, 3, 0, 0);
	nic = add(IE_ISO_ENDPOINT, port, 4, 0, 0);
	ie_iso_compute(&iso);
	CHECK(grouped(nic, to_pcie) && grouped(to_pcie, second) && grouped(second, first));
	CHECK(grouped(port, nic) && grouped(card, nic));
	CHECK(one_requester(card, nic));
	CHECK_WHY(nic, card, "behind bridge 0000:02:00.0, behind bridge 0000:01:00.0, "
		  "behind bridge 0000:00:1e.0");
}

TEST("a bridge with the translation in front of it speaks for nobody")
{
	u32 port, bridge, a, b;

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	bridge = add(IE_ISO_TO_PCI, port, 1, 0, 0);
	a = add(IE_ISO_CONVENTIONAL, bridge, 2, 1, 0);
	b = add(IE_ISO_CONVENTIONAL, bridge, 2, 2, 0);
	machine[bridge].xlate_root = true;
	ie_iso_compute(&iso);
	/* It is no less a way from one to the other. */
	CHECK(grouped(a, b) && !one_requester(a, b));
	CHECK_REASONS(a, "acs");
	CHECK_WHY(a, b, "no ACS up from 0000:01:00.0");
}

TEST("a port without ACS is in one set with all behind it, ports above included")
{
	u32 port, up, down1, down2, nic1, nic2;

	empty();
	port = add(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	up = add(IE_ISO_UPSTREAM, port, 1, 0, 0);
	down1 = add_acs(IE_ISO_DOWNSTREAM, up, 2, 0, 0);
	down2 = add_acs(IE_ISO_DOWNSTREAM, up, 2, 1, 0);
	nic1 = add(IE_ISO_ENDPOINT, down1, 3, 0, 0);
	nic2 = add(IE_ISO_ENDPOINT, down2, 4, 0, 0);
	ie_iso_compute(&iso);
	CHECK(grouped(nic1, nic2) && grouped(nic1, port) && grouped(nic1, up));
	CHECK(!one_requester(nic1, nic2));
	CHECK_WHY(nic1, nic2, "no ACS up from 0000:02:00.0, no ACS up from 0000:02:01.0, "
		  "no ACS up from 0000:01:00.0");
	machine[port].has_acs = true;
	ie_iso_compute(&iso);
	/* What it has no bit for it need not switch on. */
	CHECK(!grouped(nic1, nic2));
	machine[port].acs_cap = ALL_ON;
	machine[port].acs_ctrl = ALL_ON & ~PCI_ACS_CR;
	ie_iso_compute(&iso);
	CHECK(grouped(nic1, nic2));
}

TEST("functions of one card without ACS; one with ACS is alone")
{
	u32 port, f0, f1, f2, other;

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	f0 = add(IE_ISO_ENDPOINT, port, 1, 0, 0);
	f1 = add_acs(IE_ISO_ENDPOINT, port, 1, 0, 1);
	f2 = add(IE_ISO_ENDPOINT, port, 1, 0, 2);
	other = add(IE_ISO_ENDPOINT, port, 1, 1, 0);
	machine[f0].multifunction = true;
	machine[f1].multifunction = true;
	machine[f2].multifunction = true;
	ie_iso_compute(&iso);
	CHECK(grouped(f0, f2) && !grouped(f0, f1) && !grouped(f0, other));
	CHECK_WHY(f0, f2, "functions of one card without ACS");
	machine[f0].multifunction = false;
	machine[f2].multifunction = false;
	ie_iso_compute(&iso);
	CHECK(!grouped(f0, f2));
}

TEST("functions of the chipset: conventional and event collector; another segment is not")
{
	u32 isa, sata, collector, far;

	empty();
	isa = add(IE_ISO_CONVENTIONAL, IE_ISO_NONE, 0, 0x1f, 0);
	sata = add(IE_ISO_CONVENTIONAL, IE_ISO_NONE, 0, 0x1f, 2);
	collector = add(IE_ISO_OTHER, IE_ISO_NONE, 0, 0x1f, 4);
	far = add(IE_ISO_CONVENTIONAL, IE_ISO_NONE, 0, 0x1f, 2);
	machine[far].id.segment = 1;
	machine[isa].multifunction = true;
	ie_iso_compute(&iso);
	CHECK(grouped(isa, sata) && grouped(isa, collector) && !grouped(sata, far));
}

TEST("one that uses the id of another of its bus, there or not")
{
	u32 port, f0, f1, lone;

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	f0 = add(IE_ISO_ENDPOINT, port, 1, 0, 0);
	f1 = add(IE_ISO_ENDPOINT, port, 1, 0, 1);
	lone = add(IE_ISO_ENDPOINT, port, 1, 2, 0);
	machine[f1].has_alias = true;
	machine[f1].alias[0] = 0x03;
	machine[lone].has_alias = true;
	machine[lone].alias[31] = 0x80;
	ie_iso_compute(&iso);
	CHECK(grouped(f0, f1) && !grouped(lone, f0));
	CHECK(one_requester(f0, f1) && !one_requester(lone, f0));
	CHECK_REASONS(f0, "alias");
	CHECK_WHY(f1, f0, "they use one requester id");
}

TEST("VFs have their PF's path and are alone, also behind it on a bus of their own")
{
	u32 port, pf, vf, far;

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	pf = add(IE_ISO_ENDPOINT, port, 1, 0, 0);
	vf = add(IE_ISO_ENDPOINT, port, 1, 0x10, 0);
	far = add(IE_ISO_ENDPOINT, port, 2, 0x10, 0);
	machine[vf].id.is_vf = true;
	machine[vf].pf = pf;
	machine[far].id.is_vf = true;
	machine[far].pf = pf;
	ie_iso_compute(&iso);
	CHECK(!together(pf, vf) && !together(vf, far));
	CHECK_EQ(machine[far].id.hops, 2);
	CHECK_EQ(machine[far].id.path[1], 0);
}

TEST("a device that is too deep has no path")
{
	s32 up = IE_ISO_NONE;
	unsigned int i;

	empty();
	for (i = 0; i <= PT_PATH_HOPS; i++)
		up = add_acs(IE_ISO_DOWNSTREAM, up, i, 0, 0);
	ie_iso_compute(&iso);
	CHECK_EQ(machine[PT_PATH_HOPS - 1].id.hops, PT_PATH_HOPS);
	CHECK_EQ(machine[PT_PATH_HOPS].id.hops, 0);
}

static void kept(u8 kind, u8 device, u64 start, u64 end)
{
	region[regions.count++] = (struct ie_region) {
		.kind = kind, .start = start, .end = end, .hops = 1, .path = { device << 3 },
	};
}

static u32 alone(u8 device)
{
	return add(IE_ISO_ENDPOINT, IE_ISO_NONE, 0, device, 0);
}

TEST("reserved memory for both is no reason for the kernel, for us it is one")
{
	u32 a, b, c, d;

	empty();
	a = alone(0x14);
	b = alone(0x1a);
	c = alone(0x1c);
	d = alone(0x1d);
	kept(IE_REGION_ENDPOINT, 0x14, 0x1000, 0x2fff);
	kept(IE_REGION_ENDPOINT, 0x1a, 0x2800, 0x37ff);
	kept(IE_REGION_ENDPOINT, 0x1c, 0x4000, 0x4fff);
	kept(IE_REGION_ENDPOINT, 0x1e, 0x1000, 0x4fff);
	ie_iso_compute(&iso);
	CHECK(together(a, b) && !grouped(a, b) && !together(b, c) && !together(c, d));
	CHECK_REASONS(a, "rmrr");
	CHECK_WHY(a, b, "both have the reserved memory at 0x2800");
}

TEST("regions of a bridge and of a bus are shared, those for all and wide ones are not")
{
	u32 a, b;

	empty();
	a = alone(0x14);
	b = alone(0x1a);
	kept(IE_REGION_ALL, 0, 0x8000, 0x8fff);
	kept(IE_REGION_RANGE, 0, 0, 0xfff);
	region[1].last = 0x1ff;
	ie_iso_compute(&iso);
	CHECK(!together(a, b));
	region[1].last = 0xff;
	ie_iso_compute(&iso);
	CHECK(together(a, b));
	CHECK_WHY(b, a, "both have the reserved memory at 0x0");
}

/* For what is behind a port. */
static void kept_behind(u8 kind, u8 port, u64 start, u64 end)
{
	kept(kind, port, start, end);
	region[regions.count - 1].hops = 2;
}

TEST("a Gen8 reserves the same for SATA, RAID, iLO and NICs: none joins another (case M3)")
{
	static const u64 starts[] = {
		0xbdffd000, 0xbdff6000, 0xbdf83000, 0xbdf7f000, 0xbdf6f000, 0xbdf6e000, 0xf4000,
		0xe8000,
	};
	u32 raid_port, nic_port, sata, raid, nic;
	size_t i;

	empty();
	raid_port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	nic_port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 3, 0);
	sata = add(IE_ISO_ENDPOINT, IE_ISO_NONE, 0, 0x1f, 2);
	raid = add(IE_ISO_ENDPOINT, raid_port, 2, 0, 0);
	nic = add(IE_ISO_ENDPOINT, nic_port, 3, 0, 0);
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		kept(IE_REGION_ENDPOINT, 0x1f, starts[i], starts[i] + 0xfff);
		region[regions.count - 1].path[0] |= 2;
		kept_behind(IE_REGION_ENDPOINT, 2, starts[i], starts[i] + 0xfff);
		kept_behind(IE_REGION_ENDPOINT, 3, starts[i], starts[i] + 0xfff);
	}
	ie_iso_compute(&iso);
	CHECK(!together(sata, raid) && !together(raid, nic) && !together(sata, nic));
	CHECK_REASONS(sata, "-");
	CHECK_REASONS(nic, "-");

	/* By another reason, which is off by default, they are one set. */
	iso.enabled |= BIT(IE_ISO_RMRR_SHARED);
	ie_iso_compute(&iso);
	CHECK(together(sata, raid) && together(raid, nic));
	CHECK(!together(nic, nic_port) && !grouped(sata, raid) && !one_requester(sata, raid));
	CHECK_REASONS(nic, "rmrr-shared");
	CHECK_WHY(nic, raid, "both have the reserved memory at 0xbdffd000");
}

TEST("what rmrr joins is not rmrr-shared; a region for all is (case M3)")
{
	u32 usb, sata, other;

	empty();
	usb = alone(0x1a);
	sata = alone(0x1d);
	other = alone(0x1f);
	kept(IE_REGION_ENDPOINT, 0x1a, 0x1000, 0x1fff);
	kept(IE_REGION_ENDPOINT, 0x1d, 0x1000, 0x1fff);
	iso.enabled = BIT(IE_ISO_RMRR) | BIT(IE_ISO_RMRR_SHARED);
	ie_iso_compute(&iso);
	CHECK(together(usb, sata) && !together(sata, other));
	CHECK_REASONS(usb, "rmrr");
	iso.enabled = BIT(IE_ISO_RMRR_SHARED);
	ie_iso_compute(&iso);
	CHECK(together(usb, sata));
	CHECK_REASONS(usb, "rmrr-shared");
	kept(IE_REGION_ALL, 0, 0x8000, 0x8fff);
	ie_iso_compute(&iso);
	CHECK(together(sata, other));
	CHECK_WHY(usb, other, "both have the reserved memory at 0x8000");
}

TEST("a reason that is switched off makes no set; groups stay as they are (case M3)")
{
	u32 port, bridge, a, b, nic1, nic2;

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	bridge = add(IE_ISO_TO_PCI, port, 1, 0, 0);
	a = add(IE_ISO_CONVENTIONAL, bridge, 2, 1, 0);
	b = add(IE_ISO_CONVENTIONAL, bridge, 2, 2, 0);
	nic1 = add(IE_ISO_ENDPOINT, port, 3, 0, 0);
	nic2 = add(IE_ISO_ENDPOINT, port, 3, 0, 1);
	machine[nic1].multifunction = true;
	machine[nic2].multifunction = true;
	iso.enabled = IE_ISO_DEFAULT & ~BIT(IE_ISO_BRIDGE);
	ie_iso_compute(&iso);
	CHECK(!together(a, bridge) && !one_requester(a, b) && grouped(a, b));
	CHECK(together(nic1, nic2) && grouped(nic1, nic2));
	iso.enabled = IE_ISO_DEFAULT & ~BIT(IE_ISO_ACS);
	ie_iso_compute(&iso);
	CHECK(together(a, b) && one_requester(a, b));
	CHECK(!together(nic1, nic2) && grouped(nic1, nic2));
	CHECK_REASONS(nic1, "-");
	iso.enabled = 0;
	ie_iso_compute(&iso);
	CHECK(!together(a, b) && !together(nic1, nic2) && grouped(a, b));
}

TEST("memory of one bus joins, also when other memory is for several (case M3)")
{
	u32 port, nic, sata, usb;

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 3, 0);
	usb = alone(0x1a);
	sata = alone(0x1d);
	nic = add(IE_ISO_ENDPOINT, port, 3, 0, 0);
	kept_behind(IE_REGION_ENDPOINT, 3, 0x1000, 0x1fff);
	kept(IE_REGION_ENDPOINT, 0x1a, 0x1000, 0x1fff);
	kept(IE_REGION_ENDPOINT, 0x1a, 0x3000, 0x3fff);
	kept(IE_REGION_ENDPOINT, 0x1d, 0x3000, 0x3fff);
	ie_iso_compute(&iso);
	CHECK(together(usb, sata) && !together(usb, nic));
	CHECK_WHY(usb, sata, "both have the reserved memory at 0x3000");
	/* Another segment's is another's. */
	region[3].segment = 1;
	ie_iso_compute(&iso);
	CHECK(!together(usb, sata));
}

TEST("memory that overlaps other memory joins on one bus only (case M3)")
{
	u32 port, nic, usb;

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 3, 0);
	usb = alone(0x1a);
	nic = add(IE_ISO_ENDPOINT, port, 3, 0, 0);
	kept_behind(IE_REGION_ENDPOINT, 3, 0x1000, 0x1fff);
	kept(IE_REGION_ENDPOINT, 0x1a, 0x1800, 0x2fff);
	ie_iso_compute(&iso);
	CHECK(!together(usb, nic));
}

TEST("memory for a bridge is for one path: all behind it are joined (case M3)")
{
	u32 port, other, up, down1, down2, nic1, nic2, far;

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	other = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 3, 0);
	up = add_acs(IE_ISO_UPSTREAM, port, 1, 0, 0);
	down1 = add_acs(IE_ISO_DOWNSTREAM, up, 2, 0, 0);
	down2 = add_acs(IE_ISO_DOWNSTREAM, up, 2, 1, 0);
	nic1 = add(IE_ISO_ENDPOINT, down1, 3, 0, 0);
	nic2 = add(IE_ISO_ENDPOINT, down2, 4, 0, 0);
	far = add(IE_ISO_ENDPOINT, other, 5, 0, 0);
	kept_behind(IE_REGION_BRIDGE, 2, 0x1000, 0x1fff);
	ie_iso_compute(&iso);
	CHECK(together(up, nic1) && together(nic1, nic2) && !together(nic1, far));
	CHECK(!together(nic1, port));
	/* A second scope, elsewhere: it is not for one path any more. */
	kept_behind(IE_REGION_ENDPOINT, 3, 0x1000, 0x1fff);
	ie_iso_compute(&iso);
	CHECK(!together(nic1, nic2) && !together(nic1, far));
	/* A scope for all beside the first is for all. */
	regions.count = 1;
	kept(IE_REGION_ALL, 0, 0x1000, 0x1fff);
	ie_iso_compute(&iso);
	CHECK(!together(nic1, nic2));
}

static void bar(u32 i, u64 start, u64 end)
{
	machine[i].bar[machine[i].bars++] = (struct ie_iso_bar) { start, end };
}

TEST("BARs that share a page; a large one, and two of one device")
{
	u32 a, b, c, d, e;

	empty();
	a = alone(1);
	b = alone(2);
	c = alone(3);
	d = alone(4);
	e = alone(5);
	bar(a, 0xfe000000, 0xfe0fffff);
	bar(b, 0xfe100000, 0xfe10007f);
	bar(b, 0xfe100080, 0xfe1000ff);
	bar(c, 0xfe100800, 0xfe100fff);
	bar(d, 0xfe080000, 0xfe080fff);
	bar(e, 0xfe101000, 0xfe1010ff);
	bar(e, 0xfe0fe000, 0xfe0fefff);
	ie_iso_compute(&iso);
	CHECK(together(b, c) && !together(a, b) && together(a, d) && together(a, e));
	CHECK(!together(b, e) && !grouped(b, c));
	CHECK_REASONS(c, "bar-page");
	CHECK_WHY(b, c, "their BARs share a page");
}

TEST("lines are shared as the bridges turn the pins")
{
	u32 bridge, a, b, c, d;

	empty();
	bridge = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	a = add(IE_ISO_ENDPOINT, bridge, 1, 1, 0);
	b = add(IE_ISO_ENDPOINT, bridge, 1, 2, 0);
	c = add(IE_ISO_ENDPOINT, bridge, 1, 5, 0);
	d = add(IE_ISO_ENDPOINT, bridge, 1, 6, 0);
	machine[a].pin = 1;
	machine[b].pin = 1;
	machine[c].pin = 1;
	ie_iso_compute(&iso);
	CHECK(together(a, c) && !together(a, b) && !together(b, d) && !grouped(a, c));
	CHECK_WHY(a, c, "they share an interrupt line");
	CHECK_REASONS(a, "intx");
	machine[b].pin = 4;
	ie_iso_compute(&iso);
	CHECK(together(a, b));
}

TEST("several reasons are all told, the way between two may go by others")
{
	u32 port, bridge, a, b, c;
	char text[16];

	empty();
	port = add_acs(IE_ISO_ROOT_PORT, IE_ISO_NONE, 0, 2, 0);
	c = add(IE_ISO_ENDPOINT, IE_ISO_NONE, 0, 3, 0);
	bridge = add(IE_ISO_TO_PCI, port, 1, 0, 0);
	a = add(IE_ISO_CONVENTIONAL, bridge, 2, 1, 0);
	b = add(IE_ISO_CONVENTIONAL, bridge, 2, 2, 0);
	bar(a, 0x1000, 0x10ff);
	bar(b, 0x1100, 0x11ff);
	bar(c, 0x1200, 0x12ff);
	ie_iso_compute(&iso);
	CHECK_REASONS(a, "bridge,bar-page");
	CHECK_WHY(c, a, "their BARs share a page");
	CHECK_WHY(c, b, "behind bridge 0000:01:00.0, their BARs share a page");
	CHECK_EQ(machine[b].set, c);
	CHECK_EQ(machine[b].group, bridge);
	CHECK_EQ(ie_iso_explain(&iso, c, b, text, sizeof(text)), sizeof(text) - 1);
}

// SPDX-License-Identifier: GPL-2.0
/* Address decoders and overlays at their limits: config_build_core.c. */
#include "config_card.h"

static u32 size_of(u16 off)
{
	WR(off, 4, ~0u);
	return rd(off, 4);
}

static void no_bars(void)
{
	make_hw();
	make_device();
	memset(device.bar, 0, sizeof(device.bar));
}

TEST("a BAR that is larger than 4 GiB shows its size in both halves")
{
	no_bars();
	device.bar[0] = (struct pbng_cfg_bar) {
		.start = 0x5000000000, .size = 0x800000000, .flags = 0xc,
	};
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0x0000000cu);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_1, 4), 0x50u);
	CHECK_EQ(size_of(PCI_BASE_ADDRESS_1), 0xfffffff8u);
	WR(PCI_BASE_ADDRESS_1, 4, 0);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_1, 4), 0x50u);
}

TEST("the upper half of a BAR is no BAR, whatever is said of it")
{
	no_bars();
	device.bar[0] = (struct pbng_cfg_bar) { .start = 0x100000000, .size = 0x1000, .flags = 4 };
	device.bar[1] = (struct pbng_cfg_bar) { .start = 0x200000000, .size = 0x1000, .flags = 4 };
	device.bar[2] = (struct pbng_cfg_bar) { .start = 0xe0000000, .size = 0x1000 };
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_1, 4), 1u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_2, 4), 0xe0000000u);
	CHECK_EQ(size_of(PCI_BASE_ADDRESS_2), 0xfffff000u);
}

TEST("the last BAR has no upper half")
{
	no_bars();
	device.bar[5] = (struct pbng_cfg_bar) { .start = 0xe0000000, .size = 0x1000, .flags = 4 };
	put(PCI_CARDBUS_CIS, 4, 0x11223344);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_5, 4), 0xe0000004u);
	CHECK_EQ(rd(PCI_CARDBUS_CIS, 4), 0x11223344u);
	device.header = 1;
	device.bar[1] = device.bar[5];
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_1, 4), 0xe0000004u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_2, 4), 0xc001u);
}

TEST("the last but one may have it; an I/O BAR has none, whatever its bits are")
{
	no_bars();
	device.bar[0] = (struct pbng_cfg_bar) { .start = 0xc000, .size = 0x20, .flags = 5 };
	device.bar[1] = (struct pbng_cfg_bar) { .start = 0xd000, .size = 0x20, .flags = 1 };
	device.bar[4] = (struct pbng_cfg_bar) { .start = 0x700000000, .size = 0x1000, .flags = 4 };
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_1, 4), 0xd001u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_5, 4), 7u);
}

TEST("a prefetchable BAR of 32 bits has no upper half")
{
	no_bars();
	device.bar[0] = (struct pbng_cfg_bar) { .start = 0xe0000000, .size = 0x1000, .flags = 8 };
	device.bar[1] = (struct pbng_cfg_bar) { .start = 0xd0000000, .size = 0x1000, .flags = 1 };
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xe0000008u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_1, 4), 0xd0000001u);
}

TEST("a ROM of the smallest size, and where a bridge has it")
{
	no_bars();
	device.bar[PBNG_CFG_ROM] = (struct pbng_cfg_bar) { .start = 0xfe040800, .size = 0x800 };
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0xfe040800u);
	CHECK_EQ(size_of(PCI_ROM_ADDRESS), 0xfffff801u);
	device.header = 1;
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_ROM_ADDRESS1, 4), 0xfe040800u);
	CHECK_EQ(size_of(PCI_ROM_ADDRESS1), 0xfffff801u);
	/* Less than the register can say: bit 0 is the switch, and stays so. */
	device.header = 0;
	device.bar[PBNG_CFG_ROM].size = 1;
	device.bar[PBNG_CFG_ROM].start |= 1;
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0xfe040800u);
	CHECK_EQ(size_of(PCI_ROM_ADDRESS), 0xfffff801u);
}

TEST("a new device is strict, and reads as the host says where the host knows better")
{
	fresh();
	CHECK_EQ(cfg->policy, PBNG_POLICY_STRICT);
	device.vendor = 0x1234;
	device.device = 0xabcd;
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_VENDOR_ID, 4), 0xabcd1234u);
	CHECK_EQ(rd(PCI_VENDOR_ID + 1, 1), 0x12u);
	WR(PCI_INTERRUPT_LINE, 1, 0xff);
	CHECK_EQ(rd(PCI_INTERRUPT_LINE, 1), 0xffu);
}

static u8 ram[2][64];

static int ram_read(void *priv, u16 off, u16 len, u32 *value)
{
	*value = 0;
	memcpy(value, (u8 *)priv + off, len);
	return 0;
}

static int ram_write(void *priv, u16 off, u16 len, u32 value)
{
	memcpy((u8 *)priv + off, &value, len);
	return 0;
}

/* Ask for an overlay on the card as it is. */
static void ask(unsigned int index, u16 off, u16 len, u32 header)
{
	cfg->overlay[index] = (struct pbng_cfg_overlay) {
		.off = off, .len = len, .header = header,
		.read = ram_read, .write = ram_write, .priv = ram[index],
	};
	CHECK_EQ(pbng_cfg_build(cfg, &device), 0);
}

TEST("two overlays do not get into each other's way")
{
	fresh();
	ask(0, 0x400, 16, 0x0001000b);
	ask(1, 0x410, 16, 0x00010023);
	WR(0x404, 4, 0x11111111);
	WR(0x414, 4, 0x22222222);
	CHECK_EQ(ram[0][4], 0x11);
	CHECK_EQ(ram[1][4], 0x22);
	CHECK_EQ(rd(0x100, 4), 0x41000000u);
	CHECK_EQ(rd(0x410, 4), 0x40010023u);
	CHECK_EQ(rd(0x400, 4), 0x0001000bu);
	/* The same place twice: the first has it. */
	ask(1, 0x408, 8, 0x00010023);
	CHECK_EQ(cfg->overlay[1].off, 0);
	CHECK_EQ(rd(0x408, 4), 0u);
	CHECK_EQ(rd(0x100, 4), 0x40000000u);
}

TEST("the id of the first capability does not get into an overlay")
{
	fresh();
	put_ext(0x100, 0x0f15, 0x140);
	ask(0, 0x400, 16, 0x00010022);
	CHECK_EQ(rd(0x400, 4), 0x00010022u);
}

TEST("an overlay fits up to the last byte, and not one further")
{
	fresh();
	ask(0, 0xff8, 8, 0x0001000b);
	CHECK_EQ(cfg->overlay[0].off, 0xff8);
	ask(0, 0xffc, 8, 0x0001000b);
	CHECK_EQ(cfg->overlay[0].off, 0);
	/* Behind the vendor's own capability: nothing of the list ends there. */
	ask(0, 0xf8, 8, 0x09);
	CHECK_EQ(cfg->overlay[0].off, 0xf8);
	ask(0, 0xfc, 8, 0x09);
	CHECK_EQ(cfg->overlay[0].off, 0);
	ask(0, 0xf1, 8, 0x09);
	CHECK_EQ(cfg->overlay[0].off, 0);
	ask(0, 0xf0, 9, 0x09);
	CHECK_EQ(cfg->overlay[0].off, 0);
	ask(0, 0x100, 8, 0x0001000b);
	CHECK_EQ(cfg->overlay[0].off, 0x100);
	device.size = PBNG_CFG_SIZE;
	ask(0, 0x100, 8, 0x0001000b);
	CHECK_EQ(cfg->overlay[0].off, 0);
}

TEST("the first place behind the header will do, the header will not")
{
	no_bars();
	put(PCI_STATUS, 2, 0);
	memset(hw + 0x40, 0, 0x20);
	CHECK_EQ(build(), 0);
	ask(0, 0x40, 8, 0x09);
	CHECK_EQ(cfg->overlay[0].off, 0x40);
	memset(hw + 0x28, 0, 0x18);
	/* Nothing of the tables is there, but it is no place for a capability. */
	ask(0, 0x38, 8, 0x09);
	CHECK_EQ(cfg->overlay[0].off, 0);
	CHECK_EQ(rd(0x38, 4), 0u);
}

TEST("any byte that the device has there is reason enough")
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		fresh();
		put(0x400 + i, 1, 0x80);
		ask(0, 0x400, 8, 0x0001000b);
		CHECK_EQ(cfg->overlay[0].off, 0);
		CHECK_EQ(rd(0x400, 4), i < 4 ? 0x80u << (8 * i) : 0u);
	}
}

TEST("a device that says it has no list has none")
{
	no_bars();
	put(PCI_STATUS, 2, PCI_STATUS_IMM_READY);
	CHECK_EQ(build(), 0);
	ask(0, 0xf0, 8, 0x09);
	CHECK_EQ(rd(0xf0, 4), 0x09u);
	CHECK_EQ(rd(PCI_STATUS, 1), PCI_STATUS_IMM_READY | PCI_STATUS_CAP_LIST);
}

TEST("where the list is not, an overlay and its link are all there is")
{
	fresh();
	put(0x104, 1, 0x5a);
	ask(0, 0x400, 8, 0x00010022);
	CHECK_EQ(rd(0x104, 1), 0x5au);
	put(0x104, 1, 0);
	ask(0, 0x100, 8, 0x00010022);
	CHECK_EQ(rd(0x100, 4), 0x00010022u);
	put(0x100, 4, ~0u);
	ask(0, 0x400, 8, 0x00010022);
	CHECK_EQ(rd(0x100, 4), 0x40000000u);
}

TEST("only the bit of the list says that there is one")
{
	unsigned int without;

	fresh();
	put(PCI_STATUS, 2, 0);
	CHECK_EQ(build(), 0);
	without = cfg->nregs;
	put(PCI_STATUS, 2, (u16)~PCI_STATUS_CAP_LIST);
	CHECK_EQ(build(), 0);
	CHECK_EQ(cfg->nregs, without);
}

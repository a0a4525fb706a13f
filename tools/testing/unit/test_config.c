// SPDX-License-Identifier: GPL-2.0
/* The virtual configuration space: config_core.c, config_build_core.c. */
#include <stdlib.h>

#include "ktap.h"
#include "config_core.h"

#include <linux/pci_regs.h>

/* A device of 4 KiB registers; write-1-to-clear bits behave as such. */
static u8 hw[PBNG_CFG_EXT_SIZE];
static u8 hw_w1c[PBNG_CFG_EXT_SIZE];
static int hw_writes, fail_after;
static u16 command_old, command_new;
static int commands, command_result;
static unsigned int power_state;
static int powers;
static int intr_result, intrs;
static u16 intr_bits;

static int broken(void)
{
	return fail_after && !--fail_after ? -EIO : 0;
}

static int hw_read(void *priv, u16 off, u16 len, u32 *value)
{
	u16 i;

	(void)priv;
	*value = 0;
	if (broken())
		return -EIO;
	for (i = 0; i < len; i++)
		*value |= (u32)hw[off + i] << (8 * i);
	return 0;
}

static int hw_write(void *priv, u16 off, u16 len, u32 value)
{
	u16 i;

	(void)priv;
	if (broken())
		return -EIO;
	hw_writes++;
	for (i = 0; i < len; i++) {
		u8 byte = value >> (8 * i), w1c = hw_w1c[off + i];

		hw[off + i] = (byte & ~w1c) | (hw[off + i] & w1c & ~byte);
	}
	return 0;
}

static int on_command(void *priv, u16 old, u16 new)
{
	(void)priv;
	commands++;
	command_old = old;
	command_new = new;
	return command_result;
}

static int on_power(void *priv, unsigned int state)
{
	(void)priv;
	powers++;
	power_state = state;
	return 0;
}

static int on_intr(void *priv, enum pbng_cfg_hook hook, u16 off, u16 bits)
{
	(void)priv;
	(void)hook;
	(void)off;
	intrs++;
	intr_bits = bits;
	return intr_result;
}

static const struct pbng_cfg_io io = {
	.read = hw_read, .write = hw_write, .command = on_command,
	.power = on_power, .intr = on_intr,
};

static struct pbng_cfg *cfg;
static struct pbng_cfg_device device;

static void put(u16 off, u16 len, u32 value)
{
	while (len--) {
		hw[off++] = value;
		value >>= 8;
	}
}

static u32 get(u16 off, u16 len)
{
	u32 value = 0;

	while (len--)
		value = value << 8 | hw[off + len];
	return value;
}

#define CAP_PM		0x40
#define CAP_MSI		0x50
#define CAP_MSIX	0x70
#define CAP_EXP		0x80
#define CAP_VPD		0xc0
#define CAP_AF		0xd0
#define CAP_VENDOR	0xe0

static void put_cap(u16 pos, u8 id, u8 next)
{
	put(pos, 1, id);
	put(pos + 1, 1, next);
}

/* A card with every capability that the tables know. */
static void make_hw(void)
{
	memset(hw, 0, sizeof(hw));
	memset(hw_w1c, 0, sizeof(hw_w1c));
	put(PCI_VENDOR_ID, 4, 0x10d38086);
	put(PCI_COMMAND, 2, 0x0507);
	put(PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	put(PCI_CAPABILITY_LIST, 1, CAP_PM);
	hw_w1c[PCI_STATUS + 1] = 0xf9;
	put_cap(CAP_PM, PCI_CAP_ID_PM, CAP_MSI);
	put(CAP_PM + PCI_PM_PMC, 2, 0xc823);
	hw_w1c[CAP_PM + PCI_PM_CTRL + 1] = 0x80;
	put_cap(CAP_MSI, PCI_CAP_ID_MSI, CAP_MSIX);
	put(CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT);
	put_cap(CAP_MSIX, PCI_CAP_ID_MSIX, CAP_EXP);
	put(CAP_MSIX + PCI_MSIX_FLAGS, 2, 4);
	put_cap(CAP_EXP, PCI_CAP_ID_EXP, CAP_VPD);
	put(CAP_EXP + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_FLR | 0x8001);
	put_cap(CAP_VPD, PCI_CAP_ID_VPD, CAP_AF);
	put_cap(CAP_AF, PCI_CAP_ID_AF, CAP_VENDOR);
	put(CAP_AF + PCI_AF_CAP, 1, PCI_AF_CAP_TP | PCI_AF_CAP_FLR);
	put_cap(CAP_VENDOR, PCI_CAP_ID_VNDR, 0);
	put(CAP_VENDOR + 4, 4, 0x11223344);
	put(PCI_INTERRUPT_LINE, 2, 0x010b);
}

static void make_device(void)
{
	device = (struct pbng_cfg_device) {
		.vendor = 0x8086, .device = 0x10d3, .command = 0x0103,
		.irq = 17, .size = PBNG_CFG_EXT_SIZE,
		.bar = {
			[0] = { .start = 0xfe000000, .size = 0x20000 },
			[2] = { .start = 0xc000, .size = 0x20, .flags = 1 },
			[3] = { .start = 0x380000000000, .size = 0x4000, .flags = 0xc },
			[6] = { .start = 0xfe040000, .size = 0x40000 },
		},
	};
	put(PCI_BASE_ADDRESS_0, 4, 0xfe000000);
	put(PCI_BASE_ADDRESS_2, 4, 0xc001);
	put(PCI_BASE_ADDRESS_3, 4, 0x0000000c);
	put(PCI_BASE_ADDRESS_4, 4, 0x3800);
}

static int build(void)
{
	free(cfg);
	cfg = calloc(1, sizeof(*cfg) + PBNG_CFG_MAX_REGS * sizeof(cfg->reg[0]));
	cfg->io = &io;
	cfg->capacity = PBNG_CFG_MAX_REGS;
	hw_writes = commands = powers = intrs = fail_after = 0;
	command_result = intr_result = 0;
	return pbng_cfg_build(cfg, &device);
}

static void fresh(void)
{
	make_hw();
	make_device();
	CHECK_EQ(build(), 0);
}

static u32 rd(s32 off, s32 len)
{
	u32 value = 0xdeadbeef;

	CHECK_EQ(pbng_cfg_read(cfg, off, len, &value), 0);
	return value;
}

#define WR(off, len, value) CHECK_EQ(pbng_cfg_write(cfg, off, len, value), 0)

TEST("offsets and lengths out of bounds are refused, above all negative ones")
{
	static const struct { s32 off, len; } bad[] = {
		{ -4, 4 }, { -1, 1 }, { -2147483647 - 1, 4 }, { 4096, 1 },
		{ 4096, 4 }, { 0x7ffffffc, 4 }, { 0, 0 }, { 0, 3 }, { 0, 8 },
		{ 0, -4 }, { 1, 2 }, { 2, 4 }, { 3, 4 },
	};
	u32 value;
	size_t i;

	fresh();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		value = 1;
		CHECK_EQ(pbng_cfg_read(cfg, bad[i].off, bad[i].len, &value), -EINVAL);
		CHECK_EQ(value, 0u);
		CHECK_EQ(pbng_cfg_write(cfg, bad[i].off, bad[i].len, 0), -EINVAL);
	}
	CHECK_EQ(hw_writes, 0);
	CHECK_EQ(rd(4092, 4), 0u);
	device.size = PBNG_CFG_SIZE;
	CHECK_EQ(build(), 0);
	CHECK_EQ(pbng_cfg_read(cfg, 256, 4, &value), -EINVAL);
	CHECK_EQ(rd(252, 4), 0u);
}

TEST("registers are sorted and do not overlap")
{
	unsigned int i;

	fresh();
	for (i = 1; i < cfg->nregs; i++)
		CHECK(cfg->reg[i - 1].off + cfg->reg[i - 1].len <= cfg->reg[i].off);
}

TEST("ids come from the host's knowledge: a VF reads ffff itself")
{
	fresh();
	put(PCI_VENDOR_ID, 4, ~0u);
	CHECK_EQ(rd(PCI_VENDOR_ID, 4), 0x10d38086u);
	CHECK_EQ(rd(PCI_DEVICE_ID, 2), 0x10d3u);
	CHECK_EQ(rd(PCI_DEVICE_ID + 1, 1), 0x10u);
	WR(PCI_VENDOR_ID, 4, 0);
	CHECK_EQ(rd(PCI_VENDOR_ID, 4), 0x10d38086u);
	CHECK_EQ(hw_writes, 0);
}

TEST("COMMAND is the guest's own and changes are asked of the host")
{
	fresh();
	CHECK_EQ(rd(PCI_COMMAND, 2), 0x103u);
	WR(PCI_COMMAND, 2, 0x107);
	CHECK_EQ(commands, 1);
	CHECK_EQ(command_old, 0x103);
	CHECK_EQ(command_new, 0x107);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0x107u);
	WR(PCI_COMMAND, 2, 0x107);
	CHECK_EQ(commands, 1);
	WR(PCI_COMMAND, 1, 0);
	CHECK_EQ(command_new, 0x100);
	CHECK_EQ(hw_writes, 0);
	CHECK_EQ(get(PCI_COMMAND, 2), 0x507u);
}

TEST("a COMMAND that the host refuses reads back as before")
{
	fresh();
	command_result = -EIO;
	CHECK_EQ(pbng_cfg_write(cfg, PCI_COMMAND, 2, 0x407), -EIO);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0x103u);
}

TEST("reserved bits of COMMAND stay 0")
{
	fresh();
	WR(PCI_COMMAND, 2, 0xffff);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0x7ffu);
}

TEST("one write can reach COMMAND and STATUS")
{
	fresh();
	hw[PCI_STATUS + 1] |= 0x20;
	WR(PCI_COMMAND, 4, 0x20000107);
	CHECK_EQ(command_new, 0x107);
	CHECK_EQ(get(PCI_STATUS, 2), (u32)PCI_STATUS_CAP_LIST);
}

TEST("a STATUS bit is cleared only when asked for")
{
	fresh();
	hw[PCI_STATUS + 1] |= 0xa0;
	WR(PCI_STATUS, 2, 0);
	CHECK_EQ(hw_writes, 0);
	WR(PCI_STATUS, 2, 0x2000);
	CHECK_EQ(hw[PCI_STATUS + 1], 0x80);
}

TEST("a 32 bit BAR shows its size when asked and its address otherwise")
{
	fresh();
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfe000000u);
	WR(PCI_BASE_ADDRESS_0, 4, ~0u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfffe0000u);
	WR(PCI_BASE_ADDRESS_0, 4, 0xfe000000);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfe000000u);
	WR(PCI_BASE_ADDRESS_0, 4, 0x12340000);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfe000000u);
	CHECK_EQ(hw_writes, 0);
}

TEST("I/O and 64 bit BARs keep their type bits")
{
	fresh();
	WR(PCI_BASE_ADDRESS_2, 4, ~0u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_2, 4), 0xffffffe1u);
	WR(PCI_BASE_ADDRESS_3, 4, ~0u);
	WR(PCI_BASE_ADDRESS_4, 4, ~0u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_3, 4), 0xffffc00cu);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_4, 4), 0xffffffffu);
	WR(PCI_BASE_ADDRESS_3, 4, 0xc);
	WR(PCI_BASE_ADDRESS_4, 4, 0x3800);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_3, 4), 0xcu);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_4, 4), 0x3800u);
}

TEST("a BAR that is not there reads 0")
{
	fresh();
	WR(PCI_BASE_ADDRESS_1, 4, ~0u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_1, 4), 0u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_5, 4), 0u);
}

TEST("a BAR that the device lost is put back, by its own address only")
{
	fresh();
	put(PCI_BASE_ADDRESS_0, 4, 0);
	WR(PCI_BASE_ADDRESS_0, 4, 0x12340000);
	CHECK_EQ(get(PCI_BASE_ADDRESS_0, 4), 0u);
	WR(PCI_BASE_ADDRESS_0, 4, 0xfe000000);
	CHECK_EQ(get(PCI_BASE_ADDRESS_0, 4), 0xfe000000u);
	CHECK_EQ(hw_writes, 1);
}

TEST("the ROM is sized and its enable bit remembered, not passed")
{
	fresh();
	WR(PCI_ROM_ADDRESS, 4, 0xfffff800);
	CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0xfffc0000u);
	WR(PCI_ROM_ADDRESS, 4, 0xfe040001);
	CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0xfe040001u);
	CHECK_EQ(hw_writes, 0);
}

TEST("a device without a ROM reads 0 there")
{
	make_hw();
	make_device();
	device.bar[PBNG_CFG_ROM].size = 0;
	CHECK_EQ(build(), 0);
	WR(PCI_ROM_ADDRESS, 4, ~0u);
	CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0u);
}

TEST("the interrupt line is the host's number and then RAM, the pin the device's")
{
	fresh();
	CHECK_EQ(rd(PCI_INTERRUPT_LINE, 1), 17u);
	CHECK_EQ(rd(PCI_INTERRUPT_PIN, 1), 1u);
	WR(PCI_INTERRUPT_LINE, 1, 99);
	CHECK_EQ(rd(PCI_INTERRUPT_LINE, 1), 99u);
	CHECK_EQ(hw_writes, 0);
}

TEST("a new owner finds nothing of the last one")
{
	fresh();
	WR(PCI_INTERRUPT_LINE, 1, 99);
	WR(PCI_BASE_ADDRESS_0, 4, ~0u);
	WR(PCI_COMMAND, 2, 0x107);
	WR(CAP_VENDOR + 4, 4, 0);
	cfg->permissive = true;
	pbng_cfg_reset(cfg);
	CHECK_EQ(rd(PCI_INTERRUPT_LINE, 1), 17u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfe000000u);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0x103u);
	CHECK(!cfg->permissive);
	CHECK_EQ(cfg->denied, 0ul);
}

TEST("the cache line size is passed, BIST and latency are not")
{
	fresh();
	WR(PCI_CACHE_LINE_SIZE, 4, 0x40aa5510);
	CHECK_EQ(get(PCI_CACHE_LINE_SIZE, 4), 0x10u);
	CHECK_EQ(cfg->denied, 3ul);
	CHECK_EQ(cfg->denied_off, PCI_LATENCY_TIMER);
}

TEST("power states are asked of the host, wake-up is not offered")
{
	fresh();
	CHECK_EQ(rd(CAP_PM + PCI_PM_PMC, 2), 0x23u);
	WR(CAP_PM + PCI_PM_CTRL, 2, 0x0103);
	CHECK_EQ(powers, 1);
	CHECK_EQ(power_state, 3u);
	CHECK_EQ(get(CAP_PM + PCI_PM_CTRL, 2) & 0x100, 0u);
	hw[CAP_PM + PCI_PM_CTRL + 1] = 0x80;
	WR(CAP_PM + PCI_PM_CTRL, 2, 0);
	CHECK_EQ(hw[CAP_PM + PCI_PM_CTRL + 1], 0x80);
	WR(CAP_PM + PCI_PM_CTRL, 2, 0x8000);
	CHECK_EQ(hw[CAP_PM + PCI_PM_CTRL + 1], 0);
	CHECK_EQ(power_state, 0u);
}

TEST("MSI address and data are not the guest's (XSA-128)")
{
	fresh();
	WR(CAP_MSI + 4, 4, 0xfee00000);
	WR(CAP_MSI + 12, 2, 0x41);
	CHECK_EQ(hw_writes, 0);
	CHECK_EQ(cfg->denied, 2ul);
}

TEST("interrupt enable bits go to the host to decide")
{
	fresh();
	intr_result = -EACCES;
	WR(CAP_MSI + PCI_MSI_FLAGS, 2, 0x81);
	CHECK_EQ(intrs, 1);
	CHECK_EQ(intr_bits, 0x81);
	CHECK_EQ(cfg->denied, 1ul);
	intr_result = 0;
	WR(CAP_MSIX + PCI_MSIX_FLAGS, 2, 0xc7ff);
	CHECK_EQ(intr_bits, 0xc004);
	WR(CAP_MSIX + PCI_MSIX_FLAGS, 2, 4);
	CHECK_EQ(intrs, 2);
	intr_result = -EIO;
	CHECK_EQ(pbng_cfg_write(cfg, CAP_MSIX + PCI_MSIX_FLAGS, 2, 0x8004), -EIO);
}

TEST("an MSI capability is as long as its flags say")
{
	u32 flags[] = { 0, PCI_MSI_FLAGS_64BIT, PCI_MSI_FLAGS_MASKBIT,
			PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT };
	u16 end[] = { 12, 16, 20, 24 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		make_hw();
		make_device();
		put(CAP_MSI + PCI_MSI_FLAGS, 2, flags[i]);
		CHECK_EQ(build(), 0);
		cfg->permissive = true;
		WR(CAP_MSI + end[i] - 4, 4, 0x5a5a5a5a);
		CHECK_EQ(hw_writes, 0);
		WR(CAP_MSI + end[i], 4, 0x5a5a5a5a);
		CHECK_EQ(hw_writes, 1);
	}
}

TEST("VPD can be read and not written")
{
	fresh();
	WR(CAP_VPD + PCI_VPD_ADDR, 2, 0x0010);
	CHECK_EQ(get(CAP_VPD + PCI_VPD_ADDR, 2), 0x10u);
	WR(CAP_VPD + PCI_VPD_ADDR, 2, 0x8020);
	CHECK_EQ(get(CAP_VPD + PCI_VPD_ADDR, 2), 0x10u);
	WR(CAP_VPD + PCI_VPD_DATA, 4, 0x55);
	CHECK_EQ(get(CAP_VPD + PCI_VPD_DATA, 4), 0u);
	CHECK_EQ(cfg->denied, 2ul);
}

TEST("no guest is told of a function level reset")
{
	fresh();
	CHECK_EQ(rd(CAP_EXP + PCI_EXP_DEVCAP, 4), 0x8001u);
	CHECK_EQ(rd(CAP_AF + PCI_AF_CAP, 1), (u32)PCI_AF_CAP_TP);
}

TEST("a raw register is read from the device, its writes are dropped and counted")
{
	fresh();
	CHECK_EQ(rd(CAP_VENDOR + 4, 4), 0x11223344u);
	CHECK_EQ(rd(CAP_VENDOR + 6, 2), 0x1122u);
	WR(CAP_VENDOR + 4, 4, 0x11223344);
	CHECK_EQ(cfg->denied, 0ul);
	WR(CAP_VENDOR + 4, 4, 0x11223345);
	CHECK_EQ(cfg->denied, 1ul);
	CHECK_EQ(cfg->denied_off, CAP_VENDOR + 4);
	CHECK_EQ(hw_writes, 0);
}

TEST("permissive lets raw registers through and no others")
{
	fresh();
	cfg->permissive = true;
	WR(CAP_VENDOR + 4, 4, 0xaabbccdd);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0xaabbccddu);
	WR(CAP_MSI + 4, 4, 0x1234);
	WR(PCI_BASE_ADDRESS_0, 4, 0x1000);
	CHECK_EQ(hw_writes, 1);
}

TEST("a quirk lets through the bits of its mask and no others")
{
	struct pbng_cfg_quirk quirk = { CAP_VENDOR + 4, 4, 0x0000ff00 };

	fresh();
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	WR(CAP_VENDOR + 4, 4, 0xaabbccdd);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0x1122cc44u);
	CHECK_EQ(cfg->denied, 1ul);
	WR(CAP_VENDOR + 5, 1, 0x77);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0x11227744u);
	pbng_cfg_reset(cfg);
	WR(CAP_VENDOR + 5, 1, 0x78);
	CHECK_EQ(get(CAP_VENDOR + 5, 1), 0x78u);
}

TEST("a quirk said twice counts once, with the newer mask")
{
	struct pbng_cfg_quirk quirk = { CAP_VENDOR + 4, 2, 0xff };

	fresh();
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	quirk.mask = 0xff00;
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	CHECK_EQ(cfg->nquirks, 1);
	WR(CAP_VENDOR + 4, 2, 0xaabb);
	CHECK_EQ(get(CAP_VENDOR + 4, 2), 0xaa44u);
}

TEST("a quirk that makes no sense is refused")
{
	struct pbng_cfg_quirk wide = { CAP_VENDOR + 4, 1, 0x100 };
	struct pbng_cfg_quirk odd = { CAP_VENDOR + 5, 2, 1 };
	struct pbng_cfg_quirk known = { CAP_MSI + 4, 4, 1 };
	struct pbng_cfg_quirk quirk = { 0x200, 4, 1 };
	int i;

	fresh();
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &wide), -EINVAL);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &odd), -EINVAL);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &known), -EEXIST);
	for (i = 0; i < PBNG_CFG_MAX_QUIRKS; i++, quirk.off += 4)
		CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), -ENOSPC);
}

static void put_ext(u16 pos, u16 id, u16 next)
{
	put(pos, 4, id | 1u << 16 | (u32)next << 20);
}

TEST("a dangerous extended capability is skipped in the chain and reads 0")
{
	make_hw();
	make_device();
	put_ext(0x100, PCI_EXT_CAP_ID_ERR, 0x150);
	put_ext(0x150, PCI_EXT_CAP_ID_SRIOV, 0x1a0);
	put(0x154, 4, ~0u);
	put_ext(0x1a0, PCI_EXT_CAP_ID_ATS, 0x1b0);
	put_ext(0x1b0, PCI_EXT_CAP_ID_DSN, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x100, 4) >> 20, 0x1b0u);
	CHECK_EQ(rd(0x100, 2), (u32)PCI_EXT_CAP_ID_ERR);
	CHECK_EQ(rd(0x150, 4), 0u);
	CHECK_EQ(rd(0x154, 4), 0u);
	CHECK_EQ(rd(0x1a0, 4), 0u);
	CHECK_EQ(rd(0x1b0, 2), (u32)PCI_EXT_CAP_ID_DSN);
	WR(0x158, 4, 1);
	cfg->permissive = true;
	WR(0x158, 4, 1);
	CHECK_EQ(hw_writes, 0);
}

TEST("hidden capabilities at the end leave a chain that ends")
{
	make_hw();
	make_device();
	put_ext(0x100, PCI_EXT_CAP_ID_ERR, 0x150);
	put_ext(0x150, PCI_EXT_CAP_ID_SRIOV, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x100, 4) >> 20, 0u);
}

TEST("a hidden first capability keeps its place and loses its id")
{
	make_hw();
	make_device();
	put_ext(0x100, PCI_EXT_CAP_ID_ACS, 0x140);
	put_ext(0x140, PCI_EXT_CAP_ID_ATS, 0x180);
	put_ext(0x180, PCI_EXT_CAP_ID_DSN, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x100, 4), 0x18000000u);
	CHECK_EQ(rd(0x140, 4), 0u);
	CHECK_EQ(rd(0x180, 2), (u32)PCI_EXT_CAP_ID_DSN);
}

TEST("a hidden capability never covers the one behind it")
{
	make_hw();
	make_device();
	put_ext(0x100, PCI_EXT_CAP_ID_ERR, 0x150);
	put_ext(0x150, PCI_EXT_CAP_ID_SRIOV, 0x160);
	put_ext(0x160, PCI_EXT_CAP_ID_DSN, 0);
	put(0x164, 4, 0x1234);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x160, 2), (u32)PCI_EXT_CAP_ID_DSN);
	CHECK_EQ(rd(0x164, 4), 0x1234u);
}

TEST("capability lists that loop, leave the space or read ones come to an end")
{
	make_hw();
	make_device();
	put(CAP_VENDOR + 1, 1, CAP_PM);
	put_ext(0x100, PCI_EXT_CAP_ID_ERR, 0x150);
	put_ext(0x150, PCI_EXT_CAP_ID_SRIOV, 0x100);
	CHECK_EQ(build(), 0);
	put_ext(0x150, PCI_EXT_CAP_ID_SRIOV, 0x150);
	CHECK_EQ(build(), 0);
	put_ext(0x150, PCI_EXT_CAP_ID_SRIOV, 0x40);
	CHECK_EQ(build(), 0);
	put_ext(0x100, PCI_EXT_CAP_ID_ERR, 0xffc);
	put_ext(0xffc, PCI_EXT_CAP_ID_SRIOV, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0xffc, 4), 0u);
	memset(hw, 0xff, sizeof(hw));
	CHECK_EQ(build(), 0);
	put(PCI_STATUS, 2, 0);
	CHECK_EQ(build(), 0);
}

TEST("two capabilities at one place: the first counts")
{
	make_hw();
	make_device();
	put(CAP_PM + 1, 1, CAP_PM + 4);
	put(CAP_PM + 4, 2, PCI_CAP_ID_VPD);
	CHECK_EQ(build(), 0);
}

TEST("a bridge's bus numbers and bus reset are not the guest's")
{
	make_hw();
	make_device();
	device.header = 1;
	CHECK_EQ(build(), 0);
	cfg->permissive = true;
	WR(0x18, 4, 0x00ff0100);
	WR(PCI_BRIDGE_CONTROL, 2, PCI_BRIDGE_CTL_BUS_RESET);
	CHECK_EQ(hw_writes, 0);
	WR(PCI_BASE_ADDRESS_0, 4, ~0u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfffe0000u);
	WR(PCI_ROM_ADDRESS1, 4, ~0u);
	CHECK_EQ(rd(PCI_ROM_ADDRESS1, 4), 0xfffc0001u);
}

TEST("a device that fails in mid-access fails the access, whatever it is")
{
	static const struct { s32 off, len; u32 value; } access[] = {
		{ PCI_STATUS, 2, 0x2000 }, { PCI_CACHE_LINE_SIZE, 2, 0x1020 },
		{ PCI_BASE_ADDRESS_0, 4, 0xfe000000 },
		{ CAP_PM + PCI_PM_CTRL, 2, 0x8000 },
		{ CAP_MSI + PCI_MSI_FLAGS, 2, 1 },
		{ CAP_VENDOR + 4, 4, 1 }, { CAP_MSI + 4, 4, 1 },
	};
	size_t i;
	u32 value;

	for (i = 0; i < ARRAY_SIZE(access); i++) {
		fresh();
		put(PCI_BASE_ADDRESS_0, 4, 0);
		fail_after = 1;
		CHECK_EQ(pbng_cfg_write(cfg, access[i].off, access[i].len,
					access[i].value), -EIO);
	}
	fail_after = 1;
	CHECK_EQ(pbng_cfg_read(cfg, CAP_VENDOR, 4, &value), -EIO);
	CHECK_EQ(value, 0u);
}

TEST("a device that fails while its tables are built is refused at every step")
{
	int i, err, failures = 0;

	make_hw();
	make_device();
	put_ext(0x100, PCI_EXT_CAP_ID_ERR, 0x150);
	put_ext(0x150, PCI_EXT_CAP_ID_SRIOV, 0);
	for (i = 1; i < 100; i++) {
		CHECK_EQ(build(), 0);
		cfg->nregs = 0;
		fail_after = i;
		err = pbng_cfg_build(cfg, &device);
		if (!err)
			break;
		CHECK_EQ(err, -EIO);
		failures++;
	}
	CHECK_EQ(failures, 2 + 7 + 1 + 2);
}

TEST("too small a table is noticed at every size")
{
	unsigned int full, i;

	fresh();
	full = cfg->nregs;
	for (i = 0; i < full; i++) {
		cfg->capacity = i;
		CHECK_EQ(pbng_cfg_build(cfg, &device), -ENOSPC);
	}
	cfg->capacity = full;
	CHECK_EQ(pbng_cfg_build(cfg, &device), 0);
}

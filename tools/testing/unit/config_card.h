/* SPDX-License-Identifier: GPL-2.0 */
/* A card with every capability that the tables know, for the config tests. */
#ifndef UNIT_CONFIG_CARD_H
#define UNIT_CONFIG_CARD_H

#include <stdlib.h>

#include <linux/pci_regs.h>

#include "ktap.h"
#include "config_core.h"

/* A device of 4 KiB registers; write-1-to-clear bits behave as such. */
static u8 hw[PBNG_CFG_EXT_SIZE];
static u8 hw_w1c[PBNG_CFG_EXT_SIZE];
static int hw_writes, fail_after, hw_fails_at;
static u16 command_old, command_new;
static int commands, command_result;
static unsigned int power_state;
static int powers;
static int intr_result, intrs;
static u16 intr_bits, intr_off;
static enum pbng_cfg_hook intr_hook;

static int broken(void)
{
	return fail_after && !--fail_after ? -EIO : 0;
}

/* Nothing else can be asked of a device. */
static void check_access(u16 off, u16 len)
{
	CHECK(len == 1 || len == 2 || len == 4);
	CHECK(!(off & (len - 1)));
	CHECK(off + len <= PBNG_CFG_EXT_SIZE);
}

static int hw_read(void *priv, u16 off, u16 len, u32 *value)
{
	u16 i;

	(void)priv;
	check_access(off, len);
	*value = 0;
	if (broken() || (hw_fails_at && off == hw_fails_at))
		return -EIO;
	for (i = 0; i < len; i++)
		*value |= (u32)hw[off + i] << (8 * i);
	return 0;
}

static int hw_write(void *priv, u16 off, u16 len, u32 value)
{
	u16 i;

	(void)priv;
	check_access(off, len);
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
	intr_hook = hook;
	intr_off = off;
	intrs++;
	intr_bits = bits;
	return intr_result;
}

static int flrs, flr_result;

static int on_flr(void *priv)
{
	(void)priv;
	flrs++;
	return flr_result;
}

static const struct pbng_cfg_io io = {
	.read = hw_read, .write = hw_write, .command = on_command,
	.power = on_power, .intr = on_intr, .flr = on_flr,
};

static struct pbng_cfg *cfg;
static struct pbng_cfg_device device;

static __maybe_unused void put(u16 off, u16 len, u32 value)
{
	while (len--) {
		hw[off++] = value;
		value >>= 8;
	}
}

static __maybe_unused u32 get(u16 off, u16 len)
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

static __maybe_unused void put_cap(u16 pos, u8 id, u8 next)
{
	put(pos, 1, id);
	put(pos + 1, 1, next);
}

/* A card with every capability that the tables know. */
static __maybe_unused void make_hw(void)
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
	put(CAP_EXP + PCI_EXP_FLAGS, 2, 2);
	put(CAP_EXP + PCI_EXP_DEVCTL, 2, 0x2830);
	put(CAP_EXP + PCI_EXP_LNKCTL, 2, 0x0043);
	put_cap(CAP_VPD, PCI_CAP_ID_VPD, CAP_AF);
	put_cap(CAP_AF, PCI_CAP_ID_AF, CAP_VENDOR);
	put(CAP_AF + PCI_AF_CAP, 1, PCI_AF_CAP_TP | PCI_AF_CAP_FLR);
	put_cap(CAP_VENDOR, PCI_CAP_ID_VNDR, 0);
	put(CAP_VENDOR + 4, 4, 0x11223344);
	put(PCI_INTERRUPT_LINE, 2, 0x010b);
}

static __maybe_unused void make_device(void)
{
	device = (struct pbng_cfg_device) {
		.vendor = 0x8086, .device = 0x10d3,
		.irq = 17, .pin = 1, .size = PBNG_CFG_EXT_SIZE,
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

static __maybe_unused int build(void)
{
	free(cfg);
	cfg = calloc(1, sizeof(*cfg) + PBNG_CFG_MAX_REGS * sizeof(cfg->reg[0]));
	cfg->io = &io;
	cfg->capacity = PBNG_CFG_MAX_REGS;
	hw_writes = 0;
	commands = 0;
	powers = 0;
	intrs = 0;
	fail_after = 0;
	hw_fails_at = 0;
	command_result = 0;
	intr_result = 0;
	flrs = 0;
	flr_result = 0;
	return pbng_cfg_build(cfg, &device);
}

static __maybe_unused void fresh(void)
{
	make_hw();
	make_device();
	CHECK_EQ(build(), 0);
}

static __maybe_unused u32 rd(s32 off, s32 len)
{
	u32 value = 0xdeadbeef;

	CHECK_EQ(pbng_cfg_read(cfg, off, len, &value), 0);
	return value;
}

#define WR(off, len, value) CHECK_EQ(pbng_cfg_write(cfg, off, len, value), 0)

static __maybe_unused void put_ext(u16 pos, u16 id, u16 next)
{
	put(pos, 4, id | 1u << 16 | (u32)next << 20);
}

#endif /* UNIT_CONFIG_CARD_H */

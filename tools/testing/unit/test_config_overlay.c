// SPDX-License-Identifier: GPL-2.0
/* Bytes of the virtual configuration space that are somebody else's. */
#include "config_card.h"

static u8 ram[64];
static int ram_result;

static int ram_read(void *priv, u16 off, u16 len, u32 *value)
{
	CHECK(priv == ram);
	*value = 0;
	memcpy(value, ram + off, len);
	/* More than was asked for is not given. */
	if (len == 1)
		*value |= 0xff00;
	return ram_result;
}

static int ram_write(void *priv, u16 off, u16 len, u32 value)
{
	CHECK(priv == ram);
	memcpy(ram + off, &value, len);
	return ram_result;
}

/* A card with some capabilities and one overlay. */
static void lay(u16 off, u16 len, u32 header)
{
	fresh();
	memset(ram, 0, sizeof(ram));
	ram_result = 0;
	put_ext(0x100, PCI_EXT_CAP_ID_DSN, 0x140);
	put_ext(0x140, PCI_EXT_CAP_ID_PWR, 0);
	CHECK_EQ(build(), 0);
	cfg->overlay[0] = (struct pbng_cfg_overlay) {
		.off = off, .len = len, .header = header,
		.read = ram_read, .write = ram_write, .priv = ram,
	};
	CHECK_EQ(pbng_cfg_build(cfg, &device), 0);
}

TEST("an overlay above 256 is the second capability of the list")
{
	lay(0x400, 32, 0x0002000b);
	CHECK_EQ(cfg->overlay[0].off, 0x400);
	CHECK_EQ(rd(0x100, 4), 0x40010003u);
	CHECK_EQ(rd(0x400, 4), 0x1402000bu);
	CHECK_EQ(rd(0x140, 4), 0x00010004u);
	WR(0x400, 4, 0);
	CHECK_EQ(rd(0x400, 4), 0x1402000bu);
}

TEST("an overlay below 256 is the first capability of the list")
{
	lay(0xf0, 16, 0x5a100009);
	CHECK_EQ(rd(PCI_CAPABILITY_LIST, 1), 0xf0u);
	CHECK_EQ(rd(0xf0, 4), 0x5a100009u | CAP_PM << 8);
	CHECK_EQ(rd(CAP_PM, 1), (u32)PCI_CAP_ID_PM);
}

TEST("its bytes are its owner's, whatever the policy")
{
	lay(0x400, 32, 0x0002000b);
	WR(0x404, 4, 0x11223344);
	CHECK_EQ(rd(0x404, 4), 0x11223344u);
	CHECK_EQ(rd(0x405, 1), 0x33u);
	WR(0x406, 2, 0x5566);
	CHECK_EQ(rd(0x404, 4), 0x55663344u);
	cfg->policy = PBNG_POLICY_PERMISSIVE;
	WR(0x41c, 4, 7);
	CHECK_EQ(ram[0x1c], 7);
	WR(0x420, 4, 7);
	CHECK_EQ(ram[0x20], 0);
	CHECK_EQ(hw_writes, 1);
}

TEST("the access fails when its overlay does")
{
	u32 value = 1;

	lay(0x400, 32, 0x0002000b);
	ram[8] = 1;
	ram_result = -EIO;
	CHECK_EQ(pbng_cfg_read(cfg, 0x408, 4, &value), -EIO);
	CHECK_EQ(value, 0u);
	CHECK_EQ(pbng_cfg_write(cfg, 0x408, 4, 1), -EIO);
}

TEST("a device without capabilities gets a list")
{
	fresh();
	put(PCI_STATUS, 2, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_STATUS, 2), 0u);
	cfg->overlay[0] = (struct pbng_cfg_overlay) {
		.off = 0xf0, .len = 16, .header = 0x09,
	};
	cfg->overlay[1] = (struct pbng_cfg_overlay) {
		.off = 0x100, .len = 16, .header = 0x0001000b,
	};
	CHECK_EQ(pbng_cfg_build(cfg, &device), 0);
	CHECK_EQ(rd(PCI_STATUS, 2), (u32)PCI_STATUS_CAP_LIST);
	CHECK_EQ(rd(PCI_CAPABILITY_LIST, 1), 0xf0u);
	CHECK_EQ(rd(0xf0, 4), 0x09u);
	CHECK_EQ(rd(0x100, 4), 0x0001000bu);
}

TEST("where no list begins, something without an id leads to the overlay")
{
	fresh();
	cfg->overlay[0] = (struct pbng_cfg_overlay) {
		.off = 0x200, .len = 16, .header = 0x0001000b,
	};
	CHECK_EQ(pbng_cfg_build(cfg, &device), 0);
	CHECK_EQ(rd(0x100, 4), 0x20000000u);
	CHECK_EQ(rd(0x200, 4), 0x0001000bu);
}

TEST("an overlay goes nowhere where the device has something")
{
	static const struct { u16 off, len; } bad[] = {
		{ 0x402, 16 }, { 0x400, 14 }, { 0x400, 4 }, { 0xff8, 16 }, { 0xf8, 16 },
		{ 0x3c, 16 }, { CAP_MSI, 16 }, { CAP_MSI - 4, 8 }, { 0x13c, 8 },
		{ CAP_VENDOR, 16 }, { 0x4fc, 8 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		fresh();
		put(0x500, 1, 1);
		put_ext(0x100, PCI_EXT_CAP_ID_DSN, 0x140);
		put_ext(0x140, PCI_EXT_CAP_ID_PWR, 0);
		cfg->overlay[0] = (struct pbng_cfg_overlay) {
			.off = bad[i].off, .len = bad[i].len, .header = 1,
		};
		CHECK_EQ(pbng_cfg_build(cfg, &device), 0);
		CHECK_EQ(cfg->overlay[0].off, 0);
		CHECK_EQ(rd(0x100, 4), 0x14010003u);
	}
	lay(0xff0, 16, 0x0001000b);
	CHECK_EQ(cfg->overlay[0].off, 0xff0);
	lay(0x4f8, 8, 0x0001000b);
	CHECK_EQ(cfg->overlay[0].off, 0x4f8);
}

TEST("a device that fails there has no room either")
{
	lay(0x400, 8, 0x0001000b);
	hw_fails_at = 0x404;
	CHECK_EQ(pbng_cfg_build(cfg, &device), 0);
	CHECK_EQ(cfg->overlay[0].off, 0);
}

TEST("too small a table for an overlay is noticed")
{
	unsigned int full, i;

	lay(0x400, 8, 0x0001000b);
	full = cfg->nregs;
	for (i = 1; i <= 2; i++) {
		cfg->capacity = full - i;
		CHECK_EQ(pbng_cfg_build(cfg, &device), -ENOSPC);
	}
}

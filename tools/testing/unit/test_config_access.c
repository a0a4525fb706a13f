// SPDX-License-Identifier: GPL-2.0
/* Reads and writes in detail: what is asked of the device, what is said to be denied. */
#include "config_card.h"

#define RAW	(CAP_VENDOR + 4)

static void add_quirk(u16 off, u8 len, u32 mask, int want)
{
	const struct pbng_cfg_quirk quirk = { .off = off, .len = len, .mask = mask };

	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), want);
}

TEST("a device is not asked for what it has no say in")
{
	fresh();
	hw_fails_at = PCI_VENDOR_ID;
	CHECK_EQ(rd(PCI_VENDOR_ID, 4), 0x10d38086u);
	hw_fails_at = PCI_INTERRUPT_PIN;
	WR(PCI_INTERRUPT_PIN, 1, 0);
	make_hw();
	device.size = PBNG_CFG_SIZE;
	hw_fails_at = PBNG_CFG_SIZE;
	put_ext(0x100, PCI_EXT_CAP_ID_DSN, 0);
	CHECK_EQ(pbng_cfg_build(cfg, &device), 0);
}

TEST("what a write would change is denied, and nothing else")
{
	fresh();
	put(PCI_INTERRUPT_PIN, 1, 9);
	WR(PCI_INTERRUPT_PIN, 1, 1);
	CHECK_EQ(cfg->denials, 0u);
	WR(PCI_INTERRUPT_PIN, 1, 9);
	CHECK_EQ(cfg->denials, 1u);
	CHECK_EQ(cfg->denied[0].mask, 8u);
	CHECK(cfg->denied[0].fixed);
	put(PCI_STATUS, 2, 0x0010);
	WR(PCI_STATUS, 2, 0x0003);
	CHECK_EQ(cfg->denied[1].mask, 3u);
	CHECK(!cfg->denied[1].fixed);
	WR(CAP_PM + PCI_PM_PMC, 2, 0xc823 ^ 0x0807);
	CHECK(cfg->denied[2].fixed);
	CHECK_EQ(cfg->denied[2].mask & 0x07ff, 7u);
	WR(CAP_VPD + PCI_VPD_ADDR, 2, PCI_VPD_ADDR_F | 1);
	CHECK_EQ(cfg->denied[3].mask, (u32)PCI_VPD_ADDR_F);
	WR(RAW, 1, 0x1ff);
	CHECK_EQ(cfg->denied[4].last, 0xffu);
	WR(RAW, 2, 0xffff);
	CHECK_EQ(cfg->denied[5].len, 2);
	CHECK_EQ(cfg->ndenied, 6);
}

TEST("denials of more registers than there is room for are counted (case C3)")
{
	unsigned int i;

	fresh();
	for (i = 0; i < PBNG_CFG_MAX_DENIED; i++)
		WR(0x800 + 4 * i, 4, ~0u);
	CHECK_EQ(cfg->unlisted, 0u);
	WR(0x800, 4, 1);
	WR(0xffc, 4, ~0u);
	WR(0xff8, 4, ~0u);
	CHECK(PBNG_CFG_MAX_DENIED >= 40);
	CHECK_EQ(cfg->ndenied, PBNG_CFG_MAX_DENIED);
	CHECK_EQ(cfg->denials, PBNG_CFG_MAX_DENIED + 3u);
	CHECK_EQ(cfg->unlisted, 2u);
	CHECK_EQ(cfg->quirk[0].off, 0);
	CHECK_EQ(cfg->quirk[0].mask, 0u);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
	CHECK_EQ(cfg->unlisted, 0u);
}

/* The register that the log names next, 0 when none. */
static unsigned int next_logged(void)
{
	const struct pbng_cfg_denied *d = pbng_cfg_next_denied(cfg);

	return d ? d->off : 0;
}

TEST("the log names the first few registers of each owner, each once (case C5)")
{
	unsigned int i, owner;

	fresh();
	CHECK_EQ(next_logged(), 0u);
	for (owner = 0; owner < 2; owner++) {
		for (i = 0; i < PBNG_CFG_LOGGED; i++) {
			WR(0x800 + 4 * i, 4, ~0u);
			CHECK_EQ(next_logged(), 0x800 + 4 * i);
			WR(0x800 + 4 * i, 4, ~0u);
			CHECK_EQ(next_logged(), 0u);
		}
		/* Of those that no quirk opens one is enough, and it costs no other its line. */
		WR(PCI_HEADER_TYPE, 1, 0x7f);
		WR(PCI_SUBSYSTEM_ID, 2, 0x7f);
		CHECK_EQ(next_logged(), (unsigned int)PCI_HEADER_TYPE);
		CHECK_EQ(next_logged(), 0u);
		WR(0x900, 4, ~0u);
		CHECK_EQ(next_logged(), 0u);
		CHECK_EQ(cfg->ndenied, PBNG_CFG_LOGGED + 3);
		pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
	}
	WR(PCI_HEADER_TYPE, 1, 0x7f);
	WR(0x804, 4, ~0u);
	CHECK_EQ(next_logged(), (unsigned int)PCI_HEADER_TYPE);
	CHECK_EQ(next_logged(), 0x804u);
}

TEST("quirks beside a write are not its own, two in it add up")
{
	fresh();
	add_quirk(RAW, 1, 0x0f, 0);
	add_quirk(RAW + 2, 1, 0xf0, 0);
	add_quirk(RAW + 4, 4, 0xffffffff, 0);
	put(RAW, 4, 0);
	WR(RAW, 4, 0xffffffff);
	CHECK_EQ(get(RAW, 4), 0x00f0000fu);
	WR(RAW + 8, 4, 0xffffffff);
	CHECK_EQ(get(RAW + 8, 4), 0u);
	/* The first register that it reaches has none of its bits, the second has. */
	add_quirk(CAP_PM, 4, 0x00010000, -EEXIST);
}

TEST("a raw write fails when the device does")
{
	fresh();
	add_quirk(RAW, 4, 0xff, 0);
	fail_after = 2;
	CHECK_EQ(pbng_cfg_write(cfg, RAW, 4, 1), -EIO);
	fail_after = 2;
	CHECK_EQ(pbng_cfg_write(cfg, CAP_VENDOR, 4, 0x12340009), -EIO);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STANDARD);
	fail_after = 1;
	CHECK_EQ(pbng_cfg_write(cfg, RAW, 4, 1), -EIO);
	fail_after = 0;
	hw_fails_at = CAP_VPD + PCI_VPD_ADDR;
	CHECK_EQ(pbng_cfg_write(cfg, CAP_VPD + PCI_VPD_ADDR, 1, 1), -EIO);
}

TEST("what is hidden is not denied either")
{
	fresh();
	put_ext(0x100, PCI_EXT_CAP_ID_SRIOV, 0);
	CHECK_EQ(build(), 0);
	WR(0x104, 4, ~0u);
	CHECK_EQ(cfg->denials, 0u);
}

TEST("half of the power register: the host's half, and the device's")
{
	fresh();
	put(CAP_PM + PCI_PM_CTRL, 2, 0);
	WR(CAP_PM + PCI_PM_CTRL + 1, 1, 0x1e);
	CHECK_EQ(powers, 0);
	CHECK_EQ(get(CAP_PM + PCI_PM_CTRL, 2), 0x1e00u);
	hw_writes = 0;
	WR(CAP_PM + PCI_PM_CTRL, 1, 3);
	CHECK_EQ(powers, 1);
	CHECK_EQ(hw_writes, 0);
	WR(CAP_PM + PCI_PM_CTRL, 2, 3);
	CHECK_EQ(powers, 2);
	CHECK_EQ(get(CAP_PM + PCI_PM_CTRL, 2), 0u);
}

TEST("the other byte of the VPD address stays, to the bit")
{
	fresh();
	put(CAP_VPD + PCI_VPD_ADDR, 2, 0x8121);
	WR(CAP_VPD + PCI_VPD_ADDR + 1, 1, 0x02);
	CHECK_EQ(get(CAP_VPD + PCI_VPD_ADDR, 2), 0x0221u);
}

TEST("links between extended capabilities are multiples of 4, ones are none")
{
	fresh();
	put_ext(0x100, PCI_EXT_CAP_ID_VNDR, 0x303);
	put_ext(0x300, PCI_EXT_CAP_ID_DSN, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x100, 4) >> 20, 0x300u);
	put(0x100, 4, ~0u);
	put_ext(0xffc, PCI_EXT_CAP_ID_SRIOV, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x100, 4), ~0u);
	CHECK_EQ(rd(0xffc, 2), (u32)PCI_EXT_CAP_ID_SRIOV);
	put_ext(0x100, PCI_EXT_CAP_ID_SRIOV, 0x104);
	put_ext(0x104, PCI_EXT_CAP_ID_DSN, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x104, 2), (u32)PCI_EXT_CAP_ID_DSN);
}

TEST("the floor of read requests touches no other bit")
{
	fresh();
	put(CAP_EXP + PCI_EXP_DEVCTL, 2, 0x0041);
	WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0x1000);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_DEVCTL, 2), 0x2041u);
	fail_after = 2;
	CHECK_EQ(pbng_cfg_write(cfg, CAP_EXP + PCI_EXP_DEVCTL, 2, 0xb000), -EIO);
	CHECK_EQ(flrs, 0);
}

TEST("what the host has cleared the guest reads as clear, and can set again (case K17)")
{
	fresh();
	WR(PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
	CHECK_EQ(rd(PCI_COMMAND, 2) & PCI_COMMAND_MASTER, PCI_COMMAND_MASTER);
	pbng_cfg_drop_command(cfg, PCI_COMMAND_MASTER);
	CHECK_EQ(rd(PCI_COMMAND, 2) & 7, PCI_COMMAND_MEMORY);
	WR(PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
	CHECK_EQ(rd(PCI_COMMAND, 2) & 7, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
}

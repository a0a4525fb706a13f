// SPDX-License-Identifier: GPL-2.0
/* What the fuzzer of the configuration space found, and its neighbourhood. */
#include "config_card.h"

TEST("a read that is wider than a virtual register sees the device in the rest")
{
	fresh();
	put(PCI_STATUS, 2, 0xa010);
	put(PCI_CAPABILITY_LIST + 1, 3, 0x332211);
	put(PCI_MIN_GNT, 2, 0x4433);
	CHECK_EQ(rd(PCI_COMMAND, 4), 0xa0100000);
	CHECK_EQ(rd(PCI_CAPABILITY_LIST, 4), 0x33221100 | CAP_PM);
	CHECK_EQ(rd(PCI_CAPABILITY_LIST, 2), 0x1100 | CAP_PM);
	CHECK_EQ(rd(PCI_INTERRUPT_LINE, 4), 0x44330111);
}

TEST("a byte of the VPD address does not start a write to the EEPROM")
{
	fresh();
	/* The device has done its read. */
	put(CAP_VPD + PCI_VPD_ADDR, 2, PCI_VPD_ADDR_F | 0x120);
	WR(CAP_VPD + PCI_VPD_ADDR, 1, 0x34);
	CHECK_EQ(get(CAP_VPD + PCI_VPD_ADDR, 2), 0x134);
	put(CAP_VPD + PCI_VPD_ADDR, 2, PCI_VPD_ADDR_F | 0x120);
	WR(CAP_VPD + PCI_VPD_ADDR + 1, 1, 0x02);
	CHECK_EQ(get(CAP_VPD + PCI_VPD_ADDR, 2), 0x220);
	CHECK_EQ(cfg->denials, 0u);
}

TEST("raw bytes are written without the register beside them")
{
	const u16 control = CAP_AF + PCI_AF_CTRL;

	fresh();
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STANDARD);
	put(control, 4, 0x33221101);
	hw_w1c[control] = 0xff;
	WR(control, 4, 0xddccbb00);
	CHECK_EQ(get(control, 4), 0xddcc1101);
	CHECK_EQ(hw_writes, 2);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
	WR(control, 4, 0xddee1100);
	CHECK_EQ(get(control, 4), 0xddcc1101);
	CHECK_EQ(cfg->denials, 1u);
	CHECK_EQ(cfg->denied[0].off, control + 2);
	CHECK_EQ(cfg->denied[0].len, 1);
	CHECK_EQ(cfg->denied[0].last, 0xeeu);
}

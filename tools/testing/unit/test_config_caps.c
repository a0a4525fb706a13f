// SPDX-License-Identifier: GPL-2.0
/* Capabilities in the virtual configuration space: config_build_core.c. */
#include "config_card.h"

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


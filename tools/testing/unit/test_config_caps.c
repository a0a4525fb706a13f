// SPDX-License-Identifier: GPL-2.0
/* Capabilities in the virtual configuration space: config_cap_core.c. */
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

TEST("interrupt enable bits go to the host to decide")
{
	fresh();
	intr_result = -EACCES;
	WR(CAP_MSI + PCI_MSI_FLAGS, 2, 0x81);
	CHECK_EQ(intrs, 1);
	CHECK_EQ(intr_bits, 0x81);
	CHECK_EQ(cfg->denials, 0ul);
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
		cfg->policy = PBNG_POLICY_PERMISSIVE;
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
	CHECK_EQ(cfg->denials, 2ul);
	CHECK(cfg->denied[0].fixed);
	CHECK(cfg->denied[1].fixed);
}

TEST("a function reset is asked of the host, by a device that has one")
{
	fresh();
	CHECK_EQ(rd(CAP_EXP + PCI_EXP_DEVCAP, 4), PCI_EXP_DEVCAP_FLR | 0x8001u);
	WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0xa830);
	CHECK_EQ(flrs, 1);
	CHECK_EQ(hw_writes, 0);
	WR(CAP_EXP + PCI_EXP_DEVCTL + 1, 1, 0x28);
	CHECK_EQ(flrs, 1);
	WR(CAP_AF + PCI_AF_CTRL, 1, PCI_AF_CTRL_FLR);
	CHECK_EQ(flrs, 2);
	WR(CAP_AF + PCI_AF_CTRL, 1, 0xfe);
	CHECK_EQ(flrs, 2);
	flr_result = -EIO;
	CHECK_EQ(pbng_cfg_write(cfg, CAP_EXP + PCI_EXP_DEVCTL, 2, 0xa830), -EIO);
	CHECK_EQ(pbng_cfg_write(cfg, CAP_AF + PCI_AF_CTRL, 1, 1), -EIO);
	put(CAP_EXP + PCI_EXP_DEVCAP, 4, 0x8001);
	put(CAP_AF + PCI_AF_CAP, 1, PCI_AF_CAP_TP);
	CHECK_EQ(build(), 0);
	WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0xa830);
	WR(CAP_AF + PCI_AF_CTRL, 1, PCI_AF_CTRL_FLR);
	CHECK_EQ(flrs, 0);
	CHECK_EQ(hw_writes, 0);
}

TEST("error reports, payload size and long tags are the host's, the guest has copies")
{
	fresh();
	CHECK_EQ(rd(CAP_EXP + PCI_EXP_DEVCTL, 2), 0x2830u);
	WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0x29af | PCI_EXP_DEVCTL_RELAX_EN);
	CHECK_EQ(rd(CAP_EXP + PCI_EXP_DEVCTL, 2), 0x29bfu);
	CHECK_EQ(hw_writes, 0);
	WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0x2820);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_DEVCTL, 2), 0x2820u);
	CHECK_EQ(cfg->denials, 0ul);
}

TEST("a read request is not smaller than the payload")
{
	fresh();
	WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0x0830);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_DEVCTL, 2), 0x1830u);
	WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0x1830);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_DEVCTL, 2), 0x1830u);
	WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0x5830);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_DEVCTL, 2), 0x5830u);
}

TEST("link power saving can be given up and had again, never more than the host had")
{
	fresh();
	WR(CAP_EXP + PCI_EXP_LNKCTL, 2, 0x0041);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_LNKCTL, 2), 0x41u);
	WR(CAP_EXP + PCI_EXP_LNKCTL, 2, 0x01f3);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_LNKCTL, 2), 0x43u);
	CHECK_EQ(rd(CAP_EXP + PCI_EXP_LNKCTL, 2), 0x1c3u);
	CHECK_EQ(hw_writes, 2);
	WR(CAP_EXP + PCI_EXP_LNKCTL, 2, 0x0103);
	CHECK_EQ(hw_writes, 2);
	put(CAP_EXP + PCI_EXP_LNKCTL, 2, 0x0143);
	CHECK_EQ(build(), 0);
	WR(CAP_EXP + PCI_EXP_LNKCTL, 2, 0x0043);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_LNKCTL, 2), 0x43u);
}

TEST("the first version of the PCIe capability ends with the link")
{
	fresh();
	CHECK_EQ(rd(CAP_EXP + PCI_EXP_DEVCTL2, 2), 0u);
	WR(CAP_EXP + PCI_EXP_DEVCTL2, 2, 0xffff);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_DEVCTL2, 2), 0xfu);
	put(CAP_EXP + PCI_EXP_FLAGS, 2, 1);
	put(CAP_EXP + PCI_EXP_DEVCTL2, 2, 0);
	CHECK_EQ(build(), 0);
	WR(CAP_EXP + PCI_EXP_DEVCTL2, 2, 0xffff);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_DEVCTL2, 2), 0u);
	WR(CAP_EXP + PCI_EXP_SLTCTL, 2, 1);
	CHECK_EQ(cfg->denials, 2ul);
	CHECK(!cfg->denied[1].fixed);
}

TEST("two capabilities at one place: the first counts")
{
	make_hw();
	make_device();
	put(CAP_PM + 1, 1, CAP_PM + 4);
	put(CAP_PM + 4, 2, PCI_CAP_ID_VPD);
	CHECK_EQ(build(), 0);
}

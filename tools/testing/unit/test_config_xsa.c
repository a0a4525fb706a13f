// SPDX-License-Identifier: GPL-2.0
/*
 * What Xen's security advisories ask of the configuration space that a guest sees; the
 * number is the advisory's. Those that need a machine are in selftests/pciback-ng/xsa.sh,
 * all of them are in Documentation/security.rst.
 */
#include "config_card.h"

#define for_each_policy(p) \
	for ((p) = PBNG_POLICY_STRICT; (p) <= PBNG_POLICY_PERMISSIVE; (p)++)

static void fresh_for(enum pbng_policy policy)
{
	fresh();
	pbng_cfg_hand_over(cfg, policy);
	CHECK_EQ(pbng_cfg_pin(cfg), 0);
	hw_writes = 0;
}

/* A device without decode answers a guest's access with an error that can be fatal. */
TEST("xsa_120_decode: no write to COMMAND takes decode from the device")
{
	static const struct { u16 off, len; u32 value; } writes[] = {
		{ PCI_COMMAND, 2, 0 }, { PCI_COMMAND, 1, 0 }, { PCI_COMMAND, 4, 0 },
		{ PCI_COMMAND, 2, 0x3e8 }, { PCI_COMMAND, 2, 0x7fc }, { PCI_COMMAND, 4, ~3u },
	};
	enum pbng_policy policy;
	size_t i;

	for_each_policy(policy) {
		for (i = 0; i < ARRAY_SIZE(writes); i++) {
			fresh_for(policy);
			WR(PCI_COMMAND, 2, 3);
			WR(writes[i].off, writes[i].len, writes[i].value);
			CHECK_EQ(rd(PCI_COMMAND, 2) & 3, 0u);
			CHECK_EQ(get(PCI_COMMAND, 2) & 3, 3u);
		}
	}
}

TEST("xsa_120_decode: nor does the change of owner")
{
	enum pbng_policy policy;

	for_each_policy(policy) {
		fresh_for(policy);
		WR(PCI_COMMAND, 2, 0x407);
		pbng_cfg_reset(cfg);
		pbng_cfg_hand_over(cfg, policy);
		CHECK_EQ(pbng_cfg_pin(cfg), 0);
		CHECK_EQ(rd(PCI_COMMAND, 2), 0u);
		CHECK_EQ(get(PCI_COMMAND, 2) & 3, 3u);
	}
}

/* Back doors are where nobody has described a register. */
TEST("xsa_124_back_doors: without permission no byte passes that has no row that says so")
{
	static const struct { u16 from, to; } open[] = {
		{ PCI_COMMAND, 2 }, { PCI_STATUS, 2 }, { PCI_CACHE_LINE_SIZE, 1 },
		{ PCI_ROM_ADDRESS, 4 }, { CAP_PM + PCI_PM_CTRL, 2 },
		{ CAP_EXP + PCI_EXP_DEVCTL, 2 }, { CAP_EXP + PCI_EXP_DEVSTA, 2 },
		{ CAP_EXP + PCI_EXP_LNKCTL, 2 }, { CAP_EXP + PCI_EXP_DEVCTL2, 2 },
		{ CAP_VPD + PCI_VPD_ADDR, 2 },
	};
	unsigned int off;
	size_t i;

	fresh_for(PBNG_POLICY_STRICT);
	for (off = 0; off < PBNG_CFG_EXT_SIZE; off++) {
		u32 before = get(off, 1);

		for (i = 0; i < ARRAY_SIZE(open); i++)
			if (off >= open[i].from && off < (u32)open[i].from + open[i].to)
				break;
		WR(off, 1, ~before);
		if (i == ARRAY_SIZE(open))
			CHECK_EQ(get(off, 1), before);
	}
}

TEST("xsa_128_msi_data: MSI address and data are the guest's own and reach no device")
{
	enum pbng_policy policy;

	for_each_policy(policy) {
		fresh_for(policy);
		put(CAP_MSI + PCI_MSI_ADDRESS_LO, 4, 0xfee00000);
		put(CAP_MSI + PCI_MSI_DATA_64, 2, 0x4041);
		CHECK_EQ(rd(CAP_MSI + PCI_MSI_ADDRESS_LO, 4), 0u);
		WR(CAP_MSI + PCI_MSI_ADDRESS_LO, 4, 0xfee01000);
		WR(CAP_MSI + PCI_MSI_ADDRESS_HI, 4, 1);
		WR(CAP_MSI + PCI_MSI_DATA_64, 2, 0x41);
		WR(CAP_MSI + PCI_MSI_DATA_64 + 1, 1, 7);
		CHECK_EQ(rd(CAP_MSI + PCI_MSI_ADDRESS_LO, 4), 0xfee01000u);
		CHECK_EQ(rd(CAP_MSI + PCI_MSI_DATA_64, 4), 0x0741u);
		CHECK_EQ(hw_writes, 0);
		CHECK_EQ(cfg->denials, 0ul);
	}
}

TEST("xsa_129_msi_mask: so are the mask bits, at whatever size and offset")
{
	u32 flags[] = { PCI_MSI_FLAGS_MASKBIT, PCI_MSI_FLAGS_MASKBIT | PCI_MSI_FLAGS_64BIT };
	u16 mask[] = { CAP_MSI + PCI_MSI_MASK_32, CAP_MSI + PCI_MSI_MASK_64 };
	struct pbng_cfg_quirk quirk = { .len = 4, .mask = 1 };
	enum pbng_policy policy;
	size_t i;
	u16 off;

	for_each_policy(policy) {
		for (i = 0; i < ARRAY_SIZE(flags); i++) {
			make_hw();
			make_device();
			put(CAP_MSI + PCI_MSI_FLAGS, 2, flags[i]);
			put(mask[i], 4, 0xffff0001);
			CHECK_EQ(build(), 0);
			pbng_cfg_hand_over(cfg, policy);
			WR(mask[i], 4, 0);
			for (off = mask[i]; off < mask[i] + 4; off++)
				WR(off, 1, 0);
			WR(mask[i], 2, 0xfffe);
			CHECK_EQ(rd(mask[i], 4), 0xfffeu);
			quirk.off = mask[i];
			CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), -EEXIST);
			CHECK_EQ(get(mask[i], 4), 0xffff0001u);
		}
	}
}

TEST("xsa_131_strict: who says nothing gets the policy strict")
{
	fresh();
	CHECK_EQ(cfg->policy, PBNG_POLICY_STRICT);
	WR(CAP_VENDOR + 4, 4, 0);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0x11223344u);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_DEFAULT);
	WR(CAP_VENDOR + 4, 4, 0);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0x11223344u);
}

/* Xen finds the MSI-X table by the BARs, once more than the driver thinks. */
TEST("xsa_337_bars: a guest moves no BAR, and does not say where its MSI-X table is")
{
	enum pbng_policy policy;
	u16 off;

	for_each_policy(policy) {
		fresh_for(policy);
		put(CAP_MSIX + PCI_MSIX_TABLE, 4, 0x3000);
		for (off = PCI_BASE_ADDRESS_0; off <= PCI_BASE_ADDRESS_5; off += 4) {
			u32 before = get(off, 4);

			WR(off, 4, 0xfee00000);
			WR(off, 4, ~0u);
			CHECK_EQ(get(off, 4), before);
		}
		WR(CAP_MSIX + PCI_MSIX_TABLE, 4, 0xfee00000);
		WR(CAP_MSIX + PCI_MSIX_PBA, 4, 0xfee00000);
		CHECK_EQ(rd(CAP_MSIX + PCI_MSIX_TABLE, 4), 0x3000u);
		CHECK_EQ(hw_writes, 0);
	}
}

TEST("xsa_449_phantom_functions: no policy gives a guest phantom functions")
{
	enum pbng_policy policy;

	for_each_policy(policy) {
		make_hw();
		make_device();
		put(CAP_EXP + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_FLR | PCI_EXP_DEVCAP_PHANTOM);
		CHECK_EQ(build(), 0);
		pbng_cfg_hand_over(cfg, policy);
		CHECK_EQ(rd(CAP_EXP + PCI_EXP_DEVCAP, 4), (u32)PCI_EXP_DEVCAP_FLR);
		WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0xffff);
		CHECK_EQ(rd(CAP_EXP + PCI_EXP_DEVCTL, 2) & PCI_EXP_DEVCTL_PHANTOM, 0u);
		CHECK_EQ(get(CAP_EXP + PCI_EXP_DEVCTL, 2) &
			 (PCI_EXP_DEVCTL_PHANTOM | PCI_EXP_DEVCTL_BCR_FLR), 0u);
	}
}

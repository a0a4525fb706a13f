// SPDX-License-Identifier: GPL-2.0
/* The extended capabilities of the virtual configuration space: config_ext_core.c. */
#include "config_card.h"

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
	cfg->policy = PBNG_POLICY_PERMISSIVE;
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

TEST("every other capability keeps its place in the chain and its bytes")
{
	fresh();
	put_ext(0x100, PCI_EXT_CAP_ID_DSN, 0x180);
	put_ext(0x140, PCI_EXT_CAP_ID_VNDR, 0);
	put_ext(0x180, PCI_EXT_CAP_ID_PWR, 0x140);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x100, 4), 0x18010003u);
	CHECK_EQ(rd(0x180, 4), 0x14010004u);
	CHECK_EQ(rd(0x140, 4), 0x0001000bu);
	WR(0x184, 1, 3);
	CHECK_EQ(get(0x184, 1), 3u);
}

TEST("what is both ends' or everybody's is not changed, whatever the policy")
{
	static const u16 ids[] = {
		PCI_EXT_CAP_ID_VC, PCI_EXT_CAP_ID_DSN, PCI_EXT_CAP_ID_TPH,
		PCI_EXT_CAP_ID_SECPCI, PCI_EXT_CAP_ID_DLF, PCI_EXT_CAP_ID_PL_16GT,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		fresh();
		put_ext(0x100, ids[i], 0);
		CHECK_EQ(build(), 0);
		cfg->policy = PBNG_POLICY_PERMISSIVE;
		WR(0x108, 4, 0xff);
		CHECK_EQ(hw_writes, 0);
		CHECK_EQ(cfg->denials, 1ul);
		CHECK(cfg->denied[0].fixed);
	}
}

TEST("what only the device's maker knows is raw")
{
	static const u16 ids[] = {
		PCI_EXT_CAP_ID_VNDR, PCI_EXT_CAP_ID_DVSEC, PCI_EXT_CAP_ID_DPA, 0x7777,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		fresh();
		put_ext(0x100, ids[i], 0);
		CHECK_EQ(build(), 0);
		WR(0x108, 4, 0xff);
		CHECK_EQ(hw_writes, 0);
		CHECK(!cfg->denied[0].fixed);
		cfg->policy = PBNG_POLICY_STANDARD;
		WR(0x108, 4, 0xff);
		CHECK_EQ(get(0x108, 4), 0xffu);
	}
}

TEST("a guest has error masks of its own, the records are the host's")
{
	fresh();
	put_ext(0x100, PCI_EXT_CAP_ID_ERR, 0);
	put(0x100 + PCI_ERR_UNCOR_STATUS, 4, 0x4000);
	put(0x100 + PCI_ERR_UNCOR_SEVER, 4, 0x62030);
	CHECK_EQ(build(), 0);
	cfg->policy = PBNG_POLICY_STANDARD;
	WR(0x100 + PCI_ERR_UNCOR_STATUS, 4, 0x4001);
	WR(0x100 + PCI_ERR_UNCOR_MASK, 4, ~0u);
	CHECK_EQ(rd(0x100 + PCI_ERR_UNCOR_MASK, 4), ~0u);
	CHECK_EQ(rd(0x100 + PCI_ERR_UNCOR_SEVER, 4), 0x62030u);
	CHECK_EQ(rd(0x100 + PCI_ERR_UNCOR_STATUS, 4), 0x4000u);
	CHECK_EQ(hw_writes, 0);
	CHECK_EQ(cfg->denials, 0ul);
}

/* A vendor's capability at 0x140, between two that are shown. */
static void make_vendor_cap(u16 id, u16 len, u16 first, u16 second)
{
	make_hw();
	make_device();
	put_ext(0x100, PCI_EXT_CAP_ID_DSN, 0x140);
	put_ext(0x140, id, 0x1c0);
	put(0x144, 2, first);
	put(0x146, 2, len << 4 | 1);
	put(0x148, 2, second);
	put(0x14c, 4, 0x12345678);
	put_ext(0x1c0, PCI_EXT_CAP_ID_PWR, 0);
}

static bool is_hidden(void)
{
	bool hidden = rd(0x100, 4) >> 20 == 0x1c0;

	CHECK_EQ(rd(0x140, 4) == 0, hidden);
	CHECK_EQ(rd(0x14c, 4), hidden ? 0 : 0x12345678);
	WR(0x14c, 4, 0xffffffff);
	CHECK_EQ(get(0x14c, 4), hidden ? 0x12345678 : 0xffffffff);
	return hidden;
}

static bool hides(u16 id, u16 vendor, u16 first, u16 second)
{
	bool hidden[2];

	make_vendor_cap(id, 0x20, first, second);
	device.vendor = vendor;
	CHECK_EQ(build(), 0);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STANDARD);
	hidden[0] = is_hidden();
	put(0x14c, 4, 0x12345678);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_PERMISSIVE);
	hidden[1] = is_hidden();
	CHECK_EQ(hidden[0], hidden[1]);
	return hidden[0];
}

TEST("DVSECs and VSECs that reach beyond the device are not there (case C4)")
{
	u16 id;

	for (id = 0; id < 12; id++)
		CHECK(hides(PCI_EXT_CAP_ID_DVSEC, 0x8086, 0x1e98, id));
	CHECK(hides(PCI_EXT_CAP_ID_DVSEC, 0x1e98, 0x0001, 0));
	CHECK(hides(PCI_EXT_CAP_ID_DVSEC, 0x8086, 0xd2de, 0));
	CHECK(hides(PCI_EXT_CAP_ID_DVSEC, 0x10de, 0x8086, 5));
	CHECK(!hides(PCI_EXT_CAP_ID_DVSEC, 0x1e98, 0x8086, 4));
	CHECK(!hides(PCI_EXT_CAP_ID_DVSEC, 0x1e98, 0x10ee, 1));
	CHECK(hides(PCI_EXT_CAP_ID_VNDR, 0x10ee, 1, 0));
	CHECK(!hides(PCI_EXT_CAP_ID_VNDR, 0x10ee, 2, 1));
	CHECK(hides(PCI_EXT_CAP_ID_VNDR, 0x1172, 0x1172, 0));
	CHECK(!hides(PCI_EXT_CAP_ID_VNDR, 0x8086, 1, 0));
	CHECK(!hides(PCI_EXT_CAP_ID_VNDR, 0x8086, 0x1e98, 0));
}

TEST("such a capability ends where it says, after 12 bytes at least (case C4)")
{
	make_vendor_cap(PCI_EXT_CAP_ID_DVSEC, 0x12, 0x1e98, 0);
	put(0x150, 4, 0x11223344);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x14c, 4), 0u);
	CHECK_EQ(rd(0x150, 4), 0x11223344u);
	make_vendor_cap(PCI_EXT_CAP_ID_DVSEC, 0, 0x1e98, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x148, 4), 0u);
	CHECK_EQ(rd(0x14c, 4), 0x12345678u);
	make_vendor_cap(PCI_EXT_CAP_ID_DVSEC, 0x800, 0x1e98, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x1bc, 4), 0u);
	CHECK_EQ(rd(0x1c0, 2), (u32)PCI_EXT_CAP_ID_PWR);
}

TEST("a vendor's capability at the very end is looked at as far as it goes (case C4)")
{
	fresh();
	put_ext(0x100, PCI_EXT_CAP_ID_DSN, 0xff4);
	put_ext(0xff4, PCI_EXT_CAP_ID_DVSEC, 0);
	put(0xff8, 4, 0x0c001e98);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0xff4, 4), 0u);
	CHECK_EQ(rd(0xffc, 4), 0u);
	fresh();
	put_ext(0x100, PCI_EXT_CAP_ID_DSN, 0xff8);
	put_ext(0xff8, PCI_EXT_CAP_ID_DVSEC, 0);
	put(0xffc, 4, 0x0c001e98);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0xff8, 2), (u32)PCI_EXT_CAP_ID_DVSEC);
}

TEST("a device that fails there is refused (case C4)")
{
	make_vendor_cap(PCI_EXT_CAP_ID_DVSEC, 0x20, 0x1e98, 0);
	CHECK_EQ(build(), 0);
	hw_fails_at = 0x144;
	CHECK_EQ(pbng_cfg_build(cfg, &device), -EIO);
	hw_fails_at = 0x148;
	CHECK_EQ(pbng_cfg_build(cfg, &device), -EIO);
	make_vendor_cap(PCI_EXT_CAP_ID_VNDR, 0x20, 1, 0);
	hw_fails_at = 0x144;
	CHECK_EQ(pbng_cfg_build(cfg, &device), -EIO);
}

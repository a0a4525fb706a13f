// SPDX-License-Identifier: GPL-2.0
/* Access to the virtual configuration space and its header: config_core.c. */
#include "config_card.h"

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

TEST("what is all ours is not asked of the device")
{
	fresh();
	hw_fails_at = PCI_BASE_ADDRESS_0;
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfe000000u);
}

TEST("COMMAND is the guest's own and changes are asked of the host")
{
	fresh();
	CHECK_EQ(rd(PCI_COMMAND, 2), 0u);
	WR(PCI_COMMAND, 2, 0x107);
	CHECK_EQ(commands, 1);
	CHECK_EQ(command_old, 0);
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
	CHECK_EQ(rd(PCI_COMMAND, 2), 0u);
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

TEST("the ROM is sized, and its decoder switched on at its own address only")
{
	fresh();
	put(PCI_ROM_ADDRESS, 4, 0xfe040000);
	WR(PCI_ROM_ADDRESS, 4, 0xfffff800);
	CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0xfffc0000u);
	WR(PCI_ROM_ADDRESS, 4, 0xffffffff);
	CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0xfffc0001u);
	CHECK_EQ(hw_writes, 0);
	WR(PCI_ROM_ADDRESS, 4, 0x12340001);
	CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0xfe040001u);
	CHECK_EQ(get(PCI_ROM_ADDRESS, 4), 0xfe040001u);
	WR(PCI_ROM_ADDRESS, 1, 0);
	CHECK_EQ(get(PCI_ROM_ADDRESS, 4), 0xfe040000u);
	WR(PCI_ROM_ADDRESS, 1, 0);
	CHECK_EQ(hw_writes, 2);
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

TEST("the interrupt line is the host's number and then RAM, the pin the host's")
{
	fresh();
	CHECK_EQ(rd(PCI_INTERRUPT_LINE, 1), 17u);
	CHECK_EQ(rd(PCI_INTERRUPT_PIN, 1), 1u);
	WR(PCI_INTERRUPT_LINE, 1, 99);
	CHECK_EQ(rd(PCI_INTERRUPT_LINE, 1), 99u);
	device.pin = 0;
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_INTERRUPT_PIN, 1), 0u);
	WR(PCI_INTERRUPT_PIN, 1, 1);
	CHECK_EQ(rd(PCI_INTERRUPT_PIN, 1), 0u);
	CHECK_EQ(hw_writes, 0);
}

TEST("a new owner finds nothing of the last one")
{
	fresh();
	WR(PCI_INTERRUPT_LINE, 1, 99);
	WR(PCI_BASE_ADDRESS_0, 4, ~0u);
	WR(PCI_COMMAND, 2, 0x107);
	WR(CAP_VENDOR + 4, 4, 0);
	cfg->policy = PBNG_POLICY_PERMISSIVE;
	CHECK_EQ(cfg->denials, 1ul);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STANDARD);
	CHECK_EQ(rd(PCI_INTERRUPT_LINE, 1), 17u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfe000000u);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0u);
	CHECK_EQ(cfg->policy, PBNG_POLICY_STANDARD);
	CHECK_EQ(cfg->denials, 0ul);
	CHECK_EQ(cfg->ndenied, 0);
}

TEST("cache line size and latency are the guest's own copy in strict (case C5)")
{
	fresh();
	put(PCI_CACHE_LINE_SIZE, 2, 0x2008);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(PCI_CACHE_LINE_SIZE, 2), 0x2008u);
	WR(PCI_LATENCY_TIMER, 1, 0x40);
	WR(PCI_CACHE_LINE_SIZE, 1, 0x10);
	CHECK_EQ(rd(PCI_CACHE_LINE_SIZE, 2), 0x4010u);
	CHECK_EQ(get(PCI_CACHE_LINE_SIZE, 2), 0x2008u);
	CHECK_EQ(hw_writes, 0);
	CHECK_EQ(cfg->denials, 0ul);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STANDARD);
	WR(PCI_CACHE_LINE_SIZE, 2, 0x4010);
	CHECK_EQ(get(PCI_CACHE_LINE_SIZE, 2), 0x4010u);
	put(PCI_CACHE_LINE_SIZE, 2, 0x1234);
	CHECK_EQ(rd(PCI_CACHE_LINE_SIZE, 2), 0x1234u);
	/* As the parameter permissive has it, which is no policy of the device. */
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
	cfg->policy = PBNG_POLICY_PERMISSIVE;
	WR(PCI_CACHE_LINE_SIZE, 1, 0x40);
	cfg->policy = PBNG_POLICY_STRICT;
	CHECK_EQ(get(PCI_CACHE_LINE_SIZE, 1), 0x40u);
	CHECK_EQ(rd(PCI_CACHE_LINE_SIZE, 1), 0x40u);
}

TEST("a self test is not started in strict, unless a quirk opens it (case C5)")
{
	struct pbng_cfg_quirk start = { PCI_BIST, 1, PCI_BIST_START };

	fresh();
	put(PCI_BIST, 1, PCI_BIST_CAPABLE);
	CHECK_EQ(build(), 0);
	WR(PCI_BIST, 1, PCI_BIST_CAPABLE | PCI_BIST_START);
	CHECK_EQ(rd(PCI_BIST, 1), (u32)PCI_BIST_CAPABLE);
	CHECK_EQ(hw_writes, 0);
	CHECK_EQ(cfg->denied[0].mask, (u32)PCI_BIST_START);
	CHECK(!cfg->denied[0].fixed);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &start), 0);
	WR(PCI_BIST, 1, PCI_BIST_CAPABLE | PCI_BIST_START);
	CHECK_EQ(get(PCI_BIST, 1), (u32)(PCI_BIST_CAPABLE | PCI_BIST_START));
	CHECK_EQ(rd(PCI_BIST, 1), (u32)(PCI_BIST_CAPABLE | PCI_BIST_START));
	CHECK_EQ(cfg->denials, 1ul);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_PERMISSIVE);
	WR(PCI_BIST, 1, 0);
	CHECK_EQ(get(PCI_BIST, 1), 0u);
}

TEST("a raw register is read from the device, its writes are dropped and counted")
{
	fresh();
	CHECK_EQ(rd(CAP_VENDOR + 4, 4), 0x11223344u);
	CHECK_EQ(rd(CAP_VENDOR + 6, 2), 0x1122u);
	WR(CAP_VENDOR + 4, 4, 0x11223344);
	CHECK_EQ(cfg->denials, 0ul);
	WR(CAP_VENDOR + 4, 4, 0x11223345);
	WR(CAP_VENDOR + 4, 4, 0x11223366);
	CHECK_EQ(cfg->denials, 2ul);
	CHECK_EQ(cfg->ndenied, 1);
	CHECK_EQ(cfg->denied[0].off, CAP_VENDOR + 4);
	CHECK_EQ(cfg->denied[0].len, 4);
	CHECK_EQ(cfg->denied[0].mask, 0x23u);
	CHECK_EQ(cfg->denied[0].last, 0x11223366u);
	CHECK_EQ(cfg->denied[0].count, 2ul);
	CHECK(!cfg->denied[0].fixed);
	CHECK_EQ(hw_writes, 0);
}

TEST("permissive lets raw registers through and no others")
{
	fresh();
	cfg->policy = PBNG_POLICY_PERMISSIVE;
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
	CHECK_EQ(cfg->denials, 1ul);
	CHECK_EQ(cfg->denied[0].mask, 0xbb990099u);
	WR(CAP_VENDOR + 5, 1, 0x77);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0x11227744u);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
	WR(CAP_VENDOR + 5, 1, 0x78);
	CHECK_EQ(get(CAP_VENDOR + 5, 1), 0x78u);
}

TEST("a quirk said twice counts once, its bits add up (case C1)")
{
	struct pbng_cfg_quirk quirk = { CAP_VENDOR + 4, 2, 0xff };

	fresh();
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	quirk.mask = 0xf000;
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	CHECK_EQ(cfg->nquirks, 1);
	CHECK_EQ(cfg->quirk[0].mask, 0xf0ffu);
	WR(CAP_VENDOR + 4, 2, 0xaabb);
	CHECK_EQ(get(CAP_VENDOR + 4, 2), 0xa3bbu);
	/* One of another width is another. */
	quirk.len = 4;
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	CHECK_EQ(cfg->nquirks, 2);
}

TEST("a quirk without bits closes the register, and no other")
{
	struct pbng_cfg_quirk quirk = { CAP_VENDOR + 4, 2, 0 };

	fresh();
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), -ENOENT);
	quirk.mask = 0xff;
	for (quirk.off = CAP_VENDOR + 4; quirk.off <= CAP_VENDOR + 8; quirk.off += 2)
		CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	quirk.off = CAP_VENDOR + 6;
	quirk.mask = 0;
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	CHECK_EQ(cfg->nquirks, 2);
	CHECK_EQ(cfg->quirk[0].off, CAP_VENDOR + 4);
	CHECK_EQ(cfg->quirk[1].off, CAP_VENDOR + 8);
	CHECK_EQ(cfg->quirk[1].mask, 0xffu);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), -ENOENT);
}

TEST("the advice ends: a window's lines, pasted one by one, open all of it (case C1)")
{
	static const u32 values[] = { 0x18001000, 0x18002000, 0x18001000, 0x18003000 };
	unsigned int i, pasted = 0;

	fresh();
	put(CAP_VENDOR + 4, 4, 0x18000000);
	for (i = 0; i < 4 * ARRAY_SIZE(values); i++) {
		pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
		WR(CAP_VENDOR + 4, 4, values[i % ARRAY_SIZE(values)]);
		if (!cfg->ndenied)
			continue;
		pasted++;
		CHECK_EQ(pbng_cfg_add_quirk(cfg, &(struct pbng_cfg_quirk) {
			.off = cfg->denied[0].off, .len = cfg->denied[0].len,
			.mask = cfg->denied[0].mask |
				pbng_cfg_quirk_mask(cfg, cfg->denied[0].off, cfg->denied[0].len),
		}), 0);
	}
	CHECK_EQ(pasted, 2);
	CHECK_EQ(cfg->nquirks, 1);
	CHECK_EQ(cfg->quirk[0].mask, 0x3000u);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0x18003000u);
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

TEST("a bridge's bus numbers and bus reset are not the guest's")
{
	make_hw();
	make_device();
	device.header = 1;
	CHECK_EQ(build(), 0);
	cfg->policy = PBNG_POLICY_PERMISSIVE;
	WR(0x18, 4, 0x00ff0100);
	WR(PCI_BRIDGE_CONTROL, 2, PCI_BRIDGE_CTL_BUS_RESET);
	CHECK_EQ(hw_writes, 0);
	WR(PCI_BASE_ADDRESS_0, 4, ~0u);
	CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfffe0000u);
	WR(PCI_ROM_ADDRESS1, 4, ~0u);
	CHECK_EQ(rd(PCI_ROM_ADDRESS1, 4), 0xfffc0001u);
	CHECK_EQ(rd(PCI_CAPABILITY_LIST, 1), CAP_PM);
}

TEST("a device that fails in mid-access fails the access, whatever it is")
{
	static const struct { s32 off, len; u32 value; } access[] = {
		{ PCI_STATUS, 2, 0x2000 }, { PCI_CARDBUS_CIS, 4, 0x1020 },
		{ PCI_BASE_ADDRESS_0, 4, 0xfe000000 },
		{ CAP_PM + PCI_PM_CTRL, 2, 0x8000 },
		{ CAP_MSI + PCI_MSI_FLAGS, 2, 1 },
		{ CAP_VENDOR + 4, 4, 1 }, { CAP_VPD + PCI_VPD_DATA, 4, 1 },
		{ PCI_ROM_ADDRESS, 4, 0xfe040001 }, { PCI_MIN_GNT, 1, 1 },
		{ CAP_EXP + PCI_EXP_DEVCTL, 2, 0x2830 }, { CAP_EXP + PCI_EXP_LNKCTL, 2, 0 },
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
	/* The header, the list, its members, what they look up; the same above 256. */
	CHECK_EQ(failures, 2 + 3 + 2 + 7 + 6 + 4 + 4);
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

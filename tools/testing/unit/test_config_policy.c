// SPDX-License-Identifier: GPL-2.0
/*
 * The table that the policy "standard" comes from, row by row, and beside each what
 * strict and permissive do:
 *
 *	COMMAND				pass-through with SERR# pinned to 1
 *	BARs and expansion ROM		virtual
 *	CardBus CIS pointer		pass-through
 *	interrupt line			virtual, as RAM
 *	interrupt pin			as the virtual platform has it
 *	rest of the header		pass-through
 *	MSI, MSI-X			virtual
 *	outside the header		pass-through
 *
 * "Rest" and "outside" have exceptions that are known to be dangerous; each of them
 * is in a table here, with the reason.
 */
#include "config_card.h"

#define S	BIT(PBNG_POLICY_STRICT)
#define N	BIT(PBNG_POLICY_STANDARD)
#define P	BIT(PBNG_POLICY_PERMISSIVE)

#define for_each_policy(p) \
	for ((p) = PBNG_POLICY_STRICT; (p) <= PBNG_POLICY_PERMISSIVE; (p)++)

/* The card as its next owner gets it. */
static void give(enum pbng_policy policy)
{
	pbng_cfg_hand_over(cfg, policy);
	CHECK_EQ(pbng_cfg_pin(cfg), 0);
	hw_writes = 0;
	commands = 0;
}

static void fresh_for(enum pbng_policy policy)
{
	fresh();
	give(policy);
}

/* Does a write of other bits reach the device? */
static bool passes(u16 off, u16 len)
{
	u32 all = pbng_cfg_bits(len), old = get(off, len);

	WR(off, len, ~old & all);
	return get(off, len) == (~old & all);
}

/* Neither does it reach the device nor does the guest find it there later. */
static bool is_dropped(u16 off, u16 len)
{
	u32 seen = rd(off, len), old = get(off, len);

	WR(off, len, ~seen);
	return get(off, len) == old && rd(off, len) == seen;
}

/* With strict it may be the guest's own memory, too. */
static bool stays(u16 off, u16 len)
{
	u32 old = get(off, len);

	WR(off, len, ~old);
	return get(off, len) == old;
}

TEST("COMMAND: standard pins SERR# to 1 in the device, the guest reads what it wrote")
{
	make_hw();
	make_device();
	put(PCI_COMMAND, 2, 0x0003);
	CHECK_EQ(build(), 0);
	give(PBNG_POLICY_STANDARD);
	CHECK_EQ(get(PCI_COMMAND, 2), 0x0103u);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0u);
	WR(PCI_COMMAND, 2, 0x0146);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0x0146u);
	WR(PCI_COMMAND, 2, 0);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0u);
	CHECK_EQ(get(PCI_COMMAND, 2), 0x0103u);
	/* A reset has put the host's register back. */
	put(PCI_COMMAND, 2, 0x0003);
	CHECK_EQ(pbng_cfg_pin(cfg), 0);
	CHECK_EQ(get(PCI_COMMAND, 2), 0x0103u);
}

TEST("COMMAND: a guest's byte write does not take SERR# from the device either")
{
	fresh_for(PBNG_POLICY_STANDARD);
	WR(PCI_COMMAND, 2, 0x0140);
	WR(PCI_COMMAND + 1, 1, 0);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0x0040u);
	CHECK(get(PCI_COMMAND, 2) & PCI_COMMAND_SERR);
	WR(PCI_COMMAND, 4, 0);
	CHECK(get(PCI_COMMAND, 2) & PCI_COMMAND_SERR);
}

TEST("COMMAND: SERR# is pinned by every policy")
{
	enum pbng_policy policy;

	for_each_policy(policy) {
		fresh();
		put(PCI_COMMAND, 2, 0x0003);
		give(policy);
		CHECK_EQ(get(PCI_COMMAND, 2), 0x0103u);
		WR(PCI_COMMAND, 2, 0x0300);
		CHECK_EQ(rd(PCI_COMMAND, 2), 0x0300u);
		CHECK_EQ(get(PCI_COMMAND, 2), 0x0303u);
		put(PCI_COMMAND, 2, 0x0003);
		WR(PCI_COMMAND, 2, 0);
		CHECK_EQ(get(PCI_COMMAND, 2), 0x0103u);
	}
}

TEST("COMMAND: what only the device needs to know is passed, parity not in strict")
{
	static const struct { u16 bit; unsigned int who; } bits[] = {
		{ PCI_COMMAND_SPECIAL, S | N | P },
		{ PCI_COMMAND_VGA_PALETTE, S | N | P },
		{ PCI_COMMAND_PARITY, N | P },
		{ PCI_COMMAND_WAIT, S | N | P },
		{ PCI_COMMAND_FAST_BACK, S | N | P },
		/* Asked of the host, which writes them itself. */
		{ PCI_COMMAND_IO, 0 }, { PCI_COMMAND_MEMORY, 0 },
		{ PCI_COMMAND_MASTER, 0 }, { PCI_COMMAND_INVALIDATE, 0 },
		{ PCI_COMMAND_INTX_DISABLE, 0 },
	};
	enum pbng_policy policy;
	size_t i;

	for_each_policy(policy) {
		for (i = 0; i < ARRAY_SIZE(bits); i++) {
			fresh();
			put(PCI_COMMAND, 2, 0);
			give(policy);
			WR(PCI_COMMAND, 2, bits[i].bit);
			CHECK_EQ(commands, 1);
			CHECK_EQ(command_new, bits[i].bit);
			CHECK_EQ(!!(get(PCI_COMMAND, 2) & bits[i].bit),
				 !!(bits[i].who & BIT(policy)));
		}
	}
}

TEST("BARs and expansion ROM: virtual in every policy")
{
	enum pbng_policy policy;
	u16 off;

	for_each_policy(policy) {
		fresh_for(policy);
		for (off = PCI_BASE_ADDRESS_0; off <= PCI_BASE_ADDRESS_5; off += 4) {
			u32 seen = rd(off, 4);

			CHECK(is_dropped(off, 1));
			WR(off, 4, 0x12340000);
			CHECK_EQ(rd(off, 4), seen);
		}
		WR(PCI_BASE_ADDRESS_0, 4, ~0u);
		CHECK_EQ(rd(PCI_BASE_ADDRESS_0, 4), 0xfffe0000u);
		/* Of the ROM only the enable bit goes out, at the host's address. */
		WR(PCI_ROM_ADDRESS, 4, 0x12340000);
		CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0xfe040000u);
		CHECK_EQ(get(PCI_ROM_ADDRESS, 4), 0xfe040000u);
		WR(PCI_ROM_ADDRESS, 4, 0xfffff800);
		CHECK_EQ(rd(PCI_ROM_ADDRESS, 4), 0xfffc0000u);
		CHECK_EQ(hw_writes, 1);
		CHECK_EQ(cfg->denials, 0ul);
	}
}

TEST("CardBus CIS pointer: passed by standard and permissive, read-only in strict")
{
	enum pbng_policy policy;

	for_each_policy(policy) {
		fresh_for(policy);
		WR(PCI_CARDBUS_CIS, 4, 0x1234);
		CHECK_EQ(get(PCI_CARDBUS_CIS, 4), policy == PBNG_POLICY_STRICT ? 0u : 0x1234u);
		CHECK_EQ(rd(PCI_CARDBUS_CIS, 4), get(PCI_CARDBUS_CIS, 4));
	}
}

TEST("interrupt line: RAM in every policy")
{
	enum pbng_policy policy;

	for_each_policy(policy) {
		fresh_for(policy);
		CHECK_EQ(rd(PCI_INTERRUPT_LINE, 1), 17u);
		WR(PCI_INTERRUPT_LINE, 1, 0x55);
		CHECK_EQ(rd(PCI_INTERRUPT_LINE, 1), 0x55u);
		CHECK_EQ(hw_writes, 0);
		CHECK_EQ(get(PCI_INTERRUPT_LINE, 1), 0x0bu);
	}
}

TEST("interrupt pin: as the virtual platform has it, in every policy")
{
	enum pbng_policy policy;

	for_each_policy(policy) {
		fresh_for(policy);
		put(PCI_INTERRUPT_PIN, 1, 2);
		CHECK_EQ(rd(PCI_INTERRUPT_PIN, 1), 1u);
		CHECK(is_dropped(PCI_INTERRUPT_PIN, 1));
		/* Where the host has no line for it there is no pin. */
		device.pin = 0;
		CHECK_EQ(build(), 0);
		give(policy);
		CHECK_EQ(rd(PCI_INTERRUPT_PIN, 1), 0u);
	}
}

/* Every byte of the header that has no row of its own in the table. */
static const struct { u16 off, len; unsigned int who; } rest[] = {
	{ PCI_VENDOR_ID, 4, 0 },		/* a VF's own register reads ffff */
	{ PCI_CLASS_REVISION, 4, 0 },		/* by which the host knows the device */
	{ PCI_CACHE_LINE_SIZE, 1, N | P },
	{ PCI_LATENCY_TIMER, 1, N | P },
	{ PCI_HEADER_TYPE, 1, 0 },		/* decides how the rest is read */
	{ PCI_BIST, 1, N | P },
	{ PCI_SUBSYSTEM_VENDOR_ID, 4, 0 },	/* by which rules know it */
	{ PCI_CAPABILITY_LIST, 1, 0 },		/* leads to what is shown */
	{ PCI_CAPABILITY_LIST + 1, 7, N | P },	/* reserved */
	{ PCI_MIN_GNT, 2, N | P },
};

TEST("rest of the header: passed by standard, but for what says who and how it is")
{
	enum pbng_policy policy;
	unsigned int bytes = 0;
	size_t i;
	u16 off;

	for_each_policy(policy) {
		fresh_for(policy);
		for (i = 0; i < ARRAY_SIZE(rest); i++) {
			for (off = rest[i].off; off < rest[i].off + rest[i].len; off++) {
				bool pass = rest[i].who & BIT(policy);

				if (pass ? passes(off, 1) : rest[i].who ?
				    stays(off, 1) : is_dropped(off, 1))
					continue;
				CHECK_EQ(off, 0);
				CHECK_EQ(policy, 0);
			}
		}
	}
	for (i = 0; i < ARRAY_SIZE(rest); i++)
		bytes += rest[i].len;
	/* COMMAND and STATUS, six BARs, CIS, the ROM, interrupt line and pin. */
	CHECK_EQ(bytes + 4 + 24 + 4 + 4 + 2, PCI_STD_HEADER_SIZEOF);
}

TEST("rest of the header: of STATUS the guest clears its errors, one by one")
{
	enum pbng_policy policy;

	for_each_policy(policy) {
		fresh_for(policy);
		hw[PCI_STATUS + 1] |= 0xa0;
		WR(PCI_STATUS, 2, 0x2000);
		CHECK_EQ(get(PCI_STATUS + 1, 1), 0x80u);
		if (policy == PBNG_POLICY_PERMISSIVE)
			continue;
		WR(PCI_STATUS, 2, 0x00ff);
		CHECK_EQ(get(PCI_STATUS, 2), 0x8000u | PCI_STATUS_CAP_LIST);
	}
}

TEST("MSI, MSI-X: virtual in every policy, whatever is written to every byte")
{
	enum pbng_policy policy;
	u16 off;

	intr_result = -EACCES;
	for_each_policy(policy) {
		make_hw();
		make_device();
		put(CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT);
		CHECK_EQ(build(), 0);
		give(policy);
		for (off = CAP_MSI; off < CAP_MSI + 0x18; off++)
			WR(off, 1, ~get(off, 1));
		for (off = CAP_MSIX; off < CAP_MSIX + 12; off++)
			WR(off, 1, ~get(off, 1));
		CHECK_EQ(hw_writes, 0);
		/* The enable bits were asked of the host, the copies are the guest's. */
		CHECK_EQ(intrs, 2);
		CHECK_EQ(rd(CAP_MSI + PCI_MSI_ADDRESS_LO, 4), ~0u);
		CHECK_EQ(rd(CAP_MSI + PCI_MSI_DATA_64, 2), 0xffffu);
		CHECK_EQ(rd(CAP_MSI + PCI_MSI_MASK_64, 4), ~0u);
		CHECK_EQ(rd(CAP_MSI + PCI_MSI_FLAGS, 2), 0x180u);
		CHECK_EQ(rd(CAP_MSIX + PCI_MSIX_FLAGS, 2), 4u);
	}
}

TEST("outside the header: what nobody has described is passed by standard")
{
	static const u16 raw[] = {
		CAP_VENDOR + 2, CAP_VENDOR + 4, 0xfc, 0x68, 0x300, 0xffc,
	};
	enum pbng_policy policy;
	size_t i;

	for_each_policy(policy) {
		fresh_for(policy);
		for (i = 0; i < ARRAY_SIZE(raw); i++)
			CHECK_EQ(passes(raw[i], 2), policy != PBNG_POLICY_STRICT);
	}
}

TEST("outside the header: capabilities keep their place in the list")
{
	static const u8 caps[] = {
		CAP_PM, CAP_MSI, CAP_MSIX, CAP_EXP, CAP_VPD, CAP_AF, CAP_VENDOR,
	};
	enum pbng_policy policy;
	size_t i;

	for_each_policy(policy) {
		fresh_for(policy);
		for (i = 0; i < ARRAY_SIZE(caps); i++) {
			CHECK(is_dropped(caps[i], 1));
			CHECK(is_dropped(caps[i] + 1, 1));
		}
	}
}

/* Capabilities below 256 of which no byte is a guest's, and why. */
static const u8 closed[] = {
	PCI_CAP_ID_AGP, PCI_CAP_ID_AGP3,	/* memory past the IOMMU */
	PCI_CAP_ID_SLOTID, PCI_CAP_ID_CHSWP,	/* the chassis */
	PCI_CAP_ID_HT,				/* where interrupts go */
	PCI_CAP_ID_SHPC,			/* other slots' power */
	PCI_CAP_ID_SSVID,			/* who the device is */
	PCI_CAP_ID_EA,				/* where it decodes */
	0x15,					/* FPB: other devices' traffic */
};

TEST("outside the header: no byte of a capability that is the platform's")
{
	enum pbng_policy policy;
	size_t i;
	u16 off;

	for_each_policy(policy) {
		for (i = 0; i < ARRAY_SIZE(closed); i++) {
			make_hw();
			make_device();
			put_cap(CAP_VENDOR, closed[i], 0);
			CHECK_EQ(build(), 0);
			give(policy);
			for (off = CAP_VENDOR; off < CAP_VENDOR + 4; off++)
				CHECK(is_dropped(off, 1));
			CHECK_EQ(hw_writes, 0);
		}
	}
}

TEST("outside the header: the host keeps power, errors, resets, payload and VPD")
{
	enum pbng_policy policy;

	for_each_policy(policy) {
		fresh_for(policy);
		/* D3 is the host's to enter, PME# would wake it up. */
		WR(CAP_PM + PCI_PM_CTRL, 2, 0x0103);
		CHECK_EQ(get(CAP_PM + PCI_PM_CTRL, 2), 0u);
		CHECK_EQ(power_state, 3u);
		/* Error reports off, payload 4096, phantom functions, a reset. */
		WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0xaae0);
		CHECK_EQ(get(CAP_EXP + PCI_EXP_DEVCTL, 2) & 0x8fef, 0x0820u & 0x8fef);
		CHECK_EQ(flrs, 1);
		WR(CAP_EXP + PCI_EXP_LNKCTL, 2, 0xffff);
		CHECK_EQ(get(CAP_EXP + PCI_EXP_LNKCTL, 2), 0x0043u);
		/* The EEPROM would outlive the guest. */
		WR(CAP_VPD + PCI_VPD_ADDR, 2, PCI_VPD_ADDR_F);
		CHECK_EQ(get(CAP_VPD + PCI_VPD_ADDR, 2), 0u);
		CHECK(is_dropped(CAP_VPD + PCI_VPD_DATA, 4));
	}
}

/* Extended capabilities that are not there, and why. */
static const u16 hidden[] = {
	/* other devices and the complex that they are in */
	PCI_EXT_CAP_ID_RCLD, PCI_EXT_CAP_ID_RCILC, PCI_EXT_CAP_ID_RCEC, PCI_EXT_CAP_ID_RCRB,
	PCI_EXT_CAP_ID_MCAST, 0x21, 0x2c,
	/* another way to configuration space */
	PCI_EXT_CAP_ID_CAC,
	/* isolation, and requests past the IOMMU or in others' names */
	PCI_EXT_CAP_ID_ACS, PCI_EXT_CAP_ID_ATS, PCI_EXT_CAP_ID_PRI, PCI_EXT_CAP_ID_PASID, 0x1c,
	0x2d,
	/* functions that nobody gave away */
	PCI_EXT_CAP_ID_ARI, PCI_EXT_CAP_ID_SRIOV, PCI_EXT_CAP_ID_MRIOV,
	/* BARs that move */
	PCI_EXT_CAP_ID_REBAR, 0x24,
	/* the link, the platform's power and clock */
	PCI_EXT_CAP_ID_LTR, PCI_EXT_CAP_ID_PMUX, PCI_EXT_CAP_ID_DPC, PCI_EXT_CAP_ID_L1SS,
	PCI_EXT_CAP_ID_PTM, 0x27, 0x29, 0x2b, 0x30, 0x34,
	/* firmware and keys; what nobody describes */
	0x2e, PCI_EXT_CAP_ID_AMD_XXX,
};

TEST("outside the header: dangerous extended capabilities are not there in any policy")
{
	enum pbng_policy policy;
	size_t i;

	for_each_policy(policy) {
		for (i = 0; i < ARRAY_SIZE(hidden); i++) {
			make_hw();
			make_device();
			put_ext(0x100, PCI_EXT_CAP_ID_DSN, 0x140);
			put_ext(0x140, hidden[i], 0x180);
			put(0x144, 4, 0x12345678);
			put_ext(0x180, PCI_EXT_CAP_ID_VNDR, 0);
			CHECK_EQ(build(), 0);
			give(policy);
			CHECK_EQ(rd(0x100, 4) >> 20, 0x180u);
			CHECK_EQ(rd(0x140, 4), 0u);
			CHECK_EQ(rd(0x144, 4), 0u);
			WR(0x144, 4, ~0u);
			CHECK_EQ(hw_writes, 0);
		}
	}
}

TEST("a change of policy holds at once, a change of owner ends it")
{
	fresh_for(PBNG_POLICY_STRICT);
	CHECK(!passes(CAP_VENDOR + 4, 4));
	CHECK(!passes(PCI_LATENCY_TIMER, 1));
	cfg->policy = PBNG_POLICY_STANDARD;
	CHECK(passes(PCI_LATENCY_TIMER, 1));
	CHECK(passes(CAP_VENDOR + 4, 4));
	give(PBNG_POLICY_STRICT);
	CHECK(!passes(CAP_VENDOR + 4, 4));
}

TEST("what was denied once is a quirk for ever")
{
	struct pbng_cfg_quirk quirk;

	fresh_for(PBNG_POLICY_STRICT);
	WR(CAP_VENDOR + 4, 4, 0x11223355);
	CHECK_EQ(cfg->ndenied, 1);
	quirk = (struct pbng_cfg_quirk) {
		.off = cfg->denied[0].off, .len = cfg->denied[0].len,
		.mask = cfg->denied[0].mask,
	};
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	WR(CAP_VENDOR + 4, 4, 0x11223355);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0x11223355u);
	give(PBNG_POLICY_STRICT);
	CHECK_EQ(cfg->nquirks, 1);
	WR(CAP_VENDOR + 4, 4, 0x11223344);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0x11223344u);
}

// SPDX-License-Identifier: GPL-2.0
/* What the configuration cores do at the ends of things: tables, lists, registers. */
#include "config_map.h"

/* Build the device on exactly so much room, which the sanitizer watches. */
static int build_in(unsigned int room)
{
	free(cfg);
	cfg = calloc(1, sizeof(*cfg) + room * sizeof(cfg->reg[0]));
	cfg->io = &io;
	cfg->capacity = room;
	return pbng_cfg_build(cfg, &device);
}

static void check_order(void)
{
	unsigned int i, end = 0;

	for (i = 0; i < cfg->nregs; i++) {
		CHECK(cfg->reg[i].off >= end);
		CHECK(cfg->reg[i].len > 0);
		end = cfg->reg[i].off + cfg->reg[i].len;
	}
	CHECK(end <= cfg->size);
}

/* Whatever the last register is: without room for it, or without an answer, none. */
static void check_every_step(void)
{
	unsigned int regs, i;
	int err;

	CHECK_EQ(build(), 0);
	check_order();
	regs = cfg->nregs;
	CHECK_EQ(build_in(regs), 0);
	for (i = 0; i < regs; i++)
		CHECK_EQ(build_in(i), -ENOSPC);
	for (i = 1; i < 1000; i++) {
		hw_fails_at = 0;
		fail_after = i;
		err = build_in(regs);
		if (fail_after) {
			CHECK_EQ(err, 0);
			break;
		}
		CHECK_EQ(err, -EIO);
	}
	fail_after = 0;
}

TEST("the last capability is as good a reason to refuse a device as the first")
{
	unsigned int id;

	for (id = 1; id < 0x16; id++) {
		make_one_at(0x80, id);
		device.size = PBNG_CFG_SIZE;
		check_every_step();
		put(0x82, 2, 0x0181);
		check_every_step();
		put(0x81, 1, 0x88);
		put_cap(0x88, PCI_CAP_ID_SLOTID, 0);
		check_every_step();
		device.header = 1;
		check_every_step();
	}
	for (id = 1; id < 0x36; id++) {
		make_one_ext(id);
		check_every_step();
		put_ext(0x100, id, 0x300);
		check_every_step();
	}
}

TEST("a header is all that there is room for")
{
	make_one_at(0x80, PCI_CAP_ID_VNDR);
	put(PCI_STATUS, 2, 0);
	device.size = PBNG_CFG_SIZE;
	check_every_step();
	device.header = 1;
	check_every_step();
}

TEST("a capability whose end is the end of the space has a table that is full")
{
	make_one_at(0xfc, PCI_CAP_ID_EXP);
	put(0xfe, 2, 2);
	device.size = PBNG_CFG_SIZE;
	check_every_step();
}

TEST("a list that fills the space is walked to its end")
{
	u16 pos;

	make_one_at(0xfc, PCI_CAP_ID_VNDR);
	for (pos = 0xfc; pos >= 0x40; pos -= 4)
		put_cap(pos, PCI_CAP_ID_SLOTID, pos > 0x40 ? pos - 4 : 0);
	CHECK_EQ(build(), 0);
	for (pos = 0x40; pos < 0x100; pos++)
		CHECK_EQ(letter_at(pos), 'f');
}

TEST("a capability without an end of its own goes to the end of the space")
{
	make_one_at(0x40, PCI_CAP_ID_HT);
	CHECK_EQ(build(), 0);
	CHECK_EQ(letter_at(0x3f), 's');
	make_one_at(0x80, PCI_CAP_ID_HT);
	CHECK_EQ(build(), 0);
	CHECK_EQ(letter_at(0x100), 's');
	make_one_at(0x40, PCI_CAP_ID_HT);
	CHECK_EQ(build(), 0);
	CHECK_EQ(letter_at(0x40), 'f');
	CHECK_EQ(letter_at(0xff), 'f');
}

TEST("the size of an MSI capability is in two of its flags and in no other")
{
	make_one_at(0x80, PCI_CAP_ID_MSI);
	put(0x82, 2, (u16)~(PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT));
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffff mmmm mmmm ssss");
}

TEST("an interrupt is asked for by its kind and place")
{
	static const struct { u8 id; u16 flags; enum pbng_cfg_hook hook; } kinds[] = {
		{ PCI_CAP_ID_MSI, 0, PBNG_HOOK_MSI_CTRL },
		{ PCI_CAP_ID_MSI, PCI_MSI_FLAGS_64BIT, PBNG_HOOK_MSI_CTRL },
		{ PCI_CAP_ID_MSIX, 3, PBNG_HOOK_MSIX_CTRL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		make_one_at(0x80, kinds[i].id);
		put(0x82, 2, kinds[i].flags);
		CHECK_EQ(build(), 0);
		WR(0x82, 2, 0xffff);
		CHECK_EQ(intrs, 1);
		CHECK_EQ(intr_hook, kinds[i].hook);
		CHECK_EQ(intr_off, 0x82);
		CHECK_EQ(intr_bits, kinds[i].flags | (i < 2 ? 0x0001 : 0xc000));
	}
}

TEST("clearing an error leaves what is beside it")
{
	fresh();
	put(PCI_STATUS, 2, 0x8011);
	WR(PCI_STATUS, 2, 0x8000);
	CHECK_EQ(get(PCI_STATUS, 2), 0x0011u);
	make_one_at(0x80, PCI_CAP_ID_PCIX);
	CHECK_EQ(build(), 0);
	put(0x84, 4, 0x00040001);
	WR(0x84, 4, 0x00080000);
	CHECK_EQ(get(0x84, 4), 0x00080001u);
}

TEST("only its own bit resets a function")
{
	fresh();
	WR(CAP_EXP + PCI_EXP_DEVCTL, 2, 0x7fff);
	CHECK_EQ(flrs, 0);
	WR(CAP_AF + PCI_AF_CTRL, 1, 0xfe);
	CHECK_EQ(flrs, 0);
	WR(CAP_AF + PCI_AF_CTRL, 1, 0x01);
	CHECK_EQ(flrs, 1);
	/* A device with the second byte of a capability that it does not have. */
	make_one_at(0x80, PCI_CAP_ID_AF);
	put(0x84, 1, 0xff);
	CHECK_EQ(build(), 0);
	WR(0x84, 1, 0xff);
	CHECK_EQ(flrs, 0);
}

TEST("a write that is dropped is told by its register, however wide it was")
{
	fresh();
	WR(PCI_CARDBUS_CIS + 1, 1, 0xff);
	CHECK_EQ(cfg->denied[0].off, PCI_CARDBUS_CIS);
	CHECK_EQ(cfg->denied[0].len, 4);
	CHECK_EQ(cfg->denied[0].mask, 0xff00u);
	WR(PCI_MIN_GNT + 1, 1, 0xff);
	CHECK_EQ(cfg->denied[1].off, PCI_MIN_GNT);
	CHECK_EQ(cfg->denied[1].len, 2);
	WR(PCI_CAPABILITY_LIST, 4, 0xffffffff);
	CHECK_EQ(cfg->denied[2].off, PCI_CAPABILITY_LIST);
	CHECK_EQ(cfg->denied[2].len, 1);
	CHECK(cfg->denied[2].fixed);
	CHECK_EQ(cfg->denied[3].off, PCI_CAPABILITY_LIST + 1);
	CHECK(!cfg->denied[3].fixed);
}

TEST("a register that is written whole is not read first")
{
	fresh();
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STANDARD);
	hw_fails_at = PCI_CACHE_LINE_SIZE;
	WR(PCI_CACHE_LINE_SIZE, 1, 0x10);
	CHECK_EQ(get(PCI_CACHE_LINE_SIZE, 1), 0x10u);
	hw_fails_at = CAP_VENDOR + 4;
	WR(CAP_VENDOR + 4, 4, 0x55667788);
	CHECK_EQ(get(CAP_VENDOR + 4, 4), 0x55667788u);
}

TEST("errors that are the host's are not denied, whoever wants to clear them")
{
	make_one_ext(PCI_EXT_CAP_ID_ERR);
	CHECK_EQ(build(), 0);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_PERMISSIVE);
	put(0x300 + PCI_ERR_COR_STATUS, 4, 0x55555555);
	WR(0x300 + PCI_ERR_COR_STATUS, 4, 0xffffffff);
	CHECK_EQ(get(0x300 + PCI_ERR_COR_STATUS, 4), 0x55555555u);
	CHECK_EQ(cfg->denials, 0u);
	CHECK_EQ(hw_writes, 0);
}

TEST("a wide read sees what is virtual behind what is not")
{
	fresh();
	put(CAP_PM + PCI_PM_PMC, 2, 0xf823);
	CHECK_EQ(rd(CAP_PM, 4), 0x00235001u);
}

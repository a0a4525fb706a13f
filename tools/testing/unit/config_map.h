/* SPDX-License-Identifier: GPL-2.0 */
/* What a guest can do to each byte, found out by doing it: the tables as they act. */
#ifndef UNIT_CONFIG_MAP_H
#define UNIT_CONFIG_MAP_H

#include "config_card.h"

/*
 * Bits of a byte: not the device's; not the device's and changed; passed to it by
 * each policy; set by a policy and never cleared, mostly to clear something. (The memory
 * that stands for the device takes a 0 that is written to such a bit for a 0.)
 */
struct byte_bits {
	u8 virt, ram, strict, standard, permissive, w1c;
};

/* The bits of the device that a guest can set and clear, and those it can only set. */
static u8 passed(u16 off, enum pbng_policy policy, u8 *w1c)
{
	u8 saved = hw[off], set, cleared;

	pbng_cfg_hand_over(cfg, policy);
	hw[off] = 0;
	WR(off, 1, 0xff);
	set = hw[off];
	hw[off] = 0xff;
	WR(off, 1, 0);
	cleared = ~hw[off];
	hw[off] = saved;
	*w1c |= set & ~cleared;
	return set & cleared;
}

static struct byte_bits bits_at(u16 off)
{
	u8 saved = hw[off], value;
	struct byte_bits bits = {};

	bits.permissive = passed(off, PBNG_POLICY_PERMISSIVE, &bits.w1c);
	bits.standard = passed(off, PBNG_POLICY_STANDARD, &bits.w1c);
	bits.strict = passed(off, PBNG_POLICY_STRICT, &bits.w1c);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
	hw[off] = 0;
	value = rd(off, 1);
	hw[off] = 0xff;
	bits.virt = ~(value ^ rd(off, 1));
	WR(off, 1, 0xff);
	value = rd(off, 1);
	WR(off, 1, 0);
	bits.ram = (value ^ rd(off, 1)) & bits.virt;
	hw[off] = saved;
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
	return bits;
}

static u8 all_bits(u8 bits)
{
	return bits == 0 || bits == 0xff;
}

/*
 * One letter a byte: f the device's, never changed; v virtual; m virtual and the
 * guest's to change; p passed; s passed unless strict; o passed when permissive; c and
 * d as m and v with strict and passed unless strict; x some bits are one thing and some another.
 */
static char letter_at(u16 off)
{
	struct byte_bits b = bits_at(off);

	if (!all_bits(b.virt) || !all_bits(b.ram) || !all_bits(b.strict) ||
	    !all_bits(b.standard) || !all_bits(b.permissive) || b.w1c)
		return 'x';
	if (b.virt && b.standard)
		return b.ram ? 'c' : 'd';
	if (b.virt)
		return b.ram ? 'm' : 'v';
	return b.strict ? 'p' : b.standard ? 's' : b.permissive ? 'o' : 'f';
}

/* A card with one conventional capability at @pos, and nothing else anywhere. */
static __maybe_unused void make_one_at(u16 pos, u8 id)
{
	memset(hw, 0, sizeof(hw));
	memset(hw_w1c, 0, sizeof(hw_w1c));
	make_device();
	put(PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	put(PCI_CAPABILITY_LIST, 1, pos);
	put_cap(pos, id, 0);
}

/* The same for an extended one, at 0x300 behind one that nobody knows. */
static __maybe_unused void make_one_ext(u16 id)
{
	make_one_at(0x80, PCI_CAP_ID_VNDR);
	put_ext(0x100, PCI_EXT_CAP_ID_VNDR, 0x300);
	put_ext(0x300, id, 0);
}

/* @want has a letter for each byte from @off on; blanks are for the eye. */
static __maybe_unused void check_map(const char *file, int line, u16 off, const char *want)
{
	const char *w;

	for (w = want; *w; w++) {
		if (*w == ' ')
			continue;
		if (letter_at(off) != *w)
			ktap_fail(file, line, "byte 0x%x is %c, not %c", off, letter_at(off), *w);
		off++;
	}
}

#define CHECK_MAP(off, want) check_map(__FILE__, __LINE__, off, want)

static __maybe_unused void check_bits(const char *file, int line, u16 off, struct byte_bits want)
{
	struct byte_bits b = bits_at(off);

	if (memcmp(&b, &want, sizeof(b)))
		ktap_fail(file, line, "byte 0x%x is %#x, %#x, %#x, %#x, %#x, %#x", off, b.virt,
			  b.ram, b.strict, b.standard, b.permissive, b.w1c);
}

/* virtual, changeable, passed by strict, standard, permissive, write-1-to-clear */
#define CHECK_BITS(off, ...) \
	check_bits(__FILE__, __LINE__, off, (struct byte_bits) { __VA_ARGS__ })

#endif /* UNIT_CONFIG_MAP_H */

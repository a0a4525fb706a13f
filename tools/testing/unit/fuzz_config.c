// SPDX-License-Identifier: GPL-2.0
/*
 * Any device, and any order of what a guest and the host do to its configuration
 * space: config_core.c and its parts, beside an oracle that goes bit by bit.
 *
 * The input: a byte for the kind of device, a byte for the number of patches, the
 * patches (patch() below), a byte for the access that fails while it is built, then
 * operations (operate() below). Seeds: the usual capabilities and a BAR; a loop in
 * each list; overlays; a bridge.
 *
 * bytes: 02 09  00 0400 00001000  00 3400 40000000  01 40 01 50 23c8  01 50 05 60 8000  01 60 11 70 0300  01 70 10 b0 0200  01 b0 03 c0 0080  01 c0 13 00 0603  03 00 11 08 00e0  00  00 b200 12000000  10 0400 07000000  20 1000 ffffffff  22 1000  10 7800 00800000
 * bytes: 02 05  02 0001 01 4011  02 4011 10 8011  02 8011 01 4011  01 40 11 40 0000  03 01 11 08 00e0  00  22 0001  22 4011  04 0100  20 0401 ffffffff
 * bytes: 02 03  04 00 4001 2000  04 01 8000 1000  01 40 10 00 0200  00  22 4401  20 4401 ffffffff  22 8000
 * bytes: 01 02  00 0400 00001000  00 3400 80000000  00  20 1800 ffffffff  04 0200  20 1800 ffffffff  05 0102
 * bytes: 00 03  00 0400 00001000  00 3400 fc000000  01 fc 10 00 0200  00
 */
#include <stdlib.h>

#include "fuzz_config.h"

/* The bits of one byte that are ours, with the policy as it is. */
static uint8_t virt_bits(const struct pbng_cfg_reg *reg, unsigned int byte)
{
	uint8_t bits = reg->virt >> (8 * (byte - reg->off));

	if (!(reg->flags & PBNG_STRICT_COPY))
		return bits;
	return cfg->policy >= PBNG_POLICY_STANDARD ? 0 : bits & ~quirk_bits(byte);
}

/* The bits of one byte that the policy, the rows and the quirks let a guest change. */
static uint8_t open_bits(const struct pbng_cfg_reg *reg, unsigned int byte)
{
	unsigned int shift;
	uint32_t bits;

	if (!reg)
		return cfg->policy >= PBNG_POLICY_STANDARD ? 0xff : quirk_bits(byte);
	shift = 8 * (byte - reg->off);
	bits = reg->write;
	if (cfg->policy == PBNG_POLICY_STANDARD && !(reg->flags & PBNG_FIXED))
		bits |= reg->standard;
	if (cfg->policy == PBNG_POLICY_PERMISSIVE && !(reg->flags & PBNG_FIXED))
		bits = ~0u;
	bits >>= shift;
	if (!(reg->flags & PBNG_FIXED))
		bits |= quirk_bits(byte);
	return bits & ~virt_bits(reg, byte);
}

/* What a hook may change in the device, whatever part of it the guest wrote to. */
static uint32_t hook_bits(const struct pbng_cfg_reg *reg)
{
	switch (reg->hook) {
	case PBNG_HOOK_COMMAND:
		return PCI_COMMAND_SPECIAL | PCI_COMMAND_VGA_PALETTE | PCI_COMMAND_WAIT |
		       PCI_COMMAND_FAST_BACK | PCI_COMMAND_SERR |
		       (cfg->policy < PBNG_POLICY_STANDARD ? 0 : PCI_COMMAND_PARITY);
	case PBNG_HOOK_BAR:
	case PBNG_HOOK_ROM:
		return ~0u;
	case PBNG_HOOK_PM_CTRL:
		return PCI_PM_CTRL_PME_STATUS | PCI_PM_CTRL_DATA_SEL_MASK;
	case PBNG_HOOK_VPD_ADDR:
		return 0xffff;
	case PBNG_HOOK_DEVCTL:
		return (open_bits(reg, reg->off) | open_bits(reg, reg->off + 1) << 8 |
			PCI_EXP_DEVCTL_READRQ) & ~PCI_EXP_DEVCTL_BCR_FLR;
	case PBNG_HOOK_LNKCTL:
		return PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_CLKREQ_EN;
	default:
		return 0;
	}
}

/* What goes out to a register with a hook has to be fit for the device. */
static void check_hook_write(const struct pbng_cfg_reg *reg, uint32_t old, uint32_t new)
{
	FUZZ_CHECK(!((old ^ new) & ~hook_bits(reg) & ~reg->w1c & pbng_cfg_bits(reg->len)));
	switch (reg->hook) {
	case PBNG_HOOK_COMMAND:
		FUZZ_CHECK(new & PCI_COMMAND_SERR);
		break;
	case PBNG_HOOK_BAR:
		FUZZ_CHECK(new == reg->base);
		break;
	case PBNG_HOOK_ROM:
		FUZZ_CHECK((new & ~PCI_ROM_ADDRESS_ENABLE) == reg->base);
		break;
	case PBNG_HOOK_VPD_ADDR:
		FUZZ_CHECK(!(new & PCI_VPD_ADDR_F));
		break;
	case PBNG_HOOK_LNKCTL:
		FUZZ_CHECK(!(new & hook_bits(reg) & ~reg->base));
		break;
	}
}

/* One write of the core to the device, while a guest writes what @request says. */
void check_device_write(uint16_t off, uint16_t len, uint32_t value)
{
	unsigned int i;

	FUZZ_CHECK(request.kind == WRITING || request.kind == PINNING);
	FUZZ_CHECK(len == 1 || len == 2 || len == 4);
	FUZZ_CHECK(!(off & (len - 1)) || find(off));
	for (i = 0; i < len; i++) {
		const struct pbng_cfg_reg *reg = find(off + i);
		uint8_t new = value >> (8 * i), changed = hw[off + i] ^ new;
		bool asked = request.kind == WRITING && off + i >= request.off &&
			     off + i < request.off + request.len;
		uint8_t want = asked ? request.value >> (8 * (off + i - request.off)) : 0;
		uint8_t w1c = reg ? reg->w1c >> (8 * (off + i - reg->off)) : 0;

		/* Nobody else's errors are cleared. */
		FUZZ_CHECK(!(new & w1c & ~want));
		if (reg && reg->hook) {
			FUZZ_CHECK(off == reg->off && len == reg->len);
			continue;
		}
		FUZZ_CHECK(!(changed & ~w1c & ~(asked ? open_bits(reg, off + i) : 0)));
		FUZZ_CHECK(!((new ^ want) & changed & ~w1c));
		FUZZ_CHECK(!(new & w1c & ~open_bits(reg, off + i)));
	}
	if (find(off) && find(off)->hook)
		check_hook_write(find(off), hw_value(off, len), value);
}

static bool valid(int32_t off, int32_t len)
{
	return (len == 1 || len == 2 || len == 4) && off >= 0 && off % len == 0 &&
	       off + len <= cfg->size;
}

/* What a guest has to see in one byte. */
static uint8_t expected(unsigned int byte)
{
	const struct pbng_cfg_reg *reg = find(byte);
	unsigned int shift = reg ? 8 * (byte - reg->off) : 0;
	uint8_t virt;

	if (!reg || reg->hook == PBNG_HOOK_FIXED)
		return hw[byte];
	if (reg->hook == PBNG_HOOK_HIDDEN)
		return 0;
	if (reg->hook == PBNG_HOOK_OVERLAY)
		return overlay_bytes[reg->index][byte - cfg->overlay[reg->index].off];
	virt = virt_bits(reg, byte);
	return ((reg->copy >> shift) & virt) | (hw[byte] & ~virt);
}

static void guest_reads(int32_t off, int32_t len)
{
	uint32_t value = 0xdeadbeef;
	int i, err;

	begin(READING, off, len, 0);
	err = pbng_cfg_read(cfg, off, len, &value);
	check_result(err, valid(off, len));
	if (err)
		FUZZ_CHECK(!value);
	else
		for (i = 0; i < 4; i++)
			FUZZ_CHECK((uint8_t)(value >> (8 * i)) ==
				   (i < len ? expected(off + i) : 0));
}

static void guest_writes(int32_t off, int32_t len, uint32_t value)
{
	unsigned long before = cfg->denials;

	begin(WRITING, off, len, value);
	check_result(pbng_cfg_write(cfg, off, len, value), valid(off, len));
	FUZZ_CHECK(cfg->denials >= before && cfg->ndenied <= PBNG_CFG_MAX_DENIED);
	FUZZ_CHECK(cfg->denials == before || valid(off, len));
}

static bool quirk_possible(const struct pbng_cfg_quirk *quirk)
{
	unsigned int i;

	for (i = 0; i < quirk->len; i++) {
		const struct pbng_cfg_reg *reg = find(quirk->off + i);
		uint8_t bits = quirk->mask >> (8 * i);

		if (bits && reg && (reg->hook || reg->flags & PBNG_FIXED ||
				    (!(reg->flags & PBNG_STRICT_COPY) &&
				     bits & reg->virt >> (8 * (quirk->off + i - reg->off)))))
			return false;
	}
	return true;
}

/* The bits that are open for just this register, 0 when none. */
static uint32_t open_mask(uint16_t off, uint8_t len)
{
	unsigned int i;

	for (i = 0; i < cfg->nquirks; i++)
		if (cfg->quirk[i].off == off && cfg->quirk[i].len == len)
			return cfg->quirk[i].mask;
	return 0;
}

static void host_adds_quirk(uint16_t off, uint8_t len, uint32_t mask)
{
	const struct pbng_cfg_quirk quirk = { .off = off, .len = len, .mask = mask };
	uint32_t before = open_mask(off, len);
	int err = pbng_cfg_add_quirk(cfg, &quirk);

	if (!valid(off, len) || mask & ~pbng_cfg_bits(len))
		FUZZ_CHECK(err == -EINVAL);
	else if (!mask)
		FUZZ_CHECK(err == (before ? 0 : -ENOENT) && !open_mask(off, len));
	else if (!quirk_possible(&quirk))
		FUZZ_CHECK(err == -EEXIST);
	else if (err)
		FUZZ_CHECK(err == -ENOSPC && cfg->nquirks == PBNG_CFG_MAX_QUIRKS);
	else
		FUZZ_CHECK(open_mask(off, len) == (before | mask));
}

/* Afterwards it is as it was when it was built; but the quirks stay. */
static void host_hands_over(enum pbng_policy policy)
{
	pbng_cfg_hand_over(cfg, policy);
	FUZZ_CHECK(cfg->policy == policy && !cfg->denials && !cfg->ndenied);
	FUZZ_CHECK(cfg->nregs == built->nregs);
	FUZZ_CHECK(!memcmp(cfg->reg, built->reg, cfg->nregs * sizeof(cfg->reg[0])));
}

static void host_pins(void)
{
	int err;

	begin(PINNING, 0, 0, 0);
	err = pbng_cfg_pin(cfg);
	check_result(err, true);
	if (!err)
		FUZZ_CHECK(hw[PCI_COMMAND + 1] & PCI_COMMAND_SERR >> 8);
}

static void operate(void)
{
	static const uint8_t lens[] = { 1, 2, 4, 1, 2, 4, 3, 0 };
	unsigned int what = take_number(1);
	int32_t off = (int16_t)take_number(2);
	int32_t len = lens[what >> 4 & 7];

	switch (what & 7) {
	case 0:
	case 1:
		guest_writes(off, len, take_number(4));
		break;
	case 2:
		guest_reads(off, len);
		break;
	case 3:
		host_adds_quirk(off, len, take_number(4));
		break;
	case 4:
		host_hands_over(PBNG_POLICY_STRICT + (off & 0xff) % 3);
		break;
	case 5:
		break_things(off);
		break;
	case 6:
		/* The device has a life of its own. */
		hw_set(off & (PBNG_CFG_EXT_SIZE - 4), 4, take_number(4));
		break;
	case 7:
		if (off & 1)
			host_pins();
		else
			pbng_cfg_reset(cfg);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input_is(data, size);
	if (make_device() == 0) {
		check_registers();
		check_extended_list();
		while (input_left)
			operate();
	}
	free(cfg);
	free(built);
	cfg = NULL;
	built = NULL;
	return 0;
}

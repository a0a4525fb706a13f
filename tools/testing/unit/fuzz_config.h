/* SPDX-License-Identifier: GPL-2.0 */
/* A device made of any bytes, for fuzz_config.c, and what must hold for it. */
#ifndef UNIT_FUZZ_CONFIG_H
#define UNIT_FUZZ_CONFIG_H

#include <stdlib.h>

#include <linux/pci_regs.h>

#include "fuzz_input.h"
#include "config_core.h"

static struct pbng_cfg *cfg, *built;
static uint8_t hw[PBNG_CFG_EXT_SIZE];
static uint8_t overlay_bytes[PBNG_CFG_MAX_OVERLAYS][PBNG_CFG_EXT_SIZE];

/* What is going on, and what came of it. */
enum { BUILDING, READING, WRITING, PINNING };
static struct {
	int kind;
	unsigned int off, len;
	uint32_t value;
	bool touched;
	int error;		/* the last that the surroundings returned */
} request;

/* Which access to the device fails, counted down; what the other calls return. */
static unsigned int fails_in;
static int answer;

void check_device_write(uint16_t off, uint16_t len, uint32_t value);

static inline void begin(int kind, int32_t off, int32_t len, uint32_t value)
{
	memset(&request, 0, sizeof(request));
	request.kind = kind;
	request.off = off;
	request.len = len;
	request.value = value;
}

/* A refused request touches nothing; any other fails only if its surroundings do. */
static inline void check_result(int err, bool is_valid)
{
	if (!is_valid)
		FUZZ_CHECK(err == -EINVAL && !request.touched);
	else
		FUZZ_CHECK(err == request.error);
	fails_in = 0;
}

static inline const struct pbng_cfg_reg *find(unsigned int byte)
{
	unsigned int i;

	for (i = 0; i < cfg->nregs; i++)
		if (cfg->reg[i].off <= byte &&
		    byte < (unsigned int)cfg->reg[i].off + cfg->reg[i].len)
			return &cfg->reg[i];
	return NULL;
}

static inline uint8_t quirk_bits(unsigned int byte)
{
	uint8_t bits = 0;
	unsigned int i;

	for (i = 0; i < cfg->nquirks; i++) {
		const struct pbng_cfg_quirk *q = &cfg->quirk[i];

		if (q->off <= byte && byte < (unsigned int)q->off + q->len)
			bits |= q->mask >> (8 * (byte - q->off));
	}
	return bits;
}

static inline uint32_t hw_value(uint16_t off, uint16_t len)
{
	uint32_t value = 0;

	memcpy(&value, &hw[off], len);
	return value;
}

static inline void hw_set(uint16_t off, uint16_t len, uint32_t value)
{
	memcpy(&hw[off], &value, len);
}

static int fail(int err)
{
	request.error = err;
	return err;
}

static int hw_read(void *priv, u16 off, u16 len, u32 *value)
{
	(void)priv;
	request.touched = true;
	FUZZ_CHECK(len == 1 || len == 2 || len == 4);
	FUZZ_CHECK(off + len <= cfg->size);
	if (fails_in && !--fails_in)
		return fail(-EIO);
	*value = hw_value(off, len);
	return 0;
}

static int hw_write(void *priv, u16 off, u16 len, u32 value)
{
	(void)priv;
	request.touched = true;
	FUZZ_CHECK(off + len <= cfg->size);
	check_device_write(off, len, value);
	if (fails_in && !--fails_in)
		return fail(-EIO);
	hw_set(off, len, value);
	return 0;
}

static int on_command(void *priv, u16 old, u16 new)
{
	(void)priv;
	FUZZ_CHECK(request.kind == WRITING && old != new);
	/* After a failure it is asked to undo: how that goes changes nothing. */
	return request.error ? answer : fail(answer);
}

static int on_power(void *priv, unsigned int state)
{
	(void)priv;
	FUZZ_CHECK(request.kind == WRITING && state <= 3);
	return fail(answer);
}

static int on_intr(void *priv, enum pbng_cfg_hook hook, u16 off, u16 bits)
{
	const struct pbng_cfg_reg *reg = find(off);

	(void)priv;
	FUZZ_CHECK(request.kind == WRITING && reg && reg->hook == hook);
	FUZZ_CHECK(hw_value(off, 2) != bits);
	FUZZ_CHECK(!((hw_value(off, 2) ^ bits) & ~reg->write));
	/* What may not be is no failure. */
	return answer == -EACCES ? answer : fail(answer);
}

static int on_flr(void *priv)
{
	(void)priv;
	FUZZ_CHECK(request.kind == WRITING);
	return fail(answer);
}

static int overlay_read(void *priv, u16 off, u16 len, u32 *value)
{
	struct pbng_cfg_overlay *overlay = priv;

	FUZZ_CHECK(off >= 4 && off + len <= overlay->len && !(off & (len - 1)));
	*value = 0xffffffff;
	memcpy(value, &overlay_bytes[overlay - cfg->overlay][off], len);
	return fail(answer);
}

static int overlay_write(void *priv, u16 off, u16 len, u32 value)
{
	struct pbng_cfg_overlay *overlay = priv;

	FUZZ_CHECK(off >= 4 && off + len <= overlay->len && !(off & (len - 1)));
	memcpy(&overlay_bytes[overlay - cfg->overlay][off], &value, len);
	return fail(answer);
}

static const struct pbng_cfg_io io = {
	.read = hw_read, .write = hw_write, .command = on_command,
	.power = on_power, .intr = on_intr, .flr = on_flr,
};

static inline void break_things(uint16_t how)
{
	static const int answers[] = { 0, 0, -EACCES, -EPERM, -EBUSY, -EIO, 0, 0 };

	fails_in = how & 7;
	answer = answers[how >> 8 & 7];
}

static void patch_bar(struct pbng_cfg_device *device)
{
	struct pbng_cfg_bar *bar = &device->bar[take_number(1) % (PBNG_CFG_BARS + 1)];

	bar->size = 1ull << (take_number(1) & 63);
	bar->flags = take_number(1) & 0xf;
	bar->start = ((uint64_t)take_number(2) << 24) & ~(bar->size - 1);
}

static void patch_overlay(void)
{
	struct pbng_cfg_overlay *overlay = &cfg->overlay[take_number(1) % PBNG_CFG_MAX_OVERLAYS];

	*overlay = (struct pbng_cfg_overlay) {
		.off = take_number(2), .len = take_number(2),
		.read = overlay_read, .write = overlay_write, .priv = overlay,
	};
	overlay->header = overlay->off < PBNG_CFG_SIZE ? 0x00ff0009 : 0x0001000b;
}

/* One thing about the device; which is in the first byte. */
static void patch(struct pbng_cfg_device *device)
{
	uint16_t pos;

	switch (take_number(1) % 5) {
	case 0:		/* any 4 bytes */
		pos = take_number(2) & (PBNG_CFG_EXT_SIZE - 4);
		hw_set(pos, 4, take_number(4));
		break;
	case 1:		/* a capability: where, id, the next, its flags */
		pos = take_number(1) & 0xfc;
		hw_set(pos, 4, take_number(4));
		break;
	case 2:		/* an extended one: where, id, the next */
		pos = take_number(2) & (PBNG_CFG_EXT_SIZE - 4);
		hw_set(pos, 4, take_number(1) | 1u << 16 | take_number(2) << 20);
		break;
	case 3:
		patch_bar(device);
		break;
	case 4:
		patch_overlay();
		break;
	}
}

static inline int make_device(void)
{
	size_t size = sizeof(*cfg) + PBNG_CFG_MAX_REGS * sizeof(cfg->reg[0]);
	unsigned int kind = take_number(1), patches = take_number(1);
	struct pbng_cfg_device device = {
		.vendor = 0x8086, .device = 0x10d3, .irq = 11, .pin = kind >> 4 & 1,
		.header = kind & 1,
		.size = kind & 2 ? PBNG_CFG_EXT_SIZE : PBNG_CFG_SIZE,
	};
	int err;

	memset(hw, 0, sizeof(hw));
	memset(overlay_bytes, 0, sizeof(overlay_bytes));
	cfg = calloc(1, size);
	built = calloc(1, size);
	cfg->io = &io;
	cfg->capacity = PBNG_CFG_MAX_REGS;
	answer = 0;
	while (patches-- && input_left)
		patch(&device);
	begin(BUILDING, 0, 0, 0);
	fails_in = take_number(1);
	err = pbng_cfg_build(cfg, &device);
	fails_in = 0;
	FUZZ_CHECK(!err || err == -ENOSPC || err == request.error);
	memcpy(built, cfg, size);
	return err;
}

static inline void check_registers(void)
{
	unsigned int i, end = 0;

	FUZZ_CHECK(cfg->nregs <= PBNG_CFG_MAX_REGS);
	for (i = 0; i < cfg->nregs; i++) {
		const struct pbng_cfg_reg *reg = &cfg->reg[i];

		FUZZ_CHECK(reg->off >= end && reg->len);
		end = reg->off + reg->len;
		FUZZ_CHECK(end <= cfg->size);
		FUZZ_CHECK(reg->copy == reg->reset);
		if (reg->hook < PBNG_HOOK_FIXED)
			FUZZ_CHECK(reg->len == 1 || reg->len == 2 || reg->len == 4);
	}
}

/* Whatever the device has, the guest's list ends, and nothing hidden is in it. */
static inline void check_extended_list(void)
{
	uint8_t seen[PBNG_CFG_EXT_SIZE / 4] = {};
	uint32_t pos = PBNG_CFG_SIZE, header;

	while (cfg->size > PBNG_CFG_SIZE && pos) {
		FUZZ_CHECK(pos >= PBNG_CFG_SIZE && pos + 4 <= cfg->size && !(pos & 3));
		FUZZ_CHECK(!seen[pos / 4]++);
		begin(READING, pos, 4, 0);
		FUZZ_CHECK(!pbng_cfg_read(cfg, pos, 4, &header));
		FUZZ_CHECK(PCI_EXT_CAP_ID(header) != PCI_EXT_CAP_ID_SRIOV);
		FUZZ_CHECK(PCI_EXT_CAP_ID(header) != PCI_EXT_CAP_ID_ATS);
		FUZZ_CHECK(PCI_EXT_CAP_ID(header) != PCI_EXT_CAP_ID_REBAR);
		/* All ones: a device without a list. */
		pos = header == 0xffffffff ? 0 : header >> 20;
	}
}

#endif /* UNIT_FUZZ_CONFIG_H */

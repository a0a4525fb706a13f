// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the register array of a device: the header and its address decoders; the
 * capability lists follow in config_cap_core.c and config_ext_core.c, and what is
 * laid over them at the end. Every row that is not simply "read-only" says why.
 */
#include "config_part.h"

/*
 * COMMAND is answered from our copy, and a guest begins with everything off. Decode
 * is asked of the host and never taken away from the device (XSA-120).
 */
#define COMMAND_WRITE	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | \
			 PCI_COMMAND_MASTER | PCI_COMMAND_SPECIAL | \
			 PCI_COMMAND_INVALIDATE | PCI_COMMAND_VGA_PALETTE | \
			 PCI_COMMAND_PARITY | PCI_COMMAND_WAIT | \
			 PCI_COMMAND_SERR | PCI_COMMAND_FAST_BACK | \
			 PCI_COMMAND_INTX_DISABLE)
#define STATUS_W1C	(PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT | \
			 PCI_STATUS_REC_TARGET_ABORT | \
			 PCI_STATUS_REC_MASTER_ABORT | \
			 PCI_STATUS_SIG_SYSTEM_ERROR | \
			 PCI_STATUS_DETECTED_PARITY)

/*
 * Every driver of a conventional device writes these by way of the PCI core, and none
 * fails when they have no effect: with strict they are the guest's own memory.
 */
#define OWN_COPY(o)	{ .off = (o), .len = 1, .standard = ~0u, .virt = ~0u, \
			  .write = ~0u, .flags = PBNG_FROM_HW | PBNG_STRICT_COPY }
/* A test that is started is over at once, without an error. */
#define BIST_COPY	{ .off = PCI_BIST, .len = 1, .standard = ~0u, .virt = ~0u, \
			  .flags = PBNG_FROM_HW | PBNG_STRICT_COPY }

static const struct pbng_cfg_reg header_rows[] = {
	{ .off = PCI_COMMAND, .len = 2, .hook = PBNG_HOOK_COMMAND,
	  .virt = ~0u, .write = COMMAND_WRITE },
	/* The errors are the guest's own; a list can be begun by an overlay. */
	{ .off = PCI_STATUS, .len = 2, .flags = PBNG_FROM_HW,
	  .virt = PCI_STATUS_CAP_LIST, .write = STATUS_W1C, .w1c = STATUS_W1C },
	FIXED(PCI_CLASS_REVISION, 4),
	OWN_COPY(PCI_CACHE_LINE_SIZE),		/* the host's, set with MWI */
	OWN_COPY(PCI_LATENCY_TIMER),		/* hogs a conventional bus */
	FIXED(PCI_HEADER_TYPE, 1),
	BIST_COPY,				/* a self test can stall a bus */
	{ .off = PCI_CAPABILITY_LIST, .len = 1, .flags = PBNG_FROM_HW, .virt = ~0u },
};

static const struct pbng_cfg_reg header0_rows[] = {
	STD(PCI_CARDBUS_CIS, 4),
	FIXED(PCI_SUBSYSTEM_VENDOR_ID, 4),	/* rules know a device by it */
	STD(PCI_MIN_GNT, 2),
};

/* Bus numbers, windows and bus resets are other devices' traffic. */
static const struct pbng_cfg_reg header1_rows[] = {
	FIXED(PCI_PRIMARY_BUS, PCI_CAPABILITY_LIST - PCI_PRIMARY_BUS),
	FIXED(PCI_BRIDGE_CONTROL, 2),
};

struct pbng_cfg_reg *pbng_cfg_at(struct pbng_cfg *cfg, u16 off)
{
	unsigned int i = pbng_cfg_find(cfg, off);

	return i < cfg->nregs && cfg->reg[i].off == off ? &cfg->reg[i] : NULL;
}

static bool is_free(const struct pbng_cfg *cfg, u16 off, u16 len)
{
	unsigned int i = pbng_cfg_find(cfg, off);

	return i == cfg->nregs || cfg->reg[i].off >= off + len;
}

int pbng_cfg_add(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg)
{
	unsigned int i = pbng_cfg_find(cfg, reg->off);
	u32 hw = 0;
	int err;

	if (reg->off + reg->len > cfg->size || !is_free(cfg, reg->off, reg->len))
		return 0;
	if (cfg->nregs == cfg->capacity)
		return -ENOSPC;
	if (reg->flags & PBNG_FROM_HW) {
		err = pbng_cfg_hw_read(cfg, reg->off, reg->len, &hw);
		if (err)
			return err;
	}
	memmove(&cfg->reg[i + 1], &cfg->reg[i],
		(cfg->nregs - i) * sizeof(cfg->reg[0]));
	cfg->reg[i] = *reg;
	/* Rows say ~0u whatever their length; a wider access must not think so. */
	cfg->reg[i].virt &= pbng_cfg_bits(reg->len);
	if (reg->flags & PBNG_FROM_HW) {
		cfg->reg[i].reset = hw;
		cfg->reg[i].base = hw;
	}
	cfg->nregs++;
	return 0;
}

int pbng_cfg_add_block(struct pbng_cfg *cfg, u16 start,
		       const struct pbng_cfg_block *block, u16 end)
{
	unsigned int i;
	int err;

	for (i = 0; i < block->rows; i++) {
		struct pbng_cfg_reg reg = block->row[i];

		reg.off += start;
		if (reg.off >= end)
			continue;
		reg.len = min_t(u16, reg.len, end - reg.off);
		err = pbng_cfg_add(cfg, &reg);
		if (err)
			return err;
	}
	return 0;
}

bool pbng_cfg_mark(struct pbng_cfg_caps *caps, u16 pos)
{
	u8 bit = 1u << (pos / 4 % 8);
	u8 *byte = &caps->starts[pos / 4 / 8];
	bool known = *byte & bit;

	*byte |= bit;
	return !known;
}

u16 pbng_cfg_cap_end(const struct pbng_cfg_caps *caps, u16 pos, u16 end)
{
	for (pos += 4; pos < end; pos += 4)
		if (caps->starts[pos / 4 / 8] & 1u << (pos / 4 % 8))
			break;
	return pos;
}

/* One BAR, or two registers when it is 64 bit wide. */
static int add_bar(struct pbng_cfg *cfg, const struct pbng_cfg_bar *bar,
		   u16 off, bool wide)
{
	u64 mask = bar->size ? ~(bar->size - 1) : 0;
	struct pbng_cfg_reg reg = {
		.off = off, .len = 4, .hook = PBNG_HOOK_BAR,
		.virt = ~0u,
	};
	int err;

	reg.mask = mask;
	reg.base = bar->size ? ((u32)bar->start & reg.mask) | bar->flags : 0;
	reg.reset = reg.base;
	err = pbng_cfg_add(cfg, &reg);
	if (err || !wide)
		return err;
	reg.off += 4;
	reg.mask = mask >> 32;
	reg.base = bar->start >> 32;
	reg.reset = reg.base;
	return pbng_cfg_add(cfg, &reg);
}

static int add_rom(struct pbng_cfg *cfg, const struct pbng_cfg_device *device)
{
	const struct pbng_cfg_bar *rom = &device->bar[PBNG_CFG_ROM];
	struct pbng_cfg_reg reg = {
		.off = device->header ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS,
		.len = 4, .hook = PBNG_HOOK_ROM, .virt = ~0u,
	};

	if (rom->size) {
		reg.mask = ~(u32)(rom->size - 1) & PCI_ROM_ADDRESS_MASK;
		reg.base = rom->start & reg.mask;
		reg.reset = reg.base;
	}
	return pbng_cfg_add(cfg, &reg);
}

static int add_bars(struct pbng_cfg *cfg, const struct pbng_cfg_device *device)
{
	unsigned int n = device->header ? 2 : PBNG_CFG_BARS;
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		const struct pbng_cfg_bar *bar = &device->bar[i];
		bool wide = i + 1 < n &&
			    !(bar->flags & PCI_BASE_ADDRESS_SPACE_IO) &&
			    bar->flags & PCI_BASE_ADDRESS_MEM_TYPE_64;

		err = add_bar(cfg, bar, PCI_BASE_ADDRESS_0 + 4 * i, wide);
		if (err)
			return err;
		i += wide;
	}
	return add_rom(cfg, device);
}

/* What the host knows better than the device. */
static int add_known(struct pbng_cfg *cfg, const struct pbng_cfg_device *device)
{
	const struct pbng_cfg_reg rows[] = {
		{ .off = PCI_VENDOR_ID, .len = 2, .virt = ~0u, .reset = device->vendor },
		{ .off = PCI_DEVICE_ID, .len = 2, .virt = ~0u, .reset = device->device },
		{ .off = PCI_INTERRUPT_LINE, .len = 1, .virt = ~0u, .write = ~0u,
		  .reset = device->irq },
		{ .off = PCI_INTERRUPT_PIN, .len = 1, .virt = ~0u, .reset = device->pin },
	};
	const struct pbng_cfg_block block = BLOCK(rows);

	return pbng_cfg_add_block(cfg, 0, &block, PCI_STD_HEADER_SIZEOF);
}

static int add_header(struct pbng_cfg *cfg, const struct pbng_cfg_device *device)
{
	static const struct pbng_cfg_block common = BLOCK(header_rows);
	static const struct pbng_cfg_block type[] = {
		BLOCK(header0_rows), BLOCK(header1_rows),
	};
	int err;

	err = add_known(cfg, device);
	if (!err)
		err = pbng_cfg_add_block(cfg, 0, &common, PCI_STD_HEADER_SIZEOF);
	if (!err)
		err = add_bars(cfg, device);
	if (!err)
		err = pbng_cfg_add_block(cfg, 0, &type[!!device->header],
					 PCI_STD_HEADER_SIZEOF);
	return err;
}

/* Whether the device has nothing at all where an overlay wants to be. */
static bool has_room(struct pbng_cfg *cfg, const struct pbng_cfg_overlay *o)
{
	u32 low = o->off < PBNG_CFG_SIZE ? PCI_STD_HEADER_SIZEOF : PBNG_CFG_SIZE;
	u32 high = o->off < PBNG_CFG_SIZE ? PBNG_CFG_SIZE : cfg->size;
	u32 i, hw;

	if ((o->off | o->len) & 3 || o->len < 8 || o->off < low ||
	    o->off + o->len > high || !is_free(cfg, o->off, o->len))
		return false;
	for (i = 0; i < o->len; i += 4)
		if (pbng_cfg_hw_read(cfg, o->off + i, 4, &hw) || hw)
			return false;
	return true;
}

/* As the first of the list: what was the first is its successor. */
static u32 link_conventional(struct pbng_cfg *cfg, u16 off)
{
	struct pbng_cfg_reg *status = pbng_cfg_at(cfg, PCI_STATUS);
	struct pbng_cfg_reg *first = pbng_cfg_at(cfg, PCI_CAPABILITY_LIST);
	u32 next = status->reset & PCI_STATUS_CAP_LIST ? first->reset : 0;

	status->reset |= PCI_STATUS_CAP_LIST;
	first->reset = off;
	return next << 8;
}

/* As the second of the list: the first has its place, perhaps without an id. */
static u32 link_extended(struct pbng_cfg *cfg, u16 off)
{
	struct pbng_cfg_reg *first = pbng_cfg_at(cfg, PBNG_CFG_SIZE);
	u32 next;

	/* It is the first itself. */
	if (!first)
		return 0;
	next = first->reset & 0xfff00000u;
	first->reset = (first->reset & 0xfffffu) | (u32)off << 20;
	return next;
}

/* Where the device has no list, the first of it is an empty one. */
static int begin_extended(struct pbng_cfg *cfg, u16 off)
{
	const struct pbng_cfg_reg empty = {
		.off = PBNG_CFG_SIZE, .len = 4, .virt = ~0u,
	};

	return off > PBNG_CFG_SIZE ? pbng_cfg_add(cfg, &empty) : 0;
}

static int add_overlay(struct pbng_cfg *cfg, unsigned int index)
{
	struct pbng_cfg_overlay *o = &cfg->overlay[index];
	struct pbng_cfg_reg head = { .off = o->off, .len = 4, .virt = ~0u };
	const struct pbng_cfg_reg body = {
		.off = o->off + 4, .len = o->len - 4,
		.hook = PBNG_HOOK_OVERLAY, .index = index,
	};
	int err;

	if (!has_room(cfg, o)) {
		o->off = 0;
		return 0;
	}
	err = pbng_cfg_add(cfg, &body);
	if (!err)
		err = begin_extended(cfg, o->off);
	if (err)
		return err;
	head.reset = o->header;
	if (o->off < PBNG_CFG_SIZE)
		head.reset |= link_conventional(cfg, o->off);
	else
		head.reset |= link_extended(cfg, o->off);
	return pbng_cfg_add(cfg, &head);
}

int pbng_cfg_build(struct pbng_cfg *cfg, const struct pbng_cfg_device *device)
{
	unsigned int i;
	int err;

	cfg->size = device->size;
	cfg->nregs = 0;
	err = add_header(cfg, device);
	if (!err)
		err = pbng_cfg_add_caps(cfg, device->header);
	if (!err)
		err = pbng_cfg_add_ext_caps(cfg);
	for (i = 0; !err && i < PBNG_CFG_MAX_OVERLAYS; i++)
		if (cfg->overlay[i].off)
			err = add_overlay(cfg, i);
	if (!err)
		pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
	return err;
}

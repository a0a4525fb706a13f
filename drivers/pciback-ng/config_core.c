// SPDX-License-Identifier: GPL-2.0
/*
 * Access to the virtual configuration space, see config_core.h for the model.
 * How the register array comes about is in config_build_core.c.
 */
#include "config_part.h"

static bool request_valid(const struct pbng_cfg *cfg, s32 off, s32 len)
{
	if (len != 1 && len != 2 && len != 4)
		return false;
	/* Negative offsets reach other devices' space below us if let through. */
	if (off < 0 || off >= cfg->size)
		return false;
	return !(off & (len - 1));
}

unsigned int pbng_cfg_find(const struct pbng_cfg *cfg, unsigned int off)
{
	unsigned int low = 0, high = cfg->nregs;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if ((unsigned int)cfg->reg[mid].off + cfg->reg[mid].len <= off)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* @value, which stands at @from, as seen from @to. */
static u32 shift(u32 value, unsigned int from, unsigned int to)
{
	return to >= from ? value >> (8 * (to - from)) :
			    value << (8 * (from - to));
}

/* The bytes of [off, off+len) that are the register's, as seen from @off. */
static u32 common_bits(const struct pbng_cfg_reg *reg, u32 off, u32 len)
{
	u32 from = max_t(u32, reg->off, off);
	u32 to = min_t(u32, reg->off + reg->len, off + len);

	return shift(pbng_cfg_bits(to - from), from, off);
}

int pbng_cfg_hw_read(struct pbng_cfg *cfg, u16 off, u16 len, u32 *value)
{
	*value = 0;
	return cfg->io->read(cfg->priv, off, len, value);
}

int pbng_cfg_hw_write(struct pbng_cfg *cfg, u16 off, u16 len, u32 value)
{
	return cfg->io->write(cfg->priv, off, len, value);
}

int pbng_cfg_hw_update(struct pbng_cfg *cfg, u16 off, u16 len, u32 mask, u32 w1c,
		       u32 value)
{
	u32 hw = 0;
	int err;

	if (~(mask | w1c) & pbng_cfg_bits(len)) {
		err = pbng_cfg_hw_read(cfg, off, len, &hw);
		if (err)
			return err;
	}
	return pbng_cfg_hw_write(cfg, off, len,
				 (hw & ~mask & ~w1c) | (value & mask));
}

u32 pbng_cfg_quirk_mask(const struct pbng_cfg *cfg, u16 off, u16 len)
{
	u32 mask = 0;
	unsigned int i;

	for (i = 0; i < cfg->nquirks; i++) {
		const struct pbng_cfg_quirk *q = &cfg->quirk[i];

		if (q->off < off + len && off < q->off + q->len)
			mask |= shift(q->mask, q->off, off);
	}
	return mask & pbng_cfg_bits(len);
}

u32 pbng_cfg_virt(const struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg)
{
	if (!(reg->flags & PBNG_STRICT_COPY))
		return reg->virt;
	if (cfg->policy >= PBNG_POLICY_STANDARD)
		return 0;
	return reg->virt & ~pbng_cfg_quirk_mask(cfg, reg->off, reg->len);
}

/* The device's bits that a quirk or another policy could open. */
static u32 can_be_opened(const struct pbng_cfg_reg *reg)
{
	if (reg->flags & PBNG_FIXED)
		return 0;
	return reg->flags & PBNG_STRICT_COPY ? ~0u : ~reg->virt;
}

/* An overlay begins and ends at multiples of 4: no request is half in it. */
static int overlay_read(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg,
			u16 off, u16 len, u32 *value)
{
	const struct pbng_cfg_overlay *o = &cfg->overlay[reg->index];
	int err = o->read(o->priv, off - o->off, len, value);

	*value = err ? 0 : *value & pbng_cfg_bits(len);
	return err;
}

int pbng_cfg_read(struct pbng_cfg *cfg, s32 off, s32 len, u32 *value)
{
	u32 bits, virt = 0, copy = 0, hw = 0;
	unsigned int i;
	int err;

	*value = 0;
	if (!request_valid(cfg, off, len))
		return -EINVAL;
	bits = pbng_cfg_bits(len);
	for (i = pbng_cfg_find(cfg, off); i < cfg->nregs; i++) {
		const struct pbng_cfg_reg *reg = &cfg->reg[i];

		if (reg->off >= off + len)
			break;
		if (reg->hook == PBNG_HOOK_OVERLAY)
			return overlay_read(cfg, reg, off, len, value);
		if (reg->hook == PBNG_HOOK_HIDDEN)
			virt |= common_bits(reg, off, len);
		if (reg->hook >= PBNG_HOOK_FIXED)
			continue;
		virt |= shift(pbng_cfg_virt(cfg, reg), reg->off, off);
		copy |= shift(reg->copy & pbng_cfg_virt(cfg, reg), reg->off, off);
	}
	if (~virt & bits) {
		err = pbng_cfg_hw_read(cfg, off, len, &hw);
		if (err)
			return err;
	}
	*value = ((hw & ~virt) | copy) & bits;
	return 0;
}

void pbng_cfg_deny(struct pbng_cfg *cfg, u16 off, u8 len, u32 mask, u32 value,
		   bool fixed)
{
	struct pbng_cfg_denied *d = cfg->denied;
	struct pbng_cfg_denied *end = d + cfg->ndenied;

	cfg->denials++;
	while (d < end && (d->off != off || d->len != len || d->fixed != fixed))
		d++;
	if (d == end) {
		if (cfg->ndenied == PBNG_CFG_MAX_DENIED) {
			cfg->unlisted++;
			return;
		}
		cfg->ndenied++;
		*d = (struct pbng_cfg_denied) {
			.off = off, .len = len, .fixed = fixed,
		};
	}
	d->mask |= mask;
	d->last = value;
	d->count++;
}

const struct pbng_cfg_denied *pbng_cfg_next_denied(struct pbng_cfg *cfg)
{
	const struct pbng_cfg_denied *d;

	while (cfg->looked < cfg->ndenied) {
		d = &cfg->denied[cfg->looked++];
		if (d->fixed && !cfg->logged_fixed) {
			cfg->logged_fixed = true;
			return d;
		}
		if (!d->fixed && cfg->logged < PBNG_CFG_LOGGED) {
			cfg->logged++;
			return d;
		}
	}
	return NULL;
}

void pbng_cfg_write_copy(struct pbng_cfg_reg *reg, u32 mask, u32 value)
{
	mask &= reg->virt & reg->write;
	reg->copy = (reg->copy & ~mask) | (value & mask);
}

u32 pbng_cfg_passed(const struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg)
{
	u32 bits = reg->write;

	if (!(reg->flags & PBNG_FIXED)) {
		if (cfg->policy == PBNG_POLICY_STANDARD)
			bits |= reg->standard;
		if (cfg->policy == PBNG_POLICY_PERMISSIVE)
			bits = ~0u;
		bits |= pbng_cfg_quirk_mask(cfg, reg->off, reg->len);
	}
	return bits & ~pbng_cfg_virt(cfg, reg);
}

/* What would change if the write went through beyond @passed, though it may not? */
static int note_denied(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg,
		       u32 passed, u32 mask, u32 value)
{
	u32 virt = pbng_cfg_virt(cfg, reg);
	u32 hw = 0, open;
	int err;

	mask &= ~passed & ~(virt & reg->write) & ~reg->w1c;
	if (!mask)
		return 0;
	if (mask & ~virt) {
		err = pbng_cfg_hw_read(cfg, reg->off, reg->len, &hw);
		if (err)
			return err;
	}
	hw = (hw & ~virt) | (reg->copy & virt);
	mask &= hw ^ value;
	open = mask & can_be_opened(reg);
	if (mask)
		pbng_cfg_deny(cfg, reg->off, reg->len, open ?: mask, value, !open);
	return 0;
}

/* @mask and @value are as seen from the register's own offset. */
static int write_reg(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
		     u32 mask, u32 value)
{
	u32 pass;
	int err;

	if (reg->hook)
		return pbng_cfg_hook_write(cfg, reg, mask, value);
	pass = pbng_cfg_passed(cfg, reg);
	err = note_denied(cfg, reg, pass, mask, value);
	if (err)
		return err;
	pbng_cfg_write_copy(reg, mask, value);
	pass &= mask;
	/* Only zeroes for write-1-to-clear bits: nothing happens. */
	if (!(pass & ~reg->w1c) && !(value & pass))
		return 0;
	return pbng_cfg_hw_update(cfg, reg->off, reg->len, pass, reg->w1c, value);
}

/* What the device has and no register claims. */
static int write_raw(struct pbng_cfg *cfg, u16 off, u16 len, u32 value)
{
	u32 all = pbng_cfg_bits(len), allowed = all;
	u32 hw, denied;
	int err;

	if (cfg->policy < PBNG_POLICY_STANDARD)
		allowed = pbng_cfg_quirk_mask(cfg, off, len);
	if (allowed == all)
		return pbng_cfg_hw_write(cfg, off, len, value);
	err = pbng_cfg_hw_read(cfg, off, len, &hw);
	if (err)
		return err;
	denied = (hw ^ value) & all & ~allowed;
	if (denied)
		pbng_cfg_deny(cfg, off, len, denied, value, false);
	if (!allowed)
		return 0;
	return pbng_cfg_hw_write(cfg, off, len,
				 (hw & ~allowed) | (value & allowed));
}

/*
 * Some bytes of a request are raw: one by one, because the registers beside them
 * must not be written, not even with what they have.
 */
static int write_raw_bytes(struct pbng_cfg *cfg, u16 off, u32 bytes, u32 value)
{
	int err = 0;

	for (; !err && bytes; off++, bytes >>= 8, value >>= 8)
		if (bytes & 0xff)
			err = write_raw(cfg, off, 1, value & 0xff);
	return err;
}

static int deny_fixed(struct pbng_cfg *cfg, u16 off, u16 len, u32 mask, u32 value)
{
	u32 hw;
	int err;

	err = pbng_cfg_hw_read(cfg, off, len, &hw);
	mask &= hw ^ value;
	if (!err && mask)
		pbng_cfg_deny(cfg, off, len, mask, value, true);
	return err;
}

/* The bytes @mask of the request at @off, which are the register's. */
static int write_part(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg, u16 off,
		      u16 len, u32 mask, u32 value)
{
	const struct pbng_cfg_overlay *o;

	switch (reg->hook) {
	case PBNG_HOOK_HIDDEN:
		return 0;
	case PBNG_HOOK_FIXED:
		return deny_fixed(cfg, off, len, mask, value);
	case PBNG_HOOK_OVERLAY:
		o = &cfg->overlay[reg->index];
		return o->write(o->priv, off - o->off, len, value);
	default:
		return write_reg(cfg, reg, shift(mask, off, reg->off),
				 shift(value, off, reg->off));
	}
}

int pbng_cfg_write(struct pbng_cfg *cfg, s32 off, s32 len, u32 value)
{
	u32 raw;
	unsigned int i;
	int err;

	if (!request_valid(cfg, off, len))
		return -EINVAL;
	raw = pbng_cfg_bits(len);
	value &= raw;
	for (i = pbng_cfg_find(cfg, off); i < cfg->nregs; i++) {
		struct pbng_cfg_reg *reg = &cfg->reg[i];
		u32 mask;

		if (reg->off >= off + len)
			break;
		mask = common_bits(reg, off, len);
		raw &= ~mask;
		err = write_part(cfg, reg, off, len, mask, value);
		if (err)
			return err;
	}
	if (raw == pbng_cfg_bits(len))
		return write_raw(cfg, off, len, value);
	return write_raw_bytes(cfg, off, raw, value);
}

void pbng_cfg_reset(struct pbng_cfg *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nregs; i++)
		cfg->reg[i].copy = cfg->reg[i].reset;
}

void pbng_cfg_hand_over(struct pbng_cfg *cfg, enum pbng_policy policy)
{
	pbng_cfg_reset(cfg);
	cfg->policy = policy;
	cfg->denials = 0;
	cfg->unlisted = 0;
	cfg->ndenied = 0;
	cfg->looked = 0;
	cfg->logged = 0;
	cfg->logged_fixed = false;
}

/* May all of its bits be passed by whoever says so? */
static bool quirk_possible(const struct pbng_cfg *cfg,
			   const struct pbng_cfg_quirk *quirk)
{
	unsigned int end = quirk->off + quirk->len;
	unsigned int i;

	for (i = pbng_cfg_find(cfg, quirk->off); i < cfg->nregs; i++) {
		const struct pbng_cfg_reg *reg = &cfg->reg[i];
		u32 mask;

		if (reg->off >= end)
			break;
		mask = common_bits(reg, quirk->off, quirk->len) & quirk->mask;
		if (!mask)
			continue;
		if (reg->hook || mask & ~shift(can_be_opened(reg), reg->off, quirk->off))
			return false;
	}
	return true;
}

/* The index of the quirk for just this register; cfg->nquirks when there is none. */
static unsigned int find_quirk(const struct pbng_cfg *cfg,
			       const struct pbng_cfg_quirk *quirk)
{
	unsigned int i;

	for (i = 0; i < cfg->nquirks; i++)
		if (cfg->quirk[i].off == quirk->off &&
		    cfg->quirk[i].len == quirk->len)
			break;
	return i;
}

static int remove_quirk(struct pbng_cfg *cfg, unsigned int i)
{
	if (i == cfg->nquirks)
		return -ENOENT;
	cfg->nquirks--;
	memmove(&cfg->quirk[i], &cfg->quirk[i + 1],
		(cfg->nquirks - i) * sizeof(cfg->quirk[0]));
	return 0;
}

int pbng_cfg_add_quirk(struct pbng_cfg *cfg, const struct pbng_cfg_quirk *quirk)
{
	unsigned int i;

	if (!request_valid(cfg, quirk->off, quirk->len) ||
	    quirk->mask & ~pbng_cfg_bits(quirk->len))
		return -EINVAL;
	i = find_quirk(cfg, quirk);
	if (!quirk->mask)
		return remove_quirk(cfg, i);
	if (!quirk_possible(cfg, quirk))
		return -EEXIST;
	if (i == PBNG_CFG_MAX_QUIRKS)
		return -ENOSPC;
	if (i < cfg->nquirks) {
		cfg->quirk[i].mask |= quirk->mask;
		return 0;
	}
	cfg->quirk[i] = *quirk;
	cfg->nquirks++;
	return 0;
}

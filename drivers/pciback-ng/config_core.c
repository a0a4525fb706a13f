// SPDX-License-Identifier: GPL-2.0
/*
 * Access to the virtual configuration space, see config_core.h for the model.
 * How the register array comes about is in config_build_core.c.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pci_regs.h>
#include <linux/string.h>
#else
#include <linux/pci_regs.h>
#endif
#include "config_core.h"

static bool request_valid(const struct pbng_cfg *cfg, s32 off, s32 len)
{
	if (len != 1 && len != 2 && len != 4)
		return false;
	/* Negative offsets reach other devices' space below us if let through. */
	if (off < 0 || off >= cfg->size)
		return false;
	return !(off & (len - 1));
}

/* The first register that ends behind @off; nregs when there is none. */
static unsigned int first_reg(const struct pbng_cfg *cfg, unsigned int off)
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

static int hw_read(struct pbng_cfg *cfg, u16 off, u16 len, u32 *value)
{
	*value = 0;
	return cfg->io->read(cfg->priv, off, len, value);
}

static int hw_write(struct pbng_cfg *cfg, u16 off, u16 len, u32 value)
{
	return cfg->io->write(cfg->priv, off, len, value);
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
	for (i = first_reg(cfg, off); i < cfg->nregs; i++) {
		const struct pbng_cfg_reg *reg = &cfg->reg[i];

		if (reg->off >= off + len)
			break;
		if (reg->hook == PBNG_HOOK_HIDDEN) {
			u32 from = max_t(u32, reg->off, off);
			u32 to = min_t(u32, reg->off + reg->len, off + len);

			virt |= shift(pbng_cfg_bits(to - from), from, off);
			continue;
		}
		virt |= shift(reg->virt, reg->off, off);
		copy |= shift(reg->copy & reg->virt, reg->off, off);
	}
	if (~virt & bits) {
		err = hw_read(cfg, off, len, &hw);
		if (err)
			return err;
	}
	*value = ((hw & ~virt) | copy) & bits;
	return 0;
}

/*
 * Change the bits @mask of a device register. A write-1-to-clear bit that is
 * not asked for goes out as 0, or a read-modify-write would clear it.
 */
static int hw_update(struct pbng_cfg *cfg, u16 off, u16 len, u32 mask, u32 w1c,
		     u32 value)
{
	u32 hw = 0;
	int err;

	if (~(mask | w1c) & pbng_cfg_bits(len)) {
		err = hw_read(cfg, off, len, &hw);
		if (err)
			return err;
	}
	return hw_write(cfg, off, len, (hw & ~mask & ~w1c) | (value & mask));
}

static void count_denied(struct pbng_cfg *cfg, u16 off)
{
	if (!cfg->denied)
		cfg->denied_off = off;
	cfg->denied++;
}

static void write_copy(struct pbng_cfg_reg *reg, u32 mask, u32 value)
{
	mask &= reg->virt & reg->write;
	reg->copy = (reg->copy & ~mask) | (value & mask);
}

static int write_command(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
			 u32 mask, u32 value)
{
	u32 old = reg->copy;
	int err;

	write_copy(reg, mask, value);
	if (reg->copy == old)
		return 0;
	err = cfg->io->command(cfg->priv, old, reg->copy);
	if (err)
		reg->copy = old;
	return err;
}

/*
 * All ones in the address bits asks for the size; anything else reads back as
 * the address that the device really has. Writing that address puts it back
 * into a device that lost it in a reset the guest did behind our back.
 */
static int write_bar(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
		     u32 mask, u32 value)
{
	u32 old = reg->copy, new = (old & ~mask) | (value & mask);
	u32 flags = reg->base & ~reg->mask;
	u32 hw;
	int err;

	if (reg->hook == PBNG_HOOK_ROM)
		flags = new & PCI_ROM_ADDRESS_ENABLE;
	if (!reg->mask)
		return 0;
	if ((new & reg->mask) == reg->mask) {
		reg->copy = reg->mask | flags;
		return 0;
	}
	reg->copy = (reg->base & reg->mask) | flags;
	if (reg->hook == PBNG_HOOK_ROM || new != reg->base)
		return 0;
	err = hw_read(cfg, reg->off, reg->len, &hw);
	if (!err && hw != reg->base)
		err = hw_write(cfg, reg->off, reg->len, reg->base);
	return err;
}

static int write_pm_ctrl(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
			 u32 mask, u32 value)
{
	u32 pass = mask & (PCI_PM_CTRL_PME_STATUS | PCI_PM_CTRL_DATA_SEL_MASK);
	int err = 0;

	if (pass & value & PCI_PM_CTRL_PME_STATUS ||
	    pass & PCI_PM_CTRL_DATA_SEL_MASK)
		err = hw_update(cfg, reg->off, reg->len, pass, reg->w1c, value);
	if (!err && mask & PCI_PM_CTRL_STATE_MASK)
		err = cfg->io->power(cfg->priv, value & PCI_PM_CTRL_STATE_MASK);
	return err;
}

static int write_intr(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
		      u32 mask, u32 value)
{
	u32 hw;
	int err;

	err = hw_read(cfg, reg->off, reg->len, &hw);
	if (err)
		return err;
	value = (hw & ~(mask & reg->write)) | (value & mask & reg->write);
	if (value == hw)
		return 0;
	err = cfg->io->intr(cfg->priv, reg->hook, reg->off, value);
	if (err != -EACCES)
		return err;
	count_denied(cfg, reg->off);
	return 0;
}

static int write_vpd_addr(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
			  u32 mask, u32 value)
{
	/* The flag set starts a write to the card's EEPROM. */
	if (mask & value & PCI_VPD_ADDR_F) {
		count_denied(cfg, reg->off);
		return 0;
	}
	return hw_update(cfg, reg->off, reg->len, mask, 0, value);
}

/* What would change if the write went through, though it may not? */
static int note_denied(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg,
		       u32 mask, u32 value)
{
	u32 hw = 0;
	int err;

	mask &= ~reg->write & ~reg->w1c;
	if (!mask)
		return 0;
	if (mask & ~reg->virt) {
		err = hw_read(cfg, reg->off, reg->len, &hw);
		if (err)
			return err;
	}
	hw = (hw & ~reg->virt) | (reg->copy & reg->virt);
	if ((hw ^ value) & mask)
		count_denied(cfg, reg->off);
	return 0;
}

/* @mask and @value are as seen from the register's own offset. */
static int write_reg(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
		     u32 mask, u32 value)
{
	u32 pass;
	int err;

	switch (reg->hook) {
	case PBNG_HOOK_HIDDEN:
		return 0;
	case PBNG_HOOK_COMMAND:
		return write_command(cfg, reg, mask, value);
	case PBNG_HOOK_BAR:
	case PBNG_HOOK_ROM:
		return write_bar(cfg, reg, mask, value);
	case PBNG_HOOK_PM_CTRL:
		return write_pm_ctrl(cfg, reg, mask, value);
	case PBNG_HOOK_MSI_CTRL:
	case PBNG_HOOK_MSIX_CTRL:
		return write_intr(cfg, reg, mask, value);
	case PBNG_HOOK_VPD_ADDR:
		return write_vpd_addr(cfg, reg, mask, value);
	default:
		break;
	}
	err = note_denied(cfg, reg, mask, value);
	if (err)
		return err;
	write_copy(reg, mask, value);
	pass = mask & reg->write & ~reg->virt;
	/* Only zeroes for write-1-to-clear bits: nothing happens. */
	if (!(pass & ~reg->w1c) && !(value & pass))
		return 0;
	return hw_update(cfg, reg->off, reg->len, pass, reg->w1c, value);
}

/* The bits of [off, off+len) that quirks allow, as seen from @off. */
static u32 quirk_mask(const struct pbng_cfg *cfg, u16 off, u16 len)
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

/* Bytes that no register claims: @bytes of the request at @off. */
static int write_raw(struct pbng_cfg *cfg, u16 off, u16 len, u32 bytes,
		     u32 value)
{
	u32 allowed = bytes;
	u32 hw;
	int err;

	if (!cfg->permissive)
		allowed &= quirk_mask(cfg, off, len);
	if (allowed == pbng_cfg_bits(len))
		return hw_write(cfg, off, len, value);
	err = hw_read(cfg, off, len, &hw);
	if (err)
		return err;
	if ((hw ^ value) & bytes & ~allowed)
		count_denied(cfg, off);
	if (!allowed)
		return 0;
	return hw_write(cfg, off, len, (hw & ~allowed) | (value & allowed));
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
	for (i = first_reg(cfg, off); i < cfg->nregs; i++) {
		struct pbng_cfg_reg *reg = &cfg->reg[i];
		u32 from = max_t(u32, reg->off, off);
		u32 to = min_t(u32, reg->off + reg->len, off + len);
		u32 mask;

		if (reg->off >= off + len)
			break;
		mask = shift(pbng_cfg_bits(to - from), from, off);
		raw &= ~mask;
		if (reg->hook == PBNG_HOOK_HIDDEN)
			continue;
		err = write_reg(cfg, reg, shift(mask, off, reg->off),
				shift(value, off, reg->off));
		if (err)
			return err;
	}
	return raw ? write_raw(cfg, off, len, raw, value) : 0;
}

void pbng_cfg_reset(struct pbng_cfg *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nregs; i++)
		cfg->reg[i].copy = cfg->reg[i].reset;
	cfg->permissive = false;
	cfg->denied = 0;
	cfg->denied_off = 0;
}

int pbng_cfg_add_quirk(struct pbng_cfg *cfg, const struct pbng_cfg_quirk *quirk)
{
	unsigned int i;

	if (!request_valid(cfg, quirk->off, quirk->len) ||
	    quirk->mask & ~pbng_cfg_bits(quirk->len))
		return -EINVAL;
	i = first_reg(cfg, quirk->off);
	if (i < cfg->nregs && cfg->reg[i].off < quirk->off + quirk->len)
		return -EEXIST;
	for (i = 0; i < cfg->nquirks; i++)
		if (cfg->quirk[i].off == quirk->off &&
		    cfg->quirk[i].len == quirk->len)
			break;
	if (i == PBNG_CFG_MAX_QUIRKS)
		return -ENOSPC;
	cfg->quirk[i] = *quirk;
	if (i == cfg->nquirks)
		cfg->nquirks++;
	return 0;
}

int pbng_cfg_add_reg(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg)
{
	unsigned int i = first_reg(cfg, reg->off);

	/* A capability list can point into a register we have: first come. */
	if (i < cfg->nregs && cfg->reg[i].off < reg->off + reg->len)
		return -EEXIST;
	if (cfg->nregs == cfg->capacity)
		return -ENOSPC;
	memmove(&cfg->reg[i + 1], &cfg->reg[i],
		(cfg->nregs - i) * sizeof(cfg->reg[0]));
	cfg->reg[i] = *reg;
	cfg->reg[i].copy = reg->reset;
	cfg->nregs++;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to registers that have a meaning of their own, see config_core.h. @mask
 * says which bits of the register a write reaches.
 */
#include "config_part.h"

/* Bits of COMMAND that nobody but the device needs to know of. */
#define COMMAND_PASS	(PCI_COMMAND_SPECIAL | PCI_COMMAND_VGA_PALETTE | \
			 PCI_COMMAND_WAIT | PCI_COMMAND_FAST_BACK)

/* Strict leaves the answer to parity errors to the host. */
static u32 command_pass(const struct pbng_cfg *cfg)
{
	return cfg->policy < PBNG_POLICY_STANDARD ?
	       COMMAND_PASS : COMMAND_PASS | PCI_COMMAND_PARITY;
}

/* The device must be able to report; what the guest writes it only reads back. */
#define COMMAND_PIN	PCI_COMMAND_SERR

int pbng_cfg_pin(struct pbng_cfg *cfg)
{
	return pbng_cfg_hw_update(cfg, PCI_COMMAND, 2, COMMAND_PIN, 0, COMMAND_PIN);
}

static int write_command(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
			 u32 mask, u32 value)
{
	u32 old = reg->copy, pass = command_pass(cfg);
	int err;

	pbng_cfg_write_copy(reg, mask, value);
	if (reg->copy == old)
		return 0;
	err = cfg->io->command(cfg->priv, old, reg->copy);
	if (!err && (reg->copy ^ old) & pass)
		err = pbng_cfg_hw_update(cfg, PCI_COMMAND, 2, pass | COMMAND_PIN, 0,
					 (reg->copy & pass) | COMMAND_PIN);
	if (err) {
		/* A part may be done: bus mastering before a cache line that cannot be set. */
		cfg->io->command(cfg->priv, reg->copy, old);
		reg->copy = old;
	}
	return err;
}

/* Put @value into an address register of the device that has another. */
static int settle_bar(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg,
		      u32 value)
{
	u32 hw;
	int err;

	err = pbng_cfg_hw_read(cfg, reg->off, reg->len, &hw);
	if (!err && hw != value)
		err = pbng_cfg_hw_write(cfg, reg->off, reg->len, value);
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
	u32 new = (reg->copy & ~mask) | (value & mask);
	u32 flags = reg->base & ~reg->mask;

	if (!reg->mask)
		return 0;
	if ((new & reg->mask) == reg->mask) {
		reg->copy = reg->mask | flags;
		return 0;
	}
	reg->copy = reg->base;
	return new == reg->base ? settle_bar(cfg, reg, new) : 0;
}

/* A ROM can share its decoder with a BAR, hence off until the guest wants it. */
static int write_rom(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
		     u32 mask, u32 value)
{
	u32 new = (reg->copy & ~mask) | (value & mask);
	u32 enable = new & PCI_ROM_ADDRESS_ENABLE;

	if (!reg->mask)
		return 0;
	if ((new & reg->mask) == reg->mask) {
		reg->copy = reg->mask | enable;
		return 0;
	}
	reg->copy = reg->base | enable;
	return settle_bar(cfg, reg, reg->copy);
}

static int write_pm_ctrl(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
			 u32 mask, u32 value)
{
	u32 pass = mask & (PCI_PM_CTRL_PME_STATUS | PCI_PM_CTRL_DATA_SEL_MASK);
	int err = 0;

	if (pass)
		err = pbng_cfg_hw_update(cfg, reg->off, reg->len, pass, reg->w1c,
					 value);
	if (!err && mask & PCI_PM_CTRL_STATE_MASK)
		err = cfg->io->power(cfg->priv, value & PCI_PM_CTRL_STATE_MASK);
	return err;
}

/*
 * Guests write these although their interrupts come by another way, and need no
 * answer: what may not be is no denial. The copy, which no read shows, has what the
 * device would lose.
 */
static int write_intr(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
		      u32 mask, u32 value)
{
	u32 hw;
	int err;

	err = pbng_cfg_hw_read(cfg, reg->off, reg->len, &hw);
	if (err)
		return err;
	value = (hw & ~(mask & reg->write)) | (value & mask & reg->write);
	/* What the guest has off is not put back. */
	reg->copy &= value;
	if (value == hw)
		return 0;
	err = cfg->io->intr(cfg->priv, reg->hook, reg->off, value);
	if (!err)
		reg->copy = value & reg->write;
	return err == -EACCES ? 0 : err;
}

static int write_vpd_addr(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
			  u32 mask, u32 value)
{
	/* The flag set starts a write to the card's EEPROM. */
	if (mask & value & PCI_VPD_ADDR_F) {
		pbng_cfg_deny(cfg, reg->off, reg->len, PCI_VPD_ADDR_F, value, true);
		return 0;
	}
	/* Nor may the one go back that the device set when its last read was done. */
	return pbng_cfg_hw_update(cfg, reg->off, reg->len, mask | PCI_VPD_ADDR_F, 0, value);
}

/*
 * Read requests smaller than the payload that the host has set up make no
 * sense to some devices. The reset does not go out from here: the host does it,
 * and puts back what the device forgets.
 */
static int write_devctl(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
			u32 mask, u32 value)
{
	u32 pass = mask & pbng_cfg_passed(cfg, reg) & ~PCI_EXP_DEVCTL_BCR_FLR;
	u32 hw, new, floor;
	int err;

	pbng_cfg_write_copy(reg, mask, value);
	err = pbng_cfg_hw_read(cfg, reg->off, reg->len, &hw);
	if (err)
		return err;
	new = (hw & ~pass) | (value & pass);
	floor = (hw & PCI_EXP_DEVCTL_PAYLOAD) << 7;
	if ((new & PCI_EXP_DEVCTL_READRQ) < floor)
		new = (new & ~PCI_EXP_DEVCTL_READRQ) | floor;
	if (new != hw)
		err = pbng_cfg_hw_write(cfg, reg->off, reg->len, new);
	if (!err && mask & value & reg->base)
		err = cfg->io->flr(cfg->priv);
	return err;
}

#define LNKCTL_SAVING	(PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_CLKREQ_EN)

/*
 * Power saving on a link needs both ends, and the guest has one: it can be
 * given up (errata want that), and had again as far as the host had it.
 */
static int write_lnkctl(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg,
			u32 mask, u32 value)
{
	u32 old = reg->copy;

	pbng_cfg_write_copy(reg, mask, value);
	if (!((reg->copy ^ old) & LNKCTL_SAVING))
		return 0;
	return pbng_cfg_hw_update(cfg, reg->off, reg->len, LNKCTL_SAVING, 0,
				  reg->base & reg->copy);
}

int pbng_cfg_hook_write(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg, u32 mask,
			u32 value)
{
	switch (reg->hook) {
	case PBNG_HOOK_COMMAND:
		return write_command(cfg, reg, mask, value);
	case PBNG_HOOK_BAR:
		return write_bar(cfg, reg, mask, value);
	case PBNG_HOOK_ROM:
		return write_rom(cfg, reg, mask, value);
	case PBNG_HOOK_PM_CTRL:
		return write_pm_ctrl(cfg, reg, mask, value);
	case PBNG_HOOK_MSI_CTRL:
	case PBNG_HOOK_MSIX_CTRL:
		return write_intr(cfg, reg, mask, value);
	case PBNG_HOOK_VPD_ADDR:
		return write_vpd_addr(cfg, reg, mask, value);
	case PBNG_HOOK_DEVCTL:
		return write_devctl(cfg, reg, mask, value);
	case PBNG_HOOK_LNKCTL:
		return write_lnkctl(cfg, reg, mask, value);
	default: /* PBNG_HOOK_AF_CTRL */
		return mask & value & reg->base ? cfg->io->flr(cfg->priv) : 0;
	}
}

/* Bits of COMMAND that the host sets and clears for the guest. */
#define COMMAND_ASKED	(PCI_COMMAND_MASTER | PCI_COMMAND_INVALIDATE | \
			 PCI_COMMAND_INTX_DISABLE)
#define COMMAND_DECODE	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

static int sync_command(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg)
{
	u32 keep = COMMAND_PIN | (reg->copy & COMMAND_DECODE);
	u32 pass = command_pass(cfg);
	u32 hw, old;
	int err;

	err = pbng_cfg_hw_read(cfg, reg->off, reg->len, &hw);
	if (err)
		return err;
	old = (reg->copy & ~COMMAND_ASKED) | (hw & COMMAND_ASKED);
	if (old != reg->copy)
		err = cfg->io->command(cfg->priv, old, reg->copy);
	if (err)
		return err;

	return pbng_cfg_hw_update(cfg, reg->off, reg->len, pass | keep, 0,
				  (reg->copy & pass) | keep);
}

static int sync_intr(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg)
{
	u32 hw;
	int err;

	err = pbng_cfg_hw_read(cfg, reg->off, reg->len, &hw);
	if (err || !(reg->copy & ~hw))
		return err;
	err = cfg->io->intr(cfg->priv, reg->hook, reg->off, hw | reg->copy);
	return err == -EACCES ? 0 : err;
}

static int sync_reg(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg)
{
	u32 enable = reg->copy & PCI_ROM_ADDRESS_ENABLE;

	switch (reg->hook) {
	case PBNG_HOOK_COMMAND:
		return sync_command(cfg, reg);
	case PBNG_HOOK_ROM:
		return reg->mask ? settle_bar(cfg, reg, reg->base | enable) : 0;
	case PBNG_HOOK_MSI_CTRL:
	case PBNG_HOOK_MSIX_CTRL:
		return sync_intr(cfg, reg);
	case PBNG_HOOK_LNKCTL:
		return pbng_cfg_hw_update(cfg, reg->off, reg->len, LNKCTL_SAVING, 0,
					  reg->base & reg->copy);
	default:
		return 0;
	}
}

int pbng_cfg_sync(struct pbng_cfg *cfg)
{
	int err, result = 0;
	unsigned int i;

	for (i = 0; i < cfg->nregs; i++) {
		err = sync_reg(cfg, &cfg->reg[i]);
		result = result ?: err;
	}
	return result;
}

void pbng_cfg_drop_command(struct pbng_cfg *cfg, u16 bits)
{
	struct pbng_cfg_reg *reg = pbng_cfg_at(cfg, PCI_COMMAND);

	reg->copy &= ~(u32)bits;
}

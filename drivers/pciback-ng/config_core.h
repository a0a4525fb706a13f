/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration space that a guest sees: which bits are the device's,
 * which are our copy, and which of them the guest may change.
 *
 * Every register we know something about is one struct pbng_cfg_reg; together
 * they are a sorted array, built once a device from the tables in
 * config_tables.c and the device's capability lists. What is in no register
 * ("raw") is read from the device and not written, unless the device is
 * permissive or a quirk allows these bits.
 *
 *              virt bit = 0              virt bit = 1
 *  write = 0   device, read-only         our copy, read-only
 *  write = 1   device, passed through    our copy, RAM
 *
 * A hook replaces the write column where a register has a meaning of its own
 * (BAR sizing, COMMAND, power state, ...).
 *
 * Pure logic: the device is reached through struct pbng_cfg_io only, so unit
 * tests run on it in user space. The caller serialises access (dev->lock).
 */
#ifndef PBNG_CONFIG_CORE_H
#define PBNG_CONFIG_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define PBNG_CFG_SIZE		256
#define PBNG_CFG_EXT_SIZE	4096
#define PBNG_CFG_BARS		6
#define PBNG_CFG_ROM		6	/* index of the ROM among the BARs */

enum pbng_cfg_hook {
	PBNG_HOOK_NONE,
	PBNG_HOOK_COMMAND,	/* decode, bus mastering: asked of the host */
	PBNG_HOOK_BAR,		/* sizing is answered, the address is fixed */
	PBNG_HOOK_ROM,		/* the same with an enable bit that is RAM */
	PBNG_HOOK_PM_CTRL,	/* power state: asked of the host */
	PBNG_HOOK_MSI_CTRL,	/* enable bit, if the administrator allows it */
	PBNG_HOOK_MSIX_CTRL,	/* the same, with mask-all */
	PBNG_HOOK_VPD_ADDR,	/* reads may be started, writes may not */
	PBNG_HOOK_HIDDEN,	/* reads as zero, writes vanish; any length */
};

/**
 * struct pbng_cfg_reg - one register as this device's guest sees it
 * @off: offset in configuration space
 * @len: 1, 2 or 4 bytes; PBNG_HOOK_HIDDEN may be longer
 * @hook: who handles a write
 * @bar: which BAR, for PBNG_HOOK_BAR and PBNG_HOOK_ROM
 * @virt: bits answered from @copy
 * @write: bits a guest may change
 * @w1c: bits that a write of 1 clears in the device: never written back by us
 * @reset: @copy when the device changes hands
 * @copy: the virtual bits as they are now
 * @base: BAR: the register as it is in the device
 * @mask: BAR: the address bits that sizing shows
 */
struct pbng_cfg_reg {
	u16 off;
	u16 len;
	u8 hook;
	u8 bar;
	u32 virt;
	u32 write;
	u32 w1c;
	u32 reset;
	u32 copy;
	u32 base;
	u32 mask;
};

/**
 * struct pbng_cfg_quirk - bits of a raw register that one device may pass
 * @off: offset in configuration space
 * @len: 1, 2 or 4 bytes
 * @mask: the bits that a guest may change
 */
struct pbng_cfg_quirk {
	u16 off;
	u8 len;
	u32 mask;
};

/**
 * struct pbng_cfg_io - what the core asks of its surroundings
 * @read: read @len bytes (1, 2, 4) of the device at @off
 * @write: write them
 * @command: the guest changed its COMMAND register from @old to @new
 * @power: the guest wants power state D0 to D3hot (0 to 3)
 * @intr: the guest wants an interrupt enable bit: @hook says whose, @bits the
 *	  register's new value; -EACCES when it may not
 *
 * All return 0 or a negative errno.
 */
struct pbng_cfg_io {
	int (*read)(void *priv, u16 off, u16 len, u32 *value);
	int (*write)(void *priv, u16 off, u16 len, u32 value);
	int (*command)(void *priv, u16 old, u16 new);
	int (*power)(void *priv, unsigned int state);
	int (*intr)(void *priv, enum pbng_cfg_hook hook, u16 off, u16 bits);
};

/**
 * struct pbng_cfg_bar - an address decoder of the device, in bus addresses
 * @start: where it is, 0 when not assigned
 * @size: how large, 0 when there is none
 * @flags: the low bits of the register (I/O, 64 bit, prefetchable)
 */
struct pbng_cfg_bar {
	u64 start;
	u64 size;
	u8 flags;
};

/**
 * struct pbng_cfg_device - what pbng_cfg_build() must know of a device
 * @vendor: vendor id (a VF's own register reads ffff)
 * @device: device id, likewise
 * @command: the COMMAND value that a new guest finds
 * @irq: what INTERRUPT_LINE says
 * @header: header type without the multi-function bit, 0 or 1
 * @size: bytes of configuration space, 256 or 4096
 * @bar: the decoders; index 6 is the ROM
 */
struct pbng_cfg_device {
	u16 vendor;
	u16 device;
	u16 command;
	u8 irq;
	u8 header;
	u16 size;
	struct pbng_cfg_bar bar[PBNG_CFG_BARS + 1];
};

#define PBNG_CFG_MAX_REGS	192
#define PBNG_CFG_MAX_QUIRKS	32

/**
 * struct pbng_cfg - one device's virtual configuration space
 * @io: how to reach the device
 * @priv: handed to @io
 * @size: bytes of configuration space
 * @permissive: raw registers are passed through
 * @capacity: room in @reg, set by whoever allocated it
 * @nregs: registers in use
 * @nquirks: quirks in use
 * @denied: guest writes that were dropped since the device changed hands
 * @denied_off: offset of the first of them
 * @quirk: bits that may be passed in spite of the tables
 * @reg: the registers, ascending and not overlapping
 */
struct pbng_cfg {
	const struct pbng_cfg_io *io;
	void *priv;
	u16 size;
	bool permissive;
	u16 capacity;
	u16 nregs;
	u16 nquirks;
	unsigned long denied;
	u16 denied_off;
	struct pbng_cfg_quirk quirk[PBNG_CFG_MAX_QUIRKS];
	struct pbng_cfg_reg reg[];
};

/**
 * pbng_cfg_build() - make the register array of a device
 * @cfg: the result; the caller has set @cfg->io, @cfg->priv and @cfg->capacity
 *	 (PBNG_CFG_MAX_REGS is enough for any device) and zeroed the rest
 * @device: the device
 *
 * Walks both capability lists; a list that loops or leaves the space ends
 * there.
 *
 * Return: 0; -ENOSPC when the device has more registers than we can hold;
 * what @cfg->io->read said when it failed.
 */
int pbng_cfg_build(struct pbng_cfg *cfg, const struct pbng_cfg_device *device);

/**
 * pbng_cfg_reset() - forget what a guest wrote
 * @cfg: the virtual configuration space
 *
 * For a change of owner. Takes back @cfg->permissive as well; quirks stay,
 * they belong to the device.
 */
void pbng_cfg_reset(struct pbng_cfg *cfg);

/**
 * pbng_cfg_read() - a guest's read
 * @cfg: the virtual configuration space
 * @off: offset; signed as in the protocol, checked here
 * @len: 1, 2 or 4
 * @value: the result; 0 on failure
 *
 * Return: 0; -EINVAL for an offset or length that is out of bounds or not
 * aligned; what @cfg->io said.
 */
int pbng_cfg_read(struct pbng_cfg *cfg, s32 off, s32 len, u32 *value);

/**
 * pbng_cfg_write() - a guest's write
 * @cfg: the virtual configuration space
 * @off: offset, as for pbng_cfg_read()
 * @len: 1, 2 or 4
 * @value: what to write; bits beyond @len are ignored
 *
 * Bits that the guest may not change are dropped without an error, as a
 * read-only register does it, and counted in @cfg->denied.
 *
 * Return: as pbng_cfg_read().
 */
int pbng_cfg_write(struct pbng_cfg *cfg, s32 off, s32 len, u32 value);

/**
 * pbng_cfg_add_quirk() - let a guest change more bits of a raw register
 * @cfg: the virtual configuration space
 * @quirk: the bits; the same register again replaces the mask
 *
 * Return: 0; -EINVAL when @quirk is out of bounds, not aligned or wider than
 * its register; -EEXIST when a register of the tables stands there;
 * -ENOSPC when the device has too many.
 */
int pbng_cfg_add_quirk(struct pbng_cfg *cfg, const struct pbng_cfg_quirk *quirk);

/* For pbng_cfg_build() and the tables: append a register, keep the order. */
int pbng_cfg_add_reg(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg);

static inline u32 pbng_cfg_bits(unsigned int len)
{
	return len >= 4 ? ~0u : (1u << (8 * len)) - 1;
}

#endif /* PBNG_CONFIG_CORE_H */

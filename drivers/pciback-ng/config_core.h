/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration space that a guest sees: which bits are the device's,
 * which are our copy, and which of them the guest may change.
 *
 * Every register we know something about is one struct pbng_cfg_reg; together
 * they are a sorted array, built once a device from the tables in
 * config_cap_core.c and config_ext_core.c and the device's capability lists.
 * What is in no register is "raw".
 *
 *              virt bit = 0              virt bit = 1
 *  write = 0   device, read-only         our copy, read-only
 *  write = 1   device, passed through    our copy, RAM
 *
 *  policy      the device's bits that pass          raw bytes
 *  strict      write                                read-only
 *  standard    write, standard                      passed
 *  permissive  all, unless the row is PBNG_FIXED    passed
 *
 * Quirks add bits to the column of the policy, of raw bytes and of rows that
 * are neither fixed nor virtual. A hook replaces the write column where a
 * register has a meaning of its own (BAR sizing, COMMAND, power state, ...).
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

#include "policy.h"

#define PBNG_CFG_SIZE		256
#define PBNG_CFG_EXT_SIZE	4096
#define PBNG_CFG_BARS		6
#define PBNG_CFG_ROM		6	/* index of the ROM among the BARs */

enum pbng_cfg_hook {
	PBNG_HOOK_NONE,
	PBNG_HOOK_COMMAND,	/* decode, bus mastering: asked of the host */
	PBNG_HOOK_BAR,		/* sizing is answered, the address is fixed */
	PBNG_HOOK_ROM,		/* the same, and its decoder can be switched on */
	PBNG_HOOK_PM_CTRL,	/* power state: asked of the host */
	PBNG_HOOK_MSI_CTRL,	/* enable bit, if the administrator allows it */
	PBNG_HOOK_MSIX_CTRL,	/* the same, with mask-all */
	PBNG_HOOK_VPD_ADDR,	/* reads may be started, writes may not */
	PBNG_HOOK_DEVCTL,	/* function reset, a floor for read requests */
	PBNG_HOOK_LNKCTL,	/* link power saving can be given up, not wanted */
	PBNG_HOOK_AF_CTRL,	/* function reset */
	/* From here on they may be longer than 4 bytes. */
	PBNG_HOOK_FIXED,	/* the device's, never changed by a guest */
	PBNG_HOOK_HIDDEN,	/* reads as zero, writes vanish */
	PBNG_HOOK_OVERLAY,	/* somebody else's, see struct pbng_cfg_overlay */
};

/* A row's device bits that no policy and no quirk opens. */
#define PBNG_FIXED	BIT(0)
/* The copy starts as what the device had when the array was built. */
#define PBNG_FROM_HW	BIT(1)
/* The copy is for policy strict and for bits that no quirk opens; else the device's count. */
#define PBNG_STRICT_COPY	BIT(2)

/**
 * struct pbng_cfg_reg - one register as this device's guest sees it
 * @off: offset in configuration space
 * @len: 1, 2 or 4 bytes; longer for the last hooks
 * @hook: who handles a write
 * @index: which BAR or overlay, for their hooks
 * @flags: PBNG_FIXED, PBNG_FROM_HW, PBNG_STRICT_COPY
 * @virt: bits answered from @copy
 * @write: bits a guest may change
 * @standard: more of them in policy standard
 * @w1c: bits that a write of 1 clears in the device: never written back by us
 * @reset: @copy when the device changes hands
 * @copy: the virtual bits as they are now
 * @base: BAR, LNKCTL: the register as it is in the device; DEVCTL, AF_CTRL: the
 *	  bit that asks for a reset, 0 when the device has none
 * @mask: BAR: the address bits that sizing shows
 */
struct pbng_cfg_reg {
	u16 off;
	u16 len;
	u8 hook;
	u8 index;
	u8 flags;
	u32 virt;
	u32 write;
	u32 standard;
	u32 w1c;
	u32 reset;
	u32 copy;
	u32 base;
	u32 mask;
};

/**
 * struct pbng_cfg_quirk - bits of a register that one device may pass
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
 * struct pbng_cfg_denied - writes to one register that were dropped
 * @off: offset in configuration space
 * @len: 1, 2 or 4 bytes
 * @fixed: no quirk would let them through
 * @mask: the bits that would have changed, of all writes
 * @last: what was written last
 * @count: how often
 */
struct pbng_cfg_denied {
	u16 off;
	u8 len;
	bool fixed;
	u32 mask;
	u32 last;
	unsigned long count;
};

/**
 * struct pbng_cfg_overlay - bytes of the virtual space that are somebody else's
 * @off: where its capability stands, a multiple of 4; 0 when there is none
 * @len: how long it is, a multiple of 4, at least 8
 * @header: the first 4 bytes, read-only; the link to the next capability in them
 *	    is ours to set
 * @read: @off is relative to the start and at least 4, @len is 1, 2 or 4; may be called
 *	  in an interrupt
 * @write: the same
 * @priv: handed to both
 *
 * Below 256 it is a conventional capability, above an extended one.
 */
struct pbng_cfg_overlay {
	u16 off;
	u16 len;
	u32 header;
	int (*read)(void *priv, u16 off, u16 len, u32 *value);
	int (*write)(void *priv, u16 off, u16 len, u32 value);
	void *priv;
};

/**
 * struct pbng_cfg_io - what the core asks of its surroundings
 * @read: read @len bytes (1, 2, 4) of the device at @off
 * @write: write them
 * @command: the guest changed its COMMAND register from @old to @new; bits that
 *	     only have to be passed are not its business; after a failure it is called
 *	     the other way round, to undo what it did
 * @power: the guest wants power state D0 to D3hot (0 to 3); it may be in it later
 * @intr: the guest wants an interrupt enable bit: @hook says whose, @bits the
 *	  register's new value; -EACCES when it may not
 * @flr: the guest wants its function reset
 *
 * All return 0 or a negative errno.
 */
struct pbng_cfg_io {
	int (*read)(void *priv, u16 off, u16 len, u32 *value);
	int (*write)(void *priv, u16 off, u16 len, u32 value);
	int (*command)(void *priv, u16 old, u16 new);
	int (*power)(void *priv, unsigned int state);
	int (*intr)(void *priv, enum pbng_cfg_hook hook, u16 off, u16 bits);
	int (*flr)(void *priv);
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
 * @irq: what INTERRUPT_LINE says
 * @pin: what INTERRUPT_PIN says: 0 where the host has no line for it
 * @header: header type without the multi-function bit, 0 or 1
 * @size: bytes of configuration space, 256 or 4096
 * @bar: the decoders; index 6 is the ROM
 */
struct pbng_cfg_device {
	u16 vendor;
	u16 device;
	u8 irq;
	u8 pin;
	u8 header;
	u16 size;
	struct pbng_cfg_bar bar[PBNG_CFG_BARS + 1];
};

#define PBNG_CFG_MAX_REGS	320
#define PBNG_CFG_MAX_QUIRKS	64
#define PBNG_CFG_MAX_DENIED	48	/* as lines they fit into a page */
#define PBNG_CFG_LOGGED		4	/* registers of one owner that the log names */
#define PBNG_CFG_MAX_OVERLAYS	2

/**
 * struct pbng_cfg - one device's virtual configuration space
 * @io: how to reach the device
 * @priv: handed to @io
 * @size: bytes of configuration space
 * @policy: what passes
 * @capacity: room in @reg, set by whoever allocated it
 * @nregs: registers in use
 * @nquirks: quirks in use
 * @ndenied: entries of @denied in use
 * @denials: guest writes that were dropped since the device changed hands
 * @unlisted: how many of them hit a register that @denied had no room for
 * @looked: entries of @denied that pbng_cfg_next_denied() has looked at
 * @logged: those of them that a quirk could open, and that it has returned
 * @logged_fixed: it has returned one that no quirk opens
 * @denied: by register, the first that there were
 * @quirk: bits that may be passed in spite of the tables
 * @overlay: bytes that are not the device's
 * @reg: the registers, ascending and not overlapping
 */
struct pbng_cfg {
	const struct pbng_cfg_io *io;
	void *priv;
	u16 size;
	enum pbng_policy policy;
	u16 capacity;
	u16 nregs;
	u16 nquirks;
	u16 ndenied;
	unsigned long denials;
	unsigned long unlisted;
	u16 looked;
	u8 logged;
	bool logged_fixed;
	struct pbng_cfg_denied denied[PBNG_CFG_MAX_DENIED];
	struct pbng_cfg_quirk quirk[PBNG_CFG_MAX_QUIRKS];
	struct pbng_cfg_overlay overlay[PBNG_CFG_MAX_OVERLAYS];
	struct pbng_cfg_reg reg[];
};

/**
 * pbng_cfg_build() - make the register array of a device
 * @cfg: the result; the caller has set @cfg->io, @cfg->priv, @cfg->capacity
 *	 (PBNG_CFG_MAX_REGS is enough for any device that follows its
 *	 specifications), perhaps @cfg->overlay, and zeroed the rest
 * @device: the device
 *
 * Walks both capability lists; a list that loops or leaves the space ends
 * there. An overlay that has no room where it wants to be is not put in; its
 * offset is 0 afterwards.
 *
 * Return: 0; -ENOSPC when the device has more registers than we can hold;
 * what @cfg->io->read said when it failed.
 */
int pbng_cfg_build(struct pbng_cfg *cfg, const struct pbng_cfg_device *device);

/**
 * pbng_cfg_reset() - forget what a guest wrote
 * @cfg: the virtual configuration space
 *
 * As a reset of the function does it.
 */
void pbng_cfg_reset(struct pbng_cfg *cfg);

/**
 * pbng_cfg_hand_over() - make it ready for the next owner
 * @cfg: the virtual configuration space
 * @policy: what the next owner may do
 *
 * pbng_cfg_reset() and more: nothing was denied yet. Quirks stay, they belong
 * to the device. Afterwards call pbng_cfg_pin() when the device can be reached.
 */
void pbng_cfg_hand_over(struct pbng_cfg *cfg, enum pbng_policy policy);

/**
 * pbng_cfg_pin() - set the bits of the device that the policy wants set
 * @cfg: the virtual configuration space
 *
 * After a change of policy, and after anything that put other registers back.
 *
 * Return: 0 or what @cfg->io said.
 */
int pbng_cfg_pin(struct pbng_cfg *cfg);

/**
 * pbng_cfg_sync() - put into the device what the guest's copies say
 * @cfg: the virtual configuration space
 *
 * After whatever put the device's registers back, or lost them: a guest does not write what
 * it reads already. COMMAND, with bus mastering as the guest has it and decode at least so;
 * the ROM's decoder, power saving of the link, and interrupt enable bits that the guest has
 * set. What the host has set up beside that stays.
 *
 * Return: 0 or what @cfg->io said.
 */
int pbng_cfg_sync(struct pbng_cfg *cfg);

/* The host takes these bits of COMMAND from the guest; pbng_cfg_sync() does it in the device. */
void pbng_cfg_drop_command(struct pbng_cfg *cfg, u16 bits);

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
 * read-only register does it, and noted in @cfg->denied.
 *
 * Return: as pbng_cfg_read().
 */
int pbng_cfg_write(struct pbng_cfg *cfg, s32 off, s32 len, u32 value);

/**
 * pbng_cfg_add_quirk() - let a guest change more bits of a register
 * @cfg: the virtual configuration space
 * @quirk: the bits; for a register that has some already they are added to those,
 *	   and a mask of 0 closes them all
 *
 * Return: 0; -EINVAL when @quirk is out of bounds, not aligned or wider than
 * its register; -EEXIST when bits of it are virtual or may never be passed;
 * -ENOSPC when the device has too many; -ENOENT when there is nothing to close.
 */
int pbng_cfg_add_quirk(struct pbng_cfg *cfg, const struct pbng_cfg_quirk *quirk);

/* The bits of [@off, @off + @len) that quirks open, as seen from @off. */
u32 pbng_cfg_quirk_mask(const struct pbng_cfg *cfg, u16 off, u16 len);

/**
 * pbng_cfg_next_denied() - the next register that the log should name
 * @cfg: the virtual configuration space
 *
 * The first few different registers of each owner: a guest can write to any number of
 * them, and the first is rarely the one that its driver fails without.
 *
 * Return: an entry of @cfg->denied, each at most once, or NULL.
 */
const struct pbng_cfg_denied *pbng_cfg_next_denied(struct pbng_cfg *cfg);

static inline u32 pbng_cfg_bits(unsigned int len)
{
	return len >= 4 ? ~0u : (1u << (8 * len)) - 1;
}

#endif /* PBNG_CONFIG_CORE_H */

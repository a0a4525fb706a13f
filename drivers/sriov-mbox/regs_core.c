// SPDX-License-Identifier: GPL-2.0
/* Registers and window, see regs_core.h. Pure: this file also compiles in user space. */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/nospec.h>
#include <linux/string.h>
#endif

#include "regs_core.h"

#define GO_ON		0x80000000U
#define ADDRESS		0x00000ffcU

static_assert(VMBOX_WIN_SEND + sizeof(struct vmbox_hdr) + VMBOX_PIECE_MAX ==
	      VMBOX_WIN_RECEIVE);
static_assert(VMBOX_WIN_SETUP + sizeof(struct vmbox_setup) <= VMBOX_WIN_SEND);

/* Where WADDR points, or NULL: the window does not fill what it can address. */
static u8 *pointed(struct vmbox_regs *regs)
{
	u32 at = regs->waddr & ADDRESS;

	/* The VF chose it, and reads what is there: no guessing beyond the end either. */
	return at < VMBOX_WIN_LEN ? regs->window + array_index_nospec(at, VMBOX_WIN_LEN) : NULL;
}

static void go_on(struct vmbox_regs *regs)
{
	if (regs->waddr & GO_ON)
		regs->waddr = GO_ON | ((regs->waddr + 4) & ADDRESS);
}

static u32 register_at(struct vmbox_regs *regs, u16 reg)
{
	u32 value = 0;
	u8 *from;

	switch (reg) {
	case VMBOX_REG_SIGNATURE:
		return VMBOX_SIGNATURE;
	case VMBOX_REG_INFO:
		return regs->info;
	case VMBOX_REG_STATUS:
		return regs->status | (u32)regs->gen << VMBOX_STATUS_GEN_SHIFT;
	case VMBOX_REG_CTRL:
		return regs->ctrl;
	case VMBOX_REG_WADDR:
		return regs->waddr;
	case VMBOX_REG_WDATA:
		from = pointed(regs);
		if (from)
			memcpy(&value, from, sizeof(value));
		return value;
	default:
		return 0;
	}
}

static u32 mask_of(u16 len)
{
	return len == 4 ? 0xffffffff : (1U << 8 * len) - 1;
}

u32 vmbox_regs_read(struct vmbox_regs *regs, u16 off, u16 len)
{
	u32 value = register_at(regs, off & ~3) >> 8 * (off & 3) & mask_of(len);

	if (off + len == VMBOX_REG_WDATA + 4)
		go_on(regs);
	return value;
}

/* What the VF may write there: how shared memory is to be, and a piece to send. */
static bool writable(u32 at)
{
	return (at >= VMBOX_WIN_SETUP && at < VMBOX_WIN_SETUP + sizeof(struct vmbox_setup)) ||
	       (at >= VMBOX_WIN_SEND && at < VMBOX_WIN_RECEIVE);
}

static enum vmbox_regs_action control(struct vmbox_regs *regs, u32 value)
{
	u32 was = regs->ctrl;

	regs->ctrl = value & VMBOX_CTRL_ENABLE;
	if (value & VMBOX_CTRL_RESET)
		return VMBOX_REGS_RESET;
	if (was == regs->ctrl)
		return VMBOX_REGS_NOTHING;
	return regs->ctrl ? VMBOX_REGS_ENABLE : VMBOX_REGS_DISABLE;
}

static enum vmbox_regs_action ring_bell(struct vmbox_regs *regs, u32 value)
{
	u32 bell = value & 0xff;

	if (!(regs->ctrl & VMBOX_CTRL_ENABLE) || bell < VMBOX_BELL_SEND || bell > VMBOX_BELL_KICK)
		return VMBOX_REGS_NOTHING;
	if (value >> VMBOX_STATUS_GEN_SHIFT != regs->gen)
		return VMBOX_REGS_STALE;
	return VMBOX_REGS_SEND + bell - VMBOX_BELL_SEND;
}

enum vmbox_regs_action vmbox_regs_write(struct vmbox_regs *regs, u16 off, u16 len, u32 value)
{
	u16 reg = off & ~3;
	u32 shift = 8 * (off & 3);
	u32 mask = mask_of(len) << shift;
	u8 *to;

	value = (value << shift & mask) | (register_at(regs, reg) & ~mask);
	switch (reg) {
	case VMBOX_REG_CTRL:
		return control(regs, value);
	case VMBOX_REG_WADDR:
		regs->waddr = value & (GO_ON | ADDRESS);
		return VMBOX_REGS_NOTHING;
	case VMBOX_REG_DOORBELL:
		return len == 4 ? ring_bell(regs, value) : VMBOX_REGS_NOTHING;
	case VMBOX_REG_WDATA:
		if (len != 4)
			return VMBOX_REGS_NOTHING;
		to = pointed(regs);
		if (to && writable(regs->waddr & ADDRESS))
			memcpy(to, &value, sizeof(value));
		go_on(regs);
		return VMBOX_REGS_NOTHING;
	default:
		return VMBOX_REGS_NOTHING;
	}
}

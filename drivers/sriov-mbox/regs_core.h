/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registers of the capability and the window behind them: what a VF's driver sees
 * of the mailbox in configuration space.
 */
#ifndef VMBOX_REGS_CORE_H
#define VMBOX_REGS_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif
#include <uapi/linux/sriov_mbox.h>

/**
 * struct vmbox_regs - the registers of one VF
 * @info: INFO
 * @status: the low half of STATUS; whoever reads sets it before
 * @gen: the high half of it, and what a doorbell has to have
 * @ctrl: CTRL, as the VF wrote it
 * @waddr: WADDR
 * @window: what is behind it
 */
struct vmbox_regs {
	u32 info;
	u16 status;
	u16 gen;
	u32 ctrl;
	u32 waddr;
	u8 window[VMBOX_WIN_LEN];
};

/* What a write to a register asks for. */
enum vmbox_regs_action {
	VMBOX_REGS_NOTHING,
	VMBOX_REGS_ENABLE,
	VMBOX_REGS_DISABLE,
	VMBOX_REGS_RESET,
	VMBOX_REGS_SEND,	/* the numbers of VMBOX_BELL_* from here on */
	VMBOX_REGS_TAKEN,
	VMBOX_REGS_MEMORY,
	VMBOX_REGS_NO_MEMORY,
	VMBOX_REGS_KICK,
	VMBOX_REGS_STALE,	/* a doorbell of another generation */
};

/**
 * vmbox_regs_read() - the VF reads
 * @regs: the registers
 * @off: from the start of the capability
 * @len: 1, 2 or 4, aligned; what is beyond the registers reads as 0
 *
 * Reading the last byte of WDATA goes on to the next 4 bytes where WADDR says so.
 *
 * Return: the value.
 */
u32 vmbox_regs_read(struct vmbox_regs *regs, u16 off, u16 len);

/**
 * vmbox_regs_write() - the VF writes
 * @regs: the registers
 * @off: from the start of the capability
 * @len: 1, 2 or 4, aligned; DOORBELL and WDATA take 4 only
 * @value: what
 * Return: what that asks for.
 */
enum vmbox_regs_action vmbox_regs_write(struct vmbox_regs *regs, u16 off, u16 len, u32 value);

#endif /* VMBOX_REGS_CORE_H */

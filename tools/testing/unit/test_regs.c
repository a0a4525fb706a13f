// SPDX-License-Identifier: GPL-2.0
/* What a VF's driver sees in configuration space: sriov-mbox/regs_core.c. */
#include "ktap.h"
#include "regs_core.h"

#define GO_ON		0x80000000U

static struct vmbox_regs regs;

static void start(void)
{
	regs = (struct vmbox_regs) {
		.info = VMBOX_INFO_XEN | 5, .status = VMBOX_STATUS_PF, .gen = 0x1234,
		.ctrl = VMBOX_CTRL_ENABLE,
	};
}

static u32 read4(u16 off)
{
	return vmbox_regs_read(&regs, off, 4);
}

static enum vmbox_regs_action write4(u16 off, u32 value)
{
	return vmbox_regs_write(&regs, off, 4, value);
}

static u32 word(u32 at)
{
	u32 value;

	memcpy(&value, regs.window + at, sizeof(value));
	return value;
}

TEST("registers read as a whole, in halves and in bytes")
{
	start();
	CHECK_EQ(read4(VMBOX_REG_SIGNATURE), VMBOX_SIGNATURE);
	CHECK_EQ(read4(VMBOX_REG_INFO), VMBOX_INFO_XEN | 5);
	CHECK_EQ(read4(VMBOX_REG_STATUS), 0x12340001);
	CHECK_EQ(vmbox_regs_read(&regs, VMBOX_REG_STATUS + 2, 2), 0x1234);
	CHECK_EQ(vmbox_regs_read(&regs, VMBOX_REG_STATUS + 3, 1), 0x12);
	CHECK_EQ(vmbox_regs_read(&regs, VMBOX_REG_STATUS, 1), 1);
	CHECK_EQ(read4(VMBOX_REG_CTRL), VMBOX_CTRL_ENABLE);
	/* The header is the port's; doorbells cannot be read; there is nothing behind. */
	CHECK_EQ(read4(VMBOX_REG_HEADER), 0);
	CHECK_EQ(read4(VMBOX_REG_DOORBELL), 0);
	CHECK_EQ(read4(VMBOX_REGS_LEN), 0);
}

TEST("what is read-only stays as it is")
{
	struct vmbox_regs was;
	u16 off;

	start();
	was = regs;
	for (off = 0; off < VMBOX_REG_CTRL; off += 4)
		CHECK_EQ(write4(off, 0xffffffff), VMBOX_REGS_NOTHING);
	CHECK_EQ(write4(VMBOX_REGS_LEN, 0xffffffff), VMBOX_REGS_NOTHING);
	CHECK(!memcmp(&was, &regs, sizeof(was)));
}

TEST("CTRL enables, disables and resets, and tells only what is new")
{
	start();
	CHECK_EQ(write4(VMBOX_REG_CTRL, VMBOX_CTRL_ENABLE), VMBOX_REGS_NOTHING);
	CHECK_EQ(write4(VMBOX_REG_CTRL, 0), VMBOX_REGS_DISABLE);
	CHECK_EQ(write4(VMBOX_REG_CTRL, 0xfffffffa), VMBOX_REGS_NOTHING);
	CHECK_EQ(read4(VMBOX_REG_CTRL), 0);
	CHECK_EQ(write4(VMBOX_REG_CTRL, 0xfffffffb), VMBOX_REGS_ENABLE);
	CHECK_EQ(read4(VMBOX_REG_CTRL), VMBOX_CTRL_ENABLE);
	CHECK_EQ(write4(VMBOX_REG_CTRL, VMBOX_CTRL_ENABLE | VMBOX_CTRL_RESET), VMBOX_REGS_RESET);
	CHECK_EQ(read4(VMBOX_REG_CTRL), VMBOX_CTRL_ENABLE);
	CHECK_EQ(write4(VMBOX_REG_CTRL, VMBOX_CTRL_RESET), VMBOX_REGS_RESET);
	CHECK_EQ(read4(VMBOX_REG_CTRL), 0);
	/* A byte of it leaves the others. */
	CHECK_EQ(vmbox_regs_write(&regs, VMBOX_REG_CTRL, 1, 1), VMBOX_REGS_ENABLE);
	CHECK_EQ(vmbox_regs_write(&regs, VMBOX_REG_CTRL + 1, 1, 0xff), VMBOX_REGS_NOTHING);
	CHECK_EQ(vmbox_regs_write(&regs, VMBOX_REG_CTRL + 2, 2, 0xffff), VMBOX_REGS_NOTHING);
	CHECK_EQ(read4(VMBOX_REG_CTRL), VMBOX_CTRL_ENABLE);
}

TEST("a doorbell rings with its generation, whole, when enabled")
{
	u32 bell;

	start();
	for (bell = VMBOX_BELL_SEND; bell <= VMBOX_BELL_KICK; bell++)
		CHECK_EQ(write4(VMBOX_REG_DOORBELL, 0x12340000 | bell), VMBOX_REGS_SEND + bell - 1);
	CHECK_EQ(write4(VMBOX_REG_DOORBELL, 0x12340000 | VMBOX_BELL_MEMORY), VMBOX_REGS_MEMORY);
	CHECK_EQ(write4(VMBOX_REG_DOORBELL, 0x12340000 | VMBOX_BELL_KICK), VMBOX_REGS_KICK);
	CHECK_EQ(write4(VMBOX_REG_DOORBELL, 0x12330001), VMBOX_REGS_STALE);
	CHECK_EQ(write4(VMBOX_REG_DOORBELL, 0x12340000), VMBOX_REGS_NOTHING);
	CHECK_EQ(write4(VMBOX_REG_DOORBELL, 0x12340006), VMBOX_REGS_NOTHING);
	CHECK_EQ(vmbox_regs_write(&regs, VMBOX_REG_DOORBELL, 2, 1), VMBOX_REGS_NOTHING);
	regs.ctrl = 0;
	CHECK_EQ(write4(VMBOX_REG_DOORBELL, 0x12340001), VMBOX_REGS_NOTHING);
}

TEST("the window is written where the VF may, and read anywhere")
{
	static const struct {
		u32 at;
		bool may;
	} places[] = {
		{ 0, false }, { VMBOX_WIN_SETUP - 4, false }, { VMBOX_WIN_SETUP, true },
		{ VMBOX_WIN_SETUP + sizeof(struct vmbox_setup) - 4, true },
		{ VMBOX_WIN_SETUP + sizeof(struct vmbox_setup), false },
		{ VMBOX_WIN_SEND - 4, false }, { VMBOX_WIN_SEND, true },
		{ VMBOX_WIN_RECEIVE - 4, true }, { VMBOX_WIN_RECEIVE, false },
		{ VMBOX_WIN_LEN - 4, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		start();
		write4(VMBOX_REG_WADDR, places[i].at);
		CHECK_EQ(write4(VMBOX_REG_WDATA, 0xa1b2c3d4), VMBOX_REGS_NOTHING);
		CHECK_EQ(word(places[i].at), places[i].may ? 0xa1b2c3d4 : 0);
		CHECK_EQ(read4(VMBOX_REG_WDATA), word(places[i].at));
		CHECK_EQ(read4(VMBOX_REG_WADDR), places[i].at);
	}
}

TEST("beyond the window there is nothing, up to all that an address can be")
{
	start();
	memset(regs.window, 0xff, sizeof(regs.window));
	write4(VMBOX_REG_WADDR, VMBOX_WIN_LEN);
	CHECK_EQ(read4(VMBOX_REG_WDATA), 0);
	CHECK_EQ(write4(VMBOX_REG_WDATA, 1), VMBOX_REGS_NOTHING);
	write4(VMBOX_REG_WADDR, 0x7fffffff);
	CHECK_EQ(read4(VMBOX_REG_WADDR), 0xffc);
	CHECK_EQ(read4(VMBOX_REG_WDATA), 0);
}

TEST("the address goes on after 4 bytes where that is asked for, and wraps")
{
	unsigned int i;

	start();
	write4(VMBOX_REG_WADDR, GO_ON | VMBOX_WIN_SEND);
	for (i = 0; i < 4; i++)
		write4(VMBOX_REG_WDATA, 100 + i);
	CHECK_EQ(read4(VMBOX_REG_WADDR), GO_ON | (VMBOX_WIN_SEND + 16));
	write4(VMBOX_REG_WADDR, GO_ON | VMBOX_WIN_SEND);
	for (i = 0; i < 4; i++)
		CHECK_EQ(read4(VMBOX_REG_WDATA), 100 + i);
	/* Byte by byte: with the last of them. */
	write4(VMBOX_REG_WADDR, GO_ON | VMBOX_WIN_SEND);
	CHECK_EQ(vmbox_regs_read(&regs, VMBOX_REG_WDATA, 1), 100);
	CHECK_EQ(vmbox_regs_read(&regs, VMBOX_REG_WDATA + 3, 1), 0);
	CHECK_EQ(vmbox_regs_read(&regs, VMBOX_REG_WDATA, 2), 101);
	write4(VMBOX_REG_WADDR, GO_ON | 0xffc);
	read4(VMBOX_REG_WDATA);
	CHECK_EQ(read4(VMBOX_REG_WADDR), GO_ON);
}

TEST("a part of WDATA is not written, and moves nothing")
{
	start();
	write4(VMBOX_REG_WADDR, GO_ON | VMBOX_WIN_SEND);
	CHECK_EQ(vmbox_regs_write(&regs, VMBOX_REG_WDATA, 1, 0xff), VMBOX_REGS_NOTHING);
	CHECK_EQ(vmbox_regs_write(&regs, VMBOX_REG_WDATA + 2, 2, 0xff), VMBOX_REGS_NOTHING);
	CHECK_EQ(word(VMBOX_WIN_SEND), 0);
	CHECK_EQ(read4(VMBOX_REG_WADDR), GO_ON | VMBOX_WIN_SEND);
}

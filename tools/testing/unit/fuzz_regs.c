// SPDX-License-Identifier: GPL-2.0
/*
 * Any accesses of a VF to the registers of the mailbox. Each takes 6 bytes: what, where,
 * and a value.
 *
 * bytes: 12 18 00 01 00 80 12 1c 44 33 22 11 12 14 01 00 07 00 02 1c 00 00 00 00
 * bytes: 12 10 01 00 00 00 10 10 05 00 00 00 12 18 80 00 00 80 12 1c 06 00 00 00
 */
#include "fuzz_input.h"
#include "regs_core.h"

#define GEN	7

static struct vmbox_regs regs;
static u8 was[VMBOX_WIN_LEN];

/* Bytes of the window that the VF has no business with stay as they were. */
static void check_window(void)
{
	u32 i;

	for (i = 0; i < VMBOX_WIN_LEN; i++)
		if ((i < VMBOX_WIN_SETUP || i >= VMBOX_WIN_SETUP + sizeof(struct vmbox_setup)) &&
		    (i < VMBOX_WIN_SEND || i >= VMBOX_WIN_RECEIVE))
			FUZZ_CHECK(regs.window[i] == was[i]);
}

static void write_one(u16 off, u16 len, u32 value)
{
	enum vmbox_regs_action action = vmbox_regs_write(&regs, off, len, value);

	FUZZ_CHECK(action <= VMBOX_REGS_STALE);
	if (action >= VMBOX_REGS_SEND)
		FUZZ_CHECK(off == VMBOX_REG_DOORBELL && len == 4 && regs.ctrl);
	else if (action != VMBOX_REGS_NOTHING)
		FUZZ_CHECK((off & ~3) == VMBOX_REG_CTRL);
	if (action >= VMBOX_REGS_SEND && action < VMBOX_REGS_STALE)
		FUZZ_CHECK(value >> VMBOX_STATUS_GEN_SHIFT == GEN);
	if (action == VMBOX_REGS_ENABLE || action == VMBOX_REGS_DISABLE)
		FUZZ_CHECK(regs.ctrl == (action == VMBOX_REGS_ENABLE));
	FUZZ_CHECK(!(regs.ctrl & ~VMBOX_CTRL_ENABLE));
	FUZZ_CHECK(!(regs.waddr & 0x7ffff003));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u16 lengths[] = { 1, 2, 4, 4 };

	input_is(data, size);
	memset(&regs, 0, sizeof(regs));
	memset(regs.window, 0x5a, sizeof(regs.window));
	memcpy(was, regs.window, sizeof(was));
	regs.info = 0x00100003;
	regs.gen = GEN;
	while (input_left) {
		u8 what = take_number(1);
		u16 len = lengths[what & 3];
		u16 off = take_number(1) & ~(len - 1);
		u32 value = take_number(4);

		if (what & 0x10)
			write_one(off, len, value);
		else
			value = vmbox_regs_read(&regs, off, len);
		if (!(what & 0x10) && len < 4)
			FUZZ_CHECK(value < 1U << 8 * len);
		check_window();
	}
	FUZZ_CHECK(vmbox_regs_read(&regs, VMBOX_REG_SIGNATURE, 4) == VMBOX_SIGNATURE);
	FUZZ_CHECK(vmbox_regs_read(&regs, VMBOX_REG_INFO, 4) == 0x00100003);
	FUZZ_CHECK(vmbox_regs_read(&regs, VMBOX_REG_STATUS, 4) == GEN << 16);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/* Registers with a meaning of their own, and quirks: config_hook_core.c, config_core.c. */
#include "config_card.h"

TEST("SERR# is pinned in the device, whatever the guest writes")
{
	fresh();
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STANDARD);
	put(PCI_COMMAND, 2, 0x0406);
	CHECK_EQ(pbng_cfg_pin(cfg), 0);
	CHECK_EQ(hw_writes, 1);
	CHECK_EQ(get(PCI_COMMAND, 4), 0x00100506u);
	/* The guest clears it in its copy only. */
	WR(PCI_COMMAND, 2, PCI_COMMAND_SERR | PCI_COMMAND_PARITY);
	CHECK_EQ(get(PCI_COMMAND, 2), 0x0546u);
	put(PCI_COMMAND, 2, 0x0446);
	WR(PCI_COMMAND, 2, 0);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0u);
	CHECK_EQ(get(PCI_COMMAND, 2), 0x0506u);
	hw_fails_at = PCI_COMMAND;
	CHECK_EQ(pbng_cfg_pin(cfg), -EIO);
}

TEST("bits of COMMAND are passed by themselves, parity errors not by strict")
{
	const u16 passed = PCI_COMMAND_SPECIAL | PCI_COMMAND_VGA_PALETTE |
			   PCI_COMMAND_WAIT | PCI_COMMAND_FAST_BACK;

	fresh();
	put(PCI_COMMAND, 2, 0x0500);
	WR(PCI_COMMAND, 2, 0xffff);
	CHECK_EQ(get(PCI_COMMAND, 2), 0x0500 | passed);
	CHECK_EQ(commands, 1);
	CHECK_EQ(command_old, 0);
	CHECK_EQ(command_new, rd(PCI_COMMAND, 2));
	WR(PCI_COMMAND, 2, 0xffff);
	CHECK_EQ(commands, 1);
	WR(PCI_COMMAND, 2, 0);
	CHECK_EQ(get(PCI_COMMAND, 2), 0x0500u);
	/* What the host has to do alone costs the device no access. */
	hw_writes = 0;
	WR(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	CHECK_EQ(hw_writes, 0);
	pbng_cfg_hand_over(cfg, PBNG_POLICY_PERMISSIVE);
	WR(PCI_COMMAND, 2, PCI_COMMAND_PARITY);
	CHECK_EQ(get(PCI_COMMAND, 2), 0x0540u);
}

TEST("a COMMAND that the device does not take reads back as before")
{
	fresh();
	WR(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	hw_fails_at = PCI_COMMAND;
	CHECK_EQ(pbng_cfg_write(cfg, PCI_COMMAND, 2, PCI_COMMAND_SPECIAL), -EIO);
	hw_fails_at = 0;
	CHECK_EQ(rd(PCI_COMMAND, 2), (u32)PCI_COMMAND_MEMORY);
	/* And it is not asked for what the host refused. */
	command_result = -EPERM;
	hw_writes = 0;
	CHECK_EQ(pbng_cfg_write(cfg, PCI_COMMAND, 2, PCI_COMMAND_SPECIAL), -EPERM);
	CHECK_EQ(hw_writes, 0);
}

TEST("of a COMMAND that fails half-way the host is asked to undo the rest (case K21)")
{
	const u16 new = PCI_COMMAND_MASTER | PCI_COMMAND_INVALIDATE;

	fresh();
	command_result = -EINVAL;
	CHECK_EQ(pbng_cfg_write(cfg, PCI_COMMAND, 2, new), -EINVAL);
	CHECK_EQ(commands, 2);
	CHECK_EQ(command_old, new);
	CHECK_EQ(command_new, 0);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0u);
	/* The same where a bit cannot be passed that follows what the host did. */
	command_result = 0;
	fail_after = 2;
	CHECK_EQ(pbng_cfg_write(cfg, PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_SPECIAL),
		 -EIO);
	CHECK_EQ(commands, 4);
	CHECK_EQ(command_new, 0);
	CHECK_EQ(rd(PCI_COMMAND, 2), 0u);
}

TEST("a quirk is for device bits only, but may reach over others with no bits")
{
	const struct pbng_cfg_quirk quirk = { .off = PCI_STATUS, .len = 1, .mask = 0x01 };
	const struct pbng_cfg_quirk over = { .off = CAP_VENDOR, .len = 4, .mask = 0xff0000 };
	const struct pbng_cfg_quirk virt = { .off = PCI_STATUS, .len = 1, .mask = 0x10 };
	const struct pbng_cfg_quirk hook = { .off = CAP_MSI + 2, .len = 1, .mask = 0x02 };
	const struct pbng_cfg_quirk fixed = { .off = CAP_EXP + 4, .len = 1, .mask = 0x01 };

	fresh();
	put(PCI_STATUS, 2, 0x10);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &quirk), 0);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &over), 0);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &virt), -EEXIST);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &hook), -EEXIST);
	CHECK_EQ(pbng_cfg_add_quirk(cfg, &fixed), -EEXIST);
	WR(PCI_STATUS, 2, 0x0f);
	CHECK_EQ(get(PCI_STATUS, 2), 0x11u);
	WR(CAP_VENDOR, 4, 0xffffffff);
	CHECK_EQ(get(CAP_VENDOR, 4), 0xff0009u);
}

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

/* As after D3hot in a function without NoSoftRst. */
static void lose_hw(void)
{
	put(PCI_COMMAND, 2, 0);
	put(PCI_ROM_ADDRESS, 4, 0);
	put(CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT);
	put(CAP_MSIX + PCI_MSIX_FLAGS, 2, 4);
	put(CAP_EXP + PCI_EXP_LNKCTL, 2, 0x0043);
}

TEST("what a device has lost it gets from the guest's copies (case K5)")
{
	const u16 command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_SPECIAL;

	fresh();
	WR(PCI_COMMAND, 2, command);
	WR(PCI_ROM_ADDRESS, 4, 0xfe040001);
	WR(CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
	WR(CAP_EXP + PCI_EXP_LNKCTL, 2, 0);
	lose_hw();
	commands = 0;
	intrs = 0;
	CHECK_EQ(pbng_cfg_sync(cfg), 0);
	/* The host does what it does for the guest, the rest goes out from here. */
	CHECK_EQ(commands, 1);
	CHECK_EQ(command_old, command & ~PCI_COMMAND_MASTER);
	CHECK_EQ(command_new, command);
	CHECK_EQ(get(PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_SPECIAL |
				      PCI_COMMAND_SERR);
	CHECK_EQ(get(PCI_ROM_ADDRESS, 4), 0xfe040001u);
	CHECK_EQ(intrs, 1);
	CHECK_EQ(intr_off, CAP_MSI + PCI_MSI_FLAGS);
	CHECK_EQ(intr_bits, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_ENABLE);
	CHECK_EQ(get(CAP_EXP + PCI_EXP_LNKCTL, 2), 0x0040u);
}

TEST("where a device has lost nothing it is left alone, decode above all (case K5)")
{
	fresh();
	put(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_SERR | PCI_COMMAND_SPECIAL);
	put(PCI_ROM_ADDRESS, 4, 0xfe040000);
	put(CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_ENABLE);
	CHECK_EQ(pbng_cfg_sync(cfg), 0);
	CHECK_EQ(commands, 0);
	CHECK_EQ(intrs, 0);
	/* But not what the guest has off: it reads as much. */
	CHECK_EQ(get(PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_SERR);
	CHECK_EQ(get(CAP_MSI + PCI_MSI_FLAGS, 2), PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_ENABLE);
	/* Nor DMA that the host has on. */
	put(PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	CHECK_EQ(pbng_cfg_sync(cfg), 0);
	CHECK_EQ(command_old, PCI_COMMAND_MASTER);
	CHECK_EQ(command_new, 0);
}

TEST("interrupts that a guest may not have by itself are not put back (case K5)")
{
	fresh();
	intr_result = -EACCES;
	WR(CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
	intrs = 0;
	CHECK_EQ(pbng_cfg_sync(cfg), 0);
	CHECK_EQ(intrs, 0);
	intr_result = 0;
	WR(CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
	WR(CAP_MSIX + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_MASKALL);
	intr_result = -EACCES;
	intrs = 0;
	CHECK_EQ(pbng_cfg_sync(cfg), 0);
	CHECK_EQ(intrs, 2);
	/* Nor are those that it has switched off, be it after the device lost them. */
	intr_result = 0;
	lose_hw();
	WR(CAP_MSI + PCI_MSI_FLAGS, 2, 0);
	intrs = 0;
	CHECK_EQ(pbng_cfg_sync(cfg), 0);
	CHECK_EQ(intrs, 1);
	CHECK_EQ(intr_hook, PBNG_HOOK_MSIX_CTRL);
	intr_result = -EACCES;
	intrs = 2;
	/* A reset of its own forgets them. */
	pbng_cfg_reset(cfg);
	CHECK_EQ(pbng_cfg_sync(cfg), 0);
	CHECK_EQ(intrs, 2);
}

TEST("one register that fails does not keep the others from being put back (case K5)")
{
	fresh();
	WR(PCI_ROM_ADDRESS, 4, 0xfe040001);
	lose_hw();
	hw_fails_at = PCI_COMMAND;
	CHECK_EQ(pbng_cfg_sync(cfg), -EIO);
	CHECK_EQ(get(PCI_ROM_ADDRESS, 4), 0xfe040001u);
	hw_fails_at = CAP_MSI + PCI_MSI_FLAGS;
	CHECK_EQ(pbng_cfg_sync(cfg), -EIO);
	hw_fails_at = 0;
	WR(PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	command_result = -EPERM;
	CHECK_EQ(pbng_cfg_sync(cfg), -EPERM);
}

TEST("bits of COMMAND that the host takes are off for the guest, too (case K17)")
{
	fresh();
	WR(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	put(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	pbng_cfg_drop_command(cfg, PCI_COMMAND_MASTER);
	CHECK_EQ(rd(PCI_COMMAND, 2), (u32)PCI_COMMAND_MEMORY);
	CHECK_EQ(pbng_cfg_sync(cfg), 0);
	CHECK_EQ(command_new, PCI_COMMAND_MEMORY);
	/* So it can have them again. */
	commands = 0;
	WR(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	CHECK_EQ(commands, 1);
}

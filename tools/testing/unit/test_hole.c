// SPDX-License-Identifier: GPL-2.0
/* Room for registers in configuration space: hole_core.c. */
#include <string.h>

#include <linux/pci_regs.h>

#include "hole_core.h"
#include "ktap.h"

static u8 space[VMBOX_SPACE];

/* A header without capabilities, all else 0. */
static void fresh(void)
{
	memset(space, 0, sizeof(space));
	memset(space, 0xff, 4);
	space[0x2c] = 0x86;
}

static void cap(u8 at, u8 id, u8 next)
{
	space[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	space[at] = id;
	space[at + 1] = next;
}

static void begin(u8 at)
{
	space[PCI_CAPABILITY_LIST] = at;
}

/* As QEMU's 82576 has it. */
static void igb_vf(void)
{
	fresh();
	begin(0xa0);
	cap(0xa0, PCI_CAP_ID_EXP, 0x70);
	cap(0x70, PCI_CAP_ID_MSIX, 0);
}

TEST("without capabilities the first bytes behind the header")
{
	fresh();
	CHECK_EQ(vmbox_hole(space, 32), 0x40);
	CHECK_EQ(vmbox_hole(space, 0xc0), 0x40);
	CHECK_EQ(vmbox_hole(space, 0xc4), 0);
	/* The list is not there, whatever it looks like. */
	begin(0x40);
	space[0x40] = PCI_CAP_ID_EXP;
	CHECK_EQ(vmbox_hole(space, 32), 0x44);
}

TEST("between capabilities, by their lengths")
{
	igb_vf();
	CHECK_EQ(vmbox_hole(space, 32), 0x40);
	CHECK_EQ(vmbox_hole(space, 48), 0x40);
	CHECK_EQ(vmbox_hole(space, 52), 0);
	space[0x40] = 1;
	CHECK_EQ(vmbox_hole(space, 44), 0x44);
	space[0x50] = 1;
	CHECK_EQ(vmbox_hole(space, 32), 0x7c);
	space[0x80] = 1;
	/* Behind the longest that an express capability can be. */
	CHECK_EQ(vmbox_hole(space, 36), 0xdc);
	CHECK_EQ(vmbox_hole(space, 40), 0);
}

TEST("one of unknown length goes on to the next one, or to the end")
{
	fresh();
	begin(0x40);
	cap(0x40, PCI_CAP_ID_VNDR, 0xa0);
	cap(0xa0, PCI_CAP_ID_PM, 0);
	CHECK_EQ(vmbox_hole(space, 32), 0xa8);
	space[0x41] = 0;
	CHECK_EQ(vmbox_hole(space, 32), 0);
	/* That one has no end that is known, wherever the list leads to it from. */
	begin(0xc0);
	cap(0xc0, PCI_CAP_ID_HT, 0x60);
	cap(0x60, PCI_CAP_ID_VPD, 0);
	memset(space + 0x40, 0, 4);
	CHECK_EQ(vmbox_hole(space, 32), 0x40);
	CHECK_EQ(vmbox_hole(space, 36), 0x68);
}

TEST("a capability that another begins within ends there")
{
	fresh();
	begin(0xc0);
	cap(0xc0, PCI_CAP_ID_EXP, 0xd0);
	cap(0xd0, PCI_CAP_ID_PM, 0x40);
	cap(0x40, PCI_CAP_ID_HT, 0x48);
	cap(0x48, PCI_CAP_ID_MSI, 0xbc);
	cap(0xbc, PCI_CAP_ID_AF, 0);
	CHECK_EQ(vmbox_hole(space, 0x5c), 0x60);
	CHECK_EQ(vmbox_hole(space, 0x60), 0);
	memset(space + 0x60, 0xff, 0x5c);
	CHECK_EQ(vmbox_hole(space, 0x28), 0xd8);
}

TEST("a list that bites its tail, or leads into the header, ends")
{
	fresh();
	begin(0x43);
	cap(0x40, PCI_CAP_ID_PM, 0x60);
	cap(0x60, PCI_CAP_ID_SSVID, 0x40);
	CHECK_EQ(vmbox_hole(space, 24), 0x48);
	space[0x61] = 0x3c;
	CHECK_EQ(vmbox_hole(space, 28), 0x68);
	/* The last bytes of all may be one. */
	space[0x61] = 0xfc;
	cap(0xfc, PCI_CAP_ID_EXP, 0);
	CHECK_EQ(vmbox_hole(space, 0x94), 0x68);
	CHECK_EQ(vmbox_hole(space, 0x98), 0);
}

TEST("what is not 0 is no room, wherever it is")
{
	unsigned int i;

	for (i = 0x40; i < VMBOX_SPACE; i++) {
		fresh();
		memset(space + 0x40, 0xff, 0xc0);
		memset(space + 0x60, 0, 32);
		CHECK_EQ(vmbox_hole(space, 32), 0x60);
		space[i] = 0x80;
		CHECK_EQ(vmbox_hole(space, 32), i >= 0x60 && i < 0x80 ? 0 : 0x60);
	}
}

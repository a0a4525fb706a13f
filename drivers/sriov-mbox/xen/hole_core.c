// SPDX-License-Identifier: GPL-2.0
/* Room in configuration space, see hole_core.h. Pure: also compiles in user space. */
#ifdef __KERNEL__
#include <linux/minmax.h>
#include <linux/string.h>
#endif
#include <linux/pci_regs.h>

#include "hole_core.h"

/* How long a capability is, going by what it says of itself; 0: that is not known. */
static unsigned int length_of(const u8 *cap)
{
	switch (cap[0]) {
	case PCI_CAP_ID_PM:
	case PCI_CAP_ID_VPD:
	case PCI_CAP_ID_SSVID:
	case PCI_CAP_ID_AF:
		return 8;
	case PCI_CAP_ID_MSI:
		return 24;	/* with all that it can have */
	case PCI_CAP_ID_MSIX:
		return PCI_CAP_MSIX_SIZEOF;
	case PCI_CAP_ID_EXP:
		return 0x3c;	/* likewise */
	default:
		return 0;
	}
}

/*
 * What is taken is marked in @taken, by dwords. Twice: a capability ends where the next
 * one begins, wherever that is in the list.
 */
static void mark(const u8 *space, bool *taken)
{
	bool starts[VMBOX_SPACE / 4] = { };
	unsigned int at, end, len;

	at = space[PCI_CAPABILITY_LIST] & ~3;
	while (at >= PCI_STD_HEADER_SIZEOF && !starts[at / 4]) {
		starts[at / 4] = true;
		at = space[at + 1] & ~3;
	}
	for (at = PCI_STD_HEADER_SIZEOF; at < VMBOX_SPACE; at += 4) {
		if (!starts[at / 4])
			continue;
		len = length_of(space + at);
		end = len ? min_t(unsigned int, at + len, VMBOX_SPACE) : VMBOX_SPACE;
		taken[at / 4] = true;
		for (len = at + 4; len < end && !starts[len / 4]; len += 4)
			taken[len / 4] = true;
	}
}

u16 vmbox_hole(const u8 *space, u16 len)
{
	bool taken[VMBOX_SPACE / 4] = { };
	unsigned int at, have = 0;

	if (space[PCI_STATUS] & PCI_STATUS_CAP_LIST)
		mark(space, taken);
	for (at = PCI_STD_HEADER_SIZEOF; at < VMBOX_SPACE; at += 4) {
		if (taken[at / 4] || memcmp(space + at, "\0\0\0", 4)) {
			have = 0;
			continue;
		}
		have += 4;
		if (have >= len)
			return at + 4 - have;
	}
	return 0;
}

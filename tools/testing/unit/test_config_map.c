// SPDX-License-Identifier: GPL-2.0
/* Byte by byte, what each register is to a guest: the tables of the config cores. */
#include "config_map.h"

static void make_one(u8 id)
{
	make_one_at(0x80, id);
}

TEST("the header of a device")
{
	make_one(PCI_CAP_ID_VNDR);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x00, "vvvv xxxx ffff ccfd  vvvv vvvv vvvv vvvv  vvvv vvvv ssss ffff");
	CHECK_MAP(0x34, "vsss ssss mvss");
	CHECK_BITS(0x04, 0xff, 0xff, 0xa8, 0xe8, 0xe8, 0);
	CHECK_BITS(0x05, 0xff, 0x07, 0x02, 0x02, 0x02, PCI_COMMAND_SERR >> 8);
	CHECK_BITS(0x06, 0x10, 0, 0, 0, 0xef, 0);
	CHECK_BITS(0x07, 0, 0, 0, 0, 0xff, 0xf9);
}

TEST("the header of a bridge")
{
	make_one(PCI_CAP_ID_VNDR);
	device.header = 1;
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x00, "vvvv xxxx ffff ccfd  vvvv vvvv ffff ffff  ffff ffff ffff ffff");
	CHECK_MAP(0x30, "ffff vsss");
	CHECK_MAP(0x3c, "mvff");
}

TEST("power management")
{
	make_one(PCI_CAP_ID_PM);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "fffx fxff ssss");
	CHECK_BITS(0x83, 0xf8, 0, 0, 0, 0, 0);
	CHECK_BITS(0x85, 0x01, 0, 0x9e, 0x9e, 0x9e, 0);
}

TEST("MSI, in its four lengths")
{
	make_one(PCI_CAP_ID_MSI);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffff mmmm mmmm ssss ssss ssss");
	put(0x82, 2, PCI_MSI_FLAGS_MASKBIT);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffff mmmm mmmm mmmm ffff ssss");
	put(0x82, 2, PCI_MSI_FLAGS_64BIT);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffff mmmm mmmm mmmm ssss ssss");
	put(0x82, 2, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffff mmmm mmmm mmmm mmmm ffff ssss");
}

TEST("PCI Express, first version and later")
{
	const char *first = "ffff xfff xxxf ffff  xxff";

	make_one(PCI_CAP_ID_EXP);
	put(0x80 + PCI_EXP_FLAGS, 2, 1);
	put(0x80 + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_FLR);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, first);
	CHECK_MAP(0x94, "ssss ssss");
	CHECK_BITS(0x84, 0x18, 0, 0, 0, 0, 0);
	CHECK_BITS(0x88, 0xef, 0xef, 0x10, 0x10, 0x10, 0);
	CHECK_BITS(0x89, 0x07, 0x05, 0x78, 0x78, 0x78, 0);
	CHECK_BITS(0x8a, 0, 0, 0, 0, 0, 0x0f);
	CHECK_BITS(0x90, 0xc3, 0xc3, 0, 0, 0, 0);
	CHECK_BITS(0x91, 0x01, 0x01, 0, 0, 0, 0);
	put(0x80 + PCI_EXP_FLAGS, 2, 2);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, first);
	CHECK_MAP(0x94, "ffff ffff ffff  ffff ffff xxff ffff  ooff ffff ffff ssss");
	CHECK_BITS(0xa8, 0, 0, 0x0f, 0x5f, 0xff, 0);
	CHECK_BITS(0xa9, 0, 0, 0, 0x03, 0xff, 0);
}

TEST("PCI-X, of a device and of a bridge")
{
	make_one(PCI_CAP_ID_PCIX);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffxo ffxx ffff ffff ffff ffff ssss");
	CHECK_BITS(0x82, 0, 0, 0x7e, 0x7f, 0xff, 0);
	CHECK_BITS(0x86, 0, 0, 0, 0, 0, 0x0c);
	CHECK_BITS(0x87, 0, 0, 0, 0, 0, 0x20);
	device.header = 1;
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffff ffff ffff ffff ffff ffff ssss");
}

TEST("VPD, MSI-X, function reset")
{
	make_one(PCI_CAP_ID_VPD);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffpf ffff ssss");
	make_one(PCI_CAP_ID_MSIX);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffff ffff ffff ssss");
	make_one(PCI_CAP_ID_AF);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffff vfss");
}

TEST("the other conventional capabilities are the host's, or nobody knows them")
{
	/* How many bytes cannot be changed; the list's only where there is no entry. */
	static const u8 fixed[0x40] = {
		[0x02] = 12, [0x04] = 4, [0x06] = 4, [0x08] = 128, [0x0c] = 8, [0x0d] = 8,
		[0x0e] = 48, [0x14] = 128, [0x15] = 128,
	};
	static const u8 others[] = { 0x01, 0x03, 0x05, 0x07, 0x10, 0x11, 0x13 };
	unsigned int id, off, end;

	for (id = 0; id < ARRAY_SIZE(fixed); id++) {
		if (memchr(others, id, sizeof(others)))
			continue;
		make_one(id);
		CHECK_EQ(build(), 0);
		end = 0x80 + (fixed[id] ?: 2);
		CHECK_MAP(0x7c, "ssss");
		for (off = 0x80; off < end; off++)
			CHECK_EQ(letter_at(off), 'f');
		for (; off < 0x100; off++)
			CHECK_EQ(letter_at(off), 's');
	}
}

TEST("a capability ends where the next one begins, and one without room is cut off")
{
	make_one(PCI_CAP_ID_EXP);
	put(0x80 + PCI_EXP_FLAGS, 2, 2);
	put(0x81, 1, 0x90);
	put_cap(0x90, PCI_CAP_ID_VNDR, 0x8c);
	put_cap(0x8c, PCI_CAP_ID_VNDR, 0xfc);
	put_cap(0xfc, PCI_CAP_ID_EXP, 0);
	device.size = PBNG_CFG_SIZE;
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x80, "ffff xfff xxxf ffss  ffss ssss");
	CHECK_MAP(0xf8, "ssss ffff");
	put_cap(0xfc, PCI_CAP_ID_AF, 0);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0xf8, "ssss ffff");
	put_cap(0xfc, PCI_CAP_ID_MSI, 0);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0xf8, "ssss ffff");
}

TEST("error reporting and power budgeting")
{
	unsigned int off;

	make_one_ext(PCI_EXT_CAP_ID_ERR);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x300, "vvvv ffff mmmm mmmm  ffff mmmm mmmm");
	for (off = 0x31c; off < 0x348; off++)
		CHECK_EQ(letter_at(off), 'f');
	CHECK_MAP(0x348, "ssss");
	make_one_ext(PCI_EXT_CAP_ID_PWR);
	CHECK_EQ(build(), 0);
	CHECK_MAP(0x300, "vvvv psss ffff ffff  ssss");
}

/* Lengths of those that are shown and never changed, and of those that are not there. */
static const struct {
	u16 fixed, hidden;
} ext_caps[0x40] = {
	[0x02] = { .fixed = 0x200 }, [0x03] = { .fixed = 0x0c }, [0x05] = { .hidden = 0x200 },
	[0x06] = { .hidden = 0x0c }, [0x07] = { .hidden = 0x0c }, [0x08] = { .fixed = 0x200 },
	[0x09] = { .fixed = 0x200 }, [0x0a] = { .hidden = 0x14 }, [0x0c] = { .hidden = 8 },
	[0x0d] = { .hidden = 0x30 }, [0x0e] = { .hidden = 8 }, [0x0f] = { .hidden = 8 },
	[0x10] = { .hidden = 0x40 }, [0x11] = { .hidden = 0x40 }, [0x12] = { .hidden = 0x30 },
	[0x13] = { .hidden = 0x10 }, [0x14] = { .hidden = 8 }, [0x15] = { .hidden = 0x34 },
	[0x17] = { .fixed = 0x8c }, [0x18] = { .hidden = 8 }, [0x19] = { .fixed = 0x4c },
	[0x1a] = { .hidden = 0x40 }, [0x1b] = { .hidden = 8 }, [0x1c] = { .hidden = 8 },
	[0x1d] = { .hidden = 0x40 }, [0x1e] = { .hidden = 0x14 }, [0x1f] = { .hidden = 0x0c },
	[0x20] = { .fixed = 0x20 }, [0x21] = { .hidden = 0x10 }, [0x22] = { .fixed = 0x0c },
	[0x24] = { .hidden = 0x34 }, [0x25] = { .fixed = 0x0c }, [0x26] = { .fixed = 0x30 },
	[0x27] = { .hidden = 0x48 }, [0x28] = { .fixed = 0x14 }, [0x29] = { .hidden = 0x10 },
	[0x2a] = { .fixed = 0x40 }, [0x2b] = { .hidden = 0x20 }, [0x2c] = { .hidden = 0x10 },
	[0x2d] = { .hidden = 0x20 }, [0x2e] = { .hidden = 0x18 }, [0x2f] = { .fixed = 0x10 },
	[0x30] = { .hidden = 0x200 }, [0x31] = { .fixed = 0x40 }, [0x32] = { .fixed = 0x40 },
	[0x33] = { .fixed = 0x20 }, [0x34] = { .hidden = 0x20 },
};

TEST("the other extended capabilities are shown, shown and never changed, or not there")
{
	unsigned int id, off, end;

	for (id = 2; id < ARRAY_SIZE(ext_caps); id++) {
		char body = ext_caps[id].hidden ? 'v' : 'f';

		if (id == PCI_EXT_CAP_ID_PWR)
			continue;
		make_one_ext(id);
		CHECK_EQ(build(), 0);
		CHECK_EQ(rd(0x100, 4) >> 20, ext_caps[id].hidden ? 0u : 0x300u);
		CHECK_EQ(rd(0x300, 2), ext_caps[id].hidden ? 0u : id);
		end = 0x300 + (ext_caps[id].hidden + ext_caps[id].fixed ?: 4);
		for (off = 0x304; off < end; off++)
			if (letter_at(off) != body)
				ktap_fail(__FILE__, __LINE__, "id 0x%x: byte 0x%x is %c", id, off,
					  letter_at(off));
		for (; off < end + 8; off++)
			CHECK_EQ(letter_at(off), 's');
	}
}

TEST("one that is not there, as the first, leaves a place without an id")
{
	unsigned int id, off;

	for (id = 2; id < ARRAY_SIZE(ext_caps); id++) {
		if (!ext_caps[id].hidden)
			continue;
		make_one_ext(PCI_EXT_CAP_ID_DSN);
		put_ext(0x100, id, 0x300);
		CHECK_EQ(build(), 0);
		CHECK_EQ(rd(0x100, 4), 0x30000000u);
		for (off = 0x100; off < 0x100u + ext_caps[id].hidden; off++)
			CHECK_EQ(letter_at(off), 'v');
		CHECK_EQ(letter_at(off), ext_caps[id].hidden == 0x200 ? 'v' : 's');
	}
}

TEST("one that is cut off by the next one covers nothing of it")
{
	make_one_ext(PCI_EXT_CAP_ID_DSN);
	put_ext(0x100, PCI_EXT_CAP_ID_SRIOV, 0x104);
	put_ext(0x104, PCI_EXT_CAP_ID_SRIOV, 0x10c);
	put_ext(0x10c, PCI_EXT_CAP_ID_VC, 0x114);
	put_ext(0x114, PCI_EXT_CAP_ID_VNDR, 0);
	CHECK_EQ(build(), 0);
	CHECK_EQ(rd(0x100, 4), 0x10c00000u);
	CHECK_EQ(rd(0x10c, 4), 0x11410002u);
	CHECK_EQ(rd(0x114, 4), 0x0001000bu);
	CHECK_MAP(0x100, "vvvv vvvv vvvv vvvv ffff vvvv ssss");
}

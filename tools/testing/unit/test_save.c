// SPDX-License-Identifier: GPL-2.0
/* A channel as bytes that move to another machine: sriov-mbox/save_core.c. */
#include <stdlib.h>

#include "ktap.h"
#include "save_core.h"

static u8 blob[VMBOX_SAVED_LEN];
static struct vmbox_saved was, is;

static void start(void)
{
	unsigned int i;

	was = (struct vmbox_saved) {
		.minor = 0, .open = true, .gen = 0xfedc, .next_rid = 0x12345678,
		.features = VMBOX_FEATURE_BLOCKS,
		.events = VMBOX_EVENT_LINK | VMBOX_EVENT_RESUME, .blocks = 1ULL << 63 | 5,
		.link = { .up = 1, .mbps = 40000 }, .strikes = 77000000000ULL,
	};
	for (i = 0; i < VMBOX_SAVED_STATS; i++)
		was.stats[i] = 0x1122334455667788ULL * (i + 1);
	vmbox_saved_write(&was, blob);
}

/* In memory that ends where the bytes end: who reads on is caught. */
static int read_back(u32 len)
{
	u8 *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, blob, len < sizeof(blob) ? len : sizeof(blob));
	err = vmbox_saved_read(&is, copy, len);
	free(copy);
	return err;
}

/* What the sum is over was changed on purpose. */
static void seal(void)
{
	u32 crc = 0xffffffff;
	unsigned int i, bit;

	for (i = 0; i < sizeof(blob) - 4; i++)
		for (crc ^= blob[i], bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	crc = ~crc;
	for (i = 0; i < 4; i++)
		blob[sizeof(blob) - 4 + i] = crc >> 8 * i;
}

TEST("what is written is read again")
{
	start();
	CHECK_EQ(read_back(sizeof(blob)), 0);
	CHECK_EQ(is.minor, was.minor);
	CHECK_EQ(is.open, true);
	CHECK_EQ(is.quarantined, false);
	CHECK_EQ(is.gen, was.gen);
	CHECK_EQ(is.next_rid, was.next_rid);
	CHECK_EQ(is.features, was.features);
	CHECK_EQ(is.events, was.events);
	CHECK_EQ(is.blocks, was.blocks);
	CHECK_EQ(is.link.up, 1);
	CHECK_EQ(is.link.mbps, 40000);
	CHECK_EQ(is.strikes, was.strikes);
	CHECK(!memcmp(is.stats, was.stats, sizeof(was.stats)));
	was.open = false;
	was.quarantined = true;
	vmbox_saved_write(&was, blob);
	CHECK_EQ(read_back(sizeof(blob)), 0);
	CHECK_EQ(is.open, false);
	CHECK_EQ(is.quarantined, true);
}

TEST("the bytes are those of version 1, on every machine")
{
	static const u8 head[] = {
		'V', 'M', 'B', 'S', 1, 0, VMBOX_SAVED_LEN, 0, 1, 0, 0, 0, 1, 0, 0, 0,
		0xdc, 0xfe, 0, 0, 0x78, 0x56, 0x34, 0x12, 1, 0, 0, 0, 0, 0, 0, 0, 0x21, 0,
	};

	start();
	CHECK(!memcmp(blob, head, sizeof(head)));
	CHECK_EQ(blob[63], 0);
	CHECK_EQ(blob[64], 0x88);
	CHECK_EQ(blob[sizeof(blob) - 5], 0);
}

TEST("each bit that was damaged is found, and nothing is taken over")
{
	unsigned int i;
	int err;

	start();
	memset(&is, 0, sizeof(is));
	for (i = 0; i < 8 * sizeof(blob); i++) {
		blob[i / 8] ^= 1 << i % 8;
		err = read_back(sizeof(blob));
		if (i < 4 * 8)
			CHECK_EQ(err, -EINVAL);
		else if (i < 6 * 8)
			CHECK_EQ(err, -EPROTONOSUPPORT);
		else if (i < 8 * 8)
			CHECK_EQ(err, -EMSGSIZE);
		else
			CHECK_EQ(err, -EBADMSG);
		blob[i / 8] ^= 1 << i % 8;
	}
	CHECK_EQ(is.gen, 0);
}

TEST("too few and too many are refused")
{
	u32 len;

	start();
	for (len = 0; len <= 2 * sizeof(blob); len++)
		if (len != sizeof(blob))
			CHECK_EQ(read_back(len), len < 8 ? -EINVAL : -EMSGSIZE);
}

TEST("what is not known here is refused, though it is whole")
{
	start();
	blob[8] = VMBOX_VERSION_MAJOR + 1;
	seal();
	CHECK_EQ(read_back(sizeof(blob)), -EPROTONOSUPPORT);
	start();
	blob[10] = VMBOX_VERSION_MINOR + 1;
	seal();
	CHECK_EQ(read_back(sizeof(blob)), -EPROTONOSUPPORT);
	start();
	blob[12] |= 4;
	seal();
	CHECK_EQ(read_back(sizeof(blob)), -EOPNOTSUPP);
	start();
	was.features = 1ULL << 40;
	vmbox_saved_write(&was, blob);
	CHECK_EQ(read_back(sizeof(blob)), -EOPNOTSUPP);
	start();
	was.events = 1ULL << 8;
	vmbox_saved_write(&was, blob);
	CHECK_EQ(read_back(sizeof(blob)), -EOPNOTSUPP);
	start();
	seal();
	CHECK_EQ(read_back(sizeof(blob)), 0);
}

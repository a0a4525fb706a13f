// SPDX-License-Identifier: GPL-2.0
/* Is a device the one that we knew? And places as text. */
#include "identity_core.h"
#include "ktap.h"

#define SERIAL	0x525400ffffaabbccULL

/* A card with two functions behind the root port 0000:00:03.0. */
static struct pt_identity card(u8 function)
{
	return (struct pt_identity) {
		.bus = 1, .devfn = function, .hops = 2, .path = { 3 << 3, function },
		.vendor = 0x8086, .device = 0x10c9, .subvendor = 0x8086, .subdevice = 1,
		.class = 0x020000, .revision = 1, .serial = SERIAL,
	};
}

static struct pt_identity vf(u32 index)
{
	struct pt_identity id = card(0);

	id.devfn = 0x80 + 2 * index;
	id.device = 0x10ca;
	id.is_vf = true;
	id.vf_index = index;
	id.pf_bus = 1;
	return id;
}

static struct pt_identity in_port(struct pt_identity id, u8 port)
{
	id.path[0] = port << 3;
	id.bus = 2;
	id.pf_bus = 2;
	return id;
}

static void compare(int line, struct pt_identity known, struct pt_identity now,
		    enum pt_likeness want)
{
	enum pt_likeness is = pt_identity_compare(&known, &now);

	if (is != want)
		ktap_fail(__FILE__, line, "they are %d, not %d", is, want);
	if (is == PT_SAME || is == PT_RENUMBERED || is == PT_OTHER)
		CHECK_EQ(pt_identity_place_hash(&known), pt_identity_place_hash(&now));
	if (is == PT_SAME_SERIAL || is == PT_SIMILAR)
		CHECK_EQ(pt_identity_self_hash(&known), pt_identity_self_hash(&now));
}

#define COMPARE(known, now, want) compare(__LINE__, known, now, want)

TEST("in its place under its address a device is the same")
{
	COMPARE(card(0), card(0), PT_SAME);
	COMPARE(vf(1), vf(1), PT_SAME);
}

TEST("another bus number makes it another address, not another device")
{
	struct pt_identity now = card(0);

	now.bus = 6;
	COMPARE(card(0), now, PT_RENUMBERED);
	now = vf(1);
	now.bus = 6;
	now.pf_bus = 6;
	COMPARE(vf(1), now, PT_RENUMBERED);
}

TEST("any other id or serial number in its place is another device")
{
	struct pt_identity now = card(0);

#define OTHER(field, value) do {			\
		now = card(0);				\
		now.field = value;			\
		COMPARE(card(0), now, PT_OTHER);	\
	} while (0)
	OTHER(vendor, 0x1af4);
	OTHER(device, 0x10d3);
	OTHER(subvendor, 0x1af4);
	OTHER(subdevice, 2);
	OTHER(class, 0x010000);
	OTHER(revision, 2);
	OTHER(serial, SERIAL + 1);
	OTHER(serial, 0);
}

TEST("VFs of a PF that was replaced are others too")
{
	struct pt_identity now = vf(0);

	now.serial++;
	COMPARE(vf(0), now, PT_OTHER);
}

TEST("a serial number in another slot")
{
	COMPARE(card(0), in_port(card(0), 4), PT_SAME_SERIAL);
	COMPARE(card(1), in_port(card(1), 4), PT_SAME_SERIAL);
	COMPARE(vf(1), in_port(vf(1), 4), PT_SAME_SERIAL);
}

TEST("functions of a card share its serial number and are not each other")
{
	COMPARE(card(0), card(1), PT_UNLIKE);
	COMPARE(card(0), in_port(card(1), 4), PT_UNLIKE);
	COMPARE(card(0), vf(0), PT_UNLIKE);
	COMPARE(vf(0), vf(1), PT_UNLIKE);
	COMPARE(vf(0), in_port(vf(1), 4), PT_UNLIKE);
}

TEST("the same serial number of another model says nothing")
{
	struct pt_identity now = in_port(card(0), 4);

	now.device++;
	COMPARE(card(0), now, PT_UNLIKE);
}

TEST("without serial numbers ids are what is left, but not of VFs")
{
	struct pt_identity known = card(0), now = in_port(card(0), 4);

	known.serial = 0;
	now.serial = 0;
	COMPARE(known, now, PT_SIMILAR);
	known = vf(0);
	now = in_port(vf(0), 4);
	known.serial = 0;
	now.serial = 0;
	COMPARE(known, now, PT_UNLIKE);
}

TEST("the segment and the root bus belong to the place")
{
	struct pt_identity now = card(0);

	now.segment = 1;
	COMPARE(card(0), now, PT_SAME_SERIAL);
	now = card(0);
	now.root_bus = 0x80;
	COMPARE(card(0), now, PT_SAME_SERIAL);
	now = card(0);
	now.hops = 3;
	COMPARE(card(0), now, PT_SAME_SERIAL);
}

TEST("a device that is too deep for a path is where its address is")
{
	struct pt_identity known = card(0), now, v = vf(0);

	known.hops = 0;
	now = known;
	COMPARE(known, now, PT_SAME);
	now.devfn = 1;
	COMPARE(known, now, PT_UNLIKE);
	now = known;
	now.bus = 9;
	COMPARE(known, now, PT_SAME_SERIAL);
	v.hops = 0;
	COMPARE(v, v, PT_SAME);
}

TEST("an identity as text")
{
	struct pt_identity id = vf(2);
	char text[PT_PATH_TEXT];

	id.segment = 0x10000;
	id.path[1] = 0x1f << 3 | 7;
	CHECK_EQ(pt_identity_bdf(&id, text), strlen("10000:01:10.4"));
	CHECK_STREQ(text, "10000:01:10.4");
	CHECK_EQ(pt_identity_pf(&id, text), strlen("10000:01:00.0"));
	CHECK_STREQ(text, "10000:01:00.0");
	CHECK_EQ(pt_identity_path(&id, text), strlen("10000:00:03.0/1f.7"));
	CHECK_STREQ(text, "10000:00:03.0/1f.7");
	id.hops = 0;
	CHECK_EQ(pt_identity_path(&id, text), 0);
	CHECK_STREQ(text, "");
}

TEST("the longest texts fit")
{
	struct pt_identity id = { .segment = 0xffffffff, .bus = 0xff, .root_bus = 0xff,
				  .devfn = 0xff, .hops = PT_PATH_HOPS };
	char text[PT_PATH_TEXT];

	memset(id.path, 0xff, sizeof(id.path));
	CHECK_EQ(pt_identity_bdf(&id, text), strlen("ffffffff:ff:1f.7"));
	CHECK_EQ(pt_identity_path(&id, text),
		 strlen("ffffffff:ff:1f.7") + (PT_PATH_HOPS - 1) * strlen("/1f.7"));
}

// SPDX-License-Identifier: GPL-2.0
/* Which devices are meant: read, compared, written. */
#include <linux/pt_match.h>

#include "ktap.h"

static struct pt_match match;
static const char *why;

static int parse(const char *text)
{
	return pt_match_parse(text, strlen(text), &match, &why);
}

static void round_trip(int line, const char *text, const char *want)
{
	char out[PT_MATCH_TEXT];

	if (parse(text)) {
		ktap_fail(__FILE__, line, "\"%s\" is refused: %s", text, why);
		return;
	}
	CHECK_EQ(pt_match_format(&match, out, sizeof(out)), strlen(want));
	if (strcmp(out, want))
		ktap_fail(__FILE__, line, "\"%s\" is written \"%s\"", text, out);
}

#define ROUND_TRIP(text, want) round_trip(__LINE__, text, want)

static const struct pt_identity card = {
	.segment = 1, .bus = 3, .devfn = 1, .hops = 2, .path = { 3 << 3, 1 },
	.vendor = 0x8086, .device = 0x10c9, .subvendor = 0x103c, .subdevice = 0x323f,
	.class = 0x020001, .serial = 0x525400ffffaabbccULL,
};

static const struct pt_identity vf = {
	.segment = 1, .bus = 3, .devfn = 0x81, .hops = 2, .path = { 3 << 3, 1 },
	.vendor = 0x8086, .device = 0x10ca, .class = 0x020001, .is_vf = true,
	.pf_bus = 3, .pf_devfn = 1, .serial = 0x525400ffffaabbccULL,
};

static bool means(const char *text, const struct pt_identity *id)
{
	if (parse(text)) {
		ktap_fail(__FILE__, __LINE__, "\"%s\" is refused: %s", text, why);
		return false;
	}
	return pt_match_identity(&match, id);
}

TEST("every kind is read and written")
{
	ROUND_TRIP("0001:03:00.1", "0001:03:00.1");
	ROUND_TRIP("3:0.1", "0000:03:00.1");
	ROUND_TRIP("0:3.0/0.1", "0000:00:03.0/00.1");
	ROUND_TRIP("10000:e0:1f.7/1f.7/0.0", "10000:e0:1f.7/1f.7/00.0");
	ROUND_TRIP("8086:10C9", "8086:10c9");
	ROUND_TRIP("8086:10c9:103c:323f", "8086:10c9:103c:323f");
	ROUND_TRIP("Class = 02", "class=02");
	ROUND_TRIP("class=0200", "class=0200");
	ROUND_TRIP("class=0c0330", "class=0c0330");
	ROUND_TRIP("serial=525400FFFFAABBCC", "serial=525400ffffaabbcc");
	ROUND_TRIP("vfs-of=01:00.0", "vfs-of=0000:01:00.0");
}

TEST("the longest path is read, one longer is not")
{
	char text[256] = "ffffffff:ff:1f.7";
	unsigned int i;

	for (i = 1; i < PT_PATH_HOPS; i++)
		strcat(text, "/1f.7");
	ROUND_TRIP(text, text);
	strcat(text, "/1f.7");
	CHECK_EQ(parse(text), -EINVAL);
}

TEST("nothing else is read, and what was there stays")
{
	static const char * const wrong[] = {
		"", "x", ".", "00:00", "00:00.", "00:00.8", "00:20.0", "100:00.0", "00:00.0 ",
		"00.0", "1:2:3:4.0", "0000:100:00.0", "123456789:00:00.0", "00:00.0/",
		"00:00.0/0", "00:00.0/20.0", "00:00.0/00.8", "00:00.0/00.0x", "00:00,0.0",
		"8086", "8086:", "8086:10c", "8086:10c9:103c", "8086:10c9:103c:323f:1",
		"8086:10c9x", "class=", "class=0",
		"class", "class 02", "class=02000", "class=0200000", "class=xyz",
		"serial=", "serial=0000000000000000", "serial=525400ffffaabbc",
		"serial=525400ffffaabbccd", "vfs-of=", "vfs-of=8086:10c9",
		"vfs-of=00:03.0/00.0", "(00:00.0)",
	};
	unsigned int i;

	CHECK_EQ(parse("8086:10c9"), 0);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		why = NULL;
		if (!parse(wrong[i]))
			ktap_fail(__FILE__, __LINE__, "\"%s\" is read", wrong[i]);
		CHECK(why);
		CHECK_EQ(match.kind, PT_MATCH_IDS);
		CHECK_EQ(match.device, 0x10c9);
	}
}

TEST("a text ends where it ends")
{
	CHECK_EQ(pt_match_parse("01:00.01", 7, &match, &why), 0);
	CHECK_EQ(pt_match_parse("01:00.01", 8, &match, &why), -EINVAL);
}

TEST("a device is meant by what it is")
{
	CHECK(means("0001:03:00.1", &card));
	CHECK(means("0001:00:03.0/00.1", &card));
	CHECK(means("8086:10c9", &card));
	CHECK(means("8086:10c9:103c:323f", &card));
	CHECK(means("class=0200", &card));
	CHECK(means("class=020001", &card));
	CHECK(means("serial=525400ffffaabbcc", &card));
	CHECK(means("vfs-of=0001:03:00.1", &vf));
}

TEST("and not by anything else")
{
	static const char * const others[] = {
		"03:00.1", "0001:04:00.1", "0001:03:00.0",
		"00:03.0/00.1", "0001:01:03.0/00.1", "0001:00:03.0/00.0",
		"0001:00:03.0/00.1/00.0", "8087:10c9", "8086:10ca", "8086:10c9:103d:323f",
		"8086:10c9:103c:3240", "class=0201", "class=020000",
		"serial=525400ffffaabbcd", "vfs-of=0001:03:00.1",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (means(others[i], &card))
			ktap_fail(__FILE__, __LINE__, "\"%s\" means it", others[i]);
}

TEST("a VF is not meant by what it has of its PF")
{
	CHECK(!means("0001:00:03.0/00.1", &vf));
	CHECK(!means("serial=525400ffffaabbcc", &vf));
	CHECK(!means("vfs-of=03:00.1", &vf));
	CHECK(!means("vfs-of=0001:04:00.1", &vf));
	CHECK(!means("vfs-of=0001:03:00.0", &vf));
	CHECK(means("0001:03:10.1", &vf));
}

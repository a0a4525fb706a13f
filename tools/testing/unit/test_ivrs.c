// SPDX-License-Identifier: GPL-2.0
/* Memory definitions of the ACPI table IVRS: ivrs_core.c. */
#include "tables.h"
#include "ivrs_core.h"

#define ALL	0x20
#define ONE	0x21
#define RANGE	0x22

#define UNITY_RW	0x07

static void ivmd(u8 type, u8 flags, u16 device, u16 last, u64 start, u64 length)
{
	put(type, 1);
	put(flags, 1);
	put(32, 2);
	put(device, 2);
	put(last, 2);
	put(0, 8);
	put(start, 8);
	put(length, 8);
}

static int parse_all(void)
{
	table_end();
	return parse(ie_ivrs_parse, used);
}

static void scope_is(unsigned int n, const char *text)
{
	char buf[IE_REGION_SCOPE];

	REQUIRE(n < regions.count);
	CHECK_EQ(ie_region_scope(&found[n], buf), strlen(text));
	CHECK_STREQ(buf, text);
}

TEST("regions for one device, for a range and for all")
{
	table_begin("IVRS");
	put(0x10, 1);		/* an IVHD of 24 bytes */
	put(0, 1);
	put(24, 2);
	put(0, 20);
	ivmd(ONE, UNITY_RW, 0x0310, 0xffff, 0x38000000, 0x10000);
	ivmd(RANGE, 0x03, 0x0300, 0x03ff, 0x1000, 1);
	ivmd(ALL, 0x05, 0x0300, 0x0100, 0, 0x1000);
	CHECK_EQ(parse_all(), 0);
	REQUIRE(regions.count == 3);
	CHECK_EQ(found[0].start, 0x38000000);
	CHECK_EQ(found[0].end, 0x3800ffff);
	CHECK_EQ(found[0].flags, IE_REGION_READ | IE_REGION_WRITE);
	scope_is(0, "0000:03:02.0-0000:03:02.0");
	CHECK_EQ(found[1].end, 0x1000);
	CHECK_EQ(found[1].flags, IE_REGION_READ);
	scope_is(1, "0000:03:00.0-0000:03:1f.7");
	CHECK_EQ(found[2].flags, IE_REGION_WRITE);
	scope_is(2, "0000:*");
}

TEST("an exclusion is for reading and writing; what is neither counts for nothing")
{
	table_begin("IVRS");
	ivmd(ONE, 0x08, 0, 0, 0x1000, 0x1000);
	ivmd(ONE, 0x06, 0, 0, 0x1000, 0x1000);
	CHECK_EQ(parse_all(), 0);
	REQUIRE(regions.count == 1);
	CHECK_EQ(found[0].flags, IE_REGION_EXCLUSION | IE_REGION_READ | IE_REGION_WRITE);
}

TEST("a segment of its own")
{
	table_begin("IVRS");
	ivmd(ALL, UNITY_RW, 0, 0, 0x1000, 0x1000);
	bytes[48 + 8] = 2;
	CHECK_EQ(parse_all(), 0);
	scope_is(0, "0002:*");
}

TEST("another table, a short one, a wrong checksum")
{
	table_begin("DMAR");
	table_end();
	CHECK_REFUSED(parse(ie_ivrs_parse, used), -ENOENT, 0, "not IVRS");
	table_begin("IVRS");
	table_end();
	CHECK_EQ(parse(ie_ivrs_parse, used), 0);
	CHECK_REFUSED(parse(ie_ivrs_parse, 40), -EINVAL, 40, "the table ends in its header");
	bytes[9]++;
	CHECK_REFUSED(parse(ie_ivrs_parse, used), -EBADMSG, 9, "the checksum is wrong");
}

TEST("blocks of impossible lengths; what stands before them counts")
{
	table_begin("IVRS");
	ivmd(ONE, UNITY_RW, 0, 0, 0x1000, 0x1000);
	put(ONE, 2);
	CHECK_REFUSED(parse_all(), -EINVAL, 80, "a block that ends in its header");
	CHECK_EQ(regions.count, 1);
	put(3, 2);
	CHECK_REFUSED(parse_all(), -EINVAL, 80, "a block of an impossible length");
	bytes[82] = 5;
	CHECK_REFUSED(parse_all(), -EINVAL, 80, "a block of an impossible length");
	bytes[82] = 4;
	CHECK_REFUSED(parse_all(), -EINVAL, 80, "a memory definition that is cut off");
}

TEST("regions without bytes, around the end of memory, for nobody")
{
	table_begin("IVRS");
	ivmd(ONE, UNITY_RW, 0, 0, 0x1000, 0);
	CHECK_REFUSED(parse_all(), -EINVAL, 72, "a region without bytes");
	table_begin("IVRS");
	ivmd(ONE, UNITY_RW, 0, 0, 0xfffffffffffff000, 0x1001);
	CHECK_REFUSED(parse_all(), -EINVAL, 48, "the region ends before it begins");
	table_begin("IVRS");
	ivmd(ONE, UNITY_RW, 0, 0, 0xfffffffffffff000, 0x1000);
	CHECK_EQ(parse_all(), 0);
	table_begin("IVRS");
	ivmd(RANGE, UNITY_RW, 0x0301, 0x0300, 0, 0x1000);
	CHECK_REFUSED(parse_all(), -EINVAL, 54, "the devices end before they begin");
}

TEST("a range covers by address, all covers all of its segment")
{
	struct ie_region region = { .kind = IE_REGION_RANGE, .first = 0x0301, .last = 0x0410 };
	struct pt_identity id = { .bus = 3, .devfn = 1, .is_vf = true };

	CHECK(ie_region_covers(&region, &id));
	id.devfn = 0;
	CHECK(!ie_region_covers(&region, &id));
	id.bus = 4;
	id.devfn = 0x10;
	CHECK(ie_region_covers(&region, &id));
	id.devfn = 0x11;
	CHECK(!ie_region_covers(&region, &id));
	region.kind = IE_REGION_ALL;
	CHECK(ie_region_covers(&region, &id));
	id.segment = 1;
	CHECK(!ie_region_covers(&region, &id));
}

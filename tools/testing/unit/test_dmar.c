// SPDX-License-Identifier: GPL-2.0
/* RMRRs of the ACPI table DMAR: dmar_core.c, and whom they are for: region_core.c. */
#include "tables.h"
#include "dmar_core.h"

static size_t rmrr_at;

static void rmrr_begin(u16 segment, u64 start, u64 end)
{
	rmrr_at = used;
	put(1, 2);
	put(0, 2);
	put(0, 2);
	put(segment, 2);
	put(start, 8);
	put(end, 8);
}

static void rmrr_end(void)
{
	bytes[rmrr_at + 2] = used - rmrr_at;
}

/* Hops are devfns. */
static void scope(u8 type, u8 bus, u8 hops, const u8 *path)
{
	put(type, 1);
	put(6 + 2 * hops, 1);
	put(0, 3);
	put(bus, 1);
	while (hops--) {
		put(*path >> 3, 1);
		put(*path++ & 7, 1);
	}
}

static int parse_all(void)
{
	table_end();
	return parse(ie_dmar_parse, used);
}

static const u8 behind_port[] = { 0x18, 0x00 };
static const u8 port[] = { 0x18 };

/* One RMRR with one scope. */
static void simple(void)
{
	table_begin("DMAR");
	rmrr_begin(0, 0x7ffe0000, 0x7ffeffff);
	scope(1, 0, 2, behind_port);
	rmrr_end();
}

static void scope_is(unsigned int n, const char *text)
{
	char buf[IE_REGION_SCOPE];

	REQUIRE(n < regions.count);
	CHECK_EQ(ie_region_scope(&found[n], buf), strlen(text));
	CHECK_STREQ(buf, text);
}

TEST("an RMRR with an endpoint")
{
	simple();
	CHECK_EQ(parse_all(), 0);
	REQUIRE(regions.count == 1);
	CHECK_EQ(found[0].start, 0x7ffe0000);
	CHECK_EQ(found[0].end, 0x7ffeffff);
	CHECK_EQ(found[0].kind, IE_REGION_ENDPOINT);
	CHECK_EQ(found[0].flags, IE_REGION_READ | IE_REGION_WRITE);
	scope_is(0, "0000:00:03.0/00.0");
}

TEST("as Xen's dom0 sees the table, with a checksum that still holds")
{
	simple();
	table_end();
	memcpy(bytes, "RMAD", 4);
	CHECK_EQ(parse(ie_dmar_parse, used), 0);
	CHECK_EQ(regions.count, 1);
}

TEST("several entries and scopes; what is no RMRR and no PCI device is passed over")
{
	table_begin("DMAR");
	put(0, 2);		/* a DRHD of 16 bytes */
	put(16, 2);
	put(0, 12);
	rmrr_begin(2, 0x1000, 0x1fff);
	scope(1, 0x80, 1, port);
	scope(3, 0, 1, port);	/* an IOAPIC */
	scope(2, 0x80, 2, behind_port);
	rmrr_end();
	rmrr_begin(0, 0xfffffffffffff000, 0xffffffffffffffff);
	rmrr_end();
	rmrr_begin(0, 0xfffffffffffff000, 0xffffffffffffffff);
	scope(2, 0, 1, port);
	rmrr_end();
	CHECK_EQ(parse_all(), 0);
	REQUIRE(regions.count == 3);
	scope_is(0, "0002:80:03.0");
	scope_is(1, "0002:80:03.0/00.0/..");
	scope_is(2, "0000:00:03.0/..");
	CHECK_EQ(found[2].end, UINT64_MAX);
}

TEST("another table is not looked at")
{
	table_begin("IVRS");
	table_end();
	CHECK_REFUSED(parse(ie_dmar_parse, used), -ENOENT, 0, "neither DMAR nor RMAD");
}

TEST("a table that is cut off")
{
	simple();
	table_end();
	CHECK_REFUSED(parse(ie_dmar_parse, 0), -EINVAL, 0, "the table ends in its header");
	CHECK_REFUSED(parse(ie_dmar_parse, 47), -EINVAL, 47, "the table ends in its header");
	CHECK_REFUSED(parse(ie_dmar_parse, used - 1), -EINVAL, 4,
		      "the table's length is more than there is");
	bytes[4] = 47;
	CHECK_REFUSED(parse(ie_dmar_parse, used), -EINVAL, 4,
		      "the table's length is less than its header");
}

TEST("a wrong checksum is told after all was read")
{
	simple();
	table_end();
	bytes[9]++;
	CHECK_REFUSED(parse(ie_dmar_parse, used), -EBADMSG, 9, "the checksum is wrong");
	CHECK_EQ(regions.count, 1);
}

TEST("entries of impossible lengths; what stands before them counts")
{
	simple();
	put(1, 2);
	CHECK_REFUSED(parse_all(), -EINVAL, 82, "an entry that ends in its header");
	CHECK_EQ(regions.count, 1);
	put(3, 2);
	CHECK_REFUSED(parse_all(), -EINVAL, 82, "an entry of an impossible length");
	bytes[84] = 5;
	CHECK_REFUSED(parse_all(), -EINVAL, 82, "an entry of an impossible length");
	bytes[84] = 4;
	CHECK_REFUSED(parse_all(), -EINVAL, 82, "an RMRR that ends in its header");
	bytes[82] = 2;
	CHECK_EQ(parse_all(), 0);
	CHECK_EQ(regions.count, 1);
}

TEST("scopes of impossible lengths")
{
	simple();
	bytes[50] += 5;
	put(1, 1);
	put(5, 1);
	put(0, 3);
	CHECK_REFUSED(parse_all(), -EINVAL, 82, "a scope that ends in its header");
	bytes[50]++;
	put(0, 1);
	CHECK_REFUSED(parse_all(), -EINVAL, 82, "a scope of an impossible length");
	bytes[83] = 7;
	CHECK_REFUSED(parse_all(), -EINVAL, 82, "a scope of an impossible length");
	bytes[83] = 6;
	CHECK_REFUSED(parse_all(), -EINVAL, 88, "a path of half a function or none");
	bytes[50]++;
	bytes[83] = 7;
	put(0, 1);
	CHECK_REFUSED(parse_all(), -EINVAL, 88, "a path of half a function or none");
}

TEST("paths that no machine has")
{
	static const u8 deep[PT_PATH_HOPS + 1];

	simple();
	bytes[78] = 32;
	CHECK_REFUSED(parse_all(), -EINVAL, 78, "no such device and function");
	simple();
	bytes[79] = 8;
	CHECK_REFUSED(parse_all(), -EINVAL, 78, "no such device and function");
	table_begin("DMAR");
	rmrr_begin(0, 0, 0xfff);
	scope(1, 0, PT_PATH_HOPS, deep);
	rmrr_end();
	CHECK_EQ(parse_all(), 0);
	CHECK_EQ(found[0].hops, PT_PATH_HOPS);
	table_begin("DMAR");
	rmrr_begin(0, 0, 0xfff);
	scope(1, 0, PT_PATH_HOPS + 1, deep);
	rmrr_end();
	CHECK_REFUSED(parse_all(), -EINVAL, 78 + 2 * PT_PATH_HOPS, "a path deeper than any");
}

TEST("a region that ends before it begins, and one of one byte")
{
	table_begin("DMAR");
	rmrr_begin(0, 0x2000, 0x1fff);
	scope(1, 0, 1, port);
	rmrr_end();
	CHECK_REFUSED(parse_all(), -EINVAL, 72, "the region ends before it begins");
	bytes[56 + 8] = 0;
	bytes[56 + 9] = 0x20;
	CHECK_EQ(parse_all(), 0);
	CHECK_EQ(found[0].start, found[0].end);
}

TEST("more regions than there is room for")
{
	unsigned int i;

	table_begin("DMAR");
	for (i = 0; i <= ROOM; i++) {
		rmrr_begin(0, 0x1000, 0x1fff);
		scope(1, 0, 1, port);
		rmrr_end();
	}
	CHECK_REFUSED(parse_all(), -ENOSPC, 48 + 32 * ROOM + 24,
		      "more regions than there is room for");
	CHECK_EQ(regions.count, ROOM);
}

static const struct pt_identity card = {
	.bus = 1, .root_bus = 0, .hops = 2, .path = { 0x18, 0x00 },
};

static bool covers(u8 kind, u8 hops, struct pt_identity id)
{
	struct ie_region region = { .kind = kind, .hops = hops, .path = { 0x18, 0x00 } };

	return ie_region_covers(&region, &id);
}

TEST("an endpoint's region is for the function at the end of the path only")
{
	struct pt_identity id = card;

	CHECK(covers(IE_REGION_ENDPOINT, 2, id));
	CHECK(!covers(IE_REGION_ENDPOINT, 1, id));
	id.segment = 1;
	CHECK(!covers(IE_REGION_ENDPOINT, 2, id));
	id = card;
	id.root_bus = 0x80;
	CHECK(!covers(IE_REGION_ENDPOINT, 2, id));
	id = card;
	id.path[1] = 1;
	CHECK(!covers(IE_REGION_ENDPOINT, 2, id));
	id = card;
	id.hops = 1;
	CHECK(!covers(IE_REGION_ENDPOINT, 2, id));
	id = card;
	id.is_vf = true;
	CHECK(!covers(IE_REGION_ENDPOINT, 2, id));
}

TEST("a bridge's region is for the bridge and all behind it, VFs as well")
{
	struct pt_identity id = card;

	CHECK(covers(IE_REGION_BRIDGE, 1, id));
	CHECK(covers(IE_REGION_BRIDGE, 2, id));
	id.is_vf = true;
	CHECK(covers(IE_REGION_BRIDGE, 1, id));
	CHECK(!covers(IE_REGION_BRIDGE, 2, id));
	id.path[0] = 0x20;
	CHECK(!covers(IE_REGION_BRIDGE, 1, id));
}

TEST("an address where a path should be is taken as Linux takes it")
{
	struct ie_region region = { .kind = IE_REGION_ENDPOINT, .bus = 1, .hops = 1 };
	struct pt_identity id = card;

	CHECK(ie_region_covers(&region, &id));
	region.kind = IE_REGION_BRIDGE;
	CHECK(ie_region_covers(&region, &id));
	id.is_vf = true;
	CHECK(!ie_region_covers(&region, &id));
	id = card;
	id.devfn = 1;
	CHECK(!ie_region_covers(&region, &id));
	id = card;
	id.bus = 2;
	CHECK(!ie_region_covers(&region, &id));
	region.hops = 2;
	CHECK(!ie_region_covers(&region, &card));
}

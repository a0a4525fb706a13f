// SPDX-License-Identifier: GPL-2.0
/* IVMDs of the table IVRS; see ivrs_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#endif
#include "ivrs_core.h"

#define IVRS_HEADER	48
#define BLOCK_HEADER	4
#define IVMD_ALL	0x20
#define IVMD_ONE	0x21
#define IVMD_RANGE	0x22
#define IVMD_SIZE	32
#define IVMD_UNITY	0x01
#define IVMD_READ	0x02
#define IVMD_WRITE	0x04
#define IVMD_EXCLUSION	0x08

/* As Linux maps it: an exclusion is for reading and writing. */
static u8 region_flags(u8 ivmd)
{
	u8 flags = 0;

	if (ivmd & IVMD_EXCLUSION)
		return IE_REGION_EXCLUSION | IE_REGION_READ | IE_REGION_WRITE;
	if (ivmd & IVMD_READ)
		flags |= IE_REGION_READ;
	if (ivmd & IVMD_WRITE)
		flags |= IE_REGION_WRITE;
	return flags;
}

static int parse_ivmd(struct ie_table *table, size_t at, size_t end)
{
	struct ie_region region = {};
	u64 length;

	if (end - at < IVMD_SIZE)
		return ie_table_refuse(table, at, "a memory definition that is cut off");
	/* Linux makes nothing of others. */
	if (!(table->bytes[at + 1] & (IVMD_UNITY | IVMD_EXCLUSION)))
		return 0;
	region.flags = region_flags(table->bytes[at + 1]);
	region.kind = IE_REGION_ALL;
	if (table->bytes[at] != IVMD_ALL) {
		region.kind = IE_REGION_RANGE;
		region.first = ie_table_number(table, at + 4, 2);
		region.last = region.first;
	}
	if (table->bytes[at] == IVMD_RANGE)
		region.last = ie_table_number(table, at + 6, 2);
	if (region.last < region.first)
		return ie_table_refuse(table, at + 6, "the devices end before they begin");
	region.segment = ie_table_number(table, at + 8, 2);
	region.start = ie_table_number(table, at + 16, 8);
	length = ie_table_number(table, at + 24, 8);
	if (!length)
		return ie_table_refuse(table, at + 24, "a region without bytes");
	/* One that wraps around ends before it begins. */
	region.end = region.start + length - 1;
	return ie_table_add(table, at, &region);
}

int ie_ivrs_parse(const u8 *bytes, size_t len, struct ie_regions *regions,
		  struct ie_table_error *error)
{
	struct ie_table table = { .bytes = bytes, .regions = regions, .error = error };
	size_t at, size;
	int err;

	err = ie_table_open(&table, len, IVRS_HEADER);
	if (err)
		return err;
	if (memcmp(bytes, "IVRS", 4)) {
		ie_table_refuse(&table, 0, "not IVRS");
		return -ENOENT;
	}
	for (at = IVRS_HEADER; at < table.end; at += size) {
		if (table.end - at < BLOCK_HEADER)
			return ie_table_refuse(&table, at, "a block that ends in its header");
		size = ie_table_number(&table, at + 2, 2);
		if (size < BLOCK_HEADER || size > table.end - at)
			return ie_table_refuse(&table, at, "a block of an impossible length");
		if (bytes[at] < IVMD_ALL || bytes[at] > IVMD_RANGE)
			continue;
		err = parse_ivmd(&table, at, at + size);
		if (err)
			return err;
	}
	return ie_table_checksum(&table);
}

// SPDX-License-Identifier: GPL-2.0
/* RMRRs of the table DMAR; see dmar_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#endif
#include "dmar_core.h"

#define DMAR_HEADER	48
#define ENTRY_HEADER	4
#define ENTRY_RMRR	1
#define RMRR_HEADER	24
#define SCOPE_HEADER	6
#define SCOPE_ENDPOINT	1
#define SCOPE_BRIDGE	2

/* The path of a scope: pairs of device and function. */
static int parse_path(struct ie_table *table, size_t at, size_t end, struct ie_region *region)
{
	u8 device, function;

	if (at == end || (end - at) % 2)
		return ie_table_refuse(table, at, "a path of half a function or none");
	region->hops = 0;
	for (; at < end; at += 2) {
		device = table->bytes[at];
		function = table->bytes[at + 1];
		if (device > 31 || function > 7)
			return ie_table_refuse(table, at, "no such device and function");
		if (region->hops == PT_PATH_HOPS)
			return ie_table_refuse(table, at, "a path deeper than any");
		region->path[region->hops++] = device << 3 | function;
	}
	return 0;
}

static int parse_scope(struct ie_table *table, size_t at, size_t end, struct ie_region *region)
{
	int err;

	switch (table->bytes[at]) {
	case SCOPE_ENDPOINT:
		region->kind = IE_REGION_ENDPOINT;
		break;
	case SCOPE_BRIDGE:
		region->kind = IE_REGION_BRIDGE;
		break;
	default:
		return 0;
	}
	region->bus = table->bytes[at + 5];
	err = parse_path(table, at + SCOPE_HEADER, end, region);
	if (err)
		return err;
	return ie_table_add(table, at, region);
}

static int parse_rmrr(struct ie_table *table, size_t at, size_t end)
{
	struct ie_region region = { .flags = IE_REGION_READ | IE_REGION_WRITE };
	size_t len;
	int err;

	if (end - at < RMRR_HEADER)
		return ie_table_refuse(table, at, "an RMRR that ends in its header");
	region.segment = ie_table_number(table, at + 6, 2);
	region.start = ie_table_number(table, at + 8, 8);
	region.end = ie_table_number(table, at + 16, 8);
	for (at += RMRR_HEADER; at < end; at += len) {
		if (end - at < SCOPE_HEADER)
			return ie_table_refuse(table, at, "a scope that ends in its header");
		len = table->bytes[at + 1];
		if (len < SCOPE_HEADER || len > end - at)
			return ie_table_refuse(table, at, "a scope of an impossible length");
		err = parse_scope(table, at, at + len, &region);
		if (err)
			return err;
	}
	return 0;
}

int ie_dmar_parse(const u8 *bytes, size_t len, struct ie_regions *regions,
		  struct ie_table_error *error)
{
	struct ie_table table = { .bytes = bytes, .regions = regions, .error = error };
	size_t at, size;
	int err;

	err = ie_table_open(&table, len, DMAR_HEADER);
	if (err)
		return err;
	if (memcmp(bytes, "DMAR", 4) && memcmp(bytes, "RMAD", 4)) {
		ie_table_refuse(&table, 0, "neither DMAR nor RMAD");
		return -ENOENT;
	}
	for (at = DMAR_HEADER; at < table.end; at += size) {
		if (table.end - at < ENTRY_HEADER)
			return ie_table_refuse(&table, at, "an entry that ends in its header");
		size = ie_table_number(&table, at + 2, 2);
		if (size < ENTRY_HEADER || size > table.end - at)
			return ie_table_refuse(&table, at, "an entry of an impossible length");
		if (ie_table_number(&table, at, 2) != ENTRY_RMRR)
			continue;
		err = parse_rmrr(&table, at, at + size);
		if (err)
			return err;
	}
	return ie_table_checksum(&table);
}

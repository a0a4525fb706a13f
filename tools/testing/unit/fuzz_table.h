/* SPDX-License-Identifier: GPL-2.0 */
/* What holds for a parser of an ACPI table, whatever the bytes are. */
#ifndef UNIT_FUZZ_TABLE_H
#define UNIT_FUZZ_TABLE_H

#include <stdlib.h>

#include "fuzz.h"
#include "region_core.h"

#define FUZZ_ROOM 16

/* The length in the table is made to fit in half of the cases, else few get further. */
static void mend(u8 *bytes, size_t size)
{
	if (size >= IE_TABLE_HEADER && bytes[8] & 1) {
		memset(&bytes[4], 0, 4);
		bytes[4] = size & 0xff;
		bytes[5] = size >> 8 & 0xff;
		bytes[6] = size >> 16 & 0xff;
	}
}

static void check_region(const struct ie_region *region)
{
	static const struct pt_identity id = { .hops = 2, .path = { 0x18, 0 }, .bus = 3 };
	char text[IE_REGION_SCOPE];

	FUZZ_CHECK(region->start <= region->end);
	FUZZ_CHECK(region->kind <= IE_REGION_ALL);
	FUZZ_CHECK(region->hops <= PT_PATH_HOPS && region->first <= region->last);
	if (region->kind <= IE_REGION_BRIDGE)
		FUZZ_CHECK(region->hops);
	FUZZ_CHECK(ie_region_scope(region, text) == strlen(text));
	FUZZ_CHECK(strlen(text) < sizeof(text) - 1);
	ie_region_covers(region, &id);
}

static int fuzz_table(int (*parse)(const u8 *, size_t, struct ie_regions *,
				   struct ie_table_error *),
		      const uint8_t *data, size_t size)
{
	struct ie_region found[FUZZ_ROOM];
	struct ie_regions regions = { .region = found, .room = FUZZ_ROOM };
	struct ie_table_error error = { .at = SIZE_MAX };
	u8 *bytes = malloc(size ? size : 1);
	unsigned int i;
	int err;

	memcpy(bytes, data, size);
	mend(bytes, size);
	err = parse(bytes, size, &regions, &error);
	FUZZ_CHECK(err <= 0 && regions.count <= FUZZ_ROOM);
	FUZZ_CHECK(!err == !error.why);
	if (err)
		FUZZ_CHECK(error.at <= size);
	for (i = 0; i < regions.count; i++)
		check_region(&found[i]);
	free(bytes);
	return 0;
}

#endif /* UNIT_FUZZ_TABLE_H */

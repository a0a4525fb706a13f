// SPDX-License-Identifier: GPL-2.0
/* Memory that firmware keeps for devices; see region_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "region_core.h"

u64 ie_table_number(const struct ie_table *table, size_t at, unsigned int bytes)
{
	u64 number = 0;

	while (bytes--)
		number = number << 8 | table->bytes[at + bytes];
	return number;
}

int ie_table_refuse(struct ie_table *table, size_t at, const char *why)
{
	table->error->at = at;
	table->error->why = why;
	return -EINVAL;
}

int ie_table_open(struct ie_table *table, size_t len, size_t header)
{
	table->end = len;
	if (len < header)
		return ie_table_refuse(table, len, "the table ends in its header");
	table->end = ie_table_number(table, 4, 4);
	if (table->end < header)
		return ie_table_refuse(table, 4, "the table's length is less than its header");
	if (table->end > len)
		return ie_table_refuse(table, 4, "the table's length is more than there is");
	return 0;
}

int ie_table_checksum(struct ie_table *table)
{
	u8 sum = 0;
	size_t i;

	for (i = 0; i < table->end; i++)
		sum += table->bytes[i];
	if (!sum)
		return 0;
	ie_table_refuse(table, 9, "the checksum is wrong");
	return -EBADMSG;
}

int ie_table_add(struct ie_table *table, size_t at, const struct ie_region *region)
{
	struct ie_regions *regions = table->regions;

	if (region->end < region->start)
		return ie_table_refuse(table, at, "the region ends before it begins");
	if (regions->count == regions->room) {
		ie_table_refuse(table, at, "more regions than there is room for");
		return -ENOSPC;
	}
	regions->region[regions->count++] = *region;
	return 0;
}

static bool path_begins(const struct ie_region *region, const struct pt_identity *id)
{
	return id->root_bus == region->bus && id->hops >= region->hops &&
	       !memcmp(id->path, region->path, region->hops);
}

/* Some firmware has the function's own address where a path should be; Linux takes it. */
static bool is_address(const struct ie_region *region, const struct pt_identity *id)
{
	return region->hops == 1 && id->bus == region->bus && id->devfn == region->path[0];
}

bool ie_region_covers(const struct ie_region *region, const struct pt_identity *id)
{
	u16 rid = id->bus << 8 | id->devfn;

	if (region->segment != id->segment)
		return false;
	switch (region->kind) {
	case IE_REGION_RANGE:
		return region->first <= rid && rid <= region->last;
	case IE_REGION_ALL:
		return true;
	case IE_REGION_BRIDGE:
		/* What is at the end of the path but is no bridge has nothing behind it. */
		if (path_begins(region, id) && (id->hops > region->hops || !id->is_vf))
			return true;
		fallthrough;
	default:
		return !id->is_vf && ((path_begins(region, id) && id->hops == region->hops) ||
				      is_address(region, id));
	}
}

static size_t add_devfn(char *text, size_t room, char before, u8 devfn)
{
	return scnprintf(text, room, "%c%02x.%x", before, devfn >> 3, devfn & 7);
}

static size_t add_rid(char *text, size_t room, u16 segment, u16 rid)
{
	size_t n = scnprintf(text, room, "%04x:%02x", segment, rid >> 8);

	return n + add_devfn(text + n, room - n, ':', rid & 0xff);
}

size_t ie_region_scope(const struct ie_region *region, char *text)
{
	size_t n, room = IE_REGION_SCOPE;
	unsigned int i;

	if (region->kind == IE_REGION_ALL)
		return scnprintf(text, room, "%04x:*", region->segment);
	if (region->kind == IE_REGION_RANGE) {
		n = add_rid(text, room, region->segment, region->first);
		n += scnprintf(text + n, room - n, "-");
		return n + add_rid(text + n, room - n, region->segment, region->last);
	}
	n = scnprintf(text, room, "%04x:%02x", region->segment, region->bus);
	for (i = 0; i < region->hops; i++)
		n += add_devfn(text + n, room - n, i ? '/' : ':', region->path[i]);
	if (region->kind == IE_REGION_BRIDGE)
		n += scnprintf(text + n, room - n, "/..");
	return n;
}

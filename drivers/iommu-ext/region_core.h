/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that firmware keeps for devices, as the tables DMAR (RMRR) and IVRS (IVMD)
 * have it, and which devices that is for.
 *
 * The tables are read with suspicion: a table that is damaged gives an error with
 * its place, the regions before that place count, nothing outside is ever read.
 *
 * Pure logic: no kernel service is used, so that unit tests and fuzzers run on it in
 * user space.
 */
#ifndef IE_REGION_CORE_H
#define IE_REGION_CORE_H

#include <linux/pt_identity.h>

#define IE_TABLE_HEADER	36	/* what every ACPI table begins with */

enum ie_region_kind {
	IE_REGION_ENDPOINT,	/* the function at the end of a path */
	IE_REGION_BRIDGE,	/* the bridge there, and all that is behind it */
	IE_REGION_RANGE,	/* functions from one address to another */
	IE_REGION_ALL,		/* each device of the segment */
};

#define IE_REGION_READ		0x1
#define IE_REGION_WRITE		0x2
#define IE_REGION_EXCLUSION	0x4	/* not translated at all */

/**
 * struct ie_region - memory kept for one scope; with several scopes it is there
 *		      several times
 * @start: its first byte
 * @end: its last byte
 * @segment: of PCI
 * @kind: an enum ie_region_kind
 * @flags: IE_REGION_*
 * @bus: ENDPOINT, BRIDGE: where @path begins, the number of a root bus
 * @hops: entries of @path
 * @path: devfn of each function from that bus down
 * @first: RANGE: bus and devfn of the first, 16 bits
 * @last: RANGE: of the last, which is in it
 */
struct ie_region {
	u64 start;
	u64 end;
	u16 segment;
	u8 kind;
	u8 flags;
	u8 bus;
	u8 hops;
	u8 path[PT_PATH_HOPS];
	u16 first;
	u16 last;
};

/**
 * struct ie_regions - room for them
 * @region: the regions
 * @count: how many there are
 * @room: how many there can be
 */
struct ie_regions {
	struct ie_region *region;
	unsigned int count;
	unsigned int room;
};

/**
 * struct ie_table_error - what is wrong with a table
 * @at: the offset in it
 * @why: in words, for the log
 */
struct ie_table_error {
	size_t at;
	const char *why;
};

/**
 * struct ie_table - a table that is being read
 * @bytes: the whole of it
 * @end: how long it is
 * @regions: what was found
 * @error: where and why, on failure
 */
struct ie_table {
	const u8 *bytes;
	size_t end;
	struct ie_regions *regions;
	struct ie_table_error *error;
};

/* The little-endian number of @bytes bytes there. */
u64 ie_table_number(const struct ie_table *table, size_t at, unsigned int bytes);

/* Note what is wrong and return -EINVAL. */
int ie_table_refuse(struct ie_table *table, size_t at, const char *why);

/**
 * ie_table_open() - check what every table begins with
 * @table: all but @table->end
 * @len: how many bytes can be read
 * @header: how long the table is at least
 * Return: 0 or -EINVAL.
 */
int ie_table_open(struct ie_table *table, size_t len, size_t header);

/**
 * ie_table_checksum() - after all has been read
 * @table: the table
 * Return: 0, or -EBADMSG: Linux uses such a table and warns.
 */
int ie_table_checksum(struct ie_table *table);

/**
 * ie_table_add() - one more region
 * @table: the table
 * @at: where it stands in the table
 * @region: is copied
 * Return: 0; -EINVAL when it has no bytes; -ENOSPC.
 */
int ie_table_add(struct ie_table *table, size_t at, const struct ie_region *region);

/**
 * ie_region_covers() - is it kept for this function?
 * @region: the region
 * @id: the function; its segment, bus, devfn, root bus and path count
 *
 * As the kernel has it: what is kept for a PF by its path is not its VFs', but
 * what is kept for a bridge is for VFs behind it, too.
 *
 * Return: whether it is.
 */
bool ie_region_covers(const struct ie_region *region, const struct pt_identity *id);

/* Room for the longest text of ie_region_scope() with its NUL. */
#define IE_REGION_SCOPE	(PT_PATH_TEXT + 16)

/**
 * ie_region_scope() - whom it is for, in words
 * @region: the region
 * @text: room for IE_REGION_SCOPE characters
 *
 * "0000:00:1c.0/00.0", "0000:00:1c.0/.." (a bridge and all behind it),
 * "0000:03:00.0-0000:03:1f.7", "0000:*".
 *
 * Return: the length of @text.
 */
size_t ie_region_scope(const struct ie_region *region, char *text);

#endif /* IE_REGION_CORE_H */

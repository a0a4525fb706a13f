// SPDX-License-Identifier: GPL-2.0
/* A channel as bytes, see save_core.h. Pure: this file also compiles in user space. */
#ifdef __KERNEL__
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#endif

#include "save_core.h"

#define MAGIC		0x53424d56	/* "VMBS" */
#define VERSION		1
#define OPEN		BIT(0)
#define QUARANTINED	BIT(1)

/**
 * struct pen - goes over the bytes, writing or reading
 * @at: where it is
 * @reads: it does
 */
struct pen {
	u8 *at;
	bool reads;
};

/* A number of so many bytes, little endian. Return: it, as written or as read. */
static u64 number(struct pen *pen, u64 value, unsigned int bytes)
{
	u64 found = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++, pen->at++) {
		if (!pen->reads)
			*pen->at = value >> 8 * i;
		found |= (u64)*pen->at << 8 * i;
	}
	return found;
}

/* What is in front: it has to be so. */
static bool header(struct pen *pen, u32 *version, u32 *len)
{
	u64 magic = number(pen, MAGIC, 4);

	*version = number(pen, VERSION, 2);
	*len = number(pen, VMBOX_SAVED_LEN, 2);
	return magic == MAGIC;
}

/* All the rest but the checksum. Return: the flags. */
static u32 body(struct pen *pen, struct vmbox_saved *saved, u16 *major)
{
	u32 flags = (saved->open ? OPEN : 0) | (saved->quarantined ? QUARANTINED : 0);
	unsigned int i;

	*major = number(pen, VMBOX_VERSION_MAJOR, 2);
	saved->minor = number(pen, saved->minor, 2);
	flags = number(pen, flags, 4);
	saved->gen = number(pen, saved->gen, 4);
	saved->next_rid = number(pen, saved->next_rid, 4);
	saved->features = number(pen, saved->features, 8);
	saved->events = number(pen, saved->events, 8);
	saved->blocks = number(pen, saved->blocks, 8);
	saved->link.up = number(pen, saved->link.up, 4);
	saved->link.mbps = number(pen, saved->link.mbps, 4);
	saved->strikes = number(pen, saved->strikes, 8);
	for (i = 0; i < VMBOX_SAVED_STATS; i++)
		saved->stats[i] = number(pen, saved->stats[i], 8);
	saved->open = flags & OPEN;
	saved->quarantined = flags & QUARANTINED;
	return flags;
}

/* CRC-32, as everybody has it. */
static u32 checksum(const u8 *from, u32 len)
{
	u32 crc = 0xffffffff;
	unsigned int bit;

	while (len--) {
		crc ^= *from++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

#define SUM_AT	(VMBOX_SAVED_LEN - 4)

void vmbox_saved_write(const struct vmbox_saved *saved, u8 *blob)
{
	struct vmbox_saved copy = *saved;
	struct pen pen = { .at = blob };
	u32 version, len;
	u16 major;

	header(&pen, &version, &len);
	body(&pen, &copy, &major);
	/* Room that a later version may use. */
	while (pen.at < blob + SUM_AT)
		number(&pen, 0, 1);
	number(&pen, checksum(blob, SUM_AT), 4);
}

int vmbox_saved_read(struct vmbox_saved *saved, const u8 *blob, u32 len)
{
	struct pen pen = { .at = (u8 *)blob, .reads = true };
	struct vmbox_saved found = { };
	u32 version, said, flags;
	u16 major;

	if (len < 8 || !header(&pen, &version, &said))
		return -EINVAL;
	if (version != VERSION)
		return -EPROTONOSUPPORT;
	if (len != VMBOX_SAVED_LEN || said != len)
		return -EMSGSIZE;
	flags = body(&pen, &found, &major);
	pen.at = (u8 *)blob + SUM_AT;
	if (number(&pen, 0, 4) != checksum(blob, SUM_AT))
		return -EBADMSG;
	if (major != VMBOX_VERSION_MAJOR || found.minor > VMBOX_VERSION_MINOR)
		return -EPROTONOSUPPORT;
	if (flags & ~(OPEN | QUARANTINED) || found.features & ~VMBOX_FEATURES ||
	    found.events & ~VMBOX_EVENTS)
		return -EOPNOTSUPP;
	*saved = found;
	return 0;
}

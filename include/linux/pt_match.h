/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What policies and rules go by: which devices are meant, in words.
 *
 *   match    = address / path / ids / "class=" class / "serial=" 16hex / vfs
 *   address  = [ domain ":" ] bus ":" device "." digit
 *   path     = address 1*15( "/" device "." digit )
 *   vfs      = "vfs-of=" address
 *   ids      = 4hex ":" 4hex [ ":" 4hex ":" 4hex ]
 *   class    = 2hex / 4hex / 6hex	(base, with subclass, with interface)
 *   domain   = 1*8hex			(0 when left out)
 *   bus      = 1*2hex
 *   device   = 1*2hex			(at most 1f)
 *   digit    = 0 to 7
 *
 * Letters can be capitals. Blanks mean nothing round "=".
 *
 * A path names a device by where it is plugged in, see pt_identity.h; a serial number
 * all functions of a card that have it, but not their VFs.
 */
#ifndef _LINUX_PT_MATCH_H
#define _LINUX_PT_MATCH_H

#include <linux/pt_identity.h>

enum pt_match_kind {
	PT_MATCH_BDF,
	PT_MATCH_PATH,
	PT_MATCH_IDS,
	PT_MATCH_CLASS,
	PT_MATCH_SERIAL,
	PT_MATCH_VFS_OF,
};

/**
 * struct pt_match - which devices are meant
 * @kind: by what; an enum pt_match_kind
 * @segment: BDF, PATH, VFS_OF
 * @bus: likewise; of the function on the root bus
 * @devfn: BDF, VFS_OF
 * @hops: PATH: entries of @path
 * @path: PATH: from the root bus down
 * @vendor: IDS
 * @device: IDS
 * @subsystem: IDS: the other two count
 * @subvendor: IDS
 * @subdevice: IDS
 * @digits: CLASS: 2, 4 or 6 digits count
 * @class: CLASS: 24 bits
 * @serial: SERIAL
 *
 * What a kind does not use is zero.
 */
struct pt_match {
	u32 kind;
	u32 segment;
	u8 bus;
	u8 devfn;
	u8 hops;
	u8 path[PT_PATH_HOPS];
	u16 vendor;
	u16 device;
	bool subsystem;
	u16 subvendor;
	u16 subdevice;
	u8 digits;
	u32 class;
	u64 serial;
};

#define PT_MATCH_TEXT	PT_PATH_TEXT	/* room for every text of pt_match_format() */

/**
 * pt_match_parse() - read a match
 * @text: the text, not necessarily terminated
 * @len: its length, without blanks around it
 * @match: the result, untouched on failure
 * @why: what was expected, on failure
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int pt_match_parse(const char *text, size_t len, struct pt_match *match, const char **why);

/**
 * pt_match_identity() - is this device meant?
 * @match: which are meant
 * @id: who it is, or was (pt_arrival.old)
 *
 * Context: any.
 * Return: whether it is.
 */
bool pt_match_identity(const struct pt_match *match, const struct pt_identity *id);

/**
 * pt_match_format() - a match as text that can be read again
 * @match: which are meant
 * @text: where to
 * @room: of @text; PT_MATCH_TEXT is enough for each
 *
 * Context: any.
 * Return: the length of what was written.
 */
int pt_match_format(const struct pt_match *match, char *text, size_t room);

#endif /* _LINUX_PT_MATCH_H */

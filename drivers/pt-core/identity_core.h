/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Comparing identities: is this device the one that we knew?
 *
 * Two functions are in the same place when they have the same path (VFs: of their PF,
 * and the same index), whatever their bus numbers. They look the same when their ids
 * are. A serial number is one of a card: its functions and VFs have it all, and so of
 * two cards with the same number the functions with the same number are compared.
 *
 * Pure logic: no kernel service is used.
 */
#ifndef PT_IDENTITY_CORE_H
#define PT_IDENTITY_CORE_H

#include <linux/pt_identity.h>

/**
 * enum pt_likeness - what a device is to one that we know
 * @PT_UNLIKE: nothing
 * @PT_SAME: it, where it was
 * @PT_RENUMBERED: it, in the same place under another address
 * @PT_OTHER: another one in its place
 * @PT_SAME_SERIAL: it in another place, or one that says so
 * @PT_SIMILAR: of the same kind, without a serial number, in another place
 */
enum pt_likeness {
	PT_UNLIKE,
	PT_SAME,
	PT_RENUMBERED,
	PT_OTHER,
	PT_SAME_SERIAL,
	PT_SIMILAR,
};

/**
 * pt_identity_compare() - what is a device to one that we know?
 * @known: the one that we know
 * @now: the one that we see
 *
 * Return: an enum pt_likeness.
 */
enum pt_likeness pt_identity_compare(const struct pt_identity *known,
				     const struct pt_identity *now);

/**
 * pt_identity_place_hash() - the same for all that are in the same place
 * @id: who
 *
 * Return: a hash.
 */
u32 pt_identity_place_hash(const struct pt_identity *id);

/**
 * pt_identity_self_hash() - the same for all that are PT_SAME_SERIAL or PT_SIMILAR
 * @id: who
 *
 * Return: a hash.
 */
u32 pt_identity_self_hash(const struct pt_identity *id);

/* Where we are in a text that is being read. */
struct pt_text {
	const char *at;
	const char *end;
};

/**
 * pt_text_hex() - read a hexadecimal number
 * @text: where; behind the number afterwards
 * @least: so many digits at least
 * @most: and at most
 * @value: the number
 *
 * Return: whether there was one.
 */
bool pt_text_hex(struct pt_text *text, unsigned int least, unsigned int most, u64 *value);

/**
 * pt_text_char() - read one character
 * @text: where; behind it if it is there
 * @c: which
 *
 * Return: whether it was there.
 */
bool pt_text_char(struct pt_text *text, char c);

/**
 * pt_text_path() - read an address or a path
 * @text: where; behind it afterwards
 * @id: its segment, bus, devfn, hops and path; of an address @hops is 1
 *
 * Return: whether there was one.
 */
bool pt_text_path(struct pt_text *text, struct pt_identity *id);

#endif /* PT_IDENTITY_CORE_H */

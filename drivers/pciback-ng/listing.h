/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file of lines, of any length. An ordinary attribute ends at a page, and the
 * in-tree driver's "slots" with it, in silence. So those that list something are
 * binary attributes, which are read piece by piece; each read writes the whole
 * list again and keeps the piece.
 */
#ifndef PBNG_LISTING_H
#define PBNG_LISTING_H

#include <linux/types.h>

#define PBNG_LISTING_LINE	256	/* longest piece of one pbng_listing_add() */

/**
 * struct pbng_listing - the piece that is being read
 * @buf: where it goes
 * @room: how much of it is wanted
 * @skip: how much of the list comes before it
 * @len: how much of it is there
 */
struct pbng_listing {
	char *buf;
	size_t room;
	loff_t skip;
	size_t len;
};

/* Add text to the end of the list. */
void __printf(2, 3) pbng_listing_add(struct pbng_listing *list, const char *fmt, ...);

static inline bool pbng_listing_full(const struct pbng_listing *list)
{
	return list->len == list->room;
}

#endif /* PBNG_LISTING_H */

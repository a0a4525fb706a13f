/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists as an administrator writes them: one grammar for all parameters and files of the
 * suite that take several entries. Documentation/rules.rst, "Lists", is for the user.
 *
 *   list   = *gap [ item *( *gap item ) ] *gap
 *   item   = "(" list-of-entries ")" / entry
 *   gap    = blank / "," / ";" / quote
 *   blank  = space / tab / line feed / carriage return
 *   quote  = "'" / '"'                 (of each kind an even number)
 *
 * Parentheses can be left out: an entry ends at the first gap, "(" or ")". A gap does
 * not end it
 *   - behind "@", "=", "!" or a first "-", nor before "@" or "=": blanks there mean nothing;
 *   - where it is one comma, and a number or a range alone is behind it, which are
 *     functions: "02:00.0,3-5";
 *   - before "name=" if PT_LIST_OPTIONS is set and name selects no devices;
 *   - where it is blanks alone if PT_LIST_WORDS is set.
 *
 * ";" means what "," means. GRUB ends a command at it, so no text of ours writes it.
 *
 * Pure logic: no kernel service is used.
 */
#ifndef _LINUX_PT_LIST_H
#define _LINUX_PT_LIST_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define PT_LIST_OPTIONS	0x1	/* ",name=value" belongs to the entry before it */
#define PT_LIST_WORDS	0x2	/* an entry is several words */

/**
 * struct pt_list - a list that is being read
 * @text: the list, not necessarily terminated
 * @end: its length
 * @pos: where to go on
 * @flags: PT_LIST_*
 * @group: where the parentheses around @pos end, or 0
 * @number: how many entries there were
 * @done: the quotes have been looked at
 */
struct pt_list {
	const char *text;
	size_t end;
	size_t pos;
	unsigned int flags;
	size_t group;
	unsigned int number;
	bool done;
};

/**
 * struct pt_list_entry - an entry, or what is none
 * @text: where it begins
 * @len: its length, without gaps around it; never 0
 * @pos: offset in the list of what is wrong, else of @text
 * @why: what is wrong, or NULL
 */
struct pt_list_entry {
	const char *text;
	size_t len;
	size_t pos;
	const char *why;
};

/**
 * pt_list_next() - the next entry of a list
 * @list: all of it, with @text, @end and @flags; the rest is zero at first
 * @entry: what was found
 *
 * Empty entries are passed over.
 *
 * Context: any.
 * Return: 1; 0 at the end, then @entry is as it was; -EINVAL for what is no entry,
 * after which the rest of the list can still be read.
 */
int pt_list_next(struct pt_list *list, struct pt_list_entry *entry);

#endif /* _LINUX_PT_LIST_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The grammar in which an administrator names devices: hide=, new_slot,
 * remove_slot and the attributes that take one address.
 *
 *   list     = *space *( "(" rule ")" *space )
 *   rule     = [ domain ":" ] bus ":" device "." function
 *   domain   = 1*8hex                     (0 when left out)
 *   bus      = 1*2hex
 *   device   = 1*2hex / "*"               (at most 1f)
 *   function = "*" / frange *( "," frange )   ("*" alone after device "*")
 *   frange   = digit [ "-" digit ]        (0 to 7)
 *
 * Pure logic: no kernel service is used, so that unit tests and fuzzers run
 * on it in user space.
 */
#ifndef PBNG_RULE_CORE_H
#define PBNG_RULE_CORE_H

#include "bdf.h"

/**
 * struct pbng_rule - a set of functions of one bus
 * @domain: PCI segment
 * @bus: bus number
 * @device: device number; meaningless when @any_device is set
 * @any_device: every device of the bus is meant
 * @functions: bit N is set when function N is meant
 */
struct pbng_rule {
	u32 domain;
	u8 bus;
	u8 device;
	bool any_device;
	u8 functions;
};

/**
 * struct pbng_rule_error - why a text was refused
 * @pos: offset of the first character that does not fit
 * @why: what was expected there, for the log
 */
struct pbng_rule_error {
	size_t pos;
	const char *why;
};

/**
 * pbng_rule_parse() - read one rule
 * @text: the text, not necessarily terminated
 * @len: its length; blanks and a newline at either end are ignored
 * @rule: the result, untouched on failure
 * @error: where and why, on failure
 *
 * Return: 0, or -EINVAL when the text is not of the grammar.
 */
int pbng_rule_parse(const char *text, size_t len, struct pbng_rule *rule,
		    struct pbng_rule_error *error);

/**
 * pbng_rule_next() - find the next entry of a hide list
 * @list: the whole list, terminated
 * @pos: in: where to go on, 0 at first; out: where the next call goes on
 * @text: the entry's text without its parentheses
 * @len: length of @text
 * @error: where and why, on failure; the rest of the list can still be read
 *
 * Return: 1 when an entry was found, 0 at the end of the list, -EINVAL when
 * what stands at @pos is not an entry (it is skipped).
 */
int pbng_rule_next(const char *list, size_t *pos, const char **text,
		   size_t *len, struct pbng_rule_error *error);

/**
 * pbng_rule_for_each() - call @fn for every function that a rule names
 * @rule: the rule
 * @fn: called in ascending order; a result other than 0 ends the walk
 * @data: handed to @fn
 *
 * Return: 0, or what @fn said when it ended the walk.
 */
int pbng_rule_for_each(const struct pbng_rule *rule,
		       int (*fn)(struct pbng_bdf bdf, void *data), void *data);

#endif /* PBNG_RULE_CORE_H */

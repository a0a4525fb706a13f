// SPDX-License-Identifier: GPL-2.0
/*
 * Parser of device rules, see rule_core.h for the grammar.
 *
 * One hand-written scanner rather than a ladder of sscanf() formats: it knows
 * the position of the first wrong character, so that the administrator can be
 * told, and it cannot overflow an integer silently.
 */
#ifdef __KERNEL__
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "rule_core.h"

#define ALL_FUNCTIONS	0xff
#define DEVICES_PER_BUS	32

struct scanner {
	const char *text;
	size_t pos;
	size_t end;
	struct pbng_rule_error *error;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static int refuse(struct scanner *s, const char *why)
{
	s->error->pos = s->pos;
	s->error->why = why;
	return -EINVAL;
}

static bool accept(struct scanner *s, char c)
{
	if (s->pos >= s->end || s->text[s->pos] != c)
		return false;
	s->pos++;
	return true;
}

/* A hexadecimal number of 1 to @digits digits, at most @max. */
static int scan_hex(struct scanner *s, unsigned int digits, u32 max,
		    const char *why, u32 *value)
{
	size_t start = s->pos;
	u32 v = 0;
	int digit;

	while (s->pos < s->end && s->pos - start < digits) {
		digit = hex_to_bin(s->text[s->pos]);
		if (digit < 0)
			break;
		v = v << 4 | (u32)digit;
		s->pos++;
	}
	if (s->pos == start)
		return refuse(s, why);
	if (v > max) {
		s->pos = start;
		return refuse(s, why);
	}
	*value = v;
	return 0;
}

static int scan_function(struct scanner *s, u32 *function)
{
	return scan_hex(s, 1, 7, "expected a function number 0 to 7", function);
}

/* "*", or numbers and ranges separated by commas. */
static int scan_functions(struct scanner *s, bool any_device, u8 *functions)
{
	u8 mask = 0;
	u32 first, last;
	int err;

	if (accept(s, '*')) {
		*functions = ALL_FUNCTIONS;
		return 0;
	}
	if (any_device)
		return refuse(s, "expected '*': every device means every function");
	do {
		err = scan_function(s, &first);
		if (err)
			return err;
		last = first;
		if (accept(s, '-')) {
			err = scan_function(s, &last);
			if (err)
				return err;
			if (last < first) {
				s->pos--;
				return refuse(s, "range ends before it begins");
			}
		}
		while (first <= last)
			mask |= 1u << first++;
	} while (accept(s, ','));
	*functions = mask;
	return 0;
}

/* domain and bus, or bus alone: only the second ':' tells which it was. */
static int scan_bus(struct scanner *s, struct pbng_rule *rule)
{
	size_t start = s->pos;
	u32 domain = 0, bus;
	size_t look = s->pos;
	int colons = 0;
	int err;

	for (; look < s->end && s->text[look] != '.'; look++)
		colons += s->text[look] == ':';
	if (colons > 1) {
		err = scan_hex(s, 8, U32_MAX, "expected a domain number", &domain);
		if (err)
			return err;
		if (!accept(s, ':'))
			return refuse(s, "expected ':' after the domain");
	}
	err = scan_hex(s, 2, 0xff, s->pos == start ?
		       "expected [DDDD:]BB:DD.F" : "expected a bus number", &bus);
	if (err)
		return err;
	if (!accept(s, ':'))
		return refuse(s, "expected ':' after the bus");
	rule->domain = domain;
	rule->bus = bus;
	return 0;
}

static int scan_rule(struct scanner *s, struct pbng_rule *rule)
{
	u32 device = 0;
	int err;

	err = scan_bus(s, rule);
	if (err)
		return err;
	rule->any_device = accept(s, '*');
	if (!rule->any_device) {
		err = scan_hex(s, 2, DEVICES_PER_BUS - 1,
			       "expected a device number 00 to 1f", &device);
		if (err)
			return err;
	}
	rule->device = device;
	if (!accept(s, '.'))
		return refuse(s, "expected '.' after the device");
	err = scan_functions(s, rule->any_device, &rule->functions);
	if (err)
		return err;
	if (s->pos < s->end)
		return refuse(s, "unexpected text after the function");
	return 0;
}

int pbng_rule_parse(const char *text, size_t len, struct pbng_rule *rule,
		    struct pbng_rule_error *error)
{
	struct scanner s = { .text = text, .end = len, .error = error };
	struct pbng_rule r = {};
	int err;

	while (s.pos < s.end && is_blank(text[s.pos]))
		s.pos++;
	while (s.end > s.pos && is_blank(text[s.end - 1]))
		s.end--;
	err = scan_rule(&s, &r);
	if (!err)
		*rule = r;
	return err;
}

int pbng_rule_next(const char *list, size_t *pos, const char **text,
		   size_t *len, struct pbng_rule_error *error)
{
	size_t start = *pos;
	const char *close;

	while (is_blank(list[start]))
		start++;
	*pos = start;
	if (!list[start])
		return 0;
	error->pos = start;
	if (list[start] != '(') {
		error->why = "expected '('";
		/* Skip to the next entry: one slip must not lose the others. */
		*pos = start + strcspn(list + start, "(");
		return -EINVAL;
	}
	start++;
	close = list + start + strcspn(list + start, "()");
	*text = list + start;
	*len = close - *text;
	*pos = close - list;
	if (*close != ')') {
		error->why = "no ')' closes this entry";
		return -EINVAL;
	}
	*pos += 1;
	return 1;
}

int pbng_rule_for_each(const struct pbng_rule *rule,
		       int (*fn)(struct pbng_bdf bdf, void *data), void *data)
{
	unsigned int device = rule->any_device ? 0 : rule->device;
	unsigned int last = rule->any_device ? DEVICES_PER_BUS - 1 : rule->device;
	unsigned int function;
	int err;

	for (; device <= last; device++) {
		for (function = 0; function < 8; function++) {
			if (!(rule->functions & 1u << function))
				continue;
			err = fn((struct pbng_bdf) {
					 .domain = rule->domain,
					 .bus = rule->bus,
					 .devfn = device << 3 | function,
				 }, data);
			if (err)
				return err;
		}
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * From text to rules; see rule_core.h for the grammar.
 *
 * One hand-written scanner rather than a ladder of sscanf() formats: it knows
 * the position of the first wrong character, so that the administrator can be
 * told, and it cannot overflow an integer silently. It goes from left to right;
 * it only looks ahead to tell apart what begins with a hexadecimal number.
 */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/hex.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "rule_core.h"
#include "rule_words.h"

#define ALL_FUNCTIONS	0xff
#define LAST_DEVICE	0x1f

/* Selectors are compared and hashed as bytes: 7 u32, 4 u8, the hops and a u64. */
static_assert(sizeof(struct pbng_selector) == 7 * 4 + 4 + PBNG_RULE_HOPS + 1 + 8);

struct scanner {
	const char *text;
	size_t pos;
	size_t end;
	const char *example;	/* of what is being read */
	struct pbng_rule_error *error;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_separator(char c)
{
	return c == ',' || c == ';';
}

static int refuse(struct scanner *s, const char *why)
{
	s->error->pos = s->pos;
	s->error->why = why;
	s->error->example = s->example;
	return -EINVAL;
}

static bool at(const struct scanner *s, char c)
{
	return s->pos < s->end && s->text[s->pos] == c;
}

static bool accept(struct scanner *s, char c)
{
	if (!at(s, c))
		return false;
	s->pos++;
	return true;
}

/* Blanks before it count only if it is there: what follows is read from them on. */
static bool at_spaced(const struct scanner *s, char c)
{
	size_t pos = s->pos;

	while (pos < s->end && is_blank(s->text[pos]))
		pos++;
	return pos < s->end && s->text[pos] == c;
}

static void skip_blanks(struct scanner *s)
{
	while (s->pos < s->end && is_blank(s->text[s->pos]))
		s->pos++;
}

/* With blanks around it. */
static bool accept_spaced(struct scanner *s, char c)
{
	if (!at_spaced(s, c))
		return false;
	skip_blanks(s);
	s->pos++;
	skip_blanks(s);
	return true;
}

static bool accept_word(struct scanner *s, const char *word)
{
	size_t len = strlen(word);

	if (s->end - s->pos < len || strncasecmp(s->text + s->pos, word, len))
		return false;
	s->pos += len;
	return true;
}

/* A name and its "="; @name has it as well. */
static bool accept_name(struct scanner *s, const char *name)
{
	size_t start = s->pos, len = strlen(name) - 1;

	if (s->end - s->pos < len || strncasecmp(s->text + s->pos, name, len))
		return false;
	s->pos += len;
	if (accept_spaced(s, '='))
		return true;
	s->pos = start;
	return false;
}

/* The digit at @pos, or -1. */
static int digit_at(const struct scanner *s, size_t pos)
{
	return pos < s->end ? hex_to_bin(s->text[pos]) : -1;
}

/* A hexadecimal number of 1 to @digits digits, at most @max. */
static int scan_hex(struct scanner *s, unsigned int digits, u32 max,
		    const char *why, u32 *value)
{
	size_t start = s->pos;
	u32 v = 0;

	while (s->pos - start < digits && digit_at(s, s->pos) >= 0)
		v = v << 4 | (u32)digit_at(s, s->pos++);
	if (s->pos == start)
		return refuse(s, why);
	if (v > max) {
		s->pos = start;
		return refuse(s, why);
	}
	*value = v;
	return 0;
}

/* Ids and classes are patterns: exactly so many digits are added to @value. */
static int scan_digits(struct scanner *s, unsigned int digits, const char *why,
		       u32 *value)
{
	while (digits--) {
		if (digit_at(s, s->pos) < 0)
			return refuse(s, why);
		*value = *value << 4 | (u32)digit_at(s, s->pos++);
	}
	return 0;
}

static int scan_device(struct scanner *s, u8 *devfn)
{
	u32 device;
	int err;

	err = scan_hex(s, 2, LAST_DEVICE,
		       at(s, '*') ? "expected a device number: '*' is for addresses only" :
		       "expected a device number 00 to 1f", &device);
	if (err)
		return err;
	*devfn = device << 3;
	return 0;
}

static int scan_dot(struct scanner *s)
{
	return accept(s, '.') ? 0 : refuse(s, "expected '.' after the device");
}

static int scan_function(struct scanner *s, u32 *function)
{
	return scan_hex(s, 1, 7, "expected a function number 0 to 7", function);
}

/* A "," with a letter behind it begins an option, not another function. */
static bool accept_function_comma(struct scanner *s)
{
	size_t start = s->pos;

	if (!accept_spaced(s, ','))
		return false;
	if (s->pos < s->end && !isalpha((unsigned char)s->text[s->pos]) &&
	    !is_separator(s->text[s->pos]))
		return true;
	s->pos = start;
	return false;
}

/* Numbers and ranges separated by commas, or "*". */
static int scan_functions(struct scanner *s, u8 *functions)
{
	u8 mask = 0;
	u32 first, last;
	int err;

	if (accept(s, '*')) {
		*functions = ALL_FUNCTIONS;
		return 0;
	}
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
	} while (accept_function_comma(s));
	*functions = mask;
	return 0;
}

/* Where the hexadecimal number at @pos ends. */
static size_t end_of_number(const struct scanner *s, size_t pos)
{
	while (digit_at(s, pos) >= 0)
		pos++;
	return pos;
}

static bool colon_at(const struct scanner *s, size_t pos)
{
	return pos < s->end && s->text[pos] == ':';
}

/* domain and bus, or bus alone: only the second ':' tells which it is. */
static int scan_bus(struct scanner *s, struct pbng_selector *selector)
{
	size_t colon = end_of_number(s, s->pos);
	u32 bus;
	int err;

	if (colon_at(s, colon) && colon_at(s, end_of_number(s, colon + 1))) {
		err = scan_hex(s, 8, U32_MAX, "expected a domain number", &selector->domain);
		if (err)
			return err;
		if (!accept(s, ':'))
			return refuse(s, "expected ':' after the domain");
	}
	err = scan_hex(s, 2, 0xff, "expected a bus number", &bus);
	if (err)
		return err;
	if (!accept(s, ':'))
		return refuse(s, "expected ':' after the bus");
	selector->bus = bus;
	return 0;
}

/* Behind the address of a bridge: one function more with each '/'. */
static int scan_path(struct scanner *s, struct pbng_rule *rule, size_t functions)
{
	struct pbng_selector *selector = &rule->selector;
	u8 *devfn = &selector->devfn;
	int err;

	selector->kind = PBNG_RULE_PATH;
	s->example = "0000:00:1c.0/00.0";
	while (at(s, '/')) {
		/* @functions is where those of the hop before this one begin. */
		if (s->pos != functions + 1 || s->text[functions] == '*')
			return refuse(s, "a path goes on behind one function, not several");
		if (selector->hops == PBNG_RULE_HOPS)
			return refuse(s, "a path goes through 15 bridges at most");
		s->pos++;
		*devfn |= digit_at(s, functions);
		devfn = &selector->hop[selector->hops++];
		err = scan_device(s, devfn);
		if (!err)
			err = scan_dot(s);
		functions = s->pos;
		if (!err)
			err = scan_functions(s, &rule->options.functions);
		if (err)
			return err;
	}
	return 0;
}

static int scan_address(struct scanner *s, struct pbng_rule *rule)
{
	size_t functions;
	int err;

	err = scan_bus(s, &rule->selector);
	if (err)
		return err;
	rule->any_device = accept(s, '*');
	if (!rule->any_device)
		err = scan_device(s, &rule->selector.devfn);
	if (!err)
		err = scan_dot(s);
	if (err)
		return err;
	if (rule->any_device && !at(s, '*'))
		return refuse(s, "expected '*': every device means every function");
	functions = s->pos;
	err = scan_functions(s, &rule->options.functions);
	if (!err && at(s, '/'))
		err = scan_path(s, rule, functions);
	return err;
}

static int scan_vfs_of(struct scanner *s, struct pbng_selector *selector)
{
	u32 function;
	int err;

	s->example = "vfs-of=0000:01:00.0";
	selector->kind = PBNG_RULE_VFS_OF;
	err = scan_bus(s, selector);
	if (!err)
		err = scan_device(s, &selector->devfn);
	if (!err)
		err = scan_dot(s);
	if (!err)
		err = scan_function(s, &function);
	if (!err)
		selector->devfn |= function;
	return err;
}

static int scan_ids(struct scanner *s, struct pbng_selector *selector)
{
	const char *why = "expected the 4 digits of a subsystem id";
	int err;

	s->example = "8086:10ca";
	selector->kind = PBNG_RULE_IDS;
	selector->subvendor = PBNG_ANY_ID;
	selector->subdevice = PBNG_ANY_ID;
	err = scan_digits(s, 4, "expected the 4 digits of a vendor id", &selector->vendor);
	if (err)
		return err;
	if (!accept(s, ':'))
		return refuse(s, "expected ':' after the vendor id");
	err = scan_digits(s, 4, "expected the 4 digits of a device id", &selector->device);
	if (err || !accept(s, ':'))
		return err;
	selector->subvendor = 0;
	selector->subdevice = 0;
	err = scan_digits(s, 4, why, &selector->subvendor);
	if (err)
		return err;
	if (!accept(s, ':'))
		return refuse(s, "expected ':' after the subsystem vendor id");
	return scan_digits(s, 4, why, &selector->subdevice);
}

static int scan_class(struct scanner *s, struct pbng_selector *selector)
{
	int err;

	s->example = "class=0c03";
	selector->kind = PBNG_RULE_CLASS;
	do {
		err = scan_digits(s, 2, "expected a class of 2, 4 or 6 digits",
				  &selector->class);
		if (err)
			return err;
		selector->digits += 2;
	} while (selector->digits < 6 && digit_at(s, s->pos) >= 0);
	selector->class <<= 4 * (6 - selector->digits);
	return 0;
}

/* All zeros and all ones are what many cards have that have no number. */
static int scan_serial(struct scanner *s, struct pbng_selector *selector)
{
	const char *why = "expected a serial number of 16 digits, not all of them 0 or f";
	size_t start = s->pos;
	u32 high = 0, low = 0;
	int err;

	s->example = "serial=525400ffffaabbcc";
	selector->kind = PBNG_RULE_SERIAL;
	err = scan_digits(s, 8, why, &high) ?: scan_digits(s, 8, why, &low);
	if (err)
		return err;
	selector->serial = (u64)high << 32 | low;
	if (selector->serial && ~selector->serial)
		return 0;
	s->pos = start;
	return refuse(s, why);
}

/*
 * Ids have no '.', and a vendor id is longer than the number of a bus. What is
 * left can be an address that was not finished: with a domain there is a bus.
 */
static bool looks_like_ids(const struct scanner *s)
{
	size_t vendor = end_of_number(s, s->pos);
	size_t device = end_of_number(s, vendor + 1);
	size_t look;

	for (look = s->pos; look < s->end && !is_separator(s->text[look]); look++) {
		if (s->text[look] == '.')
			return false;
	}
	return vendor > s->pos + 2 && (device > vendor + 3 || !colon_at(s, device));
}

static int scan_selector(struct scanner *s, struct pbng_rule *rule)
{
	size_t number = end_of_number(s, s->pos);

	if (accept_name(s, "class="))
		return scan_class(s, &rule->selector);
	if (accept_name(s, "serial="))
		return scan_serial(s, &rule->selector);
	if (accept_name(s, "vfs-of="))
		return scan_vfs_of(s, &rule->selector);
	/* A letter in what should be a number: an address may not be meant at all. */
	if (number == s->pos || (number < s->end && !strchr(":.@,;/", s->text[number]))) {
		s->pos = number;
		return refuse(s, "expected an address, ids, class=, serial= or vfs-of=");
	}
	if (looks_like_ids(s))
		return scan_ids(s, &rule->selector);
	return scan_address(s, rule);
}

static int scan_slot(struct scanner *s, struct pbng_rule *rule)
{
	u32 slot;
	int err;

	if (rule->selector.kind != PBNG_RULE_ADDRESS && rule->selector.kind != PBNG_RULE_PATH)
		return refuse(s, "a slot is for rules that name one device, by address or path");
	if (rule->any_device)
		return refuse(s, "a slot is for one device, not for every device of a bus");
	s->example = "0000:02:00.0@7";
	accept_spaced(s, '@');
	err = scan_hex(s, 2, LAST_DEVICE, "expected a slot number 0 to 1f", &slot);
	if (!err)
		rule->options.slot = slot;
	return err;
}

/* The value of an option: @choice is its index. It ends where the option ends. */
static int scan_value(struct scanner *s, const struct pbng_rule_words *option,
		      int *choice)
{
	size_t start = s->pos;
	int i;

	for (i = 0; i < PBNG_RULE_VALUES && option->values[i]; i++) {
		if (!accept_word(s, option->values[i]))
			continue;
		if (s->pos == s->end || is_blank(s->text[s->pos]) ||
		    is_separator(s->text[s->pos])) {
			*choice = i;
			return 0;
		}
		if (at(s, '@'))
			return refuse(s, "a slot has to stand before the options");
		s->pos = start;
	}
	return refuse(s, option->why);
}

/* To the next option, over several separators: what is empty says nothing. */
static bool accept_separators(struct scanner *s)
{
	size_t start = s->pos;
	bool found = false;

	for (; s->pos < s->end; s->pos++) {
		if (is_separator(s->text[s->pos]))
			found = true;
		else if (!is_blank(s->text[s->pos]))
			break;
	}
	if (!found)
		s->pos = start;
	return found;
}

static int scan_options(struct scanner *s, struct pbng_rule_options *options)
{
	int choice[PBNG_RULE_OPTIONS] = { -1, -1, -1 };
	size_t start;
	unsigned int i;
	int err;

	while (accept_separators(s) && s->pos < s->end) {
		s->example = "0000:02:00.0,policy=standard";
		start = s->pos;
		for (i = 0; i < PBNG_RULE_OPTIONS; i++) {
			if (accept_name(s, pbng_rule_words[i].name))
				break;
		}
		if (i == PBNG_RULE_OPTIONS)
			return refuse(s, "expected policy=, rdm_policy= or msitranslate=");
		if (choice[i] >= 0) {
			s->pos = start;
			return refuse(s, "this option was given before");
		}
		err = scan_value(s, &pbng_rule_words[i], &choice[i]);
		if (err)
			return err;
	}
	/* A default is 0, or -1 where 0 says something: one less than the first value. */
	options->policy = choice[PBNG_RULE_POLICY] + PBNG_POLICY_STRICT;
	options->rdm_policy = choice[PBNG_RULE_RDM_POLICY] + PBNG_RDM_STRICT;
	options->msitranslate = choice[PBNG_RULE_MSITRANSLATE];
	return 0;
}

static const char *const expected_after[] = {
	[PBNG_RULE_ADDRESS] = "expected '@', ',' or the end after the function",
	[PBNG_RULE_PATH] = "expected '@', ',' or the end after the function",
	[PBNG_RULE_VFS_OF] = "expected ',' or the end: vfs-of= takes one function",
	[PBNG_RULE_SERIAL] = "expected ',' or the end: a serial number has 16 digits",
	[PBNG_RULE_IDS] = "expected ',' or the end after the ids",
	[PBNG_RULE_CLASS] = "expected ',' or the end: a class has 2, 4 or 6 digits",
};

static int scan_rule(struct scanner *s, struct pbng_rule *rule)
{
	const char *expected;
	int err;

	err = scan_selector(s, rule);
	if (err)
		return err;
	expected = expected_after[rule->selector.kind];
	if (at_spaced(s, '@')) {
		expected = "expected ',' or the end after the slot";
		err = scan_slot(s, rule);
	}
	if (!err)
		err = scan_options(s, &rule->options);
	if (!err && s->pos < s->end)
		err = refuse(s, expected);
	return err;
}

/* "!" takes devices out of wider rules: there is nothing to say about how. */
static int scan_exclusion(struct scanner *s, struct pbng_rule *rule)
{
	size_t mark = s->pos - 1;
	int err;

	s->example = "!0000:02:00.0";
	skip_blanks(s);
	err = scan_selector(s, rule);
	if (err)
		return err;
	if (rule->selector.kind != PBNG_RULE_ADDRESS && rule->selector.kind != PBNG_RULE_PATH) {
		s->example = "!0000:02:00.0";
		s->pos = mark;
		return refuse(s, "'!' is for an address or a path");
	}
	rule->options.exclude = true;
	accept_separators(s);
	if (s->pos < s->end)
		return refuse(s, "expected the end: with '!' there is no slot and no option");
	return 0;
}

int pbng_rule_parse(const char *text, size_t len, struct pbng_rule *rule,
		    struct pbng_rule_error *error)
{
	struct scanner s = {
		.text = text, .end = len, .example = "0000:02:00.0", .error = error,
	};
	struct pbng_rule r = { .options.slot = PBNG_NO_SLOT };
	int err;

	r.options.msitranslate = PBNG_MSITRANSLATE_DEFAULT;
	while (s.pos < s.end && is_blank(text[s.pos]))
		s.pos++;
	while (s.end > s.pos && is_blank(text[s.end - 1]))
		s.end--;
	err = accept(&s, '!') ? scan_exclusion(&s, &r) : scan_rule(&s, &r);
	if (!err)
		*rule = r;
	return err;
}

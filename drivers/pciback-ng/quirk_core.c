// SPDX-License-Identifier: GPL-2.0
/* From text to quirks and back; see quirk_core.h for the grammar. */
#ifdef __KERNEL__
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "quirk_core.h"
#include "words_core.h"

#define CONFIG_END	0x1000
#define AF_LAST		0xf8	/* a capability of 6 bytes, before the first 256 end */

static const char *const methods[] = {
	[PBNG_QUIRK_NO_FLR] = "no-flr",
	[PBNG_QUIRK_NO_PM] = "no-pm",
	[PBNG_QUIRK_NO_BUS] = "no-bus",
	[PBNG_QUIRK_NO_RESET] = "no-reset",
};

static int scan_space(struct pbng_words *w, struct pbng_quirk *quirk)
{
	char digit;

	quirk->kind = PBNG_QUIRK_REGISTER;
	quirk->space = PBNG_QUIRK_CONFIG;
	if (!pbng_words_is(w, "config")) {
		digit = w->len == 4 && pbng_words_begin(w, "bar") ? w->text[w->pos + 3] : 0;
		if (digit < '0' || digit >= '0' + PBNG_QUIRK_CONFIG)
			return pbng_words_refuse(w, "expected config, bar0 to bar5, or a method");
		quirk->space = digit - '0';
	}
	pbng_words_next(w);
	return 0;
}

static int scan_place(struct pbng_words *w, struct pbng_quirk *quirk)
{
	static const char header[] = "the kernel itself restores the header, up to 3f";
	size_t pos = w->pos;
	u32 width;
	int err;

	err = pbng_words_number(w, 0, 16, U32_MAX, "expected the offset, hexadecimal",
				&quirk->offset);
	if (err)
		return err;
	pbng_words_next(w);
	err = pbng_words_number(w, 0, 10, 4, "expected the width, 1, 2 or 4", &width);
	if (err)
		return err;
	if (width & (width - 1) || !width)
		return pbng_words_refuse(w, "expected the width, 1, 2 or 4");
	if (quirk->offset & (width - 1))
		return pbng_words_refuse_at(w, pos, "the offset is no multiple of the width");
	if (quirk->space == PBNG_QUIRK_CONFIG) {
		if (quirk->offset >= CONFIG_END)
			return pbng_words_refuse_at(w, pos, "configuration space ends at 1000");
		if (quirk->offset < PBNG_QUIRK_HEADER)
			return pbng_words_refuse_at(w, pos, header);
	}
	quirk->width = width;
	quirk->mask = pbng_quirk_all_bits(width);
	pbng_words_next(w);
	return 0;
}

enum option { MASK, VALUE, ORDER, DELAY, NOVERIFY, OPTIONS };

/* Decimal numbers have a maximum; @max 0 is for those that depend on the width. */
static const struct {
	const char *name;
	unsigned int base;
	u32 max;
	const char *why;
} options[OPTIONS] = {
	[MASK] = { "mask=", 16, 0, "expected hexadecimal bits within the width" },
	[VALUE] = { "value=", 16, 0, "expected a hexadecimal value within the width" },
	[ORDER] = { "order=", 10, U16_MAX, "expected a number up to 65535" },
	[DELAY] = { "delay=", 10, PBNG_QUIRK_MAX_DELAY, "expected milliseconds up to 10000" },
	[NOVERIFY] = { "noverify", 10, 0, "expected noverify alone" },
};

static int scan_option(struct pbng_words *w, struct pbng_quirk *quirk, u32 *value,
		       unsigned int *seen)
{
	size_t len;
	u32 max;
	int i;

	for (i = 0; i < OPTIONS && !pbng_words_begin(w, options[i].name); i++)
		;
	if (i == OPTIONS)
		return pbng_words_refuse(w, "expected mask=, value=, order=, delay= or noverify");
	if (*seen & 1u << i)
		return pbng_words_refuse(w, "this option was given before");
	*seen |= 1u << i;
	len = strlen(options[i].name);
	if (i == NOVERIFY)
		return w->len == len ? 0 : pbng_words_refuse_at(w, w->pos + len, options[i].why);
	max = options[i].max ? options[i].max : pbng_quirk_all_bits(quirk->width);
	return pbng_words_number(w, len, options[i].base, max, options[i].why, &value[i]);
}

static int scan_options(struct pbng_words *w, struct pbng_quirk *quirk)
{
	u32 value[OPTIONS] = { [MASK] = quirk->mask };
	size_t pos = w->pos;
	unsigned int seen = 0;
	int err;

	for (; w->len; pbng_words_next(w)) {
		err = scan_option(w, quirk, value, &seen);
		if (err)
			return err;
	}
	if (!value[MASK])
		return pbng_words_refuse_at(w, pos, "a mask without any bit");
	if (value[VALUE] & ~value[MASK])
		return pbng_words_refuse_at(w, pos, "the value has bits that the mask leaves out");
	quirk->mask = value[MASK];
	quirk->value = value[VALUE];
	quirk->has_value = seen & 1u << VALUE;
	quirk->order = value[ORDER];
	quirk->delay = value[DELAY];
	quirk->noverify = seen & 1u << NOVERIFY;
	return 0;
}

static int scan_delay(struct pbng_words *w, struct pbng_quirk *quirk)
{
	u32 delay;
	int err;

	err = pbng_words_number(w, strlen("flr-delay="), 10, PBNG_QUIRK_MAX_DELAY,
				"expected milliseconds up to 10000", &delay);
	if (err)
		return err;
	quirk->kind = PBNG_QUIRK_DELAY;
	quirk->delay = delay;
	pbng_words_next(w);
	return 0;
}

static int scan_af(struct pbng_words *w, struct pbng_quirk *quirk)
{
	const char *why = "expected an offset from 40 to f8, a multiple of 4";
	int err;

	err = pbng_words_number(w, strlen("af="), 16, AF_LAST, why, &quirk->offset);
	if (err)
		return err;
	if (quirk->offset < PBNG_QUIRK_HEADER || quirk->offset & 3)
		return pbng_words_refuse_at(w, w->pos + strlen("af="), why);
	quirk->kind = PBNG_QUIRK_AF;
	pbng_words_next(w);
	return 0;
}

/* What is to be done, after the devices. Up to the end of the line. */
static int scan_what(struct pbng_words *w, struct pbng_quirk *quirk)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (pbng_words_is(w, methods[i]))
			break;
	if (i < ARRAY_SIZE(methods)) {
		quirk->kind = i;
		pbng_words_next(w);
	} else if (pbng_words_begin(w, "flr-delay=")) {
		err = scan_delay(w, quirk);
	} else if (pbng_words_begin(w, "af=")) {
		err = scan_af(w, quirk);
	} else {
		err = scan_space(w, quirk);
		if (!err)
			err = scan_place(w, quirk);
		if (!err)
			err = scan_options(w, quirk);
	}
	if (!err && w->len)
		err = pbng_words_refuse(w, "expected the end of the line");
	return err;
}

int pbng_quirk_parse(const char *text, size_t len, struct pbng_quirk_line *line,
		     struct pbng_rule_error *error)
{
	struct pbng_quirk_line l = {};
	struct pbng_words w;
	int err;

	pbng_words_begin_line(&w, text, len, error);
	if (!w.len)
		return 0;
	l.remove = pbng_words_minus(&w);
	err = pbng_words_match(&w, &l.rule);
	if (!err)
		err = scan_what(&w, &l.quirk);
	if (err)
		return err;
	*line = l;
	return 1;
}

void pbng_quirk_space(u8 space, char *text)
{
	if (space == PBNG_QUIRK_CONFIG)
		scnprintf(text, PBNG_QUIRK_SPACE, "config");
	else
		scnprintf(text, PBNG_QUIRK_SPACE, "bar%u", space);
}

static size_t format_register(const struct pbng_quirk *quirk, char *text, size_t room)
{
	char space[PBNG_QUIRK_SPACE];
	size_t at;

	pbng_quirk_space(quirk->space, space);
	at = scnprintf(text, room, " %s %x %u", space, quirk->offset, quirk->width);
	if (quirk->mask != pbng_quirk_all_bits(quirk->width))
		at += scnprintf(text + at, room - at, " mask=%x", quirk->mask);
	if (quirk->has_value)
		at += scnprintf(text + at, room - at, " value=%x", quirk->value);
	if (quirk->order)
		at += scnprintf(text + at, room - at, " order=%u", quirk->order);
	if (quirk->delay)
		at += scnprintf(text + at, room - at, " delay=%u", quirk->delay);
	if (quirk->noverify)
		at += scnprintf(text + at, room - at, " noverify");
	return at;
}

size_t pbng_quirk_format(const struct pbng_quirk *quirk, char *text)
{
	const struct pbng_rule_options none = {
		.slot = PBNG_NO_SLOT, .msitranslate = PBNG_MSITRANSLATE_DEFAULT,
	};
	size_t at = pbng_rule_format(&quirk->match, &none, text);
	size_t room = PBNG_QUIRK_TEXT - at;

	switch (quirk->kind) {
	case PBNG_QUIRK_REGISTER:
		return at + format_register(quirk, text + at, room);
	case PBNG_QUIRK_DELAY:
		return at + scnprintf(text + at, room, " flr-delay=%u", quirk->delay);
	case PBNG_QUIRK_AF:
		return at + scnprintf(text + at, room, " af=%x", quirk->offset);
	default:
		return at + scnprintf(text + at, room, " %s", methods[quirk->kind]);
	}
}

// SPDX-License-Identifier: GPL-2.0
/* Registers that kinds of cards need, as text; see config_quirk_core.h for the grammar. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/hex.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "config_quirk_core.h"
#include "words_core.h"

#define HEADER_SIZE	0x40
#define VENDOR_LEN	6	/* of "14e4:*" */

/*
 * The bytes of the header that a quirk can open: cache line size, latency timer, BIST,
 * CardBus CIS, what is reserved, MIN_GNT and MAX_LAT.
 */
static bool is_closed(u32 off)
{
	static const u8 open[] = {
		0x0c, 0x0d, 0x0f, 0x28, 0x29, 0x2a, 0x2b,
		0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3e, 0x3f,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(open); i++)
		if (open[i] == off)
			return false;
	return off < HEADER_SIZE;
}

static bool is_vendor(const struct pbng_words *w)
{
	const char *text = w->text + w->pos;
	unsigned int i;

	if (w->len != VENDOR_LEN || text[4] != ':' || text[5] != '*')
		return false;
	for (i = 0; i < 4; i++)
		if (hex_to_bin(text[i]) < 0)
			return false;
	return true;
}

static void take_vendor(struct pbng_words *w, struct pbng_rule *rule)
{
	u32 vendor = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		vendor = vendor << 4 | (u32)hex_to_bin(w->text[w->pos + i]);
	*rule = (struct pbng_rule) {
		.selector = {
			.kind = PBNG_RULE_IDS,
			.vendor = vendor, .device = PBNG_ANY_ID,
			.subvendor = PBNG_ANY_ID, .subdevice = PBNG_ANY_ID,
		},
	};
	pbng_words_next(w);
}

static int scan_class(struct pbng_words *w, struct pbng_config_quirk *quirk)
{
	static const char why[] = "expected a class of 2, 4 or 6 hexadecimal digits";
	size_t digits = w->len - strlen("class=");
	u32 class;
	int err;

	err = pbng_words_number(w, strlen("class="), 16, 0xffffff, why, &class);
	if (err)
		return err;
	if ((digits != 2 && digits != 4 && digits != 6) || w->text[w->pos + 7] == 'x')
		return pbng_words_refuse_at(w, w->pos + strlen("class="), why);
	quirk->digits = digits;
	quirk->class = class << (4 * (6 - digits));
	pbng_words_next(w);
	return 0;
}

static int scan_register(struct pbng_words *w, struct pbng_config_quirk *quirk)
{
	static const char closed[] = "this register of the header has rules of its own";
	size_t pos = w->pos;
	u32 off, len, i;
	int err;

	err = pbng_words_number(w, 0, 16, PBNG_CFG_EXT_SIZE - 1,
				"expected the register, hexadecimal, below 1000", &off);
	if (err)
		return err;
	pbng_words_next(w);
	err = pbng_words_number(w, 0, 10, 4, "expected the width, 1, 2 or 4", &len);
	if (err)
		return err;
	if (len & (len - 1) || !len)
		return pbng_words_refuse(w, "expected the width, 1, 2 or 4");
	if (off & (len - 1))
		return pbng_words_refuse_at(w, pos, "the register is no multiple of the width");
	for (i = 0; i < len; i++)
		if (is_closed(off + i))
			return pbng_words_refuse_at(w, pos, closed);
	quirk->bits = (struct pbng_cfg_quirk) {
		.off = off, .len = len, .mask = pbng_cfg_bits(len),
	};
	pbng_words_next(w);
	return 0;
}

static int scan_mask(struct pbng_words *w, struct pbng_config_quirk *quirk)
{
	static const char why[] = "expected hexadecimal bits within the width";
	int err;

	if (!w->len)
		return 0;
	err = pbng_words_number(w, 0, 16, quirk->bits.mask, why, &quirk->bits.mask);
	if (!err && !quirk->bits.mask)
		err = pbng_words_refuse(w, "a mask without any bit");
	if (err)
		return err;
	pbng_words_next(w);
	return w->len ? pbng_words_refuse(w, "expected the end of the line") : 0;
}

int pbng_config_quirk_parse(const char *text, size_t len,
			    struct pbng_config_quirk_line *line,
			    struct pbng_rule_error *error)
{
	struct pbng_config_quirk_line l = {};
	struct pbng_words w;
	int err = 0;

	pbng_words_begin_line(&w, text, len, error);
	if (!w.len)
		return 0;
	l.remove = pbng_words_minus(&w);
	if (is_vendor(&w))
		take_vendor(&w, &l.rule);
	else
		err = pbng_words_match(&w, &l.rule);
	if (!err && pbng_words_begin(&w, "class="))
		err = scan_class(&w, &l.quirk);
	if (!err)
		err = scan_register(&w, &l.quirk);
	if (!err)
		err = scan_mask(&w, &l.quirk);
	if (err)
		return err;
	*line = l;
	return 1;
}

static size_t format_match(const struct pbng_selector *match, char *text)
{
	const struct pbng_rule_options none = {
		.slot = PBNG_NO_SLOT, .msitranslate = PBNG_MSITRANSLATE_DEFAULT,
	};

	if (match->kind == PBNG_RULE_IDS && match->device == PBNG_ANY_ID)
		return scnprintf(text, PBNG_RULE_TEXT, "%04x:*", match->vendor);
	return pbng_rule_format(match, &none, text);
}

size_t pbng_config_quirk_format(const struct pbng_config_quirk *quirk, char *text)
{
	size_t at = format_match(&quirk->match, text);

	if (quirk->digits)
		at += scnprintf(text + at, PBNG_CONFIG_QUIRK_TEXT - at, " class=%0*x",
				quirk->digits, quirk->class >> (4 * (6 - quirk->digits)));
	return at + scnprintf(text + at, PBNG_CONFIG_QUIRK_TEXT - at, " %x %u %x",
			      quirk->bits.off, quirk->bits.len, quirk->bits.mask);
}

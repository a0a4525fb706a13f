// SPDX-License-Identifier: GPL-2.0
/* Lines of words, see words_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/hex.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "words_core.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int pbng_words_refuse_at(struct pbng_words *w, size_t pos, const char *why)
{
	w->error->pos = pos;
	w->error->why = why;
	return -EINVAL;
}

int pbng_words_refuse(struct pbng_words *w, const char *why)
{
	return pbng_words_refuse_at(w, w->pos, why);
}

void pbng_words_next(struct pbng_words *w)
{
	w->pos += w->len;
	while (w->pos < w->end && is_blank(w->text[w->pos]))
		w->pos++;
	w->len = 0;
	while (w->pos + w->len < w->end && !is_blank(w->text[w->pos + w->len]))
		w->len++;
}

void pbng_words_begin_line(struct pbng_words *w, const char *text, size_t len,
			   struct pbng_rule_error *error)
{
	*w = (struct pbng_words) { .text = text, .error = error };
	while (w->end < len && text[w->end] != '#')
		w->end++;
	pbng_words_next(w);
}

bool pbng_words_is(const struct pbng_words *w, const char *word)
{
	return w->len == strlen(word) && !memcmp(w->text + w->pos, word, w->len);
}

bool pbng_words_begin(const struct pbng_words *w, const char *word)
{
	size_t len = strlen(word);

	return w->len >= len && !memcmp(w->text + w->pos, word, len);
}

bool pbng_words_minus(struct pbng_words *w)
{
	if (w->text[w->pos] != '-')
		return false;
	w->len = 1;
	pbng_words_next(w);
	return true;
}

int pbng_words_number(struct pbng_words *w, size_t at, unsigned int base, u32 max,
		      const char *why, u32 *value)
{
	size_t pos = w->pos + at, end = w->pos + w->len;
	u64 v = 0;
	int digit;

	if (base == 16 && end - pos > 2 && !memcmp(w->text + pos, "0x", 2))
		pos += 2;
	if (pos == end)
		return pbng_words_refuse_at(w, pos, why);
	for (; pos < end; pos++) {
		digit = hex_to_bin(w->text[pos]);
		if (digit < 0 || digit >= (int)base)
			return pbng_words_refuse_at(w, pos, why);
		v = v * base + digit;
		if (v > max)
			return pbng_words_refuse_at(w, w->pos + at, why);
	}
	*value = v;
	return 0;
}

/* Slots and options are for guests, not for kinds of devices. */
static bool has_options(const struct pbng_rule_options *options)
{
	return options->exclude || options->slot != PBNG_NO_SLOT || options->policy ||
	       options->rdm_policy || options->msitranslate != PBNG_MSITRANSLATE_DEFAULT;
}

int pbng_words_match(struct pbng_words *w, struct pbng_rule *rule)
{
	int err;

	err = pbng_rule_parse(w->text + w->pos, w->len, rule, w->error);
	if (err) {
		w->error->pos += w->pos;
		return err;
	}
	if (has_options(&rule->options))
		return pbng_words_refuse(w, "expected a device without slot and options");
	pbng_words_next(w);
	return 0;
}

int pbng_words_next_entry(struct pt_list *list, struct pt_list_entry *entry,
			  struct pbng_rule_error *error, const char *example,
			  int (*apply)(const struct pt_list_entry *entry,
				       struct pbng_rule_error *error))
{
	size_t at;
	int err;

	*error = (struct pbng_rule_error) { .example = example };
	list->flags = PT_LIST_WORDS;
	for (at = 0; at < list->end; at++)
		if (list->text[at] == '#')
			list->end = at;
	err = pt_list_next(list, entry);
	if (!err)
		return 0;

	if (err > 0)
		err = apply(entry, error);
	else
		error->why = entry->why;
	error->pos += entry->pos;
	return err ?: 1;
}

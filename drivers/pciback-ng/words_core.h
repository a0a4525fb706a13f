/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A line of words with blanks between them, as reset_quirks and config_quirks have it. A
 * word that is refused is named by its position. What stands behind a '#' is a comment.
 *
 * Pure logic, for unit tests and fuzzers.
 */
#ifndef PBNG_WORDS_CORE_H
#define PBNG_WORDS_CORE_H

#include "rule_core.h"

/**
 * struct pbng_words - a line that is being read
 * @text: the line
 * @pos: where the word begins
 * @len: its length, 0 at the end
 * @end: of the line
 * @error: where to say what is wrong
 */
struct pbng_words {
	const char *text;
	size_t pos;
	size_t len;
	size_t end;
	struct pbng_rule_error *error;
};

/* Begin with the first word of @text. */
void pbng_words_begin_line(struct pbng_words *w, const char *text, size_t len,
			   struct pbng_rule_error *error);

/* Go on to the next word. */
void pbng_words_next(struct pbng_words *w);

/* The word is @word; it begins with @word. */
bool pbng_words_is(const struct pbng_words *w, const char *word);
bool pbng_words_begin(const struct pbng_words *w, const char *word);

/* A '-' before the first word, which then begins behind it. */
bool pbng_words_minus(struct pbng_words *w);

/* Note what was expected, here or at @pos. Return: -EINVAL. */
int pbng_words_refuse(struct pbng_words *w, const char *why);
int pbng_words_refuse_at(struct pbng_words *w, size_t pos, const char *why);

/* The rest of the word from @at on as a number of base 10 or 16, at most @max. */
int pbng_words_number(struct pbng_words *w, size_t at, unsigned int base, u32 max,
		      const char *why, u32 *value);

/* The word names devices, without a slot and without options. Goes on to the next. */
int pbng_words_match(struct pbng_words *w, struct pbng_rule *rule);

/**
 * pbng_words_next_entry() - do what the next entry of a list of lines says
 * @list: the list, see pt_list_next(); a comment ends it
 * @entry: its text
 * @error: where in the list and why, on failure; the rest can still be read
 * @example: of an entry
 * @apply: does it; 0 or more on success, a negative errno and @error otherwise
 * Return: 1; 0 at the end of the list; -EINVAL; what @apply said.
 */
int pbng_words_next_entry(struct pt_list *list, struct pt_list_entry *entry,
			  struct pbng_rule_error *error, const char *example,
			  int (*apply)(const struct pt_list_entry *entry,
				       struct pbng_rule_error *error));

#endif /* PBNG_WORDS_CORE_H */

// SPDX-License-Identifier: GPL-2.0
/* Lists of lines: pbng_words_next_entry() of words_core.c. The words are in test_quirk.c. */
#include <linux/pt_list.h>

#include "ktap.h"
#include "words_core.h"

#define EXAMPLE	"(say yes)"

static char seen[128];

/* Notes each entry; one that says "no" is refused at its third character. */
static int note(const struct pt_list_entry *entry, struct pbng_rule_error *error)
{
	size_t at = strlen(seen);

	snprintf(seen + at, sizeof(seen) - at, "[%.*s]", (int)entry->len, entry->text);
	if (entry->len < 2 || memcmp(entry->text, "no", 2))
		return 0;
	error->pos = 2;
	error->why = "expected yes";
	return -EINVAL;
}

static struct pbng_rule_error error;

/* Return: how many entries were refused; the first error stays in @error. */
static unsigned int read_all(const char *text)
{
	struct pt_list list = { .text = text, .end = strlen(text) };
	struct pbng_rule_error now;
	struct pt_list_entry entry;
	unsigned int refused = 0;
	int got;

	seen[0] = '\0';
	while ((got = pbng_words_next_entry(&list, &entry, &now, EXAMPLE, note))) {
		if (got < 0 && !refused++)
			error = now;
	}
	return refused;
}

TEST("each entry of a list is handed on, and a comment ends it")
{
	CHECK_EQ(read_all("(a b 1)(c d 2)"), 0u);
	CHECK_STREQ(seen, "[a b 1][c d 2]");
	CHECK_EQ(read_all("a b 1 # (c d 2)"), 0u);
	CHECK_STREQ(seen, "[a b 1]");
	CHECK_EQ(read_all(" # nothing"), 0u);
	CHECK_STREQ(seen, "");
}

TEST("what is refused is named with its place in the list, and the rest is read")
{
	CHECK_EQ(read_all("(yes)(nono)(yes)"), 1u);
	CHECK_STREQ(seen, "[yes][nono][yes]");
	CHECK_EQ(error.pos, 8u);
	CHECK_STREQ(error.why, "expected yes");
	CHECK_STREQ(error.example, EXAMPLE);
	CHECK_EQ(read_all("(yes"), 1u);
	CHECK(error.why);
}

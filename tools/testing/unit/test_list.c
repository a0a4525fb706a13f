// SPDX-License-Identifier: GPL-2.0
/* How lists are parted: list_core.c. */
#include <linux/pt_list.h>

#include "ktap.h"

static char found[512];

/* All entries in one text: "|" before a good one, "!" and the position before a bad one. */
static const char *read_list(const char *text, unsigned int flags)
{
	size_t size = strlen(text), at = 0;
	char copy[size + !size];
	struct pt_list list = { .text = copy, .end = size, .flags = flags };
	struct pt_list_entry entry;
	unsigned int number = 0;
	int got;

	/* A copy that ends where the text ends: the sanitizer sees a read behind it. */
	memcpy(copy, text, size);
	found[0] = '\0';
	while ((got = pt_list_next(&list, &entry))) {
		number++;
		if (got < 0)
			at += sprintf(found + at, "!%zu:%.*s", entry.pos, (int)entry.len,
				      entry.text);
		else
			at += sprintf(found + at, "|%.*s", (int)entry.len, entry.text);
		CHECK_EQ(list.number, number);
		CHECK(got > 0 ? entry.pos == (size_t)(entry.text - copy) : !!entry.why);
	}
	CHECK_EQ(pt_list_next(&list, &entry), 0);
	return found;
}

#define PLAIN(text, want)	CHECK_STREQ(read_list(text, 0), want)
#define OPTIONS(text, want)	CHECK_STREQ(read_list(text, PT_LIST_OPTIONS), want)
#define WORDS(text, want)	CHECK_STREQ(read_list(text, PT_LIST_WORDS), want)

TEST("nothing, blanks, separators, quotes and empty parentheses are no entries")
{
	PLAIN("", "");
	PLAIN(" \t\r\n", "");
	PLAIN(",,;, ;", "");
	PLAIN("''", "");
	PLAIN("\"\"", "");
	PLAIN("()( )(,)", "");
}

TEST("entries are parted by blanks, commas, ';', quotes and parentheses")
{
	PLAIN("(a)(b)", "|a|b");
	PLAIN(" ( a ) , (b);(c)\n", "|a|b|c");
	PLAIN("a,b;c d\tg\r\n", "|a|b|c|d|g");
	PLAIN("a,,;b,", "|a|b");
	PLAIN("(a,b c)", "|a|b|c");
	PLAIN("a(b)c", "|a|b|c");
	PLAIN("'(a)' \"(b)\"", "|a|b");
	PLAIN("\"'(a)'\"", "|a");
	PLAIN("('a')", "|a");
	PLAIN("'a','b'", "|a|b");
}

TEST("a comma before function numbers parts nothing")
{
	PLAIN("02:00.0,3-5", "|02:00.0,3-5");
	PLAIN("02:00.0 , 3, 5", "|02:00.0 , 3, 5");
	PLAIN("02:00.0,3,03:00.0", "|02:00.0,3|03:00.0");
	PLAIN("02:00.0,3:00.0", "|02:00.0|3:00.0");
	PLAIN("02:00.0,3@7,4:0.0", "|02:00.0,3@7|4:0.0");
	PLAIN("00:03.0/0.0,1/0.0", "|00:03.0/0.0,1/0.0");
	PLAIN("02:00.0,3=map", "|02:00.0,3=map");
	PLAIN("02:00.1-2,4-5,6", "|02:00.1-2,4-5,6");
	PLAIN("(02:00.0,3)", "|02:00.0,3");
	PLAIN("'02:00.0,3'", "|02:00.0,3");
	PLAIN("02:00.0;3", "|02:00.0|3");
	PLAIN("02:00.0,,3", "|02:00.0|3");
	PLAIN("02:00.0,8", "|02:00.0,8");
	PLAIN("02:00.0,3-8", "|02:00.0,3-8");
	PLAIN("02:00.0,3-", "|02:00.0,3-");
	PLAIN("02:00.0,3a", "|02:00.0|3a");
	PLAIN("0000:05:00,0", "|0000:05:00,0");
	PLAIN("02:00.*,3", "|02:00.*,3");
}

TEST("a comma before an option parts nothing where options are")
{
	OPTIONS("02:00.0,policy=strict,03:00.0", "|02:00.0,policy=strict|03:00.0");
	OPTIONS("02:00.0;policy=strict;msitranslate=1", "|02:00.0;policy=strict;msitranslate=1");
	OPTIONS("02:00.0 , policy = strict b", "|02:00.0 , policy = strict|b");
	OPTIONS("02:00.0,typo=1", "|02:00.0,typo=1");
	OPTIONS("a,class=02,vfs-of=b,SERIAL=c", "|a|class=02|vfs-of=b|SERIAL=c");
	OPTIONS("a,policy", "|a|policy");
	OPTIONS("a policy=b", "|a|policy=b");
	OPTIONS("a,=b", "|a|=b");
	PLAIN("a,policy=b", "|a|policy=b");
	PLAIN("a,serial=b", "|a|serial=b");
}

TEST("blanks round '@' and '=', behind '!' and behind a first '-' part nothing")
{
	PLAIN("a @ 7 b = c", "|a @ 7|b = c");
	PLAIN("! a !b", "|! a|!b");
	PLAIN("- a -b", "|- a|-b");
	PLAIN("a- b", "|a-|b");
	PLAIN("a, =b", "|a|=b");
}

TEST("where an entry is words blanks part nothing, commas do")
{
	WORDS("(a b c)(d e)", "|a b c|d e");
	WORDS("a b, c d ;e", "|a b|c d|e");
	WORDS("02:00.0,3 no-flr", "|02:00.0,3 no-flr");
	WORDS("- a b", "|- a b");
}

TEST("parentheses on one side only are refused, the rest holds")
{
	PLAIN("(a(b)", "!0:(a|b");
	PLAIN("(a", "!0:(a");
	PLAIN("(a , ", "!0:(a");
	PLAIN("(", "!0:(");
	PLAIN("a)", "!1:a)");
	PLAIN("a ) b", "!2:a )|b");
	PLAIN("a,b)(c)", "|a!3:b)|c");
	PLAIN(")(a)", "!0:)|a");
	PLAIN("((a))", "!0:(|a!4:)");
}

TEST("a quote without its other one is refused, once, and the rest holds")
{
	PLAIN("'(a)", "|a!0:'");
	PLAIN("(a) \"", "|a!4:\"");
	PLAIN("'a\"", "|a!0:'");
	PLAIN("'a' 'b", "|a|b!4:'");
}

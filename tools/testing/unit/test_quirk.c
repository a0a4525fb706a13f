// SPDX-License-Identifier: GPL-2.0
/* Lines of reset quirks: quirk_core.c. Every word, every way to be refused. */
#include "ktap.h"
#include "quirk_core.h"

static struct pbng_quirk_line line;
static struct pbng_rule_error error;

/* From a copy that ends where the text ends: the sanitizer sees who reads on. */
static int parse(const char *text)
{
	size_t len = strlen(text);
	char copy[len + !len];

	memcpy(copy, text, len);
	memset(&line, 0xa5, sizeof(line));
	memset(&error, 0, sizeof(error));
	return pbng_quirk_parse(copy, len, &line, &error);
}

#define CHECK_GOOD(text)						\
	do {								\
		if (parse(text) != 1)					\
			ktap_fail(__FILE__, __LINE__, "\"%s\" is refused at %zu: %s", \
				  text, error.pos, error.why);		\
	} while (0)

/* @why is a part of what is said. */
static void check_bad(int at, const char *text, size_t pos, const char *why)
{
	struct pbng_quirk_line before;
	int err = parse(text);

	memset(&before, 0xa5, sizeof(before));
	if (err != -EINVAL)
		ktap_fail(__FILE__, at, "\"%s\" gives %d", text, err);
	else if (error.pos != pos || !strstr(error.why, why))
		ktap_fail(__FILE__, at, "\"%s\" is refused at %zu, not %zu: %s",
			  text, error.pos, pos, error.why);
	else if (memcmp(&line, &before, sizeof(line)))
		ktap_fail(__FILE__, at, "\"%s\" is refused and changes the line", text);
}

#define CHECK_BAD(text, pos, why) check_bad(__LINE__, text, pos, why)

/* As it is written for one selector. */
static int format_one(const struct pbng_selector *selector, void *text)
{
	line.quirk.match = *selector;
	CHECK_EQ(pbng_quirk_format(&line.quirk, text), strlen(text));
	return 1;
}

/* What comes out again is @want. */
#define CHECK_FORMAT(text, want)					\
	do {								\
		char out[PBNG_QUIRK_TEXT] = "";				\
									\
		CHECK_GOOD(text);					\
		pbng_rule_for_each(&line.rule, format_one, out);	\
		CHECK_STREQ(out, want);					\
	} while (0)

TEST("a register with nothing but its place")
{
	CHECK_GOOD("8086:10c9 bar0 560c 4");
	CHECK(!line.remove);
	CHECK_EQ(line.rule.selector.kind, PBNG_RULE_IDS);
	CHECK_EQ(line.rule.selector.device, 0x10c9);
	CHECK_EQ(line.quirk.kind, PBNG_QUIRK_REGISTER);
	CHECK_EQ(line.quirk.space, 0);
	CHECK_EQ(line.quirk.offset, 0x560c);
	CHECK_EQ(line.quirk.width, 4);
	CHECK_EQ(line.quirk.mask, 0xffffffff);
	CHECK_EQ(line.quirk.value, 0);
	CHECK_EQ(line.quirk.order, 0);
	CHECK_EQ(line.quirk.delay, 0);
	CHECK(!line.quirk.has_value);
	CHECK(!line.quirk.noverify);
	CHECK(!line.quirk.builtin);
}

TEST("a register with everything that can be said, in any order")
{
	CHECK_GOOD("01:00.0 config 0x4e 2 noverify delay=250 order=7 value=0x30 mask=f0");
	CHECK_EQ(line.quirk.space, PBNG_QUIRK_CONFIG);
	CHECK_EQ(line.quirk.offset, 0x4e);
	CHECK_EQ(line.quirk.width, 2);
	CHECK_EQ(line.quirk.mask, 0xf0);
	CHECK_EQ(line.quirk.value, 0x30);
	CHECK_EQ(line.quirk.order, 7);
	CHECK_EQ(line.quirk.delay, 250);
	CHECK(line.quirk.has_value);
	CHECK(line.quirk.noverify);
}

TEST("a value of 0 is a value")
{
	CHECK_GOOD("01:00.0 bar5 0 1 value=0");
	CHECK(line.quirk.has_value);
	CHECK_EQ(line.quirk.mask, 0xff);
	CHECK_EQ(line.quirk.space, 5);
}

TEST("methods")
{
	CHECK_GOOD("1000:0097 no-flr");
	CHECK_EQ(line.quirk.kind, PBNG_QUIRK_NO_FLR);
	CHECK_GOOD("class=03 no-pm");
	CHECK_EQ(line.quirk.kind, PBNG_QUIRK_NO_PM);
	CHECK_GOOD("vfs-of=01:00.0 no-bus");
	CHECK_EQ(line.quirk.kind, PBNG_QUIRK_NO_BUS);
	CHECK_GOOD("01:00.0 flr-delay=10000");
	CHECK_EQ(line.quirk.kind, PBNG_QUIRK_DELAY);
	CHECK_EQ(line.quirk.delay, 10000);
	CHECK_GOOD("8086:550a af=40");
	CHECK_EQ(line.quirk.kind, PBNG_QUIRK_AF);
	CHECK_EQ(line.quirk.offset, 0x40);
	CHECK_GOOD("8086:550a af=f8");
}

TEST("a minus takes out, with or without a blank")
{
	CHECK_GOOD("-1000:0097 no-flr");
	CHECK(line.remove);
	CHECK_EQ(line.rule.selector.vendor, 0x1000);
	CHECK_GOOD(" - 1000:0097 no-flr");
	CHECK(line.remove);
	CHECK_BAD("--1000:0097 no-flr", 1, "expected an address");
	CHECK_BAD("-", 1, "expected an address");
}

TEST("nothing, blanks and comments are nothing")
{
	struct pbng_quirk_line before;

	CHECK_EQ(parse(""), 0);
	CHECK_EQ(parse(" \t\r\n"), 0);
	CHECK_EQ(parse("# all of it"), 0);
	CHECK_EQ(parse("   # 1000:0097 no-flr"), 0);
	memset(&before, 0xa5, sizeof(before));
	CHECK(!memcmp(&line, &before, sizeof(line)));
	CHECK_GOOD("\t1000:0097  no-flr# known\n");
	CHECK_GOOD("1000:0097\tno-flr\r\n");
	CHECK_BAD("1000:0097 # no-flr", 10, "expected config");
}

TEST("the devices: position and reason of the rule's own grammar")
{
	CHECK_BAD("zz no-flr", 0, "expected an address");
	CHECK_BAD("  01:00.9 no-flr", 8, "function number");
	CHECK_BAD("01:00.0@3 no-flr", 0, "without slot");
	CHECK_BAD("!01:00.0 no-flr", 0, "without slot");
	CHECK_BAD("-01:00.0;policy=strict no-flr", 1, "without slot");
	CHECK_BAD("01:00.0;rdm_policy=strict no-flr", 0, "without slot");
	CHECK_BAD("01:00.0;msitranslate=0 no-flr", 0, "without slot");
}

TEST("what is to be done has to be something")
{
	CHECK_BAD("01:00.0", 7, "expected config, bar0");
	CHECK_BAD("01:00.0 bar6 0 4", 8, "expected config, bar0");
	CHECK_BAD("01:00.0 bar/ 0 4", 8, "expected config, bar0");
	CHECK_BAD("01:00.0 bar 0 4", 8, "expected config, bar0");
	CHECK_BAD("01:00.0 bar00 0 4", 8, "expected config, bar0");
	CHECK_BAD("01:00.0 rab0 0 4", 8, "expected config, bar0");
	CHECK_BAD("01:00.0 configs 40 4", 8, "expected config, bar0");
	CHECK_BAD("01:00.0 confih 40 4", 8, "expected config, bar0");
	CHECK_BAD("01:00.0 no-flrs", 8, "expected config, bar0");
	CHECK_BAD("01:00.0 no-flr now", 15, "end of the line");
	CHECK_BAD("01:00.0 flr-delay=5 x", 20, "end of the line");
	CHECK_BAD("01:00.0 af=e0 x", 14, "end of the line");
}

TEST("the place: numbers, their range, alignment")
{
	CHECK_BAD("01:00.0 bar0", 12, "expected the offset");
	CHECK_BAD("01:00.0 bar0 0x 4", 14, "expected the offset");
	CHECK_BAD("01:00.0 bar0 4g 4", 14, "expected the offset");
	CHECK_BAD("01:00.0 bar0 100000000 4", 13, "expected the offset");
	CHECK_GOOD("01:00.0 bar0 fffffffc 4");
	CHECK_EQ(line.quirk.offset, 0xfffffffc);
	CHECK_BAD("01:00.0 bar0 40", 15, "expected the width");
	CHECK_BAD("01:00.0 bar0 40 a", 16, "expected the width");
	CHECK_BAD("01:00.0 bar0 40 0", 16, "expected the width");
	CHECK_BAD("01:00.0 bar0 40 3", 16, "expected the width");
	CHECK_BAD("01:00.0 bar0 40 8", 16, "expected the width");
	CHECK_BAD("01:00.0 bar0 40 0x4", 17, "expected the width");
	CHECK_BAD("01:00.0 bar0 42 4", 13, "multiple of the width");
	CHECK_BAD("01:00.0 bar0 41 2", 13, "multiple of the width");
	CHECK_GOOD("01:00.0 bar0 41 1");
	CHECK_GOOD("01:00.0 bar0 42 2");
	CHECK_BAD("01:00.0 config 3c 4", 15, "restores the header");
	CHECK_BAD("01:00.0 config 3f 1", 15, "restores the header");
	CHECK_GOOD("01:00.0 config 40 4");
	CHECK_GOOD("01:00.0 config fff 1");
	CHECK_GOOD("01:00.0 config ffc 4");
	CHECK_BAD("01:00.0 config 1000 1", 15, "ends at 1000");
	CHECK_GOOD("01:00.0 bar0 0 4");
	CHECK_GOOD("01:00.0 bar0 1000 4");
}

TEST("options: names, numbers, their range, once each")
{
	CHECK_BAD("01:00.0 bar0 40 4 x", 18, "expected mask=");
	CHECK_BAD("01:00.0 bar0 40 4 mask", 18, "expected mask=");
	CHECK_BAD("01:00.0 bar0 40 4 mask=", 23, "expected hexadecimal bits");
	CHECK_BAD("01:00.0 bar0 40 4 mask=0", 18, "without any bit");
	CHECK_BAD("01:00.0 bar0 40 4 mask=1ffffffff", 23, "within the width");
	CHECK_BAD("01:00.0 bar0 40 1 mask=100", 23, "within the width");
	CHECK_BAD("01:00.0 bar0 40 2 mask=10000", 23, "within the width");
	CHECK_GOOD("01:00.0 bar0 40 2 mask=ffff");
	CHECK_GOOD("01:00.0 bar0 40 4 mask=0xffffffff");
	CHECK_BAD("01:00.0 bar0 40 4 value=-1", 24, "expected a hexadecimal value");
	CHECK_BAD("01:00.0 bar0 40 1 value=100", 24, "expected a hexadecimal value");
	CHECK_BAD("01:00.0 bar0 40 4 value=10 mask=f", 18, "leaves out");
	CHECK_GOOD("01:00.0 bar0 40 4 order=65535");
	CHECK_EQ(line.quirk.order, 65535);
	CHECK_BAD("01:00.0 bar0 40 4 order=65536", 24, "up to 65535");
	CHECK_BAD("01:00.0 bar0 40 4 order=a", 24, "up to 65535");
	CHECK_BAD("01:00.0 bar0 40 4 order=0x1", 25, "up to 65535");
	CHECK_GOOD("01:00.0 bar0 40 4 delay=10000");
	CHECK_BAD("01:00.0 bar0 40 4 delay=10001", 24, "up to 10000");
	CHECK_BAD("01:00.0 bar0 40 4 delay=99999999999999999999", 24, "up to 10000");
	CHECK_BAD("01:00.0 bar0 40 4 noverify=1", 26, "noverify alone");
	CHECK_BAD("01:00.0 bar0 40 4 noverify noverify", 27, "given before");
	CHECK_BAD("01:00.0 bar0 40 4 order=1 order=1", 26, "given before");
	CHECK_BAD("01:00.0 bar0 40 4 mask=1 value=1 mask=1", 33, "given before");
}

TEST("a value after 0x is refused where it goes wrong")
{
	CHECK_BAD("01:00.0 bar0 40 4 value=0xg", 26, "hexadecimal value");
	CHECK_BAD("01:00.0 bar0 40 4 value=0x", 25, "hexadecimal value");
	CHECK_GOOD("01:00.0 bar0 40 4 value=0x0");
}

TEST("delays of methods and the place of a capability")
{
	CHECK_GOOD("01:00.0 flr-delay=0");
	CHECK_BAD("01:00.0 flr-delay=", 18, "up to 10000");
	CHECK_BAD("01:00.0 flr-delay=10001", 18, "up to 10000");
	CHECK_BAD("01:00.0 flr-delay=1a", 19, "up to 10000");
	CHECK_BAD("01:00.0 af=", 11, "from 40 to f8");
	CHECK_BAD("01:00.0 af=3c", 11, "from 40 to f8");
	CHECK_BAD("01:00.0 af=e0g", 13, "from 40 to f8");
	CHECK_BAD("01:00.0 af=e2", 11, "from 40 to f8");
	CHECK_BAD("01:00.0 af=e1", 11, "from 40 to f8");
	CHECK_BAD("01:00.0 af=fc", 11, "from 40 to f8");
}

TEST("as text it is what was read")
{
	CHECK_FORMAT("8086:10c9   bar0 0x560c 4", "8086:10c9 bar0 560c 4");
	CHECK_FORMAT("01:00.0 config 40 1 mask=0ff order=0 delay=0", "0000:01:00.0 config 40 1");
	CHECK_FORMAT("01:00.0 bar5 40 2 noverify delay=2 order=1 value=0 mask=f",
		     "0000:01:00.0 bar5 40 2 mask=f value=0 order=1 delay=2 noverify");
	CHECK_FORMAT("class=0300 flr-delay=0", "class=0300 flr-delay=0");
	CHECK_FORMAT("8086:550a af=E0", "8086:550a af=e0");
	CHECK_FORMAT("1000:0097 no-flr", "1000:0097 no-flr");
	CHECK_FORMAT("1000:0097 no-pm", "1000:0097 no-pm");
	CHECK_FORMAT("1000:0097 no-bus", "1000:0097 no-bus");
}

TEST("the longest line is written whole")
{
	const char *text = "ffffffff:ff:1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/"
		"1f.7/1f.7/1f.7/1f.7/1f.7 bar5 fffffffc 4 mask=fffffffe value=fffffffe "
		"order=65535 delay=10000 noverify";

	CHECK_FORMAT(text, text);
	CHECK(strlen(text) < PBNG_QUIRK_TEXT);
}

TEST("the names of spaces")
{
	char text[PBNG_QUIRK_SPACE];

	pbng_quirk_space(PBNG_QUIRK_CONFIG, text);
	CHECK_STREQ(text, "config");
	pbng_quirk_space(0, text);
	CHECK_STREQ(text, "bar0");
	pbng_quirk_space(5, text);
	CHECK_STREQ(text, "bar5");
}

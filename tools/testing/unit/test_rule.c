// SPDX-License-Identifier: GPL-2.0
/* The grammar of hide=, new_slot and remove_slot: rule_core.c. */
#include "ktap.h"
#include "rule_core.h"

static struct pbng_rule rule;
static struct pbng_rule_error error;

static int parse(const char *text)
{
	memset(&rule, 0, sizeof(rule));
	memset(&error, 0, sizeof(error));
	return pbng_rule_parse(text, strlen(text), &rule, &error);
}

#define CHECK_BAD(text, pos_)					\
	do {							\
		CHECK_EQ(parse(text), -EINVAL);			\
		CHECK_EQ(error.pos, (size_t)(pos_));		\
		CHECK(error.why);			\
	} while (0)

TEST("a full address names one function")
{
	CHECK_EQ(parse("1234:ab:1c.5"), 0);
	CHECK_EQ(rule.domain, 0x1234u);
	CHECK_EQ(rule.bus, 0xab);
	CHECK_EQ(rule.device, 0x1c);
	CHECK_EQ(rule.functions, 1 << 5);
	CHECK(!rule.any_device);
}

TEST("the domain may be left out and is then 0")
{
	CHECK_EQ(parse("02:00.0"), 0);
	CHECK_EQ(rule.domain, 0u);
	CHECK_EQ(rule.bus, 2);
	CHECK_EQ(rule.functions, 1);
}

TEST("capitals, short numbers and blanks around are fine")
{
	CHECK_EQ(parse(" \tFFFF:F:1F.7\n"), 0);
	CHECK_EQ(rule.domain, 0xffffu);
	CHECK_EQ(rule.bus, 0xf);
	CHECK_EQ(rule.device, 0x1f);
	CHECK_EQ(rule.functions, 1 << 7);
	CHECK_EQ(parse("0:0.0"), 0);
}

TEST("a domain of 32 bits is kept whole")
{
	CHECK_EQ(parse("12345678:00:00.0"), 0);
	CHECK_EQ(rule.domain, 0x12345678u);
	CHECK_BAD("123456789:00:00.0", 8);
}

TEST("'*' is every function, '*.*' every device")
{
	CHECK_EQ(parse("02:03.*"), 0);
	CHECK_EQ(rule.functions, 0xff);
	CHECK(!rule.any_device);
	CHECK_EQ(parse("0000:02:*.*"), 0);
	CHECK_EQ(rule.functions, 0xff);
	CHECK(rule.any_device);
}

TEST("functions can be a list with ranges")
{
	CHECK_EQ(parse("00:02.0,3-5"), 0);
	CHECK_EQ(rule.functions, 0x39);
	CHECK_EQ(parse("00:02.7-7"), 0);
	CHECK_EQ(rule.functions, 0x80);
}

TEST("every kind of mistake is refused at its position")
{
	CHECK_BAD("", 0);
	CHECK_BAD("   ", 3);
	CHECK_BAD("zz:00.0", 0);
	CHECK_BAD("100:00.0", 2);
	CHECK_BAD("02", 2);
	CHECK_BAD("02:20.0", 3);
	CHECK_BAD("02:.0", 3);
	CHECK_BAD("02:00", 5);
	CHECK_BAD("02:00:0", 7);
	CHECK_BAD("02:00.8", 6);
	CHECK_BAD("02:00.", 6);
	CHECK_BAD("02:00.0x", 7);
	CHECK_BAD("02:*.0", 5);
	CHECK_BAD("02:00.3-", 8);
	CHECK_BAD("02:00.5-3", 8);
	CHECK_BAD("02:00.1,", 8);
	CHECK_BAD("02:00.*,1", 7);
	CHECK_BAD("0000:02:00.0 0000:03:00.0", 12);
	CHECK_BAD("x:02:00.0", 0);
	CHECK_BAD("0000 02:03:00.0", 4);
}

TEST("a refused text leaves the rule as it was")
{
	rule.bus = 7;
	CHECK_EQ(pbng_rule_parse("02:00.9", 7, &rule, &error), -EINVAL);
	CHECK_EQ(rule.bus, 7);
}

TEST("a text need not be terminated")
{
	CHECK_EQ(pbng_rule_parse("02:00.12", 7, &rule, &error), 0);
	CHECK_EQ(rule.functions, 1 << 1);
}

static const char *next_text;
static size_t next_len;

static int next(const char *list, size_t *pos)
{
	return pbng_rule_next(list, pos, &next_text, &next_len, &error);
}

TEST("a hide list is read entry by entry")
{
	const char *list = " (02:00.0)(0000:03:00.*) (04:00.0)\n";
	size_t pos = 0;

	CHECK_EQ(next(list, &pos), 1);
	CHECK(!strncmp(next_text, "02:00.0", next_len));
	CHECK_EQ(next_len, 7u);
	CHECK_EQ(next(list, &pos), 1);
	CHECK_EQ(next_len, 12u);
	CHECK_EQ(next(list, &pos), 1);
	CHECK(!strncmp(next_text, "04:00.0", next_len));
	CHECK_EQ(next(list, &pos), 0);
	CHECK_EQ(next(list, &pos), 0);
}

TEST("text between entries is refused and the next entry still found")
{
	const char *list = "(02:00.0)03:00.0(04:00.0)";
	size_t pos = 0;

	CHECK_EQ(next(list, &pos), 1);
	CHECK_EQ(next(list, &pos), -EINVAL);
	CHECK_EQ(error.pos, 9u);
	CHECK_EQ(next(list, &pos), 1);
	CHECK(!strncmp(next_text, "04:00.0", next_len));
	CHECK_EQ(next(list, &pos), 0);
}

TEST("an entry that is not closed is refused and the next one still found")
{
	const char *list = "(02:00.0(03:00.0)";
	size_t pos = 0;

	CHECK_EQ(next(list, &pos), -EINVAL);
	CHECK_EQ(error.pos, 0u);
	CHECK_EQ(next(list, &pos), 1);
	CHECK(!strncmp(next_text, "03:00.0", next_len));
	pos = 0;
	CHECK_EQ(next("(02:00.0", &pos), -EINVAL);
	CHECK_EQ(next("(02:00.0", &pos), 0);
}

TEST("an empty list has no entries")
{
	size_t pos = 0;

	CHECK_EQ(next("", &pos), 0);
	CHECK_EQ(next(" \t ", &pos), 0);
}

static unsigned int visits;
static struct pbng_bdf first, last;

static int visit(struct pbng_bdf bdf, void *data)
{
	if (!visits++)
		first = bdf;
	last = bdf;
	return data && visits == *(unsigned int *)data ? -ENOMEM : 0;
}

TEST("a rule is expanded in ascending order")
{
	visits = 0;
	parse("0001:02:03.1,4-5");
	CHECK_EQ(pbng_rule_for_each(&rule, visit, NULL), 0);
	CHECK_EQ(visits, 3u);
	CHECK_EQ(first.domain, 1u);
	CHECK_EQ(first.bus, 2);
	CHECK_EQ(first.devfn, 3 << 3 | 1);
	CHECK_EQ(last.devfn, 3 << 3 | 5);
}

TEST("'*.*' expands to the 256 functions of a bus")
{
	visits = 0;
	parse("02:*.*");
	CHECK_EQ(pbng_rule_for_each(&rule, visit, NULL), 0);
	CHECK_EQ(visits, 256u);
	CHECK_EQ(first.devfn, 0);
	CHECK_EQ(last.devfn, 0xff);
}

TEST("the walk ends where the callback says so")
{
	unsigned int stop = 2;

	visits = 0;
	parse("02:00.*");
	CHECK_EQ(pbng_rule_for_each(&rule, visit, &stop), -ENOMEM);
	CHECK_EQ(visits, 2u);
}

TEST("an address survives the way through its key")
{
	struct pbng_bdf bdf = { .domain = 0x12345678, .bus = 0x9a, .devfn = 0xbc };
	struct pbng_bdf back = pbng_bdf_of_key(pbng_bdf_key(bdf));

	CHECK_EQ(back.domain, bdf.domain);
	CHECK_EQ(back.bus, bdf.bus);
	CHECK_EQ(back.devfn, bdf.devfn);
}

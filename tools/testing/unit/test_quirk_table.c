// SPDX-License-Identifier: GPL-2.0
/* The table of reset quirks, and what holds for one device: quirk_table_core.c. */
#include <stdlib.h>

#include "ktap.h"
#include "quirk_core.h"

#define ROOM	80

static struct pbng_quirk room[ROOM];
static struct pbng_quirk_table table;
static struct pbng_quirk_plan plan;

static void start(unsigned int many)
{
	memset(room, 0xa5, sizeof(room));
	table = (struct pbng_quirk_table) { .quirk = room, .room = many };
}

static int say(const char *text)
{
	struct pbng_quirk_line line;
	struct pbng_rule_error error;

	if (pbng_quirk_parse(text, strlen(text), &line, &error) != 1) {
		ktap_fail(__FILE__, __LINE__, "\"%s\" is refused: %s", text, error.why);
		return -EINVAL;
	}
	return pbng_quirk_apply(&table, &line);
}

/* Entry @i of the table as text. */
static const char *entry(unsigned int i)
{
	static char text[PBNG_QUIRK_TEXT];

	if (i >= table.count)
		return "none";
	pbng_quirk_format(&table.quirk[i], text);
	return text;
}

/* Register @i of the plan. */
static const char *reg(unsigned int i)
{
	static char text[PBNG_QUIRK_TEXT];

	if (i >= plan.count)
		return "none";
	pbng_quirk_format(&plan.reg[i], text);
	return text;
}

/* An 82576 at 01:00.0. */
static void find(void)
{
	const struct pbng_facts facts = {
		.bdf = { .bus = 1 }, .vendor = 0x8086, .device = 0x10c9,
		.subvendor = 0x8086, .subdevice = 0xa03c, .class = 0x020000,
	};
	struct pbng_selector selectors[PBNG_FACTS_SELECTORS];
	unsigned int n = pbng_facts_selectors(&facts, selectors);

	memset(&plan, 0xa5, sizeof(plan));
	pbng_quirk_find(&table, selectors, n, &plan);
}

TEST("each line that comes with the driver can be read and is said once")
{
	unsigned int i;

	start(ROOM);
	for (i = 0; pbng_quirk_builtin[i]; i++) {
		CHECK_EQ(say(pbng_quirk_builtin[i]), 0);
		CHECK_STREQ(entry(i), pbng_quirk_builtin[i]);
	}
	CHECK_EQ(table.count, i);
	CHECK(i >= 3);
}

TEST("the devices that distributions know about are among them")
{
	const char *const known[] = { "1000:0097 no-flr", "1000:005d no-flr", "8086:550a af=e0" };
	unsigned int i, k;

	for (k = 0; k < ARRAY_SIZE(known); k++) {
		for (i = 0; pbng_quirk_builtin[i]; i++)
			if (!strcmp(pbng_quirk_builtin[i], known[k]))
				break;
		CHECK(pbng_quirk_builtin[i]);
	}
}

TEST("entries stay in the order in which they came")
{
	start(ROOM);
	CHECK_EQ(say("8086:10c9 bar0 8 4"), 0);
	CHECK_EQ(say("8086:10c9 bar0 4 4"), 0);
	CHECK_EQ(say("1000:0097 no-flr"), 0);
	CHECK_EQ(table.count, 3);
	CHECK_STREQ(entry(0), "8086:10c9 bar0 8 4");
	CHECK_STREQ(entry(1), "8086:10c9 bar0 4 4");
	CHECK_STREQ(entry(2), "1000:0097 no-flr");
}

TEST("the same register of the same devices is replaced in its place")
{
	start(ROOM);
	say("8086:10c9 bar0 8 4");
	say("8086:10c9 bar0 4 4");
	CHECK_EQ(say("8086:10c9 bar0 8 2 order=3"), 0);
	CHECK_EQ(table.count, 2);
	CHECK_STREQ(entry(0), "8086:10c9 bar0 8 2 order=3");
	CHECK_EQ(say("8086:10c9 bar1 8 4"), 0);
	CHECK_EQ(say("8086:10c9 config 48 4"), 0);
	CHECK_EQ(say("8086:10ca bar0 8 4"), 0);
	CHECK_EQ(table.count, 5);
}

TEST("each method has one entry, whatever its number")
{
	start(ROOM);
	say("8086:10c9 flr-delay=5");
	say("8086:10c9 af=e0");
	say("8086:10c9 no-flr");
	say("8086:10c9 no-pm");
	say("8086:10c9 flr-delay=6");
	say("8086:10c9 af=d0");
	say("8086:10c9 no-flr");
	CHECK_EQ(table.count, 4);
	CHECK_STREQ(entry(0), "8086:10c9 flr-delay=6");
	CHECK_STREQ(entry(1), "8086:10c9 af=d0");
}

TEST("several functions of a line have an entry each")
{
	start(ROOM);
	CHECK_EQ(say("01:00.0,2-3 no-flr"), 0);
	CHECK_EQ(table.count, 3);
	CHECK_STREQ(entry(0), "0000:01:00.0 no-flr");
	CHECK_STREQ(entry(2), "0000:01:00.3 no-flr");
	CHECK_EQ(say("-01:00.2 no-flr"), 0);
	CHECK_STREQ(entry(0), "0000:01:00.0 no-flr");
	CHECK_STREQ(entry(1), "0000:01:00.3 no-flr");
	CHECK_EQ(say("-01:00.* no-flr"), 0);
	CHECK_EQ(table.count, 0);
	CHECK_EQ(say("-01:00.* no-flr"), -ENOENT);
}

TEST("to take a register out its place is enough")
{
	start(ROOM);
	say("8086:10c9 bar0 8 4 value=3 order=2");
	say("8086:10c9 bar0 c 4");
	CHECK_EQ(say("-8086:10c9 bar0 10 4"), -ENOENT);
	CHECK_EQ(say("-8086:10c9 bar1 8 4"), -ENOENT);
	CHECK_EQ(say("-8086:10ca bar0 8 4"), -ENOENT);
	CHECK_EQ(table.count, 2);
	CHECK_EQ(say("-8086:10c9 bar0 8 1"), 0);
	CHECK_EQ(table.count, 1);
	CHECK_STREQ(entry(0), "8086:10c9 bar0 c 4");
}

TEST("a line is carried out whole or not at all")
{
	start(4);
	CHECK_EQ(say("01:00.0-2 no-flr"), 0);
	CHECK_EQ(say("01:00.3-4 no-flr"), -ENOSPC);
	CHECK_EQ(table.count, 3);
	CHECK_EQ(say("01:00.2-3 no-flr"), 0);
	CHECK_EQ(table.count, 4);
	CHECK_EQ(say("01:00.0-3 no-flr"), 0);
	CHECK_EQ(say("01:00.4 no-flr"), -ENOSPC);
	CHECK_EQ(table.count, 4);
}

TEST("without entries nothing holds")
{
	start(ROOM);
	find();
	CHECK_EQ(plan.count, 0);
	CHECK_EQ(plan.methods, 0);
	CHECK_EQ(plan.delay, 0);
	CHECK_EQ(plan.af, 0);
	CHECK_EQ(plan.left_out, 0);
}

TEST("what names the device holds, what names another does not")
{
	start(ROOM);
	say("01:00.0 no-flr");
	say("01:00.1 no-pm");
	say("8086:10c9:8086:a03d no-bus");
	say("8086:10c9 config 40 4");
	say("8086:10ca config 44 4");
	say("class=0200 config 48 4");
	say("class=0300 config 4c 4");
	find();
	CHECK_EQ(plan.methods, 1 << PBNG_QUIRK_NO_FLR);
	CHECK_EQ(plan.count, 2);
	CHECK_STREQ(reg(0), "8086:10c9 config 40 4");
	CHECK_STREQ(reg(1), "class=0200 config 48 4");
}

TEST("methods add up")
{
	start(ROOM);
	say("class=02 no-bus");
	say("8086:10c9 no-pm");
	find();
	CHECK_EQ(plan.methods, 1 << PBNG_QUIRK_NO_BUS | 1 << PBNG_QUIRK_NO_PM);
}

TEST("the more specific entry holds, wherever it stands")
{
	start(ROOM);
	say("class=02 bar0 8 4 order=1");
	say("class=02 flr-delay=1");
	say("class=02 af=e0");
	say("01:00.0 flr-delay=3");
	say("01:00.0 af=c0");
	say("01:00.0 bar0 8 2 order=3");
	say("8086:10c9 flr-delay=2");
	say("8086:10c9 af=d0");
	say("8086:10c9 bar0 8 4 order=2");
	find();
	CHECK_EQ(plan.delay, 3);
	CHECK_EQ(plan.af, 0xc0);
	CHECK_EQ(plan.methods, 0);
	CHECK_EQ(plan.count, 1);
	CHECK_STREQ(reg(0), "0000:01:00.0 bar0 8 2 order=3");
}

TEST("a delay of 0 for one device ends that for its kind")
{
	start(ROOM);
	say("class=02 flr-delay=1000");
	say("01:00.0 flr-delay=0");
	find();
	CHECK_EQ(plan.delay, 0);
}

TEST("registers come in the order of their numbers, then as they were said")
{
	start(ROOM);
	say("8086:10c9 bar0 0 4 order=2");
	say("8086:10c9 bar0 4 4 order=1");
	say("8086:10c9 bar0 8 4 order=2");
	say("8086:10c9 bar0 c 4");
	say("8086:10c9 bar0 10 4 order=1");
	say("01:00.0 bar0 14 4 order=65535");
	find();
	CHECK_EQ(plan.count, 6);
	CHECK_EQ(plan.reg[0].offset, 0xc);
	CHECK_EQ(plan.reg[1].offset, 0x4);
	CHECK_EQ(plan.reg[2].offset, 0x10);
	CHECK_EQ(plan.reg[3].offset, 0x0);
	CHECK_EQ(plan.reg[4].offset, 0x8);
	CHECK_EQ(plan.reg[5].offset, 0x14);
}

TEST("a device has 64 registers at most; the rest is counted")
{
	char text[64];
	unsigned int i;

	start(ROOM);
	for (i = 0; i < 66; i++) {
		snprintf(text, sizeof(text), "8086:10c9 bar0 %x 4", 4 * i);
		say(text);
	}
	/* Said twice is not one more. */
	say("class=02 bar0 0 4");
	find();
	CHECK_EQ(plan.count, PBNG_QUIRK_REGS);
	CHECK_EQ(plan.left_out, 2);
	CHECK_EQ(plan.reg[63].offset, 4 * 63);
}

TEST("its registers wait for 10 s at most; who is over it is left out")
{
	start(ROOM);
	say("8086:10c9 bar0 0 4 delay=9999");
	say("8086:10c9 bar0 4 4 delay=2");
	say("8086:10c9 bar0 8 4 delay=1");
	say("8086:10c9 bar0 c 4 delay=1");
	say("8086:10c9 bar0 10 4");
	find();
	CHECK_EQ(plan.count, 3);
	CHECK_EQ(plan.left_out, 2);
	CHECK_EQ(plan.reg[1].offset, 8);
	CHECK_EQ(plan.reg[2].offset, 0x10);
}

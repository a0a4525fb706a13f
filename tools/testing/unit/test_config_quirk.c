// SPDX-License-Identifier: GPL-2.0
/* Registers that kinds of cards need: config_quirk_core.c and its table. */
#include "config_card.h"
#include "config_quirk_core.h"

#define ROOM	40

static struct pbng_config_quirk room[ROOM];
static struct pbng_config_quirk_table table;
static struct pbng_rule_error error;
static struct pbng_config_quirk_facts facts;

static void start(unsigned int many)
{
	memset(room, 0xa5, sizeof(room));
	table = (struct pbng_config_quirk_table) { .quirk = room, .room = many };
}

static int say(const char *text)
{
	struct pbng_config_quirk_line line;
	char copy[80];
	size_t len = strlen(text);

	/* What stands behind the text is not read. */
	memset(copy, '7', sizeof(copy));
	memcpy(copy, text, len);
	error = (struct pbng_rule_error) { .pos = 999, .why = "" };
	if (pbng_config_quirk_parse(copy, len, &line, &error) != 1) {
		ktap_fail(__FILE__, __LINE__, "\"%s\" is refused: %s", text, error.why);
		return -EINVAL;
	}
	return pbng_config_quirk_apply(&table, &line);
}

static const char *entry(unsigned int i)
{
	static char text[PBNG_CONFIG_QUIRK_TEXT];

	if (i >= table.count)
		return "none";
	pbng_config_quirk_format(&table.quirk[i], text);
	return text;
}

#define CHECK_REFUSED(text, where, words)					\
	do {									\
		struct pbng_config_quirk_line _line = { .remove = true };	\
										\
		error = (struct pbng_rule_error) {};				\
		CHECK_EQ(pbng_config_quirk_parse(text, strlen(text), &_line, &error), -EINVAL); \
		CHECK_EQ(error.pos, where);					\
		CHECK_STREQ(error.why, words);					\
		CHECK(_line.remove && !_line.quirk.bits.len);			\
	} while (0)

/* A wireless card of Broadcom's at 01:00.0. */
static void describe(u32 class)
{
	const struct pbng_facts f = {
		.bdf = { .bus = 1 }, .vendor = 0x14e4, .device = 0x4320,
		.subvendor = 0x1028, .subdevice = 0x0001, .class = class,
	};

	facts = (struct pbng_config_quirk_facts) { .class = class };
	facts.n = pbng_facts_selectors(&f, facts.selectors);
}

static bool is_for(const char *text)
{
	struct pbng_config_quirk_line line;
	bool by_line;

	start(ROOM);
	CHECK_EQ(say(text), 0);
	CHECK_EQ(pbng_config_quirk_parse(text, strlen(text), &line, &error), 1);
	by_line = pbng_config_quirk_line_is_for(&line, &facts);
	CHECK_EQ(pbng_config_quirk_is_for(&table.quirk[0], &facts), by_line);
	return by_line;
}

TEST("a line names devices, perhaps a class, a register, a width and perhaps bits")
{
	static const char *const lines[][2] = {
		{ "14e4:* 80 4 ffffffff", "14e4:* 80 4 ffffffff" },
		{ "14E4:* 80 4", "14e4:* 80 4 ffffffff" },
		{ "  0000:02:00.1\tc8 2 0xF0 # a remark", "0000:02:00.1 c8 2 f0" },
		{ "8086:10c9 0xffc 4 1", "8086:10c9 ffc 4 1" },
		{ "8086:10c9:8086:a03c c8 1", "8086:10c9:8086:a03c c8 1 ff" },
		{ "class=0c0300 c0 2 af00", "class=0c0300 c0 2 af00" },
		{ "14e4:* class=02 40 1 80", "14e4:* class=02 40 1 80" },
		{ "14e4:* class=0280 40 2", "14e4:* class=0280 40 2 ffff" },
		{ "00:1c.0/00.0 class=028001 40 2 1", "0000:00:1c.0/00.0 class=028001 40 2 1" },
		{ "vfs-of=01:00.0 40 2 1", "vfs-of=0000:01:00.0 40 2 1" },
		{ "14e4:* d 1", "14e4:* d 1 ff" },
		{ "14e4:* 28 4", "14e4:* 28 4 ffffffff" },
		{ "14e4:* 3e 2", "14e4:* 3e 2 ffff" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		start(ROOM);
		CHECK_EQ(say(lines[i][0]), 0);
		CHECK_EQ(table.count, 1);
		CHECK_STREQ(entry(0), lines[i][1]);
		/* What is written can be read again. */
		CHECK_EQ(say(entry(0)), 0);
		CHECK_EQ(table.count, 1);
		CHECK(!table.quirk[0].builtin);
	}
}

TEST("nothing but a remark is no line")
{
	struct pbng_config_quirk_line line;

	CHECK_EQ(pbng_config_quirk_parse("", 0, &line, &error), 0);
	CHECK_EQ(pbng_config_quirk_parse(" # 14e4:* 80 4", 15, &line, &error), 0);
	CHECK_EQ(pbng_config_quirk_parse("\t\n", 2, &line, &error), 0);
}

TEST("what is wrong in a line is named by its place, and what was expected there")
{
	static const char reg[] = "expected the register, hexadecimal, below 1000";
	static const char width[] = "expected the width, 1, 2 or 4";
	static const char bits[] = "expected hexadecimal bits within the width";
	static const char class[] = "expected a class of 2, 4 or 6 hexadecimal digits";
	static const char header[] = "this register of the header has rules of its own";

	CHECK_REFUSED("14e4:*", 6, reg);
	CHECK_REFUSED("14e4:* g0 4", 7, reg);
	CHECK_REFUSED("14e4:* 1000 4", 7, reg);
	CHECK_REFUSED("14e4:* 80", 9, width);
	CHECK_REFUSED("14e4:* 80 0", 10, width);
	CHECK_REFUSED("14e4:* 80 3", 10, width);
	CHECK_REFUSED("14e4:* 80 8", 10, width);
	CHECK_REFUSED("14e4:* 81 2", 7, "the register is no multiple of the width");
	CHECK_REFUSED("14e4:* 80 2 10000", 12, bits);
	CHECK_REFUSED("14e4:* 80 2 x", 12, bits);
	CHECK_REFUSED("14e4:* 80 2 0", 12, "a mask without any bit");
	CHECK_REFUSED("14e4:* 80 2 1 1", 14, "expected the end of the line");
	CHECK_REFUSED("14e4:* class=028 80 2", 13, class);
	CHECK_REFUSED("14e4:* class= 80 2", 13, class);
	CHECK_REFUSED("14e4:* class=0x80 80 2", 13, class);
	CHECK_REFUSED("14e4:* class=02800000 80 2", 13, class);
	CHECK_REFUSED("14e4:* class=02zz 80 2", 15, class);
	CHECK_REFUSED("14e4:* 4 2", 7, header);
	CHECK_REFUSED("14e4:* c 4", 7, header);
	CHECK_REFUSED("14e4:* 10 4", 7, header);
	CHECK_REFUSED("14e4:* 3c 4", 7, header);
	CHECK_REFUSED("14e4:* 34 2", 7, header);
	CHECK_REFUSED("14e4:* e 1", 7, header);
	CHECK_REFUSED("02:00.0@3 80 4", 0, "expected a device without slot and options");
	CHECK_REFUSED("14e4:** 80 4", 5, "expected the 4 digits of a device id");
	CHECK_REFUSED("14g4:* 80 4", 2, error.why);
	CHECK_REFUSED("14e4;* 80 4", 4, error.why);
	CHECK_REFUSED("14e4:x 80 4", 5, error.why);
}

TEST("of the header a line can open what has no rules of its own, byte by byte")
{
	static const char opens[] = "------------yy-y----------------"
				    "--------yyyy---------yyyyyyy--yy";
	struct pbng_config_quirk_line line;
	char text[32];
	unsigned int off;

	for (off = 0; off < PCI_STD_HEADER_SIZEOF; off++) {
		snprintf(text, sizeof(text), "14e4:* %x 1", off);
		CHECK_EQ(pbng_config_quirk_parse(text, strlen(text), &line, &error),
			 opens[off] == 'y' ? 1 : -EINVAL);
	}
}

TEST("a line is for a device by address, ids, vendor or class, and its class= too")
{
	describe(0x028000);
	CHECK(is_for("14e4:* 80 4"));
	CHECK(is_for("14e4:4320 80 4"));
	CHECK(is_for("14e4:4320:1028:0001 80 4"));
	CHECK(is_for("01:00.0 80 4"));
	CHECK(is_for("01:00.0-3 80 4"));
	CHECK(is_for("class=0280 80 4"));
	CHECK(is_for("14e4:* class=02 80 4"));
	CHECK(is_for("14e4:* class=0280 80 4"));
	CHECK(is_for("14e4:* class=028000 80 4"));
	CHECK(!is_for("14e5:* 80 4"));
	CHECK(!is_for("14e4:4321 80 4"));
	CHECK(!is_for("01:00.1-3 80 4"));
	CHECK(!is_for("class=0200 80 4"));
	CHECK(!is_for("14e4:* class=03 80 4"));
	CHECK(!is_for("14e4:* class=0200 80 4"));
	CHECK(!is_for("14e4:* class=028001 80 4"));
	CHECK(!is_for("1028:* 80 4"));
}

TEST("what came with the driver is not about VFs")
{
	describe(0x020000);
	start(ROOM);
	CHECK_EQ(say("14e4:* 80 4"), 0);
	facts.is_vf = true;
	CHECK(pbng_config_quirk_is_for(&table.quirk[0], &facts));
	table.quirk[0].builtin = true;
	CHECK(!pbng_config_quirk_is_for(&table.quirk[0], &facts));
	facts.is_vf = false;
	CHECK(pbng_config_quirk_is_for(&table.quirk[0], &facts));
}

TEST("bits of the same register of the same devices add up, others stand alone")
{
	start(ROOM);
	CHECK_EQ(say("14e4:* 80 4 1000"), 0);
	CHECK_EQ(say("14e4:* 80 4 2000"), 0);
	CHECK_EQ(table.count, 1);
	CHECK_STREQ(entry(0), "14e4:* 80 4 3000");
	CHECK_EQ(say("14e4:* 80 2 1"), 0);
	CHECK_EQ(say("14e4:* 84 4 1"), 0);
	CHECK_EQ(say("14e4:* class=02 80 4 1"), 0);
	CHECK_EQ(say("14e4:* class=0200 80 4 1"), 0);
	CHECK_EQ(say("14e4:* class=04 80 4 1"), 0);
	CHECK_EQ(say("14e4:4320 80 4 1"), 0);
	CHECK_EQ(table.count, 7);
	CHECK_STREQ(entry(0), "14e4:* 80 4 3000");
}

TEST("a line with a minus takes its entry out, whatever its bits")
{
	start(ROOM);
	CHECK_EQ(say("14e4:* 80 4 1"), 0);
	CHECK_EQ(say("01:00.0,2 84 4 1"), 0);
	CHECK_EQ(say("14e4:* 88 4 1"), 0);
	CHECK_EQ(table.count, 4);
	CHECK_EQ(say("-14e4:* 84 4"), -ENOENT);
	CHECK_EQ(say("-14e4:* class=02 80 4"), -ENOENT);
	CHECK_EQ(say("- 01:00.0-3 84 4"), 0);
	CHECK_EQ(table.count, 2);
	CHECK_STREQ(entry(1), "14e4:* 88 4 1");
	CHECK_EQ(say("-14e4:* 80 4 ff"), 0);
	CHECK_STREQ(entry(0), "14e4:* 88 4 1");
	CHECK_EQ(say("-14e4:* 80 4"), -ENOENT);
	CHECK_EQ(table.count, 1);
}

TEST("when there is no room nothing changes")
{
	start(4);
	CHECK_EQ(say("01:00.0-2 80 4 1"), 0);
	CHECK_EQ(say("01:00.2-4 80 4 2"), -ENOSPC);
	CHECK_EQ(table.count, 3);
	CHECK_STREQ(entry(2), "0000:01:00.2 80 4 1");
	CHECK_EQ(say("01:00.2-3 80 4 2"), 0);
	CHECK_STREQ(entry(2), "0000:01:00.2 80 4 3");
	CHECK_STREQ(entry(3), "0000:01:00.3 80 4 2");
	CHECK_EQ(say("01:00.4 80 4"), -ENOSPC);
	CHECK_EQ(say("01:00.0 80 4"), 0);
}

TEST("each line that comes with the driver can be read, is said once and has a reason")
{
	static struct pbng_config_quirk all[PBNG_CONFIG_QUIRKS];
	struct pbng_config_quirk_line line;
	unsigned int i;

	table = (struct pbng_config_quirk_table) { .quirk = all, .room = ARRAY_SIZE(all) };
	for (i = 0; pbng_config_quirk_builtin[i]; i++) {
		const char *text = pbng_config_quirk_builtin[i];

		CHECK_EQ(pbng_config_quirk_parse(text, strlen(text), &line, &error), 1);
		CHECK_EQ(pbng_config_quirk_apply(&table, &line), 0);
		CHECK_EQ(table.count, i + 1);
		CHECK(strstr(text, " # "));
	}
	CHECK(i > 100 && i < PBNG_CONFIG_QUIRKS / 2);
}

/* The next line of the table in the documentation, without its end; NULL behind the last. */
static const char *next_documented(FILE *file)
{
	static char line[160];

	while (fgets(line, sizeof(line), file)) {
		if (!strstr(line, " # "))
			continue;
		line[strcspn(line, "\n")] = '\0';
		return line + strspn(line, " ");
	}
	return NULL;
}

TEST("the documentation has these lines, in this order, and no others")
{
	char path[512];
	unsigned int i;
	FILE *file;

	snprintf(path, sizeof(path), "%.*s/../../../Documentation/dropped-writes.rst",
		 (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__);
	file = fopen(path, "r");
	REQUIRE(file);
	for (i = 0; pbng_config_quirk_builtin[i]; i++) {
		const char *line = next_documented(file);

		CHECK_STREQ(line ? line : "", pbng_config_quirk_builtin[i]);
	}
	CHECK(!next_documented(file));
	fclose(file);
}

/* A card of this vendor and class with nothing but a header; what came with the driver. */
static void make_kind(u16 vendor, u16 id, u32 class)
{
	const struct pbng_facts f = { .vendor = vendor, .device = id, .class = class };
	struct pbng_config_quirk_line line;
	unsigned int i;

	memset(hw, 0, sizeof(hw));
	make_device();
	put(PCI_VENDOR_ID, 2, vendor);
	device.vendor = vendor;
	CHECK_EQ(build(), 0);
	facts = (struct pbng_config_quirk_facts) { .class = class };
	facts.n = pbng_facts_selectors(&f, facts.selectors);
	for (i = 0; pbng_config_quirk_builtin[i]; i++) {
		const char *text = pbng_config_quirk_builtin[i];

		CHECK_EQ(pbng_config_quirk_parse(text, strlen(text), &line, &error), 1);
		if (pbng_config_quirk_line_is_for(&line, &facts))
			CHECK_EQ(pbng_cfg_add_quirk(cfg, &line.quirk.bits), 0);
	}
}

static bool passes(u16 off, u16 len, u32 value)
{
	WR(off, len, value);
	return get(off, len) == value && !cfg->denials;
}

TEST("UHCI: its interrupt can be routed, and no SMI raised (case C2)")
{
	make_kind(0x8086, 0x2934, 0x0c0300);
	CHECK(passes(0xc0, 2, 0x2000));
	WR(0xc0, 2, 0x2010);
	CHECK_EQ(get(0xc0, 2), 0x2000u);
	CHECK_EQ(cfg->denied[0].mask, 0x10u);
	make_kind(0x8086, 0x2934, 0x0c0310);
	CHECK(!passes(0xc0, 2, 0x2000));
}

TEST("Broadcom's wireless cards have their windows (case C2)")
{
	static const u16 regs[] = { 0x80, 0x94, 0xac, 0xb4, 0xb8 };
	unsigned int i;

	make_kind(0x14e4, 0x4320, 0x028000);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		CHECK(passes(regs[i], 4, 0x18001000 + i));
	/* Its EEPROM stays as it is. */
	CHECK(!passes(0x88, 4, 0x10));
}

TEST("tg3 has its windows (case C2)")
{
	static const u16 regs[] = { 0x68, 0x70, 0x78, 0x7c, 0x80, 0x84 };
	unsigned int i;

	make_kind(0x14e4, 0x1653, 0x020000);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		CHECK(passes(regs[i], 4, 0x18001000 + i));
	CHECK(!passes(0x88, 4, 0x10));
}

TEST("tulip wakes, and its reserved bits stay (case C2)")
{
	make_kind(0x1011, 0x0019, 0x020000);
	put(0x40, 4, 0xc0000000);
	CHECK(passes(0x40, 4, 0));
	CHECK(!passes(0x40, 4, 0x100));
}

TEST("O2's card readers have all that they need (case C2)")
{
	static const u16 regs[] = {
		0xd0, 0xd4, 0xdc, 0xe0, 0xe4, 0xec, 0xf0, 0xfc, 0x64, 0x68, 0x88, 0x300, 0x304,
		0x324, 0x328, 0x330, 0x334, 0x350, 0x354, 0x35c, 0x3e0, 0x3e4,
	};
	unsigned int i;

	make_kind(0x1217, 0x8620, 0x080501);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		CHECK(passes(regs[i], 4, 0x12345678));
	CHECK_EQ(cfg->nquirks, ARRAY_SIZE(regs));
	free(cfg);
}

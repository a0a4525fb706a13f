// SPDX-License-Identifier: GPL-2.0
/*
 * Any text as lines of config quirks: config_quirk_core.c.
 *
 * seed: 14e4:* 80 4 ffffffff
 * seed: 01:00.0-3 c8 2 f0 # why
 * seed: class=0c0300 c0 2 af00
 * seed: 8086:* class=0403 48 4 40
 * seed: -14e4:4320:1028:0001 0xffc 4
 * seed: vfs-of=01:00.0 class=02 d 1
 * word: class=
 * word: :*
 * word: 01:00.0
 * word: 8086:10c9
 * word: 0x
 */
#include "fuzz.h"
#include "config_quirk_core.h"

#define ROOM	300	/* more than one line can fill */

static struct pbng_config_quirk room[ROOM];

/* Nothing is out of its range, and nothing of the header that is not to be opened. */
static void check_quirk(const struct pbng_config_quirk *q)
{
	const struct pbng_cfg_quirk *bits = &q->bits;

	FUZZ_CHECK(bits->len == 1 || bits->len == 2 || bits->len == 4);
	FUZZ_CHECK(!(bits->off & (bits->len - 1)) && bits->off + bits->len <= 0x1000);
	FUZZ_CHECK(bits->mask && !(bits->mask & ~pbng_cfg_bits(bits->len)));
	FUZZ_CHECK(bits->off >= 0xc && (bits->off < 0x10 || bits->off >= 0x28));
	FUZZ_CHECK(q->digits <= 6 && !(q->digits & 1) && q->class <= 0xffffff);
	FUZZ_CHECK(!(q->class & (0xffffffu >> (4 * q->digits))));
	FUZZ_CHECK(!q->builtin);
}

/* What is written can be read, and is the same then. */
static void check_again(const struct pbng_config_quirk *q)
{
	struct pbng_config_quirk again[1] = {};
	struct pbng_config_quirk_table one = { .quirk = again, .room = 1 };
	struct pbng_config_quirk_line line;
	struct pbng_rule_error error;
	char text[PBNG_CONFIG_QUIRK_TEXT], second[PBNG_CONFIG_QUIRK_TEXT];
	size_t len = pbng_config_quirk_format(q, text);

	FUZZ_CHECK(len == strlen(text) && len < sizeof(text) - 1);
	FUZZ_CHECK(pbng_config_quirk_parse(text, len, &line, &error) == 1 && !line.remove);
	FUZZ_CHECK(!pbng_config_quirk_apply(&one, &line) && one.count == 1);
	pbng_config_quirk_format(again, second);
	FUZZ_CHECK(!strcmp(text, second));
}

/* A line is for a device that its own selectors make, if the class is right. */
static void check_match(const struct pbng_config_quirk *q)
{
	struct pbng_config_quirk_facts facts = {
		.selectors = { q->match }, .n = 1, .class = q->class,
	};

	FUZZ_CHECK(pbng_config_quirk_is_for(q, &facts));
	facts.class ^= 0x800000;
	FUZZ_CHECK(pbng_config_quirk_is_for(q, &facts) == !q->digits);
	facts.n = 0;
	facts.class = q->class;
	FUZZ_CHECK(!pbng_config_quirk_is_for(q, &facts));
}

static void check_line(struct pbng_config_quirk_table *table, const char *text, size_t len)
{
	struct pbng_rule_error error = { .pos = len + 1 };
	struct pbng_config_quirk_line line, before;
	unsigned int count = table->count, i;
	int got;

	memset(&line, 0xa5, sizeof(line));
	before = line;
	got = pbng_config_quirk_parse(text, len, &line, &error);
	if (got != 1) {
		FUZZ_CHECK(!memcmp(&line, &before, sizeof(line)));
		FUZZ_CHECK(!got || (got == -EINVAL && error.pos <= len && *error.why));
		return;
	}
	check_quirk(&line.quirk);
	got = pbng_config_quirk_apply(table, &line);
	FUZZ_CHECK(!got || got == -ENOSPC || got == -ENOENT);
	FUZZ_CHECK(!got || table->count == count);
	FUZZ_CHECK(table->count <= table->room);
	FUZZ_CHECK(line.remove ? table->count <= count : table->count >= count);
	for (i = 0; i < table->count; i++) {
		check_again(&table->quirk[i]);
		check_match(&table->quirk[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pbng_config_quirk_table table = { .quirk = room, .room = ROOM };
	const char *text = (const char *)data;
	size_t end, pos;

	if (size > 1000)
		return 0;
	for (pos = 0; pos < size; pos = end + 1) {
		for (end = pos; end < size && text[end] != '\n'; end++)
			;
		check_line(&table, text + pos, end - pos);
	}
	return 0;
}

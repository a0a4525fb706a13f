// SPDX-License-Identifier: GPL-2.0
/*
 * Any text as lines of reset quirks: quirk_core.c, quirk_table_core.c.
 *
 * seed: 8086:10c9 bar0 560c 4
 * seed: 01:00.0 config 4e 2 mask=f0 value=30 order=7 delay=250 noverify
 * seed: class=03 bar2 0 1 value=0 # why
 * seed: 1000:0097 no-flr
 * seed: 01:00.*,3 no-pm
 * seed: -vfs-of=01:00.0 no-bus
 * seed: 8086:0953 flr-delay=250
 * seed: 8086:550a af=e0
 * word: config
 * word: bar5
 * word: mask=
 * word: value=
 * word: order=
 * word: delay=
 * word: noverify
 * word: no-flr
 * word: flr-delay=
 * word: af=
 * word: 01:00.0
 * word: 8086:10c9
 * word: 0x
 */
#include "fuzz.h"
#include "quirk_core.h"

#define ROOM	300	/* more than one line can fill */

static struct pbng_quirk room[ROOM];

static u32 bits(const struct pbng_quirk *q)
{
	return 0xffffffffu >> (32 - 8 * q->width);
}

/* Nothing is out of its range. */
static void check_quirk(const struct pbng_quirk *q)
{
	FUZZ_CHECK(q->kind < PBNG_QUIRK_KINDS);
	FUZZ_CHECK(q->delay <= PBNG_QUIRK_MAX_DELAY);
	if (q->kind == PBNG_QUIRK_AF)
		FUZZ_CHECK(q->offset >= 0x40 && q->offset <= 0xf8 && !(q->offset & 3));
	if (q->kind != PBNG_QUIRK_REGISTER)
		return;
	FUZZ_CHECK(q->space <= PBNG_QUIRK_CONFIG);
	FUZZ_CHECK(q->width == 1 || q->width == 2 || q->width == 4);
	FUZZ_CHECK(!(q->offset & (q->width - 1)));
	FUZZ_CHECK(q->space != PBNG_QUIRK_CONFIG ||
		   (q->offset >= 0x40 && q->offset + q->width <= 0x1000));
	FUZZ_CHECK(q->mask && !(q->mask & ~bits(q)));
	FUZZ_CHECK(!(q->value & ~q->mask) && (q->has_value || !q->value));
}

/* What is written can be read, and is the same then. */
static void check_again(const struct pbng_quirk *q)
{
	struct pbng_quirk again[1] = {};
	struct pbng_quirk_table one = { .quirk = again, .room = 1 };
	struct pbng_quirk_line line;
	struct pbng_rule_error error;
	char text[PBNG_QUIRK_TEXT], second[PBNG_QUIRK_TEXT];
	size_t len = pbng_quirk_format(q, text);

	FUZZ_CHECK(len == strlen(text) && len < sizeof(text) - 1);
	FUZZ_CHECK(pbng_quirk_parse(text, len, &line, &error) == 1 && !line.remove);
	FUZZ_CHECK(!pbng_quirk_apply(&one, &line) && one.count == 1);
	pbng_quirk_format(again, second);
	FUZZ_CHECK(!strcmp(text, second));
}

/* All that there is in the table, for the device of its last entry. */
static void check_plan(const struct pbng_quirk_table *table)
{
	static struct pbng_quirk_plan plan;
	unsigned int i, delays = 0;

	if (!table->count)
		return;
	pbng_quirk_find(table, &table->quirk[table->count - 1].match, 1, &plan);
	FUZZ_CHECK(plan.count <= PBNG_QUIRK_REGS);
	FUZZ_CHECK(plan.count || plan.left_out || plan.methods || plan.af || !plan.delay ||
		   plan.delay <= PBNG_QUIRK_MAX_DELAY);
	for (i = 0; i < plan.count; i++) {
		check_quirk(&plan.reg[i]);
		delays += plan.reg[i].delay;
		FUZZ_CHECK(!i || plan.reg[i - 1].order <= plan.reg[i].order);
	}
	FUZZ_CHECK(delays <= PBNG_QUIRK_MAX_DELAY);
}

static void check_line(struct pbng_quirk_table *table, const char *text, size_t len)
{
	struct pbng_rule_error error = { .pos = len + 1 };
	struct pbng_quirk_line line, before;
	unsigned int count = table->count, i;
	int got;

	memset(&line, 0xa5, sizeof(line));
	before = line;
	got = pbng_quirk_parse(text, len, &line, &error);
	if (got != 1) {
		FUZZ_CHECK(!memcmp(&line, &before, sizeof(line)));
		FUZZ_CHECK(!got || (got == -EINVAL && error.pos <= len && *error.why));
		return;
	}
	check_quirk(&line.quirk);
	got = pbng_quirk_apply(table, &line);
	FUZZ_CHECK(!got || got == -ENOSPC || got == -ENOENT);
	FUZZ_CHECK(!got || table->count == count);
	FUZZ_CHECK(table->count <= table->room);
	FUZZ_CHECK(line.remove ? table->count <= count : table->count >= count);
	for (i = 0; i < table->count; i++)
		check_again(&table->quirk[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pbng_quirk_table table = { .quirk = room, .room = ROOM };
	const char *text = (const char *)data;
	size_t end, pos;

	if (size > 1000)
		return 0;
	for (pos = 0; pos < size; pos = end + 1) {
		for (end = pos; end < size && text[end] != '\n'; end++)
			;
		check_line(&table, text + pos, end - pos);
	}
	check_plan(&table);
	return 0;
}

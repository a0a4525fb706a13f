// SPDX-License-Identifier: GPL-2.0
/*
 * Lists as people write them, made from atoms that each have a meaning, and what
 * rule_core.c makes of them. With SPELLINGS=y in the environment the lists are printed
 * instead, each behind "=", with what the driver makes of its entries: "+ENTRY" or
 * "-POSITION ENTRY". test_grammar.sh compares these with the initramfs hook and with
 * the documentation.
 */
#include <ctype.h>
#include <stdlib.h>

#include "ktap.h"
#include "rule_core.h"

#define TEXT_MAX	512

/**
 * struct atom - a piece of a list
 * @text: as it is written; "%s" is where the entry goes
 * @meaning: as the driver writes it; NULL for what cannot be meant
 */
struct atom {
	const char *text;
	const char *meaning;
};

static const struct atom places[] = {
	{ "02:00.0", "0000:02:00.0" },
	{ "0000:02:00.0", "0000:02:00.0" },
	{ "2:0.0", "0000:02:00.0" },
	{ "0001:ab:1c.5", "0001:ab:1c.5" },
	{ "00010000:02:00.0", "10000:02:00.0" },
	{ "02:00.0,3-4", "0000:02:00.0+0000:02:00.3+0000:02:00.4" },
	{ "02:00.0 , 3, 4", "0000:02:00.0+0000:02:00.3+0000:02:00.4" },
	{ "02:00.6-7", "0000:02:00.6+0000:02:00.7" },
	{ "00:1c.4/00.0", "0000:00:1c.4/00.0" },
	{ "0000:00:1c.4/00.0/2.0/0.1,2",
	  "0000:00:1c.4/00.0/02.0/00.1+0000:00:1c.4/00.0/02.0/00.2" },
};

static const struct atom kinds[] = {
	{ "02:*.*", "0000:02:00.0..." },
	{ "02:1f.*", "0000:02:1f.0..." },
	{ "8086:10ca", "8086:10ca" },
	{ "8086:10ca:8086:a03c", "8086:10ca:8086:a03c" },
	{ "class=02", "class=02" },
	{ "class = 0c03", "class=0c03" },
	{ "class=0c0330", "class=0c0330" },
	{ "serial=525400ffffaabbcc", "serial=525400ffffaabbcc" },
	{ "Serial = 525400FFFFAABBCC", "serial=525400ffffaabbcc" },
	{ "vfs-of=01:00.0", "vfs-of=0000:01:00.0" },
	{ "vfs-of = 0000:01:00.0", "vfs-of=0000:01:00.0" },
	{ "!02:00.0", "!0000:02:00.0" },
	{ "! 0000:02:00.0", "!0000:02:00.0" },
	{ "!00:1c.0/00.0", "!0000:00:1c.0/00.0" },
};

static const char *const mistakes[] = {
	"zz", "02", "02:00", "02:20.0", "02:00.8", "0000:05:00,0",
	"02:00.0,5-3", "02:00.0,3-8", "02:00.*,1", "8086:10c", "08086:10ca",
	"0x8086:0x10ca", "class=020", "class=", "vfs-of=01:00", "serial=", "serial=525400ffffaabbc",
	"serial=525400ffffaabbccd", "serial=0000000000000000", "serial=ffffffffFFFFFFFF",
	"serial=52-54-00-ff-ff-aa-bb-cc", "!serial=525400ffffaabbcc", "serial=525400ffffaabbcc@1",
	"vfs-of=01:00.*", "!8086:10ca", "!02:00.0@1", "!02:00.0,policy=strict",
	"8086:10ca@1", "02:*.*@1", "02:*.0", "00:1c.*/00.0", "pci:02:00.0",
	"02.00.0", "123456789:02:00.0", "02:00.0\\",
};

static const struct atom options[] = {
	{ "%s,policy=standard", ",policy=standard" },
	{ "%s;policy=standard", ",policy=standard" },
	{ "%s , policy = permissive", ",policy=permissive" },
	{ "%s,,policy=strict", ",policy=strict" },
	{ "%s;rdm_policy=relaxed,msitranslate=1", ",rdm_policy=relaxed,msitranslate=1" },
	{ "%s,msitranslate=0;policy=strict", ",policy=strict,msitranslate=0" },
	{ "%s,policy=lax", NULL }, { "%s,polic=strict", NULL }, { "%s,policy=", NULL },
	{ "%s,policy=strict,policy=strict", NULL }, { "%s;permissive=1", NULL },
};

static const struct atom slots[] = {
	{ "%s@7", "@7" }, { "%s @ 1f", "@1f" }, { "%s@0a", "@a" },
	{ "%s@20", NULL }, { "%s@", NULL }, { "%s@x", NULL },
};

/* How an entry stands in a list; @meaning says only whether it can. */
static const struct atom frames[] = {
	{ "%s", "" }, { "(%s)", "" }, { "( %s )", "" }, { "(\t%s)", "" }, { "'%s'", "" },
	{ "\"%s\"", "" }, { "'(%s)'", "" }, { "(\"%s\")", "" }, { "(%s,)", "" }, { "(;%s)", "" },
	{ "(%s", NULL }, { "%s)", NULL }, { "%s )", NULL },
};

static const char *const joints[] = {
	" ", ",", ", ", " ,", ";", "; ", ",,", "\t", "()", " (,) ", "''",
};

static const char *const ends[] = {
	"%s", " %s ", "%s,", ",%s;", "'%s'", "\"%s\"", "' %s '", "()%s",
};

static unsigned int spellings;
static bool is_listing;

/**
 * struct meaning - what a list comes to
 * @text: its rules as the driver writes them, "|" before each; "-" for a mistake
 * @options: of the rule that is being written
 * @count: selectors of it
 */
struct meaning {
	char text[TEXT_MAX];
	struct pbng_rule_options options;
	unsigned int count;
};

static int write_selector(const struct pbng_selector *selector, void *data)
{
	struct meaning *m = data;
	size_t at = strlen(m->text);
	char text[PBNG_RULE_TEXT];

	pbng_rule_format(selector, &m->options, text);
	snprintf(m->text + at, sizeof(m->text) - at, "%s%s", m->count++ ? "+" : "", text);
	return 0;
}

static int write_first(const struct pbng_selector *selector, void *data)
{
	write_selector(selector, data);
	return 1;
}

static void write_rule(struct meaning *m, const struct pbng_rule *rule)
{
	m->count = 0;
	m->options = rule->options;
	strcat(m->text, "|");
	if (rule->options.functions != 0xff) {
		pbng_rule_for_each(rule, write_selector, m);
		return;
	}
	pbng_rule_for_each(rule, write_first, m);
	strcat(m->text, "...");
}

static const char *meant(const char *text)
{
	struct pt_list list = { .text = text, .end = strlen(text) };
	struct pbng_rule_error error;
	static struct meaning m;
	struct pt_list_entry entry;
	struct pbng_rule rule;
	int got;

	m.text[0] = '\0';
	while ((got = pbng_rule_next(&list, &entry, &rule, &error))) {
		if (got > 0)
			write_rule(&m, &rule);
		else
			strcat(m.text, "-");
		if (!is_listing)
			continue;
		if (got > 0)
			printf("+%.*s\n", (int)entry.len, entry.text);
		else
			printf("-%zu %.*s\n", (size_t)(entry.text - text), (int)entry.len,
			       entry.text);
	}
	return m.text;
}

static void spell_as_is(const char *text, const char *want)
{
	const char *got;

	spellings++;
	if (is_listing)
		printf("=%s\n", text);
	got = meant(text);
	if (!is_listing && strcmp(got, want))
		ktap_fail(__FILE__, __LINE__, "{%s} is {%s}, not {%s}", text, got, want);
}

static void spell(const char *text, const char *want)
{
	char capitals[TEXT_MAX];
	size_t i;

	spell_as_is(text, want);
	for (i = 0; text[i]; i++)
		capitals[i] = toupper((unsigned char)text[i]);
	capitals[i] = '\0';
	if (strcmp(capitals, text))
		spell_as_is(capitals, want);
}

/* @outer with @inner where its "%s" is. */
static void set_in(char *text, const char *outer, const char *inner)
{
	const char *mark = strstr(outer, "%s");

	snprintf(text, TEXT_MAX, "%.*s%s%s", (int)(mark - outer), outer, inner, mark + 2);
}

/* The meaning of a place that has an option: each of its functions has it. */
static void add_option(char *want, const char *place, const char *option)
{
	char *at = want;

	*at++ = '|';
	for (; *place; place++) {
		if (*place == '+')
			at += sprintf(at, "%s", option);
		*at++ = *place;
	}
	sprintf(at, "%s", option);
}

static void spell_alone(const struct atom *atom, const struct atom *frame)
{
	char text[TEXT_MAX], want[TEXT_MAX] = "-";

	set_in(text, frame->text, atom->text);
	if (frame->meaning && atom->meaning)
		snprintf(want, sizeof(want), "|%s", atom->meaning);
	spell(text, want);
}

#define EACH(atom, array) for ((atom) = (array); (atom) < (array) + ARRAY_SIZE(array); (atom)++)

TEST("one rule, in every frame, with and without parentheses, quotes and capitals (case S1)")
{
	const struct atom *atom, *frame;

	EACH(frame, frames) {
		EACH(atom, places)
			spell_alone(atom, frame);
		EACH(atom, kinds)
			spell_alone(atom, frame);
	}
}

TEST("what cannot be meant, in every frame")
{
	const struct atom *frame;
	const char *const *text;

	EACH(frame, frames) {
		EACH(text, mistakes)
			spell_alone(&(struct atom) { *text, NULL }, frame);
	}
}

static void spell_with(const struct atom *place, const struct atom *option, const char *frame)
{
	char inner[TEXT_MAX], text[TEXT_MAX], want[TEXT_MAX] = "-";

	set_in(inner, option->text, place->text);
	set_in(text, frame, inner);
	if (option->meaning)
		add_option(want, place->meaning, option->meaning);
	spell(text, want);
}

TEST("slots and options behind ',' and ';', with and without parentheses")
{
	const struct atom *place, *option;

	EACH(place, places) {
		EACH(option, options) {
			spell_with(place, option, "%s");
			spell_with(place, option, "(%s)");
		}
		EACH(option, slots)
			spell_with(place, option, "'( %s )'");
	}
}

TEST("two rules, whatever is between them and around them")
{
	const struct atom *first, *second;
	const char *const *joint, *const *end;
	char one[TEXT_MAX], two[TEXT_MAX], both[2 * TEXT_MAX], text[TEXT_MAX];

	EACH(first, frames) {
		EACH(second, frames) {
			if (!first->meaning || !second->meaning)
				continue;
			EACH(joint, joints) {
				set_in(one, first->text, "02:00.0,3-4");
				set_in(two, second->text, "8086:10ca");
				snprintf(both, sizeof(both), "%s%s%s", one, *joint, two);
				spell(both, "|0000:02:00.0+0000:02:00.3+0000:02:00.4|8086:10ca");
			}
		}
	}
	EACH(end, ends) {
		set_in(text, *end, "(02:00.0,policy=strict) zz,class=02");
		spell(text, "|0000:02:00.0,policy=strict-|class=02");
	}
}

/* Lists that were cut on their way, and those that look alike and are not. */
static const struct atom known[] = {
	{ "", "" }, { " , ;()( )", "" }, { "''", "" },
	{ "(0000:02:00.0)(0000:03:00.0)", "|0000:02:00.0|0000:03:00.0" },
	{ "0000:02:00.0", "|0000:02:00.0" },
	{ "02:00.0,03:00.0", "|0000:02:00.0|0000:03:00.0" },
	{ "(02:00.0,03:00.0)", "|0000:02:00.0|0000:03:00.0" },
	{ "(02:00.0 03:00.0)", "|0000:02:00.0|0000:03:00.0" },
	{ "(02:00.0;policy=standard)(05:00.0)", "|0000:02:00.0,policy=standard|0000:05:00.0" },
	{ "(02:00.0", "-" },			/* GRUB left this of it */
	{ "'(02:00.0)", "|0000:02:00.0-" },	/* the kernel, of '(02:00.0) (03:00.0)' */
	{ "(03:00.0)\"", "|0000:03:00.0-" },
	{ "(02:00.0)(03:00.0", "|0000:02:00.0-" },
	{ "(02:00.0(03:00.0)", "-|0000:03:00.0" },
	{ "((02:00.0))", "-|0000:02:00.0-" },
	{ "(8086:10d3)(!02:00.0)", "|8086:10d3|!0000:02:00.0" },
	{ "8086:10d3,!02:00.0", "|8086:10d3|!0000:02:00.0" },
	{ "02:00.0,3:00.0", "|0000:02:00.0|0000:03:00.0" },
	{ "02:00.0,3,4:00.0", "|0000:02:00.0+0000:02:00.3|0000:04:00.0" },
	{ "02:00.0,1-2:00.0", "|0000:02:00.0-" },
	{ "02:00.0;3", "|0000:02:00.0-" },
	{ "02:00.0 3", "|0000:02:00.0-" },
	{ "02:00.0,10", "-" },
	{ "02:00.0 policy=strict", "|0000:02:00.0-" },
	{ "02:00.0,policy=strict,03:00.0", "|0000:02:00.0,policy=strict|0000:03:00.0" },
	{ "8086:10ca,class=02,vfs-of=01:00.0", "|8086:10ca|class=02|vfs-of=0000:01:00.0" },
	{ "02:00.0,serial=525400ffffaabbcc", "|0000:02:00.0|serial=525400ffffaabbcc" },
	{ "02:00.0,serial=525400ffffaabb", "|0000:02:00.0-" },
	{ "0000:02:00.0 0000:02:00.1", "|0000:02:00.0|0000:02:00.1" },
	{ "[02:00.0]", "-" }, { "{02:00.0}", "-" }, { "(02:00.0|03:00.0)", "-" },
	{ "(02:00.0)x(03:00.0)", "|0000:02:00.0-|0000:03:00.0" },
	{ "02:00.0(03:00.0)04:00.0", "|0000:02:00.0|0000:03:00.0|0000:04:00.0" },
};

TEST("lists that were cut, and those that only look alike (case D6)")
{
	const struct atom *atom;

	EACH(atom, known)
		spell(atom->text, atom->meaning);
}

TEST("these were 200 spellings at least")
{
	CHECK(spellings >= 200);
	if (!is_listing)
		printf("# %u spellings\n", spellings);
}

__attribute__((__constructor__)) static void list_all(void)
{
	int i;

	is_listing = getenv("SPELLINGS");
	if (!is_listing)
		return;
	for (i = 0; i < ktap_count; i++)
		ktap_tests[i].run();
	exit(ktap_failed);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Any text as a rule and as a hide list: rule_core.c, rule_match_core.c.
 *
 * What fuzz.sh gives libFuzzer to begin with, a text and a word a line:
 *
 * seed: 0000:02:00.0
 * seed: 02:00.0,3-5@7;policy=strict
 * seed: 0001:02:*.*
 * seed: 0000:00:03.0/00.0/1f.*;msitranslate=0
 * seed: 00:1.0/1.1/1.2/1.3/1.4/1.5/1.6/1.7/2.0/2.1/2.2/2.3/2.4/2.5/2.6/2.7
 * seed: 02:00.0;policy=strict;rdm_policy=strict;msitranslate=0
 * seed: 8086:10ca;rdm_policy=relaxed
 * seed: 8086:10ca:8086:a03c
 * seed: class=0c0330
 * seed: vfs-of=01:00.0;policy=permissive
 * seed: serial=525400ffffaabbcc,policy=strict
 * seed:  (02:00.0)(class=0200) (8086:10ca@1)x(03:00.8)((04:00.0
 * seed: '02:00.0,3 , 5,policy=strict,03:00.0 @ 7 ; (class=02)' !04:00.0
 * word: vfs-of=
 * word: serial=
 * word: class=
 * word: ,policy=strict
 * word: ;policy=permissive
 * word: ;rdm_policy=strict
 * word: ;rdm_policy=relaxed
 * word: ;msitranslate=0
 * word: standard
 * word: 0000:
 * word: 00.0
 * word: *.*
 * word: /1f.7
 * word: !
 * word: @1f
 * word: :*.*@7
 */
#include "fuzz.h"
#include "rule_core.h"

struct walk {
	const struct pbng_rule *rule;
	struct pbng_selector last;
	unsigned int count;
};

static int take_first(const struct pbng_selector *selector, void *data)
{
	*(struct pbng_selector *)data = *selector;
	return 1;
}

static bool is_kind(const struct pbng_selector *selector, enum pbng_rule_kind kind)
{
	return selector->kind == kind;
}

/* Nothing is out of its range, and what a kind does not use is zero. */
static void check_selector(const struct pbng_selector *s)
{
	struct pbng_selector used = { .kind = s->kind };

	if (is_kind(s, PBNG_RULE_IDS)) {
		FUZZ_CHECK(s->vendor <= 0xffff && s->device <= 0xffff);
		FUZZ_CHECK((s->subvendor <= 0xffff && s->subdevice <= 0xffff) ||
			   (s->subvendor == PBNG_ANY_ID && s->subdevice == PBNG_ANY_ID));
		used.vendor = s->vendor;
		used.device = s->device;
		used.subvendor = s->subvendor;
		used.subdevice = s->subdevice;
	} else if (is_kind(s, PBNG_RULE_CLASS)) {
		FUZZ_CHECK(s->digits == 2 || s->digits == 4 || s->digits == 6);
		FUZZ_CHECK(!(s->class & ~(0xffffffu << (24 - 4 * s->digits))));
		FUZZ_CHECK(s->class <= 0xffffff);
		used.digits = s->digits;
		used.class = s->class;
	} else if (is_kind(s, PBNG_RULE_SERIAL)) {
		FUZZ_CHECK(s->serial && ~s->serial);
		used.serial = s->serial;
	} else {
		FUZZ_CHECK(s->kind <= PBNG_RULE_VFS_OF);
		FUZZ_CHECK(is_kind(s, PBNG_RULE_PATH) == (s->hops > 0));
		FUZZ_CHECK(s->hops <= PBNG_RULE_HOPS);
		used.domain = s->domain;
		used.bus = s->bus;
		used.devfn = s->devfn;
		used.hops = s->hops;
		memcpy(used.hop, s->hop, s->hops);
	}
	FUZZ_CHECK(!memcmp(&used, s, sizeof(used)));
}

static void check_options(const struct pbng_rule *rule)
{
	const struct pbng_rule_options *o = &rule->options;
	bool has_functions = rule->selector.kind <= PBNG_RULE_PATH;

	FUZZ_CHECK(o->slot >= PBNG_NO_SLOT && o->slot <= 0x1f);
	FUZZ_CHECK(o->slot == PBNG_NO_SLOT || (has_functions && !rule->any_device));
	FUZZ_CHECK(has_functions == (o->functions != 0));
	FUZZ_CHECK(o->policy <= PBNG_POLICY_PERMISSIVE);
	FUZZ_CHECK(o->rdm_policy <= PBNG_RDM_RELAXED);
	FUZZ_CHECK(o->msitranslate >= PBNG_MSITRANSLATE_DEFAULT && o->msitranslate <= 1);
}

/* What is written can be read, and is the same then. */
static int check_one(const struct pbng_selector *selector, void *data)
{
	struct walk *walk = data;
	struct pbng_rule_options want = walk->rule->options;
	struct pbng_rule_error error;
	struct pbng_selector again = {};
	struct pbng_rule rule;
	char text[PBNG_RULE_TEXT];
	size_t len;

	check_selector(selector);
	FUZZ_CHECK(!walk->count || memcmp(&walk->last, selector, sizeof(walk->last)) < 0);
	walk->last = *selector;
	walk->count++;

	len = pbng_rule_format(selector, &want, text);
	FUZZ_CHECK(len == strlen(text) && len < PBNG_RULE_TEXT - 1);
	FUZZ_CHECK(!pbng_rule_parse(text, len, &rule, &error));
	FUZZ_CHECK(!rule.any_device);
	FUZZ_CHECK(pbng_rule_for_each(&rule, take_first, &again) == 1);
	FUZZ_CHECK(!memcmp(&again, selector, sizeof(again)));
	want.functions = rule.options.functions;
	FUZZ_CHECK(!memcmp(&want, &rule.options, sizeof(want)));
	return 0;
}

static unsigned int count(const char *text, size_t len, char c)
{
	unsigned int n = 0;

	while (len--)
		n += text[len] == c;
	return n;
}

/* Everything that stands there went into the rule. */
static void check_text(const struct pbng_rule *rule, const char *text, size_t len)
{
	const struct pbng_rule_options *o = &rule->options;
	unsigned int options = 0;

	options += o->policy != PBNG_POLICY_DEFAULT;
	options += o->rdm_policy != PBNG_RDM_DEFAULT;
	options += o->msitranslate != PBNG_MSITRANSLATE_DEFAULT;
	FUZZ_CHECK(count(text, len, ';') + count(text, len, ',') >= options);
	FUZZ_CHECK(count(text, len, '!') == o->exclude);
	FUZZ_CHECK(!o->exclude || (!options && o->slot == PBNG_NO_SLOT));
	FUZZ_CHECK(count(text, len, '@') == (o->slot != PBNG_NO_SLOT));
	FUZZ_CHECK(count(text, len, '/') == rule->selector.hops);
}

static void check_good(const struct pbng_rule *rule)
{
	unsigned int functions = __builtin_popcount(rule->options.functions);
	struct walk walk = { .rule = rule };
	struct pbng_selector first;
	struct pbng_bdf bdf;

	check_selector(&rule->selector);
	check_options(rule);
	FUZZ_CHECK(!pbng_rule_for_each(rule, check_one, &walk));
	FUZZ_CHECK(walk.count == (rule->any_device ? 256 : functions ? functions : 1));
	if (pbng_rule_one(rule, &bdf))
		return;
	FUZZ_CHECK(walk.count == 1 && is_kind(&rule->selector, PBNG_RULE_ADDRESS));
	pbng_rule_for_each(rule, take_first, &first);
	FUZZ_CHECK(bdf.domain == first.domain && bdf.bus == first.bus &&
		   bdf.devfn == first.devfn);
}

static void check_rule(const char *text, size_t len)
{
	struct pbng_rule_error error = { .pos = len + 1 };
	struct pbng_rule rule, before;
	int err;

	memset(&rule, 0xa5, sizeof(rule));
	before = rule;
	err = pbng_rule_parse(text, len, &rule, &error);
	if (!err) {
		check_text(&rule, text, len);
		check_good(&rule);
		return;
	}
	FUZZ_CHECK(err == -EINVAL);
	FUZZ_CHECK(error.pos <= len && error.why && *error.why);
	FUZZ_CHECK(!memcmp(&rule, &before, sizeof(rule)));
}

/* Every call goes on, and stays inside. */
static void check_list(const char *text, size_t size, unsigned int flags)
{
	struct pt_list list = { .text = text, .end = size, .flags = flags };
	struct pt_list_entry entry;
	size_t before;
	int got;

	do {
		before = list.pos;
		got = pt_list_next(&list, &entry);
		FUZZ_CHECK(list.pos >= before && list.pos <= size);
		FUZZ_CHECK(!list.group || (list.pos <= list.group && list.group < size));
		if (!got)
			break;
		FUZZ_CHECK(entry.len && entry.text >= text);
		FUZZ_CHECK(entry.text + entry.len <= text + size);
		FUZZ_CHECK(entry.pos < size && !entry.why == (got > 0));
		FUZZ_CHECK(got == 1 || (got == -EINVAL && *entry.why));
		if (got < 0)
			continue;
		FUZZ_CHECK(list.pos > before && !memchr(entry.text, '(', entry.len) &&
			   !memchr(entry.text, ')', entry.len));
		FUZZ_CHECK(!memchr(",;\t '\"", entry.text[entry.len - 1], 6));
		check_rule(entry.text, entry.len);
	} while (1);
	FUZZ_CHECK(list.pos == size);
	FUZZ_CHECK(!pt_list_next(&list, &entry));
}

static void check_rules(const char *text, size_t size)
{
	struct pt_list list = { .text = text, .end = size };
	struct pbng_rule_error error;
	struct pt_list_entry entry;
	struct pbng_rule rule;
	int got;

	while ((got = pbng_rule_next(&list, &entry, &rule, &error))) {
		if (got < 0)
			FUZZ_CHECK(error.pos <= size && *error.why && *error.example);
		else
			check_good(&rule);
	}
	if (pbng_rule_parse_one(text, size, &rule, &error))
		FUZZ_CHECK(error.pos <= size && *error.why && *error.example);
	else
		check_good(&rule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	/* The data as it is: not terminated, and the sanitizer watches its end. */
	check_rule(text, size);
	check_rules(text, size);
	check_list(text, size, 0);
	check_list(text, size, PT_LIST_OPTIONS);
	check_list(text, size, PT_LIST_WORDS);
	return 0;
}

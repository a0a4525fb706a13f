// SPDX-License-Identifier: GPL-2.0
/* What a rule stands for, what a device can be known by, and both as text. */
#include "ktap.h"
#include "rule_core.h"

static struct pbng_rule rule;

static int parse(const char *text)
{
	struct pbng_rule_error error = { .why = "nothing" };
	int err = pbng_rule_parse(text, strlen(text), &rule, &error);

	if (err)
		ktap_fail(__FILE__, __LINE__, "\"%s\" is refused at %zu: %s",
			  text, error.pos, error.why);
	return err;
}

static struct pbng_selector visited[256];
static unsigned int visits, stop_at;

static int visit(const struct pbng_selector *selector, void *data)
{
	CHECK(data == &visits);
	if (visits < ARRAY_SIZE(visited))
		visited[visits] = *selector;
	visits++;
	return visits == stop_at ? -ENOMEM : 0;
}

/* How many selectors the rule @text has; they are in visited[]. */
static unsigned int expand(const char *text)
{
	visits = 0;
	stop_at = 0;
	if (!parse(text))
		CHECK_EQ(pbng_rule_for_each(&rule, visit, &visits), 0);
	return visits;
}

TEST("an address is expanded in ascending order")
{
	struct pbng_selector want = {
		.kind = PBNG_RULE_ADDRESS, .domain = 1, .bus = 2, .devfn = 3 << 3 | 1,
	};

	CHECK_EQ(expand("0001:02:03.4-5,1"), 3);
	CHECK(!memcmp(&visited[0], &want, sizeof(want)));
	want.devfn = 3 << 3 | 4;
	CHECK(!memcmp(&visited[1], &want, sizeof(want)));
	want.devfn = 3 << 3 | 5;
	CHECK(!memcmp(&visited[2], &want, sizeof(want)));
}

TEST("'*.*' expands to the 256 functions of a bus")
{
	unsigned int i;

	CHECK_EQ(expand("02:*.*"), 256);
	for (i = 0; i < 256; i++) {
		CHECK_EQ(visited[i].devfn, i);
		CHECK_EQ(visited[i].bus, 2);
	}
}

TEST("a path is expanded at its last hop")
{
	struct pbng_selector want = {
		.kind = PBNG_RULE_PATH, .devfn = 3 << 3 | 2, .hops = 2,
		.hop = { 0, 0x1f << 3 | 6 },
	};

	CHECK_EQ(expand("00:03.2/00.0/1f.6-7"), 2);
	CHECK(!memcmp(&visited[0], &want, sizeof(want)));
	want.hop[1] = 0x1f << 3 | 7;
	CHECK(!memcmp(&visited[1], &want, sizeof(want)));
}

TEST("the other kinds stand for themselves")
{
	static const char *const texts[] = {
		"vfs-of=01:00.1", "8086:10ca", "8086:10ca:1234:5678", "class=0200",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		CHECK_EQ(expand(texts[i]), 1);
		CHECK(!memcmp(&visited[0], &rule.selector, sizeof(rule.selector)));
	}
}

TEST("the walk ends where the callback says so")
{
	static const char *const texts[] = { "02:00.*", "02:*.*", "00:03.0/00.1-7" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		REQUIRE(!parse(texts[i]));
		visits = 0;
		stop_at = 2;
		CHECK_EQ(pbng_rule_for_each(&rule, visit, &visits), -ENOMEM);
		CHECK_EQ(visits, 2);
	}
	REQUIRE(!parse("02:*.*"));
	visits = 0;
	stop_at = 20;
	CHECK_EQ(pbng_rule_for_each(&rule, visit, &visits), -ENOMEM);
	CHECK_EQ(visits, 20);
	REQUIRE(!parse("class=02"));
	visits = 0;
	stop_at = 1;
	CHECK_EQ(pbng_rule_for_each(&rule, visit, &visits), -ENOMEM);
}

TEST("a plain address names one function")
{
	struct pbng_bdf bdf;

	REQUIRE(!parse("0003:02:01.5"));
	CHECK_EQ(pbng_rule_one(&rule, &bdf), 0);
	CHECK_EQ(bdf.domain, 3);
	CHECK_EQ(bdf.bus, 2);
	CHECK_EQ(bdf.devfn, 1 << 3 | 5);
	REQUIRE(!parse("00:1f.7"));
	CHECK_EQ(pbng_rule_one(&rule, &bdf), 0);
	CHECK_EQ(bdf.devfn, 0xff);
	REQUIRE(!parse("00:00.0"));
	CHECK_EQ(pbng_rule_one(&rule, &bdf), 0);
	CHECK_EQ(bdf.devfn, 0);
}

TEST("everything else does not")
{
	static const char *const texts[] = {
		"02:00.0-1", "02:00.*", "02:*.*", "00:03.0/00.0", "8086:10ca", "class=02",
		"vfs-of=01:00.0", "02:00.0@1", "!02:00.0", "02:00.0;policy=strict",
		"02:00.0;rdm_policy=relaxed", "02:00.0;msitranslate=0",
	};
	struct pbng_bdf bdf = { .bus = 9 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		REQUIRE(!parse(texts[i]));
		CHECK_EQ(pbng_rule_one(&rule, &bdf), -EINVAL);
	}
	/* Not from the parser, but it would be a long way to the next function. */
	REQUIRE(!parse("02:00.0"));
	rule.options.functions = 0;
	CHECK_EQ(pbng_rule_one(&rule, &bdf), -EINVAL);
	CHECK_EQ(bdf.bus, 9);
}

/* The text of the first selector of @text. */
static const char *rewrite(const char *text)
{
	static char out[PBNG_RULE_TEXT];

	expand(text);
	CHECK_EQ(pbng_rule_format(&visited[0], &rule.options, out), strlen(out));
	return out;
}

TEST("a rule is written in one form, whatever it was read from")
{
	CHECK_STREQ(rewrite("2:0.0"), "0000:02:00.0");
	CHECK_STREQ(rewrite("12345678:AB:1F.7"), "12345678:ab:1f.7");
	CHECK_STREQ(rewrite("0:3.0/0.0/1.2"), "0000:00:03.0/00.0/01.2");
	CHECK_STREQ(rewrite("vfs-of=1:0.1"), "vfs-of=0000:01:00.1");
	CHECK_STREQ(rewrite("0086:00CA"), "0086:00ca");
	CHECK_STREQ(rewrite("8086:10ca:0000:0001"), "8086:10ca:0000:0001");
	CHECK_STREQ(rewrite("class=02"), "class=02");
	CHECK_STREQ(rewrite("class=0002"), "class=0002");
	CHECK_STREQ(rewrite("class=0C0330"), "class=0c0330");
}

TEST("slot and options are written when they were given")
{
	CHECK_STREQ(rewrite("2:0.0@0"), "0000:02:00.0@0");
	CHECK_STREQ(rewrite("2:0.3-5@1F"), "0000:02:00.3@1f");
	CHECK_STREQ(rewrite("2:0.0;msitranslate=0"), "0000:02:00.0,msitranslate=0");
	CHECK_STREQ(rewrite("2:0.0;msitranslate=1;rdm_policy=relaxed;policy=permissive"),
		    "0000:02:00.0,policy=permissive,rdm_policy=relaxed,msitranslate=1");
	CHECK_STREQ(rewrite("class=02;rdm_policy=strict;policy=standard"),
		    "class=02,policy=standard,rdm_policy=strict");
	CHECK_STREQ(rewrite("! 2:0.0"), "!0000:02:00.0");
	CHECK_STREQ(rewrite("!0:3.0/0.0"), "!0000:00:03.0/00.0");
	CHECK_STREQ(rewrite("8086:10ca;policy=strict"), "8086:10ca,policy=strict");
}

#define FIVE_HOPS "/1f.7/1f.7/1f.7/1f.7/1f.7"
#define ALL_OPTIONS ",policy=permissive,rdm_policy=relaxed,msitranslate=1"

TEST("the longest text has room")
{
	const char *text = "ffffffff:ff:1f.7" FIVE_HOPS FIVE_HOPS FIVE_HOPS "@1f" ALL_OPTIONS;

	CHECK(strlen(text) < PBNG_RULE_TEXT);
	CHECK_STREQ(rewrite(text), text);
}

/* Numbers that are the same in every run (xorshift). */
static u32 random_number(u32 below)
{
	static u32 state = 0x9e3779b9;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static struct pbng_selector random_selector(void)
{
	struct pbng_selector s = { .kind = random_number(PBNG_RULE_CLASS + 1) };
	int i;

	switch (s.kind) {
	case PBNG_RULE_IDS:
		s.vendor = random_number(0x10000);
		s.device = random_number(0x10000);
		s.subvendor = PBNG_ANY_ID;
		s.subdevice = PBNG_ANY_ID;
		if (random_number(2)) {
			s.subvendor = random_number(0x10000);
			s.subdevice = random_number(0x10000);
		}
		break;
	case PBNG_RULE_CLASS:
		s.digits = 2 + 2 * random_number(3);
		s.class = random_number(1 << 4 * s.digits) << (24 - 4 * s.digits);
		break;
	case PBNG_RULE_SERIAL:
		s.serial = 1 + random_number(U32_MAX) + ((u64)random_number(U32_MAX) << 32);
		break;
	case PBNG_RULE_PATH:
		s.hops = 1 + random_number(PBNG_RULE_HOPS);
		for (i = 0; i < s.hops; i++)
			s.hop[i] = random_number(0x100);
		fallthrough;
	default:
		s.domain = random_number(random_number(2) ? 0x10000 : U32_MAX);
		s.bus = random_number(0x100);
		s.devfn = random_number(0x100);
	}
	return s;
}

static struct pbng_rule_options random_options(const struct pbng_selector *selector)
{
	struct pbng_rule_options o = {
		.slot = PBNG_NO_SLOT,
		.policy = random_number(PBNG_POLICY_PERMISSIVE + 1),
		.rdm_policy = random_number(PBNG_RDM_RELAXED + 1),
		.msitranslate = (int)random_number(3) - 1,
	};

	if (selector->kind <= PBNG_RULE_PATH && random_number(2))
		o.slot = random_number(0x20);
	return o;
}

TEST("20000 selectors with options come back from their text as they were")
{
	char text[PBNG_RULE_TEXT];
	int i;

	for (i = 0; i < 20000 && !ktap_failed; i++) {
		struct pbng_selector selector = random_selector();
		struct pbng_rule_options options = random_options(&selector);

		pbng_rule_format(&selector, &options, text);
		CHECK_EQ(expand(text), 1);
		CHECK(!memcmp(&visited[0], &selector, sizeof(selector)));
		CHECK_EQ(rule.options.slot, options.slot);
		CHECK_EQ(rule.options.policy, options.policy);
		CHECK_EQ(rule.options.rdm_policy, options.rdm_policy);
		CHECK_EQ(rule.options.msitranslate, options.msitranslate);
		if (ktap_failed)
			ktap_fail(__FILE__, __LINE__, "it was \"%s\"", text);
	}
}

/* A VF behind two bridges, as the kernel would describe it, and a path as well. */
static const struct pbng_facts everything = {
	.bdf = { 1, 5, 0x10 << 3 | 2 },
	.vendor = 0x8086, .device = 0x10ca, .subvendor = 0x1af4, .subdevice = 0x1100,
	.class = 0x0281f1,
	.serial = 0x525400ffffaabbcc,
	.is_vf = true,
	.pf = { 1, 5, 1 },
	.hops = 2,
	.root = { 1, 0, 3 << 3 | 1 },
	.hop = { 2 << 3, 0x10 << 3 | 2 },
};

static struct pbng_selector known[PBNG_FACTS_SELECTORS];

static void check_known(const struct pbng_facts *facts, const char *const *texts)
{
	unsigned int i, n;

	memset(known, 0xa5, sizeof(known));
	n = pbng_facts_selectors(facts, known);
	for (i = 0; texts[i]; i++) {
		CHECK_EQ(expand(texts[i]), 1);
		if (i < n && memcmp(&known[i], &visited[0], sizeof(known[i])))
			ktap_fail(__FILE__, __LINE__, "selector %u is not \"%s\"", i, texts[i]);
	}
	CHECK_EQ(n, i);
}

TEST("a device is known by address, path, PF, serial number, ids, class, in that order (case N4)")
{
	static const char *const texts[] = {
		"0001:05:10.2", "0001:00:03.1/02.0/10.2", "vfs-of=0001:05:00.1",
		"serial=525400ffffaabbcc", "8086:10ca:1af4:1100", "8086:10ca", "class=0281f1",
		"class=0281", "class=02",
		NULL
	};

	check_known(&everything, texts);
}

TEST("a device on a root bus and a VF have no path, many have no serial number")
{
	static const char *const texts[] = {
		"0001:05:10.2", "8086:10ca:1af4:1100", "8086:10ca",
		"class=0281f1", "class=0281", "class=02", NULL
	};
	struct pbng_facts facts = everything;

	facts.serial = 0;
	facts.is_vf = false;
	facts.hops = 0;
	check_known(&facts, texts);
	facts.hops = -1;
	check_known(&facts, texts);
}

TEST("one bridge is enough for a path")
{
	static const char *const texts[] = {
		"0001:05:10.2", "0001:00:03.1/02.0", "serial=525400ffffaabbcc",
		"8086:10ca:1af4:1100", "8086:10ca", "class=0281f1", "class=0281", "class=02", NULL
	};
	struct pbng_facts facts = everything;

	facts.is_vf = false;
	facts.hops = 1;
	check_known(&facts, texts);
}

TEST("a path that is longer than a rule can be is none")
{
	struct pbng_facts facts = everything;

	facts.hops = PBNG_RULE_HOPS;
	CHECK_EQ(pbng_facts_selectors(&facts, known), PBNG_FACTS_SELECTORS);
	CHECK_EQ(known[1].kind, PBNG_RULE_PATH);
	CHECK_EQ(known[1].hops, PBNG_RULE_HOPS);
	facts.hops++;
	CHECK_EQ(pbng_facts_selectors(&facts, known), PBNG_FACTS_SELECTORS - 1);
	CHECK_EQ(known[1].kind, PBNG_RULE_VFS_OF);
}

TEST("a device is known only by a rule that says what it is")
{
	static const char *const others[] = {
		"0000:05:10.2", "0001:05:10.1", "0001:00:03.1/02.0", "0001:00:03.1/02.0/10.3",
		"0001:00:03.1/02.0/10.2/00.0", "vfs-of=0001:05:00.0", "8086:10ca:1af4:0000",
		"serial=525400ffffaabbcd",
		"8086:10cb", "class=0280", "class=03", "class=0281f0", "class=0282",
	};
	unsigned int i, k, n;

	n = pbng_facts_selectors(&everything, known);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		CHECK_EQ(expand(others[i]), 1);
		for (k = 0; k < n; k++)
			CHECK(memcmp(&known[k], &visited[0], sizeof(known[k])));
	}
}

TEST("bits of a class register above the class are no matter")
{
	struct pbng_facts facts = everything;
	struct pbng_selector clean[PBNG_FACTS_SELECTORS];

	pbng_facts_selectors(&facts, clean);
	facts.class |= 0xff000000;
	pbng_facts_selectors(&facts, known);
	CHECK(!memcmp(known, clean, sizeof(clean)));
}

TEST("an address survives the way through its key")
{
	struct pbng_bdf bdf = { .domain = 0x12345678, .bus = 0x9a, .devfn = 0xbc };
	struct pbng_bdf back = pbng_bdf_of_key(pbng_bdf_key(bdf));

	CHECK_EQ(back.domain, bdf.domain);
	CHECK_EQ(back.bus, bdf.bus);
	CHECK_EQ(back.devfn, bdf.devfn);
}

// SPDX-License-Identifier: GPL-2.0
/* Policies for reserved memory and their rules: policy_core.c. */
#include "ktap.h"
#include "policy_core.h"

static struct ie_rule rules[16];
static unsigned int rules_n;
static u64 clock_now;
static const char *why;

static const struct pt_identity nic = {
	.segment = 0, .bus = 3, .devfn = 0x00, .root_bus = 0, .hops = 2, .path = { 0x18, 0x00 },
	.vendor = 0x8086, .device = 0x10c9, .subvendor = 0x103c, .subdevice = 0x323f,
	.class = 0x020000, .serial = 0x525400ffffaabbccULL,
};

/* The same card in another slot. */
static struct pt_identity moved(u8 bus, u8 port)
{
	struct pt_identity id = nic;

	id.bus = bus;
	id.path[0] = port;
	return id;
}

static struct ie_rule parsed(const char *text)
{
	struct ie_rule rule[IE_FUNCTIONS] = {};

	why = NULL;
	if (ie_rule_parse(text, strlen(text), rule, &why) != 1)
		ktap_fail(__FILE__, __LINE__, "\"%s\": %s", text, why);
	return rule[0];
}

static void add(const char *text)
{
	struct ie_rule rule = parsed(text);

	rule.since = ++clock_now;
	rules_n = ie_rules_add(rules, rules_n, &rule);
}

static void start(void)
{
	memset(rules, 0, sizeof(rules));
	rules_n = 0;
	clock_now = 0;
}

static const char *policy_of(const struct pt_identity *id, u64 replaced)
{
	const struct ie_rule *rule = ie_rules_find(rules, rules_n, id, replaced);

	return rule ? ie_policy_name(rule->policy) : "none";
}

static const char *listing(void)
{
	static char all[1024];
	char text[IE_RULE_TEXT];
	unsigned int i;
	int len = 0;

	all[0] = '\0';
	for (i = 0; i < rules_n; i++) {
		ie_rule_format(&rules[i], text, sizeof(text));
		len += scnprintf(all + len, sizeof(all) - len, "%s%s", i ? " " : "", text);
	}
	return all;
}

TEST("each policy has its word, and no other word is one")
{
	unsigned int policy;

	for (policy = 0; policy < IE_POLICIES; policy++)
		CHECK_EQ(ie_policy_parse(ie_policy_name(policy),
					 strlen(ie_policy_name(policy))), policy);
	CHECK_STREQ(ie_policy_name(IE_POLICIES), "?");
	CHECK_EQ(ie_policy_parse("stric", 5), -EINVAL);
	CHECK_EQ(ie_policy_parse("strict1", 7), -EINVAL);
	CHECK_EQ(ie_policy_parse("strixt", 6), -EINVAL);
	CHECK_EQ(ie_policy_parse("", 0), -EINVAL);
	CHECK_EQ(ie_policy_parse("mapped", 3), IE_MAP);
}

TEST("what a policy takes on each kernel")
{
	static const struct {
		unsigned int policy, kernel, actions;
	} table[] = {
		{ IE_STRICT, IE_KERNEL_FLAG, 0 },
		{ IE_STRICT, IE_KERNEL_ATTACH, 0 },
		{ IE_STRICT, IE_KERNEL_NOTHING, 0 },
		{ IE_RESERVE, IE_KERNEL_FLAG, IE_DO_TAINT | IE_DO_CLEAR },
		{ IE_RESERVE, IE_KERNEL_ATTACH, IE_DO_TAINT | IE_DO_PASS },
		{ IE_RESERVE, IE_KERNEL_NOTHING, IE_DO_TAINT },
		{ IE_MAP, IE_KERNEL_FLAG, IE_DO_TAINT | IE_DO_CLEAR | IE_DO_MAP },
		{ IE_MAP, IE_KERNEL_ATTACH, IE_DO_TAINT | IE_DO_PASS | IE_DO_MAP },
		{ IE_MAP, IE_KERNEL_NOTHING, IE_DO_TAINT | IE_DO_MAP },
		{ IE_RELAXED, IE_KERNEL_FLAG, IE_DO_TAINT | IE_DO_CLEAR | IE_DO_REWRITE },
		{ IE_RELAXED, IE_KERNEL_ATTACH, IE_DO_TAINT | IE_DO_PASS | IE_DO_REWRITE },
		{ IE_RELAXED, IE_KERNEL_NOTHING, IE_DO_TAINT | IE_DO_REWRITE },
		{ IE_RELAXED_LOW, IE_KERNEL_FLAG, IE_DO_TAINT | IE_DO_CLEAR | IE_DO_REWRITE_LOW },
		{ IE_RELAXED_LOW, IE_KERNEL_ATTACH, IE_DO_TAINT | IE_DO_PASS | IE_DO_REWRITE_LOW },
		{ IE_RELAXED_LOW, IE_KERNEL_NOTHING, IE_DO_TAINT | IE_DO_REWRITE_LOW },
		{ IE_POLICIES, IE_KERNEL_FLAG, 0 },
		{ IE_RELAXED, IE_KERNELS, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		CHECK_EQ(ie_policy_actions(table[i].policy, table[i].kernel),
			 table[i].actions);
}

TEST("relaxed-low relaxes what starts below 1 MB, relaxed all, the others nothing (case M1)")
{
	static const u64 ends[IE_POLICIES] = {
		[IE_RELAXED_LOW] = 0x100000, [IE_RELAXED] = U64_MAX,
	};
	/* Of a ProLiant Gen8's NIC. */
	static const u64 high[] = {
		0xbdffd000, 0xbdff6000, 0xbdf83000, 0xbdf7f000, 0xbdf6f000, 0xbdf6e000,
	};
	static const u64 low[] = { 0xf4000, 0xe8000 };
	unsigned int policy, kernel, i;
	u64 end;

	for (policy = 0; policy < IE_POLICIES; policy++) {
		for (kernel = 0; kernel < IE_KERNELS; kernel++) {
			end = ie_relaxed_end(ie_policy_actions(policy, kernel));
			CHECK_EQ(end, ends[policy]);
			for (i = 0; i < ARRAY_SIZE(high); i++)
				CHECK_EQ(high[i] < end, policy == IE_RELAXED);
			for (i = 0; i < ARRAY_SIZE(low); i++)
				CHECK_EQ(low[i] < end,
					 policy == IE_RELAXED_LOW || policy == IE_RELAXED);
		}
	}
	CHECK_EQ(ie_policy_parse("Relaxed-Low", 11), IE_RELAXED_LOW);
	CHECK_EQ(parsed("03:00.0=relaxed-low").policy, IE_RELAXED_LOW);
	CHECK(!ie_policy_default_ok(IE_RELAXED_LOW, false));
	CHECK(ie_policy_default_ok(IE_RELAXED_LOW, true));
}

TEST("for all devices there is strict or reserve, the others only for who knows")
{
	CHECK(ie_policy_default_ok(IE_STRICT, false));
	CHECK(ie_policy_default_ok(IE_RESERVE, false));
	CHECK(!ie_policy_default_ok(IE_MAP, false));
	CHECK(!ie_policy_default_ok(IE_RELAXED, false));
	CHECK(ie_policy_default_ok(IE_MAP, true));
	CHECK(ie_policy_default_ok(IE_RELAXED, true));
	CHECK(!ie_policy_default_ok(IE_POLICIES, true));
}

static char several[IE_FUNCTIONS * IE_RULE_TEXT];

/* What an entry stands for, as text. */
static const char *expand(const char *text)
{
	struct ie_rule list[IE_FUNCTIONS];
	int i, n, len = 0;

	why = NULL;
	n = ie_rule_parse(text, strlen(text), list, &why);
	if (n < 0)
		return why;
	for (i = 0; i < n; i++)
		len += ie_rule_format(&list[i], several + len, sizeof(several) - len);
	return several;
}

TEST("the last function can be a list, which is a rule for each")
{
	static const char one[] = "expected one function: vfs-of= takes no list of them";

	CHECK_STREQ(expand("03:00.0,3-4=map"), "0000:03:00.0=map0000:03:00.3=map0000:03:00.4=map");
	CHECK_STREQ(expand("03:00.5, 7=map"), "0000:03:00.5=map0000:03:00.7=map");
	CHECK_STREQ(expand("00:03.0/00.1-2=map"),
		    "0000:00:03.0/00.1=map0000:00:03.0/00.2=map");
	expand("03:00.*=map");
	CHECK_EQ(strlen(several), 8 * strlen("0000:03:00.0=map"));
	CHECK_STREQ(expand("vfs-of=03:00.1=map"), "vfs-of=0000:03:00.1=map");
	CHECK_STREQ(expand("vfs-of=03:00.0-1=map"), one);
	CHECK(!!strstr(expand("03:00.0,=map"), "something follows it"));
	CHECK(!!strstr(expand("03:00.,0=map"), "expected"));
	CHECK(!!strstr(expand("03:00.3-1=map"), "something follows it"));
	CHECK(!!strstr(expand("03:00.12=map"), "something follows it"));
	CHECK(!!strstr(expand("03:00.0x=map"), "something follows it"));
	CHECK(!!strstr(expand("x3:00.0,1=map"), "expected an address"));
}

TEST("a range needs both of its ends, and one sign between them")
{
	static const char *const none[] = {
		"03:00.3-=map", "03:00.0--3=map", "03:00.0-3-=map", "03:00.0-3-5=map",
		"03:00.0,3-=map", "03:00.-3=map", "03:00.0-,3=map", "03:00.0-*=map",
		"03:00.3 4=map", "03:00.0,,3=map", "03:00.0-8=map",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		CHECK(!!strstr(expand(none[i]), "something follows it") ||
		      !!strstr(expand(none[i]), "expected"));
	CHECK_STREQ(expand("03:00.0 - 1 , 7=map"),
		    "0000:03:00.0=map0000:03:00.1=map0000:03:00.7=map");
	CHECK_STREQ(expand("03:00.3-3=map"), "0000:03:00.3=map");
}

TEST("letters can be capitals, and blanks be round '='")
{
	CHECK_STREQ(expand("8086:10C9 = Map"), "8086:10c9=map");
	CHECK_STREQ(expand("CLASS = 0C03=RESERVE "), "class=0c03=reserve");
	CHECK_STREQ(expand("class=02=strict"), "class=02=strict");
	CHECK_STREQ(expand("Serial=525400FFFFAABBCC=relaxed"), "serial=525400ffffaabbcc=relaxed");
}

TEST("a rule of every kind is read, and written so that it can be read again")
{
	static const char *const texts[] = {
		"0000:03:00.0=map", "0000:00:03.0/00.0=reserve", "8086:10c9=relaxed",
		"8086:10c9:103c:323f=strict", "class=0200=map", "class=020000=reserve",
		"serial=525400ffffaabbcc=map", "vfs-of=0000:03:00.0=reserve",
		"vfs-of=0000:03:00.0=relaxed-low",
	};
	char text[IE_RULE_TEXT];
	struct ie_rule rule;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		rule = parsed(texts[i]);
		CHECK_EQ(ie_rule_format(&rule, text, sizeof(text)), strlen(texts[i]));
		CHECK_STREQ(text, texts[i]);
	}
}

TEST("what is no rule is refused with what was expected, and leaves the rule alone")
{
	static const char *const texts[] = {
		"", "03:00.0", "=map", "03:00.0=", "03:00.0=maps", "03:00.0=mapmap",
		"class=0200", "03:00.9=map", "03:00.0==map", "03:00.0=map=relaxed",
	};
	struct ie_rule rule[IE_FUNCTIONS];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		rule[0] = (struct ie_rule) { .policy = 77 };
		why = NULL;
		if (ie_rule_parse(texts[i], strlen(texts[i]), rule, &why) >= 0)
			ktap_fail(__FILE__, __LINE__, "\"%s\" is taken", texts[i]);
		CHECK(why);
		CHECK_EQ(rule[0].policy, 77);
	}
}

TEST("the more exact rule holds, whatever the order")
{
	start();
	CHECK_STREQ(policy_of(&nic, 0), "none");
	add("03:00.0=map");
	add("8086:10c9:103c:323f=reserve");
	add("8086:10c9=relaxed");
	add("class=020000=strict");
	add("class=0200=relaxed");
	CHECK_STREQ(policy_of(&nic, 0), "map");
	rules_n = ie_rules_remove(rules, rules_n, &rules[0].match);
	CHECK_STREQ(policy_of(&nic, 0), "reserve");
	rules_n = ie_rules_remove(rules, rules_n, &rules[0].match);
	CHECK_STREQ(policy_of(&nic, 0), "relaxed");
	rules_n = ie_rules_remove(rules, rules_n, &rules[0].match);
	CHECK_STREQ(policy_of(&nic, 0), "strict");
	rules_n = ie_rules_remove(rules, rules_n, &rules[0].match);
	CHECK_STREQ(policy_of(&nic, 0), "relaxed");
	CHECK_EQ(rules_n, 1);
}

TEST("of rules that are equally exact the last holds")
{
	start();
	add("03:00.0=map");
	add("0000:00:03.0/00.0=reserve");
	CHECK_STREQ(policy_of(&nic, 0), "reserve");
	add("serial=525400ffffaabbcc=relaxed");
	CHECK_STREQ(policy_of(&nic, 0), "relaxed");
	add("03:00.0=strict");
	CHECK_STREQ(policy_of(&nic, 0), "strict");
}

TEST("a rule for VFs is for VFs, and more exact than ids")
{
	struct pt_identity vf = nic;

	vf.is_vf = true;
	vf.bus = 4;
	vf.devfn = 0x10;
	vf.pf_bus = nic.bus;
	vf.pf_devfn = nic.devfn;
	start();
	add("vfs-of=03:00.0=map");
	add("8086:10c9:103c:323f=relaxed");
	CHECK_STREQ(policy_of(&vf, 0), "map");
	CHECK_STREQ(policy_of(&nic, 0), "relaxed");
}

TEST("a rule for the same match takes the old one's place, at the end")
{
	start();
	add("03:00.0=map");
	add("8086:10c9=reserve");
	add("0000:03:00.0=relaxed");
	CHECK_STREQ(listing(), "8086:10c9=reserve 0000:03:00.0=relaxed");
}

TEST("what is not there cannot be removed")
{
	struct ie_rule other = parsed("04:00.0=map");

	start();
	CHECK_EQ(ie_rules_remove(rules, rules_n, &other.match), 0);
	add("03:00.0=map");
	CHECK_EQ(ie_rules_remove(rules, rules_n, &other.match), 1);
}

TEST("rules that name a place go along with the card, others need not")
{
	const struct pt_identity new = moved(6, 0x28);

	start();
	add("03:00.0=map");
	add("0000:00:03.0/00.0=reserve");
	add("vfs-of=03:00.0=relaxed");
	add("8086:10c9=strict");
	add("04:00.0=map");
	CHECK_EQ(ie_rules_follow(rules, rules_n, &nic, &new), 3);
	CHECK_STREQ(listing(), "0000:06:00.0=map 0000:00:05.0/00.0=reserve "
			       "vfs-of=0000:06:00.0=relaxed 8086:10c9=strict 0000:04:00.0=map");
	CHECK_STREQ(policy_of(&new, 0), "reserve");
}

TEST("two cards that change places take their own rules along")
{
	struct pt_identity other = moved(6, 0x28), other_new = nic, nic_new = other;

	other.serial = 1;
	other_new.serial = 1;
	start();
	add("03:00.0=map");
	add("06:00.0=relaxed");
	CHECK_EQ(ie_rules_follow(rules, rules_n, &nic, &nic_new), 1);
	CHECK_EQ(ie_rules_follow(rules, rules_n, &other, &other_new), 1);
	CHECK_STREQ(policy_of(&nic_new, 0), "map");
	CHECK_STREQ(policy_of(&other_new, 0), "relaxed");
}

TEST("a rule that went along with a card is not for another card there")
{
	const struct pt_identity new = moved(6, 0x28);
	struct pt_identity other;

	start();
	add("03:00.0=map");
	ie_rules_follow(rules, rules_n, &nic, &new);
	CHECK_STREQ(policy_of(&new, 0), "map");
	other = new;
	other.vendor = 0x10de;
	CHECK_STREQ(policy_of(&other, 0), "none");
	other = new;
	other.device = 1;
	CHECK_STREQ(policy_of(&other, 0), "none");
	other = new;
	other.subvendor = 1;
	CHECK_STREQ(policy_of(&other, 0), "none");
	other = new;
	other.subdevice = 1;
	CHECK_STREQ(policy_of(&other, 0), "none");
	other = new;
	other.serial = 0;
	CHECK_STREQ(policy_of(&other, 0), "none");
}

TEST("who took another card's place inherits what names the card, not the place")
{
	u64 replaced;

	start();
	add("03:00.0=map");
	add("0000:00:03.0/00.0=map");
	add("8086:10c9=reserve");
	replaced = ++clock_now;
	CHECK_STREQ(policy_of(&nic, 0), "map");
	CHECK_STREQ(policy_of(&nic, replaced), "reserve");
	add("03:00.0=relaxed");
	CHECK_STREQ(policy_of(&nic, replaced), "relaxed");
}

TEST("a group is covered when every member with reserved memory is")
{
	struct ie_coverage coverage = {};

	CHECK(!ie_coverage_full(&coverage));
	ie_coverage_add(&coverage, "0000:03:00.0", IE_MAP);
	CHECK(ie_coverage_full(&coverage));
	ie_coverage_add(&coverage, "0000:00:06.0", IE_STRICT);
	CHECK(!ie_coverage_full(&coverage));
	CHECK_STREQ(coverage.text, "0000:00:06.0");
	ie_coverage_add(&coverage, "0000:04:00.0", IE_STRICT);
	ie_coverage_add(&coverage, "0000:04:01.0", IE_RELAXED);
	CHECK_STREQ(coverage.text, "0000:00:06.0 0000:04:00.0");
	CHECK_EQ(coverage.members, 4);
	CHECK_EQ(coverage.missing, 2);
}

TEST("of many members that are not covered as many are named as there is room for")
{
	struct ie_coverage coverage = {};
	int i;

	for (i = 0; i < 100; i++)
		ie_coverage_add(&coverage, "0000:04:01.0", IE_STRICT);
	CHECK_EQ(coverage.missing, 100);
	CHECK_EQ(strlen(coverage.text), coverage.len);
	CHECK_EQ((coverage.len + 1) % strlen("0000:04:01.0 "), 0);
	CHECK(coverage.len > IE_WHY_TEXT - 2 * strlen("0000:04:01.0 "));
}

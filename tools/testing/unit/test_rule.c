// SPDX-License-Identifier: GPL-2.0
/* The grammar of rules: rule_core.c. Every production, every way to be refused. */
#include "ktap.h"
#include "rule_core.h"

static struct pbng_rule rule;
static struct pbng_rule_error error;

/* From a copy that ends where the text ends: the sanitizer sees who reads on. */
static int parse(const char *text)
{
	size_t len = strlen(text);
	char copy[len + !len];

	memcpy(copy, text, len);
	memset(&rule, 0, sizeof(rule));
	memset(&error, 0, sizeof(error));
	return pbng_rule_parse(copy, len, &rule, &error);
}

#define CHECK_GOOD(text)						\
	do {								\
		if (parse(text))					\
			ktap_fail(__FILE__, __LINE__, "\"%s\" is refused at %zu: %s", \
				  text, error.pos, error.why);		\
	} while (0)

/* @why is a part of what is said. */
static void check_bad(int line, const char *text, size_t pos, const char *why)
{
	int err = parse(text);

	if (err != -EINVAL)
		ktap_fail(__FILE__, line, "\"%s\" gives %d", text, err);
	else if (error.pos != pos || !strstr(error.why, why))
		ktap_fail(__FILE__, line, "\"%s\" is refused at %zu, not %zu: %s",
			  text, error.pos, pos, error.why);
}

#define CHECK_BAD(text, pos, why) check_bad(__LINE__, text, pos, why)

static void check_address(u32 domain, u8 bus, u8 device, u8 functions)
{
	const struct pbng_selector want = {
		.kind = PBNG_RULE_ADDRESS, .domain = domain, .bus = bus,
		.devfn = device << 3,
	};

	CHECK(!memcmp(&rule.selector, &want, sizeof(want)));
	CHECK_EQ(rule.options.functions, functions);
}

TEST("a full address names one function")
{
	CHECK_GOOD("1234:ab:1c.5");
	check_address(0x1234, 0xab, 0x1c, 1 << 5);
	CHECK(!rule.any_device);
}

TEST("the domain may be left out and is then 0")
{
	CHECK_GOOD("02:00.0");
	check_address(0, 2, 0, 1);
}

TEST("capitals, short numbers and blanks around are fine")
{
	CHECK_GOOD(" \tFFFF:F:1F.7\n");
	check_address(0xffff, 0xf, 0x1f, 1 << 7);
	CHECK_GOOD("0:0.0");
	check_address(0, 0, 0, 1);
	CHECK_GOOD("0:0:0.0");
}

TEST("a domain of 32 bits is kept whole")
{
	CHECK_GOOD("ffffffff:00:00.0");
	check_address(0xffffffff, 0, 0, 1);
	CHECK_BAD("123456789:00:00.0", 8, "after the domain");
}

TEST("'*' is every function, '*.*' every device")
{
	CHECK_GOOD("02:03.*");
	check_address(0, 2, 3, 0xff);
	CHECK(!rule.any_device);
	CHECK_GOOD("0001:02:*.*");
	check_address(1, 2, 0, 0xff);
	CHECK(rule.any_device);
}

TEST("functions can be a list with ranges")
{
	CHECK_GOOD("00:02.0,3-5");
	check_address(0, 0, 2, 0x39);
	CHECK_GOOD("00:02.7-7");
	check_address(0, 0, 2, 0x80);
	CHECK_GOOD("00:02.5,0-7,1");
	check_address(0, 0, 2, 0xff);
}

TEST("a path names the function on the root bus and those behind it")
{
	const struct pbng_selector want = {
		.kind = PBNG_RULE_PATH, .domain = 1, .bus = 0x80, .devfn = 0x1c << 3 | 4,
		.hops = 2, .hop = { 1 << 3 | 2, 0x1f << 3 },
	};

	CHECK_GOOD("0001:80:1c.4/01.2/1f.3");
	CHECK(!memcmp(&rule.selector, &want, sizeof(want)));
	CHECK_EQ(rule.options.functions, 1 << 3);
	CHECK(!rule.any_device);
}

TEST("the last function of a path can be a list")
{
	CHECK_GOOD("00:03.0/0.0,2-3");
	CHECK_EQ(rule.selector.hops, 1);
	CHECK_EQ(rule.selector.hop[0], 0);
	CHECK_EQ(rule.options.functions, 0x0d);
	CHECK_GOOD("00:03.7/0.*");
	CHECK_EQ(rule.selector.devfn, 3 << 3 | 7);
	CHECK_EQ(rule.options.functions, 0xff);
}

#define FIVE_HOPS "/0.0/0.0/0.0/0.0/0.0"

TEST("a path has 15 hops and no more")
{
	CHECK_GOOD("00:03.0" FIVE_HOPS FIVE_HOPS FIVE_HOPS);
	CHECK_EQ(rule.selector.hops, PBNG_RULE_HOPS);
	CHECK_BAD("00:03.0" FIVE_HOPS FIVE_HOPS FIVE_HOPS "/0.0", 67, "15 bridges");
}

TEST("ids name a kind of card, with or without its subsystem")
{
	const struct pbng_selector want = {
		.kind = PBNG_RULE_IDS, .vendor = 0x8086, .device = 0x10ca,
		.subvendor = PBNG_ANY_ID, .subdevice = PBNG_ANY_ID,
	};
	const struct pbng_selector whole = {
		.kind = PBNG_RULE_IDS, .vendor = 0x8086, .device = 0x10ca,
		.subvendor = 0xffff, .subdevice = 0,
	};

	CHECK_GOOD("8086:10CA");
	CHECK(!memcmp(&rule.selector, &want, sizeof(want)));
	CHECK_EQ(rule.options.functions, 0);
	CHECK_GOOD("8086:10ca:ffff:0000");
	CHECK(!memcmp(&rule.selector, &whole, sizeof(whole)));
}

TEST("a class has 2, 4 or 6 digits, those left out are zero")
{
	struct pbng_selector want = { .kind = PBNG_RULE_CLASS, .class = 0x0c0000, .digits = 2 };

	CHECK_GOOD("class=0c");
	CHECK(!memcmp(&rule.selector, &want, sizeof(want)));
	CHECK_GOOD("class=0C03");
	want.class = 0x0c0300;
	want.digits = 4;
	CHECK(!memcmp(&rule.selector, &want, sizeof(want)));
	CHECK_GOOD("class=0c0330");
	want.class = 0x0c0330;
	want.digits = 6;
	CHECK(!memcmp(&rule.selector, &want, sizeof(want)));
	CHECK_EQ(rule.options.functions, 0);
}

TEST("vfs-of= names a PF by its address")
{
	const struct pbng_selector want = {
		.kind = PBNG_RULE_VFS_OF, .domain = 2, .bus = 1, .devfn = 0x1f << 3 | 7,
	};

	CHECK_GOOD("vfs-of=0002:01:1f.7");
	CHECK(!memcmp(&rule.selector, &want, sizeof(want)));
	CHECK_EQ(rule.options.functions, 0);
	CHECK_GOOD("vfs-of=1:0.0");
	CHECK_EQ(rule.selector.domain, 0u);
}

TEST("what is not said is the default")
{
	CHECK_GOOD("02:00.0");
	CHECK_EQ(rule.options.slot, PBNG_NO_SLOT);
	CHECK_EQ(rule.options.policy, PBNG_POLICY_DEFAULT);
	CHECK_EQ(rule.options.rdm_policy, PBNG_RDM_DEFAULT);
	CHECK_EQ(rule.options.msitranslate, PBNG_MSITRANSLATE_DEFAULT);
}

TEST("a slot is hexadecimal, as xl reads it")
{
	CHECK_GOOD("00:02.0,3-5@7");
	CHECK_EQ(rule.options.slot, 7);
	CHECK_EQ(rule.options.functions, 0x39);
	CHECK_GOOD("02:00.0@10");
	CHECK_EQ(rule.options.slot, 0x10);
	CHECK_GOOD("02:00.0@1F");
	CHECK_EQ(rule.options.slot, 0x1f);
	CHECK_GOOD("02:00.0@0");
	CHECK_EQ(rule.options.slot, 0);
	CHECK_GOOD("00:03.0/00.0@08");
	CHECK_EQ(rule.options.slot, 8);
}

TEST("options have their values")
{
	CHECK_GOOD("02:00.0;policy=strict");
	CHECK_EQ(rule.options.policy, PBNG_POLICY_STRICT);
	CHECK_GOOD("02:00.0;policy=standard");
	CHECK_EQ(rule.options.policy, PBNG_POLICY_STANDARD);
	CHECK_GOOD("02:00.0;policy=permissive");
	CHECK_EQ(rule.options.policy, PBNG_POLICY_PERMISSIVE);
	CHECK_EQ(rule.options.rdm_policy, PBNG_RDM_DEFAULT);
	CHECK_GOOD("02:00.0;rdm_policy=strict");
	CHECK_EQ(rule.options.rdm_policy, PBNG_RDM_STRICT);
	CHECK_EQ(rule.options.policy, PBNG_POLICY_DEFAULT);
	CHECK_GOOD("02:00.0;rdm_policy=relaxed");
	CHECK_EQ(rule.options.rdm_policy, PBNG_RDM_RELAXED);
	CHECK_GOOD("02:00.0;msitranslate=0");
	CHECK_EQ(rule.options.msitranslate, 0);
	CHECK_GOOD("02:00.0;msitranslate=1");
	CHECK_EQ(rule.options.msitranslate, 1);
}

TEST("options hang on any kind of rule, in any order")
{
	CHECK_GOOD("02:00.*@5;msitranslate=0;policy=permissive;rdm_policy=relaxed\n");
	CHECK_EQ(rule.options.slot, 5);
	CHECK_EQ(rule.options.policy, PBNG_POLICY_PERMISSIVE);
	CHECK_EQ(rule.options.rdm_policy, PBNG_RDM_RELAXED);
	CHECK_EQ(rule.options.msitranslate, 0);
	CHECK_GOOD("02:*.*;policy=strict");
	CHECK_GOOD("00:03.0/0.0;policy=strict");
	CHECK_GOOD("8086:10ca;policy=strict");
	CHECK_GOOD("8086:10ca:0000:0000;policy=strict");
	CHECK_GOOD("class=02;policy=strict");
	CHECK_GOOD("vfs-of=01:00.0;policy=strict");
	CHECK_EQ(rule.options.policy, PBNG_POLICY_STRICT);
}

TEST("what begins no kind of rule is refused with the list of them")
{
	const char *why = "expected an address, ids, class=, serial= or vfs-of=";

	CHECK_BAD("", 0, why);
	CHECK_BAD("   ", 3, why);
	CHECK_BAD("zz:00.0", 0, why);
	CHECK_BAD("x:02:00.0", 0, why);
	CHECK_BAD(":00.0", 0, why);
	CHECK_BAD("*", 0, why);
	CHECK_BAD(",policy=strict", 0, why);
	CHECK_BAD("class:02", 1, why);
	CHECK_BAD("class", 1, why);
	CHECK_BAD("vfs-of:01:00.0", 0, why);
	CHECK_BAD("0000 02:03:00.0", 4, why);
	CHECK_BAD("02:00.0\xff", 7, "after the function");
	CHECK_BAD("\xff", 0, why);
}

TEST("a wrong address is refused at its first wrong character")
{
	CHECK_BAD("02", 2, "':' after the bus");
	CHECK_BAD("02;", 2, "':' after the bus");
	CHECK_BAD("100:00.0", 2, "':' after the bus");
	CHECK_BAD("0000:100:00.0", 7, "':' after the bus");
	CHECK_BAD("0000::00.0", 5, "a bus number");
	CHECK_BAD("8086::1", 5, "a bus number");
	CHECK_BAD("02:20.0", 3, "00 to 1f");
	CHECK_BAD("02:ff.0", 3, "00 to 1f");
	CHECK_BAD("02:.0", 3, "00 to 1f");
	CHECK_BAD("02:", 3, "00 to 1f");
	CHECK_BAD("02:00", 5, "'.' after the device");
	CHECK_BAD("0000:02:00", 10, "'.' after the device");
	CHECK_BAD("02:001.0", 5, "'.' after the device");
	CHECK_BAD("02:00:0", 7, "'.' after the device");
	CHECK_BAD("02:*", 4, "'.' after the device");
}

TEST("wrong functions are refused at the first wrong character")
{
	CHECK_BAD("02:00.8", 6, "0 to 7");
	CHECK_BAD("02:00.", 6, "0 to 7");
	CHECK_BAD("02:00.3-", 8, "0 to 7");
	CHECK_BAD("02:00.3-8", 8, "0 to 7");
	CHECK_BAD("02:00.1,*", 8, "0 to 7");
	CHECK_BAD("02:00.1,8", 8, "0 to 7");
	CHECK_BAD("02:00.1;2", 8, "expected policy=");
	CHECK_BAD("02:00.5-3", 8, "ends before");
	CHECK_BAD("02:00.1-2-3", 9, "after the function");
	CHECK_BAD("02:00.*,1", 8, "expected policy=");
	CHECK_BAD("02:00.0x", 7, "after the function");
	CHECK_BAD("02:00.12", 7, "after the function");
	CHECK_BAD("0000:02:00.0 0000:03:00.0", 12, "after the function");
	CHECK_BAD("02:00.0 policy=strict", 7, "after the function");
	CHECK_BAD("02:*.0", 5, "every function");
	CHECK_BAD("02:*.", 5, "every function");
}

TEST("a wrong path is refused at its first wrong character")
{
	CHECK_BAD("00:03.0/", 8, "00 to 1f");
	CHECK_BAD("00:03.0//0.0", 8, "00 to 1f");
	CHECK_BAD("00:03.0/20.0", 8, "00 to 1f");
	CHECK_BAD("00:03.0/*.*", 8, "addresses only");
	CHECK_BAD("00:03.0/0", 9, "'.' after the device");
	CHECK_BAD("00:03.0/0:0.0", 9, "'.' after the device");
	CHECK_BAD("00:03.0/0.8", 10, "0 to 7");
	CHECK_BAD("00:03.0/0.0/", 12, "00 to 1f");
	CHECK_BAD("00:03.0/0.0x", 11, "after the function");
	CHECK_BAD("00:03.0-1/0.0", 9, "behind one function");
	CHECK_BAD("00:03.1-1/0.0", 9, "behind one function");
	CHECK_BAD("00:03.*/0.0", 7, "behind one function");
	CHECK_BAD("00:*.*/0.0", 6, "behind one function");
	CHECK_BAD("00:03.0/0.0,1/0.0", 13, "behind one function");
	CHECK_BAD("00:03.0/0.*/0.0", 11, "behind one function");
}

TEST("wrong ids are refused at their first wrong character")
{
	CHECK_BAD("808:10ca", 3, "a vendor id");
	CHECK_BAD("8086", 4, "':' after the vendor id");
	CHECK_BAD("80861:10ca", 4, "':' after the vendor id");
	CHECK_BAD("8086;policy=strict", 4, "':' after the vendor id");
	CHECK_BAD("8086@1", 4, "':' after the vendor id");
	CHECK_BAD("8086:", 5, "a device id");
	CHECK_BAD("8086:10", 7, "a device id");
	CHECK_BAD("8086:10c:", 8, "a device id");
	CHECK_BAD("8086:*", 5, "a device id");
	CHECK_BAD("8086:10cax", 9, "after the ids");
	CHECK_BAD("8086:10ca1", 9, "after the ids");
	CHECK_BAD("8086:10ca:", 10, "a subsystem id");
	CHECK_BAD("8086:10ca:123", 13, "a subsystem id");
	CHECK_BAD("8086:10ca:1234", 14, "':' after the subsystem vendor id");
	CHECK_BAD("8086:10ca:1234:", 15, "a subsystem id");
	CHECK_BAD("8086:10ca:1234:567", 18, "a subsystem id");
	CHECK_BAD("8086:10ca:1234:5678:", 19, "after the ids");
}

TEST("a wrong class or PF is refused at its first wrong character")
{
	CHECK_BAD("class=", 6, "2, 4 or 6 digits");
	CHECK_BAD("class=2", 7, "2, 4 or 6 digits");
	CHECK_BAD("class=020", 9, "2, 4 or 6 digits");
	CHECK_BAD("class=02003", 11, "2, 4 or 6 digits");
	CHECK_BAD("class=0200300", 12, "a class has");
	CHECK_BAD("class=02x", 8, "a class has");
	CHECK_BAD("vfs-of=", 7, "a bus number");
	CHECK_BAD("vfs-of=*", 7, "a bus number");
	CHECK_BAD("vfs-of=:01:00.0", 7, "a domain number");
	CHECK_BAD("vfs-of=01", 9, "':' after the bus");
	CHECK_BAD("vfs-of=123456789:01:00.0", 15, "after the domain");
	CHECK_BAD("vfs-of=01:20.0", 10, "00 to 1f");
	CHECK_BAD("vfs-of=01:*.*", 10, "addresses only");
	CHECK_BAD("vfs-of=01:00", 12, "'.' after the device");
	CHECK_BAD("vfs-of=01:00.*", 13, "0 to 7");
	CHECK_BAD("vfs-of=01:00.0-1", 14, "one function");
	CHECK_BAD("vfs-of=01:00.0/00.0", 14, "one function");
}

TEST("a wrong slot is refused")
{
	CHECK_BAD("02:00.0@", 8, "a slot number 0 to 1f");
	CHECK_BAD("02:00.0@20", 8, "a slot number 0 to 1f");
	CHECK_BAD("02:00.0@x", 8, "a slot number 0 to 1f");
	CHECK_BAD("02:00.0@111", 10, "after the slot");
	CHECK_BAD("02:00.0@1@2", 9, "after the slot");
	CHECK_BAD("02:*.*@1", 6, "every device");
	CHECK_BAD("8086:10ca@1", 9, "by address or path");
	CHECK_BAD("class=02@1", 8, "by address or path");
	CHECK_BAD("vfs-of=01:00.0@1", 14, "by address or path");
}

TEST("a wrong option is refused")
{
	const char *names = "expected policy=, rdm_policy= or msitranslate=";

	CHECK_BAD("02:00.0,polic", 8, names);
	CHECK_BAD("02:00.0;policy", 8, names);
	CHECK_BAD("02:00.0,policy strict", 8, names);
	CHECK_BAD("02:00.0,permissive=1", 8, names);
	CHECK_BAD("02:00.0,policy=strict,x", 22, names);
	CHECK_BAD("02:00.0;policy=", 15, "strict, standard or permissive");
	CHECK_BAD("02:00.0;policy=strictly", 15, "strict, standard or permissive");
	CHECK_BAD("02:00.0;policy=stric", 15, "strict, standard or permissive");
	CHECK_BAD("02:00.0;policy=relaxed", 15, "strict, standard or permissive");
	CHECK_BAD("02:00.0;rdm_policy=standard", 19, "strict or relaxed");
	CHECK_BAD("02:00.0;msitranslate=2", 21, "0 or 1");
	CHECK_BAD("02:00.0;msitranslate=01", 21, "0 or 1");
	CHECK_BAD("02:00.0;policy=strict@1", 21, "before the options");
	CHECK_BAD("8086:10ca;policy=1.0", 17, "strict, standard or permissive");
}

TEST("an option that stands twice is refused where it stands again")
{
	CHECK_BAD("02:00.0;policy=strict;policy=strict", 22, "given before");
	CHECK_BAD("02:00.0;rdm_policy=strict;policy=strict;rdm_policy=x", 40, "given before");
	CHECK_BAD("02:00.0;msitranslate=0;msitranslate=1", 23, "given before");
}

TEST("',' and ';' are the same before an option, with blanks, or several of them")
{
	static const char *const texts[] = {
		"02:00.0,policy=standard", "02:00.0 , policy = standard",
		"02:00.0;;policy=standard", "02:00.0,policy=standard,",
		"02:00.0 ,; policy=standard ; ", "02:00.0,POLICY=Standard",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		CHECK_GOOD(texts[i]);
		check_address(0, 2, 0, 1);
		CHECK_EQ(rule.options.policy, PBNG_POLICY_STANDARD);
	}
	CHECK_GOOD("02:00.0,3 , 5-6,policy=strict");
	check_address(0, 2, 0, 0x69);
	CHECK_EQ(rule.options.policy, PBNG_POLICY_STRICT);
	CHECK_GOOD("02:00.1,");
	check_address(0, 2, 0, 2);
	CHECK_GOOD("02:00.0,,");
	CHECK_GOOD("02:00.0 @ 1f , msitranslate=1");
	CHECK_EQ(rule.options.slot, 0x1f);
	CHECK_GOOD("8086:10ca,policy=strict");
	CHECK_EQ(rule.selector.kind, PBNG_RULE_IDS);
	CHECK_GOOD("CLASS = 0C03;");
	CHECK_EQ(rule.selector.class, 0x0c0300u);
	CHECK_GOOD("VFs-of=01:00.0");
}

TEST("'!' leaves out what an address or a path names, and takes nothing else")
{
	CHECK_GOOD("!02:00.0");
	check_address(0, 2, 0, 1);
	CHECK(rule.options.exclude);
	CHECK_EQ(rule.options.slot, PBNG_NO_SLOT);
	CHECK_EQ(rule.options.msitranslate, PBNG_MSITRANSLATE_DEFAULT);
	CHECK_GOOD(" ! 0001:02:*.* ");
	CHECK(rule.any_device);
	CHECK_GOOD("!00:03.0/00.0,2");
	CHECK_EQ(rule.options.functions, 5);
	CHECK_GOOD("!02:00.0,");
	CHECK_GOOD("02:00.0");
	CHECK(!rule.options.exclude);
	CHECK_BAD("!", 1, "expected an address");
	CHECK_BAD("!!02:00.0", 1, "expected an address");
	CHECK_BAD(" !8086:10ca", 1, "'!' is for an address or a path");
	CHECK_BAD("!class=02", 0, "'!' is for an address or a path");
	CHECK_BAD("!vfs-of=01:00.0", 0, "'!' is for an address or a path");
	CHECK_BAD("!02:00.0@1", 8, "no slot and no option");
	CHECK_BAD("!02:00.0,policy=strict", 9, "no slot and no option");
}

TEST("an error has an example of what was being read")
{
	static const struct {
		const char *text, *example;
	} table[] = {
		{ "zz", "0000:02:00.0" }, { "02:00.8", "0000:02:00.0" },
		{ "00:1c.0/0", "0000:00:1c.0/00.0" }, { "8086:10c", "8086:10ca" },
		{ "class=020", "class=0c03" }, { "vfs-of=01", "vfs-of=0000:01:00.0" },
		{ "02:00.0@20", "0000:02:00.0@7" }, { "!8086:10ca", "!0000:02:00.0" },
		{ "8086:10ca,policy=lax", "0000:02:00.0,policy=standard" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		CHECK_EQ(parse(table[i].text), -EINVAL);
		CHECK_STREQ(error.example, table[i].example);
		CHECK_EQ(pbng_rule_parse(table[i].example, strlen(table[i].example), &rule,
					 &error), 0);
	}
}

TEST("a position counts the blanks before the rule")
{
	CHECK_BAD("  02:00.8 ", 8, "0 to 7");
}

TEST("a refused text leaves the rule as it was")
{
	struct pbng_rule before;

	CHECK_GOOD("0003:07:00.2@4;policy=strict");
	before = rule;
	CHECK_EQ(pbng_rule_parse("02:00.9", 7, &rule, &error), -EINVAL);
	CHECK(!memcmp(&rule, &before, sizeof(rule)));
	CHECK_EQ(pbng_rule_parse("02:00.1;x", 9, &rule, &error), -EINVAL);
	CHECK(!memcmp(&rule, &before, sizeof(rule)));
}

TEST("a text need not be terminated, and may have a NUL in it")
{
	CHECK_EQ(pbng_rule_parse("02:00.12", 7, &rule, &error), 0);
	CHECK_EQ(rule.options.functions, 1 << 1);
	CHECK_EQ(pbng_rule_parse("02:00.1\0", 8, &rule, &error), -EINVAL);
	CHECK_EQ(error.pos, 7u);
	CHECK_EQ(pbng_rule_parse("02\0:00.1", 8, &rule, &error), -EINVAL);
	CHECK_EQ(error.pos, 2u);
}

static struct pt_list list;
static struct pt_list_entry entry;

static void begin(const char *text)
{
	list = (struct pt_list) { .text = text, .end = strlen(text) };
}

static int next(void)
{
	return pbng_rule_next(&list, &entry, &rule, &error);
}

TEST("a list of rules is read entry by entry, positions are those in the list")
{
	begin(" (02:00.0)(0000:03:00.*@1,policy=strict) 04:00.0,3,policy=strict,(05:00.8)\n");
	CHECK_EQ(next(), 1);
	check_address(0, 2, 0, 1);
	CHECK_EQ(next(), 1);
	check_address(0, 3, 0, 0xff);
	CHECK_EQ(rule.options.slot, 1);
	CHECK_EQ(next(), 1);
	check_address(0, 4, 0, 9);
	CHECK_EQ(rule.options.policy, PBNG_POLICY_STRICT);
	CHECK_EQ(next(), -EINVAL);
	CHECK_EQ(error.pos, 72u);
	CHECK_EQ(list.number, 4);
	CHECK_EQ(next(), 0);
}

TEST("what is no entry is refused, and the next one still found")
{
	begin("(02:00.0(03:00.0)");
	CHECK_EQ(next(), -EINVAL);
	CHECK_EQ(error.pos, 0u);
	CHECK(strstr(error.why, "closes this entry"));
	CHECK_STREQ(error.example, PBNG_RULE_LIST_EXAMPLE);
	CHECK_EQ(next(), 1);
	check_address(0, 3, 0, 1);
	CHECK_EQ(next(), 0);
	begin("(02:00.0) (03:00.0");
	CHECK_EQ(next(), 1);
	CHECK_EQ(next(), -EINVAL);
	CHECK_EQ(error.pos, 10u);
}

static int parse_one(const char *text)
{
	return pbng_rule_parse_one(text, strlen(text), &rule, &error);
}

TEST("where one rule is wanted it may have parentheses and quotes, and be alone")
{
	CHECK_EQ(parse_one("'(02:00.0,3)'\n"), 0);
	check_address(0, 2, 0, 9);
	CHECK_EQ(parse_one("02:00.0 03:00.0"), -EINVAL);
	CHECK_EQ(error.pos, 8u);
	CHECK(strstr(error.why, "one rule"));
	CHECK_EQ(parse_one("02:00.0'"), -EINVAL);
	CHECK(strstr(error.why, "quote"));
	CHECK_EQ(parse_one(" ()\n"), -EINVAL);
	CHECK(strstr(error.why, "expected an address"));
	CHECK_EQ(parse_one("(02:00.9)"), -EINVAL);
	CHECK_EQ(error.pos, 7u);
}

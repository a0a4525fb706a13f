// SPDX-License-Identifier: GPL-2.0
/* What the relay lets a VF ask for. */
#include <string.h>

#include "relay_core.h"
#include "ktap.h"

static const char *bad, *why;

static struct vmbox_policy policy_of(const char *text)
{
	struct vmbox_policy policy = { .qos = 77 };

	CHECK_EQ(vmbox_policy_parse(text, &policy, &bad, &why), 0);
	return policy;
}

/* The text is not understood from @at on, and the policy stays. */
static bool is_bad(const char *text, int err, unsigned int at)
{
	struct vmbox_policy policy, before;

	memset(&policy, 0x55, sizeof(policy));
	before = policy;
	why = NULL;
	return vmbox_policy_parse(text, &policy, &bad, &why) == err && bad == text + at &&
	       strstr(why, "e.g. ") && !memcmp(&policy, &before, sizeof(policy));
}

/* What is read is written as @again. */
static bool becomes(const char *text, const char *again)
{
	struct vmbox_policy policy = policy_of(text);
	char out[VMBOX_POLICY_TEXT];
	int len = vmbox_policy_format(&policy, out);

	return len == (int)strlen(again) && !strcmp(out, again);
}

static int mac(const char *text, u8 a, u8 b, u8 c, u8 f)
{
	struct vmbox_policy policy = policy_of(text);
	struct vmbox_mac mac = { .addr = { a, b, c, 0, 0, f } };

	return vmbox_policy_mac(&policy, &mac);
}

static int vlan(const char *text, u16 vid, u8 qos)
{
	struct vmbox_policy policy = policy_of(text);
	struct vmbox_vlan vlan = { .vid = vid, .qos = qos };

	return vmbox_policy_vlan(&policy, &vlan);
}

static int rate(const char *text, u32 min, u32 max)
{
	struct vmbox_policy policy = policy_of(text);
	struct vmbox_rate rate = { .min_mbps = min, .max_mbps = max };

	return vmbox_policy_rate(&policy, &rate);
}

TEST("a policy is written as it is read")
{
	CHECK(becomes("none", "none"));
	CHECK(becomes("none\n", "none"));
	CHECK(becomes("mac=any\n", "mac=any"));
	CHECK(becomes("mac=any vlan=7", "mac=any vlan=7"));
	CHECK(becomes("mac=52:54:00:aB:Cd:Ef", "mac=52:54:00:ab:cd:ef"));
	CHECK(becomes("mac=52:54:00:12:34:56/48", "mac=52:54:00:12:34:56"));
	CHECK(becomes("mac=02:00:00:00:00:00/1,52:54:00:12:34:56",
		      "mac=02:00:00:00:00:00/1,52:54:00:12:34:56"));
	CHECK(becomes("  vlan=0,100-199,4094-4094  mac=any ", "mac=any vlan=0,100-199,4094"));
	CHECK(becomes("min_rate=3 rate=500 qos=7 vlan=1", "vlan=1 qos=7 rate=500 min_rate=3"));
	CHECK(becomes("rate=any", "rate=any"));
	CHECK(becomes("rate=4294967294 min_rate=4294967294",
		      "rate=4294967294 min_rate=4294967294"));
	CHECK(becomes("rate=0 qos=0 min_rate=0", "none"));
}

TEST("blanks, commas, ';' and quotes are between words; letters can be capitals (case N4)")
{
	CHECK(becomes("mac=any,vlan=7", "mac=any vlan=7"));
	CHECK(becomes("vlan=1, 2 ,qos=1", "vlan=1,2 qos=1"));
	CHECK(becomes("vlan=1,;qos=1;", "vlan=1 qos=1"));
	CHECK(becomes("'MAC=Any\tRate=ANY'\n", "mac=any rate=any"));
	CHECK(becomes("\"mac=52:54:00:ab:cd:ef, 02:00:00:00:00:00/1\"",
		      "mac=52:54:00:ab:cd:ef,02:00:00:00:00:00/1"));
	CHECK(becomes(" 'None' ", "none"));
}

TEST("what is not understood is pointed at, and nothing is changed (case S2)")
{
	CHECK(is_bad("", -EINVAL, 0));
	CHECK(is_bad("\n", -EINVAL, 1));
	CHECK(is_bad("''", -EINVAL, 2));
	CHECK(is_bad("nonesuch", -EINVAL, 0));
	CHECK(is_bad("none rate=1", -EINVAL, 0));
	CHECK(is_bad("rate=1 none", -EINVAL, 7));
	CHECK(is_bad("trust=1", -EINVAL, 0));
	CHECK(is_bad("spoofchk=0", -EINVAL, 0));
	CHECK(is_bad("rate=1 rate=2", -EINVAL, 7));
	CHECK(is_bad("rate=", -EINVAL, 5));
	CHECK(is_bad("rate=-1", -EINVAL, 5));
	CHECK(is_bad("rate=1x", -EINVAL, 6));
	CHECK(is_bad("rate=4294967295", -EINVAL, 15));
	CHECK(is_bad("rate=99999999999999999999", -EINVAL, 15));
	CHECK(is_bad("rate=anything", -EINVAL, 5));
	CHECK(is_bad("min_rate=any", -EINVAL, 9));
	CHECK(is_bad("min_rate=4294967295", -EINVAL, 19));
	CHECK(is_bad("qos=8", -EINVAL, 5));
	CHECK(is_bad("vlan=4095", -EINVAL, 9));
	CHECK(is_bad("vlan=,", -EINVAL, 5));
	CHECK(is_bad("vlan=1,x", -EINVAL, 7));
	CHECK(strstr(why, "expected mac=, vlan="));
	CHECK(is_bad("vlan=5-4", -EINVAL, 8));
	CHECK(is_bad("vlan=5-", -EINVAL, 7));
	CHECK(is_bad("vlan=1.qos=1", -EINVAL, 6));
	CHECK(strstr(why, "e.g. vlan=0,100-199"));
	CHECK(is_bad("mac=", -EINVAL, 4));
	CHECK(is_bad("mac=52", -EINVAL, 6));
	CHECK(is_bad("mac=5", -EINVAL, 4));
	CHECK(is_bad("mac=52:54:00:12:34-56", -EINVAL, 18));
	CHECK(is_bad("mac=52:54:00:12:34:56/", -EINVAL, 22));
	CHECK(is_bad("mac=52:54:00:12:34:56/0", -EINVAL, 23));
	CHECK(is_bad("mac=52:54:00:12:34:56/49", -EINVAL, 24));
	CHECK(is_bad("mac=any,52:54:00:12:34:56", -EINVAL, 8));
	CHECK(is_bad("mac=52:54:00:12:34:56,any", -EINVAL, 22));
}

TEST("there is room for so many, and no more")
{
	char text[1024] = "mac=52:54:00:12:34:00/47";
	struct vmbox_policy policy;
	char out[VMBOX_POLICY_TEXT];
	size_t end;
	int i;

	for (i = 1; i < VMBOX_POLICY_MACS; i++)
		strcat(text, ",52:54:00:12:34:00/47");
	end = strlen(text);
	snprintf(text + end, sizeof(text) - end, " vlan=1000-1001");
	for (i = 1; i < VMBOX_POLICY_VLANS; i++)
		strcat(text, ",1000-1001");
	strcat(text, " qos=7 rate=4294967294 min_rate=4294967294");
	policy = policy_of(text);
	CHECK_EQ(vmbox_policy_format(&policy, out), (int)strlen(text));
	CHECK(!strcmp(text, out));

	snprintf(text + end, sizeof(text) - end, ",52:54:00:12:34:00/47");
	CHECK(is_bad(text, -E2BIG, end + 1));
	snprintf(text, sizeof(text), "vlan=1");
	for (i = 1; i < VMBOX_POLICY_VLANS; i++)
		strcat(text, ",2");
	CHECK_EQ(policy_of(text).vlans, VMBOX_POLICY_VLANS);
	strcat(text, ",3");
	CHECK(is_bad(text, -E2BIG, strlen(text) - 1));
}

TEST("an address: one of these, or with this prefix")
{
	CHECK_EQ(mac("none", 2, 0, 0, 1), -EPERM);
	CHECK_EQ(mac("rate=any vlan=1-4094", 2, 0, 0, 1), -EPERM);
	CHECK_EQ(mac("mac=any", 2, 0, 0, 1), 0);
	CHECK_EQ(mac("mac=any", 0xfe, 0, 0, 1), 0);
	CHECK_EQ(mac("mac=02:00:00:00:00:01", 2, 0, 0, 1), 0);
	CHECK_EQ(mac("mac=02:00:00:00:00:01", 2, 0, 0, 2), -EPERM);
	CHECK_EQ(mac("mac=02:00:00:00:00:02,02:00:00:00:00:01", 2, 0, 0, 1), 0);
	CHECK_EQ(mac("mac=02:11:22:00:00:00/24", 2, 0x11, 0x22, 9), 0);
	CHECK_EQ(mac("mac=02:11:22:00:00:00/24", 2, 0x11, 0x23, 9), -EPERM);
	CHECK_EQ(mac("mac=02:11:22:00:00:00/23", 2, 0x11, 0x23, 9), 0);
	CHECK_EQ(mac("mac=02:11:22:00:00:00/23", 2, 0x11, 0x24, 9), -EPERM);
	CHECK_EQ(mac("mac=02:00:00:00:00:00/1", 0x7e, 1, 2, 3), 0);
	CHECK_EQ(mac("mac=02:00:00:00:00:00/1", 0x80, 1, 2, 3), -EPERM);
}

TEST("an address of no station, never")
{
	struct vmbox_policy any = policy_of("mac=any");
	struct vmbox_mac sent = { .addr = { 2 } };

	CHECK_EQ(mac("mac=any", 0, 0, 0, 0), -EINVAL);
	CHECK_EQ(mac("mac=any", 1, 0, 0x5e, 1), -EINVAL);
	CHECK_EQ(mac("mac=any", 0xff, 0xff, 0xff, 0xff), -EINVAL);
	CHECK_EQ(vmbox_policy_mac(&any, &sent), 0);
	sent.reserved[0] = 1;
	CHECK_EQ(vmbox_policy_mac(&any, &sent), -EINVAL);
	sent.reserved[0] = 0;
	sent.reserved[1] = 1;
	CHECK_EQ(vmbox_policy_mac(&any, &sent), -EINVAL);
}

TEST("a VLAN: one of these, with that priority at most")
{
	struct vmbox_policy all = policy_of("vlan=0-4094 qos=7");
	struct vmbox_vlan sent = { .vid = 1, .reserved = 1 };

	CHECK_EQ(vlan("none", 0, 0), -EPERM);
	CHECK_EQ(vlan("mac=any rate=any", 5, 0), -EPERM);
	CHECK_EQ(vlan("vlan=0", 0, 0), 0);
	CHECK_EQ(vlan("vlan=100-199", 0, 0), -EPERM);
	CHECK_EQ(vlan("vlan=100-199", 99, 0), -EPERM);
	CHECK_EQ(vlan("vlan=100-199", 100, 0), 0);
	CHECK_EQ(vlan("vlan=100-199", 199, 0), 0);
	CHECK_EQ(vlan("vlan=100-199", 200, 0), -EPERM);
	CHECK_EQ(vlan("vlan=7,9", 9, 0), 0);
	CHECK_EQ(vlan("vlan=7,9", 9, 1), -EPERM);
	CHECK_EQ(vlan("vlan=7,9 qos=3", 9, 3), 0);
	CHECK_EQ(vlan("vlan=7,9 qos=3", 9, 4), -EPERM);
	CHECK_EQ(vlan("vlan=0-4094 qos=7", 4094, 7), 0);
	CHECK_EQ(vlan("vlan=0-4094 qos=7", 4095, 0), -EINVAL);
	CHECK_EQ(vlan("vlan=0-4094 qos=7", 0xffff, 0), -EINVAL);
	CHECK_EQ(vlan("vlan=0-4094 qos=7", 1, 8), -EINVAL);
	CHECK_EQ(vlan("vlan=0-4094 qos=7", 0, 1), -EINVAL);
	CHECK_EQ(vmbox_policy_vlan(&all, &sent), -EINVAL);
}

TEST("a rate: that limit at most, and that much kept")
{
	CHECK_EQ(rate("none", 0, 10), -EPERM);
	CHECK_EQ(rate("mac=any", 0, 0), -EPERM);
	CHECK_EQ(rate("min_rate=5", 0, 10), -EPERM);
	CHECK_EQ(rate("rate=500", 0, 500), 0);
	CHECK_EQ(rate("rate=500", 0, 501), -EPERM);
	CHECK_EQ(rate("rate=500", 0, 0), -EPERM);
	CHECK_EQ(rate("rate=any", 0, 0), 0);
	CHECK_EQ(rate("rate=any", 0, 0xffffffff), 0);
	CHECK_EQ(rate("rate=500", 1, 500), -EPERM);
	CHECK_EQ(rate("rate=500 min_rate=100", 100, 500), 0);
	CHECK_EQ(rate("rate=500 min_rate=100", 101, 500), -EPERM);
	CHECK_EQ(rate("rate=500 min_rate=100", 60, 50), -EINVAL);
	CHECK_EQ(rate("rate=any min_rate=100", 100, 0), 0);
}

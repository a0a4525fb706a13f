// SPDX-License-Identifier: GPL-2.0
/* What the relay lets a VF ask for, see relay_core.h. */
#ifdef __KERNEL__
#include <linux/hex.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif

#include "relay_core.h"

#define MAC_LEN		6
#define MAC_BITS	48
#define VID_MAX		4094	/* 4095 is reserved */
#define QOS_MAX		7

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Between words and around them, as in the suite's lists: linux/pt_list.h. */
static bool is_gap(char c)
{
	return is_blank(c) || c == ',' || c == ';' || c == '\'' || c == '"';
}

static bool is_end(char c)
{
	return !c || is_gap(c);
}

static const char *skip_gap(const char *at)
{
	while (is_gap(*at))
		at++;
	return at;
}

static bool number(const char **at, u32 most, u32 *value)
{
	const char *from = *at;
	u64 sum = 0;

	while (**at >= '0' && **at <= '9' && sum <= most)
		sum = sum * 10 + (*(*at)++ - '0');
	*value = sum;
	return *at != from && sum <= most;
}

static bool comes(const char **at, const char *what)
{
	size_t len = str_has_prefix(*at, what);

	*at += len;
	return len;
}

static bool read_any(const char **at)
{
	if (strncasecmp(*at, "any", 3) || !is_end((*at)[3]))
		return false;
	*at += 3;
	return true;
}

/* A comma with a number behind it; no word begins like one. */
static bool comes_number(const char **at)
{
	const char *next = *at + 1;

	if (**at != ',')
		return false;
	while (is_blank(*next))
		next++;
	if (hex_to_bin(*next) < 0)
		return false;
	*at = next;
	return true;
}

static bool read_addr(const char **at, u8 *addr)
{
	unsigned int i;
	int high, low;

	for (i = 0; i < MAC_LEN; i++) {
		if (i && !comes(at, ":"))
			return false;
		high = hex_to_bin((*at)[0]);
		if (high < 0)
			return false;
		low = hex_to_bin((*at)[1]);
		if (low < 0)
			return false;
		addr[i] = high << 4 | low;
		*at += 2;
	}
	return true;
}

/* Does @addr begin with the first @bits of @prefix? */
static bool begins(const u8 *addr, const u8 *prefix, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	return !memcmp(addr, prefix, whole) &&
	       (!rest || !((addr[whole] ^ prefix[whole]) >> (8 - rest)));
}

static int read_macs(const char **at, struct vmbox_policy *policy)
{
	u32 bits;

	if (read_any(at)) {
		policy->macs = 1;
		return 0;
	}
	do {
		if (policy->macs == VMBOX_POLICY_MACS)
			return -E2BIG;
		if (!read_addr(at, policy->mac[policy->macs].addr))
			return -EINVAL;
		bits = MAC_BITS;
		if (comes(at, "/") && (!number(at, MAC_BITS, &bits) || !bits))
			return -EINVAL;
		policy->mac[policy->macs++].bits = bits;
	} while (comes_number(at));
	return 0;
}

static int read_vlans(const char **at, struct vmbox_policy *policy)
{
	u32 first, last;

	do {
		if (policy->vlans == VMBOX_POLICY_VLANS)
			return -E2BIG;
		if (!number(at, VID_MAX, &first))
			return -EINVAL;
		last = first;
		if (comes(at, "-") && (!number(at, VID_MAX, &last) || last < first))
			return -EINVAL;
		policy->vlan[policy->vlans].first = first;
		policy->vlan[policy->vlans++].last = last;
	} while (comes_number(at));
	return 0;
}

static int read_qos(const char **at, struct vmbox_policy *policy)
{
	u32 qos;

	if (!number(at, QOS_MAX, &qos))
		return -EINVAL;
	policy->qos = qos;
	return 0;
}

static int read_rate(const char **at, struct vmbox_policy *policy)
{
	if (read_any(at)) {
		policy->max_mbps = VMBOX_RATE_ANY;
		return 0;
	}
	return number(at, VMBOX_RATE_ANY - 1, &policy->max_mbps) ? 0 : -EINVAL;
}

static int read_min_rate(const char **at, struct vmbox_policy *policy)
{
	return number(at, VMBOX_RATE_ANY - 1, &policy->min_mbps) ? 0 : -EINVAL;
}

static const char any_word[] =
	"expected mac=, vlan=, qos=, rate=, min_rate=, each once, or none; "
	"e.g. mac=any vlan=100-199 rate=500";

static const struct {
	const char *name;
	int (*read)(const char **at, struct vmbox_policy *policy);
	const char *why;
} words[] = {
	{ "mac=", read_macs,
	  "expected any, or up to 8 addresses, perhaps with the bits that count; "
	  "e.g. mac=52:54:00:12:34:56,02:00:00:00:00:00/24" },
	{ "vlan=", read_vlans,
	  "expected up to 16 of 0 to 4094, or ranges of them; e.g. vlan=0,100-199" },
	{ "qos=", read_qos, "expected 0 to 7; e.g. qos=3" },
	{ "rate=", read_rate, "expected any, or Mbit/s up to 4294967294; e.g. rate=500" },
	{ "min_rate=", read_min_rate, "expected Mbit/s up to 4294967294; e.g. min_rate=100" },
};

/* One word; @seen: which there were. */
static int read_word(const char **at, struct vmbox_policy *policy, unsigned int *seen,
		     const char **why)
{
	unsigned int i;
	int err;

	*why = any_word;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strncasecmp(*at, words[i].name, strlen(words[i].name)))
			continue;
		if (*seen & 1u << i)
			return -EINVAL;
		*seen |= 1u << i;
		*at += strlen(words[i].name);
		*why = words[i].why;
		err = words[i].read(at, policy);
		return !err && !is_end(**at) ? -EINVAL : err;
	}
	return -EINVAL;
}

static bool is_none(const char *text)
{
	const char *at = skip_gap(text);

	return !strncasecmp(at, "none", 4) && !*skip_gap(at + 4);
}

int vmbox_policy_parse(const char *text, struct vmbox_policy *policy, const char **bad,
		       const char **why)
{
	struct vmbox_policy read = { };
	const char *at = text;
	unsigned int seen = 0;
	int err;

	if (is_none(text)) {
		*policy = read;
		return 0;
	}
	for (;;) {
		at = skip_gap(at);
		/* Nothing at all is more likely a slip than a wish: that is "none". */
		if (!*at && seen)
			break;
		err = read_word(&at, &read, &seen, why);
		if (err) {
			*bad = at;
			return err;
		}
	}
	*policy = read;
	return 0;
}

static int format_macs(const struct vmbox_policy *policy, char *text, size_t size)
{
	int i, len = 0;

	for (i = 0; i < policy->macs; i++) {
		const u8 *a = policy->mac[i].addr;

		len += scnprintf(text + len, size - len, "%s", i ? "," : " mac=");
		if (!policy->mac[i].bits) {
			len += scnprintf(text + len, size - len, "any");
			continue;
		}
		len += scnprintf(text + len, size - len, "%02x:%02x:%02x:%02x:%02x:%02x",
				 a[0], a[1], a[2], a[3], a[4], a[5]);
		if (policy->mac[i].bits < MAC_BITS)
			len += scnprintf(text + len, size - len, "/%u", policy->mac[i].bits);
	}
	return len;
}

static int format_vlans(const struct vmbox_policy *policy, char *text, size_t size)
{
	int i, len = 0;

	for (i = 0; i < policy->vlans; i++) {
		len += scnprintf(text + len, size - len, "%s%u", i ? "," : " vlan=",
				 policy->vlan[i].first);
		if (policy->vlan[i].last != policy->vlan[i].first)
			len += scnprintf(text + len, size - len, "-%u", policy->vlan[i].last);
	}
	return len;
}

static int format_rates(const struct vmbox_policy *policy, char *text, size_t size)
{
	int len = 0;

	if (policy->qos)
		len += scnprintf(text + len, size - len, " qos=%u", policy->qos);
	if (policy->max_mbps == VMBOX_RATE_ANY)
		len += scnprintf(text + len, size - len, " rate=any");
	else if (policy->max_mbps)
		len += scnprintf(text + len, size - len, " rate=%u", policy->max_mbps);
	if (policy->min_mbps)
		len += scnprintf(text + len, size - len, " min_rate=%u", policy->min_mbps);
	return len;
}

int vmbox_policy_format(const struct vmbox_policy *policy, char *text)
{
	char words[VMBOX_POLICY_TEXT];
	int len;

	len = format_macs(policy, words, sizeof(words));
	len += format_vlans(policy, words + len, sizeof(words) - len);
	len += format_rates(policy, words + len, sizeof(words) - len);
	/* Each has a blank in front of it. */
	return scnprintf(text, VMBOX_POLICY_TEXT, "%s", len ? words + 1 : "none");
}

int vmbox_policy_mac(const struct vmbox_policy *policy, const struct vmbox_mac *mac)
{
	static const u8 zero[MAC_LEN];
	unsigned int i;

	if ((mac->addr[0] & 1) || !memcmp(mac->addr, zero, MAC_LEN) || mac->reserved[0] ||
	    mac->reserved[1])
		return -EINVAL;
	for (i = 0; i < policy->macs; i++)
		if (begins(mac->addr, policy->mac[i].addr, policy->mac[i].bits))
			return 0;
	return -EPERM;
}

int vmbox_policy_vlan(const struct vmbox_policy *policy, const struct vmbox_vlan *vlan)
{
	unsigned int i;

	if (vlan->vid > VID_MAX || vlan->qos > QOS_MAX || (!vlan->vid && vlan->qos) ||
	    vlan->reserved)
		return -EINVAL;
	if (vlan->qos > policy->qos)
		return -EPERM;
	for (i = 0; i < policy->vlans; i++)
		if (vlan->vid >= policy->vlan[i].first && vlan->vid <= policy->vlan[i].last)
			return 0;
	return -EPERM;
}

int vmbox_policy_rate(const struct vmbox_policy *policy, const struct vmbox_rate *rate)
{
	u32 max = rate->max_mbps ?: VMBOX_RATE_ANY;

	if (rate->min_mbps > max)
		return -EINVAL;
	if (!policy->max_mbps || max > policy->max_mbps || rate->min_mbps > policy->min_mbps)
		return -EPERM;
	return 0;
}

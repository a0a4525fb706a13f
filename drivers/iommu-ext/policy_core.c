// SPDX-License-Identifier: GPL-2.0
/* Policies for reserved memory and the rules that choose one, see policy_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>
#endif
#include "policy_core.h"

static const char *const names[IE_POLICIES] = {
	[IE_STRICT] = "strict",
	[IE_RESERVE] = "reserve",
	[IE_MAP] = "map",
	[IE_RELAXED_LOW] = "relaxed-low",
	[IE_RELAXED] = "relaxed",
};

const char *ie_policy_name(unsigned int policy)
{
	return policy < IE_POLICIES ? names[policy] : "?";
}

int ie_policy_parse(const char *text, size_t len)
{
	int policy;

	for (policy = 0; policy < IE_POLICIES; policy++)
		if (strlen(names[policy]) == len && !strncasecmp(names[policy], text, len))
			return policy;
	return -EINVAL;
}

unsigned int ie_policy_actions(unsigned int policy, unsigned int kernel)
{
	static const u8 permit[IE_KERNELS] = {
		[IE_KERNEL_FLAG] = IE_DO_CLEAR | IE_DO_TAINT,
		[IE_KERNEL_ATTACH] = IE_DO_PASS | IE_DO_TAINT,
		[IE_KERNEL_NOTHING] = IE_DO_TAINT,
	};
	/* The kernel keeps a hole for regions that are direct, and for these only. */
	static const u8 memory[IE_POLICIES] = {
		[IE_MAP] = IE_DO_MAP,
		[IE_RELAXED_LOW] = IE_DO_REWRITE_LOW,
		[IE_RELAXED] = IE_DO_REWRITE,
	};

	if (policy == IE_STRICT || policy >= IE_POLICIES || kernel >= IE_KERNELS)
		return 0;
	return permit[kernel] | memory[policy];
}

u64 ie_relaxed_end(unsigned int actions)
{
	if (actions & IE_DO_REWRITE)
		return U64_MAX;
	return actions & IE_DO_REWRITE_LOW ? IE_LOW_END : 0;
}

bool ie_policy_default_ok(unsigned int policy, bool unsafe)
{
	return policy == IE_STRICT || policy == IE_RESERVE ||
	       (unsafe && policy < IE_POLICIES);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static size_t trimmed(const char *text, size_t len)
{
	while (len && is_blank(text[len - 1]))
		len--;
	return len;
}

/* What was read last of a list of functions. */
enum part { NOTHING, NUMBER, DASH, RANGE };

/* Bits of the functions "0", "0,3-5" or "*"; 0 for what is nothing of it. */
static u8 read_functions(const char *text, size_t len)
{
	enum part part = NOTHING;
	unsigned int mask = 0;
	char first = 0;
	size_t pos;

	if (len == 1 && *text == '*')
		return 0xff;
	for (pos = 0; pos < len; pos++) {
		if (is_blank(text[pos]))
			continue;
		if (text[pos] == ',' && (part == NUMBER || part == RANGE)) {
			part = NOTHING;
		} else if (text[pos] == '-' && part == NUMBER) {
			part = DASH;
		} else if (text[pos] >= '0' && text[pos] <= '7' && part == NOTHING) {
			part = NUMBER;
			first = text[pos];
			mask |= BIT(first - '0');
		} else if (text[pos] >= first && text[pos] <= '7' && part == DASH) {
			part = RANGE;
			mask |= GENMASK(text[pos] - '0', first - '0');
		} else {
			return 0;
		}
	}
	return part == NUMBER || part == RANGE ? mask : 0;
}

int ie_matches_parse(const char *text, size_t len, struct pt_match *matches, const char **why)
{
	char copy[PT_MATCH_TEXT];
	size_t dot = len;
	u8 functions;
	int err, function, n = 0;

	while (dot && text[dot - 1] != '.')
		dot--;
	functions = dot && dot < sizeof(copy) ? read_functions(text + dot, len - dot) : 0;
	if (!functions) {
		err = pt_match_parse(text, len, matches, why);
		return err ? err : 1;
	}

	memcpy(copy, text, dot);
	for (function = 0; function < IE_FUNCTIONS; function++) {
		if (!(functions >> function & 1))
			continue;
		copy[dot] = '0' + function;
		err = pt_match_parse(copy, dot + 1, &matches[n], why);
		if (err)
			return err;
		n++;
	}
	if (n > 1 && matches[0].kind == PT_MATCH_VFS_OF) {
		*why = "expected one function: vfs-of= takes no list of them";
		return -EINVAL;
	}
	return n;
}

int ie_rule_parse(const char *text, size_t len, struct ie_rule *rules, const char **why)
{
	struct pt_match matches[IE_FUNCTIONS];
	size_t equals = len, policy_at;
	int policy, i, n;

	/* The last one: a class and a serial number have one of their own. */
	while (equals && text[equals - 1] != '=')
		equals--;
	if (!equals) {
		*why = "expected MATCH=POLICY";
		return -EINVAL;
	}

	policy_at = equals;
	while (policy_at < len && is_blank(text[policy_at]))
		policy_at++;
	policy = ie_policy_parse(text + policy_at, trimmed(text + policy_at, len - policy_at));
	if (policy < 0) {
		*why = "expected =strict, =reserve, =map, =relaxed-low or =relaxed";
		return -EINVAL;
	}

	n = ie_matches_parse(text, trimmed(text, equals - 1), matches, why);
	for (i = 0; i < n; i++)
		rules[i] = (struct ie_rule) { .match = matches[i], .policy = policy };
	return n;
}

int ie_rule_format(const struct ie_rule *rule, char *text, size_t room)
{
	int len = pt_match_format(&rule->match, text, room);

	return len + scnprintf(text + len, room - len, "=%s", ie_policy_name(rule->policy));
}

/* By their texts: two structures may differ in padding. */
static bool same_match(const struct pt_match *a, const struct pt_match *b)
{
	char text_a[PT_MATCH_TEXT], text_b[PT_MATCH_TEXT];

	pt_match_format(a, text_a, sizeof(text_a));
	pt_match_format(b, text_b, sizeof(text_b));
	return !strcmp(text_a, text_b);
}

unsigned int ie_rules_remove(struct ie_rule *rules, unsigned int n,
			     const struct pt_match *match)
{
	unsigned int i, left = 0;

	for (i = 0; i < n; i++)
		if (!same_match(&rules[i].match, match))
			rules[left++] = rules[i];
	return left;
}

unsigned int ie_rules_add(struct ie_rule *rules, unsigned int n, const struct ie_rule *rule)
{
	n = ie_rules_remove(rules, n, &rule->match);
	rules[n] = *rule;
	return n + 1;
}

/* A rule that went along with a card is not for the next one in that place. */
static bool is_for(const struct ie_rule *rule, const struct pt_identity *id)
{
	if (rule->followed && !pt_identity_same_card(&rule->who, id))
		return false;
	return pt_match_identity(&rule->match, id);
}

static bool names_vfs_of(const struct pt_match *match, const struct pt_identity *pf)
{
	return match->kind == PT_MATCH_VFS_OF && match->segment == pf->segment &&
	       match->bus == pf->bus && match->devfn == pf->devfn;
}

static void go_along(struct pt_match *match, const struct pt_identity *id)
{
	match->segment = id->segment;
	if (match->kind == PT_MATCH_PATH) {
		match->bus = id->root_bus;
		match->hops = id->hops;
		memcpy(match->path, id->path, sizeof(match->path));
	} else {
		match->bus = id->bus;
		match->devfn = id->devfn;
	}
}

unsigned int ie_rules_follow(struct ie_rule *rules, unsigned int n,
			     const struct pt_identity *old, const struct pt_identity *id)
{
	unsigned int i, changed = 0;
	struct ie_rule *rule;

	for (i = 0; i < n; i++) {
		rule = &rules[i];
		if (names_vfs_of(&rule->match, old)) {
			go_along(&rule->match, id);
			changed++;
		} else if ((rule->match.kind == PT_MATCH_BDF ||
			    rule->match.kind == PT_MATCH_PATH) && is_for(rule, old)) {
			go_along(&rule->match, id);
			rule->followed = true;
			rule->who = *id;
			changed++;
		}
	}
	return changed;
}

static bool names_a_place(const struct pt_match *match)
{
	return match->kind == PT_MATCH_BDF || match->kind == PT_MATCH_PATH ||
	       match->kind == PT_MATCH_VFS_OF;
}

static int exactness(const struct pt_match *match)
{
	switch (match->kind) {
	case PT_MATCH_CLASS:
		return match->digits;
	case PT_MATCH_IDS:
		return match->subsystem ? 8 : 7;
	case PT_MATCH_VFS_OF:
		return 9;
	default:
		return 10;
	}
}

const struct ie_rule *ie_rules_find(const struct ie_rule *rules, unsigned int n,
				    const struct pt_identity *id, u64 replaced)
{
	const struct ie_rule *best = NULL, *rule;
	unsigned int i;

	for (i = 0; i < n; i++) {
		rule = &rules[i];
		if (!is_for(rule, id))
			continue;
		if (names_a_place(&rule->match) && rule->since < replaced)
			continue;
		if (!best || exactness(&rule->match) >= exactness(&best->match))
			best = rule;
	}
	return best;
}

void ie_coverage_add(struct ie_coverage *coverage, const char *name, unsigned int wanted)
{
	size_t room = sizeof(coverage->text) - coverage->len;

	coverage->members++;
	if (wanted != IE_STRICT)
		return;
	coverage->missing++;
	/* A name that was cut would be another device's. */
	if (strlen(name) + 2 <= room)
		coverage->len += scnprintf(coverage->text + coverage->len, room, "%s%s",
					   coverage->len ? " " : "", name);
}

bool ie_coverage_full(const struct ie_coverage *coverage)
{
	return coverage->members && !coverage->missing;
}

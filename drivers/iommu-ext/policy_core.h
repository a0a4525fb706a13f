/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is to become of memory that firmware reserved for a device (RMRR, IVMD) when
 * the device is given away, as rules:
 *
 *   rule     = match "=" policy		(match: see pt_match.h)
 *   policy   = "strict" / "reserve" / "map" / "relaxed-low" / "relaxed"
 *
 * The last function of an address or a path can be a list, "0,3-5" or "*": then it is a
 * rule for each. How lists of rules are parted: linux/pt_list.h.
 *
 * The rule that says most exactly which device it means holds: an address, a path or a
 * serial number before VFs of a PF, those before ids, ids before a class. Of two that
 * are equally exact the later one holds.
 */
#ifndef IOMMU_EXT_POLICY_CORE_H
#define IOMMU_EXT_POLICY_CORE_H

#include <linux/pt_match.h>

/**
 * enum ie_policy - what becomes of reserved memory
 * @IE_STRICT: the kernel's own way: the device is not given away
 * @IE_RESERVE: it is, and its addresses stay free in the guest; access to them faults
 * @IE_MAP: it is, and the device goes on reaching the real memory at these addresses
 * @IE_RELAXED_LOW: per region: as relaxed where it starts below IE_LOW_END, else as reserve
 * @IE_RELAXED: it is, and the addresses are the guest's: its memory may be there
 * @IE_POLICIES: how many there are
 */
enum ie_policy {
	IE_STRICT,
	IE_RESERVE,
	IE_MAP,
	IE_RELAXED_LOW,
	IE_RELAXED,
	IE_POLICIES
};

/**
 * enum ie_kernel - what in the kernel keeps such a device from being given away
 * @IE_KERNEL_FLAG: require_direct in struct dev_iommu (since 6.6)
 * @IE_KERNEL_ATTACH: the Intel driver, when it attaches a domain (before)
 * @IE_KERNEL_NOTHING: nothing does (AMD's driver before 6.6)
 * @IE_KERNELS: how many there are
 */
enum ie_kernel {
	IE_KERNEL_FLAG,
	IE_KERNEL_ATTACH,
	IE_KERNEL_NOTHING,
	IE_KERNELS
};

#define IE_DO_CLEAR	0x01	/* clear require_direct, again whenever it is set */
#define IE_DO_PASS	0x02	/* let the driver's attach check pass */
#define IE_DO_REWRITE	0x04	/* call all regions relaxable: no hole for a guest */
#define IE_DO_MAP	0x08	/* map 1:1 into the guest's domain */
#define IE_DO_TAINT	0x10	/* say that the platform's wish is not followed */
#define IE_DO_REWRITE_LOW 0x20	/* call those relaxable that start below IE_LOW_END */

/* 1 MB: every PC has RAM below it, so no hole can be kept there. */
#define IE_LOW_END	0x100000ull

/**
 * struct ie_rule - one rule
 * @match: which devices
 * @policy: an enum ie_policy
 * @since: when it was made; greater is later
 * @followed: it was for @who, and moved with it: it is for nobody else now
 * @who: valid with @followed
 */
struct ie_rule {
	struct pt_match match;
	u32 policy;
	u64 since;
	bool followed;
	struct pt_identity who;
};

#define IE_RULE_TEXT	(PT_MATCH_TEXT + 16)
#define IE_WHY_TEXT	160

/**
 * ie_policy_name() - the word for a policy
 * @policy: an enum ie_policy
 *
 * Return: the word, "?" for what is none.
 */
const char *ie_policy_name(unsigned int policy);

/**
 * ie_policy_parse() - read the word for a policy
 * @text: the word, not necessarily terminated
 * @len: its length
 *
 * Return: an enum ie_policy, or -EINVAL.
 */
int ie_policy_parse(const char *text, size_t len);

/**
 * ie_policy_actions() - what a policy takes on a kernel
 * @policy: an enum ie_policy
 * @kernel: an enum ie_kernel
 *
 * Return: bits IE_DO_*; 0 for what is none.
 */
unsigned int ie_policy_actions(unsigned int policy, unsigned int kernel);

/**
 * ie_relaxed_end() - which regions are called relaxable?
 * @actions: bits IE_DO_*
 *
 * Return: those that start below this address: 0 for none, U64_MAX for all.
 */
u64 ie_relaxed_end(unsigned int actions);

/**
 * ie_policy_default_ok() - may this policy be for every device that has no rule?
 * @policy: an enum ie_policy
 * @unsafe: the administrator said that he knows
 *
 * Return: whether it may.
 */
bool ie_policy_default_ok(unsigned int policy, bool unsafe);

#define IE_FUNCTIONS	8	/* of a device: so many rules an entry can stand for */

/**
 * ie_matches_parse() - read a match whose last function can be a list
 * @text: the match, not necessarily terminated
 * @len: its length, without blanks around it
 * @matches: room for IE_FUNCTIONS of them
 * @why: what was expected, on failure
 *
 * Return: how many there are, or -EINVAL.
 */
int ie_matches_parse(const char *text, size_t len, struct pt_match *matches, const char **why);

/**
 * ie_rule_parse() - read an entry of a list of rules
 * @text: the entry, not necessarily terminated
 * @len: its length, without blanks around it
 * @rules: room for IE_FUNCTIONS of them, untouched on failure
 * @why: what was expected, on failure
 *
 * Return: how many rules it stands for, or -EINVAL.
 */
int ie_rule_parse(const char *text, size_t len, struct ie_rule *rules, const char **why);

/**
 * ie_rule_format() - a rule as text that can be read again
 * @rule: the rule
 * @text: where to
 * @room: of @text; IE_RULE_TEXT is enough for each
 *
 * Return: the length of what was written.
 */
int ie_rule_format(const struct ie_rule *rule, char *text, size_t room);

/**
 * ie_rules_add() - a rule more; it takes the place of one for the same match
 * @rules: room for @n + 1
 * @n: how many there are
 * @rule: the new one
 *
 * Return: how many there are now.
 */
unsigned int ie_rules_add(struct ie_rule *rules, unsigned int n, const struct ie_rule *rule);

/**
 * ie_rules_remove() - a rule less
 * @rules: all of them
 * @n: how many there are
 * @match: whose
 *
 * Return: how many there are now: @n when there was none.
 */
unsigned int ie_rules_remove(struct ie_rule *rules, unsigned int n,
			     const struct pt_match *match);

/**
 * ie_rules_follow() - a device is somewhere else now: what named its place goes along
 * @rules: all of them
 * @n: how many there are
 * @old: who it was
 * @id: who it is
 *
 * Return: how many rules were changed.
 */
unsigned int ie_rules_follow(struct ie_rule *rules, unsigned int n,
			     const struct pt_identity *old, const struct pt_identity *id);

/**
 * ie_rules_find() - which rule holds for a device?
 * @rules: all of them
 * @n: how many there are
 * @id: the device
 * @replaced: when it came to where another device had been, 0 when it did not: an
 *	      older rule for that place was not meant for it
 *
 * Return: the rule, or NULL.
 */
const struct ie_rule *ie_rules_find(const struct ie_rule *rules, unsigned int n,
				    const struct pt_identity *id, u64 replaced);

/**
 * struct ie_coverage - do rules cover a whole group?
 * @members: how many have reserved memory
 * @missing: how many of them no rule covers
 * @len: of @text
 * @text: names of those
 *
 * All members share what a guest gets, so one that is not covered speaks for all.
 */
struct ie_coverage {
	unsigned int members;
	unsigned int missing;
	unsigned int len;
	char text[IE_WHY_TEXT];
};

/**
 * ie_coverage_add() - one more member that has reserved memory
 * @coverage: all zero at first
 * @name: of the member
 * @wanted: an enum ie_policy, what the rules say
 */
void ie_coverage_add(struct ie_coverage *coverage, const char *name, unsigned int wanted);

/**
 * ie_coverage_full() - are there members, and are all of them covered?
 * @coverage: after the last ie_coverage_add()
 *
 * Return: whether they are.
 */
bool ie_coverage_full(const struct ie_coverage *coverage);

#endif /* IOMMU_EXT_POLICY_CORE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options of a rule as words: one table for reading and for writing them, here and
 * wherever else somebody names a policy.
 */
#ifndef PBNG_RULE_WORDS_H
#define PBNG_RULE_WORDS_H

enum {
	PBNG_RULE_POLICY,
	PBNG_RULE_RDM_POLICY,
	PBNG_RULE_MSITRANSLATE,
	PBNG_RULE_OPTIONS
};

#define PBNG_RULE_VALUES	3

/**
 * struct pbng_rule_words - an option
 * @name: with its '='
 * @values: in the order of their numbers, which begin one above the default
 * @why: what to say to anything else
 */
struct pbng_rule_words {
	const char *name;
	const char *values[PBNG_RULE_VALUES];
	const char *why;
};

extern const struct pbng_rule_words pbng_rule_words[PBNG_RULE_OPTIONS];

/* Those of an enum pbng_policy, from PBNG_POLICY_STRICT on. */
#define PBNG_POLICY_WORDS	(pbng_rule_words[PBNG_RULE_POLICY].values)

#endif /* PBNG_RULE_WORDS_H */

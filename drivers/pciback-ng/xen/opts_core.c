// SPDX-License-Identifier: GPL-2.0
/* The options that a toolstack gives a device, see opts_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "../rule_words.h"
#include "opts_core.h"

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !strncmp(text, word, len);
}

static int parse_permissive(const char *text, size_t len, enum pbng_policy *policy)
{
	if (is_word(text, len, "1"))
		*policy = PBNG_POLICY_PERMISSIVE;
	else if (!is_word(text, len, "0"))
		return -EINVAL;
	return 0;
}

static int parse_policy(const char *text, size_t len, enum pbng_policy *policy)
{
	unsigned int i;

	for (i = 0; i < PBNG_RULE_VALUES; i++) {
		if (is_word(text, len, PBNG_POLICY_WORDS[i])) {
			*policy = PBNG_POLICY_STRICT + i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_one(const char *text, size_t len, enum pbng_policy *policy)
{
	size_t name;

	name = str_has_prefix(text, "permissive=");
	if (name)
		return parse_permissive(text + name, len - name, policy);
	name = str_has_prefix(text, pbng_rule_words[PBNG_RULE_POLICY].name);
	if (name)
		return parse_policy(text + name, len - name, policy);
	/* Somebody else's. */
	return 0;
}

int pbng_opts_policy(const char *text, enum pbng_policy *policy)
{
	enum pbng_policy found = PBNG_POLICY_DEFAULT;
	size_t len;
	int err;

	for (;; text += len + 1) {
		len = strcspn(text, ",");
		err = parse_one(text, len, &found);
		if (err)
			return err;
		if (!text[len])
			break;
	}
	*policy = found;
	return 0;
}

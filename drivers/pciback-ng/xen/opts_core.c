// SPDX-License-Identifier: GPL-2.0
/* The options that a toolstack gives a device, see opts_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "opts_core.h"

/* Everything else is another option, or one with an impossible value. */
static const struct {
	const char *text;
	enum pbng_policy policy;
} options[] = {
	{ "permissive=0", PBNG_POLICY_DEFAULT },
	{ "permissive=1", PBNG_POLICY_PERMISSIVE },
	{ "policy=strict", PBNG_POLICY_STRICT },
	{ "policy=standard", PBNG_POLICY_STANDARD },
	{ "policy=permissive", PBNG_POLICY_PERMISSIVE },
};

static bool is_ours(const char *text)
{
	return strstarts(text, "permissive=") || strstarts(text, "policy=");
}

static int parse_one(const char *text, size_t len, enum pbng_policy *policy)
{
	unsigned int i;

	if (!is_ours(text))
		return 0;
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (strlen(options[i].text) != len ||
		    strncmp(options[i].text, text, len))
			continue;
		if (options[i].policy != PBNG_POLICY_DEFAULT)
			*policy = options[i].policy;
		return 0;
	}
	return -EINVAL;
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

// SPDX-License-Identifier: GPL-2.0
/* The options of a device in xenstore: opts_core.c. */
#include "ktap.h"
#include "opts_core.h"

static enum pbng_policy policy_of(const char *text)
{
	enum pbng_policy policy = 77;

	CHECK_EQ(pbng_opts_policy(text, &policy), 0);
	return policy;
}

TEST("what libxl writes without a wish says nothing")
{
	CHECK_EQ(policy_of("msitranslate=0,power_mgmt=0,permissive=0,rdm_policy=strict"),
		 PBNG_POLICY_DEFAULT);
	CHECK_EQ(policy_of(""), PBNG_POLICY_DEFAULT);
	CHECK_EQ(policy_of(",,"), PBNG_POLICY_DEFAULT);
}

TEST("permissive=1 is found wherever it stands")
{
	CHECK_EQ(policy_of("permissive=1"), PBNG_POLICY_PERMISSIVE);
	CHECK_EQ(policy_of("permissive=1,x"), PBNG_POLICY_PERMISSIVE);
	CHECK_EQ(policy_of("msitranslate=0,power_mgmt=0,permissive=1,rdm_policy=strict"),
		 PBNG_POLICY_PERMISSIVE);
}

TEST("a policy by name, the last one counts, permissive=0 undoes none")
{
	CHECK_EQ(policy_of("policy=strict"), PBNG_POLICY_STRICT);
	CHECK_EQ(policy_of("permissive=1,policy=standard"), PBNG_POLICY_STANDARD);
	CHECK_EQ(policy_of("policy=standard,policy=permissive"), PBNG_POLICY_PERMISSIVE);
	CHECK_EQ(policy_of("policy=standard,permissive=0"), PBNG_POLICY_STANDARD);
}

TEST("other words are somebody else's, also when they look like ours")
{
	CHECK_EQ(policy_of("xpermissive=1,permissive,policy,rdm_policy=relaxed"),
		 PBNG_POLICY_DEFAULT);
}

TEST("an impossible value is an error and changes nothing")
{
	static const char * const bad[] = {
		"permissive=2", "permissive=", "permissive=10", "permissive=1 ",
		"policy=", "policy=strictly", "policy=stric", "a,policy=none",
		"policy=strict,permissive=yes",
	};
	enum pbng_policy policy;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		policy = 77;
		CHECK_EQ(pbng_opts_policy(bad[i], &policy), -EINVAL);
		CHECK_EQ(policy, 77);
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as the options of a device.
 *
 * seed: msitranslate=0,power_mgmt=0,permissive=1,rdm_policy=strict
 * seed: policy=standard
 * word: permissive=
 * word: policy=
 * word: strict
 * word: standard
 * word: permissive
 */
#include "fuzz.h"
#include "opts_core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum pbng_policy policy = 77;
	char text[PBNG_OPTS_TEXT];
	int err;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	err = pbng_opts_policy(text, &policy);
	if (err) {
		FUZZ_CHECK(err == -EINVAL && policy == 77);
		return 0;
	}
	FUZZ_CHECK(policy <= PBNG_POLICY_PERMISSIVE);
	if (policy != PBNG_POLICY_DEFAULT)
		FUZZ_CHECK(strstr(text, "permissive=1") || strstr(text, "policy="));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Any text as a match: what is read can be written, and is then read as the same.
 *
 * seed: 0000:01:00.0
 * seed: 0000:00:03.0/00.0
 * seed: 8086:10c9:103c:323f
 * seed: class=0200
 * seed: serial=525400ffffaabbcc
 * seed: vfs-of=01:00.0
 * seed: 01:00.0,3-5=map
 * seed: 8086:10c9 = Reserve
 * word: =map
 * word: .*=
 * word: class=
 * word: serial=
 * word: vfs-of=
 * word: /1f.7
 */
#include <linux/pt_match.h>

#include "fuzz.h"
#include "policy_core.h"

/* The same with a policy behind it, perhaps for several functions. */
static void check_rules(const char *text, size_t size)
{
	struct ie_rule rules[IE_FUNCTIONS], again[IE_FUNCTIONS];
	char out[IE_RULE_TEXT];
	const char *why = NULL;
	int i, n, len;

	n = ie_rule_parse(text, size, rules, &why);
	FUZZ_CHECK(n < 0 ? !!why : n >= 1 && n <= IE_FUNCTIONS);
	for (i = 0; i < n; i++) {
		len = ie_rule_format(&rules[i], out, sizeof(out));
		FUZZ_CHECK(rules[i].policy < IE_POLICIES && (size_t)len == strlen(out));
		FUZZ_CHECK(ie_rule_parse(out, len, again, &why) == 1);
		FUZZ_CHECK(again[0].policy == rules[i].policy);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pt_match match, again;
	struct pt_identity id = {};
	char text[PT_MATCH_TEXT];
	const char *why = NULL;
	int len;

	check_rules((const char *)data, size);
	if (pt_match_parse((const char *)data, size, &match, &why)) {
		FUZZ_CHECK(why);
		return 0;
	}
	len = pt_match_format(&match, text, sizeof(text));
	FUZZ_CHECK(len > 0 && (size_t)len == strlen(text));
	FUZZ_CHECK(!pt_match_parse(text, len, &again, &why));
	FUZZ_CHECK(match.kind == again.kind && match.segment == again.segment &&
		   match.bus == again.bus && match.devfn == again.devfn &&
		   match.hops == again.hops && match.class == again.class &&
		   match.serial == again.serial && match.vendor == again.vendor &&
		   !memcmp(match.path, again.path, sizeof(match.path)));
	pt_match_identity(&match, &id);
	return 0;
}

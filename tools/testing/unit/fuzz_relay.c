// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a policy of the relay, and any request against it: what is read is written
 * as it is read, and no address of a group and no VLAN that is none comes through.
 *
 * seed: mac=52:54:00:12:34:56,02:00:00:00:00:00/24 vlan=0,100-199 qos=3 rate=500
 * seed: mac=any rate=any min_rate=100
 * seed: none
 * word: mac=
 * word: vlan=
 * word: qos=
 * word: rate=
 * word: min_rate=
 * word: any
 */
#include "fuzz.h"
#include "relay_core.h"

/* The last bytes of the text, as requests. */
static void ask(const struct vmbox_policy *policy, const uint8_t *data, size_t size)
{
	struct vmbox_mac mac = { };
	struct vmbox_vlan vlan = { };
	struct vmbox_rate rate = { };

	if (size < sizeof(rate))
		return;
	data += size - sizeof(rate);
	memcpy(&mac, data, sizeof(mac));
	memcpy(&vlan, data, sizeof(vlan));
	memcpy(&rate, data, sizeof(rate));
	if (!vmbox_policy_mac(policy, &mac))
		FUZZ_CHECK(policy->macs && !(mac.addr[0] & 1) && !mac.reserved[0]);
	if (!vmbox_policy_vlan(policy, &vlan))
		FUZZ_CHECK(policy->vlans && vlan.vid < 4095 && vlan.qos <= policy->qos);
	if (!vmbox_policy_rate(policy, &rate))
		FUZZ_CHECK((rate.max_mbps ?: VMBOX_RATE_ANY) <= policy->max_mbps);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1024], once[VMBOX_POLICY_TEXT], twice[VMBOX_POLICY_TEXT];
	struct vmbox_policy policy, again;
	const char *bad = NULL, *why = NULL;
	int err, len;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	err = vmbox_policy_parse(text, &policy, &bad, &why);
	if (err) {
		FUZZ_CHECK(err == -EINVAL || err == -E2BIG);
		FUZZ_CHECK(bad >= text && bad <= text + size && *why);
		return 0;
	}
	len = vmbox_policy_format(&policy, once);
	FUZZ_CHECK(len > 0 && len < VMBOX_POLICY_TEXT - 1 && (size_t)len == strlen(once));
	FUZZ_CHECK(!vmbox_policy_parse(once, &again, &bad, &why));
	vmbox_policy_format(&again, twice);
	FUZZ_CHECK(!strcmp(once, twice));
	ask(&policy, data, size);
	return 0;
}

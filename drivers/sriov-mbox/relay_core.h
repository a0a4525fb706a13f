/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the relay lets a VF ask for: words with blanks, commas or ";" between, each at
 * most once; quotes mean nothing, letters can be capitals.
 *
 *	mac=any | mac=52:54:00:12:34:56,02:00:00:00:00:00/24	these, or with this prefix
 *	vlan=0,100-199		these; 0 is none at all
 *	qos=3			of a VLAN, at most; 0 unless said
 *	rate=any | rate=500	limit in Mbit/s, at most; any: none, too
 *	min_rate=100		that are kept for it, at most; 0 unless said
 *	none			nothing of it, which is so unless something is said
 *
 * Trust and spoof checking are in no policy: no VF may ask for them.
 *
 * Pure logic: no kernel service is used.
 */
#ifndef VMBOX_RELAY_CORE_H
#define VMBOX_RELAY_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif
#include <uapi/linux/sriov_mbox.h>

#define VMBOX_POLICY_MACS	8
#define VMBOX_POLICY_VLANS	16
#define VMBOX_POLICY_TEXT	512	/* the longest there is, and more */
#define VMBOX_RATE_ANY		U32_MAX

/**
 * struct vmbox_policy - what a VF may ask for; all 0: nothing
 * @macs: how many there are in @mac
 * @vlans: how many there are in @vlan
 * @qos: of a VLAN, at most
 * @max_mbps: limit of its rate, at most; 0: it may not ask
 * @min_mbps: rate that is kept for it, at most
 * @mac: addresses of which the first @bits count
 * @vlan: from, to
 */
struct vmbox_policy {
	u8 macs;
	u8 vlans;
	u8 qos;
	u32 max_mbps;
	u32 min_mbps;
	struct {
		u8 addr[6];
		u8 bits;
	} mac[VMBOX_POLICY_MACS];
	struct {
		u16 first;
		u16 last;
	} vlan[VMBOX_POLICY_VLANS];
};

/**
 * vmbox_policy_parse() - read a policy
 * @text: the words above; a newline may follow
 * @policy: what it says; not touched when it is bad
 * @bad: where the first thing is that is not understood
 * @why: what was expected there, with an example
 *
 * Return: 0; -EINVAL: not understood; -E2BIG: more than there is room for.
 */
int vmbox_policy_parse(const char *text, struct vmbox_policy *policy, const char **bad,
		       const char **why);

/**
 * vmbox_policy_format() - write a policy, as vmbox_policy_parse() reads it
 * @policy: the policy
 * @text: room for VMBOX_POLICY_TEXT bytes
 *
 * Return: its length.
 */
int vmbox_policy_format(const struct vmbox_policy *policy, char *text);

/**
 * vmbox_policy_mac() - may the VF have this address?
 * @policy: what it may
 * @mac: what it wants, as it sent it
 *
 * Return: 0; -EINVAL: that is no address of a station, or reserved bytes are not 0;
 * -EPERM.
 */
int vmbox_policy_mac(const struct vmbox_policy *policy, const struct vmbox_mac *mac);

/* The same for its VLAN. -EINVAL also for a priority of no VLAN. */
int vmbox_policy_vlan(const struct vmbox_policy *policy, const struct vmbox_vlan *vlan);

/* The same for its rate. -EINVAL: it wants more kept than it may have. */
int vmbox_policy_rate(const struct vmbox_policy *policy, const struct vmbox_rate *rate);

#endif /* VMBOX_RELAY_CORE_H */

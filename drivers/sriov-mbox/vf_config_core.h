/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Settings of a VF that its PF's network driver keeps (ip link set ... vf N ...). They are
 * lost with the VF: set-num compares what there was with what a new VF has.
 *
 * Pure logic: no kernel service is used.
 */
#ifndef VMBOX_VF_CONFIG_CORE_H
#define VMBOX_VF_CONFIG_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define VMBOX_CONFIG_UNKNOWN	U32_MAX	/* the driver does not say */

/* In the order in which they are set: some drivers reset a VF when its trust changes. */
enum vmbox_setting {
	VMBOX_SETTING_TRUST,
	VMBOX_SETTING_MAC,
	VMBOX_SETTING_VLAN,
	VMBOX_SETTING_SPOOFCHK,
	VMBOX_SETTING_RATE,
	VMBOX_SETTING_LINK,
	VMBOX_SETTING_RSS,
	VMBOX_SETTINGS,
};

/**
 * struct vmbox_vf_config - settings of a VF
 * @known: the driver of the PF has told them; else nothing else is valid
 * @mac: all 0: none was set
 * @vlan: 0: none
 * @qos: of the VLAN
 * @proto: of the VLAN, as the driver has it
 * @trusted: 0, 1 or VMBOX_CONFIG_UNKNOWN, as the following two
 * @spoofchk: spoof check
 * @rss: RSS may be queried
 * @link: IFLA_VF_LINK_STATE_*
 * @min_rate: in Mbit/s, 0: none
 * @max_rate: likewise
 */
struct vmbox_vf_config {
	bool known;
	u8 mac[6];
	u16 vlan;
	u8 qos;
	u16 proto;
	u32 trusted;
	u32 spoofchk;
	u32 rss;
	u32 link;
	u32 min_rate;
	u32 max_rate;
};

/**
 * vmbox_config_to_set() - what has to be set of a new VF for it to be as the old one
 * @old: the VF that was there
 * @new: the VF that is there
 * Return: a mask of enum vmbox_setting. What was never set, or cannot be known, is not in it.
 */
unsigned int vmbox_config_to_set(const struct vmbox_vf_config *old,
				 const struct vmbox_vf_config *new);

/**
 * vmbox_config_set_ones() - what an administrator has set of a VF
 * @config: the VF
 * @fresh: another VF of the PF of which nothing has been set, or NULL: then the spoof check
 *	   and RSS count as not set, for their default is the driver's
 * Return: a mask of enum vmbox_setting.
 */
unsigned int vmbox_config_set_ones(const struct vmbox_vf_config *config,
				   const struct vmbox_vf_config *fresh);

/**
 * vmbox_config_names() - settings in words, with commas between
 * @mask: of enum vmbox_setting
 * @text: where they go
 * @size: room there; what does not fit is left out
 * Return: how long they are.
 */
int vmbox_config_names(unsigned int mask, char *text, size_t size);

#endif /* VMBOX_VF_CONFIG_CORE_H */

// SPDX-License-Identifier: GPL-2.0
/* Settings of VFs, see vf_config_core.h. */
#ifdef __KERNEL__
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif

#include "vf_config_core.h"

static const char *const names[VMBOX_SETTINGS] = {
	[VMBOX_SETTING_TRUST] = "trust",
	[VMBOX_SETTING_MAC] = "MAC",
	[VMBOX_SETTING_VLAN] = "VLAN",
	[VMBOX_SETTING_SPOOFCHK] = "spoof check",
	[VMBOX_SETTING_RATE] = "rates",
	[VMBOX_SETTING_LINK] = "link state",
	[VMBOX_SETTING_RSS] = "RSS query",
};

static bool has_mac(const struct vmbox_vf_config *config)
{
	static const u8 none[sizeof(config->mac)];

	return memcmp(config->mac, none, sizeof(none));
}

static bool switch_differs(u32 old, u32 new)
{
	return old != VMBOX_CONFIG_UNKNOWN && old != new;
}

/* The protocol of no VLAN means nothing. */
static bool vlan_differs(const struct vmbox_vf_config *old, const struct vmbox_vf_config *new)
{
	return old->vlan != new->vlan || old->qos != new->qos ||
	       (old->vlan && old->proto != new->proto);
}

unsigned int vmbox_config_to_set(const struct vmbox_vf_config *old,
				 const struct vmbox_vf_config *new)
{
	unsigned int mask = 0;

	if (!old->known || !new->known)
		return 0;

	if (switch_differs(old->trusted, new->trusted))
		mask |= BIT(VMBOX_SETTING_TRUST);
	if (has_mac(old) && memcmp(old->mac, new->mac, sizeof(old->mac)))
		mask |= BIT(VMBOX_SETTING_MAC);
	if (vlan_differs(old, new))
		mask |= BIT(VMBOX_SETTING_VLAN);
	if (switch_differs(old->spoofchk, new->spoofchk))
		mask |= BIT(VMBOX_SETTING_SPOOFCHK);
	if (old->min_rate != new->min_rate || old->max_rate != new->max_rate)
		mask |= BIT(VMBOX_SETTING_RATE);
	if (old->link != new->link)
		mask |= BIT(VMBOX_SETTING_LINK);
	if (switch_differs(old->rss, new->rss))
		mask |= BIT(VMBOX_SETTING_RSS);
	return mask;
}

unsigned int vmbox_config_set_ones(const struct vmbox_vf_config *config,
				   const struct vmbox_vf_config *fresh)
{
	struct vmbox_vf_config plain = { .known = true };

	if (fresh && fresh->known) {
		plain = *fresh;
		memset(plain.mac, 0, sizeof(plain.mac));
	} else {
		plain.spoofchk = config->spoofchk;
		plain.rss = config->rss;
	}
	return vmbox_config_to_set(config, &plain);
}

int vmbox_config_names(unsigned int mask, char *text, size_t size)
{
	unsigned int i;
	int len, n = 0;

	if (size)
		text[0] = '\0';
	for (i = 0; i < VMBOX_SETTINGS; i++) {
		if (!(mask & BIT(i)))
			continue;
		len = strlen(names[i]) + (n ? 2 : 0);
		if (n + len >= (int)size)
			break;
		n += snprintf(text + n, size - n, "%s%s", n ? ", " : "", names[i]);
	}
	return n;
}

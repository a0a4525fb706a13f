// SPDX-License-Identifier: GPL-2.0
/* What a VF had and what a new one has: vf_config_core.c. */
#include "ktap.h"
#include "vf_config_core.h"

/* As igb has it: the spoof check is on. */
static const struct vmbox_vf_config fresh = {
	.known = true,
	.proto = 0x8100,
	.spoofchk = 1,
	.rss = VMBOX_CONFIG_UNKNOWN,
};

static unsigned int to_set(struct vmbox_vf_config old)
{
	return vmbox_config_to_set(&old, &fresh);
}

TEST("a VF that had nothing special: nothing is set (case M13)")
{
	struct vmbox_vf_config other = fresh;

	CHECK(!to_set(fresh));
	/* All zeros are no address, whatever the new VF has. */
	other.mac[5] = 1;
	CHECK(!vmbox_config_to_set(&fresh, &other));
	/* The protocol of no VLAN, and what the driver does not say. */
	other = fresh;
	other.proto = 0x88a8;
	other.trusted = VMBOX_CONFIG_UNKNOWN;
	other.spoofchk = VMBOX_CONFIG_UNKNOWN;
	CHECK(!to_set(other));
	other = (struct vmbox_vf_config) { .max_rate = 100, .mac = { 2 } };
	CHECK(!to_set(other));
	other.known = true;
	CHECK(!vmbox_config_to_set(&other, &(struct vmbox_vf_config) { .known = false }));
}

#define OLD(...) ({ struct vmbox_vf_config c = fresh; __VA_ARGS__; c; })

TEST("each setting that differs is set, and no other (case M13)")
{
	CHECK_EQ(to_set(OLD(c.trusted = 1)), BIT(VMBOX_SETTING_TRUST));
	CHECK_EQ(to_set(OLD(c.mac[0] = 2)), BIT(VMBOX_SETTING_MAC));
	CHECK_EQ(to_set(OLD(c.mac[5] = 2)), BIT(VMBOX_SETTING_MAC));
	CHECK_EQ(to_set(OLD(c.vlan = 5)), BIT(VMBOX_SETTING_VLAN));
	CHECK_EQ(to_set(OLD(c.qos = 5)), BIT(VMBOX_SETTING_VLAN));
	CHECK_EQ(to_set(OLD(c.spoofchk = 0)), BIT(VMBOX_SETTING_SPOOFCHK));
	CHECK_EQ(to_set(OLD(c.min_rate = 5)), BIT(VMBOX_SETTING_RATE));
	CHECK_EQ(to_set(OLD(c.max_rate = 5)), BIT(VMBOX_SETTING_RATE));
	CHECK_EQ(to_set(OLD(c.link = 2)), BIT(VMBOX_SETTING_LINK));
	CHECK_EQ(to_set(OLD(c.rss = 1)), BIT(VMBOX_SETTING_RSS));
}

TEST("a VLAN with another protocol (case M13)")
{
	struct vmbox_vf_config old = fresh, new = fresh;

	old.vlan = 7;
	new.vlan = 7;
	CHECK(!vmbox_config_to_set(&old, &new));
	old.proto = 0x88a8;
	CHECK_EQ(vmbox_config_to_set(&old, &new), BIT(VMBOX_SETTING_VLAN));
}

TEST("what goes with a VF (case M13)")
{
	struct vmbox_vf_config old = OLD(c.mac[0] = 2, c.spoofchk = 0), other = fresh;

	CHECK(!vmbox_config_set_ones(&fresh, &fresh) && !vmbox_config_set_ones(&fresh, NULL));
	CHECK_EQ(vmbox_config_set_ones(&old, &fresh),
		 BIT(VMBOX_SETTING_MAC) | BIT(VMBOX_SETTING_SPOOFCHK));
	/* Without another VF the default is not known. */
	CHECK_EQ(vmbox_config_set_ones(&old, NULL), BIT(VMBOX_SETTING_MAC));
	/* The address of the other one does not matter. */
	other.mac[0] = 2;
	CHECK_EQ(vmbox_config_set_ones(&old, &other),
		 BIT(VMBOX_SETTING_MAC) | BIT(VMBOX_SETTING_SPOOFCHK));
	other.known = false;
	CHECK_EQ(vmbox_config_set_ones(&old, &other), BIT(VMBOX_SETTING_MAC));
	old.known = false;
	CHECK(!vmbox_config_set_ones(&old, &fresh));
}

TEST("settings in words, as many as fit")
{
	char text[64];

	CHECK(!vmbox_config_names(0, text, sizeof(text)) && !text[0]);
	CHECK_EQ(vmbox_config_names(BIT(VMBOX_SETTING_MAC), text, sizeof(text)), 3);
	CHECK(!strcmp(text, "MAC"));
	vmbox_config_names(BIT(VMBOX_SETTINGS) - 1, text, sizeof(text));
	CHECK(!strcmp(text, "trust, MAC, VLAN, spoof check, rates, link state, RSS query"));
	CHECK_EQ(vmbox_config_names(BIT(VMBOX_SETTINGS) - 1, text, 11), 10);
	CHECK(!strcmp(text, "trust, MAC"));
	CHECK_EQ(vmbox_config_names(BIT(VMBOX_SETTINGS) - 1, text, 10), 5);
	CHECK(!strcmp(text, "trust"));
	CHECK(!vmbox_config_names(BIT(VMBOX_SETTINGS) - 1, text, 0));
}

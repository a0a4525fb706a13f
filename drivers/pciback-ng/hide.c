// SPDX-License-Identifier: GPL-2.0
/* Keeping the host's drivers away from devices, see hide.h. */
#include <linux/list.h>
#include <linux/pt_core.h>
#include <linux/string.h>
#include <xen/xen.h>

#include "aside.h"
#include "device.h"
#include "driver.h"
#include "handover.h"
#include "hidden.h"
#include "hide.h"
#include "host_use.h"
#include "named.h"
#include "registry.h"

/*
 * The override of a device that came in the place of one of ours. No driver is called
 * this: it waits for an administrator.
 */
static const char held_name[] = "pciback-held";

static bool is_held(const struct pbng_hidden *h)
{
	bool held;

	device_lock(&h->pdev->dev);
	held = !strcmp(h->override.now, held_name);
	device_unlock(&h->pdev->dev);
	return held;
}

/* No driver may have it until an administrator has said whose it is. */
static void hold(struct pbng_hidden *h, const struct pbng_rule_match *match)
{
	struct pt_event event = {
		.event = PT_CORE_EVENT_STATE,
		.source = KBUILD_MODNAME,
		.state = "held",
	};
	char text[PBNG_RULE_TEXT], why[PT_WHY_MAX];

	if (pbng_handover_reserve(h, held_name))
		return;
	pbng_rule_format(&match->selector, &match->options, text);
	scnprintf(why, sizeof(why), "not the device that rule %s was made for", text);
	event.reason = why;
	pci_warn(h->pdev, "%s: no driver gets it; write the rule to hide again to take it, to unhide for the host's drivers\n",
		 why);
	pt_event(h->pdev, &event);
}

static int learn(struct pci_dev *pdev)
{
	pbng_rules_learn(pdev);
	return 0;
}

static int take_now(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct pbng_hidden *h;
	int err;

	if (!pbng_rules_match(pdev, &match))
		return 0;
	h = pbng_hidden_get_new(pdev);
	err = h ? pbng_handover_take(h, &match) : -ENOMEM;
	pbng_hidden_put(h);
	return err;
}

static int give_back_now(struct pci_dev *pdev)
{
	char driver[PBNG_DRIVER_MAX];
	struct pbng_rule_match match;
	struct pbng_hidden *h;

	if (pbng_rules_match(pdev, &match) || match.held)
		return 0;
	h = pbng_hidden_get(pdev);
	if (pbng_handover_is_bound(pdev) || (h && is_held(h))) {
		if (!h)
			h = pbng_hidden_get_new(pdev);
		if (!h)
			return -ENOMEM;
		device_release_driver(&pdev->dev);
		pbng_handover_back(h);
	} else if (h && *h->driver && !pbng_handover_driver_of(pdev, driver, sizeof(driver))) {
		/* It was taken from a driver, and did not come to us. */
		pbng_handover_back(h);
	} else if (h) {
		pbng_handover_let_be(h);
	}
	pbng_hidden_put(h);
	return 0;
}

/*
 * Two administrators may hide a device and give it back at once, for a lock cannot be held
 * while a driver lets go of it. Each changes the rules first, then the device, and looks at
 * the rules again at its end: the last one to touch the device makes it what the rules say.
 */
static int obey(struct pci_dev *pdev, bool hide)
{
	struct pbng_rule_match match;
	bool ruled;
	int err;

	do {
		err = hide ? take_now(pdev) : give_back_now(pdev);
		ruled = pbng_rules_match(pdev, &match) || match.held;
		hide = !hide;
	} while (ruled == hide);
	return err;
}

static int take(struct pci_dev *pdev)
{
	int err = obey(pdev, true);

	if (err)
		pci_warn(pdev, "not claimed\n");
	return err;
}

static int give_back(struct pci_dev *pdev)
{
	return obey(pdev, false);
}

/* A rule is gone: no other one may hold its device. */
static int settle(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct pbng_hidden *h;

	if (pbng_rules_match(pdev, &match) || match.held)
		return 0;
	h = pbng_hidden_get(pdev);
	if (h)
		pbng_handover_let_be(h);
	pbng_hidden_put(h);
	return 0;
}

static int is_free(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pbng_registry_get(pbng_bdf_of(pdev));
	int owner;

	if (!dev)
		return pbng_aside_has(pdev) ? -EBUSY : 0;
	owner = READ_ONCE(dev->owner);
	if (owner != PBNG_NO_OWNER)
		pci_err(pdev, "domain %d has it\n", owner);
	pbng_dev_put(dev);
	return owner == PBNG_NO_OWNER ? 0 : -EBUSY;
}

static int is_idle(struct pci_dev *pdev)
{
	char why[PBNG_USE_TEXT];

	if (pbng_handover_is_bound(pdev))
		return 0;
	if (pbng_aside_blocks(pdev))
		return -EBUSY;
	if (!pbng_host_uses(pdev, false, why))
		return 0;
	pci_err(pdev, "not taken, the host uses it: %s; to take it all the same: echo '%s force' >"
		PBNG_HIDE_FILE "\n",
		why, pci_name(pdev));
	return -EBUSY;
}

/*
 * With the PF's sriov_drivers_autoprobe off, the PCI core binds no driver to a VF but the one
 * that driver_override names, not even by hand.
 */
static int let_vf_be_bound(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct pbng_hidden *h;
	char driver[PBNG_DRIVER_MAX];
	int err;

	pbng_rules_learn(pdev);
	if (!pdev->is_virtfn || pbng_handover_driver_of(pdev, driver, sizeof(driver)) ||
	    !pbng_rules_match(pdev, &match))
		return 0;
	h = pbng_hidden_get_new(pdev);
	err = h ? pbng_handover_reserve(h, pbng_handover_driver(&match)) : -ENOMEM;
	pbng_hidden_put(h);
	return err;
}

int pbng_hide_add(const struct pbng_rule *rule, bool stub)
{
	LIST_HEAD(devices);
	int err;

	err = pbng_rules_add(rule, stub);
	if (!err)
		err = pbng_named_find(rule, &devices);
	if (!err)
		err = pbng_named_visit(&devices, let_vf_be_bound);
	pbng_named_put(&devices);
	return err;
}

int pbng_hide_drop(const struct pbng_rule *rule)
{
	LIST_HEAD(devices);
	int err;

	err = pbng_rules_remove(rule);
	if (!err && !pbng_named_find(rule, &devices))
		pbng_named_visit(&devices, settle);
	pbng_named_put(&devices);
	return err;
}

/* Devices that a guest has do not change hands. */
static int exclude(const struct pbng_rule *rule)
{
	LIST_HEAD(devices);
	int err;

	err = pbng_named_find(rule, &devices);
	if (!err)
		err = pbng_named_visit(&devices, is_free);
	if (!err)
		err = pbng_rules_add(rule, false);
	if (!err) {
		pbng_named_visit(&devices, learn);
		err = pbng_named_visit(&devices, give_back);
	}
	pbng_named_put(&devices);
	return err;
}

int pbng_hide_take(const struct pbng_rule *rule, bool force)
{
	unsigned int addition;
	LIST_HEAD(devices);
	int err;

	if (rule->options.exclude)
		return exclude(rule);

	err = pbng_named_find(rule, &devices);
	if (!err && !force)
		err = pbng_named_visit(&devices, is_idle);
	if (!err)
		err = pbng_rules_try(rule, &addition);
	if (err)
		goto out;

	pbng_named_visit(&devices, learn);
	if (force)
		err = pbng_named_visit(&devices, pbng_aside_force);
	if (!err)
		err = pbng_named_visit(&devices, take);
	if (!err)
		goto out;
	/* What a rule had hidden before stays hidden, and with its guest. */
	pbng_rules_undo(rule, addition);
	pbng_named_visit(&devices, give_back);
out:
	pbng_named_put(&devices);
	return err;
}

int pbng_hide_give_back(const struct pbng_rule *rule)
{
	LIST_HEAD(devices);
	int err;

	err = pbng_named_find(rule, &devices);
	if (!err)
		err = pbng_named_visit(&devices, is_free);
	if (!err)
		err = pbng_rules_remove(rule);
	/* Without an exclusion wider rules hold again. */
	if (!err)
		err = pbng_named_visit(&devices, rule->options.exclude ? take : give_back);
	pbng_named_put(&devices);
	return err;
}

/* It is back under another address: what was said of it holds on. */
static void rules_with(struct pci_dev *pdev)
{
	struct pt_arrival arrival;
	char old[PT_BDF_TEXT];
	int rules;

	if (pt_arrival_of(pdev, &arrival) || arrival.event != PT_CORE_EVENT_MOVED)
		return;
	rules = pbng_rules_follow(pdev, &arrival.old);
	pt_identity_bdf(&arrival.old, old);
	if (rules < 0)
		pci_err(pdev, "the rule for %s does not follow it: no memory\n", old);
	else if (rules)
		pci_info(pdev, "was %s, its rule follows it\n", old);
}

void pbng_hide_added(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct pbng_hidden *h;

	pbng_hidden_drop_stale(pdev);
	rules_with(pdev);
	pbng_rules_learn(pdev);
	if (!pbng_rules_match(pdev, &match) && !match.held)
		return;
	h = pbng_hidden_get_new(pdev);
	if (!h) {
		pci_err(pdev, "not hidden, another driver may take it: no memory\n");
		return;
	}
	h->newborn = true;
	if (match.held)
		hold(h, &match);
	else
		pbng_handover_reserve(h, pbng_handover_driver(&match));
	pbng_hidden_put(h);
}

void pbng_hide_bound(struct pci_dev *pdev)
{
	struct pbng_hidden *h = pbng_hidden_get(pdev);

	if (h && pbng_handover_is_ours(pdev->dev.driver->name)) {
		pbng_override_restore_locked(pdev, &h->override);
		h->aside = false;
	}
	pbng_hidden_put(h);
}

void pbng_hide_removed(struct pci_dev *pdev)
{
	struct pbng_hidden *h = pbng_hidden_get(pdev);

	if (h)
		pbng_hidden_forget(h);
	pbng_hidden_put(h);
}

/*
 * A list that is read late, or again, must not take what is in use by now; one that is
 * read at boot finds nothing in use.
 */
static bool has_use_here(struct pbng_hidden *h, const struct pbng_rule_match *match)
{
	char driver[PBNG_DRIVER_MAX], why[PBNG_USE_TEXT];

	if (!pbng_handover_driver_of(h->pdev, driver, sizeof(driver)))
		return false;
	if (match->stub)	/* pci-stub never took a device from another driver */
		return true;
	if (!pbng_host_uses(h->pdev, true, why))
		return false;
	pci_warn(h->pdev, "stays with driver %s, the host uses it: %s; to take it: echo '%s force' >"
		 PBNG_HIDE_FILE "\n",
		 driver, why, pci_name(h->pdev));
	return true;
}

static void hide_present(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct pbng_hidden *h;

	pbng_rules_learn(pdev);
	if (!pbng_rules_match(pdev, &match))
		return;
	h = pbng_hidden_get_new(pdev);
	if (h && !has_use_here(h, &match) && !pbng_handover_evict(h, &match))
		h->newborn = !pdev->dev.driver && !h->driver[0];
	pbng_hidden_put(h);
}

void pbng_hide_present(void)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev)
		hide_present(pdev);
}

static int take_listed(struct pci_dev *pdev, const struct pbng_rule_match *match)
{
	struct pbng_hidden *h = pbng_hidden_get_new(pdev);
	int err = 0;

	if (!h)
		return -ENOMEM;
	if (!has_use_here(h, match))
		err = match->stub ? pbng_handover_reserve(h, pbng_handover_driver(match)) :
				    pbng_handover_take(h, match);
	pbng_hidden_put(h);
	return err;
}

void pbng_hide_load(const char *from)
{
	struct pbng_rule_match match;
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		pbng_rules_learn(pdev);
		if (!pbng_rules_match(pdev, &match) || match.from != from)
			continue;
		if (take_listed(pdev, &match))
			pci_err(pdev, "%s: not hidden\n", from);
	}
}

/* xl pci-assignable-add makes Xen the owner of a device that it binds; rmmod cannot undo that. */
static void warn_of_xen(struct pbng_dev *dev)
{
	struct pbng_hidden *h = pbng_hidden_get(dev->pdev);

	if (!h || (!h->driver[0] && !h->newborn))
		pci_info(dev->pdev, "where xl pci-assignable-add has given it to Xen, the host's driver gets no interrupts (\"xen map irq failed\") until xl pci-assignable-remove %s\n",
			 pci_name(dev->pdev));
	pbng_hidden_put(h);
}

void pbng_hide_leave(void)
{
	struct pbng_dev *dev;
	unsigned long key = 0;

	if (!xen_initial_domain())
		return;
	while ((dev = pbng_registry_next(&key))) {
		warn_of_xen(dev);
		pbng_dev_put(dev);
		key++;
	}
}

static void give_back_last(struct pbng_hidden *h)
{
	char driver[PBNG_DRIVER_MAX];

	/* One that came to us without a driver was meant to have none. */
	if ((h->driver[0] || h->newborn) &&
	    !pbng_handover_driver_of(h->pdev, driver, sizeof(driver)))
		pbng_handover_back(h);
	pbng_override_restore(h->pdev, &h->override);
}

void pbng_hide_exit(void)
{
	struct pbng_hidden *h;
	unsigned long key = 0;

	while ((h = pbng_hidden_next(&key))) {
		give_back_last(h);
		pbng_hidden_forget(h);
		pbng_hidden_put(h);
		key++;
	}
}

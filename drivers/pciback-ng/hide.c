// SPDX-License-Identifier: GPL-2.0
/* Keeping the host's drivers away from devices, see hide.h. */
#include <linux/list.h>
#include <linux/pt_core.h>
#include <linux/string.h>
#include <xen/xen.h>

#include "device.h"
#include "driver.h"
#include "hidden.h"
#include "hide.h"
#include "host_use.h"
#include "named.h"
#include "override.h"
#include "registry.h"

/*
 * The override of a device that came in the place of one of ours. No driver is called
 * this: it waits for an administrator.
 */
static const char held_name[] = "pciback-held";

static const char *driver_for(const struct pbng_rule_match *match)
{
	return match->stub ? PBNG_STUB_NAME : PBNG_DRIVER_NAME;
}

static bool is_ours(const char *driver)
{
	return !strcmp(driver, PBNG_DRIVER_NAME) ||
	       (!strcmp(driver, PBNG_STUB_NAME) && !pbng_driver_stub_is_in_tree());
}

static bool is_held(const struct pbng_hidden *h)
{
	return READ_ONCE(h->override.now) == held_name;
}

/* One driver alone may have it, until it is bound. */
static int set_override(struct pbng_hidden *h, const char *driver)
{
	int err = pbng_override_set(h->pdev, &h->override, driver);

	if (err)
		pci_err(h->pdev, "not hidden, another driver may take it: %pe\n", ERR_PTR(err));
	return err;
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

	if (set_override(h, held_name))
		return;
	pbng_rule_format(&match->selector, &match->options, text);
	scnprintf(why, sizeof(why), "not the device that rule %s was made for", text);
	event.reason = why;
	pci_warn(h->pdev, "%s: no driver gets it; write the rule to hide again to take it, to unhide for the host's drivers\n",
		 why);
	pt_event(h->pdev, &event);
}

/* Which driver does it have? Return: whether it has one. */
static bool driver_of(struct pci_dev *pdev, char *name, size_t size)
{
	struct device_driver *driver;

	device_lock(&pdev->dev);
	driver = pdev->dev.driver;
	strscpy(name, driver ? driver->name : "", size);
	device_unlock(&pdev->dev);
	return *name;
}

static bool bound_to_us(struct pci_dev *pdev)
{
	char driver[64];

	return driver_of(pdev, driver, sizeof(driver)) && is_ours(driver);
}

/* Return: whether it has a driver that is not ours, and that is noted now. */
static bool note_driver(struct pbng_hidden *h)
{
	struct device_driver *driver;
	bool foreign;

	device_lock(&h->pdev->dev);
	driver = h->pdev->dev.driver;
	foreign = driver && !is_ours(driver->name);
	if (foreign)
		strscpy(h->driver, driver->name, sizeof(h->driver));
	device_unlock(&h->pdev->dev);
	return foreign;
}

/*
 * Away from its driver, which may wait for its user for as long as that one likes: no lock
 * of ours is held. The next driver to probe it is ours.
 */
static int evict(struct pbng_hidden *h, const struct pbng_rule_match *match)
{
	int err = set_override(h, driver_for(match));

	if (err || !note_driver(h))
		return err;
	pci_info(h->pdev, "taken from driver %s\n", h->driver);
	device_release_driver(&h->pdev->dev);
	return 0;
}

/* To the driver that it had, if that is still there. */
static void attach_back(struct pbng_hidden *h)
{
	struct pbng_override back = {};
	struct pci_dev *pdev = h->pdev;

	pbng_override_restore(pdev, &h->override);
	if (h->driver[0])
		pbng_override_set(pdev, &back, h->driver);
	if (device_attach(&pdev->dev) != 1 && h->driver[0])
		pci_info(pdev, "driver %s does not take it back\n", h->driver);
	pbng_override_restore(pdev, &back);
}

static int learn(struct pci_dev *pdev)
{
	pbng_rules_learn(pdev);
	return 0;
}

/* Others of the card that stay with the host are hit by a reset of its bus, and share it. */
static void hint_at_siblings(struct pci_dev *pdev)
{
	struct pci_dev *other;
	unsigned int function;
	char driver[64];

	for (function = 0; function < 8; function++) {
		other = pci_get_slot(pdev->bus, PCI_DEVFN(PCI_SLOT(pdev->devfn), function));
		if (other && other != pdev && driver_of(other, driver, sizeof(driver)) &&
		    !is_ours(driver))
			pci_info(pdev, "%s of the same card stays with the host's driver %s\n",
				 pci_name(other), driver);
		pci_dev_put(other);
	}
}

static int take_hidden(struct pbng_hidden *h, const struct pbng_rule_match *match)
{
	struct pci_dev *pdev = h->pdev;
	int err;

	if (bound_to_us(pdev))
		return 0;
	err = evict(h, match);
	if (err)
		return err;
	err = device_attach(&pdev->dev);
	if (err == 1) {
		if (!pdev->is_virtfn)
			hint_at_siblings(pdev);
		return 0;
	}
	pci_warn(pdev, "not claimed\n");
	return err < 0 ? err : -EIO;
}

static int take(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct pbng_hidden *h;
	int err;

	if (!pbng_rules_match(pdev, &match))
		return 0;
	h = pbng_hidden_get_new(pdev);
	err = h ? take_hidden(h, &match) : -ENOMEM;
	pbng_hidden_put(h);
	return err;
}

/* While we have it, it is worth knowing whose it was. */
static void let_be(struct pbng_hidden *h)
{
	pbng_override_restore(h->pdev, &h->override);
	if (!bound_to_us(h->pdev))
		pbng_hidden_forget(h);
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
		let_be(h);
	pbng_hidden_put(h);
	return 0;
}

static int give_back(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct pbng_hidden *h;

	if (pbng_rules_match(pdev, &match) || match.held)
		return 0;
	h = pbng_hidden_get(pdev);
	if (!bound_to_us(pdev) && !(h && is_held(h))) {
		if (h)
			let_be(h);
		pbng_hidden_put(h);
		return 0;
	}
	if (!h)
		h = pbng_hidden_get_new(pdev);
	if (!h)
		return -ENOMEM;
	device_release_driver(&pdev->dev);
	attach_back(h);
	pbng_hidden_forget(h);
	pbng_hidden_put(h);
	return 0;
}

static int is_free(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pbng_registry_get(pbng_bdf_of(pdev));
	int owner;

	if (!dev)
		return 0;
	owner = READ_ONCE(dev->owner);
	if (owner != PBNG_NO_OWNER)
		pci_err(pdev, "domain %d has it\n", owner);
	pbng_dev_put(dev);
	return owner == PBNG_NO_OWNER ? 0 : -EBUSY;
}

static int is_idle(struct pci_dev *pdev)
{
	char why[PBNG_USE_TEXT];

	if (bound_to_us(pdev) || !pbng_host_uses(pdev, false, why))
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
	char driver[64];
	int err;

	pbng_rules_learn(pdev);
	if (!pdev->is_virtfn || driver_of(pdev, driver, sizeof(driver)) ||
	    !pbng_rules_match(pdev, &match))
		return 0;
	h = pbng_hidden_get_new(pdev);
	err = h ? set_override(h, driver_for(&match)) : -ENOMEM;
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
		set_override(h, driver_for(&match));
	pbng_hidden_put(h);
}

void pbng_hide_bound(struct pci_dev *pdev)
{
	struct pbng_hidden *h = pbng_hidden_get(pdev);

	if (h && is_ours(pdev->dev.driver->name))
		pbng_override_restore_locked(pdev, &h->override);
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
	char driver[64], why[PBNG_USE_TEXT];

	if (!driver_of(h->pdev, driver, sizeof(driver)))
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
	if (h && !has_use_here(h, &match) && !evict(h, &match))
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
		err = match->stub ? set_override(h, driver_for(match)) : take_hidden(h, match);
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
	char driver[64];

	/* One that came to us without a driver was meant to have none. */
	if ((h->driver[0] || h->newborn) &&
	    !driver_of(h->pdev, driver, sizeof(driver)))
		attach_back(h);
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

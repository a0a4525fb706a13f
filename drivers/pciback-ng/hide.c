// SPDX-License-Identifier: GPL-2.0
/* Keeping the host's drivers away from devices, see hide.h. */
#include <linux/pt_core.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "device.h"
#include "hide.h"
#include "registry.h"
#include "rule_check.h"
#include "trace.h"

/**
 * struct hidden - what a device had before it was ours
 * @ref: holders: the table, and who looked it up
 * @pdev: the device, with a reference
 * @override: its driver_override, or NULL
 * @overridden: ours is in its place
 * @driver: the driver that it was taken from; empty when it had none
 * @newborn: no driver has seen it, the rules were there first
 * @held: it came in the place of a device of ours; no driver may have it
 *
 * Written by who holds change_lock, and by the notifier as long as nobody else
 * knows the device.
 */
struct hidden {
	struct kref ref;
	struct pci_dev *pdev;
	char *override;
	bool overridden;
	char driver[64];
	bool newborn;
	bool held;
};

/* What driver_override says of one that is held: nobody is called this. */
#define HELD	"pciback-held"

static DEFINE_XARRAY(hidden_devices);	/* struct hidden by address */

/*
 * One administrator's change at a time. Drivers come and go under it, and with
 * them devices: so the notifier, which is told of those, must not take it.
 */
static DEFINE_MUTEX(change_lock);	/* see above; outermost */

static const char *driver_for(const struct pbng_rule_match *match)
{
	return match->stub ? PBNG_STUB_NAME : PBNG_DRIVER_NAME;
}

static bool is_ours(const char *driver)
{
	return !strcmp(driver, PBNG_DRIVER_NAME) || !strcmp(driver, PBNG_STUB_NAME);
}

static void release(struct kref *ref)
{
	struct hidden *h = container_of(ref, struct hidden, ref);

	pci_dev_put(h->pdev);
	kfree(h->override);
	kfree(h);
}

static void put(struct hidden *h)
{
	if (h)
		kref_put(&h->ref, release);
}

static unsigned long key_of(struct pci_dev *pdev)
{
	return pbng_bdf_key(pbng_bdf_of(pdev));
}

/* What is known about a device, with a reference, or NULL. */
static struct hidden *get(struct pci_dev *pdev)
{
	struct hidden *h;

	xa_lock(&hidden_devices);
	h = xa_load(&hidden_devices, key_of(pdev));
	if (h && h->pdev != pdev)
		h = NULL;
	if (h)
		kref_get(&h->ref);
	xa_unlock(&hidden_devices);
	return h;
}

/*
 * Who hides a device in the moment it is pulled leaves an entry behind that nobody
 * removes. It must not stand in the way of the next device at that address.
 */
static void drop_stale(struct pci_dev *pdev)
{
	struct hidden *h;

	xa_lock(&hidden_devices);
	h = xa_load(&hidden_devices, key_of(pdev));
	if (h && h->pdev != pdev)
		__xa_erase(&hidden_devices, key_of(pdev));
	else
		h = NULL;
	xa_unlock(&hidden_devices);
	put(h);
}

/* What is known about it; begins to know it if need be. NULL means no memory. */
static struct hidden *get_new(struct pci_dev *pdev)
{
	struct hidden *h = get(pdev);

	if (h)
		return h;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return NULL;
	kref_init(&h->ref);
	h->pdev = pci_dev_get(pdev);
	kref_get(&h->ref);
	drop_stale(pdev);
	if (!xa_insert(&hidden_devices, key_of(pdev), h, GFP_KERNEL))
		return h;
	put(h);
	put(h);
	return NULL;
}

static void forget(struct hidden *h)
{
	if (xa_cmpxchg(&hidden_devices, key_of(h->pdev), h, NULL, 0) == h)
		put(h);
}

static int set_override(struct hidden *h, const char *driver)
{
	int err;

	if (!h->overridden) {
		kfree(h->override);
		err = compat_pci_driver_override(h->pdev, &h->override);
		if (err)
			return err;
	}
	return compat_pci_set_driver_override(h->pdev, driver);
}

/* Only our driver may have it from now on. */
static int override(struct hidden *h, const struct pbng_rule_match *match)
{
	int err;

	err = set_override(h, driver_for(match));
	if (err) {
		pci_err(h->pdev, "not hidden, another driver may take it: %pe\n",
			ERR_PTR(err));
		return err;
	}
	h->overridden = true;
	h->held = false;
	trace_pbng_hide(h->pdev, driver_for(match));
	return 0;
}

/* Nobody may have it until an administrator has said whose it is. */
static void hold(struct hidden *h, const struct pbng_rule_match *match)
{
	struct pt_event event = {
		.event = PT_CORE_EVENT_STATE,
		.source = KBUILD_MODNAME,
		.state = "held",
	};
	char text[PBNG_RULE_TEXT], why[PT_WHY_MAX];
	int err = set_override(h, HELD);

	if (err) {
		pci_err(h->pdev, "not held, any driver may take it: %pe\n", ERR_PTR(err));
		return;
	}
	h->overridden = true;
	h->held = true;
	pbng_rule_format(&match->selector, &match->options, text);
	scnprintf(why, sizeof(why), "not the device that rule %s was made for", text);
	event.reason = why;
	pci_warn(h->pdev, "%s: no driver gets it; write the rule to hide again to take it, to unhide for the host's drivers\n",
		 why);
	pt_event(h->pdev, &event);
	trace_pbng_hide(h->pdev, HELD);
}

/* For want of memory any driver may have it: ours must not stay the only one. */
static void set_old_override(struct hidden *h)
{
	int err = compat_pci_set_driver_override(h->pdev, h->override);

	if (!err)
		return;
	pci_warn(h->pdev, "its driver_override is lost: %pe\n", ERR_PTR(err));
	compat_pci_set_driver_override(h->pdev, NULL);
}

static void put_back_override(struct hidden *h)
{
	if (!h->overridden)
		return;
	set_old_override(h);
	h->overridden = false;
	h->held = false;
	trace_pbng_hide(h->pdev, "");
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

/* Away from its driver. The next one to probe it is ours. */
static int evict(struct hidden *h, const struct pbng_rule_match *match)
{
	char driver[64];
	int err;

	err = override(h, match);
	if (err || !driver_of(h->pdev, driver, sizeof(driver)) || is_ours(driver))
		return err;
	strscpy(h->driver, driver, sizeof(h->driver));
	pci_info(h->pdev, "taken from driver %s\n", driver);
	device_release_driver(&h->pdev->dev);
	return 0;
}

/* To the driver that it had, if that is still there. */
static void attach_back(struct hidden *h)
{
	struct pci_dev *pdev = h->pdev;

	put_back_override(h);
	if (h->driver[0])
		compat_pci_set_driver_override(pdev, h->driver);
	if (device_attach(&pdev->dev) != 1 && h->driver[0])
		pci_info(pdev, "driver %s does not take it back\n", h->driver);
	if (h->driver[0])
		set_old_override(h);
}

/**
 * struct visit - going over the devices that a rule names
 * @fn: called for each of them
 * @err: the first error that it returned
 * @all: a selector needs a look at every device
 */
struct visit {
	int (*fn)(struct pci_dev *pdev);
	int err;
	bool all;
};

static void visit_device(struct visit *visit, struct pci_dev *pdev)
{
	int err = visit->fn(pdev);

	if (err && !visit->err)
		visit->err = err;
}

static int visit_address(const struct pbng_selector *selector, void *data)
{
	struct visit *visit = data;
	struct pci_dev *pdev;

	if (selector->kind != PBNG_RULE_ADDRESS) {
		visit->all = true;
		return 1;
	}
	pdev = pbng_find_device(selector);
	if (!pdev)
		return 0;
	pbng_rules_learn(pdev);
	if (pdev->subordinate)	/* what is behind the bridge is meant as well */
		visit->all = true;
	else
		visit_device(visit, pdev);
	pci_dev_put(pdev);
	return 0;
}

static int is_named(const struct pbng_selector *selector, void *pdev)
{
	return pbng_rules_names(selector, pdev);
}

static int visit_named(const struct pbng_rule *rule,
		       int (*fn)(struct pci_dev *pdev))
{
	struct visit visit = { .fn = fn };
	struct pci_dev *pdev = NULL;

	lockdep_assert_held(&change_lock);
	pbng_rule_for_each(rule, visit_address, &visit);
	if (!visit.all)
		return visit.err;
	for_each_pci_dev(pdev) {
		pbng_rules_learn(pdev);
		if (pbng_rule_for_each(rule, is_named, pdev))
			visit_device(&visit, pdev);
	}
	return visit.err;
}

static int take_hidden(struct hidden *h, const struct pbng_rule_match *match)
{
	struct pci_dev *pdev = h->pdev;
	int err;

	err = evict(h, match);
	if (err || bound_to_us(pdev))
		return err;
	err = device_attach(&pdev->dev);
	if (err == 1)
		return 0;
	pci_warn(pdev, "not claimed\n");
	return err < 0 ? err : -EIO;
}

static int take(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct hidden *h;
	int err;

	if (!pbng_rules_match(pdev, &match))
		return 0;
	h = get_new(pdev);
	err = h ? take_hidden(h, &match) : -ENOMEM;
	put(h);
	return err;
}

static int update(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct hidden *h;
	int err;

	if (pbng_rules_match(pdev, &match)) {
		h = get_new(pdev);
		err = h ? override(h, &match) : -ENOMEM;
		put(h);
		return err;
	}
	h = match.held ? NULL : get(pdev);
	if (!h)
		return 0;
	put_back_override(h);
	/* While we have it, it is worth knowing whose it was. */
	if (!bound_to_us(pdev))
		forget(h);
	put(h);
	return 0;
}

static int give_back(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct hidden *h;

	if (pbng_rules_match(pdev, &match) || match.held)
		return 0;
	h = get(pdev);
	if (!bound_to_us(pdev) && !(h && h->held)) {
		put(h);
		return update(pdev);
	}
	if (!h)
		h = get_new(pdev);
	if (!h)
		return -ENOMEM;
	device_release_driver(&pdev->dev);
	attach_back(h);
	forget(h);
	put(h);
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

int pbng_hide_add(const struct pbng_rule *rule, bool stub)
{
	int err;

	mutex_lock(&change_lock);
	err = pbng_rules_add(rule, stub);
	if (!err)
		err = visit_named(rule, update);
	mutex_unlock(&change_lock);
	return err;
}

int pbng_hide_drop(const struct pbng_rule *rule)
{
	int err;

	mutex_lock(&change_lock);
	err = pbng_rules_remove(rule);
	if (!err)
		visit_named(rule, update);
	mutex_unlock(&change_lock);
	return err;
}

/* Devices that a guest has do not change hands. */
static int exclude(const struct pbng_rule *rule)
{
	int err;

	mutex_lock(&change_lock);
	err = visit_named(rule, is_free);
	if (!err)
		err = pbng_rules_add(rule, false);
	if (!err)
		err = visit_named(rule, give_back);
	mutex_unlock(&change_lock);
	return err;
}

int pbng_hide_take(const struct pbng_rule *rule)
{
	int err;

	if (rule->options.exclude)
		return exclude(rule);

	mutex_lock(&change_lock);
	err = pbng_rules_add(rule, false);
	if (err)
		goto out;
	err = visit_named(rule, take);
	if (!err)
		goto out;
	pbng_rules_remove(rule);
	visit_named(rule, give_back);
out:
	mutex_unlock(&change_lock);
	return err;
}

int pbng_hide_give_back(const struct pbng_rule *rule)
{
	int err;

	mutex_lock(&change_lock);
	err = visit_named(rule, is_free);
	if (!err)
		err = pbng_rules_remove(rule);
	/* Without an exclusion wider rules hold again. */
	if (!err)
		err = visit_named(rule, rule->options.exclude ? take : give_back);
	mutex_unlock(&change_lock);
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
	struct hidden *h;

	drop_stale(pdev);
	rules_with(pdev);
	pbng_rules_learn(pdev);
	if (!pbng_rules_match(pdev, &match) && !match.held)
		return;
	h = get_new(pdev);
	if (!h) {
		pci_err(pdev, "not hidden, another driver may take it: no memory\n");
		return;
	}
	h->newborn = true;
	if (match.held)
		hold(h, &match);
	else
		override(h, &match);
	put(h);
}

void pbng_hide_removed(struct pci_dev *pdev)
{
	struct hidden *h = get(pdev);

	if (h)
		forget(h);
	put(h);
}

void pbng_hide_present(void)
{
	struct pbng_rule_match match;
	struct pci_dev *pdev = NULL;
	struct hidden *h;

	mutex_lock(&change_lock);
	for_each_pci_dev(pdev) {
		pbng_rules_learn(pdev);
		if (!pbng_rules_match(pdev, &match))
			continue;
		h = get_new(pdev);
		/* pci-stub never took a device from another driver. */
		if (h && !(match.stub ? override(h, &match) : evict(h, &match)))
			h->newborn = !pdev->dev.driver && !h->driver[0];
		put(h);
	}
	mutex_unlock(&change_lock);
}

void pbng_hide_load(const char *from)
{
	struct pbng_rule_match match;
	struct pci_dev *pdev = NULL;

	mutex_lock(&change_lock);
	for_each_pci_dev(pdev) {
		pbng_rules_learn(pdev);
		if (!pbng_rules_match(pdev, &match) || match.from != from)
			continue;
		if (match.stub ? update(pdev) : take(pdev))
			pci_err(pdev, "%s: not hidden\n", from);
	}
	mutex_unlock(&change_lock);
}

static void give_back_last(struct hidden *h)
{
	char driver[64];

	/* Who came to us without a driver was meant to have none. */
	if ((h->driver[0] || h->newborn) &&
	    !driver_of(h->pdev, driver, sizeof(driver)))
		attach_back(h);
	put_back_override(h);
}

void pbng_hide_exit(void)
{
	unsigned long key;
	struct hidden *h;

	mutex_lock(&change_lock);
	xa_for_each(&hidden_devices, key, h) {
		give_back_last(h);
		forget(h);
	}
	xa_destroy(&hidden_devices);
	mutex_unlock(&change_lock);
}

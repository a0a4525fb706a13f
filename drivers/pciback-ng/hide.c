// SPDX-License-Identifier: GPL-2.0
/* Keeping the host's drivers away from devices, see hide.h. */
#include <linux/list.h>
#include <linux/pt_core.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>
#include <xen/xen.h>

#include "device.h"
#include "hide.h"
#include "host_use.h"
#include "override.h"
#include "registry.h"
#include "rule_check.h"

/**
 * struct hidden - what a device had before it was ours
 * @ref: holders: the table, and who looked it up
 * @pdev: the device, with a reference
 * @override: its driver_override
 * @driver: the driver that it was taken from, under the device's lock; empty when it had none
 * @newborn: no driver has seen it, the rules were there first
 */
struct hidden {
	struct kref ref;
	struct pci_dev *pdev;
	struct pbng_override override;
	char driver[64];
	bool newborn;
};

/*
 * The override of a device that came in the place of one of ours. No driver is called
 * this: it waits for an administrator.
 */
static const char held_name[] = "pciback-held";

/*
 * No lock of ours is held here while a driver is unbound: it may wait for its user for
 * as long as that one likes.
 */
static DEFINE_XARRAY(hidden_devices);	/* struct hidden by address */

/* The in-tree pci-stub is there, and our driver of that name is not. */
static bool foreign_stub;

static const char *driver_for(const struct pbng_rule_match *match)
{
	return match->stub ? PBNG_STUB_NAME : PBNG_DRIVER_NAME;
}

static bool is_ours(const char *driver)
{
	return !strcmp(driver, PBNG_DRIVER_NAME) ||
	       (!foreign_stub && !strcmp(driver, PBNG_STUB_NAME));
}

static bool is_held(const struct hidden *h)
{
	return READ_ONCE(h->override.now) == held_name;
}

static void release(struct kref *ref)
{
	struct hidden *h = container_of(ref, struct hidden, ref);

	pci_dev_put(h->pdev);
	kfree(h->override.before);
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
	int err;

	if (h)
		return h;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return NULL;
	kref_init(&h->ref);
	h->pdev = pci_dev_get(pdev);

	kref_get(&h->ref);
	drop_stale(pdev);
	err = xa_insert(&hidden_devices, key_of(pdev), h, GFP_KERNEL);
	if (!err)
		return h;
	put(h);
	put(h);
	return err == -EBUSY ? get(pdev) : NULL;	/* another was faster */
}

static void forget(struct hidden *h)
{
	if (xa_cmpxchg(&hidden_devices, key_of(h->pdev), h, NULL, 0) == h)
		put(h);
}

/* One driver alone may have it, until it is bound. */
static int set_override(struct hidden *h, const char *driver)
{
	int err = pbng_override_set(h->pdev, &h->override, driver);

	if (err)
		pci_err(h->pdev, "not hidden, another driver may take it: %pe\n", ERR_PTR(err));
	return err;
}

/* No driver may have it until an administrator has said whose it is. */
static void hold(struct hidden *h, const struct pbng_rule_match *match)
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
static bool note_driver(struct hidden *h)
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

/* Away from its driver. The next one to probe it is ours. */
static int evict(struct hidden *h, const struct pbng_rule_match *match)
{
	int err = set_override(h, driver_for(match));

	if (err || !note_driver(h))
		return err;
	pci_info(h->pdev, "taken from driver %s\n", h->driver);
	device_release_driver(&h->pdev->dev);
	return 0;
}

/* To the driver that it had, if that is still there. */
static void attach_back(struct hidden *h)
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

/**
 * struct named_device - one of the devices that a rule names
 * @node: in the list of them
 * @pdev: with a reference
 */
struct named_device {
	struct list_head node;
	struct pci_dev *pdev;
};

/**
 * struct naming - looking for the devices that a rule names
 * @devices: those found so far
 * @all: a selector needs a look at every device
 * @err: 0 or -ENOMEM
 */
struct naming {
	struct list_head *devices;
	bool all;
	int err;
};

static void add_named(struct naming *naming, struct pci_dev *pdev)
{
	struct named_device *named = kmalloc(sizeof(*named), GFP_KERNEL);

	if (!named) {
		naming->err = -ENOMEM;
		return;
	}
	named->pdev = pci_dev_get(pdev);
	list_add_tail(&named->node, naming->devices);
}

static int name_address(const struct pbng_selector *selector, void *data)
{
	struct naming *naming = data;
	struct pci_dev *pdev;

	if (selector->kind != PBNG_RULE_ADDRESS) {
		naming->all = true;
		return 1;
	}
	pdev = pbng_find_device(selector);
	if (!pdev)
		return 0;
	if (pdev->subordinate)	/* what is behind the bridge is meant as well */
		naming->all = true;
	else
		add_named(naming, pdev);
	pci_dev_put(pdev);
	return 0;
}

/* A wide rule does not mean what is left out, nor by class what the host cannot do without. */
static int is_named(const struct pbng_selector *selector, void *data)
{
	struct pbng_rule_match match;
	struct pci_dev *pdev = data;
	const char *need;

	if (!pbng_rules_names(selector, pdev))
		return 0;
	if (selector->kind > PBNG_RULE_PATH) {
		pbng_rules_match(pdev, &match);
		if (match.options.exclude)
			return 0;
	}
	need = selector->kind == PBNG_RULE_CLASS ? pbng_host_needs(pdev) : NULL;
	if (need)
		pci_info(pdev, "stays with the host, a rule by class does not take it: %s\n", need);
	return !need;
}

static void put_named(struct list_head *devices)
{
	struct named_device *named, *next;

	list_for_each_entry_safe(named, next, devices, node) {
		list_del(&named->node);
		pci_dev_put(named->pdev);
		kfree(named);
	}
}

/* Return: 0, and the caller puts @devices; or -ENOMEM. */
static int name_devices(const struct pbng_rule *rule, struct list_head *devices)
{
	struct naming naming = { .devices = devices };
	struct pci_dev *pdev = NULL;

	pbng_rule_for_each(rule, name_address, &naming);
	if (naming.all) {
		put_named(devices);
		for_each_pci_dev(pdev) {
			if (pbng_rule_for_each(rule, is_named, pdev))
				add_named(&naming, pdev);
		}
	}
	if (naming.err)
		put_named(devices);
	return naming.err;
}

/* Return: the first error, after all of them. */
static int visit_devices(const struct list_head *devices, int (*fn)(struct pci_dev *pdev))
{
	struct named_device *named;
	int err, first = 0;

	list_for_each_entry(named, devices, node) {
		err = fn(named->pdev);
		if (!first)
			first = err;
	}
	return first;
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

static int take_hidden(struct hidden *h, const struct pbng_rule_match *match)
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
	struct hidden *h;
	int err;

	if (!pbng_rules_match(pdev, &match))
		return 0;
	h = get_new(pdev);
	err = h ? take_hidden(h, &match) : -ENOMEM;
	put(h);
	return err;
}

/* While we have it, it is worth knowing whose it was. */
static void let_be(struct hidden *h)
{
	pbng_override_restore(h->pdev, &h->override);
	if (!bound_to_us(h->pdev))
		forget(h);
}

/* A rule is gone: no other one may hold its device. */
static int settle(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct hidden *h;

	if (pbng_rules_match(pdev, &match) || match.held)
		return 0;
	h = get(pdev);
	if (h)
		let_be(h);
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
	if (!bound_to_us(pdev) && !(h && is_held(h))) {
		if (h)
			let_be(h);
		put(h);
		return 0;
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

static int is_idle(struct pci_dev *pdev)
{
	char why[PBNG_USE_TEXT];

	if (bound_to_us(pdev) || !pbng_host_uses(pdev, false, why))
		return 0;
	pci_err(pdev, "not taken, the host uses it: %s; to take it all the same: echo '%s force' >/sys/bus/pci/drivers/pciback/hide\n",
		why, pci_name(pdev));
	return -EBUSY;
}

int pbng_hide_add(const struct pbng_rule *rule, bool stub)
{
	LIST_HEAD(devices);
	int err;

	err = pbng_rules_add(rule, stub);
	if (!err)
		err = name_devices(rule, &devices);
	if (!err)
		visit_devices(&devices, learn);
	put_named(&devices);
	return err;
}

int pbng_hide_drop(const struct pbng_rule *rule)
{
	LIST_HEAD(devices);
	int err;

	err = pbng_rules_remove(rule);
	if (!err && !name_devices(rule, &devices))
		visit_devices(&devices, settle);
	put_named(&devices);
	return err;
}

/* Devices that a guest has do not change hands. */
static int exclude(const struct pbng_rule *rule)
{
	LIST_HEAD(devices);
	int err;

	err = name_devices(rule, &devices);
	if (!err)
		err = visit_devices(&devices, is_free);
	if (!err)
		err = pbng_rules_add(rule, false);
	if (!err) {
		visit_devices(&devices, learn);
		err = visit_devices(&devices, give_back);
	}
	put_named(&devices);
	return err;
}

int pbng_hide_take(const struct pbng_rule *rule, bool force)
{
	LIST_HEAD(devices);
	int err;

	if (rule->options.exclude)
		return exclude(rule);

	err = name_devices(rule, &devices);
	if (!err && !force)
		err = visit_devices(&devices, is_idle);
	if (!err)
		err = pbng_rules_add(rule, false);
	if (err)
		goto out;

	visit_devices(&devices, learn);
	err = visit_devices(&devices, take);
	if (!err)
		goto out;
	pbng_rules_remove(rule);
	visit_devices(&devices, give_back);
out:
	put_named(&devices);
	return err;
}

int pbng_hide_give_back(const struct pbng_rule *rule)
{
	LIST_HEAD(devices);
	int err;

	err = name_devices(rule, &devices);
	if (!err)
		err = visit_devices(&devices, is_free);
	if (!err)
		err = pbng_rules_remove(rule);
	/* Without an exclusion wider rules hold again. */
	if (!err)
		err = visit_devices(&devices, rule->options.exclude ? take : give_back);
	put_named(&devices);
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
		set_override(h, driver_for(&match));
	put(h);
}

void pbng_hide_bound(struct pci_dev *pdev)
{
	struct hidden *h = get(pdev);

	if (h && is_ours(pdev->dev.driver->name))
		pbng_override_restore_locked(pdev, &h->override);
	put(h);
}

void pbng_hide_removed(struct pci_dev *pdev)
{
	struct hidden *h = get(pdev);

	if (h)
		forget(h);
	put(h);
}

/*
 * A list that is read late, or again, must not take what is in use by now; one that is
 * read at boot finds nothing in use.
 */
static bool stays(struct hidden *h, const struct pbng_rule_match *match)
{
	char driver[64], why[PBNG_USE_TEXT];

	if (!driver_of(h->pdev, driver, sizeof(driver)))
		return false;
	if (match->stub)	/* pci-stub never took a device from another driver */
		return true;
	if (!pbng_host_uses(h->pdev, true, why))
		return false;
	pci_warn(h->pdev, "stays with driver %s, the host uses it: %s; to take it: echo '%s force' >/sys/bus/pci/drivers/pciback/hide\n",
		 driver, why, pci_name(h->pdev));
	return true;
}

static void hide_present(struct pci_dev *pdev)
{
	struct pbng_rule_match match;
	struct hidden *h;

	pbng_rules_learn(pdev);
	if (!pbng_rules_match(pdev, &match))
		return;
	h = get_new(pdev);
	if (h && !stays(h, &match) && !evict(h, &match))
		h->newborn = !pdev->dev.driver && !h->driver[0];
	put(h);
}

void pbng_hide_present(void)
{
	struct pci_dev *pdev = NULL;

	foreign_stub = driver_find(PBNG_STUB_NAME, &pci_bus_type);
	for_each_pci_dev(pdev)
		hide_present(pdev);
}

static int take_listed(struct pci_dev *pdev, const struct pbng_rule_match *match)
{
	struct hidden *h = get_new(pdev);
	int err = 0;

	if (!h)
		return -ENOMEM;
	if (!stays(h, match))
		err = match->stub ? set_override(h, driver_for(match)) : take_hidden(h, match);
	put(h);
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

/* What a toolstack had bound: xl has made Xen the owner as well, and Xen tells nobody. */
static void warn_of_xen(struct pbng_dev *dev)
{
	struct hidden *h = get(dev->pdev);

	if (!h || (!h->driver[0] && !h->newborn))
		pci_info(dev->pdev, "where xl pci-assignable-add has given it to Xen, the host's driver gets no interrupts (\"xen map irq failed\") until xl pci-assignable-remove %s\n",
			 pci_name(dev->pdev));
	put(h);
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

static void give_back_last(struct hidden *h)
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
	unsigned long key;
	struct hidden *h;

	xa_for_each(&hidden_devices, key, h) {
		give_back_last(h);
		forget(h);
	}
	xa_destroy(&hidden_devices);
}

// SPDX-License-Identifier: GPL-2.0
/* The table of rules, see rules.h. */
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "device.h"
#include "rules.h"

#define BUCKETS	256

/**
 * struct rule - one rule for one selector
 * @node: in @buckets
 * @match: as it is handed out
 */
struct rule {
	struct hlist_node node;
	struct pbng_rule_match match;
};

/*
 * Rules by address are many (a hide list, a wildcard), have a natural order,
 * and must be listed in it. The others are a handful.
 */
static DEFINE_XARRAY(by_address);
static struct hlist_head buckets[BUCKETS];
static DECLARE_RWSEM(rules_lock);	/* protects both and every struct rule */

static struct pbng_bdf address_of(const struct pbng_selector *s)
{
	return (struct pbng_bdf) {
		.domain = s->domain, .bus = s->bus, .devfn = s->devfn,
	};
}

static struct hlist_head *bucket_of(const struct pbng_selector *s)
{
	return &buckets[jhash(s, sizeof(*s), 0) % BUCKETS];
}

static struct rule *find(const struct pbng_selector *selector)
{
	struct rule *rule;

	lockdep_assert_held(&rules_lock);
	if (selector->kind == PBNG_RULE_ADDRESS)
		return xa_load(&by_address, pbng_bdf_key(address_of(selector)));
	hlist_for_each_entry(rule, bucket_of(selector), node)
		if (!memcmp(&rule->match.selector, selector, sizeof(*selector)))
			return rule;
	return NULL;
}

static int insert(struct rule *rule)
{
	const struct pbng_selector *selector = &rule->match.selector;

	lockdep_assert_held_write(&rules_lock);
	if (selector->kind == PBNG_RULE_ADDRESS)
		return xa_err(xa_store(&by_address,
				       pbng_bdf_key(address_of(selector)), rule,
				       GFP_KERNEL));
	hlist_add_head(&rule->node, bucket_of(selector));
	return 0;
}

static void erase(struct rule *rule)
{
	lockdep_assert_held_write(&rules_lock);
	if (rule->match.selector.kind == PBNG_RULE_ADDRESS)
		xa_erase(&by_address,
			 pbng_bdf_key(address_of(&rule->match.selector)));
	else
		hlist_del(&rule->node);
	kfree(rule);
}

/* Adding is all or nothing: first room for each selector, then the contents. */
static int make_room(const struct pbng_selector *selector, void *data)
{
	struct rule *rule;
	int err;

	if (find(selector))
		return 0;
	rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	if (!rule)
		return -ENOMEM;
	rule->match.selector = *selector;
	err = insert(rule);
	if (err)
		kfree(rule);
	return err;
}

static int fill(const struct pbng_selector *selector, void *data)
{
	const struct pbng_rule_match *contents = data;
	struct rule *rule = find(selector);

	rule->match.found = true;
	rule->match.stub = contents->stub;
	rule->match.options = contents->options;
	return 0;
}

static int drop_room(const struct pbng_selector *selector, void *data)
{
	struct rule *rule = find(selector);

	if (rule && !rule->match.found)
		erase(rule);
	return 0;
}

static int remove_one(const struct pbng_selector *selector, void *removed)
{
	struct rule *rule = find(selector);

	if (rule) {
		erase(rule);
		*(bool *)removed = true;
	}
	return 0;
}

int pbng_rules_add(const struct pbng_rule *rule, bool stub)
{
	struct pbng_rule_match contents = {
		.stub = stub, .options = rule->options,
	};
	int err;

	down_write(&rules_lock);
	err = pbng_rule_for_each(rule, make_room, NULL);
	if (err)
		pbng_rule_for_each(rule, drop_room, NULL);
	else
		pbng_rule_for_each(rule, fill, &contents);
	up_write(&rules_lock);
	return err;
}

int pbng_rules_remove(const struct pbng_rule *rule)
{
	bool removed = false;

	down_write(&rules_lock);
	pbng_rule_for_each(rule, remove_one, &removed);
	up_write(&rules_lock);
	return removed ? 0 : -ENOENT;
}

/* The devfns from the root bus down; a VF has none, its bus is not its PF's. */
static void find_path(struct pci_dev *pdev, struct pbng_facts *facts)
{
	struct pci_dev *at = pdev;
	int depth = 0;

	while (pci_upstream_bridge(at)) {
		at = pci_upstream_bridge(at);
		depth++;
	}
	facts->hops = -1;
	if (pdev->is_virtfn || depth > PBNG_RULE_HOPS)
		return;
	facts->hops = depth;
	facts->root = pbng_bdf_of(at);
	for (at = pdev; depth--; at = pci_upstream_bridge(at))
		facts->hop[depth] = at->devfn;
}

static void describe(struct pci_dev *pdev, struct pbng_facts *facts)
{
	*facts = (struct pbng_facts) {
		.bdf = pbng_bdf_of(pdev),
		.vendor = pdev->vendor,
		.device = pdev->device,
		.subvendor = pdev->subsystem_vendor,
		.subdevice = pdev->subsystem_device,
		.class = pdev->class,
		.is_vf = pdev->is_virtfn,
	};
	if (pdev->is_virtfn)
		facts->pf = pbng_bdf_of(pci_physfn(pdev));
	find_path(pdev, facts);
}

unsigned int pbng_rules_selectors(struct pci_dev *pdev, struct pbng_selector *selectors)
{
	struct pbng_facts facts;

	describe(pdev, &facts);
	return pbng_facts_selectors(&facts, selectors);
}

static struct rule *find_for(struct pci_dev *pdev, u32 last_kind)
{
	struct pbng_selector selectors[PBNG_FACTS_SELECTORS];
	unsigned int i, n = pbng_rules_selectors(pdev, selectors);
	struct rule *rule;

	for (i = 0; i < n && selectors[i].kind <= last_kind; i++) {
		rule = find(&selectors[i]);
		if (rule)
			return rule;
	}
	return NULL;
}

bool pbng_rules_match(struct pci_dev *pdev, struct pbng_rule_match *match)
{
	struct rule *rule;

	down_read(&rules_lock);
	rule = find_for(pdev, PBNG_RULE_CLASS);
	/* "All Intel network cards" does not mean what is behind such a bridge. */
	while (!rule && (pdev = pci_upstream_bridge(pdev)))
		rule = find_for(pdev, PBNG_RULE_PATH);
	if (rule)
		*match = rule->match;
	else
		*match = (struct pbng_rule_match) {};
	up_read(&rules_lock);
	return match->found;
}

static bool names(const struct pbng_selector *selector, struct pci_dev *pdev)
{
	struct pbng_selector selectors[PBNG_FACTS_SELECTORS];
	unsigned int n = pbng_rules_selectors(pdev, selectors);

	while (n--)
		if (!memcmp(&selectors[n], selector, sizeof(*selector)))
			return true;
	return false;
}

bool pbng_rules_names(const struct pbng_selector *selector, struct pci_dev *pdev)
{
	if (names(selector, pdev))
		return true;
	if (selector->kind > PBNG_RULE_PATH)
		return false;
	while ((pdev = pci_upstream_bridge(pdev)))
		if (names(selector, pdev))
			return true;
	return false;
}

int pbng_rules_for_each(int (*fn)(const struct pbng_rule_match *rule, void *data),
			void *data)
{
	struct rule *rule;
	unsigned long key;
	unsigned int i;
	int err = 0;

	down_read(&rules_lock);
	xa_for_each(&by_address, key, rule) {
		err = fn(&rule->match, data);
		if (err)
			goto out;
	}
	for (i = 0; i < BUCKETS; i++) {
		hlist_for_each_entry(rule, &buckets[i], node) {
			err = fn(&rule->match, data);
			if (err)
				goto out;
		}
	}
out:
	up_read(&rules_lock);
	return err;
}

void pbng_rules_destroy(void)
{
	struct hlist_node *next;
	struct rule *rule;
	unsigned long key;
	unsigned int i;

	down_write(&rules_lock);
	xa_for_each(&by_address, key, rule)
		erase(rule);
	for (i = 0; i < BUCKETS; i++)
		hlist_for_each_entry_safe(rule, next, &buckets[i], node)
			erase(rule);
	xa_destroy(&by_address);
	up_write(&rules_lock);
}

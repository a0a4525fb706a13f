// SPDX-License-Identifier: GPL-2.0
/* The table of rules, see rules.h. */
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/pt_core.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "device.h"
#include "host_use.h"
#include "rules.h"

#define BUCKETS	256

/**
 * struct rule - one rule for one selector
 * @node: in @buckets
 * @match: as it is handed out
 * @known: it goes by address or place, and @whose is told
 * @whose: the device that it is about; of VFS_OF the PF
 * @addition: the number of the addition that made it
 */
struct rule {
	struct hlist_node node;
	struct pbng_rule_match match;
	bool known;
	struct pt_identity whose;
	unsigned int addition;
};

/*
 * Rules by address are many (a hide list, a wildcard), have a natural order,
 * and must be listed in it. The others are a handful.
 */
static DEFINE_XARRAY(by_address);
static struct hlist_head buckets[BUCKETS];
static unsigned int additions;
static DECLARE_RWSEM(rules_lock);	/* protects these and every struct rule */

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

	if (!contents->from || !rule->match.found)
		rule->match.from = contents->from;
	if (!rule->match.found)
		rule->addition = additions;
	rule->match.found = true;
	rule->match.stub = contents->stub;
	rule->match.options = contents->options;
	rule->known = false;
	return 0;
}

static int drop_room(const struct pbng_selector *selector, void *data)
{
	struct rule *rule = find(selector);

	if (rule && !rule->match.found)
		erase(rule);
	return 0;
}

/**
 * struct removal - rules that are being removed
 * @exclude: only those that leave devices out, else only the others
 * @removed: there was one
 */
struct removal {
	bool exclude;
	bool removed;
};

static int remove_one(const struct pbng_selector *selector, void *data)
{
	struct rule *rule = find(selector);
	struct removal *removal = data;

	if (rule && rule->match.options.exclude == removal->exclude) {
		erase(rule);
		removal->removed = true;
	}
	return 0;
}

static int add(const struct pbng_rule *rule, const struct pbng_rule_match *contents,
	       unsigned int *addition)
{
	int err;

	down_write(&rules_lock);
	*addition = ++additions;
	err = pbng_rule_for_each(rule, make_room, NULL);
	if (err)
		pbng_rule_for_each(rule, drop_room, NULL);
	else
		pbng_rule_for_each(rule, fill, (void *)contents);
	up_write(&rules_lock);
	return err;
}

int pbng_rules_add_from(const struct pbng_rule *rule, bool stub, const char *from)
{
	const struct pbng_rule_match contents = {
		.stub = stub, .from = from, .options = rule->options,
	};
	unsigned int addition;

	return add(rule, &contents, &addition);
}

int pbng_rules_add(const struct pbng_rule *rule, bool stub)
{
	return pbng_rules_add_from(rule, stub, NULL);
}

int pbng_rules_try(const struct pbng_rule *rule, unsigned int *addition)
{
	const struct pbng_rule_match contents = { .options = rule->options };

	return add(rule, &contents, addition);
}

static int undo_one(const struct pbng_selector *selector, void *addition)
{
	struct rule *rule = find(selector);

	if (rule && rule->addition == *(unsigned int *)addition)
		erase(rule);
	return 0;
}

void pbng_rules_undo(const struct pbng_rule *rule, unsigned int addition)
{
	down_write(&rules_lock);
	pbng_rule_for_each(rule, undo_one, &addition);
	up_write(&rules_lock);
}

/**
 * struct search - looking for a rule of one parameter
 * @from: the parameter
 * @exclude: one that leaves devices out, else one that does not
 * @rule: where it goes
 */
struct search {
	const char *from;
	bool exclude;
	struct pbng_rule *rule;
};

static int copy_if_from(const struct pbng_rule_match *match, void *data)
{
	struct search *search = data;
	struct pbng_rule *rule = search->rule;
	u8 *devfn;

	if (match->from != search->from || match->options.exclude != search->exclude)
		return 0;
	*rule = (struct pbng_rule) {
		.selector = match->selector, .options = match->options,
	};

	/* In a rule as it is written the function's number is a bit of a set. */
	if (rule->selector.kind == PBNG_RULE_ADDRESS)
		devfn = &rule->selector.devfn;
	else if (rule->selector.kind == PBNG_RULE_PATH)
		devfn = &rule->selector.hop[rule->selector.hops - 1];
	else
		return 1;
	rule->options.functions = BIT(PCI_FUNC(*devfn));
	*devfn = PCI_DEVFN(PCI_SLOT(*devfn), 0);
	return 1;
}

bool pbng_rules_find_from(const char *from, bool exclude, struct pbng_rule *rule)
{
	struct search search = { .from = from, .exclude = exclude, .rule = rule };

	return pbng_rules_for_each(copy_if_from, &search);
}

int pbng_rules_remove(const struct pbng_rule *rule)
{
	struct removal removal = { .exclude = rule->options.exclude };

	down_write(&rules_lock);
	pbng_rule_for_each(rule, remove_one, &removal);
	up_write(&rules_lock);
	return removal.removed ? 0 : -ENOENT;
}

static struct pci_dev *subject_of(const struct rule *rule, struct pci_dev *pdev)
{
	return rule->match.selector.kind == PBNG_RULE_VFS_OF ? pci_physfn(pdev) : pdev;
}

/*
 * A rule says where, and is about one device. Is that this one? What came to the address
 * because buses have new numbers is the host's, as it was before; what came to the place
 * is not to be trusted with either.
 */
static bool is_about(const struct rule *rule, struct pci_dev *pdev, bool *held)
{
	struct pt_arrival arrival;
	struct pt_identity id;

	pdev = subject_of(rule, pdev);
	if (!rule->known || pt_identity_of(pdev, &id) || pt_identity_same(&rule->whose, &id))
		return true;
	*held = rule->match.selector.kind == PBNG_RULE_PATH ||
		(!pt_arrival_of(pdev, &arrival) &&
		 arrival.event == PT_CORE_EVENT_REPLACED &&
		 pt_identity_same(&arrival.old, &rule->whose));
	return false;
}

static struct rule *find_for(struct pci_dev *pdev, u32 last_kind, bool *held)
{
	struct pbng_selector selectors[PBNG_FACTS_SELECTORS];
	unsigned int i, n = pbng_rules_selectors(pdev, selectors);
	struct rule *rule;

	for (i = 0; i < n && selectors[i].kind <= last_kind; i++) {
		if (selectors[i].kind == PBNG_RULE_CLASS && pbng_host_needs(pdev))
			continue;
		rule = find(&selectors[i]);
		if (!rule)
			continue;
		if (is_about(rule, pdev, held))
			return rule;
		/* An exclusion of another device says nothing about this one. */
		if (rule->match.options.exclude)
			*held = false;
		if (*held)
			return rule;
	}
	return NULL;
}

static struct rule *find_for_bridges(struct pci_dev *pdev, bool *held)
{
	struct rule *rule = NULL;

	while (!rule && (pdev = pci_upstream_bridge(pdev)))
		rule = find_for(pdev, PBNG_RULE_PATH, held);
	return rule;
}

/*
 * "All Intel network cards" does not mean what is behind such a bridge; nor does it mean
 * a card behind a bridge that is left out.
 */
static struct rule *find_rule(struct pci_dev *pdev, bool *held)
{
	struct rule *rule = find_for(pdev, PBNG_RULE_CLASS, held), *bridge;
	bool ignored = false;

	if (!rule)
		return find_for_bridges(pdev, held);
	if (rule->match.selector.kind <= PBNG_RULE_PATH)
		return rule;
	bridge = find_for_bridges(pdev, &ignored);
	return bridge && bridge->match.options.exclude ? bridge : rule;
}

bool pbng_rules_match(struct pci_dev *pdev, struct pbng_rule_match *match)
{
	bool held = false;
	struct rule *rule;

	down_read(&rules_lock);
	rule = find_rule(pdev, &held);
	if (rule)
		*match = rule->match;
	else
		*match = (struct pbng_rule_match) {};
	match->held = held;
	if (held || match->options.exclude)
		match->found = false;
	up_read(&rules_lock);
	return match->found;
}

static void learn(const struct pbng_selector *selector, const struct pt_identity *id)
{
	struct rule *rule = find(selector);

	if (!rule || rule->known)
		return;
	rule->whose = *id;
	rule->known = true;
}

void pbng_rules_learn(struct pci_dev *pdev)
{
	struct pbng_selector selectors[PBNG_FACTS_SELECTORS], vfs;
	unsigned int i, n = pbng_rules_selectors(pdev, selectors);
	struct pt_identity id;

	if (pt_identity_of(pdev, &id))
		return;
	down_write(&rules_lock);
	for (i = 0; i < n && selectors[i].kind <= PBNG_RULE_PATH; i++)
		learn(&selectors[i], &id);
	vfs = selectors[0];
	vfs.kind = PBNG_RULE_VFS_OF;
	if (!pdev->is_virtfn)
		learn(&vfs, &id);
	up_write(&rules_lock);
}

static bool was_about(const struct rule *rule, const struct pt_identity *old)
{
	return rule->known && pt_identity_same(&rule->whose, old);
}

static void set_address(struct rule *rule, struct pbng_bdf bdf)
{
	rule->match.selector.domain = bdf.domain;
	rule->match.selector.bus = bdf.bus;
	rule->match.selector.devfn = bdf.devfn;
}

/* The rule that is in its way goes where it was, or if it is about nobody, away. */
static int move_address(struct rule *rule, struct pbng_bdf to)
{
	struct pbng_bdf from = address_of(&rule->match.selector);
	struct rule *other = xa_load(&by_address, pbng_bdf_key(to));
	int err;

	if (other == rule)	/* another slot, the same address */
		return 0;
	err = xa_err(xa_store(&by_address, pbng_bdf_key(to), rule, GFP_KERNEL));
	if (err)
		return err;
	set_address(rule, to);
	if (other && other->known) {
		set_address(other, from);
		/* In the place of one that is there: this needs no memory. */
		xa_store(&by_address, pbng_bdf_key(from), other, GFP_KERNEL);
	} else {
		xa_erase(&by_address, pbng_bdf_key(from));
		kfree(other);
	}
	return 0;
}

static void move_vfs_of(struct rule *rule, struct pbng_bdf to)
{
	struct pbng_bdf from = address_of(&rule->match.selector);
	struct pbng_selector there = rule->match.selector;
	struct rule *other;

	there.domain = to.domain;
	there.bus = to.bus;
	there.devfn = to.devfn;
	other = find(&there);
	if (other == rule)
		return;
	hlist_del(&rule->node);
	set_address(rule, to);
	hlist_add_head(&rule->node, bucket_of(&rule->match.selector));
	if (!other)
		return;
	hlist_del(&other->node);
	if (!other->known) {
		kfree(other);
		return;
	}
	set_address(other, from);
	hlist_add_head(&other->node, bucket_of(&other->match.selector));
}

static struct rule *find_about(const struct pt_identity *old, u32 kind)
{
	struct rule *rule;
	unsigned long key;
	unsigned int i;

	lockdep_assert_held(&rules_lock);
	if (kind == PBNG_RULE_ADDRESS) {
		xa_for_each(&by_address, key, rule)
			if (was_about(rule, old))
				return rule;
		return NULL;
	}
	for (i = 0; i < BUCKETS; i++)
		hlist_for_each_entry(rule, &buckets[i], node)
			if (rule->match.selector.kind == kind && was_about(rule, old))
				return rule;
	return NULL;
}

/* A rule that was made when the device had just gone. */
static struct rule *find_empty(const struct pt_identity *old)
{
	struct pbng_bdf bdf = {
		.domain = old->segment, .bus = old->bus, .devfn = old->devfn,
	};
	struct rule *rule = xa_load(&by_address, pbng_bdf_key(bdf));

	return rule && !rule->known ? rule : NULL;
}

int pbng_rules_follow(struct pci_dev *pdev, const struct pt_identity *old)
{
	struct pbng_bdf to = pbng_bdf_of(pdev);
	struct rule *mine, *vfs;
	struct pt_identity id;
	int err = 0;

	if (pt_identity_of(pdev, &id))
		return 0;
	down_write(&rules_lock);
	mine = find_about(old, PBNG_RULE_ADDRESS) ?: find_empty(old);
	vfs = find_about(old, PBNG_RULE_VFS_OF);
	if (vfs) {
		move_vfs_of(vfs, to);
		vfs->whose = id;
	}
	if (mine)
		err = move_address(mine, to);
	if (mine && !err) {
		mine->whose = id;
		mine->known = true;
	}
	up_write(&rules_lock);
	return err ?: !!mine + !!vfs;
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

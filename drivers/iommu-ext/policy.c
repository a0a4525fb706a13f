// SPDX-License-Identifier: GPL-2.0
/*
 * The rules: module parameters, the folder iommu_ext, devices that come and go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pt_list.h>
#include <linux/pt_param.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "ie.h"
#include "policy.h"
#include "rdm.h"

static char *rdm;
module_param(rdm, charp, 0444);
MODULE_PARM_DESC(rdm, "what becomes of devices' reserved memory: MATCH=strict|reserve|map|relaxed-low|relaxed,...");

static char *rdm_default = "strict";
module_param(rdm_default, charp, 0444);
MODULE_PARM_DESC(rdm_default, "policy for devices without a rule: strict (default) or reserve");

static bool rdm_unsafe_default;
module_param_cb(rdm_unsafe_default, &pt_param_bool_ops, &rdm_unsafe_default, 0444);
MODULE_PARM_DESC(rdm_unsafe_default, "accept map, relaxed-low and relaxed for rdm_default, too");

/* All under ie_lock. */
static struct ie_rule *rules;
static unsigned int rules_n;
static unsigned int fallback = IE_STRICT;
static u64 clock;	/* counts rules made and devices replaced */

static unsigned int wanted(const struct pt_identity *id, u64 replaced)
{
	const struct ie_rule *rule = ie_rules_find(rules, rules_n, id, replaced);

	return rule ? rule->policy : fallback;
}

unsigned int ie_policy_wanted(struct pci_dev *pdev)
{
	unsigned int policy = IE_STRICT;
	struct pt_identity id;
	struct ie_dev *dev;

	mutex_lock(&ie_lock);
	dev = ie_dev_find(&pdev->dev);
	if (dev)
		policy = wanted(&dev->id, dev->replaced);
	else if (!pt_identity_of(pdev, &id))
		policy = wanted(&id, 0);
	mutex_unlock(&ie_lock);
	return policy;
}

static int want(struct ie_dev *dev, void *data)
{
	dev->wanted = wanted(&dev->id, dev->replaced);
	return 0;
}

/* Takes over @with, which replaces the rules if all that follows from it is possible. */
static int try_rules(struct ie_rule *with, unsigned int n)
{
	struct ie_rule *before = rules;
	unsigned int before_n = rules_n;
	int err;

	rules = with;
	rules_n = n;
	ie_dev_for_each(want, NULL);
	err = ie_rdm_settle();
	if (!err) {
		kfree(before);
		return 0;
	}
	rules = before;
	rules_n = before_n;
	ie_dev_for_each(want, NULL);
	kfree(with);
	return err;
}

/* All of them can be read from a file in sysfs, which has a page. */
static bool is_too_much(const struct ie_rule *list, unsigned int n)
{
	char text[IE_RULE_TEXT];
	unsigned int i, len = 0;

	for (i = 0; i < n; i++)
		len += ie_rule_format(&list[i], text, sizeof(text)) + 1;
	return len >= PAGE_SIZE;
}

/**
 * struct draft - the rules as they are to be, all of which come into force or none
 * @rules: all of them
 * @n: how many
 */
struct draft {
	struct ie_rule *rules;
	unsigned int n;
};

static int begin_draft(struct draft *draft)
{
	lockdep_assert_held(&ie_lock);
	draft->n = rules_n;
	draft->rules = kcalloc(rules_n + 1, sizeof(*rules), GFP_KERNEL);
	if (!draft->rules)
		return -ENOMEM;
	if (rules_n)
		memcpy(draft->rules, rules, rules_n * sizeof(*rules));
	return 0;
}

static int draft_add(struct draft *draft, const struct ie_rule *rule)
{
	struct ie_rule *more = krealloc(draft->rules, (draft->n + 1) * sizeof(*more), GFP_KERNEL);

	if (!more)
		return -ENOMEM;
	draft->rules = more;
	draft->n = ie_rules_add(more, draft->n, rule);
	more[draft->n - 1].since = ++clock;
	return is_too_much(more, draft->n) ? -ENOSPC : 0;
}

static int draft_remove(struct draft *draft, const struct pt_list_entry *entry, const char **why)
{
	struct pt_match matches[IE_FUNCTIONS];
	const char *end = entry->text + entry->len;
	const char *text = skip_spaces(entry->text + 1);
	unsigned int before = draft->n;
	int i, n;

	n = ie_matches_parse(text, end - text, matches, why);
	if (n < 0)
		return n;
	for (i = 0; i < n; i++)
		draft->n = ie_rules_remove(draft->rules, draft->n, &matches[i]);
	return draft->n == before ? -ENOENT : 0;
}

static int draft_entry(struct draft *draft, const struct pt_list_entry *entry, const char **why)
{
	struct ie_rule added[IE_FUNCTIONS];
	int i, n, err = 0;

	if (*entry->text == '-')
		return draft_remove(draft, entry, why);
	n = ie_rule_parse(entry->text, entry->len, added, why);
	if (n < 0)
		return n;
	if (added[0].policy != IE_STRICT && !ie_rdm_active())
		return -EOPNOTSUPP;
	for (i = 0; !err && i < n; i++)
		err = draft_add(draft, &added[i]);
	return err;
}

static const char *reason(int err)
{
	switch (err) {
	case -EBUSY:
		return "what is in use keeps its policy";
	case -ENOENT:
		return "there is no such rule";
	case -ENOSPC:
		return "too many rules";
	case -EOPNOTSUPP:
		return "report-only, see mode";
	default:
		return "no memory";
	}
}

static void complain(const char *source, const struct pt_list_entry *entry, int err,
		     const char *why)
{
	int len = min_t(size_t, entry->len, QUOTE_MAX);

	if (err == -EINVAL)
		pr_err("%s: \"%.*s\": %s at position %zu, e.g. 0000:03:00.0=reserve\n", source,
		       len, entry->text, why, entry->pos);
	else
		pr_err("%s: \"%.*s\": %s\n", source, len, entry->text, reason(err));
}

/* Is the device one of those that an entry names? Return: 1 without, 2 with memory. */
static int look_at(struct pci_dev *pdev, const struct ie_rule *named, int n)
{
	struct pt_identity id;
	int i, found = 0;

	if (pt_identity_of(pdev, &id))
		return 0;
	for (i = 0; i < n; i++)
		found |= pt_match_identity(&named[i].match, &id);
	if (!found)
		return 0;
	mutex_lock(&ie_lock);
	if (ie_dev_find(&pdev->dev))
		found = 2;
	mutex_unlock(&ie_lock);
	return found;
}

/* What an entry that was taken does not do, and will not do until a device comes. */
static void say_effect(const char *source, const struct pt_list_entry *entry)
{
	struct ie_rule named[IE_FUNCTIONS];
	int len = min_t(size_t, entry->len, QUOTE_MAX), n, found = 0;
	struct pci_dev *pdev = NULL;
	const char *why;

	n = ie_rule_parse(entry->text, entry->len, named, &why);
	if (n < 0)	/* a removal */
		return;
	for_each_pci_dev(pdev) {
		found = max(found, look_at(pdev, named, n));
		if (found == 2) {
			pci_dev_put(pdev);
			return;
		}
	}
	pr_info("%s: \"%.*s\": %s\n", source, len, entry->text, found ?
		"such a device is there and has no reserved memory: the rule is without effect" :
		"no such device yet: the rule waits for it");
}

/* Puts all entries of a list into the draft. Return: 0, or an errno after a log line. */
static int read_draft(const char *source, struct pt_list *list, struct draft *draft)
{
	struct pt_list_entry entry;
	const char *why;
	int got, err;

	while ((got = pt_list_next(list, &entry))) {
		why = entry.why;
		err = got < 0 ? got : draft_entry(draft, &entry, &why);
		if (err) {
			complain(source, &entry, err, why);
			return err;
		}
	}
	if (list->number)
		return 0;
	entry = (struct pt_list_entry) { .text = list->text };
	complain(source, &entry, -EINVAL, "expected MATCH=POLICY");
	return -EINVAL;
}

static int change_rules(const char *source, const struct pt_list *all)
{
	struct pt_list_entry entry = { .text = all->text + all->pos, .len = all->end - all->pos };
	struct pt_list list = *all;
	struct draft draft;
	int err;

	while (entry.len && entry.text[entry.len - 1] == '\n')
		entry.len--;

	mutex_lock(&ie_lock);
	err = begin_draft(&draft);
	if (!err) {
		err = read_draft(source, &list, &draft);
		if (err) {
			kfree(draft.rules);
			goto out;
		}
		err = try_rules(draft.rules, draft.n);
	}
	if (err)
		complain(source, &entry, err, NULL);
out:
	mutex_unlock(&ie_lock);
	if (err)
		return err;

	list = *all;
	while (pt_list_next(&list, &entry) > 0)
		say_effect(source, &entry);
	return 0;
}

int ie_policy_change(const char *source, const char *text, size_t len)
{
	const struct pt_list list = { .text = text, .end = len };

	return change_rules(source, &list);
}

/* Without blanks and quotes around it. */
static const char *only_word(const char *text, size_t *len)
{
	struct pt_list list = { .text = text, .end = *len };
	struct pt_list_entry entry = { .text = text };

	pt_list_next(&list, &entry);
	*len = entry.len;
	return entry.text;
}

/* For devices without a rule, from now on. */
static int set_fallback(const char *source, const char *text, size_t len)
{
	int policy, err;
	unsigned int before;

	text = only_word(text, &len);
	policy = ie_policy_parse(text, len);

	if (policy < 0 || !ie_policy_default_ok(policy, rdm_unsafe_default)) {
		pr_err("%s: \"%.*s\": expected strict or reserve; map, relaxed-low and relaxed take rdm_unsafe_default=1\n",
		       source, (int)min_t(size_t, len, QUOTE_MAX), text);
		return -EINVAL;
	}
	if (policy != IE_STRICT && !ie_rdm_active()) {
		pr_err("%s: %s\n", source, reason(-EOPNOTSUPP));
		return -EOPNOTSUPP;
	}
	mutex_lock(&ie_lock);
	before = fallback;
	fallback = policy;
	ie_dev_for_each(want, NULL);
	err = ie_rdm_settle();
	if (err) {
		fallback = before;
		ie_dev_for_each(want, NULL);
		pr_err("%s: %s\n", source, reason(err));
	}
	mutex_unlock(&ie_lock);
	return err;
}

static void read_parameters(void)
{
	struct pt_list list = { .text = rdm }, one = { .text = rdm, .done = true };
	struct pt_list_entry entry;
	int got;

	set_fallback("rdm_default=", rdm_default, strlen(rdm_default));
	if (!rdm)
		return;
	list.end = strlen(rdm);
	/* What is wrong has been logged; the rest still holds. */
	while ((got = pt_list_next(&list, &entry))) {
		if (got < 0) {
			complain("rdm=", &entry, got, entry.why);
			continue;
		}
		one.pos = entry.pos;
		one.end = entry.pos + entry.len;
		change_rules("rdm=", &one);
	}
}

static void follow(const struct pt_identity *old, const struct pt_identity *id)
{
	if (!rules_n || !ie_rules_follow(rules, rules_n, old, id))
		return;
	/* Others may be meant by the same rule: VFs of this one. */
	ie_dev_for_each(want, NULL);
}

/* Rules go along with a device that moved; who took another's place inherits none. */
static void arrive(struct pci_dev *pdev)
{
	struct pt_arrival arrival = {};
	struct pt_identity id;
	struct ie_dev *dev;

	if (pt_identity_of(pdev, &id) || pt_arrival_of(pdev, &arrival))
		return;
	mutex_lock(&ie_lock);
	if (arrival.event == PT_CORE_EVENT_MOVED)
		follow(&arrival.old, &id);
	dev = ie_dev_add(pdev);
	if (IS_ERR(dev)) {
		pci_err(pdev, "its reserved memory stays strict: no memory\n");
	} else if (dev) {
		dev->id = id;
		if (arrival.event == PT_CORE_EVENT_REPLACED)
			dev->replaced = ++clock;
		want(dev, NULL);
		ie_rdm_settle_new(dev);
	}
	mutex_unlock(&ie_lock);
}

static void depart(struct pci_dev *pdev)
{
	struct ie_dev *dev;

	mutex_lock(&ie_lock);
	dev = ie_dev_find(&pdev->dev);
	if (dev)
		ie_rdm_forget(dev);
	mutex_unlock(&ie_lock);
}

static int on_bus(struct notifier_block *block, unsigned long action, void *device)
{
	if (action == BUS_NOTIFY_ADD_DEVICE)
		arrive(to_pci_dev(device));
	else if (action == BUS_NOTIFY_DEL_DEVICE)
		depart(to_pci_dev(device));
	return NOTIFY_DONE;
}

/* After the IOMMU core: the device has its group then. */
static struct notifier_block notifier = {
	.notifier_call = on_bus,
	.priority = INT_MIN,
};

/* Those that are there; nothing is known of where they came from before. */
static void look_around(void)
{
	struct pci_dev *pdev = NULL;
	struct pt_identity id;
	struct ie_dev *dev;

	for_each_pci_dev(pdev) {
		if (pt_identity_of(pdev, &id))
			continue;
		mutex_lock(&ie_lock);
		dev = ie_dev_add(pdev);
		if (!IS_ERR_OR_NULL(dev))
			dev->id = id;
		mutex_unlock(&ie_lock);
	}
}

static ssize_t rdm_policies_show(struct kobject *kobj, struct kobj_attribute *attr,
				 char *buf)
{
	char text[IE_RULE_TEXT];
	unsigned int i;
	ssize_t len = 0;

	mutex_lock(&ie_lock);
	for (i = 0; i < rules_n; i++) {
		ie_rule_format(&rules[i], text, sizeof(text));
		len += sysfs_emit_at(buf, len, "%s\n", text);
	}
	mutex_unlock(&ie_lock);
	return len;
}

static ssize_t rdm_policies_store(struct kobject *kobj, struct kobj_attribute *attr,
				  const char *buf, size_t count)
{
	return ie_policy_change("rdm_policies", buf, count) ?: count;
}

static struct kobj_attribute rdm_policies = __ATTR_RW(rdm_policies);

static ssize_t rdm_default_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int policy;

	mutex_lock(&ie_lock);
	policy = fallback;
	mutex_unlock(&ie_lock);
	return sysfs_emit(buf, "%s\n", ie_policy_name(policy));
}

static ssize_t rdm_default_store(struct kobject *kobj, struct kobj_attribute *attr,
				 const char *buf, size_t count)
{
	return set_fallback("rdm_default", buf, strcspn(buf, "\n")) ?: count;
}

static struct kobj_attribute rdm_default_attribute = __ATTR_RW(rdm_default);

static ssize_t nmissed_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lu\n", ie_rdm_nmissed());
}

static struct kobj_attribute nmissed = __ATTR_RO(nmissed);

static ssize_t mode_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int len = ie_rdm_mode(buf, PAGE_SIZE - 1);

	return len + sysfs_emit_at(buf, len, "\n");
}

static struct kobj_attribute mode = __ATTR_RO(mode);

/**
 * struct lines - text that grows in a page of sysfs
 * @buf: the page
 * @len: how much of it is used
 */
struct lines {
	char *buf;
	int len;
};

static int add_in_force(struct ie_dev *dev, void *data)
{
	struct lines *lines = data;

	if (dev->told != IE_STRICT)
		lines->len += sysfs_emit_at(lines->buf, lines->len, "%s=%s\n",
					    pci_name(dev->pdev), ie_policy_name(dev->told));
	return 0;
}

/* Each of them holds a reference to the module, see ie_rdm_settle(). */
static ssize_t in_force_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct lines lines = { .buf = buf };

	mutex_lock(&ie_lock);
	ie_dev_for_each(add_in_force, &lines);
	mutex_unlock(&ie_lock);
	return lines.len;
}

static struct kobj_attribute in_force = __ATTR_RO(in_force);

static const struct attribute *const attributes[] = {
	&in_force.attr,
	&rdm_policies.attr,
	&rdm_default_attribute.attr,
	&nmissed.attr,
	&mode.attr,
	NULL
};

static int remove(struct ie_dev *dev, void *data)
{
	ie_dev_remove(dev);
	return 0;
}

static void remove_all(void)
{
	mutex_lock(&ie_lock);
	kfree(rules);
	rules_n = 0;
	fallback = IE_STRICT;
	ie_dev_for_each(want, NULL);
	ie_rdm_settle();
	ie_dev_for_each(remove, NULL);
	mutex_unlock(&ie_lock);
}

int ie_policy_init(void)
{
	int err;

	err = bus_register_notifier(&pci_bus_type, &notifier);
	if (err)
		return err;
	look_around();
	read_parameters();
	err = sysfs_create_files(ie_kobj, (const struct attribute *const *)attributes);
	if (!err)
		return 0;
	bus_unregister_notifier(&pci_bus_type, &notifier);
	remove_all();
	return err;
}

void ie_policy_exit(void)
{
	sysfs_remove_files(ie_kobj, (const struct attribute *const *)attributes);
	bus_unregister_notifier(&pci_bus_type, &notifier);
	remove_all();
}

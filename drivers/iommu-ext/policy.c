// SPDX-License-Identifier: GPL-2.0
/*
 * The rules: module parameters, the folder iommu_ext, devices that come and go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "ie.h"
#include "policy.h"
#include "rdm.h"

/* Longest text that an error message repeats. */
#define QUOTE_MAX	64

static char *rdm;
module_param(rdm, charp, 0444);
MODULE_PARM_DESC(rdm, "what becomes of devices' reserved memory: MATCH=strict|reserve|map|relaxed;...");

static char *rdm_default = "strict";
module_param(rdm_default, charp, 0444);
MODULE_PARM_DESC(rdm_default, "policy for devices without a rule: strict (default) or reserve");

static bool rdm_unsafe_default;
module_param(rdm_unsafe_default, bool, 0444);
MODULE_PARM_DESC(rdm_unsafe_default, "accept map and relaxed for rdm_default, too");

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

static int add_rule(const struct ie_rule *rule)
{
	struct ie_rule *with = kcalloc(rules_n + 1, sizeof(*with), GFP_KERNEL);
	unsigned int n;

	lockdep_assert_held(&ie_lock);
	if (!with)
		return -ENOMEM;
	if (rules_n)
		memcpy(with, rules, rules_n * sizeof(*with));
	n = ie_rules_add(with, rules_n, rule);
	with[n - 1].since = ++clock;
	if (is_too_much(with, n)) {
		kfree(with);
		return -ENOSPC;
	}
	return try_rules(with, n);
}

static int remove_rule(const struct pt_match *match)
{
	struct ie_rule *with;
	unsigned int n;

	lockdep_assert_held(&ie_lock);
	if (!rules_n)
		return -ENOENT;
	with = kmemdup(rules, rules_n * sizeof(*rules), GFP_KERNEL);
	if (!with)
		return -ENOMEM;
	n = ie_rules_remove(with, rules_n, match);
	if (n == rules_n) {
		kfree(with);
		return -ENOENT;
	}
	return try_rules(with, n);
}

static int change(const char *text, size_t len, const char **why)
{
	struct pt_match match;
	struct ie_rule rule;
	int err;

	if (len && text[0] == '-') {
		err = pt_match_parse(text + 1, len - 1, &match, why);
		if (err)
			return err;
		return remove_rule(&match);
	}
	err = ie_rule_parse(text, len, &rule, why);
	if (err)
		return err;
	if (rule.policy != IE_STRICT && !ie_rdm_active())
		return -EOPNOTSUPP;
	return add_rule(&rule);
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

int ie_policy_change(const char *source, const char *text, size_t len)
{
	const char *why = NULL;
	int err;

	mutex_lock(&ie_lock);
	err = change(text, len, &why);
	mutex_unlock(&ie_lock);
	if (err)
		pr_err("%s: \"%.*s\": %s\n", source, (int)min_t(size_t, len, QUOTE_MAX),
		       text, err == -EINVAL ? why : reason(err));
	return err;
}

/* For devices without a rule, from now on. */
static int set_fallback(const char *source, const char *text, size_t len)
{
	int policy = ie_policy_parse(text, len), err;
	unsigned int before;

	if (policy < 0 || !ie_policy_default_ok(policy, rdm_unsafe_default)) {
		pr_err("%s: \"%.*s\": expected strict or reserve; map and relaxed take rdm_unsafe_default=1\n",
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
	const char *text;
	size_t pos = 0, len;

	set_fallback("rdm_default=", rdm_default, strlen(rdm_default));
	/* What is wrong has been logged; the rest still holds. */
	while (rdm && (text = ie_rule_next(rdm, &pos, &len)))
		ie_policy_change("rdm=", text, len);
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
	size_t pos = 0, len = 0;
	const char *text = ie_rule_next(buf, &pos, &len);

	return ie_policy_change("rdm_policies", text ?: "", len) ?: count;
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

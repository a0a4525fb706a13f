// SPDX-License-Identifier: GPL-2.0
/* The devices that a rule names, see named.h. */
#include <linux/list.h>
#include <linux/slab.h>

#include "host_use.h"
#include "named.h"
#include "rule_check.h"
#include "rules.h"

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

void pbng_named_put(struct list_head *devices)
{
	struct named_device *named, *next;

	list_for_each_entry_safe(named, next, devices, node) {
		list_del(&named->node);
		pci_dev_put(named->pdev);
		kfree(named);
	}
}

int pbng_named_find(const struct pbng_rule *rule, struct list_head *devices)
{
	struct naming naming = { .devices = devices };
	struct pci_dev *pdev = NULL;

	pbng_rule_for_each(rule, name_address, &naming);
	if (naming.all) {
		pbng_named_put(devices);
		for_each_pci_dev(pdev) {
			if (pbng_rule_for_each(rule, is_named, pdev))
				add_named(&naming, pdev);
		}
	}
	if (naming.err)
		pbng_named_put(devices);
	return naming.err;
}

int pbng_named_visit(const struct list_head *devices, int (*fn)(struct pci_dev *pdev))
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

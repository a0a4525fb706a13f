// SPDX-License-Identifier: GPL-2.0
/* The lists that are given at load, see load.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/moduleparam.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "driver.h"
#include "load.h"
#include "quirk.h"
#include "rules.h"

static char *hide;
module_param(hide, charp, 0444);
MODULE_PARM_DESC(hide, "devices to take at load: (DDDD:BB:DD.F)(8086:10ca)(vfs-of=BB:DD.F)...");

static char *ids;
module_param(ids, charp, 0444);
MODULE_PARM_DESC(ids, "ids of devices for the driver pci-stub: vendor:device[:subvendor[:subdevice[:class[:class_mask]]]],...");

static char *reset_quirks;
module_param(reset_quirks, charp, 0444);
MODULE_PARM_DESC(reset_quirks, "registers to put back and methods to avoid when devices are reset: (8086:10c9 bar0 5600 4)(1000:0097 no-flr)...");

static void complain(const char *name, const char *text, size_t len,
		     unsigned int entry, const struct pbng_rule_error *error)
{
	pr_err("%s: entry %u \"%.*s\": %s at position %zu; skipped\n", name, entry,
	       (int)len, text, error->why, error->pos);
}

int pbng_load_hide(const char *name, const char *list)
{
	struct pbng_rule_error error;
	struct pbng_rule rule;
	unsigned int entry = 0;
	const char *text;
	size_t pos = 0, len;
	int got, err;

	while ((got = pbng_rule_next(list, &pos, &text, &len, &error))) {
		entry++;
		if (got < 0) {
			complain(name, list + error.pos, strcspn(list + error.pos, ")"),
				 entry, &error);
			continue;
		}
		if (pbng_rule_parse(text, len, &rule, &error)) {
			error.pos += text - list;
			complain(name, text, len, entry, &error);
			continue;
		}
		err = pbng_rules_add_from(&rule, false, name);
		if (err)
			return err;
	}
	return 0;
}

void pbng_load_quirks(const char *name, const char *list)
{
	struct pbng_rule_error error = {};
	unsigned int entry = 0;
	const char *text;
	size_t pos = 0, len;
	int got;

	while ((got = pbng_rule_next(list, &pos, &text, &len, &error))) {
		entry++;
		if (got < 0 || pbng_quirk_read_line(text, len, &error))
			pr_err("%s: entry %u: %s; skipped\n", name, entry, error.why);
	}
}

#define STUB_FIELDS	6	/* of an entry of ids= */

/* As the in-tree pci-stub reads it: hexadecimal, and what is missing is any. */
static bool parse_stub_id(char *text, struct pci_device_id *id)
{
	u32 field[STUB_FIELDS] = { 0, 0, PCI_ANY_ID, PCI_ANY_ID, 0, 0 };
	unsigned int n = 0;
	char *word;

	while ((word = strsep(&text, ":"))) {
		if (n == STUB_FIELDS || kstrtou32(word, 16, &field[n]))
			return false;
		n++;
	}
	*id = (struct pci_device_id) {
		.vendor = field[0], .device = field[1],
		.subvendor = field[2], .subdevice = field[3],
		.class = field[4], .class_mask = field[5],
	};
	return n >= 2;
}

/* Both are an id, or both are any. */
static bool same_kind(u32 a, u32 b)
{
	return a == PBNG_ANY_ID ? b == PBNG_ANY_ID : a <= U16_MAX && b <= U16_MAX;
}

/*
 * A rule can be had for what the grammar can say; then no other driver is faster. The
 * in-tree pci-stub needs none: a rule would keep its devices from all drivers.
 */
static int rule_of_stub_id(const struct pci_device_id *id, const char *name)
{
	struct pbng_rule rule = {
		.selector = {
			.kind = PBNG_RULE_IDS,
			.vendor = id->vendor, .device = id->device,
			.subvendor = id->subvendor, .subdevice = id->subdevice,
		},
		.options = {
			.slot = PBNG_NO_SLOT,
			.msitranslate = PBNG_MSITRANSLATE_DEFAULT,
		},
	};

	if (pbng_driver_stub_is_in_tree())
		return 0;
	if (id->class_mask || id->vendor > U16_MAX || id->device > U16_MAX ||
	    !same_kind(id->subvendor, id->subdevice))
		return 0;
	return pbng_rules_add_from(&rule, true, name);
}

static int tell_driver(const struct pci_device_id *id, const char *name)
{
	return pbng_driver_stub_id(id);
}

/* Without @name the walk is silent: a walk before has complained. */
static int visit_stub_ids(const char *name, const char *list,
			  int (*fn)(const struct pci_device_id *id, const char *name))
{
	char *copy = kstrdup(list, GFP_KERNEL), *rest = copy, *text;
	struct pci_device_id id;
	unsigned int entry = 0;
	int err = 0;

	if (!copy)
		return -ENOMEM;
	while (!err && (text = strsep(&rest, ","))) {
		entry++;
		if (parse_stub_id(text, &id))
			err = fn(&id, name);
		else if (name)
			pr_err("%s: entry %u: expected vendor:device[:subvendor[:subdevice[:class[:class_mask]]]]; skipped\n",
			       name, entry);
	}
	kfree(copy);
	return err;
}

int pbng_load_ids(const char *name, const char *list)
{
	return visit_stub_ids(name, list, rule_of_stub_id);
}

void pbng_load_stub_ids(const char *name, const char *list)
{
	bool in_tree = pbng_driver_stub_is_in_tree();
	int err = visit_stub_ids(NULL, list, tell_driver);

	if (err)
		pr_err("%s: driver pci-stub did not take all ids: %pe\n", name, ERR_PTR(err));
	else if (in_tree)
		pr_warn("%s: the in-tree pci-stub was there first and has these devices; to have them here: rmmod pci-stub (if it is a module), load again\n",
			name);
}

int pbng_load_own_rules(void)
{
	int err = 0;

	if (reset_quirks)
		pbng_load_quirks("reset_quirks=", reset_quirks);
	if (hide)
		err = pbng_load_hide("hide=", hide);
	if (!err && ids && *ids)
		err = pbng_load_ids("ids=", ids);
	return err;
}

void pbng_load_own_stub_ids(void)
{
	if (ids && *ids)
		pbng_load_stub_ids("ids=", ids);
}

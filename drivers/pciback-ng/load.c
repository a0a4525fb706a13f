// SPDX-License-Identifier: GPL-2.0
/* The lists that are given at load, see load.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/moduleparam.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "driver.h"
#include "load.h"
#include "quirk.h"
#include "rule_check.h"
#include "rules.h"

static char *hide;
module_param(hide, charp, 0444);
MODULE_PARM_DESC(hide, "devices to take at load: (DDDD:BB:DD.F)(8086:10ca)(vfs-of=BB:DD.F)(!BB:DD.F)...");

static char *ids;
module_param(ids, charp, 0444);
MODULE_PARM_DESC(ids, "ids of devices for the driver pci-stub: vendor:device[:subvendor[:subdevice[:class[:class_mask]]]],...");

static char *reset_quirks;
module_param(reset_quirks, charp, 0444);
MODULE_PARM_DESC(reset_quirks, "registers to put back and methods to avoid when devices are reset: (8086:10c9 bar0 5600 4)(1000:0097 no-flr)...");

static void complain(const char *name, const struct pt_list *list,
		     const struct pt_list_entry *entry, const struct pbng_rule_error *error)
{
	pr_err("%s: entry %u \"%.*s\": %s at position %zu, e.g. %s; skipped\n", name,
	       list->number, (int)entry->len, entry->text, error->why, error->pos,
	       error->example);
}

int pbng_load_hide(const char *name, const char *text)
{
	struct pt_list list = { .text = text, .end = strlen(text) };
	struct pbng_rule_error error;
	struct pt_list_entry entry;
	struct pbng_rule rule;
	int got, err;

	while ((got = pbng_rule_next(&list, &entry, &rule, &error))) {
		if (got < 0) {
			complain(name, &list, &entry, &error);
			continue;
		}
		err = pbng_rule_check(name, &rule);
		if (err == -EINVAL)
			continue;
		if (!err)
			err = pbng_rules_add_from(&rule, false, name);
		if (err)
			return err;
		pbng_rule_say_waiting(name, &rule);
	}
	return 0;
}

void pbng_load_quirks(const char *name, const char *text)
{
	struct pt_list list = { .text = text, .end = strlen(text) };
	struct pbng_rule_error error;
	struct pt_list_entry entry;
	int got;

	while ((got = pbng_quirk_next(&list, &entry, &error))) {
		if (got < 0)
			complain(name, &list, &entry, &error);
	}
}

#define STUB_FIELDS	6	/* of an entry of ids= */
#define STUB_FORMAT	"expected vendor:device[:subvendor[:subdevice[:class[:class_mask]]]]"

#define STUB_MAX	64	/* characters of an entry: six numbers of eight digits fit */

/* As the in-tree pci-stub reads it: hexadecimal, and what is missing is any. */
static bool parse_stub_id(const struct pt_list_entry *entry, struct pci_device_id *id)
{
	u32 field[STUB_FIELDS] = { 0, 0, PCI_ANY_ID, PCI_ANY_ID, 0, 0 };
	char copy[STUB_MAX], *rest = copy, *word;
	unsigned int n = 0;

	if (entry->len >= sizeof(copy))
		return false;
	memcpy(copy, entry->text, entry->len);
	copy[entry->len] = '\0';
	while ((word = strsep(&rest, ":"))) {
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
static int rule_of_stub_id(const char *name, const struct pci_device_id *id)
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
	int err;

	if (pbng_driver_stub_is_in_tree())
		return 0;
	if (id->class_mask || id->vendor > U16_MAX || id->device > U16_MAX ||
	    !same_kind(id->subvendor, id->subdevice))
		return 0;
	err = pbng_rules_add_from(&rule, true, name);
	if (!err)
		pbng_rule_say_waiting(name, &rule);
	return err;
}

static int tell_driver(const char *name, const struct pci_device_id *id)
{
	return pbng_driver_stub_id(id);
}

/* Without @name the walk is silent: a walk before has complained. */
static int visit_stub_ids(const char *name, const char *text,
			  int (*fn)(const char *name, const struct pci_device_id *id))
{
	struct pt_list list = { .text = text, .end = strlen(text) };
	struct pbng_rule_error error = { .example = "8086:10ca" };
	struct pt_list_entry entry;
	struct pci_device_id id;
	int got, err = 0;

	while (!err && (got = pt_list_next(&list, &entry))) {
		if (got > 0 && parse_stub_id(&entry, &id)) {
			err = fn(name, &id);
		} else if (name) {
			error.pos = entry.pos;
			error.why = entry.why ?: STUB_FORMAT;
			complain(name, &list, &entry, &error);
		}
	}
	return err;
}

int pbng_load_ids(const char *name, const char *text)
{
	return visit_stub_ids(name, text, rule_of_stub_id);
}

void pbng_load_stub_ids(const char *name, const char *text)
{
	bool in_tree = pbng_driver_stub_is_in_tree();
	int err = visit_stub_ids(NULL, text, tell_driver);

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

// SPDX-License-Identifier: GPL-2.0
/*
 * pciback-ng: takes PCI devices from the host and gives them to guests.
 * Ordered init and exit, and the module's parameters.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "claim.h"
#include "param.h"
#include "registry.h"
#include "rule_core.h"
#include "sysfs.h"
#include "xen/backend.h"

static char *hide;
module_param(hide, charp, 0444);
MODULE_PARM_DESC(hide, "devices to take at load: (DDDD:BB:DD.F)(BB:DD.*)...");

bool pbng_param_permissive;
module_param_named(permissive, pbng_param_permissive, bool, 0644);
MODULE_PARM_DESC(permissive, "let guests write every register that has no rule of its own");

static bool passthrough;
module_param(passthrough, bool, 0444);
MODULE_PARM_DESC(passthrough, "PV guests see physical PCI addresses instead of a virtual bus");

static int add_rule(struct pbng_bdf bdf, void *data)
{
	return pbng_rules_add(bdf);
}

static void complain(const char *text, size_t len, unsigned int entry,
		     const struct pbng_rule_error *error)
{
	pr_err("hide=: entry %u \"%.*s\": %s at position %zu; skipped\n", entry,
	       (int)len, text, error->why, error->pos);
}

/* A bad entry must not cost the administrator the good ones. */
static int parse_hide(void)
{
	struct pbng_rule_error error;
	struct pbng_rule rule;
	unsigned int entry = 0;
	const char *text;
	size_t pos = 0, len;
	int got, err;

	if (!hide)
		return 0;
	while ((got = pbng_rule_next(hide, &pos, &text, &len, &error))) {
		entry++;
		if (got < 0) {
			complain(hide + error.pos, strcspn(hide + error.pos, ")"),
				 entry, &error);
			continue;
		}
		if (pbng_rule_parse(text, len, &rule, &error)) {
			error.pos += text - hide;
			complain(text, len, entry, &error);
			continue;
		}
		err = pbng_rule_for_each(&rule, add_rule, NULL);
		if (err)
			return err;
	}
	return 0;
}

static int take(struct pbng_bdf bdf, void *data)
{
	pbng_claim_take(bdf);
	return 0;
}

static int __init pbng_init(void)
{
	int err;

	if (driver_find(PBNG_DRIVER_NAME, &pci_bus_type)) {
		pr_err("the in-tree xen-pciback is loaded: free its devices, rmmod xen-pciback, load again\n");
		return -EBUSY;
	}
	err = parse_hide();
	if (err)
		goto err_rules;
	err = pbng_claim_init(pbng_sysfs_driver_groups);
	if (err)
		goto err_rules;
	pbng_rules_for_each(take, NULL);
	err = pbng_backend_init(passthrough);
	if (err)
		goto err_claim;
	return 0;

err_claim:
	pbng_claim_exit();
err_rules:
	pbng_rules_destroy();
	return err;
}

static void __exit pbng_exit(void)
{
	pbng_backend_exit();
	pbng_claim_exit();
	pbng_rules_destroy();
}

module_init(pbng_init);
module_exit(pbng_exit);
MODULE_DESCRIPTION("Gives PCI devices to guests; replaces xen-pciback");
MODULE_LICENSE("GPL");

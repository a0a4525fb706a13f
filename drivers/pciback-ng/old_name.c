// SPDX-License-Identifier: GPL-2.0
/* What the modules of the in-tree drivers' names hand over, see <linux/pciback_ng.h>. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/export.h>
#include <linux/pciback_ng.h>

#include "driver.h"
#include "hide.h"
#include "load.h"
#include "param.h"
#include "rules.h"
#include "xen/backend.h"

/* No device was looked at yet. */
static void drop_rules(const char *name)
{
	struct pbng_rule rule;

	while (pbng_rules_find_from(name, false, &rule) || pbng_rules_find_from(name, true, &rule))
		pbng_rules_remove(&rule);
}

int pbng_param_hide(const char *name, const char *list)
{
	int err = pbng_load_hide(name, list);

	if (err) {
		drop_rules(name);
		return err;
	}
	pbng_hide_load(name);
	return 0;
}
EXPORT_SYMBOL_GPL(pbng_param_hide);

int pbng_param_ids(const char *name, const char *list)
{
	int err = pbng_load_ids(name, list);

	if (err) {
		drop_rules(name);
		return err;
	}
	pbng_hide_load(name);
	pbng_load_stub_ids(name, list);
	return 0;
}
EXPORT_SYMBOL_GPL(pbng_param_ids);

static void end_rule(const char *name, const struct pbng_rule *rule)
{
	char text[PBNG_RULE_TEXT];

	if (pbng_hide_give_back(rule) == -EBUSY) {
		pbng_rule_format(&rule->selector, &rule->options, text);
		pr_warn("%s(%s): not given back, a guest has one of its devices; afterwards: echo BDF > unbind\n",
			name, text);
		pbng_hide_drop(rule);
	}
	/* Not one is left that names a parameter of a module that is gone. */
	pbng_rules_remove(rule);
}

void pbng_param_end_hide(const char *name)
{
	struct pbng_rule rule;

	while (pbng_rules_find_from(name, false, &rule))
		end_rule(name, &rule);
	/* Last, or the others would take what these leave out. */
	drop_rules(name);
}
EXPORT_SYMBOL_GPL(pbng_param_end_hide);

void pbng_param_end_ids(const char *name)
{
	struct pbng_rule rule;

	while (pbng_rules_find_from(name, false, &rule))
		if (pbng_hide_drop(&rule))
			break;
	pbng_driver_stub_restart();
}
EXPORT_SYMBOL_GPL(pbng_param_end_ids);

void pbng_set_permissive(bool on)
{
	WRITE_ONCE(pbng_param_permissive, on);
}
EXPORT_SYMBOL_GPL(pbng_set_permissive);

bool pbng_permissive(void)
{
	return READ_ONCE(pbng_param_permissive);
}
EXPORT_SYMBOL_GPL(pbng_permissive);

void pbng_set_passthrough(bool on)
{
	pbng_backend_set_passthrough(on || pbng_param_passthrough);
}
EXPORT_SYMBOL_GPL(pbng_set_passthrough);

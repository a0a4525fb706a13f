/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parameters of the in-tree xen-pciback, for a module of that name and one that is
 * called pciback. Both include this once: parameters are a module's own.
 */
#ifndef OLD_NAMES_XEN_PARAMS_H
#define OLD_NAMES_XEN_PARAMS_H

#include <linux/moduleparam.h>
#include <linux/pciback_ng.h>
#include <xen/xen.h>

static char *hide;
module_param(hide, charp, 0444);
MODULE_PARM_DESC(hide, "devices to take, under Xen: (DDDD:BB:DD.F)(8086:10ca)...");

static bool passthrough;
module_param(passthrough, bool, 0444);
MODULE_PARM_DESC(passthrough, "PV guests see physical PCI addresses instead of a virtual bus");

static bool permissive;
static bool handed_over;	/* what is written from now on goes to pciback-ng at once */

/* At load no value has effect before the module's init function has looked for Xen. */
static int set_permissive(const char *text, const struct kernel_param *param)
{
	int err = param_set_bool(text, param);

	if (!err && handed_over)
		pbng_set_permissive(permissive);
	return err;
}

static int get_permissive(char *buf, const struct kernel_param *param)
{
	if (handed_over)
		permissive = pbng_permissive();
	return param_get_bool(buf, param);
}

static const struct kernel_param_ops permissive_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = set_permissive,
	.get = get_permissive,
};
module_param_cb(permissive, &permissive_ops, &permissive, 0644);
__MODULE_PARM_TYPE(permissive, "bool");
MODULE_PARM_DESC(permissive, "let guests write every register that has no rule of its own");

static bool permissive_before;

/* @name: of hide=, for the log. Return: 0 or a negative errno: then nothing has effect. */
static inline int hand_over(const char *name)
{
	int err = 0;

	if (hide && *hide && xen_initial_domain())
		err = pbng_param_hide(name, hide);
	else if (hide && *hide)
		pr_notice("no Xen dom0: hide= has no effect here, that of pciback-ng has\n");
	if (err)
		return err;
	permissive_before = pbng_permissive();
	if (permissive)
		pbng_set_permissive(true);
	if (passthrough)
		pbng_set_passthrough(true);
	handed_over = true;
	return 0;
}

static inline void take_back(const char *name)
{
	pbng_param_end_hide(name);
	pbng_set_permissive(permissive_before);
	if (passthrough)
		pbng_set_passthrough(false);
}

#endif /* OLD_NAMES_XEN_PARAMS_H */

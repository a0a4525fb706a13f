// SPDX-License-Identifier: GPL-2.0
/* Module parameters that are checked where they are typed, see linux/pt_param.h. */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pt_param.h>
#include <linux/string.h>

#define QUOTE_MAX	64	/* longest text that an error message repeats */

int pt_param_refuse(const struct kernel_param *param, const char *text, const char *expected)
{
	/* The module may have no name of its own in the log yet: it is being loaded. */
	pr_err("%s: %s=%.*s: %s\n", module_name(param->mod), param->name,
	       (int)min_t(size_t, strcspn(text, "\n"), QUOTE_MAX), text, expected);
	return -EINVAL;
}
EXPORT_SYMBOL_GPL(pt_param_refuse);

static int set_range(const char *text, const struct kernel_param *param)
{
	const struct pt_param_range *range = param->arg;
	unsigned int value;
	char expected[64];

	if (!kstrtouint(text, 0, &value) && value >= range->min && value <= range->max) {
		WRITE_ONCE(*range->value, value);
		return 0;
	}
	snprintf(expected, sizeof(expected), "expected a number from %u to %u, e.g. %u",
		 range->min, range->max, *range->value);
	return pt_param_refuse(param, text, expected);
}

static int get_range(char *buf, const struct kernel_param *param)
{
	const struct pt_param_range *range = param->arg;

	return sysfs_emit(buf, "%u\n", *range->value);
}

const struct kernel_param_ops pt_param_range_ops = {
	.set = set_range,
	.get = get_range,
};
EXPORT_SYMBOL_GPL(pt_param_range_ops);

/* Without a value it is on. */
static int set_bool(const char *text, const struct kernel_param *param)
{
	bool value;

	if (text && kstrtobool(text, &value))
		return pt_param_refuse(param, text, "expected y or n, e.g. y");
	WRITE_ONCE(*(bool *)param->arg, text ? value : true);
	return 0;
}

static int get_bool(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%c\n", *(bool *)param->arg ? 'Y' : 'N');
}

const struct kernel_param_ops pt_param_bool_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = set_bool,
	.get = get_bool,
};
EXPORT_SYMBOL_GPL(pt_param_bool_ops);

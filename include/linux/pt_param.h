/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Module parameters that are a number within bounds or a switch: a text that cannot be
 * meant is refused where it is typed, with a log line that names the module, the
 * parameter, the text and what was expected.
 *
 *	static struct pt_param_range delay = { &delay_seconds, 1, 3600 };
 *	module_param_cb(delay, &pt_param_range_ops, &delay, 0644);
 *
 *	static bool loud;
 *	module_param_cb(loud, &pt_param_bool_ops, &loud, 0644);
 */
#ifndef _LINUX_PT_PARAM_H
#define _LINUX_PT_PARAM_H

#include <linux/moduleparam.h>

/**
 * struct pt_param_range - a number within bounds
 * @value: the number
 * @min: its least value
 * @max: its greatest
 */
struct pt_param_range {
	unsigned int *value;
	unsigned int min;
	unsigned int max;
};

extern const struct kernel_param_ops pt_param_range_ops;
extern const struct kernel_param_ops pt_param_bool_ops;

/**
 * pt_param_refuse() - write to the log that a parameter cannot be meant
 * @param: the parameter
 * @text: its value
 * @expected: what was expected, with an example
 *
 * Context: process.
 * Return: -EINVAL.
 */
int pt_param_refuse(const struct kernel_param *param, const char *text, const char *expected);

#endif /* _LINUX_PT_PARAM_H */

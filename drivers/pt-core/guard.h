/* SPDX-License-Identifier: GPL-2.0 */
/* Who has which device, and who is asked first; see linux/pt_core.h. */
#ifndef PT_GUARD_H
#define PT_GUARD_H

#include <linux/pt_core.h>

#define PT_GUARD_NAME_MAX	32

/**
 * pt_guard_name() - the name of a guard, for a list of them
 * @n: which, from 0
 * @name: room for PT_GUARD_NAME_MAX bytes
 *
 * Context: process, may sleep.
 * Return: whether there are so many.
 */
bool pt_guard_name(unsigned int n, char *name);

/**
 * pt_guard_exit() - nobody has anything any more
 *
 * Context: process. All guards are out.
 */
void pt_guard_exit(void);

#endif /* PT_GUARD_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Which reasons make isolation sets: a module parameter and a file in sysfs. */
#ifndef IE_ISOLATION_REASONS_H
#define IE_ISOLATION_REASONS_H

#include <linux/types.h>

/**
 * ie_isolation_reasons() - the reasons that count
 *
 * Context: any.
 * Return: bit N for reason N.
 */
u8 ie_isolation_reasons(void);

/**
 * ie_isolation_reasons_init() - make the file
 *
 * Context: process, may sleep; after ie_isolation_init().
 * Return: 0 or a negative errno.
 */
int ie_isolation_reasons_init(void);

/* Remove the file. */
void ie_isolation_reasons_exit(void);

#endif /* IE_ISOLATION_REASONS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The reserved memory that firmware's tables speak of, on this machine. */
#ifndef IE_TABLES_H
#define IE_TABLES_H

#include "region_core.h"

/**
 * ie_tables_init() - read DMAR or IVRS, in a Xen dom0 RMAD
 *
 * A damaged table is told in the log; what was read before the damage counts.
 *
 * Context: process, may sleep; ie_kobj is there.
 * Return: 0 or a negative errno.
 */
int ie_tables_init(void);

/* ie_tables_regions() is of no use any more. */
void ie_tables_exit(void);

/* The regions, the same from ie_tables_init() to ie_tables_exit(). */
const struct ie_regions *ie_tables_regions(void);

#endif /* IE_TABLES_H */

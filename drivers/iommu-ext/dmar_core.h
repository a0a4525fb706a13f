/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ACPI table DMAR of Intel's VT-d: its RMRRs. Xen hides the table from its dom0 by
 * writing RMAD over its name; these are the same letters, so the checksum holds.
 */
#ifndef IE_DMAR_CORE_H
#define IE_DMAR_CORE_H

#include "region_core.h"

/**
 * ie_dmar_parse() - the regions of a DMAR or RMAD
 * @bytes: the table
 * @len: how many bytes can be read
 * @regions: is added to, with or without an error
 * @error: where and why, on failure
 *
 * Scopes that are no PCI devices (ACPI names, IOAPICs) are left out.
 *
 * Return: 0; -ENOENT: another table; -EINVAL: damaged; -ENOSPC; -EBADMSG: all was read
 * but the checksum is wrong.
 */
int ie_dmar_parse(const u8 *bytes, size_t len, struct ie_regions *regions,
		  struct ie_table_error *error);

#endif /* IE_DMAR_CORE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The ACPI table IVRS of AMD's IOMMU: its memory definitions (IVMD). */
#ifndef IE_IVRS_CORE_H
#define IE_IVRS_CORE_H

#include "region_core.h"

/**
 * ie_ivrs_parse() - the regions of an IVRS
 * @bytes: the table
 * @len: how many bytes can be read
 * @regions: is added to, with or without an error
 * @error: where and why, on failure
 * Return: 0; -ENOENT: another table; -EINVAL: damaged; -ENOSPC; -EBADMSG: all was read
 * but the checksum is wrong.
 */
int ie_ivrs_parse(const u8 *bytes, size_t len, struct ie_regions *regions,
		  struct ie_table_error *error);

#endif /* IE_IVRS_CORE_H */

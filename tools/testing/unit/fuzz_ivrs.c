// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as the ACPI table IVRS.
 *
 * bytes: 49 56 52 53 50 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 26 00 00 00 00 00 00 00 00 00 00 00 21 07 20 00 10 03 00 00 00 00 00 00 00 00 00 00 00 00 00 38 00 00 00 00 00 00 01 00 00 00 00 00
 * word: IVRS
 */
#include "fuzz_table.h"
#include "ivrs_core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_table(ie_ivrs_parse, data, size);
}

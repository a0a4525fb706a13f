// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as the ACPI table DMAR.
 *
 * bytes: 44 4d 41 52 52 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 26 00 00 00 00 00 00 00 00 00 00 00 01 00 22 00 00 00 00 00 00 00 00 38 00 00 00 00 ff ff 00 38 00 00 00 00 01 0a 00 00 00 00 03 00 00 00
 * word: DMAR
 */
#include "fuzz_table.h"
#include "dmar_core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_table(ie_dmar_parse, data, size);
}

/* SPDX-License-Identifier: GPL-2.0 */
/* Hand-made ACPI tables, for test_dmar.c and test_ivrs.c. */
#ifndef UNIT_TABLES_H
#define UNIT_TABLES_H

#include <stdlib.h>

#include "ktap.h"
#include "region_core.h"

#define ROOM 8

static u8 bytes[512];
static size_t used;
static struct ie_region found[ROOM];
static struct ie_regions regions;
static struct ie_table_error error;

static void put(u64 number, unsigned int width)
{
	while (width--) {
		bytes[used++] = number;
		number >>= 8;
	}
}

/* A header of 48 bytes, as both tables have it. */
static void table_begin(const char *name)
{
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, name, 4);
	used = 48;
}

static void table_end(void)
{
	u8 sum = 0;
	size_t i;

	bytes[4] = used & 0xff;
	bytes[5] = used >> 8;
	bytes[9] = 0;
	for (i = 0; i < used; i++)
		sum += bytes[i];
	bytes[9] = -sum;
}

/* In memory that ends where the table ends: who reads on is caught. */
static int parse(int (*fn)(const u8 *, size_t, struct ie_regions *, struct ie_table_error *),
		 size_t len)
{
	u8 *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, bytes, len);
	regions = (struct ie_regions) { .region = found, .room = ROOM };
	error = (struct ie_table_error) { .at = 9999, .why = "" };
	err = fn(copy, len, &regions, &error);
	free(copy);
	return err;
}

#define CHECK_REFUSED(call, result, where, words)	\
	do {						\
		CHECK_EQ(call, result);			\
		CHECK_EQ(error.at, where);		\
		CHECK_STREQ(error.why, words);		\
	} while (0)

#endif /* UNIT_TABLES_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The bytes of a fuzzer's input, taken one after the other: numbers, little-endian. */
#ifndef UNIT_FUZZ_INPUT_H
#define UNIT_FUZZ_INPUT_H

#include <stdbool.h>

#include "fuzz.h"

static const uint8_t *input;
static size_t input_left;

static inline void input_is(const uint8_t *data, size_t size)
{
	input = data;
	input_left = size;
}

/* Zeroes when there is nothing left. */
static inline uint32_t take_number(unsigned int bytes)
{
	uint32_t value = 0;
	unsigned int i;

	for (i = 0; i < bytes && input_left; i++, input_left--)
		value |= (uint32_t)*input++ << (8 * i);
	return value;
}

#endif /* UNIT_FUZZ_INPUT_H */

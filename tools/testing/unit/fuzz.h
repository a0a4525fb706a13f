/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer of a *_core.c file: fuzz_NAME.c is one program.
 *
 * It defines LLVMFuzzerTestOneInput(), which hands any bytes to the code under
 * test and checks with FUZZ_CHECK() what holds for any bytes. Lines in it that say
 * " * seed: TEXT", " * bytes: HEX HEX" and " * word: TEXT" are inputs to begin with
 * and words that are worth trying; fuzz.sh takes them out.
 */
#ifndef UNIT_FUZZ_H
#define UNIT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libFuzzer keeps the input of a program that dies. */
#define FUZZ_CHECK(cond)							\
	do {									\
		if (!(cond)) {							\
			fprintf(stderr, "FUZZ_CHECK %s:%d: not true: %s\n",	\
				__FILE__, __LINE__, #cond);			\
			__builtin_trap();					\
		}								\
	} while (0)

#endif /* UNIT_FUZZ_H */

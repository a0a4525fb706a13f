/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test file in three lines:
 *
 *	#include "ktap.h"
 *	#include "rule_core.h"
 *
 *	TEST("a function above 7 is refused with its position")
 *	{
 *		CHECK_EQ(rule_parse("00:00.8", &rule), -EINVAL);
 *	}
 *
 * Every TEST is one KTAP line, in the order of the file. A CHECK that fails prints
 * where and what, marks its test as failed and goes on; REQUIRE ends the test.
 * main() is here: one test file is one program.
 */
#ifndef UNIT_KTAP_H
#define UNIT_KTAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define KTAP_MAX_TESTS 512

static struct {
	const char *name;
	void (*run)(void);
} ktap_tests[KTAP_MAX_TESTS];
static int ktap_count;
static bool ktap_failed;

static void ktap_add(const char *name, void (*run)(void))
{
	if (ktap_count == KTAP_MAX_TESTS)
		__builtin_trap();
	ktap_tests[ktap_count].name = name;
	ktap_tests[ktap_count++].run = run;
}

#define KTAP_PASTE_(a, b) a##b
#define KTAP_PASTE(a, b) KTAP_PASTE_(a, b)

/* Constructors of one file run from its top to its bottom. */
#define TEST(name) TEST_(name, KTAP_PASTE(test_at_line_, __LINE__))
#define TEST_(name, fn)							\
	static void fn(void);						\
	__attribute__((__constructor__))				\
	static void KTAP_PASTE(add_, fn)(void) { ktap_add(name, fn); }	\
	static void fn(void)

static void __attribute__((__format__(printf, 3, 4)))
ktap_fail(const char *file, int line, const char *fmt, ...)
{
	__builtin_va_list args;

	ktap_failed = true;
	printf("# %s:%d: ", file, line);
	__builtin_va_start(args, fmt);
	vprintf(fmt, args);
	__builtin_va_end(args);
	putchar('\n');
}

#define CHECK(cond) \
	do { if (!(cond)) ktap_fail(__FILE__, __LINE__, "not true: %s", #cond); } while (0)

#define CHECK_EQ(a, b)								\
	do {									\
		long long _a = (long long)(a), _b = (long long)(b);		\
		if (_a != _b)							\
			ktap_fail(__FILE__, __LINE__,				\
				  "%s is %lld (0x%llx), not %s = %lld (0x%llx)", \
				  #a, _a, _a, #b, _b, _b);			\
	} while (0)

#define CHECK_STREQ(a, b)							\
	do {									\
		const char *_a = (a), *_b = (b);				\
		if (strcmp(_a, _b))						\
			ktap_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #a, _a, _b); \
	} while (0)

#define REQUIRE(cond)								\
	do {									\
		if (!(cond)) {							\
			ktap_fail(__FILE__, __LINE__, "not true: %s", #cond);	\
			return;							\
		}								\
	} while (0)

int main(void)
{
	int i, failures = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%d\n", ktap_count);
	for (i = 0; i < ktap_count; i++) {
		ktap_failed = false;
		ktap_tests[i].run();
		printf("%sok %d %s\n", ktap_failed ? "not " : "", i + 1, ktap_tests[i].name);
		failures += ktap_failed;
	}
	return failures != 0;
}

#endif /* UNIT_KTAP_H */

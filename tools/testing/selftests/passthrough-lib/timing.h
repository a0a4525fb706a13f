/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs that measure share: a clock, an order of times, an option. */
#ifndef TIMING_H
#define TIMING_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* In nanoseconds. */
static inline unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static inline int compare(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a;
	unsigned long long y = *(const unsigned long long *)b;

	return x < y ? -1 : x > y;
}

/* In place; the median is in the middle. */
static inline void sort_times(unsigned long long *took, unsigned int count)
{
	qsort(took, count, sizeof(took[0]), compare);
}

/* "-n COUNT FILE" or "FILE": returns FILE, or NULL when that is not what was said. */
static inline const char *file_and_count(int argc, char **argv, unsigned int *count,
					 unsigned int max)
{
	if (argc == 4 && !strcmp(argv[1], "-n"))
		*count = atoi(argv[2]);
	else if (argc != 2)
		return NULL;
	return *count && *count <= max ? argv[argc - 1] : NULL;
}

#endif /* TIMING_H */

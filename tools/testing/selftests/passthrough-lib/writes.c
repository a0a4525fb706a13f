// SPDX-License-Identifier: GPL-2.0
/*
 * Writes many short texts to files of sysfs and says how long that took, with less
 * overhead than a shell has. Used by suites that measure.
 *
 *	writes [-n ROUNDS] FILE <TEXTS
 *
 * Each line of the standard input is written to FILE with one write(). Prints
 * "COUNT FAILED MEAN MEDIAN MIN", times in nanoseconds for one write; exit status 1
 * when a write failed, and the first error on standard error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "timing.h"

#define MAX_TEXTS	65536
#define MAX_ROUNDS	64

static char *texts[MAX_TEXTS];
static unsigned long long took[MAX_TEXTS * MAX_ROUNDS];
static unsigned int ntexts;

static void read_texts(void)
{
	char *line = NULL;
	size_t size = 0;

	while (ntexts < MAX_TEXTS && getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		texts[ntexts] = strdup(line);
		if (!texts[ntexts++])
			exit(2);
	}
	free(line);
}

static unsigned int write_all(int fd, unsigned int rounds)
{
	unsigned int round, i, failed = 0;
	unsigned long long start;
	ssize_t got;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < ntexts; i++) {
			start = now();
			got = write(fd, texts[i], strlen(texts[i]));
			took[round * ntexts + i] = now() - start;
			if (got < 0 && !failed++)
				fprintf(stderr, "writes: \"%s\": %s\n", texts[i], strerror(errno));
		}
	}
	return failed;
}

static void report(unsigned int count, unsigned int failed)
{
	unsigned long long sum = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		sum += took[i];
	sort_times(took, count);
	printf("%u %u %llu %llu %llu\n", count, failed, sum / count, took[count / 2], took[0]);
}

int main(int argc, char **argv)
{
	unsigned int rounds = 1, failed;
	const char *file = file_and_count(argc, argv, &rounds, MAX_ROUNDS);
	int fd;

	if (!file) {
		fprintf(stderr, "usage: writes [-n ROUNDS] FILE <TEXTS\n");
		return 2;
	}
	fd = open(file, O_WRONLY);
	if (fd < 0) {
		perror(file);
		return 2;
	}
	read_texts();
	if (!ntexts)
		return 2;
	failed = write_all(fd, rounds);
	report(ntexts * rounds, failed);
	return failed != 0;
}

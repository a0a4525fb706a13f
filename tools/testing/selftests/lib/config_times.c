// SPDX-License-Identifier: GPL-2.0
/*
 * Times accesses to a device's configuration space, from inside a guest. Used by the
 * suite bench-config; built and put into the guests' initramfs by tools/testing/vm/run.sh.
 *
 *	config_times [-n COUNT] FILE
 *
 * FILE is a device's "config" in sysfs. Prints lines "KIND COUNT MEDIAN NINTH", times in
 * nanoseconds for one access; nine of ten took no longer than NINTH. Nothing is changed:
 * the one register that is written, the cache line size, gets what it had. Exit status 1
 * when an access failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_COUNT	100000

struct kind {
	const char *name;
	int write;
	off_t off;
	size_t len;
};

static const struct kind kinds[] = {
	{ "read1", 0, 0x0c, 1 },	/* cache line size */
	{ "read2", 0, 0x04, 2 },	/* command */
	{ "read4", 0, 0x10, 4 },	/* first base address */
	{ "write1", 1, 0x0c, 1 },
};

static unsigned long long took[MAX_COUNT];

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a;
	unsigned long long y = *(const unsigned long long *)b;

	return x < y ? -1 : x > y;
}

static int access_all(int fd, const struct kind *kind, unsigned int count)
{
	unsigned char value[4];
	unsigned long long start;
	unsigned int i;
	ssize_t got;

	if (pread(fd, value, kind->len, kind->off) != (ssize_t)kind->len)
		return -1;
	for (i = 0; i < count; i++) {
		start = now();
		if (kind->write)
			got = pwrite(fd, value, kind->len, kind->off);
		else
			got = pread(fd, value, kind->len, kind->off);
		took[i] = now() - start;
		if (got != (ssize_t)kind->len)
			return -1;
	}
	return 0;
}

static void report(const struct kind *kind, unsigned int count)
{
	qsort(took, count, sizeof(took[0]), compare);
	printf("%s %u %llu %llu\n", kind->name, count, took[count / 2], took[count / 10 * 9]);
}

int main(int argc, char **argv)
{
	unsigned int count = 1000, i;
	int fd;

	if (argc == 4 && !strcmp(argv[1], "-n")) {
		count = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc != 2 || !count || count > MAX_COUNT) {
		fprintf(stderr, "usage: config_times [-n COUNT] FILE\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0) {
		perror(argv[1]);
		return 2;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (access_all(fd, &kinds[i], count)) {
			fprintf(stderr, "config_times: %s: %s\n", kinds[i].name, strerror(errno));
			return 1;
		}
		report(&kinds[i], count);
	}
	return 0;
}

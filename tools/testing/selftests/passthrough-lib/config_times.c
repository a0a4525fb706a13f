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
#include <string.h>
#include <unistd.h>

#include "timing.h"

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
	sort_times(took, count);
	printf("%s %u %llu %llu\n", kind->name, count, took[count / 2], took[count / 10 * 9]);
}

int main(int argc, char **argv)
{
	unsigned int count = 1000, i;
	const char *file = file_and_count(argc, argv, &count, MAX_COUNT);
	int fd;

	if (!file) {
		fprintf(stderr, "usage: config_times [-n COUNT] FILE\n");
		return 2;
	}
	fd = open(file, O_RDWR);
	if (fd < 0) {
		perror(file);
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

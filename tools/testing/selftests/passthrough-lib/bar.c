// SPDX-License-Identifier: GPL-2.0
/*
 * Registers in the first BAR of a PCI device: what config space does not show of the
 * traces that an owner leaves. Used by the suites reset-guest (in guests) and quirks.
 *
 *	bar DEVICE OFFSET[=VALUE]...		read, or write; 32 bits, all hex
 *
 * DEVICE is the device's folder in sysfs. Memory decode is switched on and left on, so
 * no driver is needed. Each value read goes to a line of its own.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_in(const char *dir, const char *name)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_SYNC);
	if (fd < 0)
		perror(path);
	return fd;
}

static int one(volatile uint32_t *bar, off_t size, const char *word)
{
	unsigned int off, value;
	int n = sscanf(word, "%x=%x", &off, &value);

	if (n < 1 || off & 3 || off + 4 > size) {
		fprintf(stderr, "bar: not understood: %s\n", word);
		return 2;
	}
	if (n == 2)
		bar[off / 4] = value;
	else
		printf("%08x\n", bar[off / 4]);
	return 0;
}

int main(int argc, char **argv)
{
	int i, config, fd, status = 0;
	uint16_t command;
	struct stat about;
	void *bar;

	if (argc < 3) {
		fprintf(stderr, "usage: bar DEVICE OFFSET[=VALUE]...\n");
		return 2;
	}
	fd = open_in(argv[1], "resource0");
	if (fd < 0 || fstat(fd, &about))
		return 1;
	config = open_in(argv[1], "config");
	if (config < 0 || pread(config, &command, 2, 4) != 2) {
		perror("bar: config");
		return 1;
	}
	command |= 2;
	if (pwrite(config, &command, 2, 4) != 2) {
		perror("bar: config");
		return 1;
	}
	bar = mmap(NULL, about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED) {
		perror("bar: mmap");
		return 1;
	}
	for (i = 2; i < argc && !status; i++)
		status = one(bar, about.st_size, argv[i]);
	return status;
}

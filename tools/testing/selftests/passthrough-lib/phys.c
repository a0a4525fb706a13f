// SPDX-License-Identifier: GPL-2.0
/*
 * Physical memory that is not the kernel's, from outside: what a device has written to
 * memory that firmware reserves. Used by the suites of iommu-ext.
 *
 *	phys ADDRESS[=VALUE]...		read, or write; 32 bits, all hex
 *
 * Each value read goes to a line of its own.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int one(int fd, const char *word)
{
	unsigned long page = sysconf(_SC_PAGESIZE), at;
	volatile uint32_t *memory;
	unsigned int value;
	void *map;
	int n = sscanf(word, "%lx=%x", &at, &value);

	if (n < 1 || at & 3) {
		fprintf(stderr, "phys: not understood: %s\n", word);
		return 2;
	}
	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at & ~(page - 1));
	if (map == MAP_FAILED) {
		perror("phys: mmap");
		return 1;
	}
	memory = (uint32_t *)((char *)map + (at & (page - 1)));
	if (n == 2)
		*memory = value;
	else
		printf("0x%08x\n", *memory);
	munmap(map, page);
	return 0;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC), i, status = 0;

	if (fd < 0) {
		perror("/dev/mem");
		return 1;
	}
	for (i = 1; i < argc && !status; i++)
		status = one(fd, argv[i]);
	return status;
}

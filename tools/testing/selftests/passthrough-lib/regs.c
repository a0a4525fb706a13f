// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of a PCI device by its config file in sysfs, each with one access of the
 * wanted width. Knows nothing of our tables. setpci does the same where there is one.
 *
 *	regs CONFIG REGISTER.LENGTH[=VALUE]...	read, or write; all hex
 *	regs CONFIG caps			both capability lists, as ID@OFFSET
 *
 * Each value read goes to a line of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fd;

static uint32_t get(unsigned int off, unsigned int len)
{
	uint32_t value = 0;

	if (pread(fd, &value, len, off) != (ssize_t)len)
		fprintf(stderr, "regs: cannot read %x.%u: %s\n", off, len, strerror(errno));
	return value;
}

static int one(const char *word)
{
	unsigned int off, len, value;
	int n = sscanf(word, "%x.%u=%x", &off, &len, &value);

	if (n < 2 || (len != 1 && len != 2 && len != 4)) {
		fprintf(stderr, "regs: not understood: %s\n", word);
		return 2;
	}
	if (n == 2) {
		printf("%0*x\n", 2 * len, get(off, len));
		return 0;
	}
	if (pwrite(fd, &value, len, off) == (ssize_t)len)
		return 0;
	fprintf(stderr, "regs: cannot write %s: %s\n", word, strerror(errno));
	return 1;
}

static void caps(void)
{
	unsigned int left, pos;
	uint32_t header;

	/* A list that never ends is cut. */
	for (left = 48, pos = get(0x34, 1); left-- && pos >= 0x40; pos = header >> 8 & 0xff) {
		pos &= ~3u;
		header = get(pos, 2);
		printf("%02x@%02x\n", header & 0xff, pos);
	}
	for (left = 480, pos = 0x100; left-- && pos >= 0x100; pos = header >> 20 & ~3u) {
		header = get(pos, 4);
		if (!header || header == ~0u)
			break;
		/* Id 0 only holds the link to the next. */
		if (header & 0xffff)
			printf("%04x@%03x\n", header & 0xffff, pos);
	}
}

int main(int argc, char **argv)
{
	int i, status = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: regs CONFIG caps | REGISTER.LENGTH[=VALUE]...\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0) {
		perror(argv[1]);
		return 2;
	}
	if (!strcmp(argv[2], "caps")) {
		caps();
		return 0;
	}
	for (i = 2; i < argc && !status; i++)
		status = one(argv[i]);
	return status;
}

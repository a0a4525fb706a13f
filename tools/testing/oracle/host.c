// SPDX-License-Identifier: GPL-2.0
/*
 * The half that runs on the host: describe a card, find out what of it can be
 * written, and judge what a guest has made of it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "card.h"

/* include/linux/ioport.h */
#define IORESOURCE_IO	0x100
#define IORESOURCE_MEM	0x200

static FILE *open_attribute(const char *bdf, const char *name)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", bdf, name);
	file = fopen(path, "r");
	if (!file)
		die("%s: cannot be read", path);
	return file;
}

static unsigned int attribute(const char *bdf, const char *name)
{
	FILE *file = open_attribute(bdf, name);
	unsigned int value;

	if (fscanf(file, "%i", &value) != 1)
		die("%s: no number", name);
	fclose(file);
	return value;
}

static int open_config(const char *bdf, int flags, unsigned int *size)
{
	struct stat st;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(path, flags);
	if (fd < 0 || fstat(fd, &st))
		die("%s: cannot be opened", path);
	*size = st.st_size;
	return fd;
}

static void print_dump(const u8 *registers, unsigned int size)
{
	unsigned int off;

	printf("dump\n");
	for (off = 0; off < size; off += 4)
		if (card_get(registers, off, 4))
			printf("%03x %08x\n", off, card_get(registers, off, 4));
}

/* The kernel's view, for a VF has no BARs of its own. */
static void print_bars(const char *bdf)
{
	FILE *file = open_attribute(bdf, "resource");
	unsigned long long start, end, flags;
	unsigned int n;

	for (n = 0; n <= PBNG_CFG_ROM; n++) {
		if (fscanf(file, "%llx %llx %llx", &start, &end, &flags) != 3)
			die("resource: line %u is missing", n + 1);
		if (!end || !(flags & (IORESOURCE_IO | IORESOURCE_MEM)))
			continue;
		flags &= flags & IORESOURCE_IO ? ~PCI_BASE_ADDRESS_IO_MASK :
						 ~PCI_BASE_ADDRESS_MEM_MASK;
		printf("bar %u %llx %llx %llx\n", n, start, end - start + 1, flags & 0xf);
	}
	fclose(file);
}

int host_describe(const char *bdf)
{
	u8 registers[PBNG_CFG_EXT_SIZE];
	unsigned int size, irq;
	int fd = open_config(bdf, O_RDONLY, &size);

	card_dump(fd, size, registers);
	printf("device %04x %04x\n", attribute(bdf, "vendor"), attribute(bdf, "device"));
	irq = attribute(bdf, "irq");
	/* A pin that the host has no interrupt for is none. */
	printf("line %u %u\n", irq & 0xff, irq ? registers[PCI_INTERRUPT_PIN] : 0);
	printf("space %u %u\n", size, registers[PCI_HEADER_TYPE] & 0x7f);
	print_bars(bdf);
	print_dump(registers, size);
	close(fd);
	return 0;
}

int host_dump(const char *bdf)
{
	u8 registers[PBNG_CFG_EXT_SIZE];
	unsigned int size;
	int fd = open_config(bdf, O_RDONLY, &size);

	card_dump(fd, size, registers);
	print_dump(registers, size);
	close(fd);
	return 0;
}

static u8 exchange(int fd, unsigned int off, u8 value)
{
	if (pwrite(fd, &value, 1, off) != 1 || pread(fd, &value, 1, off) != 1)
		die("cannot access register %#x", off);
	return value;
}

/*
 * Which of the bits that a guest may write does the card keep? Tried out on the
 * card, by byte: a neighbour may be COMMAND.
 */
int host_probe(const char *bdf, const char *description)
{
	struct card *card = card_load(description);
	unsigned int off, size;
	int fd = open_config(bdf, O_RDWR, &size);

	memset(card->ram, 0xff, sizeof(card->ram));
	sweep_model(card);
	memset(card->ram, 0, sizeof(card->ram));
	for (off = 0; off < size; off++) {
		u8 bits = card->written[off], old, ones, zeros;

		if (!bits)
			continue;
		if (pread(fd, &old, 1, off) != 1)
			die("cannot read register %#x", off);
		ones = exchange(fd, off, old | bits);
		zeros = exchange(fd, off, old & ~bits);
		exchange(fd, off, old);
		card->ram[off] = ones & ~zeros & bits;
	}
	for (off = 0; off < size; off += 4)
		if (card_get(card->ram, off, 4))
			printf("ram %03x %08x\n", off, card_get(card->ram, off, 4));
	close(fd);
	return 0;
}

/* Did a bit change between two dumps that no guest's write may change? */
int host_changed(const char *before, const char *after)
{
	struct card *old = card_load(before), *new = card_load(after);
	u8 was[PBNG_CFG_EXT_SIZE];
	unsigned int off, found = 0;

	memcpy(was, old->hw, sizeof(was));
	sweep_model(old);
	for (off = 0; off < old->device.size; off += 4) {
		u32 may = card_get(old->touched, off, 4) | card_get(old->loose, off, 4);
		u32 from = card_get(was, off, 4), to = card_get(new->hw, off, 4);

		if (!((from ^ to) & ~may))
			continue;
		found++;
		printf("%03x: was %08x, is %08x, a guest may change %08x\n", off, from, to, may);
	}
	return found != 0;
}

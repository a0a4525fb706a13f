// SPDX-License-Identifier: GPL-2.0
/*
 * What a VMM does with a device of VFIO's, step by step, and DMA by that device where it
 * is an `edu`, QEMU's card for learners. Used by the suites of iommu-ext.
 *
 *	vfio BDF [STEP]...
 *
 *	ranges			I/O addresses that the VMM may use
 *	map AT SIZE BYTE	give the device memory of ours, filled with BYTE, at AT
 *	unmap AT SIZE		take it back
 *	show AT			what is in such memory
 *	device			open the device
 *	write AT VALUE		let the device write VALUE to AT
 *	read AT			let the device read from AT
 *	hold			go on when standard input ends
 *
 * All numbers are hex; what is shown, read or written are 32 bits. First the group is
 * opened and given to a container, as a VMM does. A line for each step and what came of
 * it, "STEP [0xAT]: RESULT", where RESULT is ok, a value or the name of an error. Exit
 * status: 0, 1 after the first step that failed but `map`, 2 nothing understood. A device
 * reads 0 where nothing is mapped, and its writes go nowhere; it is not told either.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/vfio.h>

#include "vfio.h"

#define MAX_MAPS	8

struct map {
	uint64_t at, size;
	uint32_t *memory;
};

static struct map maps[MAX_MAPS];
static int container, group;
static const char *bdf;
int vfio_device = -1;

/* Say what came of a step; 0 or 1 for main(). */
int vfio_result(const char *step, bool good)
{
	printf("%s: %s\n", step, good ? "ok" : strerrorname_np(errno));
	return !good;
}

int vfio_result_at(const char *step, uint64_t at, bool good)
{
	char text[64];

	snprintf(text, sizeof(text), "%s 0x%llx", step, (unsigned long long)at);
	return vfio_result(text, good);
}

int vfio_value_at(const char *step, uint64_t at, uint32_t value)
{
	printf("%s 0x%llx: 0x%08x\n", step, (unsigned long long)at, value);
	return 0;
}

static int open_group(void)
{
	char link[128], path[128], target[256] = "";

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group", bdf);
	if (readlink(link, target, sizeof(target) - 1) < 0)
		return vfio_result("group", false);
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(target, '/'));
	container = open("/dev/vfio/vfio", O_RDWR);
	group = open(path, O_RDWR);
	return vfio_result("group", container >= 0 && group >= 0);
}

/* Who may not have the group learns it here. */
static int open_container(void)
{
	if (vfio_result("container", !ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)))
		return 1;
	return vfio_result("iommu", !ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
}

static void show_ranges(const struct vfio_iommu_type1_info_cap_iova_range *cap)
{
	unsigned int i;

	for (i = 0; i < cap->nr_iovas; i++)
		printf("range: 0x%llx-0x%llx\n", cap->iova_ranges[i].start,
		       cap->iova_ranges[i].end);
}

static int ranges(char **args)
{
	union {
		struct vfio_iommu_type1_info info;
		char room[4096];
	} all = { .info.argsz = sizeof(all) };
	const struct vfio_info_cap_header *cap;
	uint32_t at;

	(void)args;
	if (ioctl(container, VFIO_IOMMU_GET_INFO, &all))
		return vfio_result("ranges", false);
	at = all.info.flags & VFIO_IOMMU_INFO_CAPS ? all.info.cap_offset : 0;
	for (; at; at = cap->next) {
		cap = (const void *)(all.room + at);
		if (cap->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			show_ranges((const void *)cap);
	}
	return vfio_result("ranges", true);
}

uint64_t vfio_number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 16);

	if (*end || end == text) {
		fprintf(stderr, "vfio: not a number: %s\n", text);
		exit(2);
	}
	return value;
}

/* Memory at an I/O address; NULL, with errno, where that is refused. */
void *vfio_give(uint64_t at, uint64_t size, int byte)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.iova = at, .size = size,
	};
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	memset(memory, byte, size);
	map.vaddr = (uintptr_t)memory;
	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map) ? NULL : memory;
}

/* A refusal is a result here: what is reserved cannot be mapped. */
static int do_map(char **args)
{
	static unsigned int used;
	struct map *map = &maps[used];

	if (used == MAX_MAPS)
		exit(2);
	map->at = vfio_number(args[0]);
	map->size = vfio_number(args[1]);
	map->memory = vfio_give(map->at, map->size, vfio_number(args[2]));
	vfio_result_at("map", map->at, map->memory);
	if (map->memory)
		used++;
	return 0;
}

static int do_unmap(char **args)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap), .iova = vfio_number(args[0]), .size = vfio_number(args[1]),
	};

	return vfio_result_at("unmap", unmap.iova, !ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap));
}

static int show(char **args)
{
	uint64_t at = vfio_number(args[0]);
	const struct map *map;

	for (map = maps; map < maps + MAX_MAPS; map++) {
		if (at >= map->at && at - map->at < map->size)
			return vfio_value_at("show", at, map->memory[(at - map->at) / 4]);
	}
	errno = EFAULT;
	return vfio_result_at("show", at, false);
}

int vfio_open_device(char **args)
{
	(void)args;
	if (vfio_device >= 0)
		return 0;
	vfio_device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	return vfio_result("device", vfio_device >= 0);
}

static int hold(char **args)
{
	char byte;

	(void)args;
	puts("hold");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

static const struct {
	const char *name;
	int args;
	int (*run)(char **args);
} steps[] = {
	{ "ranges", 0, ranges }, { "map", 3, do_map }, { "unmap", 2, do_unmap },
	{ "show", 1, show }, { "device", 0, vfio_open_device }, { "write", 2, vfio_edu_write },
	{ "read", 1, vfio_edu_read }, { "hold", 0, hold }, { NULL, 0, NULL },
};

static int step(char **args, int left)
{
	int i;

	for (i = 0; steps[i].name; i++) {
		if (!strcmp(args[0], steps[i].name) && left > steps[i].args)
			return steps[i].run(args + 1) ? -1 : 1 + steps[i].args;
	}
	fprintf(stderr, "vfio: not understood: %s\n", args[0]);
	exit(2);
}

int main(int argc, char **argv)
{
	int i, used;

	if (argc < 2) {
		fprintf(stderr, "usage: vfio BDF [STEP]...\n");
		return 2;
	}
	/* Whoever waits for "hold" reads a file or a pipe. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	bdf = argv[1];
	if (open_group() || open_container())
		return 1;
	for (i = 2; i < argc; i += used) {
		used = step(argv + i, argc - i);
		if (used < 0)
			return 1;
	}
	return 0;
}

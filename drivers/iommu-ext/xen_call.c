// SPDX-License-Identifier: GPL-2.0
/* Hypercalls, see xen_call.h. */
#include <linux/err.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <xen/interface/xen.h>
#include <xen/interface/memory.h>
#include <xen/interface/physdev.h>
#include <xen/interface/version.h>
#include <asm/xen/hypercall.h>

#include "xen_call.h"

/* Xen's public headers have it, the kernel's copy of them has not. */
#define XENMEM_reserved_device_memory_map	27
#define XENMEM_RDM_ALL				1

struct rdm_map {
	u32 flags;
	unsigned int nr_entries;
	struct ie_xen_range *buffer;
	struct physdev_pci_device where;
};

static_assert(sizeof(xen_pfn_t) == sizeof(u64) && sizeof(xen_ulong_t) == sizeof(u64));

#define FIRST_ROOM	8
#define MAX_ROOM	4096	/* more ranges than this is nonsense */

u32 ie_xen_version(void)
{
	return HYPERVISOR_xen_version(XENVER_version, NULL);
}

static int read_map(struct pci_dev *pdev, struct ie_xen_ranges *ranges)
{
	struct rdm_map map = {
		.nr_entries = ranges->count,
		.buffer = ranges->range,
	};
	int err;

	if (pdev) {
		map.where.seg = pci_domain_nr(pdev->bus);
		map.where.bus = pdev->bus->number;
		map.where.devfn = pdev->devfn;
	} else {
		map.flags = XENMEM_RDM_ALL;
	}
	err = HYPERVISOR_memory_op(XENMEM_reserved_device_memory_map, &map);
	if (err == -ENOSYS || err == -EOPNOTSUPP) {
		map.nr_entries = 0;
		err = 0;
	}
	if (!err || err == -ENOBUFS)
		ranges->count = map.nr_entries;
	return err;
}

struct ie_xen_ranges *ie_xen_rdm(struct pci_dev *pdev)
{
	struct ie_xen_ranges *ranges;
	unsigned int room = FIRST_ROOM;
	int err;

	do {
		ranges = kzalloc(struct_size(ranges, range, room), GFP_KERNEL);
		if (!ranges)
			return ERR_PTR(-ENOMEM);
		ranges->count = room;
		err = read_map(pdev, ranges);
		if (!err && ranges->count <= room)
			return ranges;
		/* It wants more than it was offered, or it makes no sense. */
		err = err == -ENOBUFS && ranges->count > room ? 0 : err ?: -EIO;
		room = ranges->count;
		kfree(ranges);
	} while (!err && room <= MAX_ROOM);
	return ERR_PTR(err ?: -E2BIG);
}

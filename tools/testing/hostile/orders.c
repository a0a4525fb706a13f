// SPDX-License-Identifier: GPL-2.0
/* See orders.h. */
#include <linux/kernel.h>
#include <linux/pci_regs.h>
#include <linux/string.h>

#include "orders.h"

/* splitmix64: every seed is a good one. */
static u64 next(struct orders *orders)
{
	u64 z;

	orders->random += 0x9e3779b97f4a7c15ULL;
	z = orders->random;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

u32 orders_random(struct orders *orders)
{
	return next(orders) >> 32;
}

u32 orders_below(struct orders *orders, u32 n)
{
	return orders_random(orders) % n;
}

/* Of one of an array's members. */
#define INDEX(orders, array)	orders_below(orders, ARRAY_SIZE(array))

/* How many of a hundred. */
static const u8 weights[ORDER_KINDS] = {
	[ORDER_READ] = 30, [ORDER_WRITE] = 30, [ORDER_VENDOR] = 5,
	[ORDER_BAD_SIZE] = 6, [ORDER_BAD_OFFSET] = 12, [ORDER_BAD_ADDRESS] = 6,
	[ORDER_BAD_CMD] = 4, [ORDER_MSI] = 3, [ORDER_EVENTS] = 2,
	[ORDER_REPORT] = 2,
};

static enum order_kind pick_kind(struct orders *orders)
{
	u32 left = orders_below(orders, 100);
	enum order_kind kind = 0;

	while (left >= weights[kind])
		left -= weights[kind++];
	return kind;
}

/*
 * A reset or a change of power state takes as long as a thousand other orders: most
 * writes there go elsewhere, or nothing else would be tried in a run.
 */
static void spare_slow(struct orders *orders, const struct orders_device *device,
		       struct xen_pci_op *op)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(device->slow); i++)
		if (device->slow[i] && op->offset < device->slow[i] + 2 &&
		    op->offset + op->size > device->slow[i] &&
		    orders_below(orders, 16))
			op->offset = PCI_BASE_ADDRESS_0;
}

/* Half of them in the first 256 bytes, where most registers are. */
static void make_config(struct orders *orders, const struct orders_device *device,
			struct xen_pci_op *op, u32 cmd)
{
	op->cmd = cmd;
	op->size = 1 << orders_below(orders, 3);
	op->offset = orders_below(orders, orders_below(orders, 2) ? 256 : 4096) &
		     ~(op->size - 1);
	op->value = orders_below(orders, 4) ? orders_random(orders) : ~0u;
	if (cmd == XEN_PCI_OP_conf_write)
		spare_slow(orders, device, op);
}

static void make_bad_size(struct orders *orders, struct xen_pci_op *op)
{
	static const s32 sizes[] = { 0, 3, 5, 6, 7, 8, 16, 4096, -1, -2, -4, S32_MIN, S32_MAX };

	if (orders_below(orders, 3)) {
		op->size = sizes[INDEX(orders, sizes)];
	} else {
		/* Across its own end. */
		op->size = 2 + 2 * orders_below(orders, 2);
		op->offset |= 1;
	}
}

/* Most are aligned, so that it is not for this that they are refused. */
static void make_bad_offset(struct orders *orders, struct xen_pci_op *op)
{
	static const s32 offsets[] = {
		-4, -8, -256, -4096, -4092, -8192, -65536, S32_MIN, S32_MIN + 4,
		4096, 4100, 8192, 65536, 1 << 20, 1 << 28, S32_MAX - 3,
	};

	switch (orders_below(orders, 4)) {
	case 0:
		op->offset = (s32)(orders_random(orders) | 1u << 31) & ~3;
		break;
	case 1:
		/* In reach of a configuration access that wraps around. */
		op->offset = -4 * (s32)(1 + orders_below(orders, 1 << 20));
		break;
	case 2:
		op->offset = 4096 + 4 * orders_below(orders, 1 << 20);
		break;
	default:
		op->offset = offsets[INDEX(orders, offsets)];
	}
}

static bool is_ours(const struct orders *orders, const struct xen_pci_op *op)
{
	unsigned int i;

	for (i = 0; i < orders->devices; i++)
		if (!op->domain && !op->bus && op->devfn == orders->device[i].devfn)
			return true;
	return false;
}

static void make_bad_address(struct orders *orders, struct xen_pci_op *op)
{
	static const u32 domains[] = { 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, ~0u };
	static const u32 buses[] = { 1, 2, 5, 255, 256, 0x10000, ~0u };

	switch (orders_below(orders, 4)) {
	case 0:
		op->domain = domains[INDEX(orders, domains)];
		break;
	case 1:
		op->bus = buses[INDEX(orders, buses)];
		break;
	case 2:
		op->devfn |= 1u << (8 + orders_below(orders, 24));
		break;
	default:
		op->devfn = orders_below(orders, 256);
	}
	if (is_ours(orders, op))
		op->bus = 1;
}

static void make_bad_cmd(struct orders *orders, struct xen_pci_op *op)
{
	static const u32 cmds[] = { 10, 100, 0x80000000, ~0u };

	if (orders_below(orders, 2))
		op->cmd = XEN_PCI_OP_aer_detected + orders_below(orders, 4);
	else
		op->cmd = cmds[INDEX(orders, cmds)];
}

static void make_msi(struct orders *orders, struct xen_pci_op *op)
{
	static const u32 counts[] = { 0, 1, 1, 2, 3, 5, 10, 127, 128, 129, 4096, 0x80000000, ~0u };
	static const u16 entries[] = { 0, 1, 1, 2, 4, 127, 2047, 2048, 0xffff };
	bool sensible = orders_below(orders, 2);
	unsigned int i;

	op->cmd = XEN_PCI_OP_enable_msi + orders_below(orders, 4);
	op->value = counts[INDEX(orders, counts)];
	for (i = 0; i < SH_INFO_MAX_VEC; i++) {
		op->msix_entries[i].vector = orders_random(orders);
		op->msix_entries[i].entry = sensible ? i : entries[INDEX(orders, entries)];
	}
}

enum order_kind orders_next(struct orders *orders, struct xen_pci_op *op, u32 *id,
			    enum order_result *result)
{
	const struct orders_device *device =
		&orders->device[orders_below(orders, orders->devices)];
	enum order_kind kind = pick_kind(orders);

	memset(op, 0, sizeof(*op));
	op->devfn = device->devfn;
	*id = device->id;
	*result = RESULT_REFUSED;
	make_config(orders, device, op, kind == ORDER_READ || orders_below(orders, 2) ?
					XEN_PCI_OP_conf_read : XEN_PCI_OP_conf_write);
	switch (kind) {
	case ORDER_BAD_SIZE:
		make_bad_size(orders, op);
		break;
	case ORDER_BAD_OFFSET:
		make_bad_offset(orders, op);
		break;
	case ORDER_BAD_ADDRESS:
		make_bad_address(orders, op);
		break;
	case ORDER_BAD_CMD:
		make_bad_cmd(orders, op);
		break;
	case ORDER_MSI:
		make_msi(orders, op);
		*result = RESULT_ANY;
		break;
	case ORDER_WRITE:
		make_config(orders, device, op, XEN_PCI_OP_conf_write);
		*result = RESULT_ANY;
		break;
	case ORDER_READ:
		*result = RESULT_ANY;
		break;
	default:
		op->cmd = XEN_PCI_OP_conf_read;
		op->offset = PCI_VENDOR_ID;
		op->size = 4;
		*result = RESULT_ID;
	}
	return kind;
}

void orders_scribble(struct orders *orders, struct xen_pci_sharedinfo *page)
{
	static const s32 offsets[] = { 0, 4, PCI_BASE_ADDRESS_0, 0x100, -4, -4096, 4096, S32_MIN };
	static const s32 sizes[] = { 1, 2, 4, 8, 0, -1, 4096 };
	struct xen_pci_op *op = &page->op;
	u32 i;

	switch (orders_below(orders, 8)) {
	case 0:
		WRITE_ONCE(op->cmd, orders_below(orders, 8));
		break;
	case 1:
	case 2:
		WRITE_ONCE(op->offset, offsets[INDEX(orders, offsets)]);
		break;
	case 3:
		WRITE_ONCE(op->size, sizes[INDEX(orders, sizes)]);
		break;
	case 4:
		/* Also the number of MSI-X vectors. */
		WRITE_ONCE(op->value, orders_below(orders, 2) ? orders_random(orders) :
								orders_below(orders, 200));
		break;
	case 5:
		WRITE_ONCE(op->devfn, orders_below(orders, 2) ? orders_random(orders) :
				      orders->device[0].devfn);
		WRITE_ONCE(op->bus, orders_below(orders, 2) ? orders_random(orders) : 0);
		break;
	case 6:
		i = orders_below(orders, SH_INFO_MAX_VEC);
		WRITE_ONCE(op->msix_entries[i].entry, orders_random(orders));
		WRITE_ONCE(op->msix_entries[i].vector, orders_random(orders));
		break;
	default:
		WRITE_ONCE(op->err, orders_random(orders));
		WRITE_ONCE(op->domain, orders_below(orders, 2));
	}
}

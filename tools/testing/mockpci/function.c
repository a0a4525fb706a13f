// SPDX-License-Identifier: GPL-2.0
/* One function of the mock bus: finding it, resetting it, its BAR memory. */
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "mockpci.h"

DEFINE_RAW_SPINLOCK(mock_lock);

static struct {
	phys_addr_t base;
	size_t size;
	void __iomem *at;
} memory;

static bool is_bridge(enum mock_kind kind)
{
	return kind == MOCK_PORT || kind == MOCK_BRIDGE;
}

static struct mock_fn *fn_alloc(enum mock_kind kind)
{
	struct mock_fn *fn = kvzalloc(sizeof(*fn), GFP_KERNEL);

	if (!fn)
		return NULL;
	fn->kind = kind;
	fn->present = kind != MOCK_VF;
	if (!is_bridge(kind))
		return fn;
	fn->behind = kzalloc(sizeof(*fn->behind), GFP_KERNEL);
	if (!fn->behind) {
		kvfree(fn);
		return NULL;
	}
	xa_init(fn->behind);
	return fn;
}

static void fn_free(struct mock_fn *fn)
{
	if (fn->behind)
		mock_fn_free_all(fn->behind);
	kfree(fn->behind);
	kvfree(fn);
}

struct mock_fn *mock_fn_add(struct xarray *where, unsigned int devfn, enum mock_kind kind,
			    bool multi, bool bar)
{
	static atomic_t serial;
	struct mock_fn *fn = fn_alloc(kind);

	if (!fn)
		return NULL;
	fn->place = where;
	mock_image(fn, atomic_inc_return(&serial), multi, bar);
	if (xa_insert(where, devfn, fn, GFP_KERNEL)) {
		fn_free(fn);
		return NULL;
	}
	return fn;
}

void mock_fn_free_all(struct xarray *where)
{
	struct mock_fn *fn;
	unsigned long devfn;

	xa_for_each(where, devfn, fn)
		fn_free(fn);
	xa_destroy(where);
}

/*
 * What is on a bus. The way leads over the bridges, not over bus numbers, so the
 * kernel may number buses as it likes. NULL where a bridge on the way is gone.
 */
struct xarray *mock_fn_place(struct pci_bus *bus)
{
	struct mock_fn *bridge;

	if (pci_is_root_bus(bus))
		return &mock_host_of(bus)->root;
	if (!bus->self)
		return NULL;
	bridge = mock_fn_find(bus->parent, bus->self->devfn);
	return bridge && bridge->present && !bridge->all_ones ? bridge->behind : NULL;
}

/*
 * Also a function that is not present now. A bus without a bridge of its own is for VFs
 * that have no room on their PF's.
 */
struct mock_fn *mock_fn_find(struct pci_bus *bus, unsigned int devfn)
{
	struct xarray *place;

	while (!pci_is_root_bus(bus) && !bus->self) {
		devfn += 256 * (bus->number - bus->parent->number);
		bus = bus->parent;
	}
	place = mock_fn_place(bus);

	return place ? xa_load(place, devfn) : NULL;
}

/* The first @count VFs are there, the others are not. */
void mock_fn_vfs(struct mock_fn *pf, unsigned int count)
{
	struct mock_fn *fn;
	unsigned long devfn;

	lockdep_assert_held(&mock_lock);
	xa_for_each(pf->place, devfn, fn)
		if (fn->pf == pf)
			fn->present = devfn < MOCK_VF_OFFSET + count;
}

/* As after power-on: what firmware or a driver had set is gone, in BAR memory too. */
void mock_fn_reset(struct mock_fn *fn)
{
	void __iomem *bar = mock_fn_memory(fn);
	struct mock_fn *other;
	unsigned long devfn;

	lockdep_assert_held(&mock_lock);
	if (bar)
		memset_io(bar, 0, MOCK_BAR_SIZE);
	memcpy(fn->cfg, fn->power_on, MOCK_CFG_SIZE);
	if (fn->kind == MOCK_PF)
		mock_fn_vfs(fn, 0);
	if (!fn->behind)
		return;
	xa_for_each(fn->behind, devfn, other)
		mock_fn_reset(other);
}

/* Does it reset on its way from D3hot to D0? */
void mock_fn_set_forgets(struct mock_fn *fn, bool forgets)
{
	u16 control = mock_get(fn->power_on, MOCK_PM + PCI_PM_CTRL, 2);

	lockdep_assert_held(&mock_lock);
	control &= ~PCI_PM_CTRL_NO_SOFT_RESET;
	if (!forgets)
		control |= PCI_PM_CTRL_NO_SOFT_RESET;
	mock_put(fn->power_on, MOCK_PM + PCI_PM_CTRL, 2, control);
	control |= mock_get(fn->cfg, MOCK_PM + PCI_PM_CTRL, 2) & PCI_PM_CTRL_STATE_MASK;
	mock_put(fn->cfg, MOCK_PM + PCI_PM_CTRL, 2, control);
}

/* One that was under way ends. */
void mock_fn_busy(struct mock_fn *fn, unsigned int ms)
{
	lockdep_assert_held(&mock_lock);
	fn->ready = ms ? ktime_get_mono_fast_ns() + (u64)ms * NSEC_PER_MSEC : 0;
}

/* Does it answer? */
bool mock_fn_ready(const struct mock_fn *fn)
{
	return !fn->all_ones && (!fn->ready || ktime_get_mono_fast_ns() >= fn->ready);
}

/* Mapped as drivers map their BARs: x86 refuses to have it both ways. */
int mock_fn_set_memory(phys_addr_t base, size_t size)
{
	if (!PAGE_ALIGNED(base) || !PAGE_ALIGNED(size) || !size)
		return -EINVAL;
	memory.at = ioremap(base, size);
	if (!memory.at)
		return -ENOMEM;
	memory.base = base;
	memory.size = size;
	return 0;
}

void mock_fn_put_memory(void)
{
	if (memory.at)
		iounmap(memory.at);
	memory.at = NULL;
}

/* The memory that BAR 0 shows now, or NULL. */
void __iomem *mock_fn_memory(struct mock_fn *fn)
{
	u64 bar = mock_get(fn->cfg, PCI_BASE_ADDRESS_0, 4) & (u32)PCI_BASE_ADDRESS_MEM_MASK;

	if (!memory.at || is_bridge(fn->kind) || bar < memory.base ||
	    bar + MOCK_BAR_SIZE > memory.base + memory.size)
		return NULL;
	return memory.at + (bar - memory.base);
}

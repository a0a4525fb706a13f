/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI host bridge whose functions live in memory: a test fixture, see README.rst.
 *
 *   main.c      parameters; which functions there are
 *   host.c      a PCI domain: root bus, scanning, hot-plug
 *   function.c  one function: finding it, resetting it, its BAR memory
 *   image.c     what a function's configuration space looks like
 *   config.c    what reads and writes do
 *   msi.c       interrupts
 *   control.c   the knobs in debugfs
 */
#ifndef MOCKPCI_H
#define MOCKPCI_H

#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

/* The vendor's experimental range: no driver of the kernel takes these. */
#define MOCK_VENDOR		0x1af4
#define MOCK_DEV_ENDPOINT	0x10f0
#define MOCK_DEV_PF		0x10f1
#define MOCK_DEV_VF		0x10f2
#define MOCK_DEV_PLAIN		0x10f3
#define MOCK_DEV_PORT		0x10f4
#define MOCK_DEV_BRIDGE		0x10f5
#define MOCK_DEV_OLD		0x10f6
#define MOCK_DEV_SIMPLE		0x10f7

#define MOCK_CFG_SIZE		4096
#define MOCK_BAR_SIZE		0x4000
#define MOCK_ROM_SIZE		0x10000000

/* Where image.c puts things. */
#define MOCK_PM			0x40
#define MOCK_EXP		0x50
#define MOCK_MSI		0x90
#define MOCK_SCRATCH		0xc0	/* set by "firmware", wiped by a reset */
#define MOCK_SCRATCH_SIZE	0x10
#define MOCK_AF			0xe0	/* plain functions; not linked */
#define MOCK_SRIOV		0x100
#define MOCK_DSN		0x140

#define MOCK_VF_OFFSET		0x80	/* VF 0 of 01:00.0 is 01:10.0 */

enum mock_kind {
	MOCK_ENDPOINT,	/* PCIe, FLR */
	MOCK_PF,	/* the same with SR-IOV */
	MOCK_VF,	/* there while its PF has it enabled */
	MOCK_PLAIN,	/* PCIe in the root complex, no way to reset it */
	MOCK_OLD,	/* conventional PCI, reset by power management */
	MOCK_SIMPLE,	/* PCIe, reset by the port above and not else */
	MOCK_PORT,	/* root port */
	MOCK_BRIDGE,	/* PCIe to PCI */
	MOCK_KINDS
};

/**
 * struct mock_fn - one function
 * @kind: what it is
 * @cfg: its configuration space
 * @power_on: what a reset makes of @cfg
 * @writable: the bits of @cfg that a write changes
 * @place: the bus that it is on, by devfn
 * @behind: bridges: what is behind, by devfn; else NULL
 * @pf: VFs: their PF
 * @present: it is there
 * @all_ones: it is dead: reads are all-ones, writes are lost
 * @flr_ignored: its FLR does nothing
 * @stuck: the register here cannot be written; 0 for none
 * @flr_ms: its FLR takes so long, in which it reads all-ones
 * @bus_ms: the same for a reset by the bridge above
 * @d0_ms: the same for the way from D3hot to D0
 * @ready: when such a reset ends, in ns
 * @flrs: function level resets
 * @pm_resets: resets by D3hot and back
 * @bus_resets: resets by the bridge above
 * @reads: of its configuration space
 * @writes: to its configuration space
 *
 * All but @kind, @writable, @place, @behind and @pf is under mock_lock.
 */
struct mock_fn {
	enum mock_kind kind;
	u8 cfg[MOCK_CFG_SIZE];
	u8 power_on[MOCK_CFG_SIZE];
	u8 writable[MOCK_CFG_SIZE];
	struct xarray *place;
	struct xarray *behind;
	struct mock_fn *pf;
	bool present;
	bool all_ones;
	bool flr_ignored;
	unsigned int stuck;
	unsigned int flr_ms;
	unsigned int bus_ms;
	unsigned int d0_ms;
	u64 ready;
	unsigned int flrs;
	unsigned int pm_resets;
	unsigned int bus_resets;
	unsigned long reads;
	unsigned long writes;
};

/**
 * struct mock_host - a PCI domain
 * @sysdata: how x86 finds the domain's number; has to come first
 * @bus: the root bus
 * @root: what is on it, by devfn
 * @busn: its bus numbers
 * @window: its memory, empty when it has none
 */
struct mock_host {
	struct pci_sysdata sysdata;
	struct pci_bus *bus;
	struct xarray root;
	struct resource busn;
	struct resource window;
};

extern raw_spinlock_t mock_lock;
extern struct pci_ops mock_ops;

/* host.c */
struct mock_host *mock_host_alloc(int domain);
int mock_host_window(struct mock_host *host, phys_addr_t base, size_t size);
int mock_host_start(struct mock_host *host);
void mock_host_destroy(struct mock_host *host);
int mock_host_plug(struct pci_bus *bus, unsigned int devfn, enum mock_kind kind);
int mock_host_unplug(struct pci_bus *bus, unsigned int devfn, bool mark);
struct mock_host *mock_host_of(struct pci_bus *bus);

/* function.c */
struct mock_fn *mock_fn_add(struct xarray *where, unsigned int devfn, enum mock_kind kind,
			    bool multi, bool bar);
void mock_fn_free_all(struct xarray *where);
struct xarray *mock_fn_place(struct pci_bus *bus);
struct mock_fn *mock_fn_find(struct pci_bus *bus, unsigned int devfn);
void mock_fn_reset(struct mock_fn *fn);
void mock_fn_set_forgets(struct mock_fn *fn, bool forgets);	/* between D3hot and D0 */
void mock_fn_busy(struct mock_fn *fn, unsigned int ms);	/* its reset takes so long */
bool mock_fn_ready(const struct mock_fn *fn);
void mock_fn_vfs(struct mock_fn *pf, unsigned int count);
int mock_fn_set_memory(phys_addr_t base, size_t size);
void mock_fn_put_memory(void);
void __iomem *mock_fn_memory(struct mock_fn *fn);

/* image.c */
extern const char * const mock_kind_name[MOCK_KINDS];
void mock_image(struct mock_fn *fn, unsigned int serial, bool multi, bool bar);
void mock_image_sriov(struct mock_fn *fn, unsigned int vfs);

/* config.c: little-endian fields of a configuration space */
u32 mock_get(const u8 *cfg, unsigned int at, int size);
void mock_put(u8 *cfg, unsigned int at, int size, u32 value);

/* msi.c */
int mock_msi_init(void);
void mock_msi_exit(void);
struct irq_domain *mock_msi_domain(void);
int mock_msi_raise(struct mock_fn *fn);

/* control.c */
void mock_control_init(void);
void mock_control_exit(void);

/* main.c */
extern bool mock_flr;	/* plain functions have an FLR */
extern bool mock_log;	/* writes to the scratch registers are logged */
struct mock_host *mock_host_at(unsigned int index);	/* NULL behind the last */
bool mock_keep(void);	/* no function may go on this machine */

#endif /* MOCKPCI_H */

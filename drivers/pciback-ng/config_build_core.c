// SPDX-License-Identifier: GPL-2.0
/*
 * The tables: what we know about the registers of a PCI function and what a
 * guest may do with them. Built once a device into the array of
 * config_core.h; every row that is not simply "read-only" says why.
 *
 * Pure logic, see config_core.h.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pci_regs.h>
#include <linux/string.h>
#else
#include <linux/pci_regs.h>
#endif
#include "config_core.h"

/* Rows are relative to the start of the header or of the capability. */
#define RO(o, l)		{ .off = (o), .len = (l) }
#define PASS(o, l)		{ .off = (o), .len = (l), .write = ~0u }
#define ZERO(o, l, b)		{ .off = (o), .len = (l), .virt = (b) }
#define HOOK(o, l, h, w, c)	{ .off = (o), .len = (l), .hook = (h), \
				  .write = (w), .w1c = (c) }

/*
 * COMMAND is answered from our copy. Decode is asked of the host and never
 * taken away from the device (XSA-120), SERR# and parity stay the host's.
 */
#define COMMAND_WRITE	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | \
			 PCI_COMMAND_MASTER | PCI_COMMAND_SPECIAL | \
			 PCI_COMMAND_INVALIDATE | PCI_COMMAND_VGA_PALETTE | \
			 PCI_COMMAND_PARITY | PCI_COMMAND_WAIT | \
			 PCI_COMMAND_SERR | PCI_COMMAND_FAST_BACK | \
			 PCI_COMMAND_INTX_DISABLE)
#define STATUS_W1C	(PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT | \
			 PCI_STATUS_REC_TARGET_ABORT | \
			 PCI_STATUS_REC_MASTER_ABORT | \
			 PCI_STATUS_SIG_SYSTEM_ERROR | \
			 PCI_STATUS_DETECTED_PARITY)

struct block {
	const struct pbng_cfg_reg *row;
	unsigned int rows;
};

static const struct pbng_cfg_reg header_rows[] = {
	/* The errors are the guest's own. */
	{ .off = PCI_STATUS, .len = 2, .write = STATUS_W1C, .w1c = STATUS_W1C },
	RO(PCI_CLASS_REVISION, 4),
	PASS(PCI_CACHE_LINE_SIZE, 1),		/* a hint for MWI */
	RO(PCI_LATENCY_TIMER, 1),
	RO(PCI_HEADER_TYPE, 1),
	RO(PCI_BIST, 1),			/* a self test can stall the bus */
};

static const struct pbng_cfg_reg header0_rows[] = {
	RO(PCI_CARDBUS_CIS, 4),
	RO(PCI_SUBSYSTEM_VENDOR_ID, 4),
	RO(PCI_CAPABILITY_LIST, 4),
	RO(PCI_INTERRUPT_PIN, 1),
	RO(PCI_MIN_GNT, 2),
};

static const struct pbng_cfg_reg header1_rows[] = {
	/* Bus numbers and windows route other devices' traffic. */
	RO(0x18, 4), RO(0x1c, 4), RO(0x20, 4), RO(0x24, 4),
	RO(0x28, 4), RO(0x2c, 4), RO(0x30, 4), RO(0x34, 4),
	RO(PCI_INTERRUPT_PIN, 1),
	RO(PCI_BRIDGE_CONTROL, 2),		/* holds the bus reset bit */
};

static const struct pbng_cfg_reg pm_rows[] = {
	RO(0, 2),
	ZERO(PCI_PM_PMC, 2, PCI_PM_CAP_PME_MASK),	/* no wake of the host */
	HOOK(PCI_PM_CTRL, 2, PBNG_HOOK_PM_CTRL, PCI_PM_CTRL_STATE_MASK |
	     PCI_PM_CTRL_PME_STATUS | PCI_PM_CTRL_DATA_SEL_MASK,
	     PCI_PM_CTRL_PME_STATUS),
	RO(PCI_PM_PPB_EXTENSIONS, 2),
};

/* Address, data and mask bits are the host's (XSA-128, XSA-129). */
static const struct pbng_cfg_reg msi_rows[] = {
	RO(0, 2),
	HOOK(PCI_MSI_FLAGS, 2, PBNG_HOOK_MSI_CTRL, PCI_MSI_FLAGS_ENABLE, 0),
	RO(4, 4), RO(8, 4), RO(12, 4), RO(16, 4), RO(20, 4),
};

static const struct pbng_cfg_reg msix_rows[] = {
	RO(0, 2),
	HOOK(PCI_MSIX_FLAGS, 2, PBNG_HOOK_MSIX_CTRL,
	     PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL, 0),
	RO(PCI_MSIX_TABLE, 4),
	RO(PCI_MSIX_PBA, 4),
};

static const struct pbng_cfg_reg vpd_rows[] = {
	RO(0, 2),
	HOOK(PCI_VPD_ADDR, 2, PBNG_HOOK_VPD_ADDR, 0xffff, 0),
	RO(PCI_VPD_DATA, 4),
};

/* A guest must not believe in a reset that does not happen: no FLR here. */
static const struct pbng_cfg_reg exp_rows[] = {
	RO(0, 2),
	RO(PCI_EXP_FLAGS, 2),
	ZERO(PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_FLR),
};

static const struct pbng_cfg_reg af_rows[] = {
	RO(0, 2),
	ZERO(PCI_AF_CAP, 1, PCI_AF_CAP_FLR),
};

static const struct {
	u8 id;
	struct block block;
} caps[] = {
	{ PCI_CAP_ID_PM, { pm_rows, ARRAY_SIZE(pm_rows) } },
	{ PCI_CAP_ID_VPD, { vpd_rows, ARRAY_SIZE(vpd_rows) } },
	{ PCI_CAP_ID_MSI, { msi_rows, ARRAY_SIZE(msi_rows) } },
	{ PCI_CAP_ID_EXP, { exp_rows, ARRAY_SIZE(exp_rows) } },
	{ PCI_CAP_ID_MSIX, { msix_rows, ARRAY_SIZE(msix_rows) } },
	{ PCI_CAP_ID_AF, { af_rows, ARRAY_SIZE(af_rows) } },
};

/* Extended capabilities that a guest does not get to see, and why. */
static const struct {
	u8 id;
	u8 len;
} hidden_ext_caps[] = {
	{ PCI_EXT_CAP_ID_SRIOV, 0x40 },	/* makes functions that nobody gave away */
	{ PCI_EXT_CAP_ID_MRIOV, 0x40 },	/* the same for other hosts */
	{ PCI_EXT_CAP_ID_ACS, 0x30 },	/* the host's isolation */
	{ PCI_EXT_CAP_ID_ATS, 8 },	/* translated requests pass the IOMMU */
	{ PCI_EXT_CAP_ID_PRI, 0x10 },	/* needs ATS */
	{ PCI_EXT_CAP_ID_PASID, 8 },	/* needs ATS */
	{ PCI_EXT_CAP_ID_REBAR, 0x34 },	/* moves BARs the host has placed */
	{ 0x24 /* VF Resizable BAR */, 0x34 },
	{ PCI_EXT_CAP_ID_DPC, 0x40 },	/* takes the link down */
	{ PCI_EXT_CAP_ID_LTR, 8 },	/* the platform's power budget */
	{ PCI_EXT_CAP_ID_PTM, 0x0c },	/* the platform's clock */
	{ PCI_EXT_CAP_ID_L1SS, 0x14 },	/* both ends of the link must agree */
	{ PCI_EXT_CAP_ID_MCAST, 0x30 },	/* reaches other devices */
};

static int read_hw(struct pbng_cfg *cfg, u16 off, u16 len, u32 *value)
{
	*value = 0;
	return cfg->io->read(cfg->priv, off, len, value);
}

/* An overlap is the device's fault and no reason to refuse it: first come. */
static int add(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg)
{
	int err;

	if (reg->off + reg->len > cfg->size)
		return 0;
	err = pbng_cfg_add_reg(cfg, reg);
	return err == -EEXIST ? 0 : err;
}

static int add_block(struct pbng_cfg *cfg, u16 start, const struct block *block,
		     unsigned int end)
{
	unsigned int i;
	int err;

	for (i = 0; i < block->rows; i++) {
		struct pbng_cfg_reg reg = block->row[i];

		if (reg.off >= end)
			continue;
		reg.off += start;
		err = add(cfg, &reg);
		if (err)
			return err;
	}
	return 0;
}

static int add_value(struct pbng_cfg *cfg, u16 off, u16 len, u32 value,
		     u32 write)
{
	return add(cfg, &(struct pbng_cfg_reg) {
		.off = off, .len = len, .virt = ~0u, .write = write,
		.reset = value,
	});
}

/* One BAR, or two registers when it is 64 bit wide. */
static int add_bar(struct pbng_cfg *cfg, const struct pbng_cfg_bar *bar,
		   u16 off, bool wide)
{
	u64 mask = bar->size ? ~(bar->size - 1) : 0;
	struct pbng_cfg_reg reg = {
		.off = off, .len = 4, .hook = PBNG_HOOK_BAR,
		.virt = ~0u, .write = ~0u,
	};
	int err;

	reg.mask = mask;
	reg.base = bar->size ? ((u32)bar->start & reg.mask) | bar->flags : 0;
	reg.reset = reg.base;
	err = add(cfg, &reg);
	if (err || !wide)
		return err;
	reg.off += 4;
	reg.mask = mask >> 32;
	reg.base = bar->start >> 32;
	reg.reset = reg.base;
	return add(cfg, &reg);
}

static int add_bars(struct pbng_cfg *cfg, const struct pbng_cfg_device *device)
{
	unsigned int n = device->header ? 2 : PBNG_CFG_BARS;
	const struct pbng_cfg_bar *rom = &device->bar[PBNG_CFG_ROM];
	struct pbng_cfg_reg reg = {
		.off = device->header ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS,
		.len = 4, .hook = PBNG_HOOK_ROM, .virt = ~0u, .write = ~0u,
	};
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		const struct pbng_cfg_bar *bar = &device->bar[i];
		bool wide = i + 1 < n &&
			    !(bar->flags & PCI_BASE_ADDRESS_SPACE_IO) &&
			    bar->flags & PCI_BASE_ADDRESS_MEM_TYPE_64;

		err = add_bar(cfg, bar, PCI_BASE_ADDRESS_0 + 4 * i, wide);
		if (err)
			return err;
		i += wide;
	}
	if (rom->size) {
		reg.mask = ~(u32)(rom->size - 1) & PCI_ROM_ADDRESS_MASK;
		reg.base = rom->start & reg.mask;
		reg.reset = reg.base;
	}
	return add(cfg, &reg);
}

static int add_header(struct pbng_cfg *cfg, const struct pbng_cfg_device *device)
{
	static const struct block common = { header_rows, ARRAY_SIZE(header_rows) };
	static const struct block type[] = {
		{ header0_rows, ARRAY_SIZE(header0_rows) },
		{ header1_rows, ARRAY_SIZE(header1_rows) },
	};
	const struct pbng_cfg_reg command = {
		.off = PCI_COMMAND, .len = 2, .hook = PBNG_HOOK_COMMAND,
		.virt = ~0u, .write = COMMAND_WRITE,
		.reset = device->command & COMMAND_WRITE,
	};
	int err;

	err = add_value(cfg, PCI_VENDOR_ID, 4,
			device->vendor | (u32)device->device << 16, 0);
	if (!err)
		err = add(cfg, &command);
	if (!err)
		err = add_block(cfg, 0, &common, ~0u);
	if (!err)
		err = add_bars(cfg, device);
	if (!err)
		err = add_block(cfg, 0, &type[!!device->header], ~0u);
	if (!err)
		err = add_value(cfg, PCI_INTERRUPT_LINE, 1, device->irq, ~0u);
	return err;
}

/* How much of an MSI capability there is depends on its own flags. */
static unsigned int msi_len(u32 flags)
{
	unsigned int len = flags & PCI_MSI_FLAGS_64BIT ? 14 : 10;

	return flags & PCI_MSI_FLAGS_MASKBIT ? len + 10 : len;
}

static int add_cap(struct pbng_cfg *cfg, u8 id, u16 pos)
{
	unsigned int end = ~0u;
	unsigned int i;
	u32 flags;
	int err;

	if (id == PCI_CAP_ID_MSI) {
		err = read_hw(cfg, pos + PCI_MSI_FLAGS, 2, &flags);
		if (err)
			return err;
		end = msi_len(flags);
	}
	for (i = 0; i < ARRAY_SIZE(caps); i++)
		if (caps[i].id == id)
			return add_block(cfg, pos, &caps[i].block, end);
	return 0;
}

static int add_caps(struct pbng_cfg *cfg)
{
	/* 48 capabilities of 4 bytes fill the space: more is a loop. */
	int left = 48;
	u32 pos, header;
	int err;

	err = read_hw(cfg, PCI_STATUS, 2, &header);
	if (err || !(header & PCI_STATUS_CAP_LIST))
		return err;
	err = read_hw(cfg, PCI_CAPABILITY_LIST, 1, &pos);
	while (!err && left-- && (pos &= ~3u) >= PCI_STD_HEADER_SIZEOF) {
		err = read_hw(cfg, pos, 2, &header);
		if (!err)
			err = add_cap(cfg, header & 0xff, pos);
		pos = header >> 8 & 0xff;
	}
	return err;
}

static unsigned int hidden_len(u16 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hidden_ext_caps); i++)
		if (hidden_ext_caps[i].id == id)
			return hidden_ext_caps[i].len;
	return 0;
}

/* Let what stands at @pos name @next as its successor. */
static int relink(struct pbng_cfg *cfg, u16 pos, u32 next)
{
	unsigned int i;

	for (i = 0; i < cfg->nregs; i++) {
		if (cfg->reg[i].off == pos) {
			cfg->reg[i].reset = next << 20;
			return 0;
		}
	}
	return add(cfg, &(struct pbng_cfg_reg) {
		.off = pos, .len = 4, .virt = 0xfff00000u, .reset = next << 20,
	});
}

/*
 * The first capability cannot be unlinked, something must stand at 0x100: it
 * keeps its link and loses its id. Any other is skipped by its predecessor.
 */
static int hide_ext_cap(struct pbng_cfg *cfg, u16 pos, u32 next, unsigned int len)
{
	struct pbng_cfg_reg head = {
		.off = pos, .len = 4, .virt = ~0u, .reset = next << 20,
	};
	struct pbng_cfg_reg body = {
		.off = pos + 4, .len = len - 4, .hook = PBNG_HOOK_HIDDEN,
	};
	int err = 0;

	if (pos == PBNG_CFG_SIZE)
		err = add(cfg, &head);
	else
		body = (struct pbng_cfg_reg) {
			.off = pos, .len = len, .hook = PBNG_HOOK_HIDDEN,
		};
	/* Never across the next capability, whatever the table says. */
	if (next > pos && next < body.off + body.len)
		body.len = next - body.off;
	if (body.off + body.len > cfg->size)
		body.len = cfg->size - body.off;
	return err || !body.len ? err : add(cfg, &body);
}

static int add_ext_caps(struct pbng_cfg *cfg)
{
	int left = (PBNG_CFG_EXT_SIZE - PBNG_CFG_SIZE) / 8;
	u32 pos = PBNG_CFG_SIZE, seen = 0;
	bool unlinked = false;
	u32 header, next;
	unsigned int len;
	int err;

	while (left-- && pos >= PBNG_CFG_SIZE && pos <= cfg->size - 4u) {
		err = read_hw(cfg, pos, 4, &header);
		if (err)
			return err;
		if (!header || header == ~0u)
			break;
		next = header >> 20 & ~3u;
		len = hidden_len(header & 0xffff);
		if (len) {
			err = hide_ext_cap(cfg, pos, next, len);
			unlinked |= pos != PBNG_CFG_SIZE;
		} else {
			err = unlinked ? relink(cfg, seen, pos) : 0;
			unlinked = false;
		}
		if (err)
			return err;
		if (!len || pos == PBNG_CFG_SIZE)
			seen = pos;
		pos = next;
	}
	return unlinked ? relink(cfg, seen, 0) : 0;
}

int pbng_cfg_build(struct pbng_cfg *cfg, const struct pbng_cfg_device *device)
{
	int err;

	cfg->size = device->size;
	cfg->nregs = 0;
	cfg->nquirks = 0;
	err = add_header(cfg, device);
	if (!err)
		err = add_caps(cfg);
	if (!err && cfg->size > PBNG_CFG_SIZE)
		err = add_ext_caps(cfg);
	if (!err)
		pbng_cfg_reset(cfg);
	return err;
}

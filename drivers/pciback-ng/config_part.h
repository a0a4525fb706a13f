/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of config_core know of each other, and nobody else needs. */
#ifndef PBNG_CONFIG_PART_H
#define PBNG_CONFIG_PART_H

#ifdef __KERNEL__
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include <linux/pci_regs.h>

#include "config_core.h"

/* Rows of tables; offsets are relative to the capability or the header. */
#define RO(o, l)	{ .off = (o), .len = (l) }
#define STD(o, l)	{ .off = (o), .len = (l), .standard = ~0u }
#define PASS(o, l, w)	{ .off = (o), .len = (l), .write = (w) }
#define RAM(o, l)	{ .off = (o), .len = (l), .virt = ~0u, .write = ~0u }
#define FIXED(o, l)	{ .off = (o), .len = (l), .hook = PBNG_HOOK_FIXED }

/**
 * struct pbng_cfg_block - rows that belong together
 * @row: the first of them
 * @rows: how many
 */
struct pbng_cfg_block {
	const struct pbng_cfg_reg *row;
	unsigned int rows;
};

#define BLOCK(table)	{ table, ARRAY_SIZE(table) }

/* config_core.c */

/* The first register that ends behind @off; cfg->nregs when there is none. */
unsigned int pbng_cfg_find(const struct pbng_cfg *cfg, unsigned int off);

int pbng_cfg_hw_read(struct pbng_cfg *cfg, u16 off, u16 len, u32 *value);
int pbng_cfg_hw_write(struct pbng_cfg *cfg, u16 off, u16 len, u32 value);

/*
 * Change the bits @mask of a device register. A write-1-to-clear bit that is
 * not asked for goes out as 0, or a read-modify-write would clear it.
 */
int pbng_cfg_hw_update(struct pbng_cfg *cfg, u16 off, u16 len, u32 mask, u32 w1c,
		       u32 value);

/* The bits that are answered from the copy, with the policy as it is. */
u32 pbng_cfg_virt(const struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg);

/* The device's bits that the policy and the quirks let a guest change. */
u32 pbng_cfg_passed(const struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg);

/* A write of @value to @off was dropped, or the bits @mask of it. */
void pbng_cfg_deny(struct pbng_cfg *cfg, u16 off, u8 len, u32 mask, u32 value,
		   bool fixed);

/*
 * Remember the bits @mask of @value that are ours and that a guest may set. Those of a
 * PBNG_STRICT_COPY with every policy: the parameter permissive holds for writes only.
 */
void pbng_cfg_write_copy(struct pbng_cfg_reg *reg, u32 mask, u32 value);

/* config_hook_core.c: @mask and @value are as seen from the register's offset. */
int pbng_cfg_hook_write(struct pbng_cfg *cfg, struct pbng_cfg_reg *reg, u32 mask,
			u32 value);

/* config_build_core.c */

/*
 * Add a register, keep the order. What stands there already stays: a device whose
 * capabilities overlap is no reason to refuse it. Return: 0, -ENOSPC, or what
 * cfg->io said.
 */
int pbng_cfg_add(struct pbng_cfg *cfg, const struct pbng_cfg_reg *reg);

/* Add the rows of @block at @start that begin before @end, and nothing beyond. */
int pbng_cfg_add_block(struct pbng_cfg *cfg, u16 start,
		       const struct pbng_cfg_block *block, u16 end);

/* The register that begins at @off, or NULL. */
struct pbng_cfg_reg *pbng_cfg_at(struct pbng_cfg *cfg, u16 off);

/**
 * struct pbng_cfg_caps - where the capabilities of a list begin
 * @starts: a bit for each multiple of 4
 */
struct pbng_cfg_caps {
	u8 starts[PBNG_CFG_EXT_SIZE / 4 / 8];
};

/* Note that one begins at @pos; false when it is known. */
bool pbng_cfg_mark(struct pbng_cfg_caps *caps, u16 pos);

/* Where the one at @pos ends at the latest. */
u16 pbng_cfg_cap_end(const struct pbng_cfg_caps *caps, u16 pos, u16 end);

/* config_cap_core.c: the capabilities below 256. */
int pbng_cfg_add_caps(struct pbng_cfg *cfg, u8 header);

/* config_ext_core.c: those above. */
int pbng_cfg_add_ext_caps(struct pbng_cfg *cfg);

#endif /* PBNG_CONFIG_PART_H */

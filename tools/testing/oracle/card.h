/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A card in software: the registers of a real one, as dom0 found them, below the
 * tables of the driver. What a guest reads and what becomes of its writes can be
 * computed on it.
 *
 * A description is text, one fact a line, made by `oracle describe`:
 *
 *	device 8086 10d3		vendor and device id
 *	line 17 1			interrupt line and pin
 *	space 4096 0			bytes of configuration space, header type
 *	bar 0 fe640000 20000 0		address, size, low bits of the register
 *	dump				registers follow: all that are not 0
 *	00c 00000010
 *	ram 00c 000000ff		bits of the card that hold what is written
 *	loose 07c 0000ffff		bits of the card that change by themselves
 *
 * The array of registers is built on the first dump, as the driver does it when it
 * claims the card; a later dump says how the registers are now.
 */
#ifndef ORACLE_CARD_H
#define ORACLE_CARD_H

#include "config_core.h"

struct card {
	struct pbng_cfg_device device;
	u8 hw[PBNG_CFG_EXT_SIZE];	/* the registers */
	u8 ram[PBNG_CFG_EXT_SIZE];	/* bits that hold what is written */
	u8 loose[PBNG_CFG_EXT_SIZE];	/* bits that change by themselves */
	u8 written[PBNG_CFG_EXT_SIZE];	/* bits that were passed another value */
	u8 touched[PBNG_CFG_EXT_SIZE];	/* these, and what the host does when asked */
	u8 unsure[PBNG_CFG_EXT_SIZE];	/* bits that a reset may have left or not */
	bool reset_wanted;
	u16 pm;				/* where its power management capability is, or 0 */
	u16 exp;			/* the same of PCI Express */
	struct pbng_cfg *cfg;
};

/* Both end the program with a message when they cannot. */
struct card *card_load(const char *path);
void card_dump(int fd, unsigned int size, u8 *registers);

/* After a write: was that a request to reset it? Then it is reset now. */
bool card_reset(struct card *card);

/* @len bytes at @off of an array such as those above. */
u32 card_get(const u8 *bytes, unsigned int off, unsigned int len);
void card_put(u8 *bytes, unsigned int off, unsigned int len, u32 value);

void die(const char *format, ...) __printf(1, 2) __attribute__((__noreturn__));

/* What the program can do; the result is its exit status. */
int host_describe(const char *bdf);
int host_probe(const char *bdf, const char *description);
int host_dump(const char *bdf);
int host_changed(const char *before, const char *after);
int guest_reads(const char *config, const char *description);
int guest_each(const char *config, const char *description);
int guest_fill(const char *config, const char *description, unsigned int len, u32 value);

/* All that a guest can do, on the card in software alone. */
void sweep_model(struct card *card);

#endif /* ORACLE_CARD_H */

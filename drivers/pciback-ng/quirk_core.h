/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Quirks of resets: registers that a reset wipes and somebody has to set up again,
 * and what must not be done to a device. One a line, blanks between the words:
 *
 *   line    = [ "-" ] match ( register / method )    ("-": take it out again)
 *   match   = selector                               (rule_core.h, no slot, no option)
 *   method  = "no-flr" / "no-pm" / "no-bus"          (it must not be reset like that)
 *           / "no-reset"                             (it is given on as it is)
 *           / "flr-delay=" ms                        (not to be touched so long after it)
 *           / "af=" offset                           (a capability that is not linked)
 *   register = space offset width *option
 *   space   = "config" / "bar0" to "bar5"
 *   width   = "1" / "2" / "4"                        (offset is a multiple of it)
 *   option  = "mask=" hex                            (the bits that count, else all)
 *           / "value=" hex                           (else what claiming found)
 *           / "order=" number                        (0 to 65535, lower ones first)
 *           / "delay=" ms                            (wait so long after writing it)
 *           / "noverify"                             (it cannot be read back)
 *
 * offset is hexadecimal, with or without 0x, as are mask and value. ms is at most
 * 10000. What stands behind a '#' is a comment.
 *
 * Pure logic: no kernel service is used, so that unit tests and fuzzers run on it in
 * user space.
 */
#ifndef PBNG_QUIRK_CORE_H
#define PBNG_QUIRK_CORE_H

#include "rule_core.h"

#define PBNG_QUIRK_CONFIG	6	/* a space; those below are BARs */
#define PBNG_QUIRK_MAX_DELAY	10000	/* ms, for all registers of a device together */
#define PBNG_QUIRK_REGS		64	/* of one device */
#define PBNG_QUIRK_ENTRIES	1024	/* of all */
#define PBNG_QUIRK_HEADER	0x40	/* of configuration space, where no quirk can be */

enum pbng_quirk_kind {
	PBNG_QUIRK_NO_FLR,
	PBNG_QUIRK_NO_PM,
	PBNG_QUIRK_NO_BUS,
	PBNG_QUIRK_NO_RESET,
	PBNG_QUIRK_DELAY,
	PBNG_QUIRK_AF,
	PBNG_QUIRK_REGISTER,
	PBNG_QUIRK_KINDS
};

/**
 * struct pbng_quirk - an entry
 * @match: the devices
 * @kind: an enum pbng_quirk_kind; DELAY has its time in @delay, AF its offset in
 *	  @offset, and what follows is for REGISTER only
 * @space: a BAR, or PBNG_QUIRK_CONFIG
 * @width: 1, 2 or 4
 * @has_value: @value is to be written, not what claiming found
 * @noverify: it is not read back
 * @builtin: it came with the driver
 * @order: lower ones are restored first
 * @delay: in ms, after writing it
 * @offset: of the register
 * @mask: the bits that are restored
 * @value: within @mask
 */
struct pbng_quirk {
	struct pbng_selector match;
	u8 kind;
	u8 space;
	u8 width;
	bool has_value;
	bool noverify;
	bool builtin;
	u16 order;
	u16 delay;
	u32 offset;
	u32 mask;
	u32 value;
};

/**
 * struct pbng_quirk_line - a line as it was written
 * @remove: it takes an entry out
 * @rule: what stands for its devices
 * @quirk: all but @quirk.match, which is for each selector of @rule
 */
struct pbng_quirk_line {
	bool remove;
	struct pbng_rule rule;
	struct pbng_quirk quirk;
};

/**
 * pbng_quirk_parse() - read one line
 * @text: the line, not necessarily terminated
 * @len: its length
 * @line: the result, untouched unless there is one
 * @error: where and why, on failure
 * Return: 1; 0 when there is nothing but blanks and a comment; -EINVAL.
 */
int pbng_quirk_parse(const char *text, size_t len, struct pbng_quirk_line *line,
		     struct pbng_rule_error *error);

/* The bits that a register of this width has; also what a dead device reads as. */
static inline u32 pbng_quirk_all_bits(u8 width)
{
	return 0xffffffffu >> (32 - 8 * width);
}

/* Room for the longest text of pbng_quirk_format() with its final NUL. */
#define PBNG_QUIRK_TEXT		(PBNG_RULE_TEXT + 96)

/**
 * pbng_quirk_format() - an entry as a line, which can be parsed again
 * @quirk: the entry
 * @text: room for PBNG_QUIRK_TEXT characters
 * Return: the length of @text.
 */
size_t pbng_quirk_format(const struct pbng_quirk *quirk, char *text);

/* Room for the name of a space with its NUL. */
#define PBNG_QUIRK_SPACE	8

/* "config" or "barN". */
void pbng_quirk_space(u8 space, char *text);

/**
 * struct pbng_quirk_table - all entries, in the order in which they came
 * @quirk: room for @room of them
 * @count: how many there are
 * @room: how many there can be
 */
struct pbng_quirk_table {
	struct pbng_quirk *quirk;
	unsigned int count;
	unsigned int room;
};

/**
 * pbng_quirk_apply() - do what a line says
 * @table: the entries
 * @line: the line; an entry for the same register or method of the same devices is
 *	  replaced, and keeps its place
 * Return: 0; -ENOSPC, then nothing has changed; -ENOENT when there is nothing to
 * take out.
 */
int pbng_quirk_apply(struct pbng_quirk_table *table, const struct pbng_quirk_line *line);

/**
 * struct pbng_quirk_plan - what holds for one device
 * @methods: bit N for each enum pbng_quirk_kind up to NO_RESET
 * @delay: before it is touched after a reset, in ms
 * @af: where the capability is that is not linked, or 0
 * @left_out: registers that are too many, or whose delays are too long
 * @count: registers
 * @reg: the registers in the order of restoring
 */
struct pbng_quirk_plan {
	u8 methods;
	u16 delay;
	u16 af;
	unsigned int left_out;
	unsigned int count;
	struct pbng_quirk reg[PBNG_QUIRK_REGS];
};

/**
 * pbng_quirk_find() - the entries for one device
 * @table: all entries
 * @selectors: what the device can be known by, the most specific first. Where several
 *	       entries speak of the same register, delay or capability, that of the most
 *	       specific one holds.
 * @n: how many selectors
 * @plan: the result
 */
void pbng_quirk_find(const struct pbng_quirk_table *table,
		     const struct pbng_selector *selectors, unsigned int n,
		     struct pbng_quirk_plan *plan);

/* The entries that come with the driver, as lines; the last is NULL. */
extern const char *const pbng_quirk_builtin[];

#endif /* PBNG_QUIRK_CORE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers that the drivers of a kind of card write, although no specification names
 * them: bits that policy strict lets through for every such card. One a line, blanks
 * between the words:
 *
 *   line    = [ "-" ] devices [ "class=" class ] register width [ mask ]
 *   devices = selector / 4hex ":*"     (rule_core.h, no slot, no option; all of a vendor)
 *   class   = 2hex / 4hex / 6hex       (only those of the devices that are of this class)
 *   width   = "1" / "2" / "4"          (register is a multiple of it)
 *
 * register and mask are hexadecimal, with or without 0x; a line without a mask is for
 * all bits. With a "-" before it the line is taken out. What stands behind a '#' is a
 * comment.
 *
 * Pure logic: no kernel service is used, so that unit tests and fuzzers run on it in
 * user space.
 */
#ifndef PBNG_CONFIG_QUIRK_CORE_H
#define PBNG_CONFIG_QUIRK_CORE_H

#include "config_core.h"
#include "rule_core.h"

#define PBNG_CONFIG_QUIRKS	1024	/* entries */

/**
 * struct pbng_config_quirk - an entry
 * @match: the devices; IDS with the device PBNG_ANY_ID is all of a vendor
 * @class: of those of this class, 24 bits
 * @digits: how many digits of @class count: 0, 2, 4 or 6
 * @builtin: it came with the driver
 * @bits: which bits of which register
 */
struct pbng_config_quirk {
	struct pbng_selector match;
	u32 class;
	u8 digits;
	bool builtin;
	struct pbng_cfg_quirk bits;
};

/**
 * struct pbng_config_quirk_line - a line as it was written
 * @remove: it takes an entry out
 * @rule: its devices
 * @quirk: all but @quirk.match, which is for each selector of @rule
 */
struct pbng_config_quirk_line {
	bool remove;
	struct pbng_rule rule;
	struct pbng_config_quirk quirk;
};

/**
 * struct pbng_config_quirk_table - all entries, in the order in which they came
 * @quirk: room for @room of them
 * @count: how many there are
 * @room: how many there can be
 */
struct pbng_config_quirk_table {
	struct pbng_config_quirk *quirk;
	unsigned int count;
	unsigned int room;
};

/**
 * struct pbng_config_quirk_facts - what a device is known by
 * @selectors: as pbng_facts_selectors() makes them
 * @n: how many
 * @class: 24 bits
 * @is_vf: entries that came with the driver are not about it
 */
struct pbng_config_quirk_facts {
	struct pbng_selector selectors[PBNG_FACTS_SELECTORS];
	unsigned int n;
	u32 class;
	bool is_vf;
};

/**
 * pbng_config_quirk_parse() - read one line
 * @text: the line, not necessarily terminated
 * @len: its length
 * @line: the result, untouched unless there is one
 * @error: where and why, on failure
 * Return: 1; 0 when there is nothing but blanks and a comment; -EINVAL.
 */
int pbng_config_quirk_parse(const char *text, size_t len,
			    struct pbng_config_quirk_line *line,
			    struct pbng_rule_error *error);

/* Room for the longest text of pbng_config_quirk_format() with its final NUL. */
#define PBNG_CONFIG_QUIRK_TEXT	(PBNG_RULE_TEXT + 48)

/**
 * pbng_config_quirk_format() - an entry as a line, which can be parsed again
 * @quirk: the entry
 * @text: room for PBNG_CONFIG_QUIRK_TEXT characters
 * Return: the length of @text.
 */
size_t pbng_config_quirk_format(const struct pbng_config_quirk *quirk, char *text);

/**
 * pbng_config_quirk_apply() - do what a line says
 * @table: the entries
 * @line: the line; where there is an entry for the same register of the same devices
 *	  its bits are added to that
 * Return: 0; -ENOSPC, then nothing has changed; -ENOENT when there is nothing to
 * take out.
 */
int pbng_config_quirk_apply(struct pbng_config_quirk_table *table,
			    const struct pbng_config_quirk_line *line);

/**
 * pbng_config_quirk_is_for() - whether an entry is about a device
 * @quirk: the entry
 * @facts: the device
 * Return: true if it is.
 */
bool pbng_config_quirk_is_for(const struct pbng_config_quirk *quirk,
			      const struct pbng_config_quirk_facts *facts);

/* The same for a line. */
bool pbng_config_quirk_line_is_for(const struct pbng_config_quirk_line *line,
				   const struct pbng_config_quirk_facts *facts);

/* The entries that come with the driver, as lines; the last is NULL. */
extern const char *const pbng_config_quirk_builtin[];

#endif /* PBNG_CONFIG_QUIRK_CORE_H */

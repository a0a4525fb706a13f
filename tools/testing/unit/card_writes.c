// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a driver's writes to configuration space under policy strict. Reads
 * from its input, see dumps.py:
 *
 *	card NAME		a card of 4 KiB zeroes
 *	bytes OFFSET BYTE...	some of them are not
 *	invented		each write finds the complement of what it writes
 *	run MODULE		a guest with this driver begins
 *	write FUNCTION SPACE OFFSET WIDTH CLEAR SET
 *	builtin			print the registers that are open for kinds of cards
 *
 * and prints a line for each write that was dropped, or a part of it, and for each line
 * of the driver's own table that holds for the card:
 *
 *	NAME MODULE FUNCTION SPACE OFFSET WIDTH MASK open|fixed
 *	opened LINE MODULE
 */
#include "config_card.h"
#include "config_quirk_core.h"

#define EXP_ID	0x10

static char card[64], module[64];
static bool invented;

static void add_bar(unsigned int i)
{
	u32 low = get(PCI_BASE_ADDRESS_0 + 4 * i, 4);
	struct pbng_cfg_bar *bar = &device.bar[i];

	if (!low)
		return;
	bar->flags = low & (low & 1 ? 3 : 0xf);
	bar->start = low & ~(low & 1 ? 3u : 0xfu);
	bar->size = bar->start ? bar->start & -bar->start : 16;
	if (bar->size > 0x1000)
		bar->size = 0x1000;
}

static void open_builtin(void)
{
	const struct pbng_facts facts = {
		.vendor = device.vendor, .device = device.device,
		.subvendor = get(PCI_SUBSYSTEM_VENDOR_ID, 2),
		.subdevice = get(PCI_SUBSYSTEM_ID, 2),
		.class = get(PCI_CLASS_PROG, 1) | get(PCI_CLASS_DEVICE, 2) << 8,
	};
	struct pbng_config_quirk_facts known = { .class = facts.class };
	struct pbng_config_quirk_line line;
	struct pbng_rule_error error;
	unsigned int i;

	known.n = pbng_facts_selectors(&facts, known.selectors);
	for (i = 0; pbng_config_quirk_builtin[i]; i++) {
		const char *text = pbng_config_quirk_builtin[i];

		CHECK_EQ(pbng_config_quirk_parse(text, strlen(text), &line, &error), 1);
		if (pbng_config_quirk_line_is_for(&line, &known) &&
		    !pbng_cfg_add_quirk(cfg, &line.quirk.bits))
			printf("opened %u %s\n", i, module);
	}
}

static void print_builtin(void)
{
	unsigned int i;

	for (i = 0; pbng_config_quirk_builtin[i]; i++)
		printf("builtin: %s\n", pbng_config_quirk_builtin[i]);
}

static void begin(void)
{
	unsigned int i;

	device = (struct pbng_cfg_device) {
		.vendor = get(PCI_VENDOR_ID, 2), .device = get(PCI_DEVICE_ID, 2),
		.irq = get(PCI_INTERRUPT_LINE, 1), .pin = get(PCI_INTERRUPT_PIN, 1),
		.header = get(PCI_HEADER_TYPE, 1) & 0x7f ? 1 : 0,
		.size = PBNG_CFG_EXT_SIZE,
	};
	for (i = 0; i < (device.header ? 2u : PBNG_CFG_BARS); i++)
		add_bar(i);
	CHECK_EQ(build(), 0);
	open_builtin();
}

/* Where the PCI Express capability is, or 0. */
static u32 find_exp(void)
{
	u32 pos = get(PCI_CAPABILITY_LIST, 1) & 0xfc;
	int left = 48;

	if (!(get(PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
		return 0;
	while (pos && left-- && get(pos, 1) != EXP_ID)
		pos = get(pos + 1, 1) & 0xfc;
	return left > 0 ? pos : 0;
}

/*
 * A value that is not known changes all bits, or those that a quirk opens: such a driver
 * changes some of what it has read.
 */
static u32 value_of(u32 off, u32 len, u32 clear, u32 set, bool is_any)
{
	u32 open = pbng_cfg_quirk_mask(cfg, off, len), seen = 0;

	if (invented && off >= PCI_STD_HEADER_SIZEOF)
		put(off, len, is_any ? 0 : (get(off, len) & ~clear) | (clear & ~set));
	CHECK_EQ(pbng_cfg_read(cfg, off, len, &seen), 0);
	if (is_any)
		return seen ^ (open ? open : pbng_cfg_bits(len));
	return (seen & ~clear) | set;
}

static void one_write(const char *function, const char *space, u32 off, u32 len,
		      const char *clear, const char *set)
{
	u32 at = off, value;
	unsigned int i;

	if (!strcmp(space, "exp")) {
		if (!find_exp())
			return;
		at += find_exp();
	}
	value = value_of(at, len, strtoul(clear, NULL, 16), strtoul(set, NULL, 16),
			 !strcmp(clear, "any"));
	cfg->ndenied = 0;
	pbng_cfg_write(cfg, at, len, value);
	for (i = 0; i < cfg->ndenied; i++)
		printf("%s %s %s %s %x %u %x %s\n", card, module, function, space, off, len,
		       cfg->denied[i].mask, cfg->denied[i].fixed ? "fixed" : "open");
}

static void take_bytes(const char *text)
{
	unsigned int off, byte;
	int used;

	if (sscanf(text, "%x%n", &off, &used) != 1)
		return;
	for (text += used; off < PBNG_CFG_EXT_SIZE && sscanf(text, "%2x%n", &byte, &used) == 1;
	     text += used)
		hw[off++] = byte;
}

static void take_line(const char *line)
{
	char function[128], space[8], clear[16], set[16];
	u32 off, len;

	if (sscanf(line, "card %63s", card) == 1) {
		memset(hw, 0, sizeof(hw));
		invented = false;
	} else if (!strncmp(line, "bytes ", 6)) {
		take_bytes(line + 6);
	} else if (!strncmp(line, "invented", 8)) {
		invented = true;
	} else if (!strncmp(line, "builtin", 7)) {
		print_builtin();
	} else if (sscanf(line, "run %63s", module) == 1) {
		begin();
	} else if (sscanf(line, "write %127s %7s %x %u %15s %15s", function, space, &off, &len,
			  clear, set) == 6) {
		if (!(off & (len - 1)))
			one_write(function, space, off, len, clear, set);
	} else {
		ktap_fail(__FILE__, __LINE__, "not understood: %s", line);
	}
}

TEST("all of the input was understood")
{
	static char line[256];

	while (fgets(line, sizeof(line), stdin))
		take_line(line);
	free(cfg);
}

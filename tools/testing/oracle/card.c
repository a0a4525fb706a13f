// SPDX-License-Identifier: GPL-2.0
/* The card in software and its description, see card.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "card.h"

/* What the host writes when it switches memory-write-and-invalidate on. */
#define HOST_CACHE_LINE	16

/* The PCI Express capability, whose controls the host saves and restores. */
#define EXP_SIZE	0x3c

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "oracle: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(2);
}

u32 card_get(const u8 *bytes, unsigned int off, unsigned int len)
{
	u32 value = 0;

	while (len--)
		value = value << 8 | bytes[off + len];
	return value;
}

void card_put(u8 *bytes, unsigned int off, unsigned int len, u32 value)
{
	for (; len--; off++, value >>= 8)
		bytes[off] = value;
}

static int card_read(void *priv, u16 off, u16 len, u32 *value)
{
	struct card *card = priv;

	*value = card_get(card->hw, off, len);
	return 0;
}

static int card_write(void *priv, u16 off, u16 len, u32 value)
{
	struct card *card = priv;

	for (; len--; off++, value >>= 8) {
		u8 other = card->hw[off] ^ (u8)value;

		card->unsure[off] = 0;
		card->written[off] |= other;
		card->touched[off] |= other;
		card->hw[off] ^= other & card->ram[off];
	}
	return 0;
}

static void touch(struct card *card, unsigned int off, u16 bits)
{
	card_put(card->touched, off, 2, card_get(card->touched, off, 2) | bits);
}

/*
 * The guest reads its own COMMAND, so only what else the host does shows. Decode is not
 * among it: the guest had it switched on before, and it stays on (XSA-120).
 */
static int card_command(void *priv, u16 old, u16 new)
{
	struct card *card = priv;
	u8 *line = &card->hw[PCI_CACHE_LINE_SIZE];

	touch(card, PCI_COMMAND, (old ^ new) & (PCI_COMMAND_MASTER | PCI_COMMAND_INVALIDATE));
	if (new & ~old & PCI_COMMAND_INVALIDATE && (!*line || *line % HOST_CACHE_LINE)) {
		card->touched[PCI_CACHE_LINE_SIZE] = 0xff;
		*line = HOST_CACHE_LINE;
	}
	return 0;
}

static int card_power(void *priv, unsigned int state)
{
	struct card *card = priv;
	unsigned int off = card->pm + PCI_PM_CTRL;

	if (!card->pm)
		return -EIO;
	touch(card, off, PCI_PM_CTRL_STATE_MASK);
	card->hw[off] = (card->hw[off] & ~PCI_PM_CTRL_STATE_MASK) | state;
	return 0;
}

/* As it is unless an administrator allows it. */
static int card_intr(void *priv, enum pbng_cfg_hook hook, u16 off, u16 bits)
{
	(void)priv;
	(void)hook;
	(void)off;
	(void)bits;
	return -EACCES;
}

/* The host does it when it comes to it, see card_reset(). */
static int card_flr(void *priv)
{
	struct card *card = priv;

	card->reset_wanted = true;
	return 0;
}

/*
 * What a reset leaves: the guest's own bits are forgotten, and the host puts back the
 * registers that it knows. What another that is passed reads as is up to the card.
 */
bool card_reset(struct card *card)
{
	unsigned int off;

	if (!card->reset_wanted)
		return false;
	card->reset_wanted = false;
	pbng_cfg_reset(card->cfg);
	if (card->pm)
		card->hw[card->pm + PCI_PM_CTRL] &= ~PCI_PM_CTRL_STATE_MASK;
	for (off = PCI_STD_HEADER_SIZEOF; off < card->device.size; off++)
		if (off - card->exp >= EXP_SIZE)
			card->unsure[off] |= card->ram[off];
	return true;
}

static const struct pbng_cfg_io card_io = {
	.read = card_read, .write = card_write, .command = card_command,
	.power = card_power, .intr = card_intr, .flr = card_flr,
};

static u16 find_cap(const struct card *card, u8 id)
{
	unsigned int left = 48, pos = card->hw[PCI_CAPABILITY_LIST] & ~3u;

	while (left-- && pos >= PCI_STD_HEADER_SIZEOF) {
		if (card->hw[pos] == id)
			return pos;
		pos = card->hw[pos + 1] & ~3u;
	}
	return 0;
}

static void build(struct card *card)
{
	struct pbng_cfg *cfg;
	int err;

	cfg = calloc(1, sizeof(*cfg) + PBNG_CFG_MAX_REGS * sizeof(cfg->reg[0]));
	if (!cfg)
		die("no memory");
	cfg->io = &card_io;
	cfg->priv = card;
	cfg->capacity = PBNG_CFG_MAX_REGS;
	card->cfg = cfg;
	card->pm = find_cap(card, PCI_CAP_ID_PM);
	card->exp = find_cap(card, PCI_CAP_ID_EXP);
	err = pbng_cfg_build(cfg, &card->device);
	if (err)
		die("the tables do not take this card: %s", strerror(-err));
	pbng_cfg_hand_over(cfg, PBNG_POLICY_STRICT);
}

static void fact(struct card *card, const char *line)
{
	struct pbng_cfg_device *d = &card->device;
	unsigned int a, b;
	unsigned long long start, size;

	if (sscanf(line, "device %x %x", &a, &b) == 2) {
		d->vendor = a;
		d->device = b;
	} else if (sscanf(line, "line %u %u", &a, &b) == 2) {
		d->irq = a;
		d->pin = b;
	} else if (sscanf(line, "space %u %u", &a, &b) == 2 &&
		   a <= PBNG_CFG_EXT_SIZE) {
		d->size = a;
		d->header = b;
	} else if (sscanf(line, "bar %u %llx %llx %x", &a, &start, &size, &b) == 4 &&
		   a < ARRAY_SIZE(d->bar)) {
		d->bar[a] = (struct pbng_cfg_bar){ start, size, b };
	} else if (sscanf(line, "ram %x %x", &a, &b) == 2 && a < d->size) {
		card_put(card->ram, a, 4, b);
	} else if (sscanf(line, "loose %x %x", &a, &b) == 2 && a < d->size) {
		card_put(card->loose, a, 4, b);
	} else if (sscanf(line, "%x %x", &a, &b) == 2 && a < d->size) {
		card_put(card->hw, a, 4, b);
	} else {
		die("not understood: %s", line);
	}
}

struct card *card_load(const char *path)
{
	struct card *card = calloc(1, sizeof(*card));
	FILE *file = fopen(path, "r");
	unsigned int dumps = 0;
	char line[128];

	if (!card || !file)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		if (strcmp(line, "dump\n")) {
			fact(card, line);
			continue;
		}
		if (dumps++ == 1)
			build(card);
		memset(card->hw, 0, sizeof(card->hw));
	}
	fclose(file);
	if (!dumps)
		die("%s: no dump", path);
	if (dumps == 1)
		build(card);
	return card;
}

void card_dump(int fd, unsigned int size, u8 *registers)
{
	unsigned int off;
	u32 value;

	for (off = 0; off < size; off += 4) {
		if (pread(fd, &value, 4, off) != 4)
			die("cannot read a register: %s", strerror(errno));
		card_put(registers, off, 4, value);
	}
}

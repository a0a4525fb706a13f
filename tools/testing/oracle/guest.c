// SPDX-License-Identifier: GPL-2.0
/*
 * The half that runs in the guest: each access goes to the card and to the card in
 * software, and both have to answer the same.
 *
 * An access takes a guest a millisecond under emulation. So all of the space is written
 * before it is read back; register by register it is done in the first 256 bytes only.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "card.h"

#define MAX_LINES	24	/* of differences printed: what goes to dom0 is short */

struct sweep {
	struct card *card;
	int fd;			/* -1: only the card in software */
	unsigned int accesses;
	unsigned int different;
	const char *what;	/* what was done before, for the reader */
};

static const unsigned int lens[] = { 4, 2, 1 };

static u32 get(struct sweep *s, unsigned int off, unsigned int len)
{
	u32 want, got = 0, care = ~card_get(s->card->loose, off, len) &
				  ~card_get(s->card->unsure, off, len);
	int err = pbng_cfg_read(s->card->cfg, off, len, &want);

	if (err)
		die("the tables do not read %#x: %s", off, strerror(-err));
	s->accesses++;
	if (s->fd < 0)
		return want;
	if (pread(s->fd, &got, len, off) != (ssize_t)len)
		die("cannot read %u bytes at %#x", len, off);
	if ((got ^ want) & care & pbng_cfg_bits(len) && s->different++ < MAX_LINES)
		printf("%03x:%u reads %0*x, should be %0*x, %s\n", off, len,
		       2 * len, got, 2 * len, want, s->what);
	return want;
}

static void put(struct sweep *s, unsigned int off, unsigned int len, u32 value)
{
	/* An error is part of what a guest can do; it cannot see one either. */
	pbng_cfg_write(s->card->cfg, off, len, value);
	s->accesses++;
	if (s->fd >= 0 && pwrite(s->fd, &value, len, off) != (ssize_t)len)
		die("cannot write %u bytes at %#x", len, off);
	/* As long as the specification gives a function for its reset. */
	if (card_reset(s->card) && s->fd >= 0)
		usleep(100000);
}

/*
 * The guest's kernel was there before us: all that can be written gets the value that
 * it has in the software, so both start from the same.
 */
static void settle(struct sweep *s)
{
	const struct pbng_cfg *cfg = s->card->cfg;
	unsigned int i;
	u32 value;

	for (i = 0; i < cfg->nregs; i++) {
		const struct pbng_cfg_reg *reg = &cfg->reg[i];

		if (reg->len > 4 || (!reg->write && !reg->hook))
			continue;
		if (!pbng_cfg_read(s->card->cfg, reg->off, reg->len, &value))
			put(s, reg->off, reg->len, value);
	}
}

static void read_space(struct sweep *s, unsigned int len, unsigned int end)
{
	unsigned int off;

	for (off = 0; off < end; off += len)
		get(s, off, len);
}

/* Left as it is then: dom0 may look at the card. */
static void fill_space(struct sweep *s, unsigned int len, u32 value)
{
	unsigned int off;

	for (off = 0; off < s->card->cfg->size; off += len)
		put(s, off, len, value);
	s->what = value ? "all written with ones" : "all written with zeros";
	read_space(s, len, s->card->cfg->size);
}

static void each_register(struct sweep *s, unsigned int len)
{
	unsigned int off;
	u32 old;

	for (off = 0; off < PBNG_CFG_SIZE; off += len) {
		pbng_cfg_read(s->card->cfg, off, len, &old);
		put(s, off, len, ~0u);
		s->what = "after ones";
		get(s, off, len);
		put(s, off, len, 0);
		s->what = "after zeros";
		get(s, off, len);
		put(s, off, len, old);
	}
	s->what = "after their own values";
	read_space(s, 4, PBNG_CFG_SIZE);
}

/* All that a guest does here, for what it may leave behind. */
void sweep_model(struct card *card)
{
	struct sweep s = { .card = card, .fd = -1 };
	unsigned int i;

	settle(&s);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		fill_space(&s, lens[i], ~0u);
		fill_space(&s, lens[i], 0);
		each_register(&s, lens[i]);
	}
}

static struct sweep begin(const char *config, const char *description)
{
	struct sweep s = { .card = card_load(description), .what = "at first" };
	struct stat st;

	s.fd = open(config, O_RDWR);
	if (s.fd < 0 || fstat(s.fd, &st))
		die("%s: cannot be opened", config);
	if (st.st_size != s.card->cfg->size)
		die("%s: has %lld bytes, should have %u", config, (long long)st.st_size,
		    s.card->cfg->size);
	settle(&s);
	return s;
}

static int end(const struct sweep *s)
{
	printf("%u accesses, %u differences\n", s->accesses, s->different);
	return s->different != 0;
}

int guest_reads(const char *config, const char *description)
{
	struct sweep s = begin(config, description);

	read_space(&s, 4, s.card->cfg->size);
	read_space(&s, 2, PBNG_CFG_SIZE);
	read_space(&s, 1, PBNG_CFG_SIZE);
	return end(&s);
}

int guest_each(const char *config, const char *description)
{
	struct sweep s = begin(config, description);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++)
		each_register(&s, lens[i]);
	return end(&s);
}

int guest_fill(const char *config, const char *description, unsigned int len, u32 value)
{
	struct sweep s = begin(config, description);

	fill_space(&s, len, value);
	return end(&s);
}

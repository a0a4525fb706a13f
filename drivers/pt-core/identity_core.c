// SPDX-License-Identifier: GPL-2.0
/* Identities compared, read and written; see identity_core.h. */
#ifdef __KERNEL__
#include <linux/export.h>
#include <linux/hex.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "identity_core.h"

#define BDF_FMT			"%04x:%02x:%02x.%x"
#define LAST_DEVICE		0x1f
#define LAST_FUNCTION		7

/* The function that is plugged in: a VF has none, its PF has. */
static u8 plugged(const struct pt_identity *id)
{
	if (id->hops)
		return id->path[id->hops - 1];
	return id->is_vf ? id->pf_devfn : id->devfn;
}

/* Everything above the last function of the path. */
static bool same_slot(const struct pt_identity *a, const struct pt_identity *b)
{
	if (a->segment != b->segment || a->hops != b->hops)
		return false;
	if (!a->hops)
		return a->bus == b->bus;
	return a->root_bus == b->root_bus && !memcmp(a->path, b->path, a->hops - 1);
}

static bool same_vf(const struct pt_identity *a, const struct pt_identity *b)
{
	return a->is_vf == b->is_vf && (!a->is_vf || a->vf_index == b->vf_index);
}

static bool same_place(const struct pt_identity *a, const struct pt_identity *b)
{
	return same_slot(a, b) && plugged(a) == plugged(b) && same_vf(a, b);
}

static bool same_bdf(const struct pt_identity *a, const struct pt_identity *b)
{
	return a->segment == b->segment && a->bus == b->bus && a->devfn == b->devfn;
}

enum pt_likeness pt_identity_compare(const struct pt_identity *known,
				     const struct pt_identity *now)
{
	bool same = pt_identity_same_card(known, now) && known->class == now->class &&
		    known->revision == now->revision;

	if (same_place(known, now)) {
		if (!same)
			return PT_OTHER;
		return same_bdf(known, now) ? PT_SAME : PT_RENUMBERED;
	}
	if (!same || !same_vf(known, now))
		return PT_UNLIKE;
	/* VFs without a number are all alike: they go by their PF. */
	if (!now->serial)
		return now->is_vf ? PT_UNLIKE : PT_SIMILAR;
	/* Functions of one card have the same number; of two cards, function by function. */
	if (same_slot(known, now) || (plugged(known) ^ plugged(now)) & LAST_FUNCTION)
		return PT_UNLIKE;
	return PT_SAME_SERIAL;
}

/* FNV: there is no secret in it, the tables are small. */
static u32 mix(u32 hash, u32 value)
{
	return (hash ^ value) * 0x01000193;
}

#define FIRST_HASH	0x811c9dc5

u32 pt_identity_place_hash(const struct pt_identity *id)
{
	u32 hash = mix(FIRST_HASH, id->segment);
	unsigned int i;

	for (i = 0; i < id->hops; i++)
		hash = mix(hash, id->path[i]);
	hash = mix(hash, id->hops ? id->root_bus : id->bus);
	hash = mix(hash, plugged(id));
	return mix(hash, id->is_vf ? id->vf_index + 1 : 0);
}

u32 pt_identity_self_hash(const struct pt_identity *id)
{
	u32 hash = mix(FIRST_HASH, (u32)id->vendor << 16 | id->device);

	hash = mix(hash, (u32)id->serial);
	hash = mix(hash, (u32)(id->serial >> 32));
	return mix(hash, id->is_vf ? id->vf_index + 1 : 0);
}

static int write_bdf(u32 segment, u8 bus, u8 devfn, char *text)
{
	return scnprintf(text, PT_BDF_TEXT, BDF_FMT, segment, bus, devfn >> 3, devfn & 7);
}

int pt_identity_bdf(const struct pt_identity *id, char *text)
{
	return write_bdf(id->segment, id->bus, id->devfn, text);
}
EXPORT_SYMBOL_GPL(pt_identity_bdf);

int pt_identity_pf(const struct pt_identity *id, char *text)
{
	return write_bdf(id->segment, id->pf_bus, id->pf_devfn, text);
}
EXPORT_SYMBOL_GPL(pt_identity_pf);

int pt_identity_path(const struct pt_identity *id, char *text)
{
	unsigned int i;
	int at;

	text[0] = '\0';
	if (!id->hops)
		return 0;
	at = write_bdf(id->segment, id->root_bus, id->path[0], text);
	for (i = 1; i < id->hops; i++)
		at += scnprintf(text + at, PT_PATH_TEXT - at, "/%02x.%x",
				id->path[i] >> 3, id->path[i] & 7);
	return at;
}
EXPORT_SYMBOL_GPL(pt_identity_path);

bool pt_text_hex(struct pt_text *text, unsigned int least, unsigned int most, u64 *value)
{
	const char *start = text->at;

	*value = 0;
	while (text->at < text->end && text->at < start + most && hex_to_bin(*text->at) >= 0)
		*value = *value << 4 | (u64)hex_to_bin(*text->at++);
	return text->at >= start + least;
}

bool pt_text_char(struct pt_text *text, char c)
{
	if (text->at == text->end || *text->at != c)
		return false;
	text->at++;
	return true;
}

static bool read_devfn(struct pt_text *text, u64 device, u8 *devfn)
{
	u64 function;

	if (device > LAST_DEVICE || !pt_text_char(text, '.') ||
	    !pt_text_hex(text, 1, 1, &function) || function > LAST_FUNCTION)
		return false;
	*devfn = device << 3 | function;
	return true;
}

bool pt_text_path(struct pt_text *text, struct pt_identity *id)
{
	u64 number[3] = {};
	unsigned int n = 0;

	do {
		if (!pt_text_hex(text, 1, 8, &number[n++]))
			return false;
	} while (n < 3 && pt_text_char(text, ':'));
	/* The segment may be left out. */
	if (n < 2 || number[n - 2] > U8_MAX || !read_devfn(text, number[n - 1], &id->devfn))
		return false;
	id->segment = n == 3 ? number[0] : 0;
	id->bus = number[n - 2];
	id->root_bus = id->bus;
	id->path[0] = id->devfn;
	for (n = 1; pt_text_char(text, '/'); n++)
		if (n == PT_PATH_HOPS || !pt_text_hex(text, 1, 2, &number[0]) ||
		    !read_devfn(text, number[0], &id->path[n]))
			return false;
	id->hops = n;
	return true;
}

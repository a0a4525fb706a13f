// SPDX-License-Identifier: GPL-2.0
/* Which devices are meant, see linux/pt_match.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include <linux/pt_match.h>

#include "identity_core.h"

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* A name and a "=", perhaps with blanks round it; @word has the "=" as well. */
static bool word(struct pt_text *text, const char *word)
{
	size_t len = strlen(word) - 1;
	const char *at;

	if ((size_t)(text->end - text->at) < len || strncasecmp(text->at, word, len))
		return false;
	at = skip_blanks(text->at + len, text->end);
	if (at == text->end || *at != '=')
		return false;
	text->at = skip_blanks(at + 1, text->end);
	return true;
}

static const char *read_class(struct pt_text *text, struct pt_match *match)
{
	const char *start = text->at;
	u64 value;

	match->kind = PT_MATCH_CLASS;
	pt_text_hex(text, 0, 6, &value);
	match->digits = text->at - start;
	if (match->digits != 2 && match->digits != 4 && match->digits != 6)
		return "expected a class of 2, 4 or 6 digits";
	match->class = value << 4 * (6 - match->digits);
	return NULL;
}

static const char *read_ids(struct pt_text *text, struct pt_match *match)
{
	u64 id[4] = {};
	unsigned int n = 0;

	match->kind = PT_MATCH_IDS;
	do {
		if (!pt_text_hex(text, 4, 4, &id[n++]))
			return "expected vendor:device[:subvendor:subdevice], 4 digits each";
	} while (n < 4 && pt_text_char(text, ':'));
	if (n != 2 && n != 4)
		return "expected two ids or four";
	match->vendor = id[0];
	match->device = id[1];
	match->subsystem = n == 4;
	match->subvendor = id[2];
	match->subdevice = id[3];
	return NULL;
}

static const char *read_path(struct pt_text *text, struct pt_match *match)
{
	struct pt_identity id = {};

	if (!pt_text_path(text, &id))
		return "expected an address [DDDD:]BB:DD.F or a path [DDDD:]BB:DD.F/DD.F";
	match->kind = id.hops > 1 ? PT_MATCH_PATH : PT_MATCH_BDF;
	match->segment = id.segment;
	match->bus = id.bus;
	match->devfn = id.hops > 1 ? 0 : id.devfn;
	if (match->kind == PT_MATCH_BDF)
		return NULL;
	match->hops = id.hops;
	memcpy(match->path, id.path, id.hops);
	return NULL;
}

static const char *read_match(struct pt_text *text, struct pt_match *match)
{
	const char *why;

	if (word(text, "class="))
		return read_class(text, match);
	if (word(text, "serial=")) {
		match->kind = PT_MATCH_SERIAL;
		return pt_text_hex(text, 16, 16, &match->serial) && match->serial ? NULL :
			"expected a serial number of 16 digits";
	}
	if (word(text, "vfs-of=")) {
		why = read_path(text, match);
		if (!why && match->kind != PT_MATCH_BDF)
			why = "expected the address of a PF";
		match->kind = PT_MATCH_VFS_OF;
		return why;
	}
	/* Only addresses have a point. */
	if (memchr(text->at, '.', text->end - text->at))
		return read_path(text, match);
	return read_ids(text, match);
}

int pt_match_parse(const char *text, size_t len, struct pt_match *match, const char **why)
{
	struct pt_text in = { .at = text, .end = text + len };
	struct pt_match out = {};

	*why = read_match(&in, &out);
	if (!*why && in.at != in.end)
		*why = "expected no more, but something follows it";
	if (*why)
		return -EINVAL;
	*match = out;
	return 0;
}
EXPORT_SYMBOL_GPL(pt_match_parse);

bool pt_match_identity(const struct pt_match *match, const struct pt_identity *id)
{
	switch (match->kind) {
	case PT_MATCH_BDF:
		return match->segment == id->segment && match->bus == id->bus &&
		       match->devfn == id->devfn;
	case PT_MATCH_PATH:
		return !id->is_vf && match->segment == id->segment &&
		       match->bus == id->root_bus && match->hops == id->hops &&
		       !memcmp(match->path, id->path, id->hops);
	case PT_MATCH_IDS:
		return match->vendor == id->vendor && match->device == id->device &&
		       (!match->subsystem || (match->subvendor == id->subvendor &&
					      match->subdevice == id->subdevice));
	case PT_MATCH_CLASS:
		return match->class >> 4 * (6 - match->digits) ==
		       id->class >> 4 * (6 - match->digits);
	case PT_MATCH_SERIAL:
		return !id->is_vf && match->serial == id->serial;
	default:
		return id->is_vf && match->segment == id->segment &&
		       match->bus == id->pf_bus && match->devfn == id->pf_devfn;
	}
}
EXPORT_SYMBOL_GPL(pt_match_identity);

int pt_match_format(const struct pt_match *match, char *text, size_t room)
{
	struct pt_identity id = {
		.segment = match->segment, .bus = match->bus, .devfn = match->devfn,
		.root_bus = match->bus, .hops = match->hops,
	};
	char place[PT_PATH_TEXT];

	switch (match->kind) {
	case PT_MATCH_PATH:
		memcpy(id.path, match->path, sizeof(id.path));
		pt_identity_path(&id, place);
		return scnprintf(text, room, "%s", place);
	case PT_MATCH_IDS:
		if (!match->subsystem)
			return scnprintf(text, room, "%04x:%04x", match->vendor, match->device);
		return scnprintf(text, room, "%04x:%04x:%04x:%04x", match->vendor,
				 match->device, match->subvendor, match->subdevice);
	case PT_MATCH_CLASS:
		return scnprintf(text, room, "class=%0*x", match->digits,
				 match->class >> 4 * (6 - match->digits));
	case PT_MATCH_SERIAL:
		return scnprintf(text, room, "serial=%016llx", (unsigned long long)match->serial);
	default:
		pt_identity_bdf(&id, place);
		return scnprintf(text, room, "%s%s",
				 match->kind == PT_MATCH_VFS_OF ? "vfs-of=" : "", place);
	}
}
EXPORT_SYMBOL_GPL(pt_match_format);

// SPDX-License-Identifier: GPL-2.0
/* What would come of a guest with these devices, see preflight_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/hex.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "policy_core.h"
#include "preflight_core.h"

#define KB	1024ull
#define MB	(1024 * KB)
#define GB	(1024 * MB)

#define VGA_START	(640 * KB)
#define VGA_END		(768 * KB)
#define LOW_MIN		(64 * MB)	/* less than a guest's firmware can do with */

struct out {
	char *text;
	size_t room;
	size_t n;
};

#define add(to, ...) do {							\
	struct out *_o = (to);							\
										\
	_o->n += scnprintf(_o->text + _o->n, _o->room - _o->n, __VA_ARGS__);	\
} while (0)

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static int digit_of(char c, unsigned int base)
{
	int digit = hex_to_bin((unsigned char)c);

	return digit < (int)base ? digit : -1;
}

static u64 unit_of(char c)
{
	switch (c) {
	case 'K':
		return KB;
	case 'M':
		return MB;
	case 'G':
		return GB;
	default:
		return 0;
	}
}

/* Return: how much of the text it is, 0 for no size. */
static size_t parse_size(const char *text, size_t len, u64 *size)
{
	unsigned int base = 10;
	size_t i = 0, first;
	u64 number = 0;
	u64 unit;

	if (len > 2 && text[0] == '0' && text[1] == 'x') {
		base = 16;
		i = 2;
	}
	for (first = i; i < len && digit_of(text[i], base) >= 0; i++) {
		if (number >> 59)
			return 0;
		number = number * base + digit_of(text[i], base);
	}
	if (i == first)
		return 0;
	unit = i < len ? unit_of(text[i]) : 0;
	if (unit) {
		/* A machine has less than 2^52 bytes. */
		if (number >> 22)
			return 0;
		number *= unit;
		i++;
	}
	*size = number;
	return number >> 52 ? 0 : i;
}

static int parse_device(const struct pt_list_entry *entry, struct ie_pre_request *request,
			const char **why)
{
	struct pt_match match[IE_FUNCTIONS];
	int i, n;

	n = ie_matches_parse(entry->text, entry->len, match, why);
	if (n < 0)
		return n;
	*why = "expected the address of a device: DDDD:BB:DD.F";
	if (match[0].kind != PT_MATCH_BDF)
		return -EINVAL;
	*why = "more than 32 devices";
	for (i = 0; i < n; i++) {
		if (request->devices == IE_PRE_DEVICES)
			return -EINVAL;
		request->dev[request->devices++] = match[i];
	}
	return 0;
}

/* NAME=SIZE; @name has the "=" as well. */
static bool is_word(const struct pt_list_entry *entry, const char *name, const char **value)
{
	size_t len = strlen(name) - 1, pos = len;

	if (entry->len <= len || strncasecmp(entry->text, name, len))
		return false;
	while (pos < entry->len && is_space(entry->text[pos]))
		pos++;
	if (pos == entry->len || entry->text[pos++] != '=')
		return false;
	while (pos < entry->len && is_space(entry->text[pos]))
		pos++;
	*value = entry->text + pos;
	return true;
}

static bool is_size(const struct pt_list_entry *entry, const char *value, u64 *size)
{
	size_t len = entry->text + entry->len - value;

	return !*size && len && parse_size(value, len, size) == len && *size;
}

static int parse_entry(const struct pt_list_entry *entry, struct ie_pre_request *request,
		       const char **why)
{
	const char *value;

	if (is_word(entry, "mem=", &value)) {
		*why = "expected mem=SIZE once, SIZE with K, M or G behind it, e.g. mem=4G";
		return is_size(entry, value, &request->mem) ? 0 : -EINVAL;
	}
	if (is_word(entry, "below4g=", &value)) {
		*why = "expected below4g=SIZE once, SIZE with K, M or G behind it, e.g. below4g=2G";
		return is_size(entry, value, &request->below4g) ? 0 : -EINVAL;
	}
	return parse_device(entry, request, why);
}

int ie_pre_parse(const char *text, size_t len, struct ie_pre_request *request,
		 const char **why)
{
	struct pt_list list = { .text = text, .end = len };
	struct pt_list_entry entry;
	int got;

	memset(request, 0, sizeof(*request));
	while ((got = pt_list_next(&list, &entry))) {
		*why = entry.why;
		if (got < 0 || parse_entry(&entry, request, why))
			return -EINVAL;
	}
	*why = "expected devices and mem=SIZE, e.g. 0000:01:00.0 mem=4G";
	return request->devices && request->mem ? 0 : -EINVAL;
}

static void add_range(struct ie_pre_layout *layout, u64 start, u64 size)
{
	if (size)
		layout->range[layout->count++] = (struct ie_pre_range) { start, start + size - 1 };
}

void ie_pre_q35(u64 mem, u64 below4g, struct ie_pre_layout *layout)
{
	u64 low = mem >= 2816 * MB ? 2 * GB : 2816 * MB;

	if (below4g)
		low = min(low, below4g);
	low = min(low, mem);
	layout->count = 0;
	add_range(layout, 0, min_t(u64, low, VGA_START));
	add_range(layout, VGA_END, low > VGA_END ? low - VGA_END : 0);
	add_range(layout, 4 * GB, mem - low);
}

static bool in_ram(const struct ie_pre_layout *layout, const struct ie_pre_range *range)
{
	unsigned int i;

	for (i = 0; i < layout->count; i++)
		if (layout->range[i].start <= range->end && range->start <= layout->range[i].end)
			return true;
	return false;
}

/* The largest limit that keeps RAM out of all regions, 0 for none. */
static u64 find_limit(const struct ie_pre_question *q)
{
	struct ie_pre_layout layout;
	u64 limit = q->request->mem;
	unsigned int i;

	for (i = 0; i < q->regions; i++)
		if (q->region[i].range.start < 4 * GB)
			limit = min(limit, q->region[i].range.start & ~(MB - 1));
	if (limit < LOW_MIN)
		return 0;
	ie_pre_q35(q->request->mem, limit, &layout);
	for (i = 0; i < q->regions; i++)
		if (in_ram(&layout, &q->region[i].range))
			return 0;
	return limit;
}

static void add_name(struct out *out, const struct pt_match *dev)
{
	add(out, "%04x:%02x:%02x.%x", dev->segment, dev->bus, dev->devfn >> 3, dev->devfn & 7);
}

static void add_region(struct out *out, const struct ie_pre_question *q,
		       const struct ie_pre_region *region, bool conflict)
{
	add_name(out, &q->request->dev[region->device]);
	add(out, " 0x%llx-0x%llx is %s%s the guest's RAM\n",
	    (unsigned long long)region->range.start, (unsigned long long)region->range.end,
	    region->relaxable ? "reserved at boot only, " : "", conflict ? "in" : "outside of");
	if (region->relaxable) {
		add(out, "  given by Linux itself\n");
		return;
	}
	add(out, "  strict: refused\n");
	if (!conflict) {
		add(out, "  reserve: given, what firmware does there fails\n");
		add(out, "  map: given, what firmware does there works\n");
		add(out, "  relaxed: given, what firmware does there fails\n");
		return;
	}
	add(out, "  reserve, map: refused when QEMU maps its RAM there\n");
	add(out, "  relaxed: given, what firmware writes there lands in the guest's RAM\n");
}

static void add_verdict(struct out *out, bool strict, bool other)
{
	static const char *const words[] = { "no", "yes" };

	add(out, "strict=%s reserve=%s map=%s relaxed=yes\n", words[strict], words[other],
	    words[other]);
}

static void add_advice(struct out *out, const struct ie_pre_question *q, bool strict, bool other)
{
	u64 limit = other ? 0 : find_limit(q);
	u32 done = 0;
	unsigned int i;

	for (i = 0; i < q->regions; i++) {
		u8 device = q->region[i].device;

		if (q->region[i].relaxable || !(q->has_vfs & ~done & BIT(device)))
			continue;
		done |= BIT(device);
		add(out, "do: use a VF of ");
		add_name(out, &q->request->dev[device]);
		add(out, ", for VFs nothing is reserved\n");
	}
	if (limit)
		add(out, "do: policy map, and keep RAM away: max-ram-below-4g=%lluM\n",
		    (unsigned long long)(limit / MB));
	else if (!other)
		add(out, "do: another machine; no limit below 4 GB keeps RAM away\n");
	else if (!strict)
		add(out, "do: policy map\n");
	if (q->others[0])
		add(out, "do: give the whole set, or leave it without drivers: %s\n", q->others);
}

size_t ie_pre_answer(const struct ie_pre_question *q, char *text, size_t room)
{
	struct out out = { .text = text, .room = room };
	struct ie_pre_layout layout;
	bool strict = true, other = true;
	unsigned int i;

	ie_pre_q35(q->request->mem, q->request->below4g, &layout);
	for (i = 0; i < q->regions; i++) {
		if (q->region[i].relaxable)
			continue;
		strict = false;
		other = other && !in_ram(&layout, &q->region[i].range);
	}
	text[0] = '\0';
	add_verdict(&out, strict, other);
	for (i = 0; i < q->regions; i++)
		add_region(&out, q, &q->region[i], in_ram(&layout, &q->region[i].range));
	add_advice(&out, q, strict, other);
	return out.n;
}

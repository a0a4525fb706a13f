// SPDX-License-Identifier: GPL-2.0
/* Requests for check as QEMU writes sizes and machine types, see preflight_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/hex.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>
#endif
#include "policy_core.h"
#include "preflight_core.h"

#define KB		1024ull
#define MB		(1024 * KB)
#define GB		(1024 * MB)
#define RAM_UNIT	(8 * KB)	/* QEMU rounds -m up to a multiple of it */
#define SIZE_BITS	52		/* a machine has less */
#define FRACTION_MAX	1000000		/* more digits of a fraction do not count */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Bits to shift by for a letter, -1 for what is none. */
static int shift_of(char c)
{
	switch (c) {
	case 'B':
	case 'b':
		return 0;
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	case 'T':
	case 't':
		return 40;
	default:
		return -1;
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool parse_hex(const char *text, size_t len, u64 *size)
{
	u64 number = 0;
	size_t i;

	for (i = 2; i < len; i++) {
		if (hex_to_bin((unsigned char)text[i]) < 0 || number >> (SIZE_BITS - 4))
			return false;
		number = number << 4 | hex_to_bin((unsigned char)text[i]);
	}
	*size = number;
	return len > 2;
}

/* The digits behind a point. Return: how many. */
static size_t parse_fraction(const char *text, size_t len, u64 *part, u32 *whole)
{
	size_t i;

	*part = 0;
	*whole = 1;
	for (i = 0; i < len && is_digit(text[i]); i++) {
		if (*whole == FRACTION_MAX)
			continue;
		*part = *part * 10 + (text[i] - '0');
		*whole *= 10;
	}
	return i;
}

/* @shift: of a number without a letter; hexadecimal is for bytes only. */
static bool parse_size(const char *text, size_t len, int shift, u64 *size)
{
	u64 number = 0, part = 0;
	u32 whole = 1;
	size_t i;

	if (len > 2 && text[0] == '0' && text[1] == 'x')
		return !shift && parse_hex(text, len, size);
	for (i = 0; i < len && is_digit(text[i]); i++) {
		if (number >> SIZE_BITS)
			return false;
		number = number * 10 + (text[i] - '0');
	}
	if (!i)
		return false;

	if (i < len && text[i] == '.')
		i += 1 + parse_fraction(text + i + 1, len - i - 1, &part, &whole);
	if (i < len)
		shift = shift_of(text[i++]);
	if (i != len || shift < 0 || number >> (SIZE_BITS - shift))
		return false;

	*size = (number << shift) + div_u64(part << shift, whole);
	return true;
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

static bool is_size(const struct pt_list_entry *entry, const char *value, int shift, u64 *size)
{
	size_t len = entry->text + entry->len - value;

	return !*size && parse_size(value, len, shift, size) && *size;
}

static bool has_prefix(const char *text, size_t len, const char *prefix)
{
	return len >= strlen(prefix) && !strncasecmp(text, prefix, strlen(prefix));
}

/* As QEMU, libvirt and Proxmox have it: q35, pc, pc-q35-9.2, pc-i440fx-9.2+pve0. */
static u8 parse_machine(const struct pt_list_entry *entry, const char *value)
{
	size_t len = entry->text + entry->len - value;

	if (has_prefix(value, len, "q35") || has_prefix(value, len, "pc-q35"))
		return IE_PRE_Q35;
	if (has_prefix(value, len, "i440fx") || has_prefix(value, len, "pc-i440fx") ||
	    (len == 2 && has_prefix(value, len, "pc")))
		return IE_PRE_PC;
	return 0;
}

static int parse_entry(const struct pt_list_entry *entry, struct ie_pre_request *request,
		       const char **why)
{
	const char *value;

	if (is_word(entry, "mem=", &value)) {
		*why = "expected mem=SIZE once, as QEMU's -m: MiB, or with K, M, G or T: mem=4G";
		if (!is_size(entry, value, 20, &request->mem))
			return -EINVAL;
		request->mem = ALIGN(request->mem, RAM_UNIT);
		return 0;
	}
	if (is_word(entry, "below4g=", &value)) {
		*why = "expected below4g=SIZE once, 1M to 4G; without a letter QEMU takes bytes";
		return is_size(entry, value, 0, &request->below4g) && request->below4g >= MB &&
		       request->below4g <= 4 * GB ? 0 : -EINVAL;
	}
	if (is_word(entry, "machine=", &value)) {
		*why = "expected machine=TYPE once: q35, or pc, which is i440fx";
		if (request->machines)
			return -EINVAL;
		request->machines = parse_machine(entry, value);
		return request->machines ? 0 : -EINVAL;
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
	if (!request->machines)
		request->machines = IE_PRE_Q35 | IE_PRE_PC;
	*why = "expected devices and mem=SIZE, e.g. 0000:01:00.0 mem=4G";
	return request->devices && request->mem ? 0 : -EINVAL;
}

// SPDX-License-Identifier: GPL-2.0
/* Names of isolation reasons, see isolation_reason_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "isolation_reason_core.h"

static const char * const reason_names[IE_ISO_REASONS] = {
	[IE_ISO_BRIDGE] = "bridge",
	[IE_ISO_ALIAS] = "alias",
	[IE_ISO_ACS] = "acs",
	[IE_ISO_RMRR] = "rmrr",
	[IE_ISO_RMRR_SHARED] = "rmrr-shared",
	[IE_ISO_BAR_PAGE] = "bar-page",
	[IE_ISO_INTX] = "intx",
};

static const char unknown[] =
	"expected bridge, alias, acs, rmrr, rmrr-shared, bar-page, intx or default";

size_t ie_iso_reasons(u8 reasons, char *text, size_t room)
{
	size_t n = 0;
	int i;

	for (i = 0; i < IE_ISO_REASONS; i++)
		if (reasons & BIT(i))
			n += scnprintf(text + n, room - n, "%s%s", n ? "," : "", reason_names[i]);
	if (!n)
		n = scnprintf(text, room, "-");
	return n;
}

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !strncasecmp(text, word, len);
}

/* Bits of a name; 0 for what is none. */
static u8 reasons_of(const char *text, size_t len)
{
	int i;

	if (is_word(text, len, "default"))
		return IE_ISO_DEFAULT;
	for (i = 0; i < IE_ISO_REASONS; i++)
		if (is_word(text, len, reason_names[i]))
			return BIT(i);
	return 0;
}

static char sign_of(const struct pt_list_entry *entry)
{
	return *entry->text == '+' || *entry->text == '-' ? *entry->text : 0;
}

static int parse_entry(struct pt_list_entry *entry, bool changes, u8 *reasons)
{
	char sign = sign_of(entry);
	size_t skip = sign ? 1 : 0;
	u8 named = reasons_of(entry->text + skip, entry->len - skip);

	if (!named) {
		entry->pos += skip;
		entry->why = unknown;
		return -EINVAL;
	}
	if (changes != !!sign) {
		entry->why = "expected a sign before each name, or before none";
		return -EINVAL;
	}
	*reasons = sign == '-' ? *reasons & ~named : *reasons | named;
	return 0;
}

int ie_iso_reasons_parse(const char *text, size_t len, u8 *reasons, struct pt_list_entry *bad)
{
	struct pt_list list = { .text = text, .end = len };
	bool changes = false;
	u8 now = 0;
	int got;

	while ((got = pt_list_next(&list, bad))) {
		if (got > 0 && list.number == 1) {
			changes = sign_of(bad);
			now = changes ? *reasons : 0;
		}
		if (got < 0 || parse_entry(bad, changes, &now))
			return -EINVAL;
	}
	if (!list.number) {
		*bad = (struct pt_list_entry) { .text = text, .why = "expected names of reasons" };
		return -EINVAL;
	}
	*reasons = now;
	return 0;
}

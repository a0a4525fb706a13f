// SPDX-License-Identifier: GPL-2.0
/* Files of lines, see listing.h. */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "listing.h"

void pbng_listing_add(struct pbng_listing *list, const char *fmt, ...)
{
	char line[PBNG_LISTING_LINE];
	size_t len, from;
	va_list args;

	va_start(args, fmt);
	len = vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	from = min_t(u64, list->skip, len);
	list->skip -= from;
	len = min(len - from, list->room - list->len);
	memcpy(list->buf + list->len, line + from, len);
	list->len += len;
}

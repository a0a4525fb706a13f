// SPDX-License-Identifier: GPL-2.0
/* Ways to reset and what results mean, see reset_core.h for the table. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "reset_core.h"

const struct pbng_reset_order pbng_reset_default = {
	.count = 2, .way = { PBNG_RESET_FUNCTION, PBNG_RESET_BUS },
};

static const char *const words[PBNG_RESET_WAYS] = {
	[PBNG_RESET_FUNCTION] = "function",
	[PBNG_RESET_BUS] = "bus",
};

static const char none[] = "none";
static const char space[] = "\n ";

static bool is_word(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(text, word, len);
}

static int parse_word(const char *text, size_t len, struct pbng_reset_order *order)
{
	unsigned int way, i;

	for (way = 0; way < PBNG_RESET_WAYS; way++)
		if (is_word(text, len, words[way]))
			break;
	if (way == PBNG_RESET_WAYS)
		return -EINVAL;
	for (i = 0; i < order->count; i++)
		if (order->way[i] == way)
			return -EINVAL;
	order->way[order->count++] = way;
	return 0;
}

int pbng_reset_order_parse(const char *text, struct pbng_reset_order *order)
{
	struct pbng_reset_order new = {};
	size_t len;

	text += strspn(text, space);
	len = strcspn(text, space);
	if (is_word(text, len, none) && !text[len + strspn(text + len, space)]) {
		*order = new;
		return 0;
	}
	if (!len)
		return -EINVAL;
	for (; len; len = strcspn(text, space)) {
		if (parse_word(text, len, &new))
			return -EINVAL;
		text += len;
		text += strspn(text, space);
	}
	*order = new;
	return 0;
}

void pbng_reset_order_format(const struct pbng_reset_order *order, char *text)
{
	unsigned int i;
	int len;

	len = snprintf(text, PBNG_RESET_ORDER_TEXT, "%s", order->count ? "" : none);
	for (i = 0; i < order->count; i++)
		len += snprintf(text + len, PBNG_RESET_ORDER_TEXT - len, "%s%s",
				i ? " " : "", words[order->way[i]]);
}

bool pbng_reset_is_fit(int err, unsigned int was)
{
	switch (err) {
	case 0:
	case -EOPNOTSUPP:
		return true;
	case -ENOTTY:
		return was != PBNG_WAS_SICK;
	case -EBUSY:
	case -ENOMEM:
		return was == PBNG_WAS_CLEAN;
	default:
		return false;
	}
}

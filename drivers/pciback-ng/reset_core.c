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

static const struct {
	const char *text;
	struct pbng_reset_order order;
} orders[] = {
	{ "function bus", { 2, { PBNG_RESET_FUNCTION, PBNG_RESET_BUS } } },
	{ "bus function", { 2, { PBNG_RESET_BUS, PBNG_RESET_FUNCTION } } },
	{ "function", { 1, { PBNG_RESET_FUNCTION } } },
	{ "bus", { 1, { PBNG_RESET_BUS } } },
	{ "none", { 0, {} } },
};

int pbng_reset_order_parse(const char *text, struct pbng_reset_order *order)
{
	size_t len = strcspn(text, "\n");
	unsigned int i;

	if (text[len] && text[len + 1])
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		if (len != strlen(orders[i].text) || memcmp(text, orders[i].text, len))
			continue;
		*order = orders[i].order;
		return 0;
	}
	return -EINVAL;
}

static bool same(const struct pbng_reset_order *a, const struct pbng_reset_order *b)
{
	return a->count == b->count && !memcmp(a->way, b->way, a->count);
}

const char *pbng_reset_order_name(const struct pbng_reset_order *order)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		if (same(&orders[i].order, order))
			return orders[i].text;
	return "?";
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

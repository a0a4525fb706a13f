// SPDX-License-Identifier: GPL-2.0
/* Orders of ways to reset, and what results mean. */
#include <errno.h>
#include <string.h>

#include "reset_core.h"
#include "ktap.h"

#define NEWLINE	"\n"

static struct pbng_reset_order order;
static char text[PBNG_RESET_ORDER_TEXT];

/* What is understood of words, in words again; "?" when it is refused. */
static const char *again(const char *words)
{
	struct pbng_reset_order before = order;

	if (pbng_reset_order_parse(words, &order)) {
		CHECK(!memcmp(&before, &order, sizeof(order)));
		return "?";
	}
	pbng_reset_order_format(&order, text);
	return text;
}

TEST("an order is read as it is written")
{
	static const char *const orders[] = {
		"function", "bus", "function bus", "bus function", "none"
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		CHECK_STREQ(again(orders[i]), orders[i]);
}

TEST("spaces and the end of the line do no harm")
{
	CHECK_STREQ(again("bus" NEWLINE), "bus");
	CHECK_STREQ(again("  function " NEWLINE "  bus " NEWLINE), "function bus");
	CHECK_STREQ(again(" none " NEWLINE), "none");
}

TEST("what is no order is refused, and the old one stays")
{
	static const char *const wrong[] = {
		"", " ", NEWLINE, "flr", "function flr", "func", "functions", "bus bus",
		"function bus function", "none bus", "bus none", "BUS", "bus,function",
	};
	unsigned int i;

	again("bus");
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK_STREQ(again(wrong[i]), "?");
	CHECK_EQ(order.count, 1);
	CHECK_EQ(order.way[0], PBNG_RESET_BUS);
}

TEST("the longest order fits, and the default is the function first")
{
	pbng_reset_order_format(&pbng_reset_default, text);
	CHECK_STREQ(text, "function bus");
	CHECK(strlen("function bus") < PBNG_RESET_ORDER_TEXT);
}

TEST("results mean what the table says")
{
	static const struct {
		int err;
		const char *fit;	/* clean, used, sick */
	} rows[] = {
		{ 0,		"yyy" },
		{ -EOPNOTSUPP,	"yyy" },
		{ -ENOTTY,	"yyn" },
		{ -EBUSY,	"ynn" },
		{ -ENOMEM,	"ynn" },
		{ -EIO,		"nnn" },
		{ -ENODEV,	"nnn" },
		{ -ETIMEDOUT,	"nnn" },
	};
	unsigned int i, was;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (was = 0; was < PBNG_RESET_WAS; was++)
			if (pbng_reset_is_fit(rows[i].err, was) != (rows[i].fit[was] == 'y'))
				ktap_fail(__FILE__, __LINE__, "result %d, before %u",
					  rows[i].err, was);
}

// SPDX-License-Identifier: GPL-2.0
/* Orders of ways to reset, and what results mean. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reset_core.h"
#include "ktap.h"

static struct pbng_reset_order order;

/* What is understood of words, in words again; "?" when it is refused. */
static const char *again(const char *words)
{
	struct pbng_reset_order before = order;
	int err = pbng_reset_order_parse(words, &order);

	if (!err)
		return pbng_reset_order_name(&order);
	CHECK_EQ(err, -EINVAL);
	CHECK(!memcmp(&before, &order, sizeof(order)));
	return "?";
}

TEST("an order is read as it is written, also with the end of the line")
{
	static const char *const orders[] = {
		"function", "bus", "function bus", "bus function", "none"
	};
	char line[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		CHECK_STREQ(again(orders[i]), orders[i]);
		snprintf(line, sizeof(line), "%s%c", orders[i], '\n');
		CHECK_STREQ(again(line), orders[i]);
	}
}

TEST("it is what it says")
{
	again("bus function");
	CHECK_EQ(order.count, 2);
	CHECK_EQ(order.way[0], PBNG_RESET_BUS);
	CHECK_EQ(order.way[1], PBNG_RESET_FUNCTION);
	again("function");
	CHECK_EQ(order.count, 1);
	CHECK_EQ(order.way[0], PBNG_RESET_FUNCTION);
	again("none");
	CHECK_EQ(order.count, 0);
	CHECK_STREQ(pbng_reset_order_name(&pbng_reset_default), "function bus");
}

TEST("what is no order is refused, and the old one stays")
{
	static const char *const wrong[] = {
		"", " ", "flr", "function flr", "func", "functions", "bus bus", "buz",
		"function bus function", "none bus", "BUS", "bus,function", " bus",
		"bus\nbus", "bus\n\n", "\nbus",
	};
	unsigned int i;

	again("bus");
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK_STREQ(again(wrong[i]), "?");
	CHECK_STREQ(pbng_reset_order_name(&order), "bus");
}

TEST("only as many ways count as there are")
{
	const struct pbng_reset_order none = { 0, { PBNG_RESET_WAYS } };
	const struct pbng_reset_order bus = { 1, { PBNG_RESET_BUS, PBNG_RESET_BUS } };
	const struct pbng_reset_order no_order = { 2, { PBNG_RESET_BUS, PBNG_RESET_BUS } };

	CHECK_STREQ(pbng_reset_order_name(&none), "none");
	CHECK_STREQ(pbng_reset_order_name(&bus), "bus");
	CHECK_STREQ(pbng_reset_order_name(&no_order), "?");
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

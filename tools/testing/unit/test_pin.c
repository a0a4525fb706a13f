// SPDX-License-Identifier: GPL-2.0
/* When a bridge may have its bus numbers back. */
#include <string.h>

#include "pin_core.h"
#include "ktap.h"

/* A bridge on bus 0 that had 1-1 and has nothing now; all numbers are free. */
static const struct ie_pin_case lost = {
	.bus = 0, .bus_end = 0xff, .now = 0, .before = { 1, 1 },
};

static enum ie_pin_verdict on_bus(u8 bus, u8 bus_end, u8 secondary, u8 subordinate)
{
	struct ie_pin_case c = lost;

	c.bus = bus;
	c.bus_end = bus_end;
	c.before = (struct ie_bus_numbers) { secondary, subordinate };
	return ie_pin_decide(&c);
}

static enum ie_pin_verdict with_register(u8 bus, u32 now)
{
	struct ie_pin_case c = lost;

	c.bus = bus;
	c.now = now;
	c.before = (struct ie_bus_numbers) { 9, 9 };
	return ie_pin_decide(&c);
}

TEST("a bridge without numbers gets what it had")
{
	CHECK_EQ(ie_pin_decide(&lost), IE_PIN_RESTORE);
	CHECK_EQ(on_bus(2, 9, 3, 9), IE_PIN_RESTORE);
	CHECK_EQ(on_bus(2, 9, 9, 9), IE_PIN_RESTORE);
	CHECK_EQ(on_bus(0, 0xff, 0xff, 0xff), IE_PIN_RESTORE);
}

TEST("numbers that make no sense are as good as none")
{
	static const u32 senseless[] = {
		0x000000,	/* nothing */
		0x030304,	/* another bus above */
		0x020202,	/* its own bus */
		0x010102,	/* a number before its own bus */
		0x030402,	/* the last before the first */
		0x000302,	/* no last */
		0x030002,	/* no first */
		0xffffff,	/* nobody answers */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(senseless); i++)
		CHECK_EQ(with_register(2, senseless[i]), IE_PIN_RESTORE);
}

TEST("numbers that make sense stay, whatever the bridge had before")
{
	CHECK_EQ(with_register(2, 0x030302), IE_PIN_CONFIGURED);
	CHECK_EQ(with_register(2, 0xff0302), IE_PIN_CONFIGURED);
	CHECK_EQ(with_register(0, 0x010100), IE_PIN_CONFIGURED);
	CHECK_EQ(with_register(2, 0x40030302), IE_PIN_CONFIGURED);
}

TEST("a primary number that is wired to 0 does no harm")
{
	struct ie_bus_numbers numbers;

	CHECK_EQ(with_register(2, 0x050300), IE_PIN_CONFIGURED);
	CHECK(ie_pin_configured(2, 0x050300, &numbers));
	CHECK_EQ(numbers.secondary, 3);
	CHECK_EQ(numbers.subordinate, 5);
	CHECK_EQ(with_register(2, 0x050000), IE_PIN_RESTORE);
}

TEST("what the bridge above does not pass on cannot be had")
{
	CHECK_EQ(on_bus(2, 9, 3, 10), IE_PIN_OUTSIDE);
	CHECK_EQ(on_bus(2, 9, 10, 12), IE_PIN_OUTSIDE);
	CHECK_EQ(on_bus(2, 9, 2, 3), IE_PIN_OUTSIDE);
	CHECK_EQ(on_bus(2, 9, 1, 1), IE_PIN_OUTSIDE);
	CHECK_EQ(on_bus(6, 6, 7, 7), IE_PIN_OUTSIDE);
}

TEST("one number that somebody has is one too many")
{
	static const struct {
		struct ie_bus_numbers wanted, other;
		enum ie_pin_verdict verdict;
	} table[] = {
		{ { 4, 6 }, { 1, 3 }, IE_PIN_RESTORE },
		{ { 4, 6 }, { 7, 9 }, IE_PIN_RESTORE },
		{ { 4, 6 }, { 1, 4 }, IE_PIN_TAKEN },
		{ { 4, 6 }, { 6, 9 }, IE_PIN_TAKEN },
		{ { 4, 6 }, { 5, 5 }, IE_PIN_TAKEN },
		{ { 4, 6 }, { 1, 9 }, IE_PIN_TAKEN },
		{ { 4, 6 }, { 4, 6 }, IE_PIN_TAKEN },
		{ { 4, 4 }, { 4, 4 }, IE_PIN_TAKEN },
		{ { 4, 4 }, { 5, 5 }, IE_PIN_RESTORE },
	};
	struct ie_bus_numbers others[3] = { { 0x10, 0x10 }, {}, { 0x20, 0x2f } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct ie_pin_case c = lost;

		c.before = table[i].wanted;
		others[1] = table[i].other;
		c.others = others;
		c.count = ARRAY_SIZE(others);
		CHECK_EQ(ie_pin_decide(&c), table[i].verdict);
	}
}

TEST("what is written is what was there, and the latency timer stays")
{
	struct ie_bus_numbers numbers = { 3, 5 }, again;
	u32 value = ie_pin_register(2, 0xb0ffffff, &numbers);

	CHECK_EQ(value, 0xb0050302);
	CHECK(ie_pin_configured(2, value, &again));
	CHECK(!memcmp(&numbers, &again, sizeof(again)));
}

TEST("each refusal has its words")
{
	CHECK_STREQ(ie_pin_why(IE_PIN_RESTORE), "");
	CHECK_STREQ(ie_pin_why(IE_PIN_CONFIGURED), "the bridge has others");
	CHECK_STREQ(ie_pin_why(IE_PIN_OUTSIDE), "the bridge above does not pass them on");
	CHECK_STREQ(ie_pin_why(IE_PIN_TAKEN), "another bus has one of them");
}

static const struct pt_identity port = {
	.segment = 1, .bus = 4, .devfn = 0x10, .root_bus = 2, .hops = 2,
	.path = { 0x18, 0x10 }, .vendor = 0x8086, .device = 0x1234,
};

TEST("a bridge is known by its place and its ids")
{
	struct pt_identity other = port;

	CHECK(ie_pin_same_bridge(&port, &other));
	other.bus = 9;		/* that is what may change */
	other.path[2] = 7;	/* behind its end */
	CHECK(ie_pin_same_bridge(&port, &other));
#define DIFFERS(field, value) do {			\
		other = port;				\
		other.field = value;			\
		CHECK(!ie_pin_same_bridge(&port, &other));	\
	} while (0)
	DIFFERS(segment, 0);
	DIFFERS(root_bus, 0);
	DIFFERS(hops, 1);
	DIFFERS(path[0], 0x10);
	DIFFERS(path[1], 0x18);
	DIFFERS(vendor, 0x1b36);
	DIFFERS(device, 0x1235);
}

TEST("what is too deep to have a path is nobody's equal")
{
	struct pt_identity deep = port;

	deep.hops = 0;
	CHECK(!ie_pin_same_bridge(&deep, &deep));
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May a bridge have the bus numbers back that it had before?
 *
 * The kernel numbers the buses behind a bridge anew when it finds the bridge without
 * numbers that make sense, as it is after a reset or a loss of power. Everything behind
 * it then has another address. So the numbers are written back before the kernel looks,
 * if they are still free.
 *
 * Pure logic: unit tests run on it in user space.
 */
#ifndef IE_PIN_CORE_H
#define IE_PIN_CORE_H

#include <linux/pt_identity.h>

/**
 * struct ie_bus_numbers - the buses behind a bridge
 * @secondary: the one right behind it
 * @subordinate: the last one that it passes on to
 */
struct ie_bus_numbers {
	u8 secondary;
	u8 subordinate;
};

/* enum ie_pin_verdict - what is to be done */
enum ie_pin_verdict {
	IE_PIN_RESTORE,		/* write them back */
	IE_PIN_CONFIGURED,	/* the bridge has numbers, firmware's or its own */
	IE_PIN_OUTSIDE,		/* the bridge above does not pass them on */
	IE_PIN_TAKEN,		/* somebody else has one of them */
	IE_PIN_VERDICTS
};

/**
 * struct ie_pin_case - a bridge that comes
 * @bus: number of the bus that it is on
 * @bus_end: last number that is passed on to that bus
 * @now: its register of bus numbers (PCI_PRIMARY_BUS), 32 bits
 * @before: what it had
 * @others: buses that are there, and numbers of the bridges beside it
 * @count: entries of @others
 */
struct ie_pin_case {
	u8 bus;
	u8 bus_end;
	u32 now;
	struct ie_bus_numbers before;
	const struct ie_bus_numbers *others;
	unsigned int count;
};

/**
 * ie_pin_decide() - may it have them back?
 * @c: the bridge
 *
 * Return: what is to be done.
 */
enum ie_pin_verdict ie_pin_decide(const struct ie_pin_case *c);

/**
 * ie_pin_why() - a verdict in words
 * @verdict: not IE_PIN_RESTORE
 *
 * Return: why the numbers are not written back.
 */
const char *ie_pin_why(enum ie_pin_verdict verdict);

/**
 * ie_pin_configured() - does a bridge have numbers that the kernel takes?
 * @bus: number of the bus that it is on
 * @now: its register
 * @numbers: the numbers, when it does
 *
 * Return: whether it does.
 */
bool ie_pin_configured(u8 bus, u32 now, struct ie_bus_numbers *numbers);

/**
 * ie_pin_register() - the register with other numbers in it
 * @bus: number of the bus that the bridge is on
 * @now: what is in the register; the latency timer stays
 * @numbers: the numbers
 *
 * Return: what is to be written.
 */
u32 ie_pin_register(u8 bus, u32 now, const struct ie_bus_numbers *numbers);

/**
 * ie_pin_same_bridge() - is this the bridge that is remembered?
 * @a: one
 * @b: the other
 *
 * Another model in the same place has another number of buses behind it: what was there
 * before says nothing.
 *
 * Return: whether place and ids are the same; never for what is too deep for a path.
 */
bool ie_pin_same_bridge(const struct pt_identity *a, const struct pt_identity *b);

#endif /* IE_PIN_CORE_H */

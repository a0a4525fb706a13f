/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways to reset a device, and what a reset's result means.
 *
 * What becomes of a device, by what its reset said (rows) and what it was before
 * (columns); "as it was" is claimed, or assigned when it has an owner:
 *
 *              clean           used            sick
 *  done        fit             fit             fit
 *  waived      fit             fit             fit
 *  impossible  as it was       fit, warn       quarantined
 *  blocked     as it was       quarantined     quarantined
 *  failed      quarantined     quarantined     quarantined
 *
 *  clean   nobody has used it since it was last fit, or its owner keeps it
 *  used    its owner has left
 *  sick    it was quarantined
 *
 *  waived      the administrator wants no reset of this device
 *  impossible  it has no reset of any kind: many an old card
 *  blocked     its reset would hit a function that belongs to somebody else; or there was
 *              no memory to find out
 *
 * Pure logic: unit tests run on it in user space.
 */
#ifndef PBNG_RESET_CORE_H
#define PBNG_RESET_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

/**
 * enum pbng_reset_way - how far a reset reaches
 * @PBNG_RESET_FUNCTION: this function only, by the methods of the PCI core, in the
 *			 order of the device's own attribute reset_method
 * @PBNG_RESET_BUS: every function that shares its slot or bus
 * @PBNG_RESET_WAYS: how many there are
 */
enum pbng_reset_way {
	PBNG_RESET_FUNCTION,
	PBNG_RESET_BUS,
	PBNG_RESET_WAYS
};

/**
 * struct pbng_reset_order - which ways are tried, one after the other
 * @count: how many; 0 when the device is not to be reset
 * @way: enum pbng_reset_way
 */
struct pbng_reset_order {
	u8 count;
	u8 way[PBNG_RESET_WAYS];
};

enum pbng_reset_was {
	PBNG_WAS_CLEAN,
	PBNG_WAS_USED,
	PBNG_WAS_SICK,
	PBNG_RESET_WAS
};

/* First the function, then what is wider. */
extern const struct pbng_reset_order pbng_reset_default;

/**
 * pbng_reset_order_parse() - read an order
 * @text: "function" and "bus" in the order of trying, or one of them, or "none"; perhaps
 *	  with the end of the line
 * @order: the result; unchanged on failure
 * Return: 0 or -EINVAL.
 */
int pbng_reset_order_parse(const char *text, struct pbng_reset_order *order);

/* The same in words. */
const char *pbng_reset_order_name(const struct pbng_reset_order *order);

/**
 * pbng_reset_is_fit() - is a device fit to be given away after a reset?
 * @err: what the reset said: 0; -EOPNOTSUPP waived; -ENOTTY impossible; -EBUSY
 *	 and -ENOMEM blocked; anything else failed
 * @was: enum pbng_reset_was
 * Return: false when it is to be quarantined.
 */
bool pbng_reset_is_fit(int err, unsigned int was);

#endif /* PBNG_RESET_CORE_H */

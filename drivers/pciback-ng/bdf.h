/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The address of a PCI function: segment (the kernel says domain), bus,
 * device, function. Written DDDD:BB:DD.F everywhere, as in lspci and xl.
 */
#ifndef PBNG_BDF_H
#define PBNG_BDF_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define PBNG_BDF_FMT	"%04x:%02x:%02x.%x"
#define PBNG_BDF_ARG(b)	(b).domain, (b).bus, (b).devfn >> 3, (b).devfn & 7

struct pbng_bdf {
	u32 domain;
	u8 bus;
	u8 devfn;
};

/* One number an address, in lspci's order: the index of our lookup tables. */
static inline unsigned long pbng_bdf_key(struct pbng_bdf bdf)
{
	return ((unsigned long)bdf.domain << 16) |
	       ((unsigned long)bdf.bus << 8) | bdf.devfn;
}

static inline struct pbng_bdf pbng_bdf_of_key(unsigned long key)
{
	return (struct pbng_bdf) {
		.domain = key >> 16,
		.bus = key >> 8,
		.devfn = key,
	};
}

#endif /* PBNG_BDF_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The orders of a hostile guest: made from a seed, so that a finding can be repeated. */
#ifndef RAWFRONT_ORDERS_H
#define RAWFRONT_ORDERS_H

#include <linux/types.h>
#include <xen/interface/io/pciif.h>

#define ORDERS_DEVICES	8

enum order_kind {
	ORDER_READ,		/* what the protocol allows */
	ORDER_WRITE,
	ORDER_VENDOR,		/* a read whose answer is known */
	ORDER_BAD_SIZE,
	ORDER_BAD_OFFSET,
	ORDER_BAD_ADDRESS,
	ORDER_BAD_CMD,
	ORDER_MSI,		/* enable and disable, in any order */
	ORDER_EVENTS,		/* too many, too few, for nothing */
	ORDER_REPORT,		/* answers to errors that nobody reported */
	ORDER_KINDS
};

/* What must come of an order. */
enum order_result { RESULT_ANY, RESULT_REFUSED, RESULT_ID };

/**
 * struct orders_device - a device that the guest has
 * @devfn: where
 * @id: vendor and device id
 * @slow: registers of which some bits make the host wait for the device, such as
 *	  that of its power state; 0 for none
 */
struct orders_device {
	u32 devfn;
	u32 id;
	u16 slow[3];
};

/**
 * struct orders - where the orders come from
 * @random: state of the generator; the seed at first
 * @devices: how many
 * @device: these
 */
struct orders {
	u64 random;
	unsigned int devices;
	struct orders_device device[ORDERS_DEVICES];
};

u32 orders_random(struct orders *orders);

/* A number below @n. */
u32 orders_below(struct orders *orders, u32 n);

/**
 * orders_next() - make an order
 * @orders: where from
 * @op: it
 * @id: for RESULT_ID: what must be read
 * @result: what must come of it
 * Return: what kind of order it is.
 */
enum order_kind orders_next(struct orders *orders, struct xen_pci_op *op, u32 *id,
			    enum order_result *result);

/* Change a field of an order that the back-end may be working on. */
void orders_scribble(struct orders *orders, struct xen_pci_sharedinfo *page);

#endif /* RAWFRONT_ORDERS_H */

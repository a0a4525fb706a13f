/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest's INTx line, seen from dom0.
 *
 * When the line is shared with a device of dom0, the kernel counts interrupts
 * that no handler wants and finally shuts the line. A stand-in handler wants
 * them on the guest's behalf, as long as Xen says that the line is shared.
 */
#ifndef PBNG_XEN_INTX_H
#define PBNG_XEN_INTX_H

#include "../device.h"

#ifdef CONFIG_PCIBACK_NG_XEN

/* Install or remove the handler, as dev->intx.wanted says. dev->lock held. */
void pbng_intx_update(struct pbng_dev *dev);

/* The device's MSI or MSI-X went off: INTx may come again. dev->lock held. */
void pbng_intx_set_ack(struct pbng_dev *dev, bool ack);

#else

static inline void pbng_intx_update(struct pbng_dev *dev) { }
static inline void pbng_intx_set_ack(struct pbng_dev *dev, bool ack) { }

#endif

#endif /* PBNG_XEN_INTX_H */

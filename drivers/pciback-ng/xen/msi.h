/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MSI and MSI-X on behalf of a PV guest: dom0's kernel programs the device,
 * Xen routes the interrupt to the domain that owns it, the guest gets pirqs.
 *
 * The order in which a guest calls these is its own affair; a call that does
 * not fit the device's state fails and changes nothing (XSA-157).
 *
 * All: dev->lock held, may sleep; negative errno on failure.
 */
#ifndef PBNG_XEN_MSI_H
#define PBNG_XEN_MSI_H

#include <linux/types.h>
#include <xen/interface/io/pciif.h>

#include "../device.h"

/* @pirq: the one vector's. -EALREADY, -EBUSY (MSI-X is on, or Xen refused lately). */
int pbng_msi_enable(struct pbng_dev *dev, u32 *pirq);

/*
 * @n entries, 1 to SH_INFO_MAX_VEC; on success each has its pirq as vector.
 * -EINVAL, -EALREADY, -EBUSY (MSI is on, or Xen refused lately), -ENXIO (no memory
 * decode).
 */
int pbng_msix_enable(struct pbng_dev *dev, struct xen_msix_entry *entry, u32 n);

/*
 * Whichever of the two is on goes off, whichever the guest named: Linux guests
 * since 5.17 ask for MSI to be disabled when they mean MSI-X. Taken literally
 * that leaves MSI-X on, and the driver's next attempt to enable it fails.
 * @pirq: the INTx line's, 0 when there is none.
 */
int pbng_msi_disable(struct pbng_dev *dev, u32 *pirq);

#endif /* PBNG_XEN_MSI_H */

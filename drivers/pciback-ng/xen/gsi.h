/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupt lines in a PVH dom0. The numbers in /sys/bus/pci/devices/<BDF>/irq are
 * Linux's own there. So libxl (4.20) and QEMU ask the driver that holds a device for its
 * GSI, through /dev/xen/privcmd, when they give its INTx line to an HVM guest.
 */
#ifndef PBNG_XEN_GSI_H
#define PBNG_XEN_GSI_H

#include "../device.h"

#ifdef CONFIG_PCIBACK_NG_XEN

/* Answer those who ask the kernel for a GSI. Nothing where dom0 is not PVH. */
void pbng_gsi_init(void);
void pbng_gsi_exit(void);

/*
 * Find the line of a device that has just been enabled, have Xen route it, and keep its
 * number, or the reason why there is none, in @dev->gsi.
 */
void pbng_gsi_claim(struct pbng_dev *dev);

#else

static inline void pbng_gsi_claim(struct pbng_dev *dev) { }

#endif

#endif /* PBNG_XEN_GSI_H */

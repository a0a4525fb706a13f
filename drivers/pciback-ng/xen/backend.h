/* SPDX-License-Identifier: GPL-2.0 */
/* The xenbus back-end "pci": one instance a guest. */
#ifndef PBNG_XEN_BACKEND_H
#define PBNG_XEN_BACKEND_H

#include <linux/types.h>

#ifdef CONFIG_PCIBACK_NG_XEN

/**
 * pbng_backend_init() - register with xenbus
 * @passthrough: guests see physical addresses
 * Return: 0 (also when this is no Xen domain) or a negative errno.
 */
int pbng_backend_init(bool passthrough);
void pbng_backend_exit(void);

/* Guests that come from now on see physical addresses, or do not. */
void pbng_backend_set_passthrough(bool on);

/**
 * pbng_backend_sync() - bring a domain's devices in line with xenstore now
 * @domid: the domain
 *
 * The toolstack takes a device from one domain and gives it to the next
 * faster than a watch event may reach us.
 *
 * Context: process, no lock held; waits until that is done.
 */
void pbng_backend_sync(int domid);

#else

static inline int pbng_backend_init(bool passthrough) { return 0; }
static inline void pbng_backend_exit(void) { }
static inline void pbng_backend_set_passthrough(bool on) { }
static inline void pbng_backend_sync(int domid) { }

#endif

#endif /* PBNG_XEN_BACKEND_H */

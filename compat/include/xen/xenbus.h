/* SPDX-License-Identifier: GPL-2.0 */
/* <xen/xenbus.h> of Linux 7 for older kernels. */
#ifndef COMPAT_XEN_XENBUS_H
#define COMPAT_XEN_XENBUS_H

#include_next <xen/xenbus.h>

#ifndef HAVE_XENBUS_READ_DRIVER_STATE_DEV

/* Newer kernels ask the device first, whether it is still the one that they had found. */
static inline enum xenbus_state
compat_xenbus_read_driver_state(const struct xenbus_device *dev, const char *path)
{
	return xenbus_read_driver_state(path);
}

#define xenbus_read_driver_state(dev, path) compat_xenbus_read_driver_state(dev, path)

#endif

#endif /* COMPAT_XEN_XENBUS_H */

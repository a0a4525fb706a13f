/* SPDX-License-Identifier: GPL-2.0 */
/* <linux/device.h> of Linux 6.12 for older kernels. */
#ifndef COMPAT_LINUX_DEVICE_H
#define COMPAT_LINUX_DEVICE_H

#include_next <linux/device.h>
#include <linux/cleanup.h>

#ifndef HAVE_GUARD_DEVICE
DEFINE_GUARD(device, struct device *, device_lock(_T), device_unlock(_T))
#endif

#endif /* COMPAT_LINUX_DEVICE_H */

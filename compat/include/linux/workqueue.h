/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/workqueue.h> of Linux 7 for older kernels. Since 6.18 a queue says that it is
 * bound to CPUs, as it silently was before, and the two common queues have names that
 * say so. alloc_workqueue() without WQ_PERCPU or WQ_UNBOUND warns since 7.3.
 */
#ifndef COMPAT_LINUX_WORKQUEUE_H
#define COMPAT_LINUX_WORKQUEUE_H

#include_next <linux/workqueue.h>

#ifndef HAVE_WQ_PERCPU
#define WQ_PERCPU 0
#endif

#ifndef HAVE_SYSTEM_DFL_WQ
#define system_dfl_wq system_unbound_wq
#endif

#endif /* COMPAT_LINUX_WORKQUEUE_H */

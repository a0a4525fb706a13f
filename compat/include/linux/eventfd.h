/* SPDX-License-Identifier: GPL-2.0 */
/* <linux/eventfd.h> of Linux 6.12 for older kernels. */
#ifndef COMPAT_LINUX_EVENTFD_H
#define COMPAT_LINUX_EVENTFD_H

#include_next <linux/eventfd.h>

#ifndef HAVE_EVENTFD_SIGNAL_ONE

/* It had a number to add, which was 1. */
static inline void compat_eventfd_signal(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx, 1);
}

#define eventfd_signal(ctx) compat_eventfd_signal(ctx)

#endif

#endif /* COMPAT_LINUX_EVENTFD_H */

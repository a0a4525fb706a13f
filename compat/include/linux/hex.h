/* SPDX-License-Identifier: GPL-2.0 */
/* <linux/hex.h> for kernels that have hex_to_bin() in <linux/kernel.h> (up to 6.3). */
#ifndef COMPAT_LINUX_HEX_H
#define COMPAT_LINUX_HEX_H

#ifdef HAVE_LINUX_HEX_H
#include_next <linux/hex.h>
#else
#include <linux/kernel.h>
#endif

#endif /* COMPAT_LINUX_HEX_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* <linux/slab.h> of Linux 6.12 for older kernels. */
#ifndef COMPAT_LINUX_SLAB_H
#define COMPAT_LINUX_SLAB_H

#include_next <linux/slab.h>
#include <linux/cleanup.h>

#ifndef HAVE_FREE_KVFREE
DEFINE_FREE(kvfree, void *, if (!IS_ERR_OR_NULL(_T)) kvfree(_T))
#endif

#endif /* COMPAT_LINUX_SLAB_H */

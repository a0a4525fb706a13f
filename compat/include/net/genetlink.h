/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_NET_GENETLINK_H
#define COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>

/* Who may join a group had no flags of its own before; CAP_NET_ADMIN was this one. */
#ifndef HAVE_GENL_MCAST_CAP
#define GENL_MCAST_CAP_NET_ADMIN GENL_UNS_ADMIN_PERM
#endif

#endif /* COMPAT_NET_GENETLINK_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/netdev_lock.h> for kernels in which rtnl is the only lock of a network driver's
 * operations (up to 6.14).
 */
#ifndef COMPAT_NET_NETDEV_LOCK_H
#define COMPAT_NET_NETDEV_LOCK_H

#ifdef HAVE_NETDEV_LOCK_OPS
#include_next <net/netdev_lock.h>
#else
#include <linux/netdevice.h>

static inline bool netdev_need_ops_lock(const struct net_device *dev)
{
	return false;
}

static inline bool netdev_trylock(struct net_device *dev)
{
	return true;
}

static inline void netdev_lock_ops(struct net_device *dev)
{
}

static inline void netdev_unlock_ops(struct net_device *dev)
{
}
#endif

#endif /* COMPAT_NET_NETDEV_LOCK_H */

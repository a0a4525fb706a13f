/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family "pt_core", see uapi/linux/pt_core.h. */
#ifndef PT_NETLINK_H
#define PT_NETLINK_H

#include <linux/pt_core.h>

/**
 * pt_netlink_init() - be there for programs
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int pt_netlink_init(void);

/**
 * pt_netlink_exit() - not any more
 *
 * Context: process, may sleep.
 */
void pt_netlink_exit(void);

/**
 * pt_netlink_tell() - an event for those who listen
 * @id: whose
 * @event: what happened
 * @generation: which event this is
 *
 * The serial number is not told: it takes CAP_SYS_ADMIN to read it from a device, and
 * CAP_NET_ADMIN to listen.
 *
 * Context: process, may sleep. One at a time.
 */
void pt_netlink_tell(const struct pt_identity *id, const struct pt_event *event,
		     u64 generation);

#endif /* PT_NETLINK_H */

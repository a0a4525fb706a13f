/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family "sriov_mbox", see uapi/linux/sriov_mbox_netlink.h. */
#ifndef VMBOX_NETLINK_H
#define VMBOX_NETLINK_H

#include <linux/types.h>
#include <uapi/linux/sriov_mbox_netlink.h>

struct pci_dev;
struct vmbox_change;

/**
 * struct vmbox_told - an event
 * @event: what happened
 * @pf: of which PF
 * @has_index: it is about a VF: @index
 * @index: which one
 * @vf: the VF, or NULL
 * @driver: that the VF has now, or NULL
 * @has_state: @state is told
 * @state: of its mailbox
 * @change: of which change, or NULL
 * @has_num: @num is told
 * @num: of VFs
 * @has_result: @result is told
 * @result: 0 or a negative errno
 * @reason: in words, or NULL
 */
struct vmbox_told {
	enum sriov_mbox_event event;
	struct pci_dev *pf;
	bool has_index;
	unsigned int index;
	struct pci_dev *vf;
	const char *driver;
	bool has_state;
	unsigned int state;
	const struct vmbox_change *change;
	bool has_num;
	unsigned int num;
	bool has_result;
	int result;
	const char *reason;
};

/* Context: process, may sleep. */
void vmbox_netlink_tell(const struct vmbox_told *told);

int vmbox_netlink_init(void);
void vmbox_netlink_exit(void);

#endif /* VMBOX_NETLINK_H */

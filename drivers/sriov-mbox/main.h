/* SPDX-License-Identifier: GPL-2.0 */
/* What all of sriov-mbox shares: its limits and its workqueue. */
#ifndef VMBOX_MAIN_H
#define VMBOX_MAIN_H

#include <linux/workqueue.h>

#include "limit_core.h"

/**
 * struct vmbox_limits - what each VF may do
 * @messages: in a second; above it, it waits
 * @bytes: likewise, of payload
 * @bells: doorbells beside those that messages need; above it, each breaks a rule
 * @setups: shared memory that it sets up; above it, it gets none and breaks a rule
 * @strikes: broken rules; above it, the VF is quarantined
 * @changes: of its address, VLAN or rate that it asks the relay for, and that its policy
 *	     lets it; above it, they are refused
 */
struct vmbox_limits {
	struct vmbox_limit messages;
	struct vmbox_limit bytes;
	struct vmbox_limit bells;
	struct vmbox_limit setups;
	struct vmbox_limit strikes;
	struct vmbox_limit changes;
};

extern struct vmbox_limits vmbox_limits;
extern struct workqueue_struct *vmbox_wq;

#endif /* VMBOX_MAIN_H */

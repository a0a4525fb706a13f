/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The relay: what a VF asks for is done by the driver of its PF as if "ip link set ...
 * vf" had asked for it, where an administrator lets that VF. The driver need not know
 * of the mailbox. Nothing but the link can be asked for unless there is a policy.
 */
#ifndef VMBOX_RELAY_H
#define VMBOX_RELAY_H

#include <linux/device.h>

#include "relay_core.h"

struct pci_dev;

/**
 * vmbox_relay_policy() - what a VF may ask for
 * @pf: its PF
 * @vf: its index; it need not be there
 * @policy: the answer
 *
 * Context: process, may sleep.
 */
void vmbox_relay_policy(struct pci_dev *pf, unsigned int vf, struct vmbox_policy *policy);

/**
 * vmbox_relay_policy_set() - let a VF ask for this from now on
 * @pf: its PF
 * @vf: its index; it need not be there
 * @policy: what it may ask for
 *
 * Kept until the module goes, for this index of the PF in this place: VFs may go and
 * come back. What a VF has been given it keeps.
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV: no PF that is known; -EINVAL: no such index; -ENOMEM.
 */
int vmbox_relay_policy_set(struct pci_dev *pf, unsigned int vf,
			   const struct vmbox_policy *policy);

/* Of a VF's device; in its group sriov_mbox. */
extern struct device_attribute vmbox_relay_policy_attr;

/* Interfaces of PFs have come or gone: look, soon. Any context. */
void vmbox_relay_look(void);

int vmbox_relay_init(void);
void vmbox_relay_exit(void);

/* Policies: there before the first file of a VF, and gone after the last. */
int vmbox_policies_init(void);
void vmbox_policies_exit(void);

#endif /* VMBOX_RELAY_H */

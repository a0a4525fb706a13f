/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network interfaces of PFs. What they show is told to all VFs, whoever answers
 * for the PF: its link, and that it is reset, which is what happens when an interface
 * goes down and comes up.
 */
#ifndef VMBOX_LINK_H
#define VMBOX_LINK_H

struct net_device;
struct pci_dev;

/**
 * vmbox_netdev_of() - the network interface of a PF
 * @pf: the PF
 *
 * Of many, one that knows of VFs; else the first.
 *
 * Context: rtnl held, under which it stays.
 * Return: the interface, or NULL.
 */
struct net_device *vmbox_netdev_of(struct pci_dev *pf);

int vmbox_link_init(void);
void vmbox_link_exit(void);

#endif /* VMBOX_LINK_H */

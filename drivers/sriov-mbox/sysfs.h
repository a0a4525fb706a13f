/* SPDX-License-Identifier: GPL-2.0 */
/* The folders sriov_mbox of PFs and VFs in sysfs, see Documentation/ABI. */
#ifndef VMBOX_SYSFS_H
#define VMBOX_SYSFS_H

struct pci_dev;

/* A PF or a VF with a mailbox has come, its device is in sysfs; or it goes. */
void vmbox_sysfs_add(struct pci_dev *pdev);
void vmbox_sysfs_remove(struct pci_dev *pdev);

#endif /* VMBOX_SYSFS_H */

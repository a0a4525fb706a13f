/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Isolation sets of this machine: worked out at load and when functions come and go,
 * shown in sysfs, and a guard of pt-core that keeps a set for one owner.
 */
#ifndef IE_ISOLATION_H
#define IE_ISOLATION_H

#include <linux/pci.h>

/**
 * ie_isolation_init() - work out the sets, and be asked from now on
 *
 * Context: process, may sleep; ie_kobj and the tables are there.
 * Return: 0 or a negative errno.
 */
int ie_isolation_init(void);

/* Nobody is asked any more when this returns. */
void ie_isolation_exit(void);

/**
 * ie_isolation_show() - the set of a device, as its attribute has it
 * @pdev: the device
 * @buf: a page
 *
 * Context: process, may sleep.
 * Return: the length: reasons, then all members that fit, the device among them.
 */
ssize_t ie_isolation_show(struct pci_dev *pdev, char *buf);

#endif /* IE_ISOLATION_H */

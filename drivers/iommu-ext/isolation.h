/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Isolation sets of this machine: worked out at load and when functions come and go,
 * shown in sysfs, and a guard of pt-core that keeps a set for one owner.
 */
#ifndef IE_ISOLATION_H
#define IE_ISOLATION_H

#include <linux/pci.h>
#include <linux/pt_identity.h>

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
 * ie_isolation_renew() - other reasons count now: work out the sets again
 *
 * Context: process, may sleep; between ie_isolation_init() and ie_isolation_exit().
 */
void ie_isolation_renew(void);

/**
 * ie_isolation_show() - the set of a device, as its attribute has it
 * @pdev: the device
 * @buf: a page
 *
 * Context: process, may sleep.
 * Return: the length: reasons, then all members that fit, the device among them.
 */
ssize_t ie_isolation_show(struct pci_dev *pdev, char *buf);

/**
 * ie_isolation_others() - who else is in the sets of these devices
 * @pdev: the devices
 * @n: how many
 * @text: addresses with blanks between; bridges are left out, nobody is given one
 * @room: how much fits
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ie_isolation_others(struct pci_dev **pdev, unsigned int n, char *text, size_t room);

#endif /* IE_ISOLATION_H */

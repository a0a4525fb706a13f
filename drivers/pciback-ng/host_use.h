/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does the host itself use a device? Asked before one is taken from its driver.
 */
#ifndef PBNG_HOST_USE_H
#define PBNG_HOST_USE_H

#include <linux/pci.h>

/* Room for the reason, with its NUL. */
#define PBNG_USE_TEXT	128

/**
 * pbng_host_uses() - is a device in use by this host, or by a program of it?
 * @pdev: the device; of a bridge all that is behind it counts, of a PF its VFs
 * @up: a network interface counts as soon as it is up, not only with an address
 * @why: PBNG_USE_TEXT bytes: on yes what uses it, "sda1 is mounted, swap or part of a volume"
 *
 * In use are disks that are open (file systems, swap, LVM, RAID, multipath), network
 * interfaces that are up with an address or part of a bridge or bond, the boot console, a
 * serial port that is a console or open, and what a program has through VFIO. It is a look,
 * not a lock: what is mounted a moment later is not seen.
 *
 * Context: process, may sleep for some seconds; no lock held.
 * Return: whether it is in use.
 */
bool pbng_host_uses(struct pci_dev *pdev, bool up, char *why);

/**
 * pbng_host_needs() - is a device one that no rule by class may hide?
 * @pdev: the device
 *
 * Bridges of every kind, the display that shows the boot console, and before the root file
 * system is mounted every mass storage controller: which one has the root is not known then.
 *
 * Context: any in which the tasks lock may be taken; called under rules_lock.
 * Return: what it is needed for, in words, or NULL.
 */
const char *pbng_host_needs(struct pci_dev *pdev);

#endif /* PBNG_HOST_USE_H */

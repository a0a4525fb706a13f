/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whoever gives a device to vfio-pci says so in its driver_override (libvirt, driverctl,
 * Proxmox). That is an attribute of an address: a device that goes and comes back has
 * none, and the host's driver takes it. So it is remembered for a device that goes, and
 * given to the same device when it comes back, under whatever address, before a driver
 * is asked. Another device in its place does not get it.
 */
#ifndef IE_KEEP_H
#define IE_KEEP_H

/**
 * ie_keep_init() - begin to remember
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int ie_keep_init(void);

/**
 * ie_keep_exit() - forget; devices that are there keep what they have
 *
 * Context: process.
 */
void ie_keep_exit(void);

#endif /* IE_KEEP_H */

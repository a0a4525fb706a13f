/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PCI drivers: "pciback", which takes what the rules name, and "pci-stub",
 * which takes what it is told by ids= or new_id. What they do with a device is
 * the same.
 */
#ifndef PBNG_DRIVER_H
#define PBNG_DRIVER_H

#include <linux/mod_devicetable.h>

struct attribute_group;

/**
 * pbng_driver_init() - register the drivers
 * @groups: attributes of the driver "pciback"
 * @device_groups: attributes of devices that are bound to one of them
 *
 * Devices of the rules that have no driver are claimed at once. The name
 * "pci-stub" is taken if it is free.
 *
 * Return: 0 or a negative errno.
 */
int pbng_driver_init(const struct attribute_group **groups,
		     const struct attribute_group **device_groups);

/* Unregister them; every device loses its driver. */
void pbng_driver_exit(void);

/* The name pci-stub is taken: the in-tree driver was there first. */
bool pbng_driver_stub_is_in_tree(void);

/**
 * pbng_driver_stub_id() - the driver pci-stub takes devices with these ids
 * @id: the ids
 *
 * The in-tree driver gets them where it has the name.
 *
 * Return: 0 or a negative errno.
 */
int pbng_driver_stub_id(const struct pci_device_id *id);

/**
 * pbng_driver_stub_restart() - the driver pci-stub releases its devices and forgets all ids
 *
 * Context: process, no lock held. The module pci-stub is unloaded: one caller at a time.
 */
void pbng_driver_stub_restart(void);

#endif /* PBNG_DRIVER_H */

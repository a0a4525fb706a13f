/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What we know: the rules (which addresses are ours) and the claimed devices.
 * Both are looked up by address in an xarray, never by walking a list.
 */
#ifndef PBNG_REGISTRY_H
#define PBNG_REGISTRY_H

#include "device.h"

/**
 * pbng_rules_add() - make an address ours
 * @bdf: the address; a device need not be there
 *
 * Context: process, may sleep.
 * Return: 0 (also when it was ours), or -ENOMEM.
 */
int pbng_rules_add(struct pbng_bdf bdf);

/**
 * pbng_rules_remove() - an address is no longer ours
 * @bdf: the address; a device that is claimed stays claimed
 * Return: 0, or -ENOENT when it was not ours.
 */
int pbng_rules_remove(struct pbng_bdf bdf);

/**
 * pbng_rules_match() - do the rules name this device or a bridge above it?
 * @pdev: the device
 *
 * Context: any.
 * Return: whether they do.
 */
bool pbng_rules_match(struct pci_dev *pdev);

/**
 * pbng_rules_for_each() - visit the rules in ascending order
 * @fn: called for each address; a result other than 0 ends the walk
 * @data: handed to @fn
 * Return: 0, or what @fn said.
 */
int pbng_rules_for_each(int (*fn)(struct pbng_bdf bdf, void *data), void *data);

/* Forget every rule: module exit. */
void pbng_rules_destroy(void);

/**
 * pbng_registry_insert() - a device was claimed
 * @dev: the device; the registry takes a reference
 * Return: 0, -EBUSY when the address is taken, -ENOMEM.
 */
int pbng_registry_insert(struct pbng_dev *dev);

/**
 * pbng_registry_erase() - a device is released; drops the registry's reference
 * @dev: the device
 */
void pbng_registry_erase(struct pbng_dev *dev);

/**
 * pbng_registry_get() - find a claimed device
 * @bdf: its address
 * Return: the device with a reference for the caller, or NULL.
 */
struct pbng_dev *pbng_registry_get(struct pbng_bdf bdf);

/**
 * pbng_registry_next() - the first claimed device at or after an address
 * @key: in and out: the address as pbng_bdf_key() has it
 * Return: the device with a reference for the caller, or NULL at the end.
 */
struct pbng_dev *pbng_registry_next(unsigned long *key);

/* Drop a reference; frees the device with the last one. May sleep. */
void pbng_dev_put(struct pbng_dev *dev);

#endif /* PBNG_REGISTRY_H */

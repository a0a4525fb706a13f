/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeping the host's drivers away from the devices of the rules.
 *
 * A device that is plugged in, or a VF that is made, gets a driver_override that lets our
 * driver alone have it. A notifier on the bus sets it: after the device has its address and
 * before any driver is asked. So it does not matter which module was loaded first. The same
 * goes for a device that is taken from a driver. When our driver is bound the override is
 * put back (override.h).
 *
 * What a device had before (an override, a driver) is remembered, and put back
 * when it is not ours any more.
 */
#ifndef PBNG_HIDE_H
#define PBNG_HIDE_H

#include <linux/pci.h>

#include "rules.h"

/**
 * pbng_hide_present() - hide what is there when the module is loaded
 *
 * Devices only lose their driver: registering ours binds them. What the host uses stays
 * where it is, and the log says so.
 *
 * Context: process, before our driver is registered, no lock held.
 */
void pbng_hide_present(void);

/**
 * pbng_hide_load() - take the devices of a parameter's rules, our drivers being there
 * @from: the parameter; its rules were added by pbng_rules_add_from()
 *
 * Rules for the driver pci-stub leave devices with the drivers that they have.
 *
 * Context: process, no lock held.
 */
void pbng_hide_load(const char *from);

/**
 * pbng_hide_leave() - the module goes: name devices that Xen may keep
 *
 * Context: process, before our drivers are unregistered.
 */
void pbng_hide_leave(void);

/* Every device that was taken goes back to where it was taken from. */
void pbng_hide_exit(void);

/* The bus has a new device; no driver has seen it yet. */
void pbng_hide_added(struct pci_dev *pdev);

/* A device has a driver now; its lock is held. */
void pbng_hide_bound(struct pci_dev *pdev);

/* The bus has lost a device. */
void pbng_hide_removed(struct pci_dev *pdev);

/**
 * pbng_hide_add() - add a rule; its devices stay with the drivers they have
 * @rule: the rule
 * @stub: devices are for the driver pci-stub
 *
 * Context: process, no lock held.
 * Return: 0 or -ENOMEM.
 */
int pbng_hide_add(const struct pbng_rule *rule, bool stub);

/**
 * pbng_hide_drop() - remove a rule; devices that are claimed stay so
 * @rule: the rule
 *
 * Context: process, no lock held.
 * Return: 0, or -ENOENT when there was no such rule.
 */
int pbng_hide_drop(const struct pbng_rule *rule);

/**
 * pbng_hide_take() - add a rule and take its devices from their drivers, now
 * @rule: the rule; what it names and is not there may come later
 * @force: also those that the host uses (host_use.h)
 *
 * Context: process, no lock held: it may wait for the driver of a device.
 * Return: 0; -EBUSY where the host uses one of them, and the log says for what; or the
 * error of the first device that could not be had. Then everything is as it was before.
 */
int pbng_hide_take(const struct pbng_rule *rule, bool force);

/**
 * pbng_hide_give_back() - remove a rule and give its devices back to the host
 * @rule: the rule; a device that another rule names stays ours
 *
 * Each goes to the driver that it had; one that came to us without a driver
 * goes to whichever wants it.
 *
 * Context: process, no lock held.
 * Return: 0; -ENOENT when there was no such rule; -EBUSY when somebody has one
 * of the devices, then nothing changes; -ENOMEM.
 */
int pbng_hide_give_back(const struct pbng_rule *rule);

#endif /* PBNG_HIDE_H */

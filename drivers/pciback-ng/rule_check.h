/* SPDX-License-Identifier: GPL-2.0 */
/* Rules compared with the devices that are there, for messages where a rule is typed. */
#ifndef PBNG_RULE_CHECK_H
#define PBNG_RULE_CHECK_H

#include <linux/pci.h>

#include "rule_core.h"

/**
 * pbng_find_device() - the device at the address of a selector
 * @s: by address, or of the PF of VFS_OF
 *
 * Context: process.
 * Return: the device with a reference, or NULL.
 */
struct pci_dev *pbng_find_device(const struct pbng_selector *s);

/**
 * pbng_rule_check() - can this rule be meant, on this machine?
 * @name: what the log line begins with
 * @rule: the rule
 *
 * Context: process.
 * Return: 0; -EINVAL, and a log line, when its device is there and can have no VFs.
 */
int pbng_rule_check(const char *name, const struct pbng_rule *rule);

/**
 * pbng_rule_say_waiting() - write to the log that a rule has no device yet
 * @name: what the line begins with
 * @rule: the rule
 *
 * Context: process.
 */
void pbng_rule_say_waiting(const char *name, const struct pbng_rule *rule);

/**
 * pbng_rule_say_wider() - a rule that is to be removed is not there: is there a wider one?
 * @name: what the log line begins with
 * @rule: the rule
 *
 * Names the rule that covers its device, and the line that leaves the device out.
 *
 * Context: process, takes rules_lock.
 * Return: whether there was one.
 */
bool pbng_rule_say_wider(const char *name, const struct pbng_rule *rule);

#endif /* PBNG_RULE_CHECK_H */

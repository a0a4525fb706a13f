/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The devices that a rule names, as a list with references: what is done to them takes its
 * time, and no lock may be held meanwhile.
 */
#ifndef PBNG_NAMED_H
#define PBNG_NAMED_H

#include <linux/pci.h>

#include "rule_core.h"

/**
 * pbng_named_find() - find the devices that a rule names
 * @rule: the rule; it need not be in the table. A wide one does not name what another rule
 *	  leaves out, one by class not what pbng_host_needs() names
 * @devices: an empty list, filled on success
 *
 * Context: process, no lock held.
 * Return: 0 or -ENOMEM.
 */
int pbng_named_find(const struct pbng_rule *rule, struct list_head *devices);

/**
 * pbng_named_visit() - call a function for each device
 * @devices: from pbng_named_find()
 * @fn: the function; an error does not end the walk
 *
 * Context: that of @fn.
 * Return: the first error, or 0.
 */
int pbng_named_visit(const struct list_head *devices, int (*fn)(struct pci_dev *pdev));

/**
 * pbng_named_put() - drop the references, empty the list
 * @devices: from pbng_named_find(), or empty
 *
 * Context: process.
 */
void pbng_named_put(struct list_head *devices);

#endif /* PBNG_NAMED_H */

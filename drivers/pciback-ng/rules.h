/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules: which devices are ours. Found by what a device can be known by,
 * in one table and never by walking a list: a lookup takes as many steps as
 * there are kinds of rules, however many rules there are.
 *
 * Addresses and places are where a device is, not who it is. So a rule that goes by one
 * remembers the first device that it was about. When that device comes back under
 * another address, the rule goes with it; when another device comes where it was, the
 * rule is not about that one.
 */
#ifndef PBNG_RULES_H
#define PBNG_RULES_H

#include <linux/pci.h>
#include <linux/pt_identity.h>

#include "rule_core.h"

/**
 * struct pbng_rule_match - the rule that makes a device ours
 * @found: there is one, and it does not leave the device out (@options.exclude)
 * @held: there is none, but there was one for another device in this place: so this one
 *	  is not ours, and not for the host's drivers until somebody has looked at it
 * @stub: it is one of ids=: the device belongs to the driver pci-stub
 * @from: the parameter that brought it ("xen-pciback.hide="), which a module that is
 *	  unloaded takes along; NULL for a rule that was written to sysfs
 * @selector: what the rule goes by
 * @options: what hangs on it
 */
struct pbng_rule_match {
	bool found;
	bool held;
	bool stub;
	const char *from;
	struct pbng_selector selector;
	struct pbng_rule_options options;
};

/**
 * pbng_rules_add() - add a rule
 * @rule: the rule; one that goes by the same replaces its options, and is about
 *	  whichever device is there now
 * @stub: devices go to the driver pci-stub
 *
 * A device need not be there.
 *
 * Context: process, takes rules_lock.
 * Return: 0 or -ENOMEM, then nothing is added.
 */
int pbng_rules_add(const struct pbng_rule *rule, bool stub);

/**
 * pbng_rules_try() - add a rule that may have to go again
 * @rule: as for pbng_rules_add()
 * @addition: for pbng_rules_undo()
 *
 * Context: process, takes rules_lock.
 * Return: 0 or -ENOMEM, then nothing is added.
 */
int pbng_rules_try(const struct pbng_rule *rule, unsigned int *addition);

/**
 * pbng_rules_undo() - remove what pbng_rules_try() has added
 * @rule: the same rule
 * @addition: from pbng_rules_try(); rules that were there before stay, with the new options
 *
 * Context: process, takes rules_lock.
 */
void pbng_rules_undo(const struct pbng_rule *rule, unsigned int addition);

/**
 * pbng_rules_add_from() - add a rule of a parameter
 * @rule: as for pbng_rules_add(); a rule that is there already keeps its origin
 * @stub: likewise
 * @from: the parameter; compared by its address
 *
 * Context: process, takes rules_lock.
 * Return: 0 or -ENOMEM, then nothing is added.
 */
int pbng_rules_add_from(const struct pbng_rule *rule, bool stub, const char *from);

/**
 * pbng_rules_find_from() - find one of a parameter's rules
 * @from: the parameter
 * @exclude: one that leaves devices out, else one that does not
 * @rule: the rule, fit for pbng_rules_remove()
 *
 * Context: process, takes rules_lock.
 * Return: whether there is one.
 */
bool pbng_rules_find_from(const char *from, bool exclude, struct pbng_rule *rule);

/**
 * pbng_rules_remove() - remove a rule
 * @rule: the rule; of its options only @exclude matters. What it names and no rule has
 *	  is passed over.
 *
 * A device that is claimed stays claimed.
 *
 * Context: process, takes rules_lock.
 * Return: 0, or -ENOENT when nothing was removed.
 */
int pbng_rules_remove(const struct pbng_rule *rule);

/**
 * pbng_rules_match() - the most specific rule for a device
 * @pdev: the device
 * @match: the rule; a rule for the address or path of a bridge holds for all
 *	   that is behind it; with @held the one that is about another device
 *
 * Context: process, takes rules_lock.
 * Return: whether there is one.
 */
bool pbng_rules_match(struct pci_dev *pdev, struct pbng_rule_match *match);

/**
 * pbng_rules_learn() - rules by address or path that know no device yet are about this one
 * @pdev: the device
 *
 * Context: process, takes rules_lock.
 */
void pbng_rules_learn(struct pci_dev *pdev);

/**
 * pbng_rules_follow() - a device has another address than before
 * @pdev: the device
 * @old: who and where it was
 *
 * The rules that were about it and went by its address go by the new one. One that is
 * about another device, and is in the way, gets the address that is free now: its device
 * has moved as well, or has gone.
 *
 * Context: process, takes rules_lock.
 * Return: how many rules changed, or -ENOMEM.
 */
int pbng_rules_follow(struct pci_dev *pdev, const struct pt_identity *old);

/**
 * pbng_rules_names() - does a rule name this device?
 * @selector: what the rule goes by
 * @pdev: the device
 *
 * Says nothing about whether there is such a rule, or another one that counts
 * for more.
 *
 * Return: whether it does.
 */
bool pbng_rules_names(const struct pbng_selector *selector, struct pci_dev *pdev);

/**
 * pbng_rules_selectors() - all that a device can be known by
 * @pdev: the device itself, not what it is behind
 * @selectors: room for PBNG_FACTS_SELECTORS of them, the most specific first
 * Return: how many there are.
 */
unsigned int pbng_rules_selectors(struct pci_dev *pdev, struct pbng_selector *selectors);

/**
 * pbng_rules_for_each() - visit the rules
 * @fn: called for each rule, those by address first and in ascending order; a
 *	result other than 0 ends the walk
 * @data: handed to @fn
 *
 * Context: process, @fn is called with rules_lock held for reading.
 * Return: 0, or what @fn said.
 */
int pbng_rules_for_each(int (*fn)(const struct pbng_rule_match *rule, void *data),
			void *data);

/* Forget every rule: module exit. */
void pbng_rules_destroy(void);

#endif /* PBNG_RULES_H */

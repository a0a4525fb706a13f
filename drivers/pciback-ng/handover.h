/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device goes from its driver to ours and back.
 *
 * A driver may wait for its user for as long as that one likes before it lets go. So no lock of
 * ours is held over these, several may be on their way with one device, and each caller
 * looks at the rules again when they are done.
 */
#ifndef PBNG_HANDOVER_H
#define PBNG_HANDOVER_H

#include "hidden.h"
#include "rules.h"

/* Which of our drivers has a device of this rule? Return: its name. */
const char *pbng_handover_driver(const struct pbng_rule_match *match);

/* Is a driver of this name ours? The kernel's own pci-stub is not. */
bool pbng_handover_is_ours(const char *driver);

/* Has one of ours the device? Context: process; takes the device's lock. */
bool pbng_handover_is_bound(struct pci_dev *pdev);

/**
 * pbng_handover_driver_of() - which driver has it?
 * @pdev: the device
 * @name: where the name goes, empty when it has none
 * @size: of @name
 *
 * Context: process; takes the device's lock.
 * Return: whether it has one.
 */
bool pbng_handover_driver_of(struct pci_dev *pdev, char *name, size_t size);

/**
 * pbng_handover_reserve() - from now on one driver alone may have it, until it is bound
 * @h: the device's record
 * @driver: the driver's name
 *
 * Context: process; takes the device's lock.
 * Return: 0 or -ENOMEM, which is in the log.
 */
int pbng_handover_reserve(struct pbng_hidden *h, const char *driver);

/**
 * pbng_handover_evict() - away from its driver; the next one is ours
 * @h: the device's record, that notes whose it was
 * @match: the rule that says so
 *
 * Context: process; waits for the driver.
 * Return: 0, also when it was ours, or -ENOMEM.
 */
int pbng_handover_evict(struct pbng_hidden *h, const struct pbng_rule_match *match);

/**
 * pbng_handover_take() - away from its driver, and to ours
 * @h: the device's record
 * @match: the rule that says so
 *
 * Context: process; waits for the driver.
 * Return: 0, -ENOMEM, -EIO: our driver did not take it.
 */
int pbng_handover_take(struct pbng_hidden *h, const struct pbng_rule_match *match);

/* To the driver that it had, if that is still there. Context: process; waits for its probe. */
void pbng_handover_back(struct pbng_hidden *h);

/**
 * pbng_handover_let_be() - no rule has it any more, any driver may
 * @h: the device's record; whose it was is worth knowing while we have it
 *
 * Context: process; takes the device's lock.
 */
void pbng_handover_let_be(struct pbng_hidden *h);

#endif /* PBNG_HANDOVER_H */

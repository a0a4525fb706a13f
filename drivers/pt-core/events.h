/* SPDX-License-Identifier: GPL-2.0 */
/* What happened is told to programs: netlink, uevents, and a generation to poll. */
#ifndef PT_EVENTS_H
#define PT_EVENTS_H

#include <linux/pt_core.h>

/**
 * pt_events_init() - be there for programs
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int pt_events_init(void);

/**
 * pt_events_exit() - not any more
 *
 * Context: process, may sleep. Nothing is told any more.
 */
void pt_events_exit(void);

/**
 * pt_events_generation() - how many events there were
 *
 * Context: process, may sleep.
 * Return: the number of the last, 0 when there was none.
 */
u64 pt_events_generation(void);

/**
 * pt_events_tell() - pt_event(), by who knows the device's identity
 * @pdev: the device
 * @id: who it is
 * @event: what happened
 *
 * Context: process, may sleep.
 */
void pt_events_tell(struct pci_dev *pdev, const struct pt_identity *id,
		    const struct pt_event *event);

#endif /* PT_EVENTS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Questions to a PV guest: what its drivers say to an error of their device.
 *
 * They go through a part of the shared page of their own (struct xen_pcie_aer_op),
 * while the guest's operations go on as ever: its drivers use the device to find an
 * answer. There is room for one question. One without an answer stays there, as a word
 * that the device is lost, until the guest takes note of it; until then it is mute, and
 * nobody waits for it again.
 */
#ifndef PBNG_XEN_AER_H
#define PBNG_XEN_AER_H

#include <linux/semaphore.h>
#include <linux/wait.h>
#include <xen/interface/io/pciif.h>

#include "../device.h"

/**
 * struct pbng_line - where a guest is asked
 * @turn: held by who asks, one at a time, and to close; not a mutex: waiting for it
 *	  has a bound
 * @answered: who asks waits here
 * @page: the shared page, while @open
 * @irq: the event channel, likewise
 * @open: there is a guest at the other end
 * @mute: it has not answered a question that is still there
 *
 * @page, @irq and @mute change with @turn held only.
 */
struct pbng_line {
	struct semaphore turn;
	wait_queue_head_t answered;
	struct xen_pci_sharedinfo *page;
	int irq;
	bool open;
	bool mute;
};

void pbng_line_init(struct pbng_line *line);

/* The page is mapped, the event channel bound. */
void pbng_line_open(struct pbng_line *line, struct xen_pci_sharedinfo *page, int irq);

/**
 * pbng_line_close() - who asks gets no answer any more
 * @line: the line; may be closed
 *
 * Afterwards nobody looks at the page.
 *
 * Context: process; waits for who asks, who is woken at once.
 */
void pbng_line_close(struct pbng_line *line);

/**
 * pbng_line_event() - the guest has sent an event: is it an answer?
 * @line: the line, open
 * @page: its page, which the event's handler knows even before the line is open
 *
 * Context: interrupt.
 * Return: true if somebody waits for one and it is there.
 */
bool pbng_line_event(struct pbng_line *line, const struct xen_pci_sharedinfo *page);

/**
 * pbng_line_ask() - one step of a recovery
 * @line: the line
 * @virt: where the guest sees the device
 * @step: the step
 * @kind: PBNG_AER_NONFATAL or PBNG_AER_FATAL
 * @answer: what the guest said, unchecked
 *
 * Context: process, no lock that a guest's operation needs; waits as long as the
 * parameter aer_timeout says.
 * Return: as pbng_frontend_ops.error().
 */
int pbng_line_ask(struct pbng_line *line, struct pbng_bdf virt, enum pbng_aer_step step,
		  enum pbng_aer_kind kind, s32 *answer);

/**
 * pbng_line_tell_lost() - a device does not come back
 * @line: the line
 * @virt: where the guest sees the device
 *
 * Left out when the guest is being asked something else.
 *
 * Context: process, does not wait.
 */
void pbng_line_tell_lost(struct pbng_line *line, struct pbng_bdf virt);

#endif /* PBNG_XEN_AER_H */

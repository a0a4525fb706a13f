// SPDX-License-Identifier: GPL-2.0
/* Questions to a PV guest, see aer.h. */
#include <linux/jiffies.h>
#include <asm/sync_bitops.h>
#include <xen/events.h>

#include "../param.h"
#include "aer.h"

#define MAX_WAIT	60u	/* seconds: the PCI core holds locks meanwhile */

static const u32 commands[PBNG_AER_STEPS] = {
	[PBNG_AER_DETECTED] = XEN_PCI_OP_aer_detected,
	[PBNG_AER_MMIO] = XEN_PCI_OP_aer_mmio,
	[PBNG_AER_SLOT_RESET] = XEN_PCI_OP_aer_slotreset,
	[PBNG_AER_RESUME] = XEN_PCI_OP_aer_resume,
};

void pbng_line_init(struct pbng_line *line)
{
	sema_init(&line->turn, 1);
	init_waitqueue_head(&line->answered);
}

void pbng_line_open(struct pbng_line *line, struct xen_pci_sharedinfo *page, int irq)
{
	down(&line->turn);
	line->page = page;
	line->irq = irq;
	line->mute = false;
	WRITE_ONCE(line->open, true);
	up(&line->turn);
}

void pbng_line_close(struct pbng_line *line)
{
	WRITE_ONCE(line->open, false);
	wake_up_all(&line->answered);
	down(&line->turn);
	line->page = NULL;
	up(&line->turn);
}

static bool owes_answer(const struct xen_pci_sharedinfo *page)
{
	return READ_ONCE(page->flags) & XEN_PCIB_active;
}

bool pbng_line_event(struct pbng_line *line, const struct xen_pci_sharedinfo *page)
{
	if (!wq_has_sleeper(&line->answered) || owes_answer(page))
		return false;
	wake_up_all(&line->answered);
	return true;
}

static void put_question(struct pbng_line *line, struct pbng_bdf virt, u32 command,
			 pci_channel_state_t state)
{
	struct xen_pcie_aer_op *op = &line->page->aer_op;

	WRITE_ONCE(op->cmd, command);
	WRITE_ONCE(op->err, (__force int)state);
	WRITE_ONCE(op->domain, virt.domain);
	WRITE_ONCE(op->bus, virt.bus);
	WRITE_ONCE(op->devfn, virt.devfn);
	virt_wmb();	/* the question first, then the flag */
	sync_set_bit(_XEN_PCIB_active, (unsigned long *)&line->page->flags);
	notify_remote_via_irq(line->irq);
}

/* Should it come back it may as well hear how this ended. */
static void put_bad_news(struct xen_pci_sharedinfo *page)
{
	WRITE_ONCE(page->aer_op.err, (__force int)pci_channel_io_perm_failure);
	WRITE_ONCE(page->aer_op.cmd, XEN_PCI_OP_aer_detected);
}

/* Return: the guest has answered all that it was asked. */
static bool answered_by(struct pbng_line *line, unsigned long end)
{
	wait_event_timeout(line->answered, !owes_answer(line->page) || !READ_ONCE(line->open),
			   time_before(jiffies, end) ? end - jiffies : 0);
	line->mute = owes_answer(line->page);
	return !line->mute;
}

static int can_be_asked(const struct pbng_line *line)
{
	if (!READ_ONCE(line->open))
		return -ENOTCONN;
	if (!(READ_ONCE(line->page->flags) & XEN_PCIB_AERHANDLER))
		return -EOPNOTSUPP;
	return line->mute && owes_answer(line->page) ? -EBUSY : 0;
}

/* It is our turn. */
static int ask(struct pbng_line *line, struct pbng_bdf virt, enum pbng_aer_step step,
	       pci_channel_state_t state, unsigned long end, s32 *answer)
{
	int err = can_be_asked(line);

	if (err)
		return err;
	/* It may still be reading that a device is lost. */
	if (!answered_by(line, end))
		return READ_ONCE(line->open) ? -ETIMEDOUT : -ENOTCONN;
	put_question(line, virt, commands[step], state);
	if (!answered_by(line, end)) {
		put_bad_news(line->page);
		return READ_ONCE(line->open) ? -ETIMEDOUT : -ENOTCONN;
	}
	virt_rmb();	/* the flag first, then the answer */
	*answer = READ_ONCE(line->page->aer_op.err);
	return 0;
}

int pbng_line_ask(struct pbng_line *line, struct pbng_bdf virt, enum pbng_aer_step step,
		  enum pbng_aer_kind kind, s32 *answer)
{
	unsigned int seconds = min(READ_ONCE(pbng_param_aer_timeout), MAX_WAIT);
	unsigned long end = jiffies + seconds * HZ;
	int err;

	if (!seconds || down_timeout(&line->turn, seconds * HZ))
		return -ETIMEDOUT;
	err = ask(line, virt, step, kind == PBNG_AER_FATAL ? pci_channel_io_frozen :
							     pci_channel_io_normal, end, answer);
	up(&line->turn);
	return err;
}

void pbng_line_tell_lost(struct pbng_line *line, struct pbng_bdf virt)
{
	if (down_trylock(&line->turn))
		return;
	if (!can_be_asked(line) && !owes_answer(line->page))
		put_question(line, virt, XEN_PCI_OP_aer_detected, pci_channel_io_perm_failure);
	up(&line->turn);
}

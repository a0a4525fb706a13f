// SPDX-License-Identifier: GPL-2.0
/* Errors of claimed devices, see aer.h. */
#include <linux/aer.h>
#include <linux/kobject.h>
#include <linux/pt_core.h>
#include <linux/slab.h>

#include "aer.h"
#include "aer_port.h"
#include "claim.h"
#include "config.h"
#include "hold.h"
#include "method.h"
#include "overlay.h"
#include "param.h"
#include "power.h"
#include "quirk.h"
#include "registry.h"
#include "reset_foreign.h"
#include "trace.h"

#define RESULT(vote)	((__force pci_ers_result_t)(vote))

static_assert((__force int)PCI_ERS_RESULT_NONE == PBNG_VOTE_NONE);
static_assert((__force int)PCI_ERS_RESULT_CAN_RECOVER == PBNG_VOTE_CAN_RECOVER);
static_assert((__force int)PCI_ERS_RESULT_NEED_RESET == PBNG_VOTE_NEED_RESET);
static_assert((__force int)PCI_ERS_RESULT_DISCONNECT == PBNG_VOTE_DISCONNECT);
static_assert((__force int)PCI_ERS_RESULT_RECOVERED == PBNG_VOTE_RECOVERED);

/*
 * The PCI core says nothing when it gives up, because a neighbour cannot recover or
 * the link does not come back. Longer than all neighbours together may take.
 */
#define GIVE_UP		(60 * HZ)

/* Errors can be made by guests: so many events in so much time. */
#define EVENTS		10
#define EVENTS_TIME	(10 * HZ)

/*
 * While a guest is asked the PCI core holds a lock of all buses. All its devices together
 * may make it wait for as many answers that come in the last moment as a recovery has, and
 * for as much again in four minutes or so of each that was had.
 */
#define LATE_ANSWERS	4
#define PAID_BACK	60	/* one second in so many */

static DEFINE_SPINLOCK(waits_lock);	/* pbng_frontend.waits; a leaf */

static void tell(struct pbng_dev *dev, enum pbng_aer_kind kind, enum pbng_aer_result result)
{
	const struct pt_event event = {
		.event = PT_CORE_EVENT_ERROR,
		.source = KBUILD_MODNAME,
		.state = pbng_aer_result_name(result),
		.reason = pbng_aer_kind_name(kind),
	};
	char what[32], how[40];
	char *env[3] = { what };

	trace_pbng_aer(dev, kind, result);
	if (!__ratelimit(&dev->aer.events))
		return;
	snprintf(what, sizeof(what), "PCIBACK_AER=%s", pbng_aer_kind_name(kind));
	if (kind != PBNG_AER_CORRECTABLE) {
		snprintf(how, sizeof(how), "PCIBACK_AER_RESULT=%s", pbng_aer_result_name(result));
		env[1] = how;
	}
	kobject_uevent_env(&dev->pdev->dev.kobj, KOBJ_CHANGE, env);
	/* Correctable errors had no recovery that could end. */
	if (kind != PBNG_AER_CORRECTABLE)
		pt_event(dev->pdev, &event);
}

/* A recovery has an end, one way or another. Return: it had not ended before. */
static bool ends(struct pbng_dev *dev, enum pbng_aer_result result)
{
	bool ended = false;

	pbng_dev_lock(dev);
	if (dev->aer.result == PBNG_AER_RUNNING) {
		WRITE_ONCE(dev->aer.result, result);
		ended = true;
	}
	pbng_dev_unlock(dev);
	if (ended)
		tell(dev, dev->aer.kind, result);
	return ended;
}

static void expect_next(struct pbng_dev *dev)
{
	pbng_dev_delay(dev, pbng_later, &dev->aer.give_up, GIVE_UP);
}

static const char *why(int err)
{
	switch (err) {
	case 0:
		return "its driver there cannot";
	case -ENOTCONN:
		return "there is no front-end";
	case -EOPNOTSUPP:
		return "its front-end does not know how";
	case -ETIMEDOUT:
		return "it does not answer";
	case -EBUSY:
		return "it owes an answer to an earlier one";
	case -EDQUOT:
		return "its answers have taken too long";
	default:
		return "it does not see the device";
	}
}

static void contain(struct pbng_dev *dev, int domid, enum pbng_aer_step step,
		    const char *why)
{
	char text[160];

	snprintf(text, sizeof(text), "domain %d has not handled an error (%s, %s): %s",
		 domid, pbng_aer_kind_name(dev->aer.kind), pbng_aer_step_name(step), why);
	/* Not one that has left meanwhile: its reset comes, or has been. */
	if (!pbng_claim_contain(dev, text))
		ends(dev, PBNG_AER_CONTAINED);
}

/*
 * Only an owner that was there at the beginning is asked, and only as long as it has
 * the device: while it is being reset or contained, nobody is.
 */
static struct pbng_frontend *get_owner(struct pbng_dev *dev, bool *sees,
				       struct pbng_bdf *virt)
{
	struct pbng_frontend *owner = NULL;

	pbng_dev_lock(dev);
	if (dev->own.state == PBNG_ASSIGNED && dev->aer.result == PBNG_AER_RUNNING &&
	    dev->aer.assignment == dev->assignments) {
		owner = pbng_frontend_get(dev->frontend);
		*sees = dev->has_virt;
		*virt = dev->virt;
	}
	pbng_dev_unlock(dev);
	return owner;
}

static void nothing_came(struct work_struct *work)
{
	struct pbng_dev *dev = container_of(to_delayed_work(work), struct pbng_dev,
					    aer.give_up);
	struct pbng_frontend *owner;
	struct pbng_bdf virt;
	bool sees;

	owner = get_owner(dev, &sees, &virt);
	if (ends(dev, PBNG_AER_ABANDONED))
		pbng_claim_contain(dev, "the recovery from an error has not come to its end");
	if (owner && sees)
		owner->ops->lost(owner, virt);
	if (owner)
		pbng_frontend_put(owner);
	pbng_dev_put(dev);
}

void pbng_aer_init(struct pbng_dev *dev)
{
	INIT_DELAYED_WORK(&dev->aer.give_up, nothing_came);
	ratelimit_state_init(&dev->aer.events, EVENTS_TIME, EVENTS);
	/* Nothing in the log about those that were left out. */
	ratelimit_set_flags(&dev->aer.events, RATELIMIT_MSG_ON_RELEASE);
}

/*
 * A Linux in a PV guest cannot restore MSI-X: it writes to the table, which Xen lets
 * nobody do, and that is the end of it. Its drivers restore all there was. So those
 * that leave MSI-X on all the while, instead of taking it down when they hear of the
 * error, must not be told of a reset.
 */
static bool must_not_hear_of_reset(struct pbng_dev *dev)
{
	bool on;

	pbng_dev_lock(dev);
	on = dev->pdev->msix_enabled;
	pbng_dev_unlock(dev);
	return on;
}

/* Asks its owner, as long as that one has not made others wait for too long before. */
static int ask_in_budget(struct pbng_dev *dev, struct pbng_frontend *owner,
			 struct pbng_bdf virt, enum pbng_aer_step step, s32 *answer)
{
	const struct pbng_budget_terms terms = {
		.limit = LATE_ANSWERS * PBNG_BUDGET_SECOND * READ_ONCE(pbng_param_aer_timeout),
		.share = PAID_BACK,
	};
	u64 from = ktime_get_ns(), now, debt;
	int err;

	spin_lock(&waits_lock);
	debt = pbng_budget_wait(&owner->waits, &terms, from, 0);
	spin_unlock(&waits_lock);
	if (debt)
		return -EDQUOT;

	err = owner->ops->error(owner, virt, step, dev->aer.kind, answer);

	spin_lock(&waits_lock);
	now = ktime_get_ns();
	pbng_budget_charge(&owner->waits, &terms, now, now - from);
	spin_unlock(&waits_lock);
	return err;
}

static enum pbng_aer_vote ask_owner(struct pbng_dev *dev, struct pbng_frontend *owner,
				    struct pbng_bdf virt, enum pbng_aer_step step)
{
	enum pbng_aer_kind kind = dev->aer.kind;
	enum pbng_aer_vote vote = PBNG_VOTE_NONE;
	s32 answer;
	int err;

	if (step == PBNG_AER_SLOT_RESET && must_not_hear_of_reset(dev)) {
		if (!dev->aer.torn_down)
			return PBNG_VOTE_RECOVERED;
		contain(dev, owner->domid, step, "its driver has left MSI-X on");
		owner->ops->lost(owner, virt);
		return PBNG_VOTE_NONE;
	}
	err = ask_in_budget(dev, owner, virt, step, &answer);
	if (!err)
		vote = pbng_aer_vote(step, kind, answer);
	if (vote == PBNG_VOTE_NONE)
		contain(dev, owner->domid, step, why(err));
	if (vote == PBNG_VOTE_NEED_RESET)
		dev->aer.torn_down = true;
	return vote;
}

/* Return: what the PCI core shall hear. */
static pci_ers_result_t ask(struct pbng_dev *dev, enum pbng_aer_step step)
{
	enum pbng_aer_vote vote = PBNG_VOTE_NONE;
	struct pbng_frontend *owner;
	struct pbng_bdf virt;
	bool sees;

	owner = get_owner(dev, &sees, &virt);
	if (owner && sees)
		vote = ask_owner(dev, owner, virt, step);
	else if (owner)
		contain(dev, owner->domid, step, why(-ENXIO));
	if (owner)
		pbng_frontend_put(owner);
	return RESULT(vote == PBNG_VOTE_NONE ? pbng_aer_neutral(step, dev->aer.kind) : vote);
}

static void begin(struct pbng_dev *dev, enum pbng_aer_kind kind)
{
	pbng_dev_lock(dev);
	dev->aer.count[kind]++;
	dev->aer.kind = kind;
	dev->aer.torn_down = false;
	dev->aer.assignment = dev->own.state == PBNG_ASSIGNED ? dev->assignments : 0;
	WRITE_ONCE(dev->aer.result, dev->own.state == PBNG_QUARANTINED ?
				    PBNG_AER_CONTAINED : PBNG_AER_RUNNING);
	kfree(dev->aer.saved);
	dev->aer.saved = NULL;
	pbng_dev_unlock(dev);
}

/* Then the hardware is a worker's, which may be late. */
static bool is_being_reset(const struct pbng_dev *dev)
{
	return dev->own.state == PBNG_RESETTING || dev->reset.running;
}

/*
 * What a reset of the link may be going to wipe. Its owner has been asked before, so
 * this is how it stopped the device: it is restored stopped, with interrupts as its
 * owner has them then.
 */
static void save(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;

	pbng_dev_lock(dev);
	if (dev->own.state == PBNG_ASSIGNED && !is_being_reset(dev) &&
	    pci_device_is_present(pdev)) {
		pci_save_state(pdev);
		dev->aer.saved = pci_store_saved_state(pdev);
	}
	pbng_dev_unlock(dev);
}

/*
 * The PCI core does not do it. A device that did not answer any more gets what it had
 * when it was claimed; its guest's driver puts back the rest.
 */
static void restore(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;

	pbng_dev_lock(dev);
	if (is_being_reset(dev)) {
		pbng_power_wiped(dev);
		pbng_dev_unlock(dev);
		return;
	}
	pbng_hold_take(dev);
	pbng_dev_unlock(dev);

	pbng_method_begin(dev);
	pbng_quirk_wait(dev);
	pci_load_saved_state(pdev, dev->aer.saved ?: dev->saved);
	pci_restore_state(pdev);
	pci_clear_master(pdev);
	pbng_method_end(dev, 0);

	pbng_dev_lock(dev);
	pbng_overlay_reset(dev);
	if (dev->own.state == PBNG_ASSIGNED)
		pbng_cfg_sync(dev->cfg);
	if (!pbng_hold_next(dev)) {
		pbng_hold_release(dev);
		pbng_power_follow(dev);
	}
	pbng_dev_unlock(dev);
}

#define REPORTING	(PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | \
			 PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE)

/* A VF has none of these bits, its PF's count. */
static bool has_bits(struct pbng_dev *dev)
{
	return !dev->aer.released && dev->pdev->hdr_type == PCI_HEADER_TYPE_NORMAL &&
	       !dev->pdev->is_virtfn;
}

void pbng_aer_enable(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	u16 command;

	if (!has_bits(dev) || !pci_device_is_present(pdev))
		return;
	pci_read_config_word(pdev, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_SERR))
		pci_write_config_word(pdev, PCI_COMMAND, command | PCI_COMMAND_SERR);
	if (!pci_is_pcie(pdev))
		return;
	if (!dev->aer.looked)
		dev->aer.reports = pbng_aer_port_reports(pdev);
	dev->aer.looked = true;
	if (dev->aer.reports)
		pcie_capability_set_word(pdev, PCI_EXP_DEVCTL, REPORTING);
}

void pbng_aer_mute(struct pbng_dev *dev)
{
	if (has_bits(dev) && dev->aer.reports)
		pcie_capability_clear_word(dev->pdev, PCI_EXP_DEVCTL, REPORTING);
}

void pbng_aer_release(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	dev->aer.released = true;
	pbng_dev_undelay(dev, &dev->aer.give_up);
	kfree(dev->aer.saved);
	dev->aer.saved = NULL;
}

/*
 * Since Linux 6.18 the PCI core resets the link after a non-fatal error, too, when a driver
 * below it asks for a reset; before, it only told all drivers of one. A function that is
 * ours has SERR# on until it is reset.
 */
static bool is_wiped(struct pbng_dev *dev)
{
	u16 command;

	if (!has_bits(dev))
		return false;
	pci_read_config_word(dev->pdev, PCI_COMMAND, &command);
	return !(command & PCI_COMMAND_SERR);
}

static bool is_bridge(const struct pci_dev *pdev)
{
	return pdev->hdr_type != PCI_HEADER_TYPE_NORMAL;
}

static pci_ers_result_t error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	enum pbng_aer_kind kind = state == pci_channel_io_normal ?
				  PBNG_AER_NONFATAL : PBNG_AER_FATAL;
	struct pbng_dev *dev = pci_get_drvdata(pdev);
	pci_ers_result_t vote;

	begin(dev, kind);
	if (is_bridge(pdev))
		return RESULT(pbng_aer_neutral(PBNG_AER_DETECTED, kind));
	expect_next(dev);
	vote = ask(dev, PBNG_AER_DETECTED);
	if (kind == PBNG_AER_FATAL && READ_ONCE(dev->own.state) == PBNG_CLAIMED &&
	    !pbng_claim_contain(dev, "a fatal error on its link; a reset that works ends this"))
		ends(dev, PBNG_AER_CONTAINED);
	save(dev);
	return vote;
}

static pci_ers_result_t mmio_enabled(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pci_get_drvdata(pdev);

	if (!is_bridge(pdev))
		expect_next(dev);
	return ask(dev, PBNG_AER_MMIO);
}

static pci_ers_result_t slot_reset(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pci_get_drvdata(pdev);

	if (!is_bridge(pdev)) {
		expect_next(dev);
		if (dev->aer.kind == PBNG_AER_FATAL || is_wiped(dev))
			restore(dev);
	}
	return ask(dev, PBNG_AER_SLOT_RESET);
}

static void resume(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pci_get_drvdata(pdev);

	ask(dev, PBNG_AER_RESUME);
	pbng_dev_undelay(dev, &dev->aer.give_up);
	ends(dev, PBNG_AER_RECOVERED);
}

#ifdef HAVE_PCI_COR_ERROR_DETECTED
/* Called without device_lock, so the driver data may go at any moment. */
static void cor_error_detected(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pbng_registry_get(pbng_bdf_of(pdev));

	if (!dev)
		return;
	pbng_dev_lock(dev);
	dev->aer.count[PBNG_AER_CORRECTABLE]++;
	pbng_dev_unlock(dev);
	tell(dev, PBNG_AER_CORRECTABLE, PBNG_AER_RECOVERED);
	pbng_dev_put(dev);
}
#endif

const struct pci_error_handlers pbng_aer_handlers = {
	.error_detected = error_detected,
	.mmio_enabled = mmio_enabled,
	.slot_reset = slot_reset,
	.resume = resume,
	.reset_prepare = pbng_foreign_reset_prepare,
	.reset_done = pbng_foreign_reset_done,
#ifdef HAVE_PCI_COR_ERROR_DETECTED
	.cor_error_detected = cor_error_detected,
#endif
};

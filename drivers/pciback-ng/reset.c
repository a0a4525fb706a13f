// SPDX-License-Identifier: GPL-2.0
/* Resets and their deadlines, see reset.h. */
#include <linux/delay.h>
#include <linux/pt_core.h>

#include "hold.h"
#include "method.h"
#include "overlay.h"
#include "owner.h"
#include "param.h"
#include "power.h"
#include "quirk.h"
#include "registry.h"
#include "reset.h"
#include "reset_part.h"
#include "trace.h"
#include "xen/intx.h"

#define LOCK_WAIT	10	/* ms, between two tries */

/* A guest can have as many as it likes: so many of its own are told in so much time. */
#define EVENTS		10
#define EVENTS_TIME	(10 * HZ)

/*
 * What a guest's FLR takes a worker, at least, and how many it may have in one go: drivers
 * make a handful when they start. Then each waits until the one before is paid back, which
 * is less than the 2 s after which pcifront gives an access up.
 */
#define FLR_COST	(PBNG_BUDGET_SECOND / 2)

static const struct pbng_budget_terms flr_terms = { .limit = 8 * FLR_COST, .share = 1 };

/* Return: how long a guest's FLR has to wait, in jiffies. */
static unsigned long charge_flr(struct pbng_dev *dev)
{
	u64 now = ktime_get_ns(), wait;

	lockdep_assert_held(&dev->lock);
	wait = pbng_budget_wait(&dev->reset.flrs, &flr_terms, now, FLR_COST);
	pbng_budget_charge(&dev->reset.flrs, &flr_terms, now, FLR_COST);
	return nsecs_to_jiffies(wait);
}

static enum pbng_reset_was what_it_was(const struct pbng_dev *dev)
{
	if (dev->reset.sick)
		return PBNG_WAS_SICK;
	return dev->reset.used && !dev->own.owned ? PBNG_WAS_USED : PBNG_WAS_CLEAN;
}

void pbng_reset_take_hardware(struct pbng_dev *dev)
{
	dev->reset.was = what_it_was(dev);
	pbng_hold_take(dev);
}

static void start(struct pbng_dev *dev)
{
	unsigned long wait = dev->reset.by == PBNG_BY_GUEST ? charge_flr(dev) : 0;

	dev->reset.was = what_it_was(dev);
	pbng_hold_queue(dev, &dev->reset.work, wait);
}

/* A change of power state holds the hardware: its worker begins the reset when it ends. */
static void start_next(struct pbng_dev *dev)
{
	dev->reset.was = what_it_was(dev);
	dev->reset.again = true;
	pbng_hold_begin_deadline(dev, 0);
}

/* A reset that waits for its guest's debt begins now; the reference stays the work's. */
static void hurry_reset(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (pbng_hold_hurry(&dev->reset.work))
		dev->reset.started = jiffies;
}

int pbng_reset_begin(struct pbng_dev *dev, enum pbng_reset_by by)
{
	int err;

	lockdep_assert_held(&dev->lock);
	if (dev->reset.leaving)
		return -ENODEV;
	if (dev->reset.running && dev->power.job == PBNG_POWER_NONE)
		return -EBUSY;
	err = pbng_owner_happens(dev, PBNG_RESET);
	if (err)
		return err;
	dev->reset.by = by;
	if (dev->reset.running)
		start_next(dev);
	else
		start(dev);
	return 0;
}

void pbng_reset_take_back(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (pbng_owner_happens(dev, PBNG_TAKE_BACK) || dev->reset.leaving)
		return;
	dev->reset.by = PBNG_BY_TOOLS;
	if (!dev->reset.running) {
		start(dev);
		return;
	}
	/* What the last owner did in the meantime is to go as well. */
	start_next(dev);
	hurry_reset(dev);
}

static bool settled(struct pbng_dev *dev)
{
	return READ_ONCE(dev->own.state) != PBNG_RESETTING;
}

/* A reset of the whole bus by another function has a deadline of its own. */
int pbng_reset_wait(struct pbng_dev *dev, unsigned long longest)
{
	unsigned long wait = min(longest, pbng_hold_timeout() + HZ);
	int err;

	if (!wait_event_timeout(dev->reset.settled, settled(dev), wait))
		return -ETIMEDOUT;
	pbng_dev_lock(dev);
	err = pbng_dev_gone(dev) ? -ENODEV : dev->reset.last.err;
	pbng_dev_unlock(dev);
	return err;
}

void pbng_reset_stop(struct pbng_dev *dev)
{
	pbng_dev_lock(dev);
	WRITE_ONCE(dev->reset.leaving, true);
	hurry_reset(dev);
	pbng_dev_unlock(dev);
	wait_event(dev->reset.settled, !READ_ONCE(dev->reset.running));
}

static void tell(struct pbng_dev *dev)
{
	const struct pt_event event = {
		.event = PT_CORE_EVENT_RESET,
		.source = KBUILD_MODNAME,
		.has_result = true,
		.result = dev->reset.last.err,
	};

	if (dev->reset.by != PBNG_BY_GUEST || __ratelimit(&dev->reset.events))
		pt_event(dev->pdev, &event);
}

static void reset_is_overdue(struct pbng_dev *dev)
{
	dev->reset.last = (struct pbng_last_reset) {
		.any = true, .err = -ETIMEDOUT, .way = PBNG_RESET_WAYS,
		.took_ms = jiffies_to_msecs(jiffies - dev->reset.started),
	};
	pci_err(dev->pdev, "quarantined, its reset has not ended in %u ms\n",
		dev->reset.last.took_ms);
	tell(dev);
	pbng_owner_happens(dev, PBNG_RESET_FAILED);
}

static void overdue(struct work_struct *work)
{
	struct pbng_dev *dev = container_of(to_delayed_work(work), struct pbng_dev,
					    reset.overdue);

	pbng_dev_lock(dev);
	if (dev->reset.running && time_after_eq(jiffies, dev->reset.deadline)) {
		if (dev->own.state == PBNG_RESETTING)
			reset_is_overdue(dev);
		else
			pbng_power_overdue(dev);
	}
	pbng_dev_unlock(dev);
	pbng_dev_put(dev);
}

static void record(struct pbng_dev *dev, int err, unsigned int way)
{
	struct pbng_last_reset *last = &dev->reset.last;

	last->any = true;
	last->err = err;
	last->way = way;
	last->took_ms = jiffies_to_msecs(jiffies - dev->reset.started);
	if (!err)
		dev->reset.count++;
	trace_pbng_reset(dev, err, last->took_ms);
}

/*
 * Where a reset is not possible the cure is a decision, and the administrator's: to give
 * the device on with traces of its last owner.
 */
static void say_quarantined(struct pbng_dev *dev, int err)
{
	struct pci_dev *pdev = dev->pdev;

	/* The last function that its owner leaves has a reset that is for all of them. */
	if (err == -EBUSY && dev->reset.waits)
		return;
	pci_err(pdev, "quarantined, its reset failed: %pe\n", ERR_PTR(err));
	if (err == -EBUSY || err == -ENOTTY)
		pci_info(pdev, "to give it on without a reset: echo none >/sys/bus/pci/devices/%s/pciback/reset_method; for good: options pciback-ng reset_quirks=(%04x:%04x no-reset)\n",
			 pci_name(pdev), pdev->vendor, pdev->device);
}

/* The PCI core does not tell how a reset of its own went. */
static bool is_no_cure(const struct pbng_dev *dev)
{
	return dev->reset.foreign && dev->reset.was == PBNG_WAS_SICK;
}

void pbng_reset_judge(struct pbng_dev *dev, int err)
{
	bool fit = pbng_reset_is_fit(err, dev->reset.was);

	lockdep_assert_held(&dev->lock);
	if (!fit)
		say_quarantined(dev, err);
	else if (is_no_cure(dev))
		pci_info(dev->pdev, "still quarantined: the PCI core has reset it, but do_flr has not\n");
	else if (err == -ENOTTY && dev->reset.was == PBNG_WAS_USED)
		pci_warn(dev->pdev, "has no reset: the next owner may find traces of the last\n");
	pbng_owner_happens(dev, fit && !is_no_cure(dev) ? PBNG_RESET_OK : PBNG_RESET_FAILED);
}

/* The hardware is ours again: make it what its state says. */
static void conclude(struct pbng_dev *dev, int err)
{
	switch (dev->own.state) {
	case PBNG_ASSIGNED:
		/* libxl revokes the DMA mapping next: none may start (XSA-302). */
		if (dev->reset.by == PBNG_BY_TOOLS)
			pbng_cfg_drop_command(dev->cfg, PCI_COMMAND_MASTER);
		/* What its owner wrote in quarantine was lost, down to the disabling. */
		if (dev->reset.was == PBNG_WAS_SICK)
			pbng_cfg_reset(dev->cfg);
		/* What it reads is what the device has: it would not write it again. */
		pbng_cfg_sync(dev->cfg);
		break;
	case PBNG_CLAIMED:
	case PBNG_QUARANTINED:
		pbng_quiesce(dev);
		if (dev->own.owned || !pci_device_is_present(dev->pdev))
			break;
		pbng_restore(dev);
		pbng_quiesce(dev);
		if (err)
			pbng_mask_line(dev);
		pbng_power_idle(dev);
		break;
	default:
		break;
	}
}

void pbng_reset_over(struct pbng_dev *dev, int err, unsigned int way)
{
	lockdep_assert_held(&dev->lock);
	if (pbng_hold_next(dev))
		return;
	/* Who unbinds it does the rest. */
	if (!dev->reset.leaving) {
		if (dev->own.state == PBNG_RESETTING) {
			record(dev, err, way);
			/* One that could not begin was none. */
			if (err != -EBUSY)
				tell(dev);
			pbng_reset_judge(dev, err);
		} else {
			pci_info(dev->pdev, "its late reset has %s\n",
				 err ? "failed" : "worked; it needs another");
		}
		conclude(dev, err);
	}
	pbng_hold_release(dev);
}

/* Who unbinds it holds device_lock, and waits for us: give up then. */
static bool lock_device(struct pbng_dev *dev)
{
	while (!device_trylock(&dev->pdev->dev)) {
		if (READ_ONCE(dev->reset.leaving))
			return false;
		msleep(LOCK_WAIT);
	}
	return true;
}

static int try_function(struct pbng_dev *dev)
{
	int err;

	if (!lock_device(dev))
		return -ENODEV;
	err = pbng_method_function(dev);
	device_unlock(&dev->pdev->dev);
	return err;
}

int pbng_reset_try(struct pbng_dev *dev, int (*method)(struct pbng_dev *dev))
{
	unsigned long end = jiffies + pbng_hold_timeout();
	int err;

	while ((err = method(dev)) == -EAGAIN) {
		if (READ_ONCE(dev->reset.leaving) || time_after(jiffies, end))
			return -EBUSY;
		msleep(LOCK_WAIT);
	}
	return err;
}

static int reset_function(struct pbng_dev *dev)
{
	return pbng_reset_try(dev, try_function);
}

struct pbng_reset_order pbng_reset_order_now(const struct pbng_dev *dev)
{
	const struct pbng_reset_order none = {};

	return pbng_quirk_waives(dev) ? none : dev->reset.order;
}

/*
 * One way after the other until one works. What tells most of a failure is the first
 * that says more than that it is not for this device.
 */
static int try_all(struct pbng_dev *dev, unsigned int *way)
{
	struct pbng_reset_order order;
	unsigned int i;
	int err, result;

	dev->reset.waits = false;
	pbng_quirk_refresh(dev);
	order = pbng_reset_order_now(dev);
	result = order.count ? -ENOTTY : -EOPNOTSUPP;
	*way = PBNG_RESET_WAYS;
	/* A bridge has others behind it; what was pulled out answers nobody. */
	if (dev->pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return -ENOTTY;
	if (dev->pdev->error_state == pci_channel_io_perm_failure)
		return -ENODEV;
	for (i = 0; i < order.count && !dev->reset.leaving; i++) {
		err = order.way[i] == PBNG_RESET_BUS ? pbng_reset_bus(dev) : reset_function(dev);
		if (!err) {
			*way = order.way[i];
			return 0;
		}
		if (result == -ENOTTY)
			result = err;
	}
	/* What could not even begin has done no harm. */
	return result == -EAGAIN || result == -E2BIG ? -EBUSY : result;
}

/*
 * A guest sees its function as after a reset: nothing enabled, its own registers
 * forgotten. Behind that the host keeps what it needs, decode and MSIs above all.
 */
static void prepare(struct pbng_dev *dev)
{
	pbng_overlay_reset(dev);
	if (!dev->own.owned) {
		pbng_quiesce(dev);
	} else if (dev->reset.by == PBNG_BY_GUEST) {
		dev->intx.wanted = false;
		pbng_intx_update(dev);
		pci_clear_master(dev->pdev);
		pbng_cfg_reset(dev->cfg);
	}
}

static void reset_work(struct work_struct *work)
{
	struct pbng_dev *dev = container_of(to_delayed_work(work), struct pbng_dev, reset.work);
	unsigned int way;
	int err;

	pbng_power_up(dev);
	pbng_dev_lock(dev);
	prepare(dev);
	pbng_dev_unlock(dev);
	err = try_all(dev, &way);
	pbng_dev_lock(dev);
	pbng_reset_over(dev, err, way);
	pbng_dev_unlock(dev);
	pbng_dev_put(dev);
}

int pbng_reset_now(struct pbng_dev *dev)
{
	int err;

	pbng_dev_assert_device_lock(dev);
	lockdep_assert_held(&dev->lock);
	dev->reset.started = jiffies;
	pbng_reset_take_hardware(dev);
	pbng_dev_unlock(dev);
	err = pbng_reset_order_now(dev).count ? pbng_method_function(dev) : -EOPNOTSUPP;
	/* The PCI core has the bridge, and waits for our device_lock: it comes first. */
	if (err == -EAGAIN)
		err = -EBUSY;
	pbng_dev_lock(dev);
	pbng_hold_release(dev);
	record(dev, err, err ? PBNG_RESET_WAYS : PBNG_RESET_FUNCTION);
	/* A change of state follows. */
	dev->reset.untold = err != -EBUSY;
	return err;
}

void pbng_reset_setup(struct pbng_dev *dev)
{
	INIT_DELAYED_WORK(&dev->reset.work, reset_work);
	INIT_DELAYED_WORK(&dev->reset.overdue, overdue);
	init_waitqueue_head(&dev->reset.settled);
	ratelimit_state_init(&dev->reset.events, EVENTS_TIME, EVENTS);
	/* Nothing in the log about those that were left out. */
	ratelimit_set_flags(&dev->reset.events, RATELIMIT_MSG_ON_RELEASE);
	dev->reset.order = pbng_reset_default;
	dev->reset.from = PBNG_NO_OWNER;
}

// SPDX-License-Identifier: GPL-2.0
/* Resets and their deadlines, see reset.h. */
#include <linux/delay.h>
#include <linux/pt_core.h>

#include "method.h"
#include "overlay.h"
#include "owner.h"
#include "param.h"
#include "power.h"
#include "quirk.h"
#include "registry.h"
#include "reset.h"
#include "reset_group.h"
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

/* Unloading waits for the last of them. */
static struct workqueue_struct *resets;

static unsigned long timeout(void)
{
	return READ_ONCE(pbng_param_reset_timeout) * HZ;
}

/* @wait: until it begins, in jiffies */
static void set_deadline(struct pbng_dev *dev, unsigned long wait)
{
	dev->reset.started = jiffies + wait;
	dev->reset.deadline = dev->reset.started + timeout();
	pbng_dev_delay(dev, resets, &dev->reset.overdue, wait + timeout());
}

/* Return: how long a guest's FLR has to wait, in jiffies. */
static unsigned long charge_flr(struct pbng_dev *dev)
{
	u64 now = ktime_get_ns(), wait;

	lockdep_assert_held(&dev->lock);
	wait = pbng_budget_wait(&dev->reset.flrs, &flr_terms, now, FLR_COST);
	pbng_budget_charge(&dev->reset.flrs, &flr_terms, now, FLR_COST);
	return nsecs_to_jiffies(wait);
}

/* Its worker is the caller, or a worker that resets its whole bus. */
static void take_hardware(struct pbng_dev *dev, unsigned int was)
{
	dev->reset.was = was;
	WRITE_ONCE(dev->reset.running, true);
}

static void start(struct pbng_dev *dev, unsigned int was)
{
	unsigned long wait = dev->reset.by == PBNG_BY_GUEST ? charge_flr(dev) : 0;

	take_hardware(dev, was);
	set_deadline(dev, wait);
	pbng_dev_delay(dev, resets, &dev->reset.work, wait);
}

/* One that waits for its guest's debt waits no longer; the reference stays the work's. */
static void hurry(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (!cancel_delayed_work(&dev->reset.work))
		return;
	dev->reset.started = jiffies;
	queue_delayed_work(resets, &dev->reset.work, 0);
}

static unsigned int what_it_was(const struct pbng_dev *dev)
{
	return dev->own.state == PBNG_QUARANTINED ? PBNG_WAS_SICK : PBNG_WAS_CLEAN;
}

int pbng_reset_begin(struct pbng_dev *dev, enum pbng_reset_by by)
{
	unsigned int was = what_it_was(dev);
	int err;

	lockdep_assert_held(&dev->lock);
	if (dev->reset.leaving)
		return -ENODEV;
	if (dev->reset.running)
		return -EBUSY;
	err = pbng_owner_happens(dev, PBNG_RESET);
	if (err)
		return err;
	dev->reset.by = by;
	start(dev, was);
	return 0;
}

void pbng_reset_take_back(struct pbng_dev *dev)
{
	unsigned int was = dev->reset.running ? dev->reset.was : what_it_was(dev);

	lockdep_assert_held(&dev->lock);
	if (pbng_owner_happens(dev, PBNG_TAKE_BACK) || dev->reset.leaving)
		return;
	dev->reset.by = PBNG_BY_TOOLS;
	was = max_t(unsigned int, was, PBNG_WAS_USED);
	if (!dev->reset.running) {
		start(dev, was);
		return;
	}
	/* What the last owner did in the meantime is to go as well. */
	dev->reset.was = was;
	dev->reset.again = true;
	set_deadline(dev, 0);
	hurry(dev);
}

static bool settled(struct pbng_dev *dev)
{
	return READ_ONCE(dev->own.state) != PBNG_RESETTING;
}

/* A reset of the whole bus by another function has a deadline of its own. */
int pbng_reset_wait(struct pbng_dev *dev, unsigned long longest)
{
	unsigned long wait = min(longest, timeout() + HZ);
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
	hurry(dev);
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

static void overdue(struct work_struct *work)
{
	struct pbng_dev *dev = container_of(to_delayed_work(work), struct pbng_dev,
					    reset.overdue);

	pbng_dev_lock(dev);
	if (dev->own.state == PBNG_RESETTING && dev->reset.running &&
	    time_after_eq(jiffies, dev->reset.deadline)) {
		dev->reset.last = (struct pbng_last_reset) {
			.any = true, .err = -ETIMEDOUT, .way = PBNG_RESET_WAYS,
			.took_ms = jiffies_to_msecs(jiffies - dev->reset.started),
		};
		pci_err(dev->pdev, "quarantined, its reset has not ended in %u ms\n",
			dev->reset.last.took_ms);
		tell(dev);
		pbng_owner_happens(dev, PBNG_RESET_FAILED);
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
	/* One that could not begin was none. */
	if (err != -EBUSY)
		tell(dev);
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

void pbng_reset_judge(struct pbng_dev *dev, int err)
{
	bool fit = pbng_reset_is_fit(err, dev->reset.was);

	lockdep_assert_held(&dev->lock);
	if (!fit)
		say_quarantined(dev, err);
	else if (err == -ENOTTY && dev->reset.was == PBNG_WAS_USED)
		pci_warn(dev->pdev, "has no reset: the next owner may find traces of the last\n");
	pbng_owner_happens(dev, fit ? PBNG_RESET_OK : PBNG_RESET_FAILED);
}

/* The hardware is ours again: make it what its state says. */
static void conclude(struct pbng_dev *dev)
{
	switch (dev->own.state) {
	case PBNG_ASSIGNED:
		/* libxl revokes the DMA mapping next: none may start (XSA-302). */
		if (dev->reset.by != PBNG_BY_GUEST)
			pci_clear_master(dev->pdev);
		/* What its owner wrote in quarantine was lost, down to the disabling. */
		if (dev->reset.was == PBNG_WAS_SICK)
			pbng_cfg_reset(dev->cfg);
		break;
	case PBNG_CLAIMED:
	case PBNG_QUARANTINED:
		pbng_quiesce(dev);
		if (dev->own.owned || !pci_device_is_present(dev->pdev))
			break;
		pbng_restore(dev);
		pbng_quiesce(dev);
		pbng_power_idle(dev);
		break;
	default:
		break;
	}
}

/* The worker is done with the hardware. */
static void over(struct pbng_dev *dev, int err, unsigned int way)
{
	lockdep_assert_held(&dev->lock);
	if (dev->reset.again) {
		dev->reset.again = false;
		pbng_withdraw(dev);
		if (!dev->reset.leaving) {
			start(dev, dev->reset.was);
			return;
		}
	}
	/* Who unbinds it does the rest. */
	if (!dev->reset.leaving) {
		if (dev->own.state == PBNG_RESETTING) {
			record(dev, err, way);
			pbng_reset_judge(dev, err);
		} else {
			pci_info(dev->pdev, "its late reset has %s\n",
				 err ? "failed" : "worked; it needs another");
		}
		conclude(dev);
	}
	pbng_dev_undelay(dev, &dev->reset.overdue);
	WRITE_ONCE(dev->reset.running, false);
	wake_up_all(&dev->reset.settled);
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

/*
 * A toolstack that resets one function of a guest does not mean the guest's others. An
 * administrator who asks for this one, at a place where only people do, knows what he has.
 */
static bool is_mate(const struct pbng_dev *dev, const struct pbng_dev *leader)
{
	return leader->reset.by == PBNG_BY_ADMIN && READ_ONCE(leader->owner) == dev->owner;
}

/* May it take part in the reset of another? Then the hardware is that worker's. */
static bool join(struct pbng_dev *dev, const struct pbng_dev *leader)
{
	unsigned int was;
	bool ok;

	pbng_dev_lock(dev);
	was = what_it_was(dev);
	ok = !dev->reset.running && !dev->reset.leaving &&
	     (!dev->own.owned || is_mate(dev, leader)) &&
	     !pbng_owner_happens(dev, PBNG_RESET);
	if (ok) {
		dev->reset.by = PBNG_BY_TOOLS;
		dev->reset.started = jiffies;
		take_hardware(dev, was);
		pbng_power_wake(dev);
		pbng_overlay_reset(dev);
	}
	pbng_dev_unlock(dev);
	if (ok)
		pbng_method_begin(dev);
	return ok;
}

/* Of a reset that did not take place it has nothing to tell. */
static void leave(struct pbng_dev *dev, int err)
{
	struct pbng_last_reset last;

	err = pbng_method_end(dev, err);
	pbng_dev_lock(dev);
	last = dev->reset.last;
	over(dev, err, err ? PBNG_RESET_WAYS : PBNG_RESET_BUS);
	if (err == -EBUSY)
		dev->reset.last = last;
	pbng_dev_unlock(dev);
}

/*
 * Toolstacks reset each function of a guest in turn. A device that is clean needs no reset
 * then, and a line in the log for each would say nothing.
 */
static bool is_worth_saying(const struct pbng_dev *leader)
{
	return leader->reset.by != PBNG_BY_TOOLS || leader->reset.was != PBNG_WAS_CLEAN;
}

static void say_blocked(struct pbng_dev *leader, const struct pbng_dev *dev)
{
	int owner = READ_ONCE(dev->owner);

	leader->reset.waits = owner != PBNG_NO_OWNER && owner == leader->reset.from;
	if (leader->reset.waits)
		pci_info(leader->pdev, "waits for the reset of its bus until domain %d leaves %s\n",
			 owner, pci_name(dev->pdev));
	else if (is_worth_saying(leader) && owner != PBNG_NO_OWNER)
		pci_err(leader->pdev, "needs a reset of its bus, but %s belongs to domain %d\n",
			pci_name(dev->pdev), owner);
	else if (is_worth_saying(leader))
		pci_err(leader->pdev, "needs a reset of its bus, but %s is %s\n",
			pci_name(dev->pdev), pbng_state_name(READ_ONCE(dev->own.state)));
}

/* Is this one no obstacle? An owner is named by its domain, a host driver by its name. */
static bool tolerates(struct pbng_dev *leader, struct pci_dev *pdev)
{
	struct pbng_dev *dev;
	bool ok = false;

	/* Bridges are the kernel's; what is below them is asked itself. */
	if (pdev == leader->pdev || pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE)
		return true;
	dev = pbng_registry_get(pbng_bdf_of(pdev));
	if (dev) {
		ok = join(dev, leader);
		if (!ok)
			say_blocked(leader, dev);
		pbng_dev_put(dev);
	} else {
		/* With no driver nobody uses it. */
		ok = !READ_ONCE(pdev->driver) && !pci_num_vf(pdev);
		if (!ok && is_worth_saying(leader))
			pci_err(leader->pdev, "needs a reset of its bus, but %s belongs to %s\n",
				pci_name(pdev), dev_driver_string(&pdev->dev));
	}
	return ok;
}

static void release_group(struct pbng_dev *leader, struct pbng_group *group,
			  unsigned int joined, int err)
{
	struct pbng_dev *dev;
	unsigned int i;

	for (i = 0; i < joined; i++) {
		dev = pbng_registry_get(pbng_bdf_of(group->pdev[i]));
		if (!dev)
			continue;
		if (dev != leader)
			leave(dev, err);
		pbng_dev_put(dev);
	}
}

/* The PCI core may have locked a function or the bridge for a reset of a neighbour. */
static int try_patiently(struct pbng_dev *dev, int (*method)(struct pbng_dev *dev))
{
	unsigned long end = jiffies + timeout();
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
	return try_patiently(dev, try_function);
}

static int reset_bus(struct pbng_dev *dev)
{
	struct pbng_group *group;
	unsigned int joined = 0;
	int err;

	if (dev->reset.by == PBNG_BY_GUEST)
		return -ENOTTY;		/* it has one function, and no say over more */
	group = pbng_group_get(dev->pdev);
	if (IS_ERR(group))
		return PTR_ERR(group);
	while (joined < group->count && tolerates(dev, group->pdev[joined]))
		joined++;
	err = joined == group->count ? try_patiently(dev, pbng_method_bus) : -EBUSY;
	release_group(dev, group, joined, err);
	pbng_group_put(group);
	return err;
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
		err = order.way[i] == PBNG_RESET_BUS ? reset_bus(dev) : reset_function(dev);
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
	pbng_power_wake(dev);
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

	pbng_dev_lock(dev);
	prepare(dev);
	pbng_dev_unlock(dev);
	err = try_all(dev, &way);
	pbng_dev_lock(dev);
	over(dev, err, way);
	pbng_dev_unlock(dev);
	pbng_dev_put(dev);
}

int pbng_reset_now(struct pbng_dev *dev)
{
	int err;

	pbng_dev_assert_device_lock(dev);
	lockdep_assert_held(&dev->lock);
	dev->reset.started = jiffies;
	take_hardware(dev, what_it_was(dev));
	pbng_dev_unlock(dev);
	err = pbng_reset_order_now(dev).count ? pbng_method_function(dev) : -EOPNOTSUPP;
	/* The PCI core has the bridge, and waits for our device_lock: it comes first. */
	if (err == -EAGAIN)
		err = -EBUSY;
	pbng_dev_lock(dev);
	WRITE_ONCE(dev->reset.running, false);
	wake_up_all(&dev->reset.settled);
	record(dev, err, err ? PBNG_RESET_WAYS : PBNG_RESET_FUNCTION);
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

int pbng_reset_init(void)
{
	resets = alloc_workqueue(PBNG_DRIVER_NAME "_reset", WQ_UNBOUND, 0);
	return resets ? 0 : -ENOMEM;
}

void pbng_reset_exit(void)
{
	destroy_workqueue(resets);
}

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
#include "reset_group.h"
#include "trace.h"
#include "xen/intx.h"

#define LOCK_WAIT	10	/* ms, between two tries */

/* A guest can have as many as it likes: so many of its own are told in so much time. */
#define EVENTS		10
#define EVENTS_TIME	(10 * HZ)

/* Its worker is the caller, or a worker that resets its whole bus. */
static void take_hardware(struct pbng_dev *dev, unsigned int was)
{
	dev->reset.was = was;
	pbng_hold_take(dev);
}

static void start(struct pbng_dev *dev, unsigned int was)
{
	dev->reset.was = was;
	pbng_hold_queue(dev, &dev->reset.work);
}

/* A change of power state holds the hardware: its worker begins the reset when it ends. */
static void start_next(struct pbng_dev *dev, unsigned int was)
{
	dev->reset.was = was;
	dev->reset.again = true;
	pbng_hold_begin_deadline(dev);
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
	if (dev->reset.running && dev->power.job == PBNG_POWER_NONE)
		return -EBUSY;
	err = pbng_owner_happens(dev, PBNG_RESET);
	if (err)
		return err;
	dev->reset.by = by;
	if (dev->reset.running)
		start_next(dev, was);
	else
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
	start_next(dev, was);
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
	if (pbng_hold_next(dev))
		return;
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

static int reset_function(struct pbng_dev *dev)
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

	/* A change of power state is over soon. */
	if (READ_ONCE(dev->power.job) != PBNG_POWER_NONE)
		pbng_hold_wait(dev, HZ);
	pbng_dev_lock(dev);
	was = what_it_was(dev);
	ok = !dev->reset.running && !dev->reset.leaving &&
	     (!dev->own.owned || is_mate(dev, leader)) &&
	     !pbng_owner_happens(dev, PBNG_RESET);
	if (ok) {
		dev->reset.by = leader->reset.by;
		dev->reset.started = jiffies;
		take_hardware(dev, was);
		pbng_overlay_reset(dev);
	}
	pbng_dev_unlock(dev);
	if (ok) {
		pbng_power_up(dev);
		pbng_method_begin(dev);
	}
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

/* Somebody may have locked one of them for a moment. */
static int reset_bus_patiently(struct pbng_dev *dev)
{
	unsigned long end = jiffies + pbng_hold_timeout();
	int err;

	while ((err = pbng_method_bus(dev)) == -EAGAIN) {
		if (READ_ONCE(dev->reset.leaving) || time_after(jiffies, end))
			return -EBUSY;
		msleep(LOCK_WAIT);
	}
	return err;
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
	err = joined == group->count ? reset_bus_patiently(dev) : -EBUSY;
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
	struct pbng_dev *dev = container_of(work, struct pbng_dev, reset.work);
	unsigned int way;
	int err;

	pbng_power_up(dev);
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
	pbng_dev_lock(dev);
	pbng_hold_release(dev);
	record(dev, err, err ? PBNG_RESET_WAYS : PBNG_RESET_FUNCTION);
	return err;
}

void pbng_reset_setup(struct pbng_dev *dev)
{
	INIT_WORK(&dev->reset.work, reset_work);
	INIT_DELAYED_WORK(&dev->reset.overdue, overdue);
	init_waitqueue_head(&dev->reset.settled);
	ratelimit_state_init(&dev->reset.events, EVENTS_TIME, EVENTS);
	/* Nothing in the log about those that were left out. */
	ratelimit_set_flags(&dev->reset.events, RATELIMIT_MSG_ON_RELEASE);
	dev->reset.order = pbng_reset_default;
	dev->reset.from = PBNG_NO_OWNER;
}

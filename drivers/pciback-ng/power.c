// SPDX-License-Identifier: GPL-2.0
/* Power states of devices, sleep of the host, see power.h. */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "aer.h"
#include "config.h"
#include "contain.h"
#include "hold.h"
#include "hw.h"
#include "method.h"
#include "param.h"
#include "power.h"
#include "registry.h"
#include "xen/intx.h"

/* Does it lose its configuration between D3hot and D0? */
static bool forgets(struct pci_dev *pdev)
{
	u16 control;

	if (!pdev->pm_cap)
		return false;
	pci_read_config_word(pdev, pdev->pm_cap + PCI_PM_CTRL, &control);
	return !(control & PCI_PM_CTRL_NO_SOFT_RESET);
}

/* What does not answer costs a line in the log, and time, which a guest can have at will. */
static int set_state(struct pbng_dev *dev, pci_power_t state)
{
	struct pci_dev *pdev = dev->pdev;
	int err;

	pbng_hold_assert_may_wait(dev);
	if (!pci_device_is_present(pdev))
		return -ENODEV;
	err = pci_set_power_state(pdev, state);
	if (err)
		return err;
	return pdev->current_state == state ? 0 : -EIO;
}

/*
 * Of an owner that is being taken from, nothing is put back but what claiming found. DMA
 * begins again when the copies say so, see pbng_cfg_sync().
 */
static void put_back(struct pbng_dev *dev)
{
	struct pbng_power *power = &dev->power;
	struct pci_dev *pdev = dev->pdev;
	struct pci_saved_state *saved = READ_ONCE(dev->own.owned) ? power->saved : NULL;

	pci_load_saved_state(pdev, saved ?: dev->saved);
	pci_restore_state(pdev);
	pci_clear_master(pdev);
	pbng_aer_enable(dev);
	kfree(power->saved);
	power->saved = NULL;
}

int pbng_power_up(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	bool lost = dev->asleep || dev->power.saved || dev->power.wiped;
	bool reset;
	int err;

	if (!lost && pdev->current_state == PCI_D0)
		return 0;
	reset = dev->power.wiped || (lost && forgets(pdev));
	if (reset)
		pbng_method_begin(dev);
	err = set_state(dev, PCI_D0);
	if (err)
		return err;

	dev->asleep = false;
	dev->power.wiped = false;
	if (lost)
		put_back(dev);
	return reset ? pbng_method_end(dev, 0) : 0;
}

/* D1 and D2 lose nothing. */
static int power_down(struct pbng_dev *dev, pci_power_t state)
{
	struct pbng_power *power = &dev->power;
	struct pci_dev *pdev = dev->pdev;
	bool owned = READ_ONCE(dev->own.owned);
	int err;

	if (owned && state == PCI_D3hot && !power->saved && forgets(pdev)) {
		pci_save_state(pdev);
		power->saved = pci_store_saved_state(pdev);
		if (!power->saved)
			return -ENOMEM;
	}

	err = set_state(dev, state);
	if (!err && !owned)
		dev->asleep = true;
	return err;
}

/* The caller holds the hardware. */
static int carry_out(struct pbng_dev *dev, enum pbng_power_job job, pci_power_t state)
{
	pbng_hold_assert_may_wait(dev);
	if (job == PBNG_POWER_ENABLE)
		return pci_enable_device(dev->pdev);
	return state == PCI_D0 ? pbng_power_up(dev) : power_down(dev, state);
}

/* What its owner has set, or has asked for meanwhile. */
static void follow_owner(struct pbng_dev *dev, int err)
{
	struct pbng_power *power = &dev->power;
	unsigned int took = jiffies_to_msecs(jiffies - dev->reset.started);

	if (power->job == PBNG_POWER_STATE)
		pbng_power_budget_note(&power->budget, err, took);
	else if (err)
		pbng_cfg_drop_command(dev->cfg, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	else
		pbng_intx_update(dev);
	if (!err && dev->pdev->current_state == PCI_D0)
		pbng_cfg_sync(dev->cfg);
}

static void begin(struct pbng_dev *dev, enum pbng_power_job job, pci_power_t state)
{
	struct pbng_power *power = &dev->power;

	lockdep_assert_held(&dev->lock);
	WRITE_ONCE(power->job, job);
	power->state = state;
	power->err = -EINPROGRESS;
	dev->reset.was = PBNG_WAS_CLEAN;
	pbng_hold_queue(dev, &power->work, 0);
}

/* The worker is done with the hardware: make it match the state of the device. */
static void conclude(struct pbng_dev *dev, int err)
{
	switch (dev->own.state) {
	case PBNG_ASSIGNED:
		follow_owner(dev, err);
		break;
	case PBNG_CLAIMED:
		/* One that refuses to sleep is not asked again and again. */
		if (!err && !dev->asleep)
			pbng_power_idle(dev);
		break;
	case PBNG_QUARANTINED:
		pbng_quiesce(dev);
		break;
	default:
		break;
	}
}

/* What cannot be woken goes to no owner, and what does not answer is no owner's. */
static void contain_lost(struct pbng_dev *dev)
{
	if (!pci_device_is_present(dev->pdev))
		pbng_contain(dev, "it does not answer; a reset that works ends this");
	else if (dev->asleep)
		pbng_contain(dev, "it does not wake up; a reset that works ends this");
}

static void finish(struct pbng_dev *dev, int err)
{
	struct pbng_power *power = &dev->power;
	bool overtaken = dev->reset.again || dev->reset.leaving;

	lockdep_assert_held(&dev->lock);
	if (power->wiped && !err && !overtaken) {
		begin(dev, PBNG_POWER_STATE, PCI_D0);
		return;
	}
	if (!overtaken)
		conclude(dev, err);
	WRITE_ONCE(power->err, err);
	WRITE_ONCE(power->job, PBNG_POWER_NONE);
	wake_up_all(&dev->reset.settled);
	if (pbng_hold_next(dev))
		return;

	pbng_hold_release(dev);
	if (err && !overtaken)
		contain_lost(dev);
}

/* The lock first: what has begun this may still be using the device. */
static void power_work(struct work_struct *work)
{
	struct pbng_dev *dev = container_of(to_delayed_work(work), struct pbng_dev, power.work);
	enum pbng_power_job job;
	pci_power_t state;
	int err;

	pbng_dev_lock(dev);
	job = dev->power.job;
	state = dev->power.state;
	pbng_dev_unlock(dev);
	err = carry_out(dev, job, state);

	pbng_dev_lock(dev);
	finish(dev, err);
	pbng_dev_unlock(dev);
	pbng_dev_put(dev);
}

static void fall_asleep(struct work_struct *work)
{
	struct pbng_dev *dev = container_of(to_delayed_work(work),
					    struct pbng_dev, idle);

	pbng_dev_lock(dev);
	if (dev->own.state != PBNG_CLAIMED || dev->asleep || dev->reset.running ||
	    dev->reset.leaving)
		goto out;
	if (pbng_hw_is_used(dev->pdev))
		pbng_power_idle(dev);
	else
		begin(dev, PBNG_POWER_STATE, PCI_D3hot);
out:
	pbng_dev_unlock(dev);
}

void pbng_power_init(struct pbng_dev *dev)
{
	INIT_DELAYED_WORK(&dev->idle, fall_asleep);
	INIT_DELAYED_WORK(&dev->power.work, power_work);
}

void pbng_power_idle(struct pbng_dev *dev)
{
	unsigned int seconds = READ_ONCE(pbng_param_idle_d3);

	lockdep_assert_held(&dev->lock);
	/* A bridge has others behind it. */
	if (seconds && dev->pdev->hdr_type == PCI_HEADER_TYPE_NORMAL)
		mod_delayed_work(system_dfl_wq, &dev->idle, seconds * HZ);
}

bool pbng_power_wake(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (!dev->asleep && !dev->reset.running)
		return true;
	if (!dev->reset.running && !dev->reset.leaving)
		begin(dev, PBNG_POWER_STATE, PCI_D0);
	return false;
}

int pbng_power_order(struct pbng_dev *dev, pci_power_t state)
{
	struct pbng_power *power = &dev->power;

	lockdep_assert_held(&dev->lock);
	if (state == dev->pdev->current_state)
		return 0;
	if (!pbng_power_budget_spend(&power->budget, ktime_to_ms(ktime_get()))) {
		if (!power->told)
			pci_info(dev->pdev, "domain %d has had too many changes of its power state, slow ones or failures\n",
				 dev->owner);
		power->told = true;
		return -EBUSY;
	}
	begin(dev, PBNG_POWER_STATE, state);
	return 0;
}

void pbng_power_enable(struct pbng_dev *dev)
{
	begin(dev, PBNG_POWER_ENABLE, PCI_D0);
}

int pbng_power_done(struct pbng_dev *dev, unsigned long end)
{
	unsigned long left = time_before(jiffies, end) ? end - jiffies : 0;

	if (!wait_event_timeout(dev->reset.settled,
				READ_ONCE(dev->power.job) == PBNG_POWER_NONE, left))
		return -ETIMEDOUT;
	return READ_ONCE(dev->power.err);
}

void pbng_power_up_now(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	pbng_hold_take(dev);
	pbng_dev_unlock(dev);
	pbng_power_up(dev);
	pbng_dev_lock(dev);
	pbng_hold_release(dev);
	kfree(dev->power.saved);
	dev->power.saved = NULL;
}

void pbng_power_follow(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if ((dev->own.state == PBNG_ASSIGNED || dev->own.state == PBNG_CLAIMED) &&
	    dev->pdev->current_state != PCI_D0 && !dev->reset.leaving)
		begin(dev, PBNG_POWER_STATE, PCI_D0);
}

void pbng_power_wiped(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (dev->power.job != PBNG_POWER_NONE)
		dev->power.wiped = true;
}

void pbng_power_overdue(struct pbng_dev *dev)
{
	char why[80];

	lockdep_assert_held(&dev->lock);
	if (dev->power.job == PBNG_POWER_NONE)
		return;
	snprintf(why, sizeof(why), "its change of power state has not ended in %u ms",
		 jiffies_to_msecs(jiffies - dev->reset.started));
	pbng_contain(dev, why);
}

void pbng_power_given(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	pbng_power_budget_init(&dev->power.budget, ktime_to_ms(ktime_get()));
	dev->power.told = false;
}

void pbng_power_stop(struct pbng_dev *dev)
{
	cancel_delayed_work_sync(&dev->idle);
}

/*
 * The PCI core does the rest: it saves what it finds, D3hot ends DMA, and resume
 * puts everything back, MSI included. The owner of a device cannot be asked: the
 * protocol has no word for it. Toolstacks pause or suspend guests before the host.
 */
static int host_suspends(struct device *device)
{
	struct pbng_dev *dev = dev_get_drvdata(device);

	pbng_power_stop(dev);
	/*
	 * The queue of those that hold hardware is frozen, so none works on the device. A wait
	 * here, where the PM core holds device_lock, would be for one that needs that lock.
	 */
	pbng_dev_lock(dev);
	if (!dev->reset.running)
		pbng_power_up_now(dev);
	pbng_dev_unlock(dev);
	return 0;
}

static int host_resumes(struct device *device)
{
	struct pbng_dev *dev = dev_get_drvdata(device);

	pbng_dev_lock(dev);
	if (!dev->own.owned)
		pbng_power_idle(dev);
	pbng_dev_unlock(dev);
	return 0;
}

const struct dev_pm_ops pbng_power_ops = {
	SYSTEM_SLEEP_PM_OPS(host_suspends, host_resumes)
};

// SPDX-License-Identifier: GPL-2.0
/* Workers that hold hardware, see hold.h. */
#include "hold.h"
#include "method.h"
#include "param.h"
#include "registry.h"

/* Unloading waits for the last of them. */
static struct workqueue_struct *holders;

unsigned long pbng_hold_timeout(void)
{
	return READ_ONCE(pbng_param_reset_timeout) * HZ;
}

void pbng_hold_begin_deadline(struct pbng_dev *dev, unsigned long wait)
{
	lockdep_assert_held(&dev->lock);
	dev->reset.started = jiffies + wait;
	dev->reset.deadline = dev->reset.started + pbng_hold_timeout();
	pbng_dev_delay(dev, holders, &dev->reset.overdue, wait + pbng_hold_timeout());
}

void pbng_hold_take(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	WRITE_ONCE(dev->reset.running, true);
}

void pbng_hold_queue(struct pbng_dev *dev, struct delayed_work *work, unsigned long wait)
{
	pbng_hold_take(dev);
	pbng_hold_begin_deadline(dev, wait);
	pbng_dev_delay(dev, holders, work, wait);
}

bool pbng_hold_hurry(struct delayed_work *work)
{
	/* Its reference stays the work's. */
	return cancel_delayed_work(work) && queue_delayed_work(holders, work, 0);
}

bool pbng_hold_next(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (!dev->reset.again)
		return false;
	dev->reset.again = false;
	if (!dev->own.owned)
		pbng_withdraw(dev);
	if (dev->reset.leaving)
		return false;

	pbng_hold_queue(dev, &dev->reset.work, 0);
	return true;
}

void pbng_hold_release(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	pbng_dev_undelay(dev, &dev->reset.overdue);
	WRITE_ONCE(dev->reset.running, false);
	wake_up_all(&dev->reset.settled);
}

bool pbng_hold_wait(struct pbng_dev *dev, unsigned long longest)
{
	return wait_event_timeout(dev->reset.settled, !READ_ONCE(dev->reset.running), longest);
}

int pbng_hold_init(void)
{
	/* Suspending the host waits for the running ones before it locks any device. */
	holders = alloc_workqueue(PBNG_DRIVER_NAME "_hardware", WQ_UNBOUND | WQ_FREEZABLE, 0);
	return holders ? 0 : -ENOMEM;
}

void pbng_hold_exit(void)
{
	destroy_workqueue(holders);
}

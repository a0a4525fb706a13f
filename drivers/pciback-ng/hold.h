/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hardware of a device: used under dev->lock, or held by one worker.
 *
 * A change of power state, a reset, enabling a device: each may last a minute, and takes locks
 * of the PCI core, pci_bus_sem above all. The AER thread calls us with that held, and asks
 * for dev->lock. So a worker does these, which holds the hardware (dev->reset.running) and
 * not the lock. Under the lock the hardware is used only while no worker holds it.
 *
 * A worker has a deadline (parameter reset_timeout). The device is quarantined then, all that
 * wait go on, and the worker ends when the PCI core does. What comes meanwhile and needs the
 * hardware, such as the reset of a device whose owner leaves, begins at its end.
 */
#ifndef PBNG_HOLD_H
#define PBNG_HOLD_H

#include "device.h"

/* Before the first and after the last device. Return: 0 or -ENOMEM. */
int pbng_hold_init(void);
void pbng_hold_exit(void);

/**
 * pbng_hold_take() - hold the hardware
 * @dev: the device, which no worker holds
 * Context: dev->lock held.
 */
void pbng_hold_take(struct pbng_dev *dev);

/**
 * pbng_hold_queue() - have a work done that holds the hardware, with a deadline
 * @dev: the device; the work gets a reference, and puts it
 * @work: the work, which begins when the caller has let go of dev->lock, and takes it
 *	  to give the hardware back
 * @wait: until it begins, in jiffies
 * Context: dev->lock held.
 */
void pbng_hold_queue(struct pbng_dev *dev, struct delayed_work *work, unsigned long wait);

/* What waits to begin begins now. Return: whether it had to wait. Context: dev->lock held. */
bool pbng_hold_hurry(struct delayed_work *work);

/* The deadline counts from now, or from @wait jiffies on. Context: dev->lock held. */
void pbng_hold_begin_deadline(struct pbng_dev *dev, unsigned long wait);

/**
 * pbng_hold_next() - begin the reset that was asked for meanwhile
 * @dev: the device, held
 * Context: dev->lock held.
 * Return: true when it has the hardware now; else pbng_hold_release() is to follow.
 */
bool pbng_hold_next(struct pbng_dev *dev);

/* Give the hardware back. Context: dev->lock held. */
void pbng_hold_release(struct pbng_dev *dev);

/**
 * pbng_hold_wait() - wait until no worker holds the hardware
 * @dev: the device
 * @longest: in jiffies
 * Context: process, no lock held.
 * Return: whether it is so.
 */
bool pbng_hold_wait(struct pbng_dev *dev, unsigned long longest);

/* How long a worker may hold it, in jiffies. */
unsigned long pbng_hold_timeout(void);

/* What follows may wait for hardware, and takes locks of the PCI core. */
static inline void pbng_hold_assert_may_wait(struct pbng_dev *dev)
{
	might_sleep();
	lockdep_assert_not_held(&dev->lock);
}

#endif /* PBNG_HOLD_H */

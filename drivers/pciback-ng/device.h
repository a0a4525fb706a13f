/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A claimed device: the one structure that everything here is about.
 *
 * Lock order, outermost first:
 *
 *   backends_lock	(xen/backend.c) which guests there are
 *   change_lock	(hide.c) an administrator hides or gives back devices
 *   device_lock	the driver core's; held around probe and remove
 *   pci_bus_sem		the PCI core's: held for reading while it calls our error handlers,
 *			taken by pci_set_power_state(), pci_enable_device(), pci_find_bus()
 *   pbng_dev.lock	this device: owner, hardware, virtual config space
 *   rules_lock		(rules.c), overlays_lock (overlay.c), quirks_lock and the
 *			quirks' own of each device (quirk.c), scratch_lock (config.c), outside
 *			of overlays_lock, and the xarrays' own (registry.c); pt-core's
 *			guards_lock, under which a guard takes its own, events_lock and
 *			identities_lock
 *
 * pbng_export.lock (xen/export.c), which devices a guest has, is taken with
 * none of them held and none is taken under it. Nobody waits for a guest while
 * holding any of them, with two exceptions that the cores force on us: a driver's
 * remove function, and its error handlers, are called with device_lock held. They
 * wait for the owner of that one device, a bounded time (claim.c, aer.c).
 *
 * With pbng_dev.lock held no code waits for hardware either, nor for pci_bus_sem: a worker
 * does that, which holds the hardware instead (hold.h), and no device_lock.
 * pbng_hold_assert_may_wait() has lockdep look. The PCI core itself takes device_lock under
 * pci_bus_sem (AER) and the other way round (probe), so binding and unbinding, which have
 * device_lock, wait for pci_bus_sem at their own risk, as those of any driver.
 *
 * An interrupt cannot try a mutex. So pbng_dev.lock has a gate, which is shut for as
 * long as it is held: an interrupt that finds it open may read what the lock protects,
 * and holds up whoever wants the lock until it is done. pbng_dev_lock() and its
 * relatives are the only way to take the lock. Locks of interrupts, outermost first:
 *
 *   pbng_export.last_lock, pbng_dev.gate
 */
#ifndef PBNG_DEVICE_H
#define PBNG_DEVICE_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pciback_ng.h>
#include <linux/pt_core.h>
#include <linux/ratelimit.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "aer_core.h"
#include "bdf.h"
#include "budget_core.h"
#include "config_core.h"
#include "owner_core.h"
#include "power_core.h"
#include "reset_core.h"
#include "rules.h"

#define PBNG_DRIVER_NAME	"pciback"	/* what the tools look for */
#define PBNG_HIDE_FILE		"/sys/bus/pci/drivers/" PBNG_DRIVER_NAME "/hide"
#define PBNG_STUB_NAME		"pci-stub"	/* the same for KVM hosts */

struct pbng_quirks;

#define PBNG_NO_OWNER		(-1)

struct pbng_frontend;

/**
 * struct pbng_frontend_ops - what a front-end can be asked for
 * @name: what pt-core knows it by
 * @ask: start to take a device from its owner; pbng_claim_unassign() tells when
 *	 that is done. Called with pbng_dev.lock held: it may start something and
 *	 must not wait. Which device is meant it finds by pbng_dev.asked.
 * @error: one step of the recovery from an error: what does the owner say? @virt is
 *	   where it sees the device, @answer is not checked. Waits, a bounded time,
 *	   without any lock of ours held. Return: 0; -ENOTCONN when the owner cannot be
 *	   reached; -EOPNOTSUPP when it does not want to know; -ETIMEDOUT when it said
 *	   nothing; -EBUSY when it has not said anything for longer.
 * @lost: the recovery has failed: tell the owner, if it can be told without a wait
 * @release: nobody has it any more
 */
struct pbng_frontend_ops {
	const char *name;
	void (*ask)(struct pbng_frontend *frontend);
	int (*error)(struct pbng_frontend *frontend, struct pbng_bdf virt,
		     enum pbng_aer_step step, enum pbng_aer_kind kind, s32 *answer);
	void (*lost)(struct pbng_frontend *frontend, struct pbng_bdf virt);
	void (*release)(struct pbng_frontend *frontend);
};

/**
 * struct pbng_frontend - what hands devices to one owner
 * @ref: holders: who made it, and who waits for an answer of it
 * @ops: what it can be asked for
 * @domid: the owner
 * @xdev: through what it is reached, when it is a domain of Xen; else NULL
 * @waits: its debt for the time that others have waited for its answers (aer.c)
 * @leaving: it goes and gets no further device
 * @given: when it got its last device, in jiffies (aside.c)
 * @connected: its guest has taken up its first devices: it is built (aside.c)
 *
 * Lives at least as long as it has a device.
 */
struct pbng_frontend {
	struct kref ref;
	const struct pbng_frontend_ops *ops;
	int domid;
	struct xenbus_device *xdev;
	struct pbng_budget waits;
	bool leaving;
	unsigned long given;
	bool connected;
};

/* From pbng_dev.frontend with pbng_dev.lock held. */
static inline struct pbng_frontend *pbng_frontend_get(struct pbng_frontend *frontend)
{
	kref_get(&frontend->ref);
	return frontend;
}

static inline void pbng_frontend_free(struct kref *ref)
{
	struct pbng_frontend *frontend = container_of(ref, struct pbng_frontend, ref);

	frontend->ops->release(frontend);
}

static inline void pbng_frontend_put(struct pbng_frontend *frontend)
{
	kref_put(&frontend->ref, pbng_frontend_free);
}

/**
 * struct pbng_intx - the stand-in handler for a guest's INTx line
 * @irq: the line, 0 when no handler is installed
 * @ack: whether the handler says that the interrupt was ours
 * @alone: no other domain has the line, what comes may be the device's
 * @wanted: the guest has the device enabled
 * @handled: interrupts seen
 * @name: as shown in /proc/interrupts
 *
 * @ack, @alone and @handled are used by the handler; the rest is under pbng_dev.lock.
 */
struct pbng_intx {
	unsigned int irq;
	bool ack;
	bool alone;
	bool wanted;
	unsigned int handled;
	char name[32];
};

/**
 * struct pbng_last_reset - how the last reset went
 * @any: there was one
 * @err: 0, or why it failed
 * @way: enum pbng_reset_way that worked, PBNG_RESET_WAYS for none
 * @took_ms: how long it took
 */
struct pbng_last_reset {
	bool any;
	int err;
	unsigned int way;
	unsigned int took_ms;
};

/**
 * enum pbng_reset_by - who wants a reset
 * @PBNG_BY_TOOLS: a toolstack, before and after a device is somebody's
 * @PBNG_BY_GUEST: its owner, in its function's own registers
 * @PBNG_BY_ADMIN: a person, who knows what else shares the bus
 */
enum pbng_reset_by {
	PBNG_BY_TOOLS,
	PBNG_BY_GUEST,
	PBNG_BY_ADMIN,
};

/**
 * struct pbng_reset - a device's resets, see reset.h
 * @work: resets it, at once or when a guest has paid for its last ones
 * @flrs: its owner's debt for FLRs
 * @overdue: looks whether the holder of the hardware has ended in time
 * @settled: where one waits for another state than RESETTING, and for @running to end
 * @order: what is tried
 * @running: a worker holds the hardware (hold.h), for a reset or a change of power state
 * @foreign: that worker is the PCI core, see reset_foreign.h
 * @again: a reset is wanted when that ends: its owner has left, or power.job was first
 * @leaving: it is being unbound: no further reset
 * @used: it has had an owner since it was fit last
 * @sick: it was quarantined, and no reset has worked since; pt-core keeps that when our
 *	  driver is unbound
 * @by: who wants it
 * @was: enum pbng_reset_was, when it began
 * @from: the domain that has left it last, or PBNG_NO_OWNER
 * @waits: that domain has a function of its bus yet, and leaves it next
 * @started: when it began, in jiffies
 * @deadline: when those who wait will wait no longer
 * @events: limits events of resets that its owner wants
 * @count: resets that were done
 * @last: how the last one went
 * @untold: the next event of the state says that
 */
struct pbng_reset {
	struct delayed_work work;
	struct pbng_budget flrs;
	struct delayed_work overdue;
	wait_queue_head_t settled;
	struct pbng_reset_order order;
	bool running;
	bool foreign;
	bool again;
	bool leaving;
	bool used;
	bool sick;
	enum pbng_reset_by by;
	unsigned int was;
	int from;
	bool waits;
	unsigned long started;
	unsigned long deadline;
	struct ratelimit_state events;
	unsigned int count;
	struct pbng_last_reset last;
	bool untold;
};

enum pbng_power_job {
	PBNG_POWER_NONE,
	PBNG_POWER_STATE,	/* another power state */
	PBNG_POWER_ENABLE,	/* pci_enable_device() */
};

/**
 * struct pbng_power - the power state of a device, see power.h
 * @work: does @job, and holds the hardware meanwhile
 * @job: enum pbng_power_job, begun and not ended
 * @state: where a change leads to
 * @err: how the last one went
 * @wiped: its link was reset meanwhile
 * @told: the log says that its owner's budget is spent
 * @budget: what its owner has left
 * @saved: what its owner had in a function in D3hot that will forget it, or NULL; for
 *	   the holder of the hardware
 */
struct pbng_power {
	struct delayed_work work;
	enum pbng_power_job job;
	pci_power_t state;
	int err;
	bool wiped;
	bool told;
	struct pbng_power_budget budget;
	struct pci_saved_state *saved;
};

/**
 * struct pbng_aer - errors of one device
 * @count: so many since it was claimed; of those with a recovery also the ones of
 *	   neighbours behind the same port
 * @kind: of the last recovery
 * @result: how it went
 * @assignment: who takes part in it, as pbng_dev.assignments counts, or 0
 * @torn_down: its owner's driver has taken down what a reset would have to bring back
 * @saved: the configuration before the reset of the link
 * @give_up: when nothing follows for too long; holds a reference while it is pending
 * @events: limits uevents
 * @looked: @reports is known
 * @reports: the ports above tell Linux
 * @released: the device's registers are not ours any more
 * @masked: it counts for the root port above (aer_port.c)
 *
 * @kind and @result change in callbacks of the PCI core only, which come one by one,
 * but for the end of a recovery. All that changes does so under pbng_dev.lock.
 */
struct pbng_aer {
	unsigned int count[PBNG_AER_KINDS];
	enum pbng_aer_kind kind;
	enum pbng_aer_result result;
	unsigned int assignment;
	bool torn_down;
	struct pci_saved_state *saved;
	struct delayed_work give_up;
	struct ratelimit_state events;
	bool looked;
	bool reports;
	bool released;
	bool masked;
};

/**
 * struct pbng_dev - a device that is bound to our driver, or was
 * @ref: holders: the registry (from probe to remove) and every export
 * @pdev: the device; valid as long as @ref is held, usable until PBNG_GONE
 * @bdf: its address, constant
 * @rule: the rule that made it ours, constant
 * @lock: protects everything below; see pbng_dev_lock()
 * @gate: held while @locked changes, and by an interrupt while it reads
 * @locked: @lock is held
 * @own: its state; own.state may be read without the lock, to be shown
 * @frontend: who has it, while own.owned
 * @owner: its domain, or PBNG_NO_OWNER; may be read without the lock
 * @asked: the owner was asked to give it back
 * @deadline: until when it may, in jiffies
 * @let_go: completed when it has
 * @has_virt: the owner sees it on a virtual bus
 * @virt: at this address
 * @saved: the configuration at claim time, put back after every reset
 * @policy: of a guest's writes to configuration space
 * @cfg: the virtual configuration space, NULL until pbng_config_need() and after removal
 * @overlay: what other modules have laid over it
 * @overlay_epoch: as of then
 * @allow_intr: the owner may toggle interrupt enable bits by itself
 * @intx: the stand-in INTx handler
 * @gsi: of its line in a PVH dom0, or why it has none; set at claim, read without the lock
 * @unknown_to_xen: a PVH dom0's Xen did not take it (xen/physdev.c)
 * @asleep: it is in D3hot, unassigned; for the holder of the hardware
 * @idle: puts it to sleep
 * @power: changes of its power state
 * @reset: its resets
 * @quirk: what is to be put back after a reset (quirk.c), from claim to release
 * @msi_refused: how often its owner could not have MSIs
 * @msi_again: when it may ask again, in jiffies
 * @failed_ops: operations of its owner that failed, of those that are logged
 * @assignments: how often it was given to somebody
 * @aer: its errors
 * @aside: it leaves our driver, and nobody is given it
 * @leaves: the same for a VF whose PF loses its driver
 * @alone: those with its requester id were set aside as of this number of changes (aside.c)
 */
struct pbng_dev {
	struct kref ref;
	struct pci_dev *pdev;
	struct pbng_bdf bdf;
	struct pbng_rule_match rule;

	struct mutex lock;	/* see the order above; protects what follows */
	spinlock_t gate;	/* see there, too */
	bool locked;
	struct pbng_ownership own;
	struct pbng_frontend *frontend;
	int owner;
	bool asked;
	unsigned long deadline;
	struct completion let_go;
	bool has_virt;
	struct pbng_bdf virt;
	struct pci_saved_state *saved;
	enum pbng_policy policy;
	struct pbng_cfg *cfg;
	struct pbng_overlay_use overlay[PBNG_CFG_MAX_OVERLAYS];
	unsigned int overlay_epoch;
	bool allow_intr;
	struct pbng_intx intx;
	int gsi;
	bool unknown_to_xen;
	bool asleep;
	struct delayed_work idle;
	struct pbng_power power;
	struct pbng_reset reset;
	struct pbng_quirks *quirk;
	unsigned int msi_refused;
	unsigned long msi_again;
	unsigned int failed_ops;
	unsigned int assignments;
	struct pbng_aer aer;
	bool aside;
	bool leaves;
	int alone;
};

/* device_lock() of the PCI device, which resets and remove() want held. */
static inline void pbng_dev_assert_device_lock(struct pbng_dev *dev)
{
	device_lock_assert(&dev->pdev->dev);
}

static inline void pbng_dev_shut(struct pbng_dev *dev, bool locked)
{
	spin_lock_irq(&dev->gate);
	dev->locked = locked;
	spin_unlock_irq(&dev->gate);
}

static inline void pbng_dev_lock_init(struct pbng_dev *dev)
{
	mutex_init(&dev->lock);
	spin_lock_init(&dev->gate);
}

static inline void pbng_dev_lock(struct pbng_dev *dev)
{
	mutex_lock(&dev->lock);
	pbng_dev_shut(dev, true);
}

static inline bool pbng_dev_trylock(struct pbng_dev *dev)
{
	if (!mutex_trylock(&dev->lock))
		return false;
	pbng_dev_shut(dev, true);
	return true;
}

static inline void pbng_dev_unlock(struct pbng_dev *dev)
{
	pbng_dev_shut(dev, false);
	mutex_unlock(&dev->lock);
}

/* In an interrupt: may we read? */
static inline bool pbng_dev_try_enter(struct pbng_dev *dev)
{
	if (!spin_trylock(&dev->gate))
		return false;
	if (!dev->locked)
		return true;
	spin_unlock(&dev->gate);
	return false;
}

static inline void pbng_dev_leave(struct pbng_dev *dev)
{
	spin_unlock(&dev->gate);
}

/* The lock is held, or an interrupt is within the gate. */
static inline void pbng_dev_assert_readable(struct pbng_dev *dev)
{
	lockdep_assert(lockdep_is_held(&dev->lock) ||
		       lockdep_is_held(&dev->gate));
}

static inline bool pbng_dev_gone(const struct pbng_dev *dev)
{
	return READ_ONCE(dev->own.state) == PBNG_GONE;
}

static inline struct pbng_bdf pbng_bdf_of(struct pci_dev *pdev)
{
	return (struct pbng_bdf) {
		.domain = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
}

#endif /* PBNG_DEVICE_H */

// SPDX-License-Identifier: GPL-2.0
/* Devices set aside for the sake of their requester id, see aside.h. */
#include <linux/pt_core.h>

#include "aside.h"
#include "contain.h"
#include "hidden.h"
#include "registry.h"

/*
 * A toolstack gives one guest several devices, one after the other, and looks for each in our
 * folder just before: so long after the last one the others of a bridge stay there. While it
 * builds a domain, which it lets run behind the last device, a busy dom0 may take longer for
 * each; how far an HVM guest is does not show.
 */
#define AFTER	(3 * HZ)
#define AFTER_IN_DOMAIN_BUILD	(10 * HZ)

/* While one is being reset nothing goes and nothing comes. */
#define AGAIN	HZ

/* So many devices have an owner: where none has, claiming thousands need not look at each. */
static atomic_t owned;

/* Changes with everything that can make it necessary to set aside. */
static atomic_t changes = ATOMIC_INIT(1);

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, look);

/* Frozen with all that binds drivers while the host sleeps. */
static void look_in(unsigned long delay)
{
	queue_delayed_work(system_freezable_wq, &look_work, delay);
}

static void look_now(void)
{
	atomic_inc(&changes);
	mod_delayed_work(system_freezable_wq, &look_work, 0);
}

/* A VF's requester id is its own, and a bridge is given to nobody. */
static bool can_share(const struct pci_dev *pdev)
{
	return !pdev->is_virtfn && pdev->hdr_type == PCI_HEADER_TYPE_NORMAL;
}

static bool shares(struct pci_dev *pdev, struct pbng_dev *dev, char *why)
{
	return dev->pdev != pdev && can_share(dev->pdev) &&
	       pt_share_requester(pdev, dev->pdev, why);
}

/**
 * user_of() - a device that has an owner, and the requester id of another
 * @pdev: that other one
 * @why: PT_WHY_MAX bytes: by what they share it
 *
 * Return: the device with a reference, or NULL.
 */
static struct pbng_dev *user_of(struct pci_dev *pdev, char *why)
{
	struct pbng_dev *dev;
	unsigned long key = 0;

	if (!atomic_read(&owned) || !can_share(pdev))
		return NULL;
	while ((dev = pbng_registry_next(&key))) {
		if (READ_ONCE(dev->owner) != PBNG_NO_OWNER && shares(pdev, dev, why))
			return dev;
		pbng_dev_put(dev);
		key++;
	}
	return NULL;
}

bool pbng_aside_blocks(struct pci_dev *pdev)
{
	char why[PT_WHY_MAX];
	struct pbng_dev *user = user_of(pdev, why);

	if (!user)
		return false;
	pci_warn(pdev, "not assignable while domain %d has %s: %s; for that same domain: echo '%s force' >"
		 PBNG_HIDE_FILE "\n",
		 READ_ONCE(user->owner), pci_name(user->pdev), why, pci_name(pdev));
	pbng_dev_put(user);
	return true;
}

int pbng_aside_check(struct pci_dev *pdev)
{
	struct pbng_hidden *h = pbng_hidden_get(pdev);
	bool blocked = !(h && h->forced) && pbng_aside_blocks(pdev);

	device_lock_assert(&pdev->dev);
	/* Only where no other driver can have it meanwhile. */
	if (blocked && h && *h->override.now)
		h->aside = true;
	pbng_hidden_put(h);
	return blocked ? -EBUSY : 0;
}

int pbng_aside_force(struct pci_dev *pdev)
{
	struct pbng_dev *user;
	struct pbng_hidden *h;
	char why[PT_WHY_MAX];

	user = user_of(pdev, why);
	if (!user)
		return 0;
	pbng_dev_put(user);

	h = pbng_hidden_get_new(pdev);
	if (!h)
		return -ENOMEM;
	device_lock(&pdev->dev);
	h->forced = true;
	device_unlock(&pdev->dev);
	pbng_hidden_put(h);
	return 0;
}

bool pbng_aside_has(struct pci_dev *pdev)
{
	struct pbng_hidden *h = pbng_hidden_get(pdev);
	bool aside;

	if (!h)
		return false;
	device_lock(&pdev->dev);
	aside = h->aside;
	device_unlock(&pdev->dev);
	if (aside)
		pci_err(pdev, "set aside: a guest has a device with its requester id\n");
	pbng_hidden_put(h);
	return aside;
}

/* From here on nobody is given it. Return: 1: it goes, 0: it stays, -EBUSY: later, perhaps. */
static int begin_locked(struct pbng_hidden *h, struct pbng_dev *dev)
{
	int goes = 0;

	device_lock_assert(&h->pdev->dev);
	if (h->forced || dev->rule.stub || pci_get_drvdata(h->pdev) != dev)
		return 0;
	pbng_dev_lock(dev);
	if (dev->own.state == PBNG_RESETTING)
		goes = -EBUSY;
	else if (!dev->own.owned)
		goes = pbng_override_set_locked(h->pdev, &h->override, PBNG_DRIVER_NAME) ?
		       -EBUSY : 1;
	dev->aside = goes > 0;
	pbng_dev_unlock(dev);
	h->aside = goes > 0;
	return goes;
}

/* An administrator may have given it back meanwhile, and its driver bound: let that go on. */
static void attach_if_given_back(struct pbng_hidden *h)
{
	bool lost;

	device_lock(&h->pdev->dev);
	lost = !h->aside && !h->pdev->dev.driver;
	device_unlock(&h->pdev->dev);
	if (lost && device_attach(&h->pdev->dev) < 0)
		pci_warn(h->pdev, "no driver takes it\n");
}

/* Return: whether to come again. */
static bool set_aside(struct pbng_dev *dev, struct pbng_dev *user, const char *why)
{
	struct pbng_hidden *h = pbng_hidden_get_new(dev->pdev);
	int goes;

	if (!h)
		return true;
	device_lock(&dev->pdev->dev);
	goes = begin_locked(h, dev);
	device_unlock(&dev->pdev->dev);
	if (goes > 0) {
		device_release_driver(&dev->pdev->dev);
		attach_if_given_back(h);
		pci_info(dev->pdev, "not assignable any more while domain %d has %s: %s\n",
			 READ_ONCE(user->owner), pci_name(user->pdev), why);
	}
	pbng_hidden_put(h);
	return goes < 0;
}

/* Return: whether to come again. */
static bool set_others_aside(struct pbng_dev *user)
{
	char why[PT_WHY_MAX];
	struct pbng_dev *dev;
	unsigned long key = 0;
	bool again = false;

	if (!can_share(user->pdev))
		return false;
	while ((dev = pbng_registry_next(&key))) {
		if (READ_ONCE(dev->owner) == PBNG_NO_OWNER && shares(user->pdev, dev, why))
			again |= set_aside(dev, user, why);
		pbng_dev_put(dev);
		key++;
	}
	return again;
}

static void bring_back(struct pbng_hidden *h)
{
	bool comes;

	device_lock(&h->pdev->dev);
	h->forced = false;
	comes = h->aside && !h->pdev->dev.driver;
	h->aside = false;
	device_unlock(&h->pdev->dev);
	/* The override, there since it went, names our driver alone. */
	if (comes && device_attach(&h->pdev->dev) != 1)
		pci_err(h->pdev, "was set aside and cannot be claimed again\n");
}

/*
 * Is one with its requester id being reset, or about to be? A reset of their bus would find
 * it being bound. The lock is held from the end of an owner to the beginning of the reset.
 */
static bool must_wait(struct pci_dev *pdev)
{
	char why[PT_WHY_MAX];
	struct pbng_dev *dev;
	unsigned long key = 0;
	bool wait = false;

	while (!wait && (dev = pbng_registry_next(&key))) {
		if (shares(pdev, dev, why)) {
			pbng_dev_lock(dev);
			wait = dev->own.state == PBNG_RESETTING;
			pbng_dev_unlock(dev);
		}
		pbng_dev_put(dev);
		key++;
	}
	return wait;
}

/* Return: whether to come again. */
static bool bring_others_back(void)
{
	char why[PT_WHY_MAX];
	struct pbng_hidden *h;
	struct pbng_dev *user;
	unsigned long key = 0;
	bool again = false;

	while ((h = pbng_hidden_next(&key))) {
		if (READ_ONCE(h->aside) || READ_ONCE(h->forced)) {
			user = user_of(h->pdev, why);
			if (user)
				pbng_dev_put(user);
			else if (must_wait(h->pdev))
				again = true;
			else
				bring_back(h);
		}
		pbng_hidden_put(h);
		key++;
	}
	return again;
}

static unsigned long after(const struct pbng_frontend *frontend)
{
	return READ_ONCE(frontend->connected) ? AFTER : AFTER_IN_DOMAIN_BUILD;
}

/* Return: when to look again, in jiffies from now; 0: not for this one. */
static unsigned long keep_alone(struct pbng_dev *dev)
{
	int now = atomic_read(&changes);
	long left = 0;
	bool due;

	if (READ_ONCE(dev->owner) == PBNG_NO_OWNER)
		return 0;
	pbng_dev_lock(dev);
	due = dev->own.owned && dev->alone != now;
	if (due)
		left = dev->frontend->given + after(dev->frontend) - jiffies;
	pbng_dev_unlock(dev);
	if (!due)
		return 0;
	if (left > 0)
		return left;

	if (set_others_aside(dev))
		return AGAIN;
	pbng_dev_lock(dev);
	dev->alone = now;
	pbng_dev_unlock(dev);
	return 0;
}

static void look(struct work_struct *work)
{
	unsigned long key = 0, next, left;
	struct pbng_dev *dev;

	next = bring_others_back() ? AGAIN : 0;
	while ((dev = pbng_registry_next(&key))) {
		left = keep_alone(dev);
		if (left && (!next || left < next))
			next = left;
		pbng_dev_put(dev);
		key++;
	}
	if (next)
		look_in(next);
}

void pbng_aside_given(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	atomic_inc(&owned);
	atomic_inc(&changes);
	dev->frontend->given = jiffies;
	look_in(AFTER);
}

void pbng_aside_connected(struct pbng_frontend *frontend)
{
	if (READ_ONCE(frontend->connected))
		return;
	WRITE_ONCE(frontend->connected, true);
	/* Sooner than what pbng_aside_given() has put off. */
	mod_delayed_work(system_freezable_wq, &look_work, 0);
}

/* The word that forces it was for one owner. */
static void forget_force(struct pci_dev *pdev)
{
	struct pbng_hidden *h = pbng_hidden_get(pdev);

	if (h)
		WRITE_ONCE(h->forced, false);
	pbng_hidden_put(h);
}

void pbng_aside_returned(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	atomic_dec(&owned);
	forget_force(dev->pdev);
	look_now();
}

void pbng_aside_claimed(void)
{
	if (!atomic_read(&owned))
		return;
	/* It may have been on its way here when the look was that set the others aside. */
	atomic_inc(&changes);
	look_in(AFTER);
}

static void contain(struct pbng_dev *dev, struct pci_dev *given, int domid)
{
	char why[PT_WHY_MAX];

	scnprintf(why, sizeof(why), "Xen gave domain %d its requester id with %s", domid,
		  pci_name(given));
	pbng_dev_lock(dev);
	if (dev->own.owned && dev->own.state != PBNG_QUARANTINED && !pbng_contain_now(dev, why))
		pci_err(dev->pdev, "domain %d has no DMA of it any more; it has to be started again\n",
			dev->owner);
	pbng_dev_unlock(dev);
}

void pbng_aside_too_late(struct pci_dev *pdev, int domid)
{
	char why[PT_WHY_MAX];
	struct pbng_dev *other;
	unsigned long key = 0;
	int owner;

	if (!can_share(pdev))
		return;
	while ((other = pbng_registry_next(&key))) {
		owner = READ_ONCE(other->owner);
		if (owner != PBNG_NO_OWNER && owner != domid && shares(pdev, other, why))
			contain(other, pdev, domid);
		pbng_dev_put(other);
		key++;
	}
}

static int guards_changed(struct notifier_block *nb, unsigned long action, void *data)
{
	look_now();
	return NOTIFY_OK;
}

static struct notifier_block guards_notifier = { .notifier_call = guards_changed };

void pbng_aside_init(void)
{
	pt_guards_notifier_register(&guards_notifier);
}

void pbng_aside_exit(void)
{
	pt_guards_notifier_unregister(&guards_notifier);
	cancel_delayed_work_sync(&look_work);
}

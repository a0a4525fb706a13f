// SPDX-License-Identifier: GPL-2.0
/* The changes of ownership, see claim.h. */
#include <linux/module.h>
#include <linux/slab.h>

#include "aer.h"
#include "aer_port.h"
#include "aside.h"
#include "claim.h"
#include "config.h"
#include "contain.h"
#include "hold.h"
#include "method.h"
#include "overlay.h"
#include "owner.h"
#include "power.h"
#include "quirk.h"
#include "registry.h"
#include "reset.h"
#include "reset_group.h"
#include "trace.h"
#include "xen/gsi.h"
#include "xen/physdev.h"

/* How long an owner may take to give a device back before it is taken. */
#define LET_GO	(5 * HZ)

/* What waits for a device looks so often whether the owner that it is for is still there. */
#define LOOK_AGAIN	(HZ / 5)

static struct pbng_dev *dev_alloc(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pbng_dev_alloc();

	if (!dev)
		return NULL;
	kref_init(&dev->ref);
	pbng_dev_lock_init(dev);
	init_completion(&dev->let_go);
	pbng_reset_setup(dev);
	pbng_power_init(dev);
	pbng_aer_init(dev);
	dev->pdev = pci_dev_get(pdev);
	dev->bdf = pbng_bdf_of(pdev);
	dev->owner = PBNG_NO_OWNER;
	dev->gsi = -ENOENT;
	snprintf(dev->intx.name, sizeof(dev->intx.name), PBNG_DRIVER_NAME "[%s]",
		 pci_name(pdev));
	return dev;
}

/* The device as the host left it becomes the device as guests will find it. */
static int make_ready(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	int err;

	/* What a dead device reads as is nothing to put back later. */
	if (!pci_device_is_present(pdev))
		return dev_err_probe(&pdev->dev, -ENODEV, "does not answer\n");
	/* Enabling also finds out which IRQ the device really has. */
	err = pci_enable_device(pdev);
	if (err)
		return dev_err_probe(&pdev->dev, err, "cannot be enabled\n");
	pbng_physdev_claim(dev);
	pbng_physdev_prepare_msix(pdev);
	pbng_gsi_claim(dev);
	pci_save_state(pdev);
	dev->saved = pci_store_saved_state(pdev);
	if (!dev->saved) {
		err = -ENOMEM;
		goto err_disable;
	}
	err = pbng_quirk_claim(dev);
	if (err)
		goto err_saved;
	/* What it was when our driver was unbound, it is. */
	dev->reset.sick = pt_is_unfit(pdev);
	pbng_owner_happens(dev, PBNG_CLAIM);
	pbng_reset_judge(dev, pbng_reset_now(dev));
	pbng_restore(dev);
	err = pbng_config_claim(dev);
	if (err)
		goto err_quirk;
	pbng_quiesce(dev);
	return 0;

err_quirk:
	pbng_quirk_release(dev);
err_saved:
	kfree(dev->saved);
	dev->saved = NULL;
err_disable:
	pbng_physdev_release_msix(pdev);
	pci_disable_device(pdev);
	return err;
}

/*
 * Whether it is fit is for the next time that it is claimed. What was pulled out without an
 * owner has lost its power, and with it whatever was wrong.
 */
static void keep_fitness(struct pbng_dev *dev, int err)
{
	/* Unbinding does not reset a bus. The next reset after a claim does. */
	if (err == -ENOTTY && pbng_group_can_be_reset(dev->pdev))
		err = -EBUSY;
	if (!pbng_reset_is_fit(err, dev->reset.was) && (err != -ENODEV || dev->reset.used))
		pt_set_unfit(dev->pdev, true);
	else if (!err || err == -EOPNOTSUPP)
		pt_set_unfit(dev->pdev, false);
}

/* Back to what make_ready() found. */
static void make_unready(struct pbng_dev *dev)
{
	int err;

	pbng_aer_release(dev);
	pbng_withdraw(dev);
	err = pbng_reset_now(dev);
	keep_fitness(dev, err);
	if (err && err != -ENOTTY && err != -EOPNOTSUPP && err != -ENODEV)
		pci_warn(dev->pdev, "goes back without a reset: %pe\n", ERR_PTR(err));
	if (err != -ENODEV)
		pbng_restore(dev);
	pbng_quirk_release(dev);
	kfree(dev->saved);
	dev->saved = NULL;
	pbng_physdev_release_msix(dev->pdev);
	pbng_config_destroy(dev);
	/* Through a bridge others do their DMA. */
	if (dev->pdev->hdr_type == PCI_HEADER_TYPE_NORMAL)
		pci_clear_master(dev->pdev);
}

int pbng_claim_begin(struct pci_dev *pdev, const struct pbng_rule_match *rule)
{
	struct pbng_dev *dev;
	int err;

	dev = dev_alloc(pdev);
	if (!dev)
		return -ENOMEM;
	dev->rule = *rule;
	pbng_dev_lock(dev);
	pci_set_drvdata(pdev, dev);
	err = make_ready(dev);
	if (err)
		goto err_put;
	err = pbng_registry_insert(dev);
	if (err)
		goto err_unready;
	pbng_power_idle(dev);
	pbng_dev_unlock(dev);
	pbng_aside_claimed();
	pci_info(pdev, "claimed\n");
	return 0;

err_unready:
	make_unready(dev);
err_put:
	pci_set_drvdata(pdev, NULL);
	pbng_dev_unlock(dev);
	pbng_dev_put(dev);
	return err;
}

/* What has to go before the reset and needs none. Then it is nobody's. */
static void part(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	pbng_aer_port_unmask(dev);
	pbng_overlay_taken(dev);
	/* Else whoever has the hardware does it when he gives it back. */
	if (!dev->reset.running)
		pbng_withdraw(dev);
	dev->frontend = NULL;
	dev->reset.from = dev->owner;
	WRITE_ONCE(dev->owner, PBNG_NO_OWNER);
	dev->allow_intr = false;
	dev->has_virt = false;
	pbng_config_hand_over(dev);
	pbng_aside_returned(dev);
}

static void ask(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (!dev->own.owned || dev->asked)
		return;
	trace_pbng_ask(dev);
	pci_info(dev->pdev, "asking domain %d to give it back\n", dev->owner);
	dev->deadline = jiffies + LET_GO;
	WRITE_ONCE(dev->asked, true);
	dev->frontend->ops->ask(dev->frontend);
}

/*
 * The owner gets a chance to let go by itself. It needs neither device_lock nor
 * dev->lock for it, see pbng_claim_unassign().
 */
static void ask_and_wait(struct pbng_dev *dev)
{
	long left;

	ask(dev);
	left = (long)(dev->deadline - jiffies);
	pbng_dev_unlock(dev);
	if (left > 0)
		wait_for_completion_timeout(&dev->let_go, left);
	pbng_dev_lock(dev);
	if (!dev->own.owned)
		return;
	pci_warn(dev->pdev, "taken from domain %d, which did not let go of it in time\n",
		 dev->owner);
	part(dev);
	/* It has no front-end: in no state may an error look for one. */
	pbng_owner_happens(dev, PBNG_TAKE_BACK);
	module_put(THIS_MODULE);
}

void pbng_claim_end(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pci_get_drvdata(pdev);

	pbng_dev_lock(dev);
	if (dev->own.owned)
		ask_and_wait(dev);
	pbng_dev_unlock(dev);
	/* Until then a reset may end, and have it sleep afterwards. */
	pbng_reset_stop(dev);
	pbng_power_stop(dev);
	pbng_dev_lock(dev);
	pbng_power_up_now(dev);
	make_unready(dev);
	pbng_owner_happens(dev, PBNG_REMOVE);
	pci_set_drvdata(pdev, NULL);
	pbng_dev_unlock(dev);
	pbng_registry_erase(dev);
	pbng_dev_put(dev);
	pci_info(pdev, "released\n");
}

/* With the answer yes the module is held. */
static int may_have(struct pbng_dev *dev, struct pbng_frontend *frontend)
{
	struct pbng_ownership then = dev->own;
	int err;

	if (dev->own.owned && dev->frontend == frontend)
		return -EEXIST;
	if (dev->pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return -EPERM;
	if (dev->reset.leaving || dev->aside || dev->leaves)
		return -ENODEV;
	if (READ_ONCE(frontend->leaving))
		return -ESHUTDOWN;
	err = pbng_owner_event(&then, PBNG_GIVE);
	if (err)
		return err;
	/* It did not become awake in time. */
	if (dev->reset.running || dev->asleep)
		return -EBUSY;
	return try_module_get(THIS_MODULE) ? 0 : -ENODEV;
}

/* Does a worker hold the hardware of an unassigned device, before its deadline? */
static bool is_held(struct pbng_dev *dev)
{
	switch (READ_ONCE(dev->own.state)) {
	case PBNG_RESETTING:
		return !READ_ONCE(dev->own.owned);
	case PBNG_CLAIMED:
		return READ_ONCE(dev->reset.running);
	default:
		return false;
	}
}

/*
 * A toolstack that has a device given away goes on to the next function of the same
 * card, and the reset of that one may take this one along. A device that sleeps is woken.
 * With the lock held again it may be too late all the same: may_have() looks. For an owner
 * that goes itself nothing is waited for.
 */
static void lock_awake(struct pbng_dev *dev, struct pbng_frontend *frontend)
{
	unsigned long end = jiffies + 2 * pbng_hold_timeout();
	bool late;

	for (;;) {
		late = time_after(jiffies, end) || READ_ONCE(frontend->leaving);
		pbng_dev_lock(dev);
		if (late || dev->reset.leaving ||
		    (!is_held(dev) && (dev->own.state != PBNG_CLAIMED || pbng_power_wake(dev))))
			return;
		pbng_dev_unlock(dev);
		wait_event_timeout(dev->reset.settled, !is_held(dev), LOOK_AGAIN);
	}
}

/* Everybody who has a say is asked, and the hardware is made ready for it. */
static int make_owned(struct pbng_dev *dev, struct pbng_frontend *frontend, char *why)
{
	const struct pt_owner owner = { frontend->ops->name, frontend->domid };
	int err;

	err = pt_give(dev->pdev, &owner, why);
	if (err)
		return err;
	err = pbng_physdev_set_owner(dev->pdev, frontend->domid);
	if (err)
		goto err_take;
	/* It may have been masked, see pbng_mask_line(). */
	pci_intx(dev->pdev, 1);
	err = pbng_config_refresh(dev);
	if (!err)
		err = pbng_cfg_pin(dev->cfg);
	if (err)
		goto err_owner;
	return 0;

err_owner:
	pbng_physdev_clear_owner(dev->pdev);
	pbng_power_idle(dev);
err_take:
	pt_take(dev->pdev);
	return err;
}

int pbng_claim_assign(struct pbng_dev *dev, struct pbng_frontend *frontend, char *why)
{
	int err;

	why[0] = '\0';
	lock_awake(dev, frontend);
	err = may_have(dev, frontend);
	if (err)
		goto out;
	err = make_owned(dev, frontend, why);
	if (err) {
		module_put(THIS_MODULE);
		goto out;
	}
	pci_set_dev_assigned(dev->pdev);
	dev->frontend = frontend;
	WRITE_ONCE(dev->owner, frontend->domid);
	dev->reset.from = PBNG_NO_OWNER;
	dev->failed_ops = 0;
	dev->msi_refused = 0;
	pbng_power_given(dev);
	dev->assignments++;
	pbng_aer_port_mask(dev);
	pbng_owner_happens(dev, PBNG_GIVE);
	pbng_overlay_given(dev);
	pbng_aside_given(dev);
out:
	pbng_dev_unlock(dev);
	return err;
}

void pbng_claim_set_virt(struct pbng_dev *dev, struct pbng_bdf virt)
{
	pbng_dev_lock(dev);
	if (dev->own.owned) {
		dev->virt = virt;
		dev->has_virt = true;
	}
	pbng_dev_unlock(dev);
}

int pbng_claim_set_policy(struct pbng_dev *dev, enum pbng_policy policy)
{
	enum pbng_policy old;
	int err = -ENODEV;

	pbng_dev_lock(dev);
	if (pbng_dev_gone(dev))
		goto out;
	old = dev->policy;
	pbng_config_set_policy(dev, policy);
	/* A device that sleeps is pinned when it gets an owner, and so is one without a space. */
	err = !dev->cfg || dev->asleep || dev->reset.running ? 0 : pbng_cfg_pin(dev->cfg);
	if (policy == PBNG_POLICY_PERMISSIVE && old != policy)
		pci_warn(dev->pdev, "permissive until its owner changes: the guest may write registers that nobody has checked\n");
out:
	pbng_dev_unlock(dev);
	return err;
}

int pbng_claim_contain(struct pbng_dev *dev, const char *why)
{
	int err;

	pbng_dev_lock(dev);
	err = pbng_contain(dev, why);
	pbng_dev_unlock(dev);
	return err;
}

void pbng_claim_unassign(struct pbng_dev *dev, struct pbng_frontend *frontend,
			 unsigned long end)
{
	bool asked;

	pbng_dev_lock(dev);
	if (dev->frontend != frontend) {
		pbng_dev_unlock(dev);
		return;
	}
	part(dev);
	asked = dev->asked;
	if (asked)
		pbng_owner_happens(dev, PBNG_TAKE_BACK);
	else
		pbng_reset_take_back(dev);
	pbng_dev_unlock(dev);
	/* Who asked holds device_lock, and goes on with the reset. */
	if (asked)
		complete_all(&dev->let_go);
	else if (time_before(jiffies, end))
		pbng_reset_wait(dev, end - jiffies);
	module_put(THIS_MODULE);
}

int pbng_claim_reset(struct pbng_dev *dev, enum pbng_reset_by by)
{
	int err = 0;

	pbng_dev_lock(dev);
	/* It may be the one with which its last owner left: that one will do. */
	if (dev->own.state != PBNG_RESETTING)
		err = pbng_reset_begin(dev, by);
	pbng_dev_unlock(dev);
	if (err == -EBUSY)
		pci_warn(dev->pdev, "the kernel still waits for the end of its last reset\n");
	return err ?: pbng_reset_wait(dev, MAX_SCHEDULE_TIMEOUT);
}

bool pbng_claim_is_fit(struct pbng_dev *dev)
{
	bool fit;

	pbng_dev_lock(dev);
	fit = dev->own.state == PBNG_CLAIMED || dev->own.state == PBNG_ASSIGNED;
	pbng_dev_unlock(dev);
	return fit;
}

/* Those VFs of a PF that are ours. A PF that was pulled cannot be asked where they are. */
static void visit_vfs(struct pci_dev *pf, void (*fn)(struct pbng_dev *dev))
{
	struct pbng_dev *dev;
	unsigned long key = 0;

	while ((dev = pbng_registry_next(&key))) {
		if (dev->pdev->is_virtfn && pci_physfn(dev->pdev) == pf)
			fn(dev);
		pbng_dev_put(dev);
		key++;
	}
}

static void ask_for_vf(struct pbng_dev *dev)
{
	pbng_dev_lock(dev);
	ask(dev);
	pbng_dev_unlock(dev);
}

/* Not given again: leave_work unbinds it, unless the PF's driver removes it first. */
static void take_vf(struct pbng_dev *dev)
{
	pci_info(dev->pdev, "its PF loses its driver\n");
	pbng_dev_lock(dev);
	dev->leaves = true;
	if (dev->own.owned)
		ask_and_wait(dev);
	pbng_dev_unlock(dev);
}

static void leave(struct work_struct *work)
{
	struct pbng_dev *dev;
	unsigned long key = 0;

	while ((dev = pbng_registry_next(&key))) {
		if (READ_ONCE(dev->leaves))
			device_release_driver(&dev->pdev->dev);
		pbng_dev_put(dev);
		key++;
	}
}

static DECLARE_WORK(leave_work, leave);

/* Unbinding a VF here would take the lock of the bus notifier chain a second time. */
void pbng_claim_release_vfs(struct pci_dev *pf)
{
	visit_vfs(pf, ask_for_vf);
	visit_vfs(pf, take_vf);
	queue_work(pbng_later, &leave_work);
}

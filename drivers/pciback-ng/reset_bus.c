// SPDX-License-Identifier: GPL-2.0
/* A reset that hits other functions as well, see reset.h and reset_part.h. */
#include "hold.h"
#include "hw.h"
#include "method.h"
#include "overlay.h"
#include "owner.h"
#include "power.h"
#include "registry.h"
#include "reset_group.h"
#include "reset_part.h"

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
	bool ok;

	/* A change of power state is over soon. */
	if (READ_ONCE(dev->power.job) != PBNG_POWER_NONE)
		pbng_hold_wait(dev, HZ);
	pbng_dev_lock(dev);
	ok = !dev->reset.running && !dev->reset.leaving &&
	     (dev->own.owned ? is_mate(dev, leader) : !pbng_hw_is_used(dev->pdev)) &&
	     !pbng_owner_happens(dev, PBNG_RESET);
	if (ok) {
		dev->reset.by = leader->reset.by;
		dev->reset.started = jiffies;
		pbng_reset_take_hardware(dev);
		pbng_overlay_reset(dev);
	}
	pbng_dev_unlock(dev);
	if (!ok)
		return false;

	pbng_power_up(dev);
	pbng_method_begin(dev);
	return true;
}

/* Of a reset that did not take place it has nothing to tell. */
static void leave(struct pbng_dev *dev, int err)
{
	struct pbng_last_reset last;

	err = pbng_method_end(dev, err);
	pbng_dev_lock(dev);
	last = dev->reset.last;
	pbng_reset_over(dev, err, err ? PBNG_RESET_WAYS : PBNG_RESET_BUS);
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
	else if (is_worth_saying(leader) && pbng_hw_is_used(dev->pdev))
		pci_err(leader->pdev, "needs a reset of its bus, but %s is in use, by a device model perhaps\n",
			pci_name(dev->pdev));
	else if (is_worth_saying(leader))
		pci_err(leader->pdev, "needs a reset of its bus, but %s is %s\n",
			pci_name(dev->pdev), pbng_state_name(READ_ONCE(dev->own.state)));
}

/* A function of ours. Return: it takes part, and @dev is the group's to put. */
static bool join_group(struct pbng_dev *leader, struct pbng_dev *dev)
{
	if (join(dev, leader))
		return true;
	say_blocked(leader, dev);
	pbng_dev_put(dev);
	return false;
}

/*
 * Is this one no obstacle? An owner is named by its domain, a host driver by its name.
 * One without a driver may get ours at any moment: then it is not part of the group, and
 * the PCI core tells it of the reset (reset_foreign.c).
 */
static bool tolerates(struct pbng_dev *leader, struct pbng_group *group, unsigned int i)
{
	struct pci_dev *pdev = group->pdev[i];
	struct pbng_dev *dev;

	/* Bridges are the kernel's; what is below them is asked itself. */
	if (pdev == leader->pdev || pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE)
		return true;

	dev = pbng_registry_get(pbng_bdf_of(pdev));
	if (dev) {
		if (!join_group(leader, dev))
			return false;
		group->joined[i] = dev;
		return true;
	}

	/* With no driver nobody uses it. */
	if (!READ_ONCE(pdev->driver) && !pci_num_vf(pdev))
		return true;
	if (is_worth_saying(leader))
		pci_err(leader->pdev, "needs a reset of its bus, but %s belongs to %s\n",
			pci_name(pdev), dev_driver_string(&pdev->dev));
	return false;
}

static void release_group(struct pbng_group *group, int err)
{
	unsigned int i;

	for (i = 0; i < group->count; i++) {
		if (!group->joined[i])
			continue;
		leave(group->joined[i], err);
		pbng_dev_put(group->joined[i]);
	}
}

/* A function without a driver, perhaps set aside (aside.h), is clean now as well. */
static void note_driverless(const struct pbng_dev *leader, const struct pbng_group *group)
{
	unsigned int i;

	for (i = 0; i < group->count; i++)
		if (!group->joined[i] && group->pdev[i] != leader->pdev &&
		    group->pdev[i]->hdr_type == PCI_HEADER_TYPE_NORMAL)
			pt_set_unfit(group->pdev[i], false);
}

int pbng_reset_bus(struct pbng_dev *dev)
{
	struct pbng_group *group;
	unsigned int asked = 0;
	int err;

	if (dev->reset.by == PBNG_BY_GUEST)
		return -ENOTTY;		/* it has one function, and no say over more */
	group = pbng_group_get(dev->pdev);
	if (IS_ERR(group))
		return PTR_ERR(group);

	while (asked < group->count && tolerates(dev, group, asked))
		asked++;
	err = asked == group->count ? pbng_reset_try(dev, pbng_method_bus) : -EBUSY;
	if (!err)
		note_driverless(dev, group);

	release_group(group, err);
	pbng_group_put(group);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/* Changes of one VF: who has it, which driver, disabled or not. See manager.h. */
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/slab.h>

#include "chan.h"
#include "dma_claim.h"
#include "manager.h"
#include "pf.h"

/* The override of a VF that nobody shall have: no driver is called so. */
#define NO_DRIVER	"vf-disabled"

/**
 * struct kept_away - a VF that no driver shall have
 * @node: in kept_away
 * @vf: the VF; holds a reference
 * @override: which driver alone could have it before, or NULL
 * @group: its IOMMU group, claimed, or NULL
 */
struct kept_away {
	struct list_head node;
	struct pci_dev *vf;
	char *override;
	struct iommu_group *group;
};

static LIST_HEAD(kept_away);
static DEFINE_MUTEX(kept_away_lock);	/* that list; see chan.h */

enum vmbox_use vmbox_vf_use(struct pci_dev *vf, char *who, size_t size)
{
	struct pt_owner owner;
	bool held;

	if (pt_owner_of(vf, &owner)) {
		/* VFIO asks its user for it and waits. */
		held = !strcmp(owner.frontend, "vfio");
		if (held)
			scnprintf(who, size, "process %d (vfio)", owner.id);
		else
			scnprintf(who, size, "%s %d", owner.frontend, owner.id);
		return held ? VMBOX_HELD : VMBOX_GIVEN;
	}

	/* A group that we have claimed no program has. */
	if (vmbox_dma_is_claimed(vf))
		return VMBOX_FREE;
	return pt_program_of(vf, who, size) ? VMBOX_HELD : VMBOX_FREE;
}

static bool driver_of(struct pci_dev *pdev, char *name)
{
	if (!pt_lock_device(pdev))
		return false;
	strscpy(name, pdev->dev.driver ? pdev->dev.driver->name : "", VMBOX_DRIVER_MAX);
	device_unlock(&pdev->dev);
	return true;
}

int vmbox_vf_remember(struct pci_dev *vf, struct vmbox_was *was)
{
	if (!driver_of(vf, was->driver))
		return -EBUSY;
	kfree(was->override);
	return compat_pci_driver_override(vf, &was->override);
}

void vmbox_vf_forget(struct vmbox_was *was)
{
	kfree(was->override);
	was->override = NULL;
}

/* Give it to this driver, or to the one that takes it. Return: 0 or a negative errno. */
static int bind(struct pci_dev *vf, const char *driver)
{
	char now[VMBOX_DRIVER_MAX];
	int err;

	device_release_driver(&vf->dev);
	err = compat_pci_set_driver_override(vf, driver[0] ? driver : NULL);
	if (err)
		return err;
	err = device_attach(&vf->dev);
	if (err < 0)
		return err;
	if (!driver_of(vf, now))
		return -EBUSY;
	return driver[0] && strcmp(now, driver) ? -ENODEV : 0;
}

/* The driver that Linux gives it may be the right one; only if not it is forced on it. */
static int bind_again(struct pci_dev *vf, const struct vmbox_was *was)
{
	char now[VMBOX_DRIVER_MAX];
	int err;

	if (was->override)
		compat_pci_set_driver_override(vf, was->override);
	err = device_attach(&vf->dev);
	if (err < 0 || !driver_of(vf, now))
		return err < 0 ? err : -EBUSY;
	if (!strcmp(now, was->driver))
		return 0;

	err = bind(vf, was->driver);
	compat_pci_set_driver_override(vf, was->override);
	return err;
}

int vmbox_vf_put_back(struct pci_dev *vf, const struct vmbox_was *was)
{
	char now[VMBOX_DRIVER_MAX];
	int err = 0;

	if (!driver_of(vf, now))
		return -EBUSY;
	if (strcmp(now, was->driver)) {
		if (was->driver[0])
			err = bind_again(vf, was);
		else
			device_release_driver(&vf->dev);
	}
	if (was->override)
		compat_pci_set_driver_override(vf, was->override);
	return err;
}

int vmbox_vf_keep_drivers_away(struct pci_dev *vf)
{
	struct kept_away *kept = kzalloc(sizeof(*kept), GFP_KERNEL);

	/* Without memory it is kept away all the same, and has none afterwards. */
	if (kept) {
		compat_pci_driver_override(vf, &kept->override);
		kept->vf = pci_dev_get(vf);
		mutex_lock(&kept_away_lock);
		list_add(&kept->node, &kept_away);
		mutex_unlock(&kept_away_lock);
	}
	compat_pci_set_driver_override(vf, NO_DRIVER);
	return kept ? 0 : -ENOMEM;
}

static struct kept_away *find_kept_away(struct pci_dev *vf)
{
	struct kept_away *kept;

	lockdep_assert_held(&kept_away_lock);
	list_for_each_entry(kept, &kept_away, node)
		if (kept->vf == vf)
			return kept;
	return NULL;
}

/* Release the group that a VF had before, or @group when the VF is not kept away any more. */
static bool swap_group(struct pci_dev *vf, struct iommu_group *group)
{
	struct kept_away *kept;

	mutex_lock(&kept_away_lock);
	kept = find_kept_away(vf);
	if (kept)
		swap(kept->group, group);
	mutex_unlock(&kept_away_lock);

	vmbox_dma_release(group);
	return kept;
}

int vmbox_vf_keep_programs_away(struct pci_dev *vf)
{
	struct iommu_group *group;
	int err;

	err = vmbox_dma_claim(vf, &group);
	if (err)
		return err;
	return swap_group(vf, group) ? 0 : -ENODEV;
}

void vmbox_vf_let_programs_come(struct pci_dev *vf)
{
	swap_group(vf, NULL);
}

/* Take one off the list: that of @vf, or any. */
static struct kept_away *next_kept_away(struct pci_dev *vf)
{
	struct kept_away *kept, *found = NULL;

	mutex_lock(&kept_away_lock);
	list_for_each_entry(kept, &kept_away, node) {
		if (!vf || kept->vf == vf) {
			found = kept;
			list_del(&kept->node);
			break;
		}
	}
	mutex_unlock(&kept_away_lock);
	return found;
}

void vmbox_vf_let_drivers_come(struct pci_dev *vf)
{
	struct kept_away *kept;
	char *now;

	while ((kept = next_kept_away(vf))) {
		vmbox_dma_release(kept->group);
		/* Somebody who has changed it meanwhile wants it as it is. */
		if (!compat_pci_driver_override(kept->vf, &now) && now && !strcmp(now, NO_DRIVER))
			compat_pci_set_driver_override(kept->vf, kept->override);
		kfree(now);
		kfree(kept->override);
		pci_dev_put(kept->vf);
		kfree(kept);
	}
}

/* Its driver has to let go, and the VF with it, as long as @op says. */
static int free_vf(struct vmbox_change *change, u16 op)
{
	int err;

	err = vmbox_change_may_take(change, op);
	if (err)
		return err;
	err = vmbox_change_ask(change, op);
	if (err)
		vmbox_change_cancel(change, op);
	return err;
}

static void set_disabled(struct vmbox_change *change, struct vmbox_chan *chan, bool on)
{
	vmbox_managed_disable(change->pf, chan->index, on);
	vmbox_chan_disable(chan, on);
	if (!on)
		vmbox_chan_quarantine(chan, false);
}

static int group_in_use(struct vmbox_change *change, struct vmbox_chan *chan, struct pci_dev *vf)
{
	char who[VMBOX_WHO_MAX];

	if (!vmbox_dma_user(vf, who, sizeof(who)))
		return 0;
	return vmbox_change_failed(change, -EBUSY, "VF %u: its IOMMU group has %s", chan->index,
				   who);
}

static int disable(struct vmbox_change *change, struct vmbox_chan *chan, struct pci_dev *vf)
{
	struct vmbox_was was = { };
	int err;

	if (vmbox_managed_disabled(change->pf, chan->index))
		return 0;
	err = group_in_use(change, chan, vf) ?: free_vf(change, VMBOX_OP_REMOVE_PENDING) ?:
	      vmbox_vf_remember(vf, &was);
	if (err)
		return err;

	set_disabled(change, chan, true);
	err = vmbox_vf_keep_drivers_away(vf);
	device_release_driver(&vf->dev);
	err = err ?: vmbox_vf_keep_programs_away(vf);
	if (err) {
		vmbox_change_failed(change, err, "VF %u: its IOMMU group cannot be claimed",
				    chan->index);
		set_disabled(change, chan, false);
		vmbox_vf_let_drivers_come(vf);
		vmbox_vf_put_back(vf, &was);
		vmbox_change_cancel(change, VMBOX_OP_REMOVE_PENDING);
	}
	vmbox_vf_forget(&was);
	return err;
}

static int enable(struct vmbox_change *change, struct vmbox_chan *chan, struct pci_dev *vf)
{
	int err;

	if (!vmbox_managed_disabled(change->pf, chan->index))
		return 0;
	set_disabled(change, chan, false);
	vmbox_vf_let_drivers_come(vf);
	err = bind(vf, "");
	return err ? vmbox_change_failed(change, err, "no driver took it") : 0;
}

static int move(struct vmbox_change *change, struct vmbox_chan *chan, struct pci_dev *vf)
{
	struct vmbox_was was = { };
	int err;

	if (vmbox_managed_disabled(change->pf, chan->index))
		return vmbox_change_failed(change, -EPERM, "VF %u is disabled", chan->index);
	err = free_vf(change, VMBOX_OP_REMOVE_PENDING) ?: vmbox_vf_remember(vf, &was);
	if (err)
		return err;
	err = bind(vf, change->driver);
	if (err) {
		vmbox_change_failed(change, err, "driver %s does not take VF %u", change->driver,
				    chan->index);
		if (vmbox_vf_put_back(vf, &was))
			pci_warn(vf, "driver %s does not take it back\n", was.driver);
		vmbox_change_cancel(change, VMBOX_OP_REMOVE_PENDING);
	} else {
		/* Whoever comes now has not heard what was said to the one before. */
		vmbox_chan_restart(chan);
	}
	vmbox_vf_forget(&was);
	return err;
}

static int reset_vf(struct vmbox_change *change, struct vmbox_chan *chan, struct pci_dev *vf)
{
	int err;

	err = free_vf(change, VMBOX_OP_QUIESCE);
	if (err)
		return err;
	err = pci_reset_function(vf);
	if (err) {
		vmbox_change_failed(change, err, "VF %u: no reset of it works", chan->index);
		vmbox_change_cancel(change, VMBOX_OP_QUIESCE);
		return err;
	}
	vmbox_chan_restart(chan);
	return 0;
}

static int clear(struct vmbox_change *change, struct vmbox_chan *chan)
{
	if (vmbox_managed_disabled(change->pf, chan->index))
		return vmbox_change_failed(change, -EPERM, "VF %u is disabled", chan->index);
	vmbox_chan_quarantine(chan, false);
	return 0;
}

int vmbox_vf_change(struct vmbox_change *change, struct vmbox_chan *chan)
{
	struct pci_dev *vf;
	int err;

	mutex_lock(&chan->lock);
	vf = pci_dev_get(chan->vf);
	mutex_unlock(&chan->lock);
	if (!vf)
		return -ENODEV;
	switch (change->op) {
	case SRIOV_MBOX_OP_DISABLE:
		err = disable(change, chan, vf);
		break;
	case SRIOV_MBOX_OP_ENABLE:
		err = enable(change, chan, vf);
		break;
	case SRIOV_MBOX_OP_QUARANTINE:
		vmbox_chan_quarantine(chan, true);
		err = 0;
		break;
	case SRIOV_MBOX_OP_CLEAR:
		err = clear(change, chan);
		break;
	case SRIOV_MBOX_OP_MOVE:
		err = move(change, chan, vf);
		break;
	default:
		err = reset_vf(change, chan, vf);
		break;
	}
	pci_dev_put(vf);
	return err;
}

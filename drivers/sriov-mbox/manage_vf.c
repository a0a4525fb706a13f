// SPDX-License-Identifier: GPL-2.0
/* Changes of one VF: who has it, which driver, disabled or not. See manager.h. */
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/slab.h>

#include "chan.h"
#include "manager.h"
#include "pf.h"

/* The override of a VF that nobody shall have: no driver is called so. */
#define NO_DRIVER	"vf-disabled"

/* A VF that no driver shall have, and which one alone could have it before, or NULL. */
struct kept_away {
	struct list_head node;
	struct pci_dev *vf;
	char *override;
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

void vmbox_vf_put_back(struct pci_dev *vf, const struct vmbox_was *was)
{
	char now[VMBOX_DRIVER_MAX];

	if (!driver_of(vf, now))
		return;
	if (strcmp(now, was->driver)) {
		if (!was->driver[0])
			device_release_driver(&vf->dev);
		else if (bind(vf, was->driver))
			pci_warn(vf, "driver %s does not take it back\n", was->driver);
	}
	compat_pci_set_driver_override(vf, was->override);
}

void vmbox_vf_keep_drivers_away(struct pci_dev *vf)
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

	err = vmbox_change_may_take(change);
	if (err)
		return err;
	err = vmbox_change_ask(change, op);
	if (err)
		vmbox_change_cancel(change, op);
	return err;
}

static int disable(struct vmbox_change *change, struct vmbox_chan *chan, struct pci_dev *vf)
{
	int err;

	if (vmbox_managed_disabled(change->pf, chan->index))
		return 0;
	err = free_vf(change, VMBOX_OP_REMOVE_PENDING);
	if (err)
		return err;
	vmbox_managed_disable(change->pf, chan->index, true);
	vmbox_chan_disable(chan, true);
	vmbox_vf_keep_drivers_away(vf);
	device_release_driver(&vf->dev);
	return 0;
}

static int enable(struct vmbox_change *change, struct vmbox_chan *chan, struct pci_dev *vf)
{
	int err;

	if (!vmbox_managed_disabled(change->pf, chan->index))
		return 0;
	vmbox_managed_disable(change->pf, chan->index, false);
	vmbox_chan_disable(chan, false);
	vmbox_chan_quarantine(chan, false);
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
		vmbox_vf_put_back(vf, &was);
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

// SPDX-License-Identifier: GPL-2.0
/* Quiescing and resetting one function, see reset.h. */
#include <linux/delay.h>

#include "registry.h"
#include "reset.h"
#include "xen/intx.h"
#include "xen/physdev.h"

#define BRIDGE_TRIES	50	/* of 20 ms */

/* Resets that a guest asked for; unloading waits for the last of them. */
static struct workqueue_struct *resets;

void pbng_quiesce(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;

	lockdep_assert_held(&dev->lock);
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return;		/* a bridge has others behind it */
	dev->intx.wanted = false;
	pbng_intx_update(dev);
	if (pdev->msix_enabled)
		pci_disable_msix(pdev);
	if (pdev->msi_enabled)
		pci_disable_msi(pdev);
	pci_clear_master(pdev);
	if (pci_is_enabled(pdev))
		pci_disable_device(pdev);
}

/*
 * A bus reset wants the bridge above locked. Its lock comes before our
 * device_lock in the PCI core, so here it can only be tried.
 */
static bool lock_bridge(struct pci_dev *bridge)
{
	int tries;

	for (tries = 0; tries < BRIDGE_TRIES; tries++) {
		if (pci_cfg_access_trylock(bridge))
			return true;
		msleep(20);
	}
	return false;
}

int pbng_reset(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	struct pci_dev *bridge = pci_upstream_bridge(pdev);
	int err;

	pbng_dev_assert_device_lock(dev);
	lockdep_assert_held(&dev->lock);
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return -ENOTTY;
	/* The kernel would wait for a minute until it is sure. */
	if (!pci_device_is_present(pdev))
		return -ENODEV;
	if (bridge && !lock_bridge(bridge))
		return -EBUSY;
	err = pci_reset_function_locked(pdev);
	if (bridge)
		pci_cfg_access_unlock(bridge);
	if (err)
		return err;
	dev->resets++;
	pbng_physdev_was_reset(pdev);
	return 0;
}

void pbng_reset_later(struct pbng_dev *dev)
{
	kref_get(&dev->ref);
	if (!queue_work(resets, &dev->flr))
		pbng_dev_put(dev);
}

int pbng_reset_init(void)
{
	resets = alloc_workqueue(PBNG_DRIVER_NAME "_reset", WQ_UNBOUND, 0);
	return resets ? 0 : -ENOMEM;
}

void pbng_reset_exit(void)
{
	destroy_workqueue(resets);
}

void pbng_restore(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	pci_load_saved_state(dev->pdev, dev->saved);
	pci_restore_state(dev->pdev);
}

// SPDX-License-Identifier: GPL-2.0
/* Quiescing and resetting, see method.h. */
#include <linux/delay.h>
#include <linux/pt_core.h>

#include "aer.h"
#include "method.h"
#include "quirk.h"
#include "xen/intx.h"
#include "xen/physdev.h"

#define LOCK_TRIES	50	/* of 20 ms */

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

void pbng_mask_line(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (dev->pdev->hdr_type == PCI_HEADER_TYPE_NORMAL)
		pci_intx(dev->pdev, 0);
}

void pbng_restore(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	pci_load_saved_state(dev->pdev, dev->saved);
	pci_restore_state(dev->pdev);
	pbng_aer_enable(dev);
}

void pbng_withdraw(struct pbng_dev *dev)
{
	pbng_quiesce(dev);
	pbng_mask_line(dev);
	pci_clear_dev_assigned(dev->pdev);
	pbng_physdev_clear_owner(dev->pdev);
	/* Last: a guard may give others of its isolation set away as soon as it is taken. */
	pt_take(dev->pdev);
}

/* A program that reads configuration space has to wait, not to be told nonsense. */
static bool lock_config(struct pci_dev *pdev)
{
	int tries;

	for (tries = 0; tries < LOCK_TRIES; tries++) {
		if (pci_cfg_access_trylock(pdev))
			return true;
		msleep(20);
	}
	return false;
}

/* Some bits of dev_flags are a method that is forbidden. Return: those that were not. */
static pci_dev_flags_t forbid_methods(struct pci_dev *pdev, pci_dev_flags_t methods)
{
	methods &= ~pdev->dev_flags;
	pdev->dev_flags |= methods;
	return methods;
}

/*
 * As pci_reset_function_locked(), with a place to wait before the device is touched, and
 * one for a method that the PCI core does not know.
 */
static int reset_locked(struct pbng_dev *dev, pci_dev_flags_t methods)
{
	struct pci_dev *pdev = dev->pdev;
	int err;

	pci_set_power_state(pdev, PCI_D0);
	pci_save_state(pdev);
	pci_write_config_word(pdev, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE);

	methods = forbid_methods(pdev, methods);
	err = __pci_reset_function_locked(pdev);
	pdev->dev_flags &= ~methods;
	if (err == -ENOTTY)
		err = pbng_quirk_reset(dev);

	/* Without a method there is nothing to wait for; one that was in vain says the same. */
	if (err != -ENOTTY || !pci_device_is_present(pdev))
		pbng_quirk_wait(dev);
	pci_restore_state(pdev);
	return err;
}

void pbng_method_begin(struct pbng_dev *dev)
{
	pbng_quirk_prepare(dev);
	pbng_aer_mute(dev);
}

/*
 * The PCI core calls a device that did not come back one that the method does not
 * support, and tries the next.
 */
int pbng_method_end(struct pbng_dev *dev, int err)
{
	if (!err)
		pbng_quirk_wait(dev);
	/* Whatever became of it. */
	pbng_aer_enable(dev);
	if (err && err != -ENOTTY)
		return err;
	if (!pci_device_is_present(dev->pdev))
		return -EIO;
	/* What a guest has set up is put right without a reset, too. */
	pbng_quirk_finish(dev);
	if (!err)
		pbng_physdev_was_reset(dev);
	return err;
}

/* Without the methods whose bits are given. */
static int reset_without(struct pbng_dev *dev, pci_dev_flags_t methods)
{
	struct pci_dev *pdev = dev->pdev;
	int err;

	if (!lock_config(pdev))
		return -EAGAIN;
	pbng_method_begin(dev);
	err = pbng_method_end(dev, reset_locked(dev, methods));
	pci_cfg_access_unlock(pdev);
	return err;
}

/*
 * The PCI core numbers its methods from the narrowest to the widest, and that order is the
 * default: where an administrator has not written another into reset_method, a bus comes
 * last.
 */
static bool is_bus_last(const struct pci_dev *pdev)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(pdev->reset_methods) && pdev->reset_methods[i]; i++) {
		if (pdev->reset_methods[i] < pdev->reset_methods[i - 1])
			return false;
	}
	return true;
}

/* Does the PCI core know a method? A function without any is spared the second try. */
static bool has_method(const struct pci_dev *pdev)
{
	return pdev->reset_methods[0];
}

/*
 * A bus with one function on it is a method of that function's, and the only one that
 * needs the bridge: its config lock comes before our device_lock in the PCI core, so here
 * it can only be tried. All other methods leave the bridge to the neighbours.
 */
static int reset_with_bridge(struct pbng_dev *dev, pci_dev_flags_t methods)
{
	struct pci_dev *bridge = pci_upstream_bridge(dev->pdev);
	int err;

	if (bridge && !lock_config(bridge))
		return -EAGAIN;
	err = reset_without(dev, methods);
	if (bridge)
		pci_cfg_access_unlock(bridge);
	return err;
}

int pbng_method_function(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	const pci_dev_flags_t narrow = PCI_DEV_FLAGS_NO_FLR_RESET | PCI_DEV_FLAGS_NO_PM_RESET;
	int err;

	pbng_dev_assert_device_lock(dev);
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return -ENOTTY;
	/* The kernel would wait for a minute until it is sure. */
	if (!pci_device_is_present(pdev))
		return -ENODEV;

	/* The bus that a VF is on is not its own. */
	if (pdev->is_virtfn)
		return reset_without(dev, PCI_DEV_FLAGS_NO_BUS_RESET);

	if (!is_bus_last(pdev))
		return reset_with_bridge(dev, 0);
	/* What did not come back is not waited for a second time. */
	err = reset_without(dev, PCI_DEV_FLAGS_NO_BUS_RESET);
	if (err == -ENOTTY && has_method(pdev))
		err = reset_with_bridge(dev, narrow);
	return err;
}

int pbng_method_bus(struct pbng_dev *dev)
{
	/* It locks every function of the bus, and their configuration space. */
	pbng_method_begin(dev);
	return pbng_method_end(dev, pci_reset_bus(dev->pdev));
}

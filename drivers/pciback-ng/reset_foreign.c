// SPDX-License-Identifier: GPL-2.0
/* Resets by the PCI core, see reset_foreign.h. */
#include "hold.h"
#include "method.h"
#include "overlay.h"
#include "owner.h"
#include "power.h"
#include "reset_foreign.h"
#include "reset_part.h"

/* Return: the hardware is the PCI core's now; else it is a worker's, or about to go. */
static bool hand_to_core(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (dev->reset.running || dev->reset.leaving || pbng_owner_happens(dev, PBNG_RESET))
		return false;

	dev->reset.by = PBNG_BY_TOOLS;
	dev->reset.foreign = true;
	pbng_reset_take_hardware(dev);
	pbng_hold_begin_deadline(dev, 0);
	pbng_overlay_reset(dev);
	if (!dev->own.owned)
		pbng_quiesce(dev);
	return true;
}

void pbng_foreign_reset_prepare(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pci_get_drvdata(pdev);
	bool ours;

	pbng_dev_assert_device_lock(dev);
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return;
	pbng_dev_lock(dev);
	ours = hand_to_core(dev);
	pbng_dev_unlock(dev);
	if (!ours)
		return;
	pbng_power_up(dev);
	pbng_method_begin(dev);
}

/* The PCI core has put back what it found, and calls this for failed resets, too. */
void pbng_foreign_reset_done(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pci_get_drvdata(pdev);
	int err;

	pbng_dev_assert_device_lock(dev);
	/* Only we change it, and device_lock is held from one to the other. */
	if (!dev->reset.foreign)
		return;
	err = pbng_method_end(dev, 0);
	pbng_dev_lock(dev);
	pbng_reset_over(dev, err, PBNG_RESET_WAYS);
	dev->reset.foreign = false;
	pbng_dev_unlock(dev);
}

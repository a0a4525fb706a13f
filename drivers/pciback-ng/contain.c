// SPDX-License-Identifier: GPL-2.0
/* Containment, see contain.h. */
#include "contain.h"
#include "method.h"
#include "overlay.h"
#include "owner.h"

int pbng_contain(struct pbng_dev *dev, const char *why)
{
	lockdep_assert_held(&dev->lock);
	return dev->own.state == PBNG_RESETTING ? -EBUSY : pbng_contain_now(dev, why);
}

int pbng_contain_now(struct pbng_dev *dev, const char *why)
{
	bool resetting = dev->own.state == PBNG_RESETTING;
	int err;

	lockdep_assert_held(&dev->lock);
	err = pbng_owner_happens(dev, PBNG_CONTAIN);
	if (err)
		return err;

	if (!dev->reset.running)
		pbng_quiesce(dev);
	else if (resetting || dev->power.job != PBNG_POWER_NONE)
		pci_clear_master(dev->pdev);	/* DMA cannot wait for the worker */
	pbng_overlay_reset(dev);
	pci_err(dev->pdev, "quarantined: %s\n", why);
	return 0;
}

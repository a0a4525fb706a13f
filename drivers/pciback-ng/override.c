// SPDX-License-Identifier: GPL-2.0
/* A device's driver_override while it is ours, see override.h. */
#include <linux/slab.h>
#include <linux/string.h>

#include "override.h"
#include "trace.h"

int pbng_override_set_locked(struct pci_dev *pdev, struct pbng_override *override,
			     const char *driver)
{
	char *before = NULL;
	int err = 0;

	device_lock_assert(&pdev->dev);
	if (!*override->now)
		err = compat_pci_driver_override_locked(pdev, &before);
	if (!err)
		err = compat_pci_set_driver_override_locked(pdev, driver);
	if (err) {
		kfree(before);
		return err;
	}

	if (!*override->now)
		override->before = before;
	strscpy(override->now, driver, sizeof(override->now));
	trace_pbng_hide(pdev, driver);
	return 0;
}

int pbng_override_set(struct pci_dev *pdev, struct pbng_override *override, const char *driver)
{
	int err;

	device_lock(&pdev->dev);
	err = pbng_override_set_locked(pdev, override, driver);
	device_unlock(&pdev->dev);
	return err;
}

/* For want of memory any driver may have it: ours must not stay the only one. */
static void set_before(struct pci_dev *pdev, struct pbng_override *override)
{
	int err = compat_pci_set_driver_override_locked(pdev, override->before);

	if (!err)
		return;
	pci_warn(pdev, "its driver_override is lost: %pe\n", ERR_PTR(err));
	compat_pci_set_driver_override_locked(pdev, NULL);
}

void pbng_override_restore_locked(struct pci_dev *pdev, struct pbng_override *override)
{
	device_lock_assert(&pdev->dev);
	if (!*override->now)
		return;

	if (compat_pci_has_driver_override(pdev, override->now)) {
		set_before(pdev, override);
		trace_pbng_hide(pdev, "");
	}
	kfree(override->before);
	override->before = NULL;
	*override->now = '\0';
}

void pbng_override_restore(struct pci_dev *pdev, struct pbng_override *override)
{
	device_lock(&pdev->dev);
	pbng_override_restore_locked(pdev, override);
	device_unlock(&pdev->dev);
}

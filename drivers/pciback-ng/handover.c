// SPDX-License-Identifier: GPL-2.0
/* A device goes from its driver to ours and back, see handover.h. */
#include <linux/string.h>

#include "device.h"
#include "driver.h"
#include "handover.h"

const char *pbng_handover_driver(const struct pbng_rule_match *match)
{
	return match->stub ? PBNG_STUB_NAME : PBNG_DRIVER_NAME;
}

bool pbng_handover_is_ours(const char *driver)
{
	return !strcmp(driver, PBNG_DRIVER_NAME) ||
	       (!strcmp(driver, PBNG_STUB_NAME) && !pbng_driver_stub_is_in_tree());
}

/* One driver alone may have it, until it is bound. */
static int set_override_locked(struct pbng_hidden *h, const char *driver)
{
	int err = pbng_override_set_locked(h->pdev, &h->override, driver);

	if (err)
		pci_err(h->pdev, "not hidden, another driver may take it: %pe\n", ERR_PTR(err));
	return err;
}

int pbng_handover_reserve(struct pbng_hidden *h, const char *driver)
{
	int err;

	device_lock(&h->pdev->dev);
	err = set_override_locked(h, driver);
	device_unlock(&h->pdev->dev);
	return err;
}

bool pbng_handover_driver_of(struct pci_dev *pdev, char *name, size_t size)
{
	struct device_driver *driver;

	device_lock(&pdev->dev);
	driver = pdev->dev.driver;
	strscpy(name, driver ? driver->name : "", size);
	device_unlock(&pdev->dev);
	return *name;
}

static bool is_bound_locked(struct pci_dev *pdev)
{
	device_lock_assert(&pdev->dev);
	return pdev->dev.driver && pbng_handover_is_ours(pdev->dev.driver->name);
}

bool pbng_handover_is_bound(struct pci_dev *pdev)
{
	bool bound;

	device_lock(&pdev->dev);
	bound = is_bound_locked(pdev);
	device_unlock(&pdev->dev);
	return bound;
}

/*
 * The next driver to probe it is ours, and whose it was is noted, in one step: our driver,
 * bound by another in between, would leave the override for good.
 * Return: 1: it has another driver, 0: it has none, or ours; -ENOMEM.
 */
static int reserve_for_us(struct pbng_hidden *h, const struct pbng_rule_match *match)
{
	struct pci_dev *pdev = h->pdev;
	int err = 0;

	device_lock(&pdev->dev);
	if (is_bound_locked(pdev))
		goto out;
	err = set_override_locked(h, pbng_handover_driver(match));
	if (!err && pdev->dev.driver) {
		strscpy(h->driver, pdev->dev.driver->name, sizeof(h->driver));
		err = 1;
	}
out:
	device_unlock(&pdev->dev);
	return err;
}

int pbng_handover_evict(struct pbng_hidden *h, const struct pbng_rule_match *match)
{
	int other = reserve_for_us(h, match);

	if (other <= 0)
		return other;
	pci_info(h->pdev, "taken from driver %s\n", h->driver);
	device_release_driver(&h->pdev->dev);
	return 0;
}

/* What it had before it was ours, put back; whose it was is forgotten, but told. */
static void forget(struct pbng_hidden *h, char *driver)
{
	device_lock_assert(&h->pdev->dev);
	pbng_override_restore_locked(h->pdev, &h->override);
	strscpy(driver, h->driver, sizeof(h->driver));
	*h->driver = '\0';
	h->newborn = false;
	h->aside = false;
}

void pbng_handover_back(struct pbng_hidden *h)
{
	char driver[PBNG_DRIVER_MAX];
	struct pci_dev *pdev = h->pdev;

	device_lock(&pdev->dev);
	forget(h, driver);
	if (*driver)
		pbng_override_set_locked(pdev, &h->override, driver);
	device_unlock(&pdev->dev);

	if (device_attach(&pdev->dev) != 1 && *driver)
		pci_info(pdev, "driver %s does not take it back\n", driver);
	pbng_override_restore(pdev, &h->override);
}

/* Others of the card that stay with the host are hit by a reset of its bus, and share it. */
static void hint_at_siblings(struct pci_dev *pdev)
{
	struct pci_dev *other;
	unsigned int function;
	char driver[PBNG_DRIVER_MAX];

	for (function = 0; function < 8; function++) {
		other = pci_get_slot(pdev->bus, PCI_DEVFN(PCI_SLOT(pdev->devfn), function));
		if (other && other != pdev && !pbng_handover_is_bound(other) &&
		    pbng_handover_driver_of(other, driver, sizeof(driver)))
			pci_info(pdev, "%s of the same card stays with the host's driver %s\n",
				 pci_name(other), driver);
		pci_dev_put(other);
	}
}

int pbng_handover_take(struct pbng_hidden *h, const struct pbng_rule_match *match)
{
	struct pci_dev *pdev = h->pdev;
	int err;

	if (pbng_handover_is_bound(pdev))
		return 0;
	err = pbng_handover_evict(h, match);
	if (err)
		return err;
	err = device_attach(&pdev->dev);
	if (err == 1) {
		if (!pdev->is_virtfn)
			hint_at_siblings(pdev);
		return 0;
	}
	return err < 0 ? err : -EIO;
}

void pbng_handover_let_be(struct pbng_hidden *h)
{
	char was[PBNG_DRIVER_MAX];

	device_lock(&h->pdev->dev);
	if (is_bound_locked(h->pdev))
		pbng_override_restore_locked(h->pdev, &h->override);
	else
		forget(h, was);
	device_unlock(&h->pdev->dev);
}

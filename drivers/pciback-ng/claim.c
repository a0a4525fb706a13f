// SPDX-License-Identifier: GPL-2.0
/* The PCI driver and the changes of ownership, see claim.h. */
#include <linux/module.h>
#include <linux/slab.h>

#include "claim.h"
#include "config.h"
#include "registry.h"
#include "reset.h"
#include "xen/physdev.h"

static struct pbng_dev *dev_alloc(struct pci_dev *pdev)
{
	struct pbng_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return NULL;
	kref_init(&dev->ref);
	mutex_init(&dev->lock);
	dev->pdev = pci_dev_get(pdev);
	dev->bdf = pbng_bdf_of(pdev);
	dev->owner = PBNG_NO_OWNER;
	snprintf(dev->intx.name, sizeof(dev->intx.name), PBNG_DRIVER_NAME "[%s]",
		 pci_name(pdev));
	return dev;
}

/* Nothing of one owner may reach the next. */
static void clean(struct pbng_dev *dev)
{
	int err = pbng_reset(dev);

	if (err)
		pci_warn(dev->pdev, "not reset (%pe): the next owner may find traces of the last\n",
			 ERR_PTR(err));
	pbng_restore(dev);
}

/* The device as the host left it becomes the device as guests will find it. */
static int make_ready(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	int err;

	/* Enabling also finds out which IRQ the device really has. */
	err = pci_enable_device(pdev);
	if (err)
		return dev_err_probe(&pdev->dev, err, "cannot be enabled\n");
	pbng_physdev_prepare_msix(pdev);
	pci_save_state(pdev);
	dev->saved = pci_store_saved_state(pdev);
	if (!dev->saved) {
		err = -ENOMEM;
		goto err_disable;
	}
	clean(dev);
	err = pbng_config_create(dev);
	if (err) {
		dev_err_probe(&pdev->dev, err, "no virtual configuration space\n");
		goto err_saved;
	}
	pbng_quiesce(dev);
	return 0;

err_saved:
	kfree(dev->saved);
	dev->saved = NULL;
err_disable:
	pbng_physdev_release_msix(pdev);
	pci_disable_device(pdev);
	return err;
}

/* Back to what make_ready() found. */
static void make_unready(struct pbng_dev *dev)
{
	pbng_quiesce(dev);
	clean(dev);
	kfree(dev->saved);
	dev->saved = NULL;
	pbng_physdev_release_msix(dev->pdev);
	pbng_config_destroy(dev);
	pci_clear_master(dev->pdev);
}

static bool ours(struct pci_dev *pdev)
{
	return compat_pci_has_driver_override(pdev, PBNG_DRIVER_NAME) ||
	       pbng_rules_match(pdev);
}

static int claim_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pbng_dev *dev;
	int err;

	if (!ours(pdev))
		return -ENODEV;
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL &&
	    pdev->hdr_type != PCI_HEADER_TYPE_BRIDGE) {
		pci_err(pdev, "header type %#x is not supported\n", pdev->hdr_type);
		return -ENODEV;
	}
	dev = dev_alloc(pdev);
	if (!dev)
		return -ENOMEM;
	mutex_lock(&dev->lock);
	pci_set_drvdata(pdev, dev);
	err = make_ready(dev);
	if (err)
		goto err_put;
	err = pbng_registry_insert(dev);
	if (err)
		goto err_unready;
	pci_set_dev_assigned(pdev);
	mutex_unlock(&dev->lock);
	pci_info(pdev, "claimed\n");
	return 0;

err_unready:
	make_unready(dev);
err_put:
	pci_set_drvdata(pdev, NULL);
	mutex_unlock(&dev->lock);
	pbng_dev_put(dev);
	return err;
}

/* The part of giving up an owner that needs no reset. */
static void forget_owner(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	pbng_physdev_clear_owner(dev->pdev);
	dev->owner = PBNG_NO_OWNER;
	dev->allow_intr = false;
	module_put(THIS_MODULE);
}

static void claim_remove(struct pci_dev *pdev)
{
	struct pbng_dev *dev = pci_get_drvdata(pdev);

	mutex_lock(&dev->lock);
	if (dev->owner != PBNG_NO_OWNER)
		pci_warn(pdev, "taken from domain %d, which still had it\n",
			 dev->owner);
	make_unready(dev);
	if (dev->owner != PBNG_NO_OWNER)
		forget_owner(dev);
	dev->gone = true;
	pci_clear_dev_assigned(pdev);
	pci_set_drvdata(pdev, NULL);
	mutex_unlock(&dev->lock);
	pbng_registry_erase(dev);
	pbng_dev_put(dev);
	pci_info(pdev, "released\n");
}

int pbng_claim_assign(struct pbng_dev *dev, int domid)
{
	int err = 0;

	mutex_lock(&dev->lock);
	if (dev->gone)
		err = -ENODEV;
	else if (dev->owner != PBNG_NO_OWNER)
		err = dev->owner == domid ? -EEXIST : -EBUSY;
	else if (dev->pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		err = -EPERM;
	else if (!try_module_get(THIS_MODULE))
		err = -ENODEV;
	if (!err) {
		pbng_physdev_set_owner(dev->pdev, domid);
		dev->owner = domid;
	}
	mutex_unlock(&dev->lock);
	return err;
}

void pbng_claim_unassign(struct pbng_dev *dev, int domid)
{
	device_lock(&dev->pdev->dev);
	mutex_lock(&dev->lock);
	if (!dev->gone && dev->owner == domid) {
		pbng_quiesce(dev);
		clean(dev);
		pbng_quiesce(dev);
		pbng_cfg_reset(dev->cfg);
		forget_owner(dev);
	}
	mutex_unlock(&dev->lock);
	device_unlock(&dev->pdev->dev);
}

int pbng_claim_reset(struct pbng_dev *dev)
{
	int err = -ENODEV;

	device_lock(&dev->pdev->dev);
	mutex_lock(&dev->lock);
	if (!dev->gone) {
		err = pbng_reset(dev);
		/* libxl revokes the DMA mapping next: none may start (XSA-302). */
		if (dev->owner == PBNG_NO_OWNER)
			pbng_restore(dev);
		else
			pci_clear_master(dev->pdev);
	}
	mutex_unlock(&dev->lock);
	device_unlock(&dev->pdev->dev);
	return err;
}

/* Is it bound to another driver, or to none? Says to which. */
static bool not_yet_ours(struct pci_dev *pdev)
{
	struct device_driver *driver;
	bool ours;

	device_lock(&pdev->dev);
	driver = pdev->dev.driver;
	ours = driver && !strcmp(driver->name, PBNG_DRIVER_NAME);
	if (driver && !ours)
		pci_info(pdev, "taken from driver %s\n", driver->name);
	device_unlock(&pdev->dev);
	return !ours;
}

static void take(struct pci_dev *pdev)
{
	/* What the administrator had set there stays set. */
	char *override = compat_pci_driver_override(pdev);

	compat_pci_set_driver_override(pdev, PBNG_DRIVER_NAME);
	device_release_driver(&pdev->dev);
	if (device_attach(&pdev->dev) != 1)
		pci_warn(pdev, "not claimed\n");
	compat_pci_set_driver_override(pdev, override);
	kfree(override);
}

void pbng_claim_take(struct pbng_bdf bdf)
{
	struct pci_dev *pdev;

	pdev = pci_get_domain_bus_and_slot(bdf.domain, bdf.bus, bdf.devfn);
	if (!pdev)
		return;
	if (not_yet_ours(pdev))
		take(pdev);
	pci_dev_put(pdev);
}

/* Every device is offered to us; probe looks at the rules. */
static const struct pci_device_id claim_ids[] = {
	{ PCI_DEVICE(PCI_ANY_ID, PCI_ANY_ID) },
	{}
};

static struct pci_driver claim_driver = {
	.name = PBNG_DRIVER_NAME,
	.id_table = claim_ids,
	.probe = claim_probe,
	.remove = claim_remove,
	/* A VFIO group stays usable with one of its devices parked here. */
	.driver_managed_dma = true,
};

int pbng_claim_init(const struct attribute_group **groups)
{
	claim_driver.groups = groups;
	return pci_register_driver(&claim_driver);
}

void pbng_claim_exit(void)
{
	pci_unregister_driver(&claim_driver);
}

// SPDX-License-Identifier: GPL-2.0
/* The PCI drivers, see driver.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/pci.h>

#include "aer.h"
#include "aside.h"
#include "claim.h"
#include "driver.h"
#include "power.h"

static bool stub_registered;

static bool can_handle(struct pci_dev *pdev)
{
	if (pdev->hdr_type == PCI_HEADER_TYPE_NORMAL ||
	    pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE)
		return true;
	pci_err(pdev, "header type %#x is not supported\n", pdev->hdr_type);
	return false;
}

static int pciback_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pbng_rule_match rule;
	bool ours;

	ours = pbng_rules_match(pdev, &rule) && !rule.stub;
	if (!ours && !compat_pci_has_driver_override(pdev, PBNG_DRIVER_NAME))
		return -ENODEV;
	if (!can_handle(pdev))
		return -ENODEV;
	return pbng_aside_check(pdev) ?: pbng_claim_begin(pdev, &rule);
}

/* Who is asked knows that it is meant: the PCI core looked at the ids. */
static int stub_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pbng_rule_match rule;

	pbng_rules_match(pdev, &rule);
	if (rule.options.exclude && !compat_pci_has_driver_override(pdev, PBNG_STUB_NAME))
		return -ENODEV;
	return can_handle(pdev) ? pbng_claim_begin(pdev, &rule) : -ENODEV;
}

/* Every device is offered to us; probe looks at the rules. */
static const struct pci_device_id any_device[] = {
	{ PCI_DEVICE(PCI_ANY_ID, PCI_ANY_ID) },
	{}
};

/* driver_managed_dma: a VFIO group stays usable with one of its devices here. */
static struct pci_driver pciback_driver = {
	.name = PBNG_DRIVER_NAME,
	.id_table = any_device,
	.probe = pciback_probe,
	.remove = pbng_claim_end,
	.err_handler = &pbng_aer_handlers,
	.driver.pm = &pbng_power_ops,
	.driver_managed_dma = true,
};

static struct pci_driver stub_driver = {
	.name = PBNG_STUB_NAME,
	.probe = stub_probe,
	.remove = pbng_claim_end,
	.err_handler = &pbng_aer_handlers,
	.driver.pm = &pbng_power_ops,
	.driver_managed_dma = true,
};

bool pbng_driver_stub_is_in_tree(void)
{
	return !stub_registered && driver_find(PBNG_STUB_NAME, &pci_bus_type);
}

static int add_id(struct pci_driver *driver, const struct pci_device_id *id)
{
	return pci_add_dynid(driver, id->vendor, id->device, id->subvendor,
			     id->subdevice, id->class, id->class_mask, 0);
}

/* As by its new_id; built in it has no owner, and cannot be unloaded meanwhile. */
static int add_in_tree_id(const struct pci_device_id *id)
{
	struct device_driver *driver = driver_find(PBNG_STUB_NAME, &pci_bus_type);
	int err;

	if (!driver || !try_module_get(driver->owner))
		return -ENODEV;
	err = add_id(to_pci_driver(driver), id);
	module_put(driver->owner);
	return err;
}

int pbng_driver_stub_id(const struct pci_device_id *id)
{
	return stub_registered ? add_id(&stub_driver, id) : add_in_tree_id(id);
}

void pbng_driver_stub_restart(void)
{
	int err;

	if (!stub_registered)
		return;
	pci_unregister_driver(&stub_driver);
	err = pci_register_driver(&stub_driver);
	stub_registered = !err;
	if (err)
		pr_err("no driver " PBNG_STUB_NAME " any more: %pe\n", ERR_PTR(err));
}

int pbng_driver_init(const struct attribute_group **groups,
		     const struct attribute_group **device_groups)
{
	int err;

	pciback_driver.groups = groups;
	pciback_driver.dev_groups = device_groups;
	stub_driver.dev_groups = device_groups;
	err = pci_register_driver(&pciback_driver);
	if (err)
		return err;
	if (driver_find(PBNG_STUB_NAME, &pci_bus_type)) {
		pr_info("the in-tree pci-stub is there first and keeps its name\n");
		return 0;
	}
	err = pci_register_driver(&stub_driver);
	if (err)
		pci_unregister_driver(&pciback_driver);
	stub_registered = !err;
	return err;
}

void pbng_driver_exit(void)
{
	if (stub_registered)
		pci_unregister_driver(&stub_driver);
	stub_registered = false;
	pci_unregister_driver(&pciback_driver);
}

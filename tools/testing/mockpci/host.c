// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI domain made of memory: the recipe of the VMD driver. x86 finds the domain's
 * number through the root bus' sysdata, so the buses need no ACPI and no firmware.
 */
#include <linux/irqdomain.h>
#include <linux/slab.h>

#include "mockpci.h"

struct mock_host *mock_host_of(struct pci_bus *bus)
{
	return container_of((struct pci_sysdata *)bus->sysdata, struct mock_host, sysdata);
}

struct mock_host *mock_host_alloc(int domain)
{
	struct mock_host *host = kzalloc(sizeof(*host), GFP_KERNEL);

	if (!host)
		return NULL;
	xa_init(&host->root);
	host->sysdata.domain = domain;
	host->sysdata.node = NUMA_NO_NODE;
	host->busn.name = "mockpci buses";
	host->busn.end = 0xff;
	host->busn.flags = IORESOURCE_BUS;
	return host;
}

/*
 * The window sits inside the region that memmap= reserved. One of the same size
 * would become the parent of that region, and everything in it would be taken.
 */
int mock_host_window(struct mock_host *host, phys_addr_t base, size_t size)
{
	int err;

	host->window.name = "mockpci memory";
	host->window.start = base;
	host->window.end = base + size - 1;
	host->window.flags = IORESOURCE_MEM;
	err = insert_resource(&iomem_resource, &host->window);
	if (!err && host->window.parent != &iomem_resource)
		return 0;
	pr_err("mockpci: %pr is not reserved; boot with memmap=SIZE$BASE pci=no_e820, more than that at both ends\n",
	       &host->window);
	return err ?: -EBUSY;
}

static int create_bus(struct mock_host *host)
{
	LIST_HEAD(resources);

	pci_add_resource(&resources, &host->busn);
	if (host->window.parent)
		pci_add_resource(&resources, &host->window);
	host->bus = pci_create_root_bus(NULL, 0, &mock_ops, &host->sysdata, &resources);
	if (host->bus)
		return 0;
	pci_free_resource_list(&resources);
	return -ENODEV;
}

int mock_host_start(struct mock_host *host)
{
	struct pci_bus *child;
	int err;

	pci_lock_rescan_remove();
	err = create_bus(host);
	if (!err) {
		/* Before the scan, which hands it down to the devices. */
		dev_set_msi_domain(&host->bus->dev, mock_msi_domain());
		pci_scan_child_bus(host->bus);
		pci_assign_unassigned_bus_resources(host->bus);
		list_for_each_entry(child, &host->bus->children, node)
			pcie_bus_configure_settings(child);
		pci_bus_add_devices(host->bus);
	}
	pci_unlock_rescan_remove();
	return err;
}

void mock_host_destroy(struct mock_host *host)
{
	if (host->bus) {
		pci_lock_rescan_remove();
		pci_stop_root_bus(host->bus);
		pci_remove_root_bus(host->bus);
		pci_unlock_rescan_remove();
	}
	if (host->window.parent)
		remove_resource(&host->window);
	mock_fn_free_all(&host->root);
	kfree(host);
}

static int scan_one(struct pci_bus *bus, unsigned int devfn)
{
	struct pci_dev *pdev;

	pci_lock_rescan_remove();
	pdev = pci_scan_single_device(bus, devfn);
	if (pdev) {
		pci_bus_assign_resources(bus);
		pci_bus_add_device(pdev);
	}
	pci_unlock_rescan_remove();
	return pdev ? 0 : -ENODEV;
}

/* A card is put in: one that was there before, as new, or one of @kind. */
int mock_host_plug(struct pci_bus *bus, unsigned int devfn, enum mock_kind kind)
{
	struct mock_host *host = mock_host_of(bus);
	struct xarray *place = mock_fn_place(bus);
	struct mock_fn *fn;

	if (!place)
		return -ENODEV;
	fn = xa_load(place, devfn);
	if (!fn)
		fn = mock_fn_add(place, devfn, kind, false, host->window.parent);
	if (!fn)
		return -ENOMEM;
	raw_spin_lock_irq(&mock_lock);
	if (!fn->present)
		mock_fn_reset(fn);
	fn->present = true;
	fn->all_ones = false;
	raw_spin_unlock_irq(&mock_lock);
	return scan_one(bus, devfn);
}

/*
 * A card is pulled. First it reads as all-ones, then the kernel hears of it: with
 * @mark as a hot-plug port would tell (pci_channel_io_perm_failure before the
 * drivers' remove), else as sysfs' "remove" does.
 */
int mock_host_unplug(struct pci_bus *bus, unsigned int devfn, bool mark)
{
	struct mock_fn *fn = mock_fn_find(bus, devfn);
	struct pci_dev *pdev;

	if (!fn)
		return -ENODEV;
	if (mock_keep())
		return -EOPNOTSUPP;
	raw_spin_lock_irq(&mock_lock);
	fn->present = false;
	if (fn->kind == MOCK_PF)
		mock_fn_vfs(fn, 0);
	raw_spin_unlock_irq(&mock_lock);
	pdev = pci_get_slot(bus, devfn);
	if (!pdev)
		return 0;
	if (mark)
		WRITE_ONCE(pdev->error_state, pci_channel_io_perm_failure);
	pci_stop_and_remove_bus_device_locked(pdev);
	pci_dev_put(pdev);
	return 0;
}

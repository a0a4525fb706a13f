// SPDX-License-Identifier: GPL-2.0
/*
 * pciback-ng: takes PCI devices from the host and gives them to guests.
 * Ordered init and exit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pt_core.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

#include "aside.h"
#include "bus.h"
#include "config.h"
#include "config_quirk.h"
#include "driver.h"
#include "hide.h"
#include "hold.h"
#include "load.h"
#include "param.h"
#include "quirk.h"
#include "registry.h"
#include "sysfs.h"
#include "xen/backend.h"

/* Not refused: pciback-ng also keeps devices from the host's drivers, which needs none. */
static void check_iommu(void)
{
	if (!pt_has_iommu(NULL))
		pr_warn("no IOMMU is in use: devices can be hidden, but not given to guests; VT-d or AMD-Vi in the firmware, intel_iommu=on for Linux, no iommu=0 for Xen\n");
}

static int __init pbng_init(void)
{
	int err;

	if (driver_find(PBNG_DRIVER_NAME, &pci_bus_type)) {
		pr_err("the in-tree xen-pciback is loaded: free its devices, rmmod xen-pciback, load again\n");
		return -EBUSY;
	}
	err = pbng_registry_init();
	if (err)
		return err;
	err = pbng_hold_init();
	if (err)
		goto err_registry;
	err = pbng_quirk_init();
	if (err)
		goto err_hold;
	err = pbng_config_init();
	if (err)
		goto err_quirk;
	pbng_config_quirk_load();
	err = pbng_load_own_rules();
	if (err)
		goto err_rules;
	err = pbng_bus_init();
	if (err)
		goto err_rules;
	pbng_hide_present();
	err = pbng_driver_init(pbng_sysfs_driver_groups, pbng_sysfs_device_groups);
	if (err)
		goto err_hide;
	pbng_load_own_stub_ids();
	pbng_aside_init();
	err = pbng_backend_init(pbng_param_passthrough);
	if (err)
		goto err_driver;
	check_iommu();
	return 0;

err_driver:
	pbng_aside_exit();
	pbng_driver_exit();
err_hide:
	pbng_bus_exit();
	pbng_hide_exit();
err_rules:
	pbng_rules_destroy();
	pbng_config_exit();
err_quirk:
	pbng_quirk_exit();
err_hold:
	pbng_hold_exit();
err_registry:
	pbng_registry_exit();
	return err;
}

static void __exit pbng_exit(void)
{
	pbng_backend_exit();
	pbng_aside_exit();
	pbng_hide_leave();
	pbng_driver_exit();
	pbng_bus_exit();
	pbng_hide_exit();
	pbng_rules_destroy();
	pbng_config_exit();
	pbng_quirk_exit();
	pbng_hold_exit();
	pbng_registry_exit();
}

module_init(pbng_init);
module_exit(pbng_exit);
MODULE_DESCRIPTION("Gives PCI devices to guests; replaces xen-pciback and pci-stub");
MODULE_VERSION(SUITE_VERSION);
MODULE_INFO(documentation, SUITE_DOCUMENTATION "README.md");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
/* VFs that would outlive their PF, see orphan.h. */
#include <linux/device.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <xen/xen.h>

#include "orphan.h"

/*
 * The remover of a PF holds the lock of rescan and removal, as it does when the PF's driver
 * disables the VFs. The VFs' own removal comes to all notifiers of this bus while this one
 * runs, so their semaphore is taken for reading twice: a module that registers one just now
 * would wait for ever, hence no more than this is done here, and only where VFs are left.
 */
static int bus_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);
	int vfs;

	if (event != BUS_NOTIFY_DEL_DEVICE || !pdev->is_physfn)
		return NOTIFY_DONE;
	vfs = pci_num_vf(pdev);
	if (!vfs)
		return NOTIFY_DONE;

	pci_warn(pdev, "is removed with %d VFs enabled: they go first, or Xen would use neither until the next boot\n",
		 vfs);
	pci_disable_sriov(pdev);
	return NOTIFY_DONE;
}

/* Before the kernel's own, which tells Xen; after pt-core and pin.c, which only look. */
static struct notifier_block bus_notifier = {
	.notifier_call = bus_event, .priority = INT_MAX - 2,
};

int ie_orphan_init(void)
{
	if (!xen_initial_domain())
		return 0;
	return bus_register_notifier(&pci_bus_type, &bus_notifier);
}

void ie_orphan_exit(void)
{
	if (xen_initial_domain())
		bus_unregister_notifier(&pci_bus_type, &bus_notifier);
}

// SPDX-License-Identifier: GPL-2.0
/* The PCI bus notifier, see bus.h. */
#include <linux/device.h>
#include <linux/notifier.h>
#include <linux/pci.h>

#include "bus.h"
#include "claim.h"
#include "hide.h"

static int bus_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	switch (event) {
	case BUS_NOTIFY_ADD_DEVICE:
		pbng_hide_added(pdev);
		break;
	case BUS_NOTIFY_DEL_DEVICE:
		pbng_hide_removed(pdev);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		pbng_hide_bound(pdev);
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		/* Its VFs will go, or stay behind dead: nobody may be using one. */
		if (pdev->is_physfn)
			pbng_claim_release_vfs(pdev);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block bus_notifier = { .notifier_call = bus_event };

int pbng_bus_init(void)
{
	return bus_register_notifier(&pci_bus_type, &bus_notifier);
}

void pbng_bus_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &bus_notifier);
}

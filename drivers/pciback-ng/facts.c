// SPDX-License-Identifier: GPL-2.0
/* What rules can go by, of a device; see rules.h. */
#include <linux/pci.h>
#include <linux/pt_identity.h>

#include "device.h"
#include "rules.h"

/* The devfns from the root bus down; a VF has none, its bus is not its PF's. */
static void find_path(struct pci_dev *pdev, struct pbng_facts *facts)
{
	struct pci_dev *at = pdev;
	int depth = 0;

	while (pci_upstream_bridge(at)) {
		at = pci_upstream_bridge(at);
		depth++;
	}
	facts->hops = -1;
	if (pdev->is_virtfn || depth > PBNG_RULE_HOPS)
		return;
	facts->hops = depth;
	facts->root = pbng_bdf_of(at);
	for (at = pdev; depth--; at = pci_upstream_bridge(at))
		facts->hop[depth] = at->devfn;
}

/* As it was read when the device came: one that is asleep or gone would not say. */
static u64 serial_of(struct pci_dev *pdev)
{
	struct pt_identity id;

	return pdev->is_virtfn || pt_identity_of(pdev, &id) ? 0 : id.serial;
}

static void describe(struct pci_dev *pdev, struct pbng_facts *facts)
{
	*facts = (struct pbng_facts) {
		.bdf = pbng_bdf_of(pdev),
		.vendor = pdev->vendor,
		.device = pdev->device,
		.subvendor = pdev->subsystem_vendor,
		.subdevice = pdev->subsystem_device,
		.class = pdev->class,
		.serial = serial_of(pdev),
		.is_vf = pdev->is_virtfn,
	};
	if (pdev->is_virtfn)
		facts->pf = pbng_bdf_of(pci_physfn(pdev));
	find_path(pdev, facts);
}

unsigned int pbng_rules_selectors(struct pci_dev *pdev, struct pbng_selector *selectors)
{
	struct pbng_facts facts;

	describe(pdev, &facts);
	return pbng_facts_selectors(&facts, selectors);
}

// SPDX-License-Identifier: GPL-2.0
/* Who is hit by a reset of a bus, see reset_group.h. */
#include <linux/slab.h>

#include "reset_group.h"

static int add(struct pci_dev *pdev, void *data)
{
	struct pbng_group *group = data;

	/* One too many says that there are too many. */
	if (group->count < PBNG_GROUP_MAX)
		group->pdev[group->count] = pci_dev_get(pdev);
	return group->count++ >= PBNG_GROUP_MAX;
}

/* A VF's bus may not be its own: what hits it hits the PF. */
bool pbng_group_can_be_reset(const struct pci_dev *pdev)
{
	return !pdev->is_virtfn && !pci_is_root_bus(pdev->bus) &&
	       (!pci_probe_reset_slot(pdev->slot) ||
		!pci_probe_reset_bus(pdev->bus));
}

struct pbng_group *pbng_group_get(struct pci_dev *pdev)
{
	struct pbng_group *group;

	if (!pbng_group_can_be_reset(pdev))
		return ERR_PTR(-ENOTTY);
	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return ERR_PTR(-ENOMEM);
	pci_walk_bus(pdev->bus, add, group);
	if (group->count <= PBNG_GROUP_MAX)
		return group;
	group->count = PBNG_GROUP_MAX;
	pbng_group_put(group);
	return ERR_PTR(-E2BIG);
}

void pbng_group_put(struct pbng_group *group)
{
	while (group->count)
		pci_dev_put(group->pdev[--group->count]);
	kfree(group);
}

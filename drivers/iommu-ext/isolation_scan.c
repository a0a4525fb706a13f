// SPDX-License-Identifier: GPL-2.0
/* The functions of this machine, see isolation_scan.h. */
#include <linux/bitmap.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "isolation_scan.h"
#include "tables.h"

#define FIRST_ROOM	64

/* The functions, each with a reference. */
struct list {
	struct pci_dev **pdev;
	u32 n;
	u32 room;
};

static void list_free(struct list *list)
{
	while (list->n)
		pci_dev_put(list->pdev[--list->n]);
	kvfree(list->pdev);
}

static int list_add_pdev(struct list *list, struct pci_dev *pdev)
{
	struct pci_dev **more;
	u32 room;

	if (list->n == list->room) {
		room = list->room ? 2 * list->room : FIRST_ROOM;
		more = kvmalloc_array(room, sizeof(*more), GFP_KERNEL);
		if (!more)
			return -ENOMEM;
		if (list->n)
			memcpy(more, list->pdev, list->n * sizeof(*more));
		kvfree(list->pdev);
		list->pdev = more;
		list->room = room;
	}
	list->pdev[list->n++] = pci_dev_get(pdev);
	return 0;
}

static u64 address_of(struct pci_dev *pdev)
{
	return (u64)pci_domain_nr(pdev->bus) << 16 | pci_dev_id(pdev);
}

static int by_address(const void *a, const void *b)
{
	u64 x = address_of(*(struct pci_dev **)a), y = address_of(*(struct pci_dev **)b);

	return x < y ? -1 : x > y;
}

static int list_machine(struct list *list)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		if (list_add_pdev(list, pdev)) {
			pci_dev_put(pdev);
			return -ENOMEM;
		}
	}
	sort(list->pdev, list->n, sizeof(*list->pdev), by_address, NULL);
	return 0;
}

static u8 type_of(struct pci_dev *pdev)
{
	if (!pci_is_pcie(pdev))
		return IE_ISO_CONVENTIONAL;
	switch (pci_pcie_type(pdev)) {
	case PCI_EXP_TYPE_ROOT_PORT:
		return IE_ISO_ROOT_PORT;
	case PCI_EXP_TYPE_UPSTREAM:
		return IE_ISO_UPSTREAM;
	case PCI_EXP_TYPE_DOWNSTREAM:
		return IE_ISO_DOWNSTREAM;
	case PCI_EXP_TYPE_PCI_BRIDGE:
		return IE_ISO_TO_PCI;
	case PCI_EXP_TYPE_PCIE_BRIDGE:
		return IE_ISO_TO_PCIE;
	case PCI_EXP_TYPE_RC_EC:
		return IE_ISO_OTHER;
	default:
		return IE_ISO_ENDPOINT;
	}
}

static void read_acs(struct ie_iso_dev *dev, struct pci_dev *pdev)
{
	if (!pdev->acs_cap)
		return;
	dev->has_acs = true;
	pci_read_config_word(pdev, pdev->acs_cap + PCI_ACS_CAP, &dev->acs_cap);
	pci_read_config_word(pdev, pdev->acs_cap + PCI_ACS_CTRL, &dev->acs_ctrl);
}

static void read_alias(struct ie_iso_dev *dev, struct pci_dev *pdev)
{
	unsigned int devfn;

	if (!pdev->dma_alias_mask)
		return;
	for_each_set_bit(devfn, pdev->dma_alias_mask, 256) {
		dev->alias[devfn / 8] |= BIT(devfn % 8);
		dev->has_alias = true;
	}
}

static void read_bars(struct ie_iso_dev *dev, struct pci_dev *pdev)
{
	struct resource *res;
	int i;

	for (i = 0; i < IE_ISO_BARS; i++) {
		res = &pdev->resource[i];
		if (!(res->flags & IORESOURCE_MEM) || res->flags & IORESOURCE_UNSET ||
		    !res->start || !resource_size(res))
			continue;
		dev->bar[dev->bars++] = (struct ie_iso_bar) { res->start, res->end };
	}
}

static s32 find(const struct ie_iso *iso, struct pci_dev *pdev)
{
	return ie_iso_find(iso, pci_domain_nr(pdev->bus), pdev->bus->number, pdev->devfn);
}

static s32 find_parent(const struct ie_iso *iso, struct pci_dev *pdev)
{
	struct pci_bus *bus;

	/* VFs can be on buses that no bridge made. */
	for (bus = pdev->bus; !pci_is_root_bus(bus); bus = bus->parent)
		if (bus->self)
			return find(iso, bus->self);
	return IE_ISO_NONE;
}

static void read_dev(struct ie_iso_dev *dev, struct pci_dev *pdev)
{
	dev->id.segment = pci_domain_nr(pdev->bus);
	dev->id.bus = pdev->bus->number;
	dev->id.devfn = pdev->devfn;
	dev->id.is_vf = pdev->is_virtfn;
	dev->type = type_of(pdev);
	dev->multifunction = pdev->multifunction;
	dev->is_bridge = pdev->hdr_type != PCI_HEADER_TYPE_NORMAL;
	dev->xlate_root = pdev->dev_flags & PCI_DEV_FLAGS_BRIDGE_XLATE_ROOT;
	if (pdev->hdr_type == PCI_HEADER_TYPE_NORMAL && !pdev->msi_cap && !pdev->msix_cap)
		dev->pin = pdev->pin <= 4 ? pdev->pin : 0;
	read_acs(dev, pdev);
	read_alias(dev, pdev);
	read_bars(dev, pdev);
}

static struct ie_iso *iso_alloc(u32 n)
{
	struct ie_iso *iso = kzalloc(sizeof(*iso), GFP_KERNEL);

	if (!iso)
		return NULL;
	iso->n = n;
	iso->regions = ie_tables_regions();
	iso->dev = kvcalloc(n, sizeof(*iso->dev), GFP_KERNEL);
	iso->span = kvcalloc(n, IE_ISO_BARS * sizeof(*iso->span), GFP_KERNEL);
	iso->lead = kvcalloc(iso->regions->count, sizeof(*iso->lead), GFP_KERNEL);
	if (iso->dev && iso->span && iso->lead)
		return iso;
	ie_iso_free(iso);
	return NULL;
}

struct ie_iso *ie_iso_scan(u8 reasons)
{
	struct list list = {};
	struct ie_iso *iso = NULL;
	u32 i;

	if (list_machine(&list))
		goto out;
	iso = iso_alloc(list.n);
	if (!iso)
		goto out;
	iso->enabled = reasons;
	for (i = 0; i < iso->n; i++)
		read_dev(&iso->dev[i], list.pdev[i]);
	for (i = 0; i < iso->n; i++) {
		iso->dev[i].parent = find_parent(iso, list.pdev[i]);
		iso->dev[i].pf = find(iso, pci_physfn(list.pdev[i]));
	}
	ie_iso_compute(iso);
out:
	list_free(&list);
	return iso;
}

void ie_iso_free(struct ie_iso *iso)
{
	if (!iso)
		return;
	kvfree(iso->dev);
	kvfree(iso->span);
	kvfree(iso->lead);
	kfree(iso);
}

// SPDX-License-Identifier: GPL-2.0
/* MSI and MSI-X for a PV guest, see msi.h. */
#include <linux/slab.h>
#include <xen/events.h>

#include "intx.h"
#include "msi.h"

/* The guest needs the number that Xen knows, not dom0's. */
static u32 line_pirq(struct pci_dev *pdev)
{
	return pdev->irq ? xen_pirq_from_irq(pdev->irq) : 0;
}

/*
 * What Xen refuses the kernel logs, a line for each vector and without a limit. After
 * some tries, enough for a driver that comes down from MSI-X to MSI, the owner waits
 * longer and longer for the next.
 */
#define FREE_TRIES	3
#define FIRST_WAIT	(10 * HZ)
#define MOST_DOUBLED	8u

static bool too_early(const struct pbng_dev *dev)
{
	return dev->msi_refused > FREE_TRIES && time_before(jiffies, dev->msi_again);
}

/* Nonsense of the guest's own is found before Xen is asked. */
static void count_refused(struct pbng_dev *dev, int err)
{
	if (!err || err == -EINVAL)
		return;
	if (++dev->msi_refused > FREE_TRIES)
		dev->msi_again = jiffies + (FIRST_WAIT << min(dev->msi_refused - FREE_TRIES - 1,
							      MOST_DOUBLED));
}

int pbng_msi_enable(struct pbng_dev *dev, u32 *pirq)
{
	struct pci_dev *pdev = dev->pdev;
	int err;

	lockdep_assert_held(&dev->lock);
	if (pdev->msi_enabled)
		return -EALREADY;
	if (pdev->msix_enabled || too_early(dev))
		return -EBUSY;
	err = pci_enable_msi(pdev);
	count_refused(dev, err);
	if (err)
		return err;
	*pirq = line_pirq(pdev);
	pbng_intx_set_ack(dev, false);
	return 0;
}

int pbng_msi_disable(struct pbng_dev *dev, u32 *pirq)
{
	struct pci_dev *pdev = dev->pdev;

	lockdep_assert_held(&dev->lock);
	if (pdev->msi_enabled || pdev->msix_enabled) {
		pci_disable_msi(pdev);
		pci_disable_msix(pdev);
		pbng_intx_set_ack(dev, true);
	}
	*pirq = line_pirq(pdev);
	return 0;
}

/* The table is in a BAR: without decode its programming goes nowhere. */
static bool decodes_memory(struct pci_dev *pdev)
{
	u16 command = 0;

	/* A VF has no bit of its own. */
	pci_read_config_word(pci_physfn(pdev), PCI_COMMAND, &command);
	return command & PCI_COMMAND_MEMORY;
}

/* The PCI core of 6.12 takes entries behind the end of the table for virtual ones. */
static bool in_table(struct pci_dev *pdev, const struct xen_msix_entry *entry, u32 n)
{
	int size = pci_msix_vec_count(pdev);
	u32 i;

	for (i = 0; i < n; i++)
		if (entry[i].entry >= size)
			return false;
	return true;
}

int pbng_msix_enable(struct pbng_dev *dev, struct xen_msix_entry *entry, u32 n)
{
	struct pci_dev *pdev = dev->pdev;
	struct msix_entry *request;
	u32 i;
	int err;

	lockdep_assert_held(&dev->lock);
	if (!n || n > SH_INFO_MAX_VEC || !in_table(pdev, entry, n))
		return -EINVAL;
	if (pdev->msix_enabled)
		return -EALREADY;
	if (pdev->msi_enabled || too_early(dev))
		return -EBUSY;
	if (!decodes_memory(pdev))
		return -ENXIO;
	request = kcalloc(n, sizeof(*request), GFP_KERNEL);
	if (!request)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		request[i].entry = entry[i].entry;
	/* The PCI core checks that entries are distinct. */
	err = pci_enable_msix_exact(pdev, request, n);
	count_refused(dev, err);
	if (!err) {
		for (i = 0; i < n; i++)
			entry[i].vector = xen_pirq_from_irq(request[i].vector);
		pbng_intx_set_ack(dev, false);
	}
	kfree(request);
	return err;
}

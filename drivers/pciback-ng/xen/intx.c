// SPDX-License-Identifier: GPL-2.0
/* The stand-in INTx handler, see intx.h. */
#include <linux/interrupt.h>
#include <xen/events.h>
#include <xen/xen.h>

#include "intx.h"

#define SHARED_CHECK	1000	/* interrupts between questions to Xen */

/*
 * libxl unmaps a line with the first of a guest's devices on it that it detaches; the next
 * ones go on asserting it. Where dom0 is alone with them the kernel would shut the line for
 * everybody, and write pages about it. Once: a device that does not obey is the kernel's.
 */
static bool mask_at_device(struct pbng_dev *dev)
{
	if (!READ_ONCE(dev->intx.alone) || !pci_check_and_mask_intx(dev->pdev))
		return false;
	WRITE_ONCE(dev->intx.alone, false);
	return true;
}

static irqreturn_t intx_handler(int irq, void *data)
{
	struct pbng_dev *dev = data;
	struct pbng_intx *intx = &dev->intx;

	if (!READ_ONCE(intx->ack))
		return mask_at_device(dev) ? IRQ_HANDLED : IRQ_NONE;
	intx->handled++;
	/* Not 0 means that no other domain has the line: ours is not needed. */
	if (intx->handled % SHARED_CHECK == 0 && xen_test_irq_shared(irq)) {
		WRITE_ONCE(intx->alone, true);
		WRITE_ONCE(intx->ack, false);
	}
	return IRQ_HANDLED;
}

static void install(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	int err;

	/* VFs have no line; with MSI pdev->irq is not the line's number. */
	if (!pdev->irq || pdev->msi_enabled || pdev->msix_enabled)
		return;
	err = request_irq(pdev->irq, intx_handler, IRQF_SHARED, dev->intx.name,
			  dev);
	if (err) {
		dev_warn_ratelimited(&pdev->dev,
				     "no handler on shared IRQ %d: %pe\n",
				     pdev->irq, ERR_PTR(err));
		return;
	}
	dev->intx.irq = pdev->irq;
	WRITE_ONCE(dev->intx.alone, false);
	WRITE_ONCE(dev->intx.ack, true);
}

void pbng_intx_update(struct pbng_dev *dev)
{
	struct pbng_intx *intx = &dev->intx;

	lockdep_assert_held(&dev->lock);
	if (!xen_domain() || dev->pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return;
	if (intx->wanted && !intx->irq) {
		install(dev);
	} else if (!intx->wanted && intx->irq) {
		free_irq(intx->irq, dev);
		intx->irq = 0;
		WRITE_ONCE(intx->ack, false);
	}
}

void pbng_intx_set_ack(struct pbng_dev *dev, bool ack)
{
	lockdep_assert_held(&dev->lock);
	WRITE_ONCE(dev->intx.alone, false);
	WRITE_ONCE(dev->intx.ack, ack && dev->intx.irq);
}

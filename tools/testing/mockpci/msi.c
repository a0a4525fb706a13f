// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of the mock bus: an MSI domain of our own, without a parent. The data
 * that a function is told to write is the number of the Linux interrupt.
 */
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>
#ifdef HAVE_MSI_PARENT_DOMAIN
#include <linux/irqchip/irq-msi-lib.h>
#endif

#include "mockpci.h"

static struct fwnode_handle *node;
static struct irq_domain *domain;

static void compose(struct irq_data *data, struct msi_msg *msg)
{
	memset(msg, 0, sizeof(*msg));
	msg->address_lo = 0xfee00000;
	msg->data = data->irq;
}

static int set_affinity(struct irq_data *data, const struct cpumask *mask, bool force)
{
	return -EINVAL;
}

#ifdef HAVE_MSI_PARENT_DOMAIN

/*
 * Since Linux 6.16 the PCI core makes a domain for each device, a child of this one. It has
 * an array of all its interrupts, for which the numbers of Linux are small enough.
 */
#define INTERRUPTS	65536

static struct irq_chip chip = {
	.name = "MOCK-MSI",
	.irq_compose_msi_msg = compose,
	.irq_set_affinity = set_affinity,
};

static int alloc(struct irq_domain *dom, unsigned int virq, unsigned int count, void *arg)
{
	unsigned int i;

	if (virq + count > INTERRUPTS)
		return -ENOSPC;
	for (i = virq; i < virq + count; i++)
		irq_domain_set_info(dom, i, i, &chip, NULL, handle_simple_irq, NULL, NULL);
	return 0;
}

static void release(struct irq_domain *dom, unsigned int virq, unsigned int count)
{
	unsigned int i;

	for (i = virq; i < virq + count; i++)
		irq_domain_reset_irq_data(irq_domain_get_irq_data(dom, i));
}

static const struct irq_domain_ops ops = {
	.alloc = alloc,
	.free = release,
};

static const struct msi_parent_ops parent_ops = {
	.supported_flags = MSI_GENERIC_FLAGS_MASK,
	.required_flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS |
			  MSI_FLAG_NO_AFFINITY,
	.bus_select_token = DOMAIN_BUS_VMD_MSI,
	.bus_select_mask = MATCH_PCI_MSI,
	.prefix = "MOCK-",
	.init_dev_msi_info = msi_lib_init_dev_msi_info,
};

static struct irq_domain *create(void)
{
	struct irq_domain_info info = {
		.fwnode = node,
		.ops = &ops,
		.size = INTERRUPTS,
	};

	return msi_create_parent_irq_domain(&info, &parent_ops);
}

#else

static void nothing(struct irq_data *data)
{
}

static struct irq_chip chip = {
	.name = "MOCK-MSI",
	.irq_compose_msi_msg = compose,
	.irq_enable = nothing,
	.irq_disable = nothing,
	.irq_set_affinity = set_affinity,
};

static irq_hw_number_t get_hwirq(struct msi_domain_info *info, msi_alloc_info_t *arg)
{
	return 0;
}

static int init_irq(struct irq_domain *dom, struct msi_domain_info *info, unsigned int virq,
		    irq_hw_number_t hwirq, msi_alloc_info_t *arg)
{
	irq_domain_set_info(dom, virq, virq, info->chip, NULL, handle_simple_irq, NULL, NULL);
	return 0;
}

static int prepare(struct irq_domain *dom, struct device *dev, int count, msi_alloc_info_t *arg)
{
	memset(arg, 0, sizeof(*arg));
	return 0;
}

static void set_desc(msi_alloc_info_t *arg, struct msi_desc *desc)
{
	arg->desc = desc;
}

static struct msi_domain_ops ops = {
	.get_hwirq = get_hwirq,
	.msi_init = init_irq,
	.msi_prepare = prepare,
	.set_desc = set_desc,
};

static struct msi_domain_info info = {
	.flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS,
	.ops = &ops,
	.chip = &chip,
};

static struct irq_domain *create(void)
{
	struct irq_domain *made = pci_msi_create_irq_domain(node, &info, NULL);

	/* Interrupt remapping takes every other domain from devices that it does not know. */
	if (made)
		irq_domain_update_bus_token(made, DOMAIN_BUS_VMD_MSI);
	return made;
}

#endif

int mock_msi_init(void)
{
	node = irq_domain_alloc_named_id_fwnode("MOCK-MSI", 0);
	if (!node)
		return -ENOMEM;
	domain = create();
	if (!domain) {
		irq_domain_free_fwnode(node);
		return -ENODEV;
	}
	return 0;
}

void mock_msi_exit(void)
{
	irq_domain_remove(domain);
	irq_domain_free_fwnode(node);
}

struct irq_domain *mock_msi_domain(void)
{
	return domain;
}

/* The function sends its first message, as it has been told to. */
int mock_msi_raise(struct mock_fn *fn)
{
	bool sends;
	int irq;

	raw_spin_lock_irq(&mock_lock);
	sends = fn->present && !fn->all_ones &&
		mock_get(fn->cfg, MOCK_MSI + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_ENABLE &&
		mock_get(fn->cfg, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
	irq = mock_get(fn->cfg, MOCK_MSI + PCI_MSI_DATA_64, 2);
	raw_spin_unlock_irq(&mock_lock);
	return sends ? generic_handle_irq_safe(irq) : -EIO;
}

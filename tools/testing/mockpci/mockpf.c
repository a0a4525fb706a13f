// SPDX-License-Identifier: GPL-2.0
/*
 * mockpf: the host's own drivers of the mock bus, so that tests can see who probed
 * what. "mockpf" takes the PF and has sriov_numvfs, "mocknet" takes endpoints and
 * VFs and uses one MSI vector. Both do what real drivers do: enable the device,
 * become bus master, undo it all in remove. mocknet writes a number to the first
 * register of BAR 0 where there is one.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "mockpci.h"

#define IN_USE	0x12345678

static atomic_t probes, removes, irqs;

static int count_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops count_ops = { .get = count_get };

module_param_cb(probes, &count_ops, &probes, 0444);
MODULE_PARM_DESC(probes, "probes so far, of both drivers");
module_param_cb(removes, &count_ops, &removes, 0444);
MODULE_PARM_DESC(removes, "removes so far");
module_param_cb(irqs, &count_ops, &irqs, 0444);
MODULE_PARM_DESC(irqs, "interrupts so far");

static irqreturn_t handle(int irq, void *data)
{
	atomic_inc(&irqs);
	return IRQ_HANDLED;
}

static int start(struct pci_dev *pdev)
{
	int err;

	atomic_inc(&probes);
	pci_info(pdev, "probed by %s\n", pdev->dev.driver->name);
	err = pci_enable_device(pdev);
	if (!err)
		pci_set_master(pdev);
	return err;
}

static void stop(struct pci_dev *pdev)
{
	pci_clear_master(pdev);
	pci_disable_device(pdev);
	atomic_inc(&removes);
	pci_info(pdev, "removed from %s\n", pdev->dev.driver->name);
}

static int use_bar(struct pci_dev *pdev)
{
	void __iomem *bar;

	if (!pci_resource_len(pdev, 0))
		return 0;
	bar = pci_iomap(pdev, 0, 0);
	if (!bar)
		return -ENOMEM;
	iowrite32(IN_USE, bar);
	pci_iounmap(pdev, bar);
	return 0;
}

static int net_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int err;

	err = start(pdev);
	if (err)
		return err;
	err = use_bar(pdev);
	if (err)
		goto err_stop;
	err = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (err < 0)
		goto err_stop;
	err = request_irq(pci_irq_vector(pdev, 0), handle, 0, "mocknet", pdev);
	if (err)
		goto err_vectors;
	return 0;

err_vectors:
	pci_free_irq_vectors(pdev);
err_stop:
	stop(pdev);
	return err;
}

static void net_remove(struct pci_dev *pdev)
{
	free_irq(pci_irq_vector(pdev, 0), pdev);
	pci_free_irq_vectors(pdev);
	stop(pdev);
}

static int pf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return start(pdev);
}

static void pf_remove(struct pci_dev *pdev)
{
	pci_disable_sriov(pdev);
	stop(pdev);
}

static const struct pci_device_id net_ids[] = {
	{ PCI_DEVICE(MOCK_VENDOR, MOCK_DEV_ENDPOINT) },
	{ PCI_DEVICE(MOCK_VENDOR, MOCK_DEV_VF) },
	{ PCI_DEVICE(MOCK_VENDOR, MOCK_DEV_SIMPLE) },
	{}
};

static const struct pci_device_id pf_ids[] = {
	{ PCI_DEVICE(MOCK_VENDOR, MOCK_DEV_PF) },
	{}
};

static struct pci_driver net_driver = {
	.name = "mocknet",
	.id_table = net_ids,
	.probe = net_probe,
	.remove = net_remove,
};

static struct pci_driver pf_driver = {
	.name = "mockpf",
	.id_table = pf_ids,
	.probe = pf_probe,
	.remove = pf_remove,
	.sriov_configure = pci_sriov_configure_simple,
};

static int __init mockpf_init(void)
{
	int err;

	err = pci_register_driver(&net_driver);
	if (err)
		return err;
	err = pci_register_driver(&pf_driver);
	if (err)
		pci_unregister_driver(&net_driver);
	return err;
}

static void __exit mockpf_exit(void)
{
	pci_unregister_driver(&pf_driver);
	pci_unregister_driver(&net_driver);
}

module_init(mockpf_init);
module_exit(mockpf_exit);
MODULE_DEVICE_TABLE(pci, net_ids);
MODULE_DEVICE_TABLE(pci, pf_ids);
MODULE_DESCRIPTION("The host's drivers of the mock PCI bus, a test fixture");
MODULE_LICENSE("GPL");

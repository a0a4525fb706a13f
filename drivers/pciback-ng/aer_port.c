// SPDX-License-Identifier: GPL-2.0
/* Errors on their way up, see aer_port.h. */
#include <linux/cleanup.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "aer_port.h"
#include "param.h"

#define ROOT_COMMAND	(PCI_ERR_ROOT_CMD_COR_EN | PCI_ERR_ROOT_CMD_NONFATAL_EN | \
			 PCI_ERR_ROOT_CMD_FATAL_EN)

/* The firmware may have kept errors to itself; pcie_ports=native ignores that. */
static bool linux_listens(struct pci_dev *pdev, struct pci_dev *root)
{
	int aer = pci_find_ext_capability(root ?: pdev, PCI_EXT_CAP_ID_ERR);
	u32 command = 0;

	if (!aer)
		return false;
	if (pci_find_host_bridge(pdev->bus)->native_aer)
		return true;
	if (root)
		pci_read_config_dword(root, aer + PCI_ERR_ROOT_COMMAND, &command);
	return (command & ROOT_COMMAND) == ROOT_COMMAND;
}

/* What comes from below goes on only with this bit, and SERR# of COMMAND. */
static bool passes_on(struct pci_dev *port)
{
	u16 control = 0;

	pci_read_config_word(port, PCI_BRIDGE_CONTROL, &control);
	return control & PCI_BRIDGE_CTL_SERR;
}

bool pbng_aer_port_reports(struct pci_dev *pdev)
{
	struct pci_dev *root = pcie_find_root_port(pdev);
	struct pci_dev *port;

	if (!linux_listens(pdev, root)) {
		pci_info(pdev, "Linux does not handle errors of its root port: none will be seen\n");
		return false;
	}
	for (port = pci_upstream_bridge(pdev); port; port = pci_upstream_bridge(port))
		if (!passes_on(port))
			pci_warn(pdev, "port %s does not pass on errors: none will be seen\n",
				 pci_name(port));
	return true;
}

#define MASK_SERR	BIT(0)	/* bits of the parameter root_port_mask */
#define MASK_TIMEOUT	BIT(1)

#define SERR_ENABLES	(PCI_EXP_RTCTL_SECEE | PCI_EXP_RTCTL_SENFEE | \
			 PCI_EXP_RTCTL_SEFEE)

/**
 * struct masked_port - a root port with something masked
 * @users: devices below it that have an owner
 * @serr: bits of Root Control that we have cleared
 * @timeout: we have masked the completion timeout
 */
struct masked_port {
	unsigned int users;
	u16 serr;
	bool timeout;
};

static DEFINE_MUTEX(ports_lock);	/* protects @ports and what is in it; a leaf */
static DEFINE_XARRAY(ports);		/* struct masked_port by address */

/* Return: something has changed. */
static bool mask_timeout(struct pci_dev *root, bool on)
{
	int aer = pci_find_ext_capability(root, PCI_EXT_CAP_ID_ERR);
	u32 old, new;

	if (!aer)
		return false;
	pci_read_config_dword(root, aer + PCI_ERR_UNCOR_MASK, &old);
	new = on ? old | PCI_ERR_UNC_COMP_TIME : old & ~PCI_ERR_UNC_COMP_TIME;
	if (new != old)
		pci_write_config_dword(root, aer + PCI_ERR_UNCOR_MASK, new);
	return new != old;
}

/*
 * The PCI core changes other bits of Root Control at any time, that of PME above all. Its
 * lock for that is in these accessors, where the kernel has one.
 */
static void mask(struct pci_dev *root, struct masked_port *port, unsigned int what)
{
	u16 control = 0;

	if (what & MASK_SERR) {
		pcie_capability_read_word(root, PCI_EXP_RTCTL, &control);
		port->serr = control & SERR_ENABLES;
		pcie_capability_clear_word(root, PCI_EXP_RTCTL, port->serr);
	}
	if (what & MASK_TIMEOUT)
		port->timeout = mask_timeout(root, true);
}

static void unmask(struct pci_dev *root, struct masked_port *port)
{
	if (port->serr)
		pcie_capability_set_word(root, PCI_EXP_RTCTL, port->serr);
	if (port->timeout)
		mask_timeout(root, false);
}

void pbng_aer_port_mask(struct pbng_dev *dev)
{
	struct pci_dev *root = pcie_find_root_port(dev->pdev);
	unsigned int what = READ_ONCE(pbng_param_root_port_mask);
	struct masked_port *port;
	unsigned long key;

	lockdep_assert_held(&dev->lock);
	if (!what || !root)
		return;
	guard(mutex)(&ports_lock);
	key = pbng_bdf_key(pbng_bdf_of(root));
	port = xa_load(&ports, key);
	if (!port) {
		port = kzalloc(sizeof(*port), GFP_KERNEL);
		if (!port || xa_err(xa_store(&ports, key, port, GFP_KERNEL))) {
			kfree(port);
			pci_warn(dev->pdev, "no memory: port %s is not masked\n", pci_name(root));
			return;
		}
		mask(root, port, what);
	}
	port->users++;
	dev->aer.masked = true;
}

void pbng_aer_port_unmask(struct pbng_dev *dev)
{
	struct pci_dev *root = pcie_find_root_port(dev->pdev);
	struct masked_port *port;
	unsigned long key;

	lockdep_assert_held(&dev->lock);
	if (!dev->aer.masked || !root)
		return;
	dev->aer.masked = false;
	guard(mutex)(&ports_lock);
	key = pbng_bdf_key(pbng_bdf_of(root));
	port = xa_load(&ports, key);
	if (--port->users)
		return;
	unmask(root, port);
	xa_erase(&ports, key);
	kfree(port);
}

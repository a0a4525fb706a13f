// SPDX-License-Identifier: GPL-2.0
/*
 * Binds config_core to a real device: accessors, and what COMMAND, power
 * states and interrupt enable bits mean to the host.
 */
#include <linux/slab.h>

#include "config.h"
#include "param.h"
#include "xen/intx.h"

/* Bits that go straight to the device; the others have a helper of their own. */
#define COMMAND_PASS	(PCI_COMMAND_SPECIAL | PCI_COMMAND_VGA_PALETTE | \
			 PCI_COMMAND_WAIT | PCI_COMMAND_FAST_BACK)
#define COMMAND_DECODE	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

static int io_read(void *priv, u16 off, u16 len, u32 *value)
{
	struct pci_dev *pdev = priv;
	u16 word;
	u8 byte;
	int err;

	switch (len) {
	case 1:
		err = pci_read_config_byte(pdev, off, &byte);
		*value = byte;
		break;
	case 2:
		err = pci_read_config_word(pdev, off, &word);
		*value = word;
		break;
	default:
		err = pci_read_config_dword(pdev, off, value);
	}
	return pcibios_err_to_errno(err);
}

static int io_write(void *priv, u16 off, u16 len, u32 value)
{
	struct pci_dev *pdev = priv;
	int err;

	switch (len) {
	case 1:
		err = pci_write_config_byte(pdev, off, value);
		break;
	case 2:
		err = pci_write_config_word(pdev, off, value);
		break;
	default:
		err = pci_write_config_dword(pdev, off, value);
	}
	return pcibios_err_to_errno(err);
}

/*
 * Decode is switched on when the guest first asks and then stays on: a guest
 * that turned it off would make its own later accesses unsupported requests,
 * which some platforms answer with a fatal NMI (XSA-120).
 */
static int command_decode(struct pbng_dev *dev, u16 new)
{
	int err;

	dev->intx.wanted = new & COMMAND_DECODE;
	if (!(new & COMMAND_DECODE)) {
		if (pci_is_enabled(dev->pdev))
			pci_disable_device(dev->pdev);
	} else if (!pci_is_enabled(dev->pdev)) {
		err = pci_enable_device(dev->pdev);
		if (err)
			return err;
	}
	pbng_intx_update(dev);
	return 0;
}

static int command_pass(struct pci_dev *pdev, u16 new)
{
	u16 command;
	int err;

	err = pci_read_config_word(pdev, PCI_COMMAND, &command);
	if (!err)
		err = pci_write_config_word(pdev, PCI_COMMAND,
					    (command & ~COMMAND_PASS) |
					    (new & COMMAND_PASS));
	return pcibios_err_to_errno(err);
}

static int io_command(void *priv, u16 old, u16 new)
{
	struct pbng_dev *dev = pci_get_drvdata(priv);
	u16 changed = old ^ new;
	int err = 0;

	if (changed & COMMAND_DECODE)
		err = command_decode(dev, new);
	if (err)
		return err;
	if (changed & PCI_COMMAND_MASTER) {
		if (new & PCI_COMMAND_MASTER)
			pci_set_master(dev->pdev);
		else
			pci_clear_master(dev->pdev);
	}
	if (changed & PCI_COMMAND_INVALIDATE) {
		if (new & PCI_COMMAND_INVALIDATE)
			err = pci_try_set_mwi(dev->pdev);
		else
			pci_clear_mwi(dev->pdev);
	}
	if (!err && changed & COMMAND_PASS)
		err = command_pass(dev->pdev, new);
	if (!err && changed & PCI_COMMAND_INTX_DISABLE && dev->allow_intr)
		pci_intx(dev->pdev, !(new & PCI_COMMAND_INTX_DISABLE));
	return err;
}

static int io_power(void *priv, unsigned int state)
{
	return pci_set_power_state(priv, (pci_power_t __force)state);
}

/* Which kinds of interrupt does the device have enabled right now? */
static bool other_interrupts(struct pci_dev *pdev, enum pbng_cfg_hook hook)
{
	u16 word = 0;

	pci_read_config_word(pdev, PCI_COMMAND, &word);
	if (!(word & PCI_COMMAND_INTX_DISABLE))
		return true;
	if (hook != PBNG_HOOK_MSI_CTRL && pdev->msi_cap) {
		pci_read_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS, &word);
		if (word & PCI_MSI_FLAGS_ENABLE)
			return true;
	}
	if (hook != PBNG_HOOK_MSIX_CTRL && pdev->msix_cap) {
		pci_read_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, &word);
		if (word & PCI_MSIX_FLAGS_ENABLE)
			return true;
	}
	return false;
}

/* For a device model in a stub domain; it must not mix kinds (XSA-157). */
static int io_intr(void *priv, enum pbng_cfg_hook hook, u16 off, u16 bits)
{
	struct pbng_dev *dev = pci_get_drvdata(priv);
	u16 enable = hook == PBNG_HOOK_MSI_CTRL ? PCI_MSI_FLAGS_ENABLE :
						  PCI_MSIX_FLAGS_ENABLE;

	if (!dev->allow_intr)
		return -EACCES;
	if (bits & enable && other_interrupts(dev->pdev, hook))
		return -EACCES;
	return io_write(priv, off, 2, bits);
}

static const struct pbng_cfg_io pdev_io = {
	.read = io_read,
	.write = io_write,
	.command = io_command,
	.power = io_power,
	.intr = io_intr,
};

static void describe_bar(struct pci_dev *pdev, int index,
			 struct pbng_cfg_bar *bar)
{
	struct resource *res = &pdev->resource[index];
	struct pci_bus_region region;

	if (!resource_size(res) || !(res->flags & (IORESOURCE_IO | IORESOURCE_MEM)))
		return;
	pcibios_resource_to_bus(pdev->bus, &region, res);
	bar->start = region.start;
	bar->size = resource_size(res);
	bar->flags = res->flags & (res->flags & IORESOURCE_IO ?
				   ~PCI_BASE_ADDRESS_IO_MASK & 0xf :
				   ~PCI_BASE_ADDRESS_MEM_MASK & 0xf);
}

static void describe(struct pci_dev *pdev, struct pbng_cfg_device *d)
{
	u16 command = 0;
	int i;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	d->vendor = pdev->vendor;
	d->device = pdev->device;
	d->command = command & ~PCI_COMMAND_MASTER;
	d->irq = pdev->irq;
	d->header = pdev->hdr_type;
	d->size = pdev->cfg_size;
	for (i = 0; i < PBNG_CFG_BARS; i++)
		describe_bar(pdev, i, &d->bar[i]);
	describe_bar(pdev, PCI_ROM_RESOURCE, &d->bar[PBNG_CFG_ROM]);
}

int pbng_config_create(struct pbng_dev *dev)
{
	struct pbng_cfg_device description = {};
	struct pbng_cfg *scratch;
	int err;

	lockdep_assert_held(&dev->lock);
	scratch = kzalloc(struct_size(scratch, reg, PBNG_CFG_MAX_REGS),
			  GFP_KERNEL);
	if (!scratch)
		return -ENOMEM;
	scratch->io = &pdev_io;
	scratch->priv = dev->pdev;
	scratch->capacity = PBNG_CFG_MAX_REGS;
	describe(dev->pdev, &description);
	err = pbng_cfg_build(scratch, &description);
	if (!err) {
		/* Most devices need a fifth of the room: keep what is used. */
		scratch->capacity = scratch->nregs;
		dev->cfg = kmemdup(scratch, struct_size(scratch, reg,
							scratch->nregs),
				   GFP_KERNEL);
		if (!dev->cfg)
			err = -ENOMEM;
	}
	kfree(scratch);
	return err;
}

void pbng_config_destroy(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	kfree(dev->cfg);
	dev->cfg = NULL;
}

int pbng_config_read(struct pbng_dev *dev, s32 off, s32 len, u32 *value)
{
	lockdep_assert_held(&dev->lock);
	return pbng_cfg_read(dev->cfg, off, len, value);
}

int pbng_config_write(struct pbng_dev *dev, s32 off, s32 len, u32 value)
{
	struct pbng_cfg *cfg = dev->cfg;
	unsigned long denied = cfg->denied;
	bool permissive = cfg->permissive;
	int err;

	lockdep_assert_held(&dev->lock);
	cfg->permissive |= READ_ONCE(pbng_param_permissive);
	err = pbng_cfg_write(cfg, off, len, value);
	cfg->permissive = permissive;
	if (!denied && cfg->denied)
		pci_info(dev->pdev,
			 "guest write of %0*x to read-only register %#x dropped; "
			 "if its driver fails without it: echo "
			 PBNG_BDF_FMT "-%x:%x:%x > quirks\n",
			 2 * len, value, cfg->denied_off,
			 PBNG_BDF_ARG(dev->bdf), off, len, pbng_cfg_bits(len));
	return err;
}

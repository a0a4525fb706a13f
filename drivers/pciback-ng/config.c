// SPDX-License-Identifier: GPL-2.0
/*
 * Binds config_core to a real device: accessors, and what COMMAND, power
 * states, interrupt enable bits and a function reset mean to the host.
 */
#include <linux/slab.h>

#include "config.h"
#include "config_quirk.h"
#include "hw.h"
#include "overlay.h"
#include "param.h"
#include "power.h"
#include "reset.h"
#include "xen/intx.h"

#define COMMAND_DECODE	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

static int io_read(void *priv, u16 off, u16 len, u32 *value)
{
	return pbng_hw_read(priv, off, len, value);
}

static int io_write(void *priv, u16 off, u16 len, u32 value)
{
	return pbng_hw_write(priv, off, len, value);
}

/*
 * Decode is switched on when the guest first asks and then stays on: a guest
 * that turned it off would make its own later accesses unsupported requests,
 * which some platforms answer with a fatal NMI (XSA-120). The device stays
 * enabled as well, or the kernel would set up its interrupt anew, and say so,
 * as often as a guest likes.
 */
static void command_decode(struct pbng_dev *dev, u16 new)
{
	dev->intx.wanted = new & COMMAND_DECODE;
	if (dev->intx.wanted && !pci_is_enabled(dev->pdev))
		pbng_power_enable(dev);
	else
		pbng_intx_update(dev);
}

/*
 * The bit that switches INTx off is the host's while it delivers MSIs for the
 * guest, and in policy strict it is always.
 */
static void command_intx(struct pbng_dev *dev, u16 new)
{
	bool off = new & PCI_COMMAND_INTX_DISABLE;

	if (!dev->allow_intr && dev->cfg->policy < PBNG_POLICY_STANDARD)
		return;
	if (off || (!dev->pdev->msi_enabled && !dev->pdev->msix_enabled))
		pci_intx(dev->pdev, !off);
}

static int io_command(void *priv, u16 old, u16 new)
{
	struct pbng_dev *dev = pci_get_drvdata(priv);
	u16 changed = old ^ new;
	int err = 0;

	if (changed & COMMAND_DECODE)
		command_decode(dev, new);
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
	if (!err && changed & PCI_COMMAND_INTX_DISABLE)
		command_intx(dev, new);
	return err;
}

static int io_power(void *priv, unsigned int state)
{
	return pbng_power_order(pci_get_drvdata(priv), (pci_power_t __force)state);
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

/* The owner's next accesses wait until it is done. */
static int io_flr(void *priv)
{
	pbng_reset_begin(pci_get_drvdata(priv), PBNG_BY_GUEST);
	return 0;
}

static const struct pbng_cfg_io pdev_io = {
	.read = io_read,
	.write = io_write,
	.command = io_command,
	.power = io_power,
	.intr = io_intr,
	.flr = io_flr,
};

static void describe_bar(struct pci_dev *pdev, int index,
			 struct pbng_cfg_bar *bar)
{
	struct resource *res = &pdev->resource[index];
	struct pci_bus_region region;

	if (!resource_size(res) || !(res->flags & (IORESOURCE_IO | IORESOURCE_MEM)))
		return;
	/*
	 * What has no address the guest cannot use, nor give it one. A ROM that did not fit is
	 * at 0 without IORESOURCE_UNSET: a resource that was placed has a parent.
	 */
	if (!res->parent || res->flags & (IORESOURCE_UNSET | IORESOURCE_ROM_SHADOW))
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
	int i;

	d->vendor = pdev->vendor;
	d->device = pdev->device;
	d->irq = pdev->irq;
	d->pin = pdev->irq ? pdev->pin : 0;
	d->header = pdev->hdr_type;
	d->size = pdev->cfg_size;
	for (i = 0; i < PBNG_CFG_BARS; i++)
		describe_bar(pdev, i, &d->bar[i]);
	describe_bar(pdev, PCI_ROM_RESOURCE, &d->bar[PBNG_CFG_ROM]);
}

/*
 * Room for the registers of any device; most need a fifth of it, and keep that. One for all:
 * to have it zeroed for each takes longer than to fill it. Zero while nobody holds the lock.
 */
static struct pbng_cfg *scratch;
static DEFINE_MUTEX(scratch_lock);

int pbng_config_init(void)
{
	int err;

	scratch = kzalloc(struct_size(scratch, reg, PBNG_CFG_MAX_REGS), GFP_KERNEL);
	if (!scratch)
		return -ENOMEM;
	err = pbng_config_quirk_init();
	if (err)
		kfree(scratch);
	return err;
}

void pbng_config_exit(void)
{
	pbng_config_quirk_exit();
	kfree(scratch);
}

static struct pbng_cfg *build_locked(struct pbng_dev *dev)
{
	struct pbng_cfg_device description = {};
	struct pbng_cfg *cfg;
	int err;

	lockdep_assert_held(&scratch_lock);
	scratch->io = &pdev_io;
	scratch->priv = dev->pdev;
	scratch->capacity = PBNG_CFG_MAX_REGS;
	pbng_overlay_fill(dev, scratch);
	describe(dev->pdev, &description);
	err = pbng_cfg_build(scratch, &description);
	scratch->capacity = scratch->nregs;
	cfg = err ? ERR_PTR(err) :
	      kmemdup(scratch, struct_size(scratch, reg, scratch->nregs), GFP_KERNEL);
	memset(scratch, 0, struct_size(scratch, reg, scratch->nregs));
	return cfg ?: ERR_PTR(-ENOMEM);
}

static struct pbng_cfg *build(struct pbng_dev *dev)
{
	struct pbng_cfg *cfg;

	lockdep_assert_held(&dev->lock);
	mutex_lock(&scratch_lock);
	cfg = build_locked(dev);
	mutex_unlock(&scratch_lock);
	return cfg;
}

void pbng_config_set_policy(struct pbng_dev *dev, enum pbng_policy policy)
{
	lockdep_assert_held(&dev->lock);
	dev->policy = policy;
	if (dev->cfg)
		dev->cfg->policy = policy;
}

static enum pbng_policy policy_of_rule(const struct pbng_dev *dev)
{
	enum pbng_policy policy = dev->rule.options.policy;

	return policy == PBNG_POLICY_DEFAULT ? PBNG_POLICY_STRICT : policy;
}

void pbng_config_hand_over(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	dev->policy = policy_of_rule(dev);
	if (dev->cfg)
		pbng_cfg_hand_over(dev->cfg, dev->policy);
}

int pbng_config_need(struct pbng_dev *dev)
{
	struct pbng_cfg *cfg;

	lockdep_assert_held(&dev->lock);
	if (dev->cfg)
		return 0;
	if (dev->reset.running)
		return -EBUSY;
	cfg = build(dev);
	if (IS_ERR(cfg)) {
		pci_err(dev->pdev, "no virtual configuration space: %pe\n", cfg);
		return PTR_ERR(cfg);
	}
	cfg->policy = dev->policy;
	dev->cfg = cfg;
	pbng_config_quirk_open(dev);
	return 0;
}

int pbng_config_claim(struct pbng_dev *dev)
{
	pbng_config_hand_over(dev);
	return pbng_config_quirk_named(dev) ? pbng_config_need(dev) : 0;
}

int pbng_config_refresh(struct pbng_dev *dev)
{
	struct pbng_cfg *old = dev->cfg, *cfg;

	if (!old)
		return pbng_config_need(dev);
	if (!pbng_overlay_outdated(dev))
		return 0;
	cfg = build(dev);
	if (IS_ERR(cfg)) {
		/* What it has does not fit what it was given: not without another try. */
		dev->overlay_epoch--;
		return PTR_ERR(cfg);
	}
	cfg->policy = old->policy;
	cfg->nquirks = old->nquirks;
	memcpy(cfg->quirk, old->quirk, sizeof(cfg->quirk));
	dev->cfg = cfg;
	kfree(old);
	return 0;
}

void pbng_config_destroy(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	kfree(dev->cfg);
	dev->cfg = NULL;
}

int pbng_config_read(struct pbng_dev *dev, s32 off, s32 len, u32 *value)
{
	pbng_dev_assert_readable(dev);
	return pbng_cfg_read(dev->cfg, off, len, value);
}

bool pbng_config_may_sleep(struct pbng_dev *dev, s32 off)
{
	const struct pbng_cfg_overlay *o = dev->cfg->overlay;
	unsigned int i;

	pbng_dev_assert_readable(dev);
	for (i = 0; i < PBNG_CFG_MAX_OVERLAYS; i++)
		if (off >= o[i].off && off < o[i].off + o[i].len)
			return true;
	return false;
}

/*
 * The first few registers of each owner; the others are in "denied". The bits that are
 * open already are in the line, too: it can stand alone in a file.
 */
static void log_denied(struct pbng_dev *dev)
{
	const struct pbng_cfg_denied *d;

	while ((d = pbng_cfg_next_denied(dev->cfg))) {
		if (d->fixed)
			pci_info(dev->pdev, "guest write of %#x to register %#x dropped: it is not the guest's\n",
				 d->last, d->off);
		else
			pci_info(dev->pdev,
				 "guest write of %#x to read-only register %#x dropped; "
				 "if its driver fails without it: echo "
				 PBNG_BDF_FMT "-%x:%x:%x > quirks, or policy=standard\n",
				 d->last, d->off, PBNG_BDF_ARG(dev->bdf), d->off, d->len,
				 d->mask | pbng_cfg_quirk_mask(dev->cfg, d->off, d->len));
	}
}

int pbng_config_write(struct pbng_dev *dev, s32 off, s32 len, u32 value)
{
	struct pbng_cfg *cfg = dev->cfg;
	enum pbng_policy policy = cfg->policy;
	int err;

	lockdep_assert_held(&dev->lock);
	if (READ_ONCE(pbng_param_permissive))
		cfg->policy = PBNG_POLICY_PERMISSIVE;
	err = pbng_cfg_write(cfg, off, len, value);
	cfg->policy = policy;
	log_denied(dev);
	return err;
}

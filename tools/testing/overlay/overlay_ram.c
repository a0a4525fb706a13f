// SPDX-License-Identifier: GPL-2.0
/*
 * A capability of RAM in the virtual configuration space of every claimed device, for
 * tests of overlays: what an owner writes it reads back, and the device never sees it.
 *
 *	offset=0x400	where the capability is; below 256 it is a conventional one
 *	refuse		an errno for the next owners
 *	calls		how often it was asked, in /sys/module/overlay_ram/parameters
 *	owners		how many devices have an owner that has it
 *	resets		how often an owner lost what it had set up
 */
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/pciback_ng.h>

static ushort offset = 0x400;
module_param(offset, ushort, 0444);
MODULE_PARM_DESC(offset, "where in configuration space the capability is");

static uint calls;
module_param(calls, uint, 0444);
MODULE_PARM_DESC(calls, "how often it was read or written");

static uint refuse;
module_param(refuse, uint, 0644);
MODULE_PARM_DESC(refuse, "an errno for the next owners");

static uint owners;
module_param(owners, uint, 0444);
MODULE_PARM_DESC(owners, "how many have it");

static uint resets;
module_param(resets, uint, 0444);
MODULE_PARM_DESC(resets, "how often an owner lost what it had set up");

/* One RAM for all devices is enough for a test. */
static u8 ram[32];

static u16 ram_place(struct pbng_overlay *overlay, struct pci_dev *pdev)
{
	return offset;
}

/* Both are promised that they may sleep. */
static void count(void)
{
	WARN_ON_ONCE(irqs_disabled() || in_hardirq());
	calls++;
}

static int ram_read(struct pbng_overlay_use *use, u16 off, u16 len, u32 *value)
{
	count();
	memcpy(value, ram + off, len);
	return 0;
}

static int ram_write(struct pbng_overlay_use *use, u16 off, u16 len, u32 value)
{
	count();
	memcpy(ram + off, &value, len);
	return 0;
}

static int ram_given(struct pbng_overlay_use *use)
{
	if (refuse)
		return -(int)refuse;
	/* What comes later is for whom it was given to. */
	WARN_ON(!use->xdev || use->priv);
	use->priv = use;
	owners++;
	return 0;
}

static void ram_taken(struct pbng_overlay_use *use)
{
	WARN_ON(use->priv != use);
	use->priv = NULL;
	owners--;
}

static void ram_reset(struct pbng_overlay_use *use)
{
	WARN_ON(use->priv != use);
	memset(ram, 0, sizeof(ram));
	resets++;
}

static struct pbng_overlay ram_overlay = {
	.name = "overlay_ram",
	.len = sizeof(ram),
	.place = ram_place,
	.given = ram_given,
	.taken = ram_taken,
	.reset = ram_reset,
	.read = ram_read,
	.write = ram_write,
};

static int __init ram_init(void)
{
	/* A vendor's capability: below 256 its length follows the link. */
	ram_overlay.header = offset < PCI_CFG_SPACE_SIZE ?
			     PCI_CAP_ID_VNDR | sizeof(ram) << 16 :
			     PCI_EXT_CAP_ID_VNDR | 1 << 16;
	return pbng_overlay_register(&ram_overlay);
}
module_init(ram_init);

static void __exit ram_exit(void)
{
	pbng_overlay_unregister(&ram_overlay);
}
module_exit(ram_exit);

MODULE_DESCRIPTION("RAM in the configuration space of claimed devices");
MODULE_LICENSE("GPL");

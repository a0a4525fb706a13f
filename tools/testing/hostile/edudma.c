// SPDX-License-Identifier: GPL-2.0
/*
 * DMA by an `edu`, QEMU's card for learners, from a guest to wherever that guest likes: for
 * tests of who stops it. Under /sys/module/edudma/parameters:
 *
 *	address		where a page of this guest's lies for devices, hexadecimal
 *	text		what is in that page; can be written, and then the card has it, too
 *	send		written is an address: the card copies to there what it has
 *
 * Both writes fail when the card does not get it done.
 *
 * Without a card there are the page and its text, for a victim.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <xen/page.h>

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

#define EDU_DMA_FROM	0x80
#define EDU_DMA_TO	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_COMMAND	0x98
#define EDU_DMA_RUN	1	/* clear when it is done */
#define EDU_DMA_OUT	2	/* from the card to memory */
#define EDU_BUFFER	0x40000

#define COUNT		64	/* bytes that are copied */
#define POLL_US		1000
#define WAIT_US		(2 * USEC_PER_SEC)

static DEFINE_MUTEX(edu_lock);
static void __iomem *bar;
static char *page;
static dma_addr_t address;

/* One transfer of the card's. Its register stays all ones when it is not there any more. */
static int transfer(u64 from, u64 to, u32 command)
{
	u32 now;

	lockdep_assert_held(&edu_lock);
	writeq(from, bar + EDU_DMA_FROM);
	writeq(to, bar + EDU_DMA_TO);
	writeq(COUNT, bar + EDU_DMA_COUNT);
	writeq(command | EDU_DMA_RUN, bar + EDU_DMA_COMMAND);
	return readx_poll_timeout(readl, bar + EDU_DMA_COMMAND, now, !(now & EDU_DMA_RUN),
				  POLL_US, WAIT_US);
}

static int send_set(const char *text, const struct kernel_param *param)
{
	u64 to;
	int err;

	err = kstrtou64(text, 16, &to);
	if (err)
		return err;
	mutex_lock(&edu_lock);
	err = bar ? transfer(EDU_BUFFER, to, EDU_DMA_OUT) : -ENODEV;
	mutex_unlock(&edu_lock);
	return err;
}

static int address_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%llx\n", (u64)address);
}

/* A parameter of the command line comes before there is a page. */
static int text_set(const char *text, const struct kernel_param *param)
{
	int err = 0;

	if (!page)
		return -ENODEV;
	mutex_lock(&edu_lock);
	strscpy(page, text, COUNT);
	if (bar)
		err = transfer(address, EDU_BUFFER, 0);
	mutex_unlock(&edu_lock);
	return err;
}

static int text_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%.*s\n", COUNT, page ?: "");
}

static const struct kernel_param_ops send_ops = { .set = send_set };
static const struct kernel_param_ops address_ops = { .get = address_get };
static const struct kernel_param_ops text_ops = { .set = text_set, .get = text_get };
module_param_cb(send, &send_ops, NULL, 0200);
module_param_cb(address, &address_ops, NULL, 0444);
module_param_cb(text, &text_ops, NULL, 0644);

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int err;

	err = pcim_enable_device(pdev);
	if (err)
		return err;
	pci_set_master(pdev);
	mutex_lock(&edu_lock);
	bar = pcim_iomap(pdev, 0, 0);
	mutex_unlock(&edu_lock);
	return bar ? 0 : -ENOMEM;
}

static void forget(struct pci_dev *pdev)
{
	mutex_lock(&edu_lock);
	bar = NULL;
	mutex_unlock(&edu_lock);
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{}
};

static struct pci_driver driver = {
	.name = "edudma",
	.id_table = ids,
	.probe = probe,
	.remove = forget,
};

static int __init edudma_init(void)
{
	int err;

	page = (char *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	address = (dma_addr_t)pfn_to_mfn(virt_to_pfn(page)) << PAGE_SHIFT;
	err = pci_register_driver(&driver);
	if (err)
		free_page((unsigned long)page);
	return err;
}

static void __exit edudma_exit(void)
{
	pci_unregister_driver(&driver);
	free_page((unsigned long)page);
}

module_init(edudma_init);
module_exit(edudma_exit);
MODULE_DESCRIPTION("DMA by QEMU's edu to any address, for tests");
MODULE_LICENSE("GPL");

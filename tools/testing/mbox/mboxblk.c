// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that talks with its PF by the block interface of Hyper-V, and knows of
 * nothing else: as it would be written for Hyper-V, it has to run over our mailbox.
 *
 *	device=DDDD:BB:DD.F	the VF
 *	order	"read ID LEN", "write ID LEN BYTE", "register", "unregister"
 *	answer	"STATUS BYTES FIRST LAST" of the last order: the bytes in hex
 *	invalid	"TIMES MASK": how often blocks became invalid, and which in all
 */
#include <linux/hyperv.h>
#include <linux/module.h>
#include <linux/pci.h>

#define ROOM	512

static char *device = "";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "the VF");

static struct pci_dev *pdev;
static u8 buf[ROOM];
static int status;
static unsigned int bytes;

static DEFINE_SPINLOCK(lock);
static unsigned int times;
static u64 mask;

static void invalidated(void *context, u64 block_mask)
{
	spin_lock(&lock);
	times++;
	mask |= block_mask;
	spin_unlock(&lock);
}

static int set_order(const char *text, const struct kernel_param *kp)
{
	unsigned int id, len, byte;

	bytes = 0;
	if (sscanf(text, "read %u %u", &id, &len) == 2 && len <= ROOM) {
		memset(buf, 0, sizeof(buf));
		status = hyperv_read_cfg_blk(pdev, buf, len, id, &bytes);
	} else if (sscanf(text, "write %u %u %x", &id, &len, &byte) == 3 && len <= ROOM) {
		memset(buf, byte, sizeof(buf));
		status = hyperv_write_cfg_blk(pdev, buf, len, id);
	} else if (sysfs_streq(text, "register")) {
		status = hyperv_reg_block_invalidate(pdev, NULL, invalidated);
	} else if (sysfs_streq(text, "unregister")) {
		status = hyperv_reg_block_invalidate(pdev, NULL, NULL);
	} else {
		return -EINVAL;
	}
	return 0;
}

static int get_answer(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%d %u %02x %02x\n", status, bytes, buf[0],
			  buf[bytes ? min_t(unsigned int, bytes, ROOM) - 1 : 0]);
}

static int get_invalid(char *text, const struct kernel_param *kp)
{
	int ret;

	spin_lock(&lock);
	ret = sysfs_emit(text, "%u %llx\n", times, mask);
	spin_unlock(&lock);
	return ret;
}

static const struct kernel_param_ops order_ops = { .set = set_order };
static const struct kernel_param_ops answer_ops = { .get = get_answer };
static const struct kernel_param_ops invalid_ops = { .get = get_invalid };

module_param_cb(order, &order_ops, NULL, 0200);
module_param_cb(answer, &answer_ops, NULL, 0444);
module_param_cb(invalid, &invalid_ops, NULL, 0444);

static int __init mboxblk_init(void)
{
	unsigned int domain, bus, dev, fn;

	if (sscanf(device, "%x:%x:%x.%u", &domain, &bus, &dev, &fn) != 4)
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(dev, fn));
	return pdev ? 0 : -ENODEV;
}

static void __exit mboxblk_exit(void)
{
	hyperv_reg_block_invalidate(pdev, NULL, NULL);
	pci_dev_put(pdev);
}

module_init(mboxblk_init);
module_exit(mboxblk_exit);
MODULE_DESCRIPTION("Client of the Hyper-V block interface, for tests");
MODULE_LICENSE("GPL");

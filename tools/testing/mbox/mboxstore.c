// SPDX-License-Identifier: GPL-2.0
/*
 * A PF driver that keeps blocks for its VFs, for tests.
 *
 *	pf=DDDD:BB:DD.F	the PF
 *	invalid	"VF MASK": those blocks are invalid
 *	ask	"VF OP MS": ask a VF, with a deadline as payload; its answer is read
 *	slow	ms that each request takes
 *
 * Requests of VFs from 0x8000 on are answered with the same bytes.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sriov_mbox.h>

#define VFS	8
#define BLOCKS	64

static char *pf = "";
module_param(pf, charp, 0444);
MODULE_PARM_DESC(pf, "the PF");

static uint slow;
module_param(slow, uint, 0644);
MODULE_PARM_DESC(slow, "ms that each request takes");

static struct vmbox_user *user;
static int answered;
static struct {
	u16 len;
	u8 data[VMBOX_BLOCK_MAX];
} store[VFS][BLOCKS];

static int read_block(unsigned int vf, const struct vmbox_block *block, void *answer)
{
	u32 len = min_t(u32, block->len, store[vf][block->id].len);

	memcpy(answer, store[vf][block->id].data, len);
	return len;
}

static int write_block(unsigned int vf, const struct vmbox_request *request,
		       const struct vmbox_block *block)
{
	if (block->len != request->len - sizeof(*block))
		return -EINVAL;
	memcpy(store[vf][block->id].data, request->data + sizeof(*block), block->len);
	store[vf][block->id].len = block->len;
	return 0;
}

static int request(void *priv, unsigned int vf, const struct vmbox_request *request,
		   void *answer)
{
	struct vmbox_block block;

	if (slow)
		msleep(slow);
	if (request->op >= VMBOX_OP_VENDOR) {
		memcpy(answer, request->data, request->len);
		return request->len;
	}
	if (request->op != VMBOX_OP_BLOCK_READ && request->op != VMBOX_OP_BLOCK_WRITE)
		return -EOPNOTSUPP;
	memcpy(&block, request->data, sizeof(block));
	if (vf >= VFS || block.id >= BLOCKS)
		return -ENOENT;
	if (request->op == VMBOX_OP_BLOCK_READ)
		return read_block(vf, &block, answer);
	return write_block(vf, request, &block);
}

static const struct vmbox_pf_ops ops = {
	.name = "mboxstore",
	.features = VMBOX_FEATURE_BLOCKS,
	.request = request,
};

static int set_invalid(const char *text, const struct kernel_param *kp)
{
	unsigned int vf;
	u64 mask;

	if (!user || sscanf(text, "%u %llx", &vf, &mask) != 2)
		return -EINVAL;
	vmbox_tell(user, vf, 0, mask);
	return 0;
}

static int set_ask(const char *text, const struct kernel_param *kp)
{
	struct vmbox_deadline deadline = { };
	unsigned int vf, op;

	if (!user || sscanf(text, "%u %x %u", &vf, &op, &deadline.ms) != 3)
		return -EINVAL;
	/* What is less than an event is asked without payload. */
	answered = vmbox_call(user, vf, op, &deadline,
			      op < VMBOX_OP_EVENT ? 0 : sizeof(deadline), NULL, 0, deadline.ms);
	return 0;
}

static int get_ask(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%d\n", answered);
}

static const struct kernel_param_ops invalid_ops = { .set = set_invalid };
static const struct kernel_param_ops ask_ops = { .set = set_ask, .get = get_ask };

module_param_cb(invalid, &invalid_ops, NULL, 0200);
module_param_cb(ask, &ask_ops, NULL, 0644);

static int __init mboxstore_init(void)
{
	unsigned int domain, bus, dev, fn;
	struct pci_dev *pdev;

	if (sscanf(pf, "%x:%x:%x.%u", &domain, &bus, &dev, &fn) != 4)
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(dev, fn));
	if (!pdev)
		return -ENODEV;
	user = vmbox_pf_register(pdev, &ops, NULL);
	pci_dev_put(pdev);
	return PTR_ERR_OR_ZERO(user);
}

static void __exit mboxstore_exit(void)
{
	vmbox_pf_unregister(user);
}

module_init(mboxstore_init);
module_exit(mboxstore_exit);
MODULE_DESCRIPTION("PF that keeps blocks for its VFs, for tests");
MODULE_LICENSE("GPL");

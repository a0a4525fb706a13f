// SPDX-License-Identifier: GPL-2.0
/*
 * A PF driver that uses the mailbox, see Documentation/mailbox-drivers.rst. It adds up the
 * numbers that its VFs send, and forgets them when a VF begins anew.
 *
 * What a PF driver does in its probe() and remove() is in sample_probe() and sample_remove().
 * The rest makes a module of it that runs beside the driver that the PF has:
 *
 *	insmod sample_pf.ko pf=0000:01:00.0
 *	cat /sys/module/sample_pf/parameters/sums
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sriov_mbox.h>

#include "sample.h"

static struct vmbox_user *user;	/* NULL: the mailbox is not there */
static u64 sums[VMBOX_VFS_MAX];	/* written for one VF at a time, see vmbox_pf_ops */

static int sample_request(void *priv, unsigned int vf, const struct vmbox_request *request,
			  void *answer)
{
	struct sample_add add;

	if (request->op != SAMPLE_OP_ADD)
		return -EOPNOTSUPP;
	/* The VF is not trusted: neither with the length, nor with what is there. */
	if (request->len != sizeof(add))
		return -EINVAL;

	memcpy(&add, request->data, sizeof(add));
	WRITE_ONCE(sums[vf], sums[vf] + add.number);
	add.number = sums[vf];
	memcpy(answer, &add, sizeof(add));
	return sizeof(add);
}

/* FLR, another guest, another driver in it: what was agreed on with this VF is over. */
static void sample_reset(void *priv, unsigned int vf, u16 gen)
{
	WRITE_ONCE(sums[vf], 0);
}

static void sample_state(void *priv, unsigned int vf, enum vmbox_vf_state state)
{
	/* From now on vmbox_call() reaches it. */
	if (state == VMBOX_VF_OPEN)
		pr_info("VF %u is open\n", vf);
}

static const struct vmbox_pf_ops sample_ops = {
	.name = "sample",
	.request = sample_request,
	.state = sample_state,
	.reset = sample_reset,
};

static int sample_probe(struct pci_dev *pdev)
{
	struct vmbox_user *new = vmbox_pf_register(pdev, &sample_ops, NULL);

	/* The card works without it, too. */
	if (PTR_ERR_OR_ZERO(new) == -EOPNOTSUPP) {
		pci_info(pdev, "%s: no sriov-mbox, no mailbox\n", KBUILD_MODNAME);
		return 0;
	}
	if (IS_ERR(new))
		return PTR_ERR(new);
	user = new;
	return 0;
}

static void sample_remove(struct pci_dev *pdev)
{
	if (user)
		vmbox_pf_unregister(user);
}

static char pf[16];
module_param_string(pf, pf, sizeof(pf), 0444);
MODULE_PARM_DESC(pf, "the PF, DDDD:BB:DD.F");

static int show_sums(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%llu %llu\n", READ_ONCE(sums[0]), READ_ONCE(sums[1]));
}

static const struct kernel_param_ops sums_ops = { .get = show_sums };
module_param_cb(sums, &sums_ops, NULL, 0444);
MODULE_PARM_DESC(sums, "of the first two VFs");

static struct pci_dev *pdev;

static int __init sample_init(void)
{
	int err = -ENODEV;

	for_each_pci_dev(pdev)
		if (!strcmp(pci_name(pdev), pf))
			break;
	if (pdev)
		err = sample_probe(pdev);
	if (err)
		pci_dev_put(pdev);
	return err;
}

static void __exit sample_exit(void)
{
	sample_remove(pdev);
	pci_dev_put(pdev);
}

module_init(sample_init);
module_exit(sample_exit);
MODULE_SOFTDEP("pre: sriov-mbox");
MODULE_DESCRIPTION("Sample of a PF driver with a mailbox");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
/*
 * The block interface of Hyper-V, by our mailbox: drivers that were written for it (such
 * as mlx5) run as they are. It is a table of functions in a module of its own, empty but
 * on Hyper-V. We fill it only where it is, and is empty.
 *
 * Unlike there, each request has a deadline, and what was invalidated before anybody
 * registered is told when somebody does.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hyperv.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>
#include <asm/hypervisor.h>

#include "vf.h"

static_assert(VMBOX_BLOCK_MAX == HV_CONFIG_BLOCK_SIZE_MAX);

static struct hyperv_pci_block_ops *table;
static atomic_t users = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(no_users);

static struct vmbox_vf *enter(struct pci_dev *pdev)
{
	atomic_inc(&users);
	return vmbox_vf_find(pdev);
}

static int leave(struct vmbox_vf *vf, int ret)
{
	if (vf)
		vmbox_vf_put(vf);
	if (atomic_dec_and_test(&users))
		wake_up_all(&no_users);
	return ret;
}

/* Reading changes nothing: what a new generation has interrupted is asked again. */
static int read(struct vmbox_vf *vf, void *buf, unsigned int len, unsigned int id)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(VMBOX_VF_CALL_MS);
	struct vmbox_block block = { .id = id, .len = len };
	long left;
	int ret;

	do {
		left = deadline - jiffies;
		ret = vmbox_vf_ask(vf, VMBOX_OP_BLOCK_READ, &block, sizeof(block), buf, len,
				   left > 0 ? jiffies_to_msecs(left) : 0);
	} while (ret == -ECONNRESET && time_before(jiffies, deadline));
	return ret;
}

static int read_block(struct pci_dev *pdev, void *buf, unsigned int len, unsigned int id,
		      unsigned int *bytes)
{
	struct vmbox_vf *vf = enter(pdev);
	int ret;

	if (!vf)
		return leave(vf, -EOPNOTSUPP);
	if (!len || len > VMBOX_BLOCK_MAX)
		return leave(vf, -EINVAL);
	ret = read(vf, buf, len, id);
	*bytes = max(ret, 0);
	return leave(vf, min(ret, 0));
}

static int write_block(struct pci_dev *pdev, void *buf, unsigned int len, unsigned int id)
{
	struct vmbox_vf *vf = enter(pdev);
	struct {
		struct vmbox_block block;
		u8 data[VMBOX_BLOCK_MAX];
	} message;
	int ret;

	if (!vf)
		return leave(vf, -EOPNOTSUPP);
	if (!len || len > VMBOX_BLOCK_MAX)
		return leave(vf, -EINVAL);
	message.block = (struct vmbox_block) { .id = id, .len = len };
	memcpy(message.data, buf, len);
	ret = vmbox_vf_ask(vf, VMBOX_OP_BLOCK_WRITE, &message, sizeof(message.block) + len,
			   NULL, 0, VMBOX_VF_CALL_MS);
	return leave(vf, min(ret, 0));
}

static int reg_blk_invalidate(struct pci_dev *pdev, void *ctx,
			      void (*invalid)(void *ctx, u64 blocks))
{
	struct vmbox_vf *vf = enter(pdev);

	if (!vf)
		return leave(vf, -EOPNOTSUPP);
	mutex_lock(&vf->clients);
	vf->invalid = invalid;
	vf->invalid_ctx = ctx;
	mutex_unlock(&vf->clients);
	/* What came too early is told now. */
	vmbox_vf_deliver_soon(vf);
	return leave(vf, 0);
}

int vmbox_vf_blocks_init(void)
{
	if (hypervisor_is_type(X86_HYPER_MS_HYPERV))
		return 0;
	table = symbol_get(hvpci_block_ops);
	if (!table)
		return 0;
	if (table->read_block || table->write_block || table->reg_blk_invalidate) {
		pr_notice("somebody else does blocks\n");
		symbol_put(hvpci_block_ops);
		table = NULL;
		return 0;
	}
	WRITE_ONCE(table->read_block, read_block);
	WRITE_ONCE(table->write_block, write_block);
	WRITE_ONCE(table->reg_blk_invalidate, reg_blk_invalidate);
	return 0;
}

void vmbox_vf_blocks_exit(void)
{
	if (!table)
		return;
	WRITE_ONCE(table->read_block, NULL);
	WRITE_ONCE(table->write_block, NULL);
	WRITE_ONCE(table->reg_blk_invalidate, NULL);
	symbol_put(hvpci_block_ops);
	/*
	 * The table has no lock: somebody may have read it and not have come here yet, and
	 * somebody may be about to return. Neither of them sleeps in between.
	 */
	synchronize_rcu_tasks();
	wait_event(no_users, !atomic_read(&users));
	synchronize_rcu_tasks();
}

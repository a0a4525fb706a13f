// SPDX-License-Identifier: GPL-2.0
/*
 * A PF driver that uses the mailbox (linux/sriov_mbox.h), for tests. It is not the
 * PF's driver: it only answers for it.
 *
 *	pf=0000:01:00.0		for which
 *	order=...		written to /sys/module/mboxpf/parameters/order:
 *				  call VF OP MS		ask a VF
 *				  all OP MS		ask all that there are
 *				  tell VF EVENTS BLOCKS	OP, EVENTS and BLOCKS are hex
 *				  storm VF MS		tell it, so long, from interrupts of a
 *							processor that tells it as well
 *				read: what came of the last one
 *
 *	resets			"RESETS EARLY OPEN": generations that it was told of, requests of
 *				one that it was not told of, and times that a VF was open
 *
 * What it answers: VENDOR and what follows it, LINK, and reads of blocks, which are full
 * of their number.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/sriov_mbox.h>
#include <linux/workqueue.h>

#define OP_ECHO		(VMBOX_OP_VENDOR + 0)
#define OP_LATER	(VMBOX_OP_VENDOR + 1)	/* answered by somebody else, 50 ms later */
#define OP_NEVER	(VMBOX_OP_VENDOR + 2)
#define OP_NO		(VMBOX_OP_VENDOR + 3)	/* EPERM */
#define OP_SLOW		(VMBOX_OP_VENDOR + 4)	/* as ECHO, after 300 ms */
#define OP_ASK		(VMBOX_OP_VENDOR + 5)	/* asks another VF (a byte: its index) first */

static char pf[16];
module_param_string(pf, pf, sizeof(pf), 0444);
MODULE_PARM_DESC(pf, "the PF to answer for");

static atomic_t resets, early, opened;
static u16 gen_of[VMBOX_VFS_MAX];	/* that reset() told, of one VF at a time */

static struct pci_dev *pdev;
static struct vmbox_user *user;
static DECLARE_RWSEM(user_sem);		/* protects @user, which is NULL at the end */
static int result;

/* An answer that is under way. */
struct later {
	struct delayed_work work;
	unsigned int vf;
	u64 token;
	u16 len;
	u8 data[];
};

static struct workqueue_struct *wq;

static void answer_later(struct work_struct *work)
{
	struct later *later = container_of(to_delayed_work(work), struct later, work);

	down_read(&user_sem);
	if (user)
		vmbox_answer(user, later->vf, later->token, 0, later->data, later->len);
	up_read(&user_sem);
	kfree(later);
}

static int do_later(unsigned int vf, const struct vmbox_request *request)
{
	struct later *later = kzalloc(struct_size(later, data, request->len), GFP_KERNEL);

	if (!later)
		return -ENOMEM;
	INIT_DELAYED_WORK(&later->work, answer_later);
	later->vf = vf;
	later->token = request->token;
	later->len = request->len;
	memcpy(later->data, request->data, request->len);
	queue_delayed_work(wq, &later->work, msecs_to_jiffies(50));
	return -EINPROGRESS;
}

static int ask_another(const struct vmbox_request *request)
{
	const u8 *vf = request->data;
	int ret = -ENODEV;

	if (!request->len)
		return -EINVAL;
	down_read(&user_sem);
	if (user)
		ret = vmbox_call(user, *vf, OP_ECHO, NULL, 0, NULL, 0, 4000);
	up_read(&user_sem);
	return min(ret, 0);
}

static int read_block(const struct vmbox_request *request, void *answer)
{
	struct vmbox_block block;

	memcpy(&block, request->data, sizeof(block));
	block.len = min_t(u32, block.len, VMBOX_BLOCK_MAX);
	memset(answer, block.id, block.len);
	return block.len;
}

static int do_request(void *priv, unsigned int vf, const struct vmbox_request *request,
		      void *answer)
{
	const struct vmbox_link link = { .up = 1, .mbps = 1000 };

	/* The token begins with the generation. */
	if (request->token >> 32 != gen_of[vf])
		atomic_inc(&early);
	switch (request->op) {
	case OP_SLOW:
		msleep(300);
		fallthrough;
	case OP_ECHO:
		memcpy(answer, request->data, request->len);
		return request->len;
	case OP_LATER:
		return do_later(vf, request);
	case OP_ASK:
		return ask_another(request);
	case OP_NEVER:
		return -EINPROGRESS;
	case OP_NO:
		return -EPERM;
	case VMBOX_OP_LINK:
		memcpy(answer, &link, sizeof(link));
		return sizeof(link);
	case VMBOX_OP_BLOCK_READ:
		return read_block(request, answer);
	default:
		return -EOPNOTSUPP;
	}
}

static void do_reset(void *priv, unsigned int vf, u16 gen)
{
	gen_of[vf] = gen;
	atomic_inc(&resets);
}

static void do_state(void *priv, unsigned int vf, enum vmbox_vf_state state)
{
	if (state == VMBOX_VF_OPEN)
		atomic_inc(&opened);
}

static const struct vmbox_pf_ops ops = {
	.name = "mboxpf",
	.features = VMBOX_FEATURE_BLOCKS,
	.request = do_request,
	.state = do_state,
	.reset = do_reset,
};

static int ask_all(u16 op, unsigned int ms)
{
	DECLARE_BITMAP(vfs, VMBOX_VFS_MAX);

	bitmap_zero(vfs, VMBOX_VFS_MAX);
	bitmap_set(vfs, 0, min_t(unsigned int, pci_num_vf(pdev), VMBOX_VFS_MAX));
	return vmbox_broadcast(user, vfs, op, NULL, 0, ms);
}

/* vmbox_tell() all the time, on one processor. */
struct storm {
	struct work_struct work;
	unsigned int vf;
	bool ends;
	unsigned int told;
};

static void tell_on(struct work_struct *work)
{
	struct storm *storm = container_of(work, struct storm, work);

	while (!READ_ONCE(storm->ends)) {
		vmbox_tell(user, storm->vf, VMBOX_EVENT_RESET_DONE, 0);
		WRITE_ONCE(storm->told, storm->told + 1);
		cond_resched();
	}
}

static void tell_in_interrupt(void *arg)
{
	struct storm *storm = arg;

	vmbox_tell(user, storm->vf, VMBOX_EVENT_RESET_IMPENDING, 0);
}

/* Return: how often the other processor has told meanwhile, or -ENODEV: there is none. */
static int tell_from_interrupts(unsigned int vf, unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	struct storm storm = { .vf = vf };
	unsigned int cpu;

	cpus_read_lock();
	cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	if (cpu >= nr_cpu_ids) {
		cpus_read_unlock();
		return -ENODEV;
	}

	INIT_WORK_ONSTACK(&storm.work, tell_on);
	queue_work_on(cpu, wq, &storm.work);
	while (time_before(jiffies, end)) {
		smp_call_function_single(cpu, tell_in_interrupt, &storm, 1);
		cond_resched();
	}
	WRITE_ONCE(storm.ends, true);
	flush_work(&storm.work);
	destroy_work_on_stack(&storm.work);
	cpus_read_unlock();

	return storm.told;
}

static int do_order(const char *value, const struct kernel_param *kp)
{
	unsigned int vf, op, ms;
	u64 events, blocks;
	int err = 0;

	down_read(&user_sem);
	if (!user)
		err = -ENODEV;
	else if (sscanf(value, "call %u %x %u", &vf, &op, &ms) == 3)
		result = vmbox_call(user, vf, op, NULL, 0, NULL, 0, ms);
	else if (sscanf(value, "all %x %u", &op, &ms) == 2)
		result = ask_all(op, ms);
	else if (sscanf(value, "tell %u %llx %llx", &vf, &events, &blocks) == 3)
		vmbox_tell(user, vf, events, blocks);
	else if (sscanf(value, "storm %u %u", &vf, &ms) == 2)
		result = tell_from_interrupts(vf, ms);
	else
		err = -EINVAL;
	up_read(&user_sem);
	return err;
}

static int show_order(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", result);
}

static const struct kernel_param_ops order_ops = {
	.set = do_order,
	.get = show_order,
};
module_param_cb(order, &order_ops, NULL, 0644);
MODULE_PARM_DESC(order, "what to do now");

static int show_resets(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d %d %d\n", atomic_read(&resets), atomic_read(&early),
			  atomic_read(&opened));
}

static const struct kernel_param_ops resets_ops = { .get = show_resets };
module_param_cb(resets, &resets_ops, NULL, 0444);
MODULE_PARM_DESC(resets, "what was heard of generations");

static struct pci_dev *find(void)
{
	struct pci_dev *found = NULL;

	for_each_pci_dev(found)
		if (!strcmp(pci_name(found), pf))
			return found;
	return NULL;
}

static int __init mboxpf_init(void)
{
	int err = -ENODEV;

	pdev = find();
	wq = alloc_workqueue("mboxpf", WQ_PERCPU | WQ_CPU_INTENSIVE, 0);
	if (!pdev || !wq)
		goto failed;
	user = vmbox_pf_register(pdev, &ops, NULL);
	err = PTR_ERR_OR_ZERO(user);
	if (!err)
		return 0;
	user = NULL;
failed:
	if (wq)
		destroy_workqueue(wq);
	pci_dev_put(pdev);
	return err;
}

static void __exit mboxpf_exit(void)
{
	struct vmbox_user *was = user;

	down_write(&user_sem);
	user = NULL;
	up_write(&user_sem);
	vmbox_pf_unregister(was);
	/* The last answers that are under way find nobody; their timers end by then. */
	msleep(100);
	destroy_workqueue(wq);
	pci_dev_put(pdev);
}

module_init(mboxpf_init);
module_exit(mboxpf_exit);
MODULE_DESCRIPTION("Test fixture: answers for a PF");
MODULE_LICENSE("GPL");

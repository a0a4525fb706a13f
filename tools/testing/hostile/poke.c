// SPDX-License-Identifier: GPL-2.0
/*
 * Changes the page that a front-end shares with a back-end at a chosen moment: when a
 * certain function is called, most usefully one of the back-end's in the middle of an
 * order. Who fetches the order twice then does another one than he has checked.
 *
 *	modprobe poke					before the guest connects
 *	echo "FUNCTION AT VALUE [AT VALUE ...]" >/sys/module/poke/parameters/plan
 *	cat /sys/module/poke/parameters/poked		1 when the call came
 *	echo >/sys/module/poke/parameters/plan		no more
 *
 * AT is the byte of struct xen_pci_sharedinfo where the 32-bit VALUE goes. Only the
 * first call counts. The page is the one that was mapped last; its guest has to be
 * there while a plan is.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/string.h>

#define MAX_POKES	4

static struct {
	struct kprobe probe;
	char symbol[KSYM_NAME_LEN];
	struct {
		unsigned int at;
		u32 value;
	} poke[MAX_POKES];
	int count;
	bool armed;
} plan;
static atomic_t poked;
static void *page;

static int __kprobes on_call(struct kprobe *probe, struct pt_regs *regs)
{
	void *shared = READ_ONCE(page);
	int i;

	if (!shared || atomic_cmpxchg(&poked, 0, 1))
		return 0;
	for (i = 0; i < plan.count; i++)
		WRITE_ONCE(*(u32 *)(shared + plan.poke[i].at), plan.poke[i].value);
	smp_wmb();	/* whoever looks at the page next sees all of it */
	return 0;
}

static void disarm(void)
{
	if (plan.armed)
		unregister_kprobe(&plan.probe);
	plan.armed = false;
}

/* Pairs of numbers, up to the end of @text. */
static int parse_pokes(const char *text)
{
	int n, used;

	for (n = 0; *skip_spaces(text); n++, text += used) {
		if (n == MAX_POKES ||
		    sscanf(text, " %i %i%n", &plan.poke[n].at, &plan.poke[n].value, &used) != 2 ||
		    plan.poke[n].at > PAGE_SIZE - sizeof(u32) || plan.poke[n].at % sizeof(u32))
			return -EINVAL;
	}
	plan.count = n;
	return n ? 0 : -EINVAL;
}

static int plan_set(const char *text, const struct kernel_param *kp)
{
	char symbol[64];
	int err, used;

	disarm();
	if (!*skip_spaces(text))
		return 0;
	if (sscanf(text, " %63s%n", symbol, &used) != 1)
		return -EINVAL;
	err = parse_pokes(text + used);
	if (err)
		return err;
	strscpy(plan.symbol, symbol, sizeof(plan.symbol));
	memset(&plan.probe, 0, sizeof(plan.probe));
	plan.probe.symbol_name = plan.symbol;
	plan.probe.pre_handler = on_call;
	atomic_set(&poked, 0);
	err = register_kprobe(&plan.probe);
	plan.armed = !err;
	return err;
}

static int poked_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&poked));
}

static const struct kernel_param_ops plan_ops = { .set = plan_set };
static const struct kernel_param_ops poked_ops = { .get = poked_get };

module_param_cb(plan, &plan_ops, NULL, 0200);
MODULE_PARM_DESC(plan, "FUNCTION AT VALUE...: what its next call does to the page; empty: nothing");
module_param_cb(poked, &poked_ops, NULL, 0444);
MODULE_PARM_DESC(poked, "1 when the call came");

/* xenbus_map_ring_valloc(dev, refs, count, &address): the page is known by its end. */
static int map_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(void ***)instance->data = (void **)regs_get_kernel_argument(regs, 3);
	return 0;
}

static int map_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if (!regs_return_value(regs))
		WRITE_ONCE(page, **(void ***)instance->data);
	return 0;
}

static struct kretprobe map_probe = {
	.kp.symbol_name = "xenbus_map_ring_valloc",
	.entry_handler = map_entry,
	.handler = map_return,
	.data_size = sizeof(void **),
};

static int __init poke_init(void)
{
	return register_kretprobe(&map_probe);
}
module_init(poke_init);

static void __exit poke_exit(void)
{
	kernel_param_lock(THIS_MODULE);
	disarm();
	kernel_param_unlock(THIS_MODULE);
	unregister_kretprobe(&map_probe);
}
module_exit(poke_exit);

MODULE_DESCRIPTION("Changes a shared page at a chosen moment, a test fixture");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
/*
 * retinject: the Nth call that one module makes of one kernel function fails, on a
 * kernel that was built without fault injection.
 *
 *	modprobe retinject module=pciback_ng		before that module is loaded
 *	echo "pci_enable_device -12 1" >/sys/module/retinject/parameters/plan
 *	cat /sys/module/retinject/parameters/{hits,injected}
 *	echo >/sys/module/retinject/parameters/plan	no more
 *
 * With 0 in the place of 1 all calls fail until then.
 *
 * A fourth word is for functions that read configuration space: so many bytes where
 * the third argument points become all-ones, which is what a failed read leaves.
 *
 * A probe at the function's entry returns at once with the value of the plan: the
 * function does not run, so a failed allocation has not allocated. Only calls that
 * return into the module count; others run undisturbed. What the compiler made a
 * jump (a call that is a function's last word) returns to that function's caller:
 * it is not seen where that is the kernel.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/string.h>

static char *module = "pciback_ng";
module_param(module, charp, 0444);
MODULE_PARM_DESC(module, "whose calls fail; has to be loaded later than this");

static struct {
	struct kprobe probe;
	char symbol[KSYM_NAME_LEN];
	long value;
	int nth;
	unsigned int ones;
	bool armed;
} plan;
static struct module *target;
static atomic_t hits, injected;

/* The answer is in its register; what is left to do is to return. */
static notrace noinline __kprobes void just_return(void)
{
	barrier();
}

static nokprobe_inline bool called_by_target(struct pt_regs *regs)
{
	struct module *mod = READ_ONCE(target);

	return mod && within_module(*(unsigned long *)kernel_stack_pointer(regs), mod);
}

static int __kprobes on_call(struct kprobe *probe, struct pt_regs *regs)
{
	int nth;

	if (!called_by_target(regs))
		return 0;
	nth = atomic_inc_return(&hits);
	if (plan.nth && plan.nth != nth)
		return 0;
	atomic_inc(&injected);
	if (plan.ones)
		memset((void *)regs->dx, 0xff, plan.ones);
	regs_set_return_value(regs, plan.value);
	instruction_pointer_set(regs, (unsigned long)just_return);
	return 1;
}

/* With one of these the kernel lets on_call() change where execution goes on. */
static void __kprobes after_call(struct kprobe *probe, struct pt_regs *regs,
				 unsigned long flags)
{
}

static void disarm(void)
{
	if (plan.armed)
		unregister_kprobe(&plan.probe);
	plan.armed = false;
}

static int arm(void)
{
	int err;

	memset(&plan.probe, 0, sizeof(plan.probe));
	plan.probe.symbol_name = plan.symbol;
	plan.probe.pre_handler = on_call;
	plan.probe.post_handler = after_call;
	atomic_set(&hits, 0);
	atomic_set(&injected, 0);
	err = register_kprobe(&plan.probe);
	plan.armed = !err;
	return err;
}

static int plan_set(const char *text, const struct kernel_param *kp)
{
	unsigned int ones = 0;
	char symbol[64];
	long value;
	int got, nth;

	if (!*skip_spaces(text)) {
		disarm();
		return 0;
	}
	got = sscanf(text, "%63s %li %i %u", symbol, &value, &nth, &ones);
	if (got < 3 || nth < 0 || ones > sizeof(u32))
		return -EINVAL;
	disarm();
	strscpy(plan.symbol, symbol, sizeof(plan.symbol));
	plan.value = value;
	plan.nth = nth;
	plan.ones = ones;
	return arm();
}

static int plan_get(char *buffer, const struct kernel_param *kp)
{
	if (!plan.armed)
		return sysfs_emit(buffer, "\n");
	return sysfs_emit(buffer, "%s %ld %d\n", plan.symbol, plan.value, plan.nth);
}

static int count_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops plan_ops = { .set = plan_set, .get = plan_get };
static const struct kernel_param_ops count_ops = { .get = count_get };

module_param_cb(plan, &plan_ops, NULL, 0600);
MODULE_PARM_DESC(plan, "FUNCTION VALUE N [ONES]: its Nth call from now on returns VALUE, with 0 all of them; empty: none");
module_param_cb(hits, &count_ops, &hits, 0444);
MODULE_PARM_DESC(hits, "calls by the module since the plan was made");
module_param_cb(injected, &count_ops, &injected, 0444);
MODULE_PARM_DESC(injected, "how many of them failed");

static int on_module(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, module))
		return NOTIFY_DONE;
	if (state == MODULE_STATE_COMING)
		WRITE_ONCE(target, mod);
	else if (state == MODULE_STATE_GOING)
		WRITE_ONCE(target, NULL);
	return NOTIFY_DONE;
}

static struct notifier_block modules = { .notifier_call = on_module };

static int __init retinject_init(void)
{
	return register_module_notifier(&modules);
}

static void __exit retinject_exit(void)
{
	kernel_param_lock(THIS_MODULE);
	disarm();
	kernel_param_unlock(THIS_MODULE);
	unregister_module_notifier(&modules);
}

module_init(retinject_init);
module_exit(retinject_exit);
MODULE_DESCRIPTION("Makes calls of one module fail, a test fixture");
MODULE_LICENSE("GPL");

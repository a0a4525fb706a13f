// SPDX-License-Identifier: GPL-2.0
/*
 * opslock: the driver of a network interface wants its operations called with the interface's
 * own lock held (request_ops_lock), whatever it wanted before. The calls of one of them are
 * counted, and those with that lock held.
 *
 *	modprobe opslock interface=eth4 symbol=igb_ndo_set_vf_mac
 *	cat /sys/module/opslock/parameters/{calls,locked}
 *	echo 2000 >/sys/module/opslock/parameters/hold		milliseconds, by this writer
 *
 * EOPNOTSUPP on kernels without such a lock (up to 6.14).
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/netdev_lock.h>

static char *interface;
module_param(interface, charp, 0444);
MODULE_PARM_DESC(interface, "its name");

static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "a function that the lock has to be held for, and whose first argument is the interface");

static atomic_t calls, locked;

static int count_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops count_ops = { .get = count_get };

module_param_cb(calls, &count_ops, &calls, 0444);
MODULE_PARM_DESC(calls, "of the function");
module_param_cb(locked, &count_ops, &locked, 0444);
MODULE_PARM_DESC(locked, "how many of them with the lock held");

#ifdef HAVE_NETDEV_LOCK_OPS
static struct net_device *dev;
static bool wanted_before;

static int __kprobes on_call(struct kprobe *probe, struct pt_regs *regs)
{
	if (regs->di != (unsigned long)dev)
		return 0;
	atomic_inc(&calls);
	if (mutex_is_locked(&dev->lock))
		atomic_inc(&locked);
	return 0;
}

static struct kprobe probe = { .pre_handler = on_call };

static int hold_set(const char *text, const struct kernel_param *kp)
{
	unsigned int ms;
	int err;

	err = kstrtouint(text, 0, &ms);
	if (err)
		return err;
	if (!dev)
		return -ENODEV;
	netdev_lock(dev);
	msleep(ms);
	netdev_unlock(dev);
	return 0;
}

static const struct kernel_param_ops hold_ops = { .set = hold_set };

module_param_cb(hold, &hold_ops, NULL, 0200);
MODULE_PARM_DESC(hold, "the lock, for so many milliseconds");

static void want(bool wanted)
{
	rtnl_lock();
	netdev_lock(dev);
	swap(dev->request_ops_lock, wanted);
	netdev_unlock(dev);
	rtnl_unlock();
	wanted_before = wanted;
}

static int __init opslock_init(void)
{
	int err;

	if (!interface || !symbol)
		return -EINVAL;
	dev = dev_get_by_name(&init_net, interface);
	if (!dev)
		return -ENODEV;
	probe.symbol_name = symbol;
	err = register_kprobe(&probe);
	if (err)
		dev_put(dev);
	else
		want(true);
	return err;
}

static void __exit opslock_exit(void)
{
	want(wanted_before);
	unregister_kprobe(&probe);
	dev_put(dev);
}
#else
static int __init opslock_init(void)
{
	return -EOPNOTSUPP;
}

static void __exit opslock_exit(void)
{
}
#endif

module_init(opslock_init);
module_exit(opslock_exit);
MODULE_DESCRIPTION("A network driver with a lock of its own, a test fixture");
MODULE_LICENSE("GPL");

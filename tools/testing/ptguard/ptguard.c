// SPDX-License-Identifier: GPL-2.0
/*
 * A guard (linux/pt_core.h) that lets nobody have some devices, for tests.
 *
 *	refuse=8086:10d3	which, see linux/pt_match.h; can be changed at any time by
 *				writing to /sys/module/ptguard/parameters/refuse
 *	give=0000:01:10.0	written later: a front-end "ptguard" gives it to domain 7,
 *				where guards let it; the write fails with what they say
 *	take=0000:01:10.0	and takes it back
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pt_core.h>
#include <linux/pt_match.h>

static DEFINE_MUTEX(refuse_lock);
static struct pt_match refused;
static bool any;

static int set_refuse(const char *value, const struct kernel_param *kp)
{
	size_t len = strcspn(value, "\n");
	const char *why;
	int err = 0;

	mutex_lock(&refuse_lock);
	any = len;
	if (any)
		err = pt_match_parse(value, len, &refused, &why);
	if (err)
		pr_err("refuse: %s\n", why);
	mutex_unlock(&refuse_lock);
	return err;
}

static int get_refuse(char *buffer, const struct kernel_param *kp)
{
	int len = 0;

	mutex_lock(&refuse_lock);
	if (any)
		len = pt_match_format(&refused, buffer, PT_MATCH_TEXT);
	mutex_unlock(&refuse_lock);
	return len + sysfs_emit_at(buffer, len, "\n");
}

static const struct kernel_param_ops refuse_ops = {
	.set = set_refuse,
	.get = get_refuse,
};
module_param_cb(refuse, &refuse_ops, NULL, 0644);
MODULE_PARM_DESC(refuse, "which devices nobody may have");

static int check(struct pt_guard *guard, struct pci_dev *pdev, const struct pt_owner *owner,
		 char *why)
{
	struct pt_identity id;
	int err;

	err = pt_identity_of(pdev, &id);
	if (err)
		return err;
	mutex_lock(&refuse_lock);
	if (any && pt_match_identity(&refused, &id)) {
		scnprintf(why, PT_WHY_MAX, "the parameter refuse is about it");
		err = -EPERM;
	}
	mutex_unlock(&refuse_lock);
	return err;
}

static struct pci_dev *device_by(const char *bdf)
{
	unsigned int domain, bus, slot, function;

	if (sscanf(bdf, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		return NULL;
	return pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function));
}

static int give(const char *value, const struct kernel_param *kp)
{
	const struct pt_owner owner = { .frontend = KBUILD_MODNAME, .id = 7 };
	struct pci_dev *pdev = device_by(value);
	char why[PT_WHY_MAX];
	int err;

	if (!pdev)
		return -ENODEV;
	err = pt_give(pdev, &owner, why);
	pci_dev_put(pdev);
	return err;
}

static int take(const char *value, const struct kernel_param *kp)
{
	struct pci_dev *pdev = device_by(value);

	if (!pdev)
		return -ENODEV;
	pt_take(pdev);
	pci_dev_put(pdev);
	return 0;
}

static const struct kernel_param_ops give_ops = { .set = give };
static const struct kernel_param_ops take_ops = { .set = take };
module_param_cb(give, &give_ops, NULL, 0200);
MODULE_PARM_DESC(give, "a device that a guest gets");
module_param_cb(take, &take_ops, NULL, 0200);
MODULE_PARM_DESC(take, "a device that is taken back");

static struct pt_guard guard = { .name = "ptguard", .check = check };

static int __init ptguard_init(void)
{
	pt_guard_register(&guard);
	return 0;
}

static void __exit ptguard_exit(void)
{
	pt_guard_unregister(&guard);
}

module_init(ptguard_init);
module_exit(ptguard_exit);
MODULE_DESCRIPTION("A guard that says no");
MODULE_LICENSE("GPL");

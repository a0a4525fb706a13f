// SPDX-License-Identifier: GPL-2.0
/* Who has which device, and who is asked first; see guard.h. */
#include <linux/cleanup.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "guard.h"

/*
 * Whoever gives a device away may hold locks of that device, and a guard takes its own
 * under this one: so a guard must not take such a lock anywhere else around pt_give().
 * Taking a device back needs none of it, nor does asking who has one.
 */
static DEFINE_MUTEX(guards_lock);
static LIST_HEAD(guards);
static BLOCKING_NOTIFIER_HEAD(changes);

/* By the pci_dev's address. Innermost is its own lock, which protects what is in it. */
static DEFINE_XARRAY(owners);

void pt_guards_changed(void)
{
	blocking_notifier_call_chain(&changes, 0, NULL);
}
EXPORT_SYMBOL_GPL(pt_guards_changed);

void pt_guards_notifier_register(struct notifier_block *nb)
{
	blocking_notifier_chain_register(&changes, nb);
}
EXPORT_SYMBOL_GPL(pt_guards_notifier_register);

void pt_guards_notifier_unregister(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&changes, nb);
}
EXPORT_SYMBOL_GPL(pt_guards_notifier_unregister);

void pt_guard_register(struct pt_guard *new)
{
	mutex_lock(&guards_lock);
	list_add_tail(&new->node, &guards);
	mutex_unlock(&guards_lock);
	pt_guards_changed();
}
EXPORT_SYMBOL_GPL(pt_guard_register);

void pt_guard_unregister(struct pt_guard *old)
{
	mutex_lock(&guards_lock);
	list_del(&old->node);
	mutex_unlock(&guards_lock);
	pt_guards_changed();
}
EXPORT_SYMBOL_GPL(pt_guard_unregister);

void pt_guards_wait(void)
{
	guard(mutex)(&guards_lock);
}
EXPORT_SYMBOL_GPL(pt_guards_wait);

bool pt_guard_name(unsigned int n, char *name)
{
	struct pt_guard *at;

	guard(mutex)(&guards_lock);
	list_for_each_entry(at, &guards, node) {
		if (n--)
			continue;
		strscpy(name, at->name, PT_GUARD_NAME_MAX);
		return true;
	}
	return false;
}

static void refused(struct pci_dev *pdev, const struct pt_owner *owner, const char *why, int err)
{
	const struct pt_event event = {
		.event = PT_CORE_EVENT_REFUSED,
		.source = KBUILD_MODNAME,
		.reason = why,
		.has_owner = true,
		.owner = owner->id,
		.has_result = true,
		.result = err,
	};

	pci_err(pdev, "not given to %s %d: %s\n", owner->frontend, owner->id, why);
	pt_event(pdev, &event);
}

static int ask_guards(struct pci_dev *pdev, const struct pt_owner *owner, char *why)
{
	char reason[PT_WHY_MAX];
	struct pt_guard *at;
	int err;

	lockdep_assert_held(&guards_lock);
	list_for_each_entry(at, &guards, node) {
		strscpy(reason, "it does not say why", sizeof(reason));
		err = at->check(at, pdev, owner, reason);
		if (err) {
			scnprintf(why, PT_WHY_MAX, "%s: %s", at->name, reason);
			return err;
		}
	}
	return 0;
}

/* Return: -EBUSY when somebody else has it, 1 when this owner has. */
static int look(struct pci_dev *pdev, const struct pt_owner *owner, char *why)
{
	struct pt_owner now;

	if (!pt_owner_of(pdev, &now))
		return 0;
	if (now.id == owner->id && !strcmp(now.frontend, owner->frontend))
		return 1;
	scnprintf(why, PT_WHY_MAX, "%s %d has it", now.frontend, now.id);
	return -EBUSY;
}

int pt_give(struct pci_dev *pdev, const struct pt_owner *owner, char *why)
{
	struct pt_owner *new;
	int err;

	why[0] = '\0';
	new = kmemdup(owner, sizeof(*owner), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	mutex_lock(&guards_lock);
	err = look(pdev, owner, why) ?: ask_guards(pdev, owner, why);
	if (!err)
		err = xa_err(xa_store(&owners, (unsigned long)pdev, new, GFP_KERNEL));
	mutex_unlock(&guards_lock);
	if (!err)
		return 0;
	kfree(new);
	if (err > 0)
		return 0;
	if (why[0])
		refused(pdev, owner, why, err);
	return err;
}
EXPORT_SYMBOL_GPL(pt_give);

bool pt_share_requester(struct pci_dev *a, struct pci_dev *b, char *why)
{
	struct pt_guard *at;

	guard(mutex)(&guards_lock);
	list_for_each_entry(at, &guards, node)
		if (at->share_requester && at->share_requester(at, a, b, why))
			return true;
	return false;
}
EXPORT_SYMBOL_GPL(pt_share_requester);

void pt_take(struct pci_dev *pdev)
{
	kfree(xa_erase(&owners, (unsigned long)pdev));
}
EXPORT_SYMBOL_GPL(pt_take);

bool pt_owner_of(struct pci_dev *pdev, struct pt_owner *owner)
{
	struct pt_owner *now;

	xa_lock(&owners);
	now = xa_load(&owners, (unsigned long)pdev);
	if (now)
		*owner = *now;
	xa_unlock(&owners);
	return now;
}
EXPORT_SYMBOL_GPL(pt_owner_of);

void pt_guard_exit(void)
{
	struct pt_owner *owner;
	unsigned long index;

	xa_for_each(&owners, index, owner)
		kfree(owner);
	xa_destroy(&owners);
}

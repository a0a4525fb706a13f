// SPDX-License-Identifier: GPL-2.0
/* Isolation sets of this machine, see isolation.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bsearch.h>
#include <linux/hash.h>
#include <linux/iommu.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pt_core.h>
#include <linux/pt_param.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>

#include "ie.h"
#include "isolation.h"
#include "isolation_reasons.h"
#include "isolation_scan.h"

#define BDF_LEN		18	/* of the longest segment, with a blank */
#define REASONS_LEN	64
#define SETTLE_MS	200	/* devices come in droves */
#define RETRY_MS	2000	/* without memory */

enum { ISO_OFF, ISO_WARN, ISO_ENFORCE };

static const char * const modes[] = { "off", "warn", "enforce", NULL };

/*
 * Enforced unless told otherwise: a guard is only asked where nobody else looks, which
 * is a Xen dom0 (VFIO has the kernel's groups), and there two guests on one set can read
 * each other's memory.
 */
static int mode = ISO_ENFORCE;

/**
 * struct seen - what events were last told of
 * @key: address of the function
 * @members: of its set: the same number for the same members
 * @gone: it went; one with its address is another
 */
struct seen {
	u64 key;
	u64 members;
	bool gone;
};

/*
 * Protects what follows. Inside pt-core's lock of guards, and inside the kernel's for
 * rescanning; outside pt-core's locks of events. With it a device is only tried to be locked.
 */
static DEFINE_MUTEX(iso_lock);
static struct ie_iso *machine;
static struct seen *seen;
static u32 seen_count;

static bool stale = true;	/* set by the notifier, cleared before a new look */

static u64 key_at(const struct ie_iso *iso, u32 i)
{
	const struct pt_identity *id = &iso->dev[i].id;

	return (u64)id->segment << 16 | id->bus << 8 | id->devfn;
}

static struct pci_dev *pdev_at(const struct ie_iso *iso, u32 i)
{
	const struct pt_identity *id = &iso->dev[i].id;

	return pci_get_domain_bus_and_slot(id->segment, id->bus, id->devfn);
}

static s32 find(struct pci_dev *pdev)
{
	return ie_iso_find(machine, pci_domain_nr(pdev->bus), pdev->bus->number, pdev->devfn);
}

/* Look again if something has changed. */
static int renew(void)
{
	struct ie_iso *now;

	lockdep_assert_held(&iso_lock);
	if (!READ_ONCE(stale))
		return 0;
	/* Before the look: what changes during it is for another. */
	WRITE_ONCE(stale, false);
	now = ie_iso_scan(ie_isolation_reasons());
	if (!now) {
		WRITE_ONCE(stale, true);
		return -ENOMEM;
	}
	ie_iso_free(machine);
	machine = now;
	return 0;
}

static bool same_owner(const struct pt_owner *a, const struct pt_owner *b)
{
	return a->id == b->id && !strcmp(a->frontend, b->frontend);
}

/* A driver of the host reaches all that the guest's device reaches, and the other way. */
static void warn_of_host(struct pci_dev *pdev, struct pci_dev *other)
{
	struct device_driver *drv;

	/* Its holder binds or unbinds it: nothing worth waiting for. */
	if (!device_trylock(&other->dev))
		return;
	drv = other->dev.driver;
	if (drv && other->is_busmaster && !to_pci_driver(drv)->driver_managed_dma)
		pci_warn(pdev, "the host's driver %s has %s, which is in the same isolation set\n",
			 drv->name, pci_name(other));
	device_unlock(&other->dev);
}

/* @i is to be given away, @j of the same set is looked at. */
static int ask_member(u32 i, u32 j, struct pci_dev *pdev, const struct pt_owner *owner,
		      char *why)
{
	struct pci_dev *other = pdev_at(machine, j);
	struct pt_owner has;
	size_t n;

	if (!other)
		return 0;
	if (!pt_owner_of(other, &has)) {
		warn_of_host(pdev, other);
		pci_dev_put(other);
		return 0;
	}
	n = scnprintf(why, PT_WHY_MAX, "%s %d has %s: ", has.frontend, has.id, pci_name(other));
	ie_iso_explain(machine, i, j, why + n, PT_WHY_MAX - n);
	pci_dev_put(other);
	return same_owner(&has, owner) ? 0 : -EBUSY;
}

static int ask_set(struct pci_dev *pdev, const struct pt_owner *owner, char *why)
{
	s32 i = find(pdev);
	u32 j;
	int err;

	if (i == IE_ISO_NONE)
		return 0;
	for (j = machine->dev[i].set; j < machine->n; j++) {
		if (j == i || machine->dev[j].set != machine->dev[i].set)
			continue;
		err = ask_member(i, j, pdev, owner, why);
		if (err)
			return err;
	}
	return 0;
}

static int check(struct pt_guard *guard, struct pci_dev *pdev, const struct pt_owner *owner,
		 char *why)
{
	int err, now = READ_ONCE(mode);

	if (now == ISO_OFF)
		return 0;
	mutex_lock(&iso_lock);
	err = renew();
	if (err)
		strscpy(why, "no memory to work out what belongs together", PT_WHY_MAX);
	else
		err = ask_set(pdev, owner, why);
	mutex_unlock(&iso_lock);
	if (err && now == ISO_WARN) {
		pci_warn(pdev, "given to %s %d all the same: %s\n", owner->frontend, owner->id,
			 why);
		return 0;
	}
	return err;
}

static bool share_requester(struct pt_guard *guard, struct pci_dev *a, struct pci_dev *b, char *why)
{
	bool share = false;
	s32 i, j;

	if (READ_ONCE(mode) != ISO_ENFORCE)
		return false;
	mutex_lock(&iso_lock);
	/* Without memory for a new look the last one has to do: "no" would let go of them. */
	renew();
	i = find(a);
	j = find(b);
	share = i != j && i != IE_ISO_NONE && j != IE_ISO_NONE &&
		machine->dev[i].requester == machine->dev[j].requester;
	if (share)
		ie_iso_explain(machine, i, j, why, PT_WHY_MAX);
	mutex_unlock(&iso_lock);
	return share;
}

static struct pt_guard guard = {
	.name = "isolation",
	.check = check,
	.share_requester = share_requester,
};

static int by_key(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static void tell(u32 i, enum pt_core_event what, const struct pt_owner *owner, const char *reason)
{
	struct pci_dev *pdev = pdev_at(machine, i);
	struct pt_event event = {
		.event = what,
		.source = KBUILD_MODNAME,
		.reason = reason,
		.has_owner = owner,
		.owner = owner ? owner->id : 0,
	};

	if (!pdev)
		return;
	pci_info(pdev, "%s: %s\n",
		 what == PT_CORE_EVENT_GROUP ? "isolation set" : "joins a set", reason);
	pt_event(pdev, &event);
	pci_dev_put(pdev);
}

static void tell_joined(u32 i)
{
	char why[PT_WHY_MAX];
	struct pci_dev *other;
	struct pt_owner has;
	bool owned;
	size_t n;
	u32 j;

	for (j = machine->dev[i].set; j < machine->n; j++) {
		if (j == i || machine->dev[j].set != machine->dev[i].set)
			continue;
		other = pdev_at(machine, j);
		owned = other && pt_owner_of(other, &has);
		if (owned) {
			n = scnprintf(why, sizeof(why), "%s %d has %s: ", has.frontend, has.id,
				      pci_name(other));
			ie_iso_explain(machine, i, j, why + n, sizeof(why) - n);
			tell(i, PT_CORE_EVENT_GROUP_JOINED, &has, why);
		}
		pci_dev_put(other);
		if (owned)
			return;
	}
}

static size_t add_bdf(u32 i, char *text, size_t room, bool blank)
{
	const struct pt_identity *id = &machine->dev[i].id;

	return scnprintf(text, room, "%s%04x:%02x:%02x.%x", blank ? " " : "", id->segment,
			 id->bus, PCI_SLOT(id->devfn), PCI_FUNC(id->devfn));
}

/* Reasons, then the members, as many as there is room for. */
static size_t set_text(u32 i, bool kernel, char *text, size_t room)
{
	size_t n = 0;
	u8 reasons = 0;
	u32 j;

	for (j = 0; j < machine->n; j++)
		if (machine->dev[j].set == machine->dev[i].set)
			reasons |= machine->dev[j].reasons;
	if (!kernel)
		n = ie_iso_reasons(reasons, text, room);
	for (j = 0; j < machine->n && n + BDF_LEN < room; j++) {
		const struct ie_iso_dev *dev = &machine->dev[j];

		if (kernel ? dev->group != machine->dev[i].group : dev->set != machine->dev[i].set)
			continue;
		n += add_bdf(j, text + n, room - n, n);
	}
	return n;
}

static struct seen *find_seen(u64 address)
{
	struct seen key = { .key = address };

	return bsearch(&key, seen, seen_count, sizeof(*seen), by_key);
}

static void tell_one(u32 i, u64 members)
{
	struct seen *was = find_seen(key_at(machine, i));
	char text[PT_WHY_MAX];

	if (!was || was->gone) {
		tell_joined(i);
	} else if (was->members != members) {
		set_text(i, false, text, sizeof(text));
		tell(i, PT_CORE_EVENT_GROUP, NULL, text);
	}
}

/* Tell what has changed since the last time; of all that is there at first, nothing. */
static int tell_changes(void)
{
	struct seen *now = kvcalloc(machine->n, sizeof(*now), GFP_KERNEL);
	u32 i;

	if (!now)
		return -ENOMEM;
	for (i = 0; i < machine->n; i++) {
		now[i].key = key_at(machine, i);
		now[machine->dev[i].set].members += hash_64(now[i].key, 64);
	}
	for (i = 0; i < machine->n; i++)
		now[i].members = now[machine->dev[i].set].members;
	for (i = 0; seen && i < machine->n; i++)
		tell_one(i, now[i].members);
	kvfree(seen);
	seen = now;
	seen_count = machine->n;
	return 0;
}

static int look(void)
{
	int err;

	mutex_lock(&iso_lock);
	err = renew();
	if (!err)
		err = tell_changes();
	mutex_unlock(&iso_lock);
	return err;
}

static void look_again(struct work_struct *work)
{
	if (look())
		schedule_delayed_work(to_delayed_work(work), msecs_to_jiffies(RETRY_MS));
}

static DECLARE_DELAYED_WORK(look_work, look_again);

/* It may be back before the next look. */
static void forget(struct pci_dev *pdev)
{
	struct seen *was;

	mutex_lock(&iso_lock);
	was = find_seen((u64)pci_domain_nr(pdev->bus) << 16 | pci_dev_id(pdev));
	if (was)
		was->gone = true;
	mutex_unlock(&iso_lock);
}

/* BOUND: by then a device that was plugged in has its BARs. */
static int on_bus(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action != BUS_NOTIFY_ADD_DEVICE && action != BUS_NOTIFY_REMOVED_DEVICE &&
	    action != BUS_NOTIFY_BOUND_DRIVER)
		return NOTIFY_DONE;
	if (action == BUS_NOTIFY_REMOVED_DEVICE)
		forget(to_pci_dev(data));
	WRITE_ONCE(stale, true);
	schedule_delayed_work(&look_work, msecs_to_jiffies(SETTLE_MS));
	return NOTIFY_OK;
}

void ie_isolation_renew(void)
{
	WRITE_ONCE(stale, true);
	schedule_delayed_work(&look_work, msecs_to_jiffies(SETTLE_MS));
	pt_guards_changed();
}

static struct notifier_block bus_notifier = { .notifier_call = on_bus };

static ssize_t list_sets(bool kernel, char *buf, loff_t off, size_t count)
{
	size_t room, n = 0;
	ssize_t ret;
	char *text;
	u32 i;

	mutex_lock(&iso_lock);
	ret = renew();
	room = ret ? 1 : machine->n * (BDF_LEN + REASONS_LEN) + 1;
	text = kvmalloc(room, GFP_KERNEL);
	for (i = 0; text && !ret && i < machine->n; i++) {
		if ((kernel ? machine->dev[i].group : machine->dev[i].set) != i)
			continue;
		n += set_text(i, kernel, text + n, room - n);
		n += scnprintf(text + n, room - n, "\n");
	}
	mutex_unlock(&iso_lock);
	if (!ret)
		ret = text ? memory_read_from_buffer(buf, count, &off, text, n) : -ENOMEM;
	kvfree(text);
	return ret;
}

static ssize_t isolation_sets_read(struct file *file, struct kobject *kobj,
				   COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off, size_t count)
{
	return list_sets(false, buf, off, count);
}
static BIN_ATTR_RO(isolation_sets, 0);

static ssize_t isolation_groups_read(struct file *file, struct kobject *kobj,
				     COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off,
				     size_t count)
{
	return list_sets(true, buf, off, count);
}
static BIN_ATTR_RO(isolation_groups, 0);

static const char expected[] = "expected off, warn or enforce, e.g. warn";

static int set_mode(const char *text)
{
	int n = __sysfs_match_string(modes, -1, text);

	if (n < 0)
		return n;
	WRITE_ONCE(mode, n);
	pt_guards_changed();
	return 0;
}

static ssize_t isolation_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", modes[READ_ONCE(mode)]);
}

static ssize_t isolation_store(struct kobject *kobj, struct kobj_attribute *attr,
			       const char *buf, size_t count)
{
	int err = set_mode(buf);

	if (err)
		pr_err("isolation: \"%.*s\": %s\n",
		       (int)min_t(size_t, strcspn(buf, "\n"), QUOTE_MAX), buf, expected);
	return err ?: count;
}

static struct kobj_attribute isolation_attr = __ATTR_RW(isolation);

static int param_set(const char *text, const struct kernel_param *param)
{
	return set_mode(text) ? pt_param_refuse(param, text, expected) : 0;
}

static int param_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%s\n", modes[READ_ONCE(mode)]);
}

static const struct kernel_param_ops mode_ops = { .set = param_set, .get = param_get };
module_param_cb(isolation, &mode_ops, NULL, 0444);
MODULE_PARM_DESC(isolation, "two owners of what cannot be isolated: off, warn, enforce (default)");

ssize_t ie_isolation_show(struct pci_dev *pdev, char *buf)
{
	ssize_t ret;
	s32 i;

	mutex_lock(&iso_lock);
	ret = renew();
	i = ret ? IE_ISO_NONE : find(pdev);
	if (i != IE_ISO_NONE) {
		ret = set_text(i, false, buf, PAGE_SIZE - 1);
		ret += sysfs_emit_at(buf, ret, "\n");
	}
	mutex_unlock(&iso_lock);
	return ret;
}

static bool is_among(u32 i, struct pci_dev **pdev, unsigned int n)
{
	while (n)
		if (find(pdev[--n]) == (s32)i)
			return true;
	return false;
}

static bool is_needed(u32 i, struct pci_dev **pdev, unsigned int n)
{
	s32 j;

	if (machine->dev[i].is_bridge || is_among(i, pdev, n))
		return false;
	while (n) {
		j = find(pdev[--n]);
		if (j != IE_ISO_NONE && machine->dev[j].set == machine->dev[i].set)
			return true;
	}
	return false;
}

int ie_isolation_others(struct pci_dev **pdev, unsigned int n, char *text, size_t room)
{
	size_t len = 0;
	int err;
	u32 i;

	text[0] = '\0';
	mutex_lock(&iso_lock);
	err = renew();
	for (i = 0; !err && i < machine->n && len + BDF_LEN < room; i++)
		if (is_needed(i, pdev, n))
			len += add_bdf(i, text + len, room - len, len);
	mutex_unlock(&iso_lock);
	return err;
}

static const struct bin_attribute *const lists[] = {
	&bin_attr_isolation_sets, &bin_attr_isolation_groups,
};

static void end_look(void)
{
	bus_unregister_notifier(&pci_bus_type, &bus_notifier);
	cancel_delayed_work_sync(&look_work);
	ie_iso_free(machine);
	kvfree(seen);
}

static void remove_files(int n)
{
	while (n--)
		sysfs_remove_bin_file(ie_kobj, lists[n]);
	sysfs_remove_file(ie_kobj, &isolation_attr.attr);
}

static int make_files(void)
{
	int err, n;

	err = sysfs_create_file(ie_kobj, &isolation_attr.attr);
	if (err)
		return err;
	for (n = 0; n < ARRAY_SIZE(lists); n++) {
		err = sysfs_create_bin_file(ie_kobj, lists[n]);
		if (err) {
			remove_files(n);
			return err;
		}
	}
	return 0;
}

int ie_isolation_init(void)
{
	int err;

	/* Before the first look: what comes during it is seen by the next. */
	err = bus_register_notifier(&pci_bus_type, &bus_notifier);
	if (err)
		return err;
	err = look() ?: make_files();
	if (err) {
		end_look();
		return err;
	}
	pt_guard_register(&guard);
	return 0;
}

void ie_isolation_exit(void)
{
	pt_guard_unregister(&guard);
	remove_files(ARRAY_SIZE(lists));
	end_look();
}

// SPDX-License-Identifier: GPL-2.0
/* What happened is told to programs, see events.h. */
#include <linux/cleanup.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "events.h"
#include "netlink.h"

/* Events have numbers in the order in which they are told: it protects both. */
static DEFINE_MUTEX(events_lock);
static u64 generation;
static struct kobject *folder;

/* The names in uevents, and in Documentation/netlink/specs/pt_core.yaml. */
static const char * const names[] = {
	[PT_CORE_EVENT_ADDED] = "added",
	[PT_CORE_EVENT_SAME] = "same",
	[PT_CORE_EVENT_MOVED] = "moved",
	[PT_CORE_EVENT_REPLACED] = "replaced",
	[PT_CORE_EVENT_DUPLICATE] = "duplicate",
	[PT_CORE_EVENT_GONE] = "gone",
	[PT_CORE_EVENT_STATE] = "state",
	[PT_CORE_EVENT_RESET] = "reset",
	[PT_CORE_EVENT_ERROR] = "error",
	[PT_CORE_EVENT_REFUSED] = "refused",
	[PT_CORE_EVENT_POLICY] = "policy",
	[PT_CORE_EVENT_POLICY_REFUSED] = "policy-refused",
	[PT_CORE_EVENT_GROUP] = "group",
	[PT_CORE_EVENT_GROUP_JOINED] = "group-joined",
	[PT_CORE_EVENT_PINNED] = "pinned",
	[PT_CORE_EVENT_RDM_STALE] = "rdm-stale",
	[PT_CORE_EVENT_ADD_FAILED] = "add-failed",
};

/*
 * udev must not hear of a change of a device before it heard of the device, nor after
 * it went: then this module has changed.
 */
static struct kobject *changed(struct pci_dev *pdev, const struct pt_event *event)
{
	struct kobject *device = &pdev->dev.kobj;

	if (device->state_add_uevent_sent && event->event != PT_CORE_EVENT_GONE)
		return device;
	return &THIS_MODULE->mkobj.kobj;
}

struct uevent {
	char text[6][16 + PT_PATH_TEXT + PT_WHY_MAX];
	char *env[6 + PT_EVENT_ENV + 1];
	unsigned int n;
};

static void __printf(2, 3) add(struct uevent *uevent, const char *format, ...)
{
	char *text = uevent->text[uevent->n];
	va_list args;

	va_start(args, format);
	vscnprintf(text, sizeof(uevent->text[0]), format, args);
	va_end(args);
	uevent->env[uevent->n++] = text;
}

/* A projection of the event: who wants all of it listens on netlink. */
static void tell_udev(struct pci_dev *pdev, const struct pt_identity *id,
		      const struct pt_event *event)
{
	struct uevent *uevent = kmalloc(sizeof(*uevent), GFP_KERNEL);
	char text[PT_PATH_TEXT];
	unsigned int i;

	if (!uevent)
		return;
	uevent->n = 0;
	memset(uevent->env, 0, sizeof(uevent->env));
	add(uevent, "PT_EVENT=%s", names[event->event]);
	pt_identity_bdf(id, text);
	add(uevent, "PT_BDF=%s", text);
	pt_identity_path(id, text);
	add(uevent, "PT_PATH=%s", text);
	if (event->old) {
		pt_identity_bdf(event->old, text);
		add(uevent, "PT_OLD_BDF=%s", text);
	}
	if (event->state)
		add(uevent, "PT_STATE=%s", event->state);
	/* Any program hears uevents; words about an owner may say who has what. */
	if (event->reason && !event->has_owner)
		add(uevent, "PT_REASON=%s", event->reason);
	for (i = 0; event->env && i < PT_EVENT_ENV && event->env[i]; i++)
		uevent->env[uevent->n + i] = event->env[i];
	kobject_uevent_env(changed(pdev, event), KOBJ_CHANGE, uevent->env);
	kfree(uevent);
}

void pt_events_tell(struct pci_dev *pdev, const struct pt_identity *id,
		    const struct pt_event *event)
{
	if (WARN_ON_ONCE(!event->event || event->event >= ARRAY_SIZE(names)))
		return;
	guard(mutex)(&events_lock);
	generation++;
	pt_netlink_tell(id, event, generation);
	tell_udev(pdev, id, event);
	sysfs_notify(folder, NULL, "generation");
}

void pt_event(struct pci_dev *pdev, const struct pt_event *event)
{
	struct pt_identity id;

	if (!pt_identity_of(pdev, &id))
		pt_events_tell(pdev, &id, event);
	else if (event->env)
		kobject_uevent_env(&pdev->dev.kobj, KOBJ_CHANGE, (char **)event->env);
}
EXPORT_SYMBOL_GPL(pt_event);

u64 pt_events_generation(void)
{
	guard(mutex)(&events_lock);
	return generation;
}

static ssize_t generation_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", pt_events_generation());
}

static struct kobj_attribute generation_attr = __ATTR_RO(generation);

int pt_events_init(void)
{
	int err;

	folder = kobject_create_and_add("pt_core", kernel_kobj);
	if (!folder)
		return -ENOMEM;
	err = sysfs_create_file(folder, &generation_attr.attr);
	if (err)
		goto err_folder;
	err = pt_netlink_init();
	if (err)
		goto err_folder;
	return 0;

err_folder:
	kobject_put(folder);
	return err;
}

void pt_events_exit(void)
{
	pt_netlink_exit();
	kobject_put(folder);
}

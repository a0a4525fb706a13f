/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pt-core, the ground that the modules of the suite stand on: who is this device
 * (identity), what happened (events), may it be given away (guards).
 */
#ifndef _LINUX_PT_CORE_H
#define _LINUX_PT_CORE_H

#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <uapi/linux/pt_core.h>

#include <linux/pt_identity.h>

/**
 * struct pt_arrival - how a device came to be where it is
 * @event: PT_CORE_EVENT_ADDED, _SAME, _MOVED, _REPLACED or _DUPLICATE
 * @old: who was known before: the device itself elsewhere (_MOVED), the one that was
 *	 in this place (_REPLACED), the one it looks like (_DUPLICATE)
 */
struct pt_arrival {
	enum pt_core_event event;
	struct pt_identity old;
};

/**
 * pt_identity_of() - who is this?
 * @pdev: the device, on the bus
 * @id: what it can be known by
 *
 * Context: process or a notifier of the PCI bus; reads configuration space the first
 * time only.
 * Return: 0, or -ENODEV for a device that is not known (one that just goes).
 */
int pt_identity_of(struct pci_dev *pdev, struct pt_identity *id);

/**
 * pt_arrival_of() - how did it come to be where it is?
 * @pdev: the device
 * @arrival: the answer, the same from the first notifier that sees the device on
 *
 * Notifiers of the PCI bus with a priority below INT_MAX may ask on ADD_DEVICE.
 *
 * Return: 0, or -ENODEV for a device that is not known.
 */
int pt_arrival_of(struct pci_dev *pdev, struct pt_arrival *arrival);

/**
 * struct pt_event - what is told beside the device
 * @event: what happened
 * @source: the module that says so: KBUILD_MODNAME
 * @state: or NULL
 * @reason: or NULL
 * @has_owner: @owner is told
 * @owner: a Xen domain
 * @has_result: @result is told
 * @result: 0 or a negative errno
 * @old: where the device was, or NULL
 * @env: more variables for udev, up to PT_EVENT_ENV and a NULL; or NULL
 */
struct pt_event {
	enum pt_core_event event;
	const char *source;
	const char *state;
	const char *reason;
	bool has_owner;
	int owner;
	bool has_result;
	int result;
	const struct pt_identity *old;
	char *const *env;
};

#define PT_EVENT_ENV	2

/**
 * pt_event() - tell everybody
 * @pdev: the device
 * @event: what happened
 *
 * Netlink listeners, udev (PT_EVENT=... in a change event of the device) and whoever
 * polls /sys/kernel/pt_core/generation learn of it. Limiting what a guest can cause
 * is for the caller, who knows what that is. Of a device that is not known (it just goes)
 * udev alone hears, and of @env alone.
 *
 * Context: process, may sleep; locks of the caller may be held.
 */
void pt_event(struct pci_dev *pdev, const struct pt_event *event);

/**
 * struct pt_owner - who gets a device
 * @frontend: "xen", "vfio"
 * @id: the domain, or the process
 */
struct pt_owner {
	const char *frontend;
	int id;
};

#define PT_WHY_MAX	160

/**
 * struct pt_guard - who is asked before a device is given away
 * @name: for messages
 * @check: may @owner have @pdev? Which devices are given away already it finds by
 *	   pt_owner_of(). Called with guards one at a time; may sleep, waits for no guest.
 *	   Return: 0, or a negative errno, then @why (PT_WHY_MAX bytes) says why in words
 *	   that name the other device or the setting.
 * @share_requester: do two devices use one requester id, so that a hypervisor which gives
 *	   one of them away gives both? If so @why (PT_WHY_MAX bytes) says by what. Called as
 *	   @check. NULL: it does not know.
 * @node: pt-core's
 */
struct pt_guard {
	const char *name;
	int (*check)(struct pt_guard *guard, struct pci_dev *pdev,
		     const struct pt_owner *owner, char *why);
	bool (*share_requester)(struct pt_guard *guard, struct pci_dev *a, struct pci_dev *b,
				char *why);
	struct list_head node;
};

/**
 * pt_guard_register() - be asked from now on
 * @new: stays where it is until it is taken out
 *
 * Context: process, may sleep.
 */
void pt_guard_register(struct pt_guard *new);

/**
 * pt_guard_unregister() - not any more
 * @old: not called any more when this returns
 *
 * Context: process, may sleep.
 */
void pt_guard_unregister(struct pt_guard *old);

/**
 * pt_guards_wait() - until guards have seen what was changed before
 *
 * Who has just changed what its check() goes by calls this: a device that was given
 * away in the meantime shows in pt_owner_of() then, and no other is.
 *
 * Context: process, may sleep; no lock held that a guard takes.
 */
void pt_guards_wait(void);

/**
 * pt_guards_changed() - a guard's answers are others from now on
 *
 * By a guard whose setting was changed; registering and taking out count as well.
 *
 * Context: process, may sleep; no lock held that a guard takes.
 */
void pt_guards_changed(void);

/**
 * pt_guards_notifier_register() - be told of that
 * @nb: called with action 0 and no data, in process context; asks no guard itself
 */
void pt_guards_notifier_register(struct notifier_block *nb);

/* Not any more; it is not being called when this returns. */
void pt_guards_notifier_unregister(struct notifier_block *nb);

/**
 * pt_give() - may this owner have the device? If so, it has.
 * @pdev: the device
 * @owner: who
 * @why: PT_WHY_MAX bytes: the guard that said no, and its reason
 *
 * A refusal is logged and told as an event, too.
 *
 * Context: process, may sleep.
 * Return: 0; -EBUSY when another owner has it; what a guard said; -ENOMEM.
 */
int pt_give(struct pci_dev *pdev, const struct pt_owner *owner, char *why);

/**
 * pt_share_requester() - do two devices use one requester id?
 * @a: one
 * @b: the other
 * @why: PT_WHY_MAX bytes: by what, when they do
 *
 * No IOMMU keeps such two apart. Guards know; without one nobody does, and the answer is no.
 *
 * Context: process, may sleep; locks of either device may be held.
 * Return: whether they do.
 */
bool pt_share_requester(struct pci_dev *a, struct pci_dev *b, char *why);

/**
 * pt_take() - nobody has the device any more
 * @pdev: the device; it is fine when nobody had it
 *
 * Context: process, may sleep.
 */
void pt_take(struct pci_dev *pdev);

/**
 * pt_owner_of() - who has the device?
 * @pdev: the device
 * @owner: the answer
 *
 * Context: process, or a guard's check.
 * Return: whether anybody has it.
 */
bool pt_owner_of(struct pci_dev *pdev, struct pt_owner *owner);

/**
 * pt_set_unfit() - a device must not be given away before it is reset, or not any more
 * @pdev: the device
 * @unfit: whether that is so
 *
 * The mark outlives drivers and modules, removal and another address: it stays with the
 * device that pt_identity_of() knows. While such a device is there pt-core cannot be
 * unloaded.
 *
 * Context: process, may sleep; locks of the caller may be held.
 */
void pt_set_unfit(struct pci_dev *pdev, bool unfit);

/* Was it marked so? Context: as above. */
bool pt_is_unfit(struct pci_dev *pdev);

/**
 * pt_lock_device() - take a device's lock, or give up after a second
 * @pdev: the device
 *
 * A driver that is being unbound holds it for as long as the user of its device likes.
 *
 * Context: process, may sleep; no lock held that others need.
 * Return: whether device_unlock() is due.
 */
bool pt_lock_device(struct pci_dev *pdev);

/**
 * pt_program_of() - does a program have a device through VFIO?
 * @pdev: the device
 * @who: on yes, the IOMMU group and the driver; or that a driver comes or goes and does not
 *	 get ready, which counts as yes
 * @size: of @who
 *
 * Context: process, may sleep for a second; the device's lock is not held.
 * Return: whether taking the device from its driver would wait for a program.
 */
bool pt_program_of(struct pci_dev *pdev, char *who, size_t size);

/**
 * pt_has_program() - the same for a device whose lock is held
 * @pdev: the device
 * @who: on yes, the IOMMU group and the driver
 * @size: of @who
 *
 * Context: process; the device's lock is held.
 * Return: whether a program has it.
 */
bool pt_has_program(struct pci_dev *pdev, char *who, size_t size);

/**
 * pt_has_iommu() - is there an IOMMU that keeps a guest's device to the guest's memory?
 * @pdev: the device, or NULL: for any device at all
 *
 * Linux's own IOMMU groups are looked at, in a Xen dom0 Xen is asked.
 *
 * Context: process.
 * Return: false where there certainly is none; true also where nobody tells, as in a
 * driver domain of Xen's.
 */
bool pt_has_iommu(struct pci_dev *pdev);

#endif /* _LINUX_PT_CORE_H */

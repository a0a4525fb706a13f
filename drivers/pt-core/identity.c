// SPDX-License-Identifier: GPL-2.0
/* The devices that are known, see identity.h. */
#include <linux/cleanup.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>

#include "events.h"
#include "identity.h"
#include "identity_core.h"

#define TABLE_BITS	8
#define MAX_GONE	1024	/* of more, the one that went first is forgotten */

/**
 * struct known - a device that is there, or was
 * @node: in @all, by @number
 * @gone: in @those_gone, in the order in which they went; empty while it is there
 * @by_place: in @places, unless another has come where it was
 * @by_self: in @selves, by serial number and ids; without a number when it is gone
 * @by_pdev: in @devices, while it is there
 * @number: from 1, in the order in which they came first
 * @pdev: never looked into, only compared; NULL for one that is gone
 * @id: who it is, and where it was last
 * @arrival: how it came there
 * @unfit: it must not be given away before it is reset
 * @held: this module is held for that, while the device is there
 */
struct known {
	struct list_head node;
	struct list_head gone;
	struct hlist_node by_place;
	struct hlist_node by_self;
	struct hlist_node by_pdev;
	unsigned int number;
	struct pci_dev *pdev;
	struct pt_identity id;
	struct pt_arrival arrival;
	bool unfit;
	bool held;
};

/* Protects all that follows. Innermost: under it only memory is asked for. */
static DEFINE_MUTEX(identities_lock);
static LIST_HEAD(all);
static LIST_HEAD(those_gone);
static unsigned int count_gone;
static unsigned int last_number;
static DEFINE_HASHTABLE(places, TABLE_BITS);
static DEFINE_HASHTABLE(selves, TABLE_BITS);
static DEFINE_HASHTABLE(devices, TABLE_BITS);

/* The devfns from the root bus down; of a VF those of its PF. */
static void find_path(struct pci_dev *pdev, struct pt_identity *id)
{
	struct pci_dev *at = pdev;
	unsigned int n = 1;

	for (; pci_upstream_bridge(at); at = pci_upstream_bridge(at))
		n++;
	id->root_bus = at->bus->number;
	if (n > PT_PATH_HOPS)
		return;
	id->hops = n;
	for (at = pdev; n--; at = pci_upstream_bridge(at))
		id->path[n] = at->devfn;
}

/* With a single VF a card may say that the stride is 0, by which the kernel divides. */
static u32 vf_index(struct pci_dev *pf, struct pci_dev *vf)
{
	int cap = pci_find_ext_capability(pf, PCI_EXT_CAP_ID_SRIOV);
	u16 stride = 0;

	pci_read_config_word(pf, cap + PCI_SRIOV_VF_STRIDE, &stride);
	return cap && stride ? pci_iov_vf_id(vf) : 0;
}

/* All ones are no number: nobody has programmed it, or the device does not answer. */
static u64 serial_of(struct pci_dev *pdev)
{
	u64 serial = pci_get_dsn(pdev);

	return serial == U64_MAX ? 0 : serial;
}

static void identify(struct pci_dev *pdev, struct pt_identity *id)
{
	struct pci_dev *pf = pci_physfn(pdev);

	*id = (struct pt_identity) {
		.segment = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
		.vendor = pdev->vendor,
		.device = pdev->device,
		.subvendor = pdev->subsystem_vendor,
		.subdevice = pdev->subsystem_device,
		.class = pdev->class,
		.revision = pdev->revision,
		.serial = serial_of(pf),
	};
	if (pdev->is_virtfn) {
		id->is_vf = true;
		id->vf_index = vf_index(pf, pdev);
		id->pf_bus = pf->bus->number;
		id->pf_devfn = pf->devfn;
	}
	find_path(pf, id);
}

static struct known *find(struct pci_dev *pdev)
{
	struct known *known;

	hash_for_each_possible(devices, known, by_pdev, (unsigned long)pdev)
		if (known->pdev == pdev)
			return known;
	return NULL;
}

static struct known *find_in_place(const struct pt_identity *id)
{
	struct known *known;

	hash_for_each_possible(places, known, by_place, pt_identity_place_hash(id)) {
		switch (pt_identity_compare(&known->id, id)) {
		case PT_SAME:
		case PT_RENUMBERED:
		case PT_OTHER:
			return known;
		default:
			break;
		}
	}
	return NULL;
}

/*
 * Elsewhere: the one that it is, if there is no doubt; the one that it only looks like.
 * The serial number of two is nobody's, and ids say who it is only when one device of
 * the kind is missing.
 */
static struct known *find_elsewhere(const struct pt_identity *id, struct known **twin)
{
	struct known *known, *it = NULL;
	unsigned int missing = 0;

	*twin = NULL;
	hash_for_each_possible(selves, known, by_self, pt_identity_self_hash(id)) {
		enum pt_likeness likeness = pt_identity_compare(&known->id, id);

		if (likeness != PT_SAME_SERIAL && likeness != PT_SIMILAR)
			continue;
		if (!known->pdev) {
			it = known;
			missing++;
		} else if (likeness == PT_SAME_SERIAL) {
			*twin = known;
		}
	}
	return missing == 1 && !*twin ? it : NULL;
}

static struct known *add_known(void)
{
	struct known *known = kzalloc(sizeof(*known), GFP_KERNEL);

	if (!known)
		return NULL;
	INIT_LIST_HEAD(&known->gone);
	known->number = ++last_number;
	list_add_tail(&known->node, &all);
	return known;
}

/* As long as there is a device that must not be given away this module stays. */
static void hold_module(struct known *known)
{
	bool hold = known->unfit && known->pdev;

	if (hold && !known->held) {
		known->held = try_module_get(THIS_MODULE);
	} else if (!hold && known->held) {
		known->held = false;
		module_put(THIS_MODULE);
	}
}

static void forget(struct known *known)
{
	known->unfit = false;
	hold_module(known);
	list_del(&known->node);
	list_del(&known->gone);
	hash_del(&known->by_place);
	hash_del(&known->by_self);
	hash_del(&known->by_pdev);
	kfree(known);
}

/* Who is it, and how did it come here? */
static struct known *classify(const struct pt_identity *id, struct pt_arrival *arrival)
{
	struct known *here = find_in_place(id), *twin, *it;
	enum pt_likeness likeness = PT_UNLIKE;

	if (here && !here->pdev)
		likeness = pt_identity_compare(&here->id, id);
	*arrival = (struct pt_arrival) { .event = PT_CORE_EVENT_ADDED };
	if (likeness == PT_SAME || likeness == PT_RENUMBERED) {
		arrival->event = likeness == PT_SAME ? PT_CORE_EVENT_SAME : PT_CORE_EVENT_MOVED;
		arrival->old = here->id;
		return here;
	}
	it = find_elsewhere(id, &twin);
	if (it) {
		arrival->event = PT_CORE_EVENT_MOVED;
		arrival->old = it->id;
	} else if (here) {
		/* Before a twin: what was said about this place is not about this device. */
		arrival->event = PT_CORE_EVENT_REPLACED;
		arrival->old = here->id;
	} else if (twin) {
		arrival->event = PT_CORE_EVENT_DUPLICATE;
		arrival->old = twin->id;
	}
	if (here)
		hash_del(&here->by_place);
	return it ?: add_known();
}

/* Return: whether it was not known to be there; then @id and @arrival are set. */
static bool arrive(struct pci_dev *pdev, struct pt_identity *id, struct pt_arrival *arrival)
{
	struct known *known;

	identify(pdev, id);
	guard(mutex)(&identities_lock);
	if (find(pdev))
		return false;
	known = classify(id, arrival);
	if (!known) {
		pci_warn(pdev, "no memory to know it by\n");
		return false;
	}
	if (!list_empty(&known->gone)) {
		list_del_init(&known->gone);
		count_gone--;
	}
	hash_del(&known->by_place);
	known->id = *id;
	known->arrival = *arrival;
	known->pdev = pdev;
	hold_module(known);
	hash_add(places, &known->by_place, pt_identity_place_hash(id));
	hash_add(devices, &known->by_pdev, (unsigned long)pdev);
	/* Thousands of a kind may be there: only those that are missing are looked for. */
	hash_del(&known->by_self);
	if (id->serial)
		hash_add(selves, &known->by_self, pt_identity_self_hash(id));
	return true;
}

static bool leave(struct pci_dev *pdev, struct pt_identity *id)
{
	struct known *known;

	guard(mutex)(&identities_lock);
	known = find(pdev);
	if (!known)
		return false;
	*id = known->id;
	known->pdev = NULL;
	hold_module(known);
	hash_del(&known->by_pdev);
	if (!id->serial)
		hash_add(selves, &known->by_self, pt_identity_self_hash(id));
	list_add_tail(&known->gone, &those_gone);
	if (++count_gone > MAX_GONE) {
		forget(list_first_entry(&those_gone, struct known, gone));
		count_gone--;
	}
	return true;
}

static int bus_event(struct notifier_block *nb, unsigned long action, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);
	struct pt_event event = { .source = KBUILD_MODNAME };
	struct pt_arrival arrival;
	struct pt_identity id;

	if (action == BUS_NOTIFY_ADD_DEVICE && arrive(pdev, &id, &arrival)) {
		event.event = arrival.event;
		event.old = arrival.event == PT_CORE_EVENT_ADDED ? NULL : &arrival.old;
		pt_events_tell(pdev, &id, &event);
	}
	/* Not a moment earlier: its driver may still have something to tell. */
	if (action == BUS_NOTIFY_REMOVED_DEVICE && leave(pdev, &id)) {
		pt_take(pdev);
		event.event = PT_CORE_EVENT_GONE;
		pt_events_tell(pdev, &id, &event);
	}
	return NOTIFY_DONE;
}

/* Before everybody else, who may ask how the device came. */
static struct notifier_block bus_notifier = {
	.notifier_call = bus_event,
	.priority = INT_MAX,
};

int pt_identity_of(struct pci_dev *pdev, struct pt_identity *id)
{
	struct known *known;

	guard(mutex)(&identities_lock);
	known = find(pdev);
	if (known)
		*id = known->id;
	return known ? 0 : -ENODEV;
}
EXPORT_SYMBOL_GPL(pt_identity_of);

int pt_arrival_of(struct pci_dev *pdev, struct pt_arrival *arrival)
{
	struct known *known;

	guard(mutex)(&identities_lock);
	known = find(pdev);
	if (known)
		*arrival = known->arrival;
	return known ? 0 : -ENODEV;
}
EXPORT_SYMBOL_GPL(pt_arrival_of);

void pt_set_unfit(struct pci_dev *pdev, bool unfit)
{
	struct known *known;

	guard(mutex)(&identities_lock);
	known = find(pdev);
	if (known) {
		known->unfit = unfit;
		hold_module(known);
	}
}
EXPORT_SYMBOL_GPL(pt_set_unfit);

bool pt_is_unfit(struct pci_dev *pdev)
{
	struct known *known;

	guard(mutex)(&identities_lock);
	known = find(pdev);
	return known && known->unfit;
}
EXPORT_SYMBOL_GPL(pt_is_unfit);

bool pt_identity_next(struct pt_known *next)
{
	struct known *known;

	guard(mutex)(&identities_lock);
	list_for_each_entry(known, &all, node) {
		if (known->number <= next->number)
			continue;
		next->number = known->number;
		next->present = known->pdev;
		next->id = known->id;
		next->owned = known->pdev && pt_owner_of(known->pdev, &next->owner);
		return true;
	}
	return false;
}

int pt_identity_init(void)
{
	struct pt_arrival arrival;
	struct pci_dev *pdev = NULL;
	struct pt_identity id;
	int err;

	err = bus_register_notifier(&pci_bus_type, &bus_notifier);
	if (err)
		return err;
	/* Else one could go between being found and being known. */
	pci_lock_rescan_remove();
	for_each_pci_dev(pdev)
		arrive(pdev, &id, &arrival);
	pci_unlock_rescan_remove();
	return 0;
}

void pt_identity_exit(void)
{
	struct known *known, *next;

	bus_unregister_notifier(&pci_bus_type, &bus_notifier);
	list_for_each_entry_safe(known, next, &all, node)
		forget(known);
}

// SPDX-License-Identifier: GPL-2.0
/* The devices that one guest has, see export.h. */
#include <linux/cleanup.h>
#include <linux/slab.h>
#include <xen/xenbus.h>

#include "../aside.h"
#include "../claim.h"
#include "../overlay.h"
#include "../registry.h"
#include "export.h"

/*
 * How long whoever takes devices from a guest waits for their resets, of all of them: as long
 * as one that works may take. All back-ends of a dom0 hear of their guests from xenwatch's
 * thread, which is held up meanwhile.
 */
#define RELEASE	(2 * HZ)

void pbng_export_init(struct pbng_export *export, struct xenbus_device *xdev,
		      const struct pbng_frontend_ops *ops, bool passthrough)
{
	kref_init(&export->frontend.ref);
	export->frontend.domid = xdev->otherend_id;
	export->frontend.xdev = xdev;
	export->frontend.ops = ops;
	export->frontend.waits = (struct pbng_budget) {};
	mutex_init(&export->lock);
	memset(&export->vpci, 0, sizeof(export->vpci));
	export->vpci.passthrough = passthrough;
	xa_init(&export->devices);
	spin_lock_init(&export->last_lock);
	export->last = NULL;
}

/* What interrupts see of the devices is one of them, or none. */
static void set_last(struct pbng_export *export, struct pbng_dev *dev,
		     struct pbng_bdf virt)
{
	lockdep_assert_held(&export->lock);
	spin_lock_irq(&export->last_lock);
	export->last = dev;
	export->last_virt = virt;
	spin_unlock_irq(&export->last_lock);
}

/* Before any device leaves its place: others may depend on it for theirs. */
static void forget_last(struct pbng_export *export)
{
	set_last(export, NULL, (struct pbng_bdf) {});
}

static struct pbng_exported *find(struct pbng_export *export,
				  struct pbng_bdf bdf)
{
	lockdep_assert_held(&export->lock);
	return xa_load(&export->devices, pbng_bdf_key(bdf));
}

/* The toolstack's wish counts, else that of the administrator's rule. */
static int place(struct pbng_export *export, struct pbng_exported *exported,
		 int wish, u8 group)
{
	struct pbng_dev *dev = exported->dev;
	int err;

	lockdep_assert_held(&export->lock);
	if (wish == PBNG_VPCI_ANY && dev->rule.found &&
	    dev->rule.options.slot != PBNG_NO_SLOT) {
		wish = PBNG_VPCI_SLOT(dev->rule.options.slot);
		group |= dev->rule.options.functions;
	}
	err = pbng_vpci_add(&export->vpci, dev->bdf, dev->pdev->is_virtfn, wish,
			    group, &exported->virt);
	exported->placed = !err;
	return err;
}

static int insert_placed(struct pbng_export *export,
			 struct pbng_exported *exported, int wish, u8 group)
{
	int err;

	guard(mutex)(&export->lock);
	err = place(export, exported, wish, group);
	if (err)
		return err;
	err = xa_insert(&export->devices, pbng_bdf_key(exported->dev->bdf),
			exported, GFP_KERNEL);
	if (err)
		pbng_vpci_remove(&export->vpci, exported->virt);
	return err;
}

/* The device is ours to place: put it on the guest's bus. */
static int insert(struct pbng_export *export, struct pbng_dev *dev, int wish,
		  u8 group)
{
	struct pbng_exported *exported;
	int err;

	exported = kzalloc(sizeof(*exported), GFP_KERNEL);
	if (!exported)
		return -ENOMEM;
	exported->dev = dev;
	err = insert_placed(export, exported, wish, group);
	if (err)
		kfree(exported);
	return err;
}

/* -ENOENT: the guest does not have it yet. */
static int place_again(struct pbng_export *export, struct pbng_bdf bdf,
		       int wish, u8 group)
{
	struct pbng_exported *exported;

	guard(mutex)(&export->lock);
	exported = find(export, bdf);
	if (!exported)
		return -ENOENT;
	if (exported->placed)
		return -EEXIST;
	return place(export, exported, wish, group);
}

static void set_virt(struct pbng_export *export, struct pbng_dev *dev)
{
	struct pbng_bdf virt;

	if (pbng_export_find(export, dev->bdf, &virt))
		pbng_claim_set_virt(dev, virt);
}

/* libxl has told Xen before it tells us: what cannot be given has been given already. */
static void too_late(struct pbng_bdf bdf, int domid)
{
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(bdf.domain, bdf.bus, bdf.devfn);

	if (pdev)
		pbng_aside_too_late(pdev, domid);
	pci_dev_put(pdev);
}

int pbng_export_add(struct pbng_export *export, struct pbng_bdf bdf, int wish,
		    u8 group, char *why)
{
	struct pbng_dev *dev = pbng_registry_get(bdf);
	int err;

	why[0] = '\0';
	if (!dev) {
		too_late(bdf, export->frontend.domid);
		return -ENODEV;
	}
	err = place_again(export, bdf, wish, group);
	if (err != -ENOENT) {
		if (!err)
			set_virt(export, dev);
		else if (err != -EEXIST)
			pbng_export_remove(export, bdf);
		goto out_put;
	}
	err = pbng_claim_assign(dev, &export->frontend, why);
	if (err) {
		too_late(bdf, export->frontend.domid);
		goto out_put;
	}
	err = insert(export, dev, wish, group);
	if (err) {
		pbng_claim_unassign(dev, &export->frontend, jiffies + RELEASE);
		goto out_put;
	}
	set_virt(export, dev);
	return 0;

out_put:
	pbng_dev_put(dev);
	return err;
}

void pbng_export_show(struct pbng_export *export)
{
	guard(mutex)(&export->lock);
	pbng_vpci_show(&export->vpci);
}

static void log_placed(struct pbng_export *export, struct pbng_exported *exported)
{
	struct xenbus_device *xdev = export->frontend.xdev;

	lockdep_assert_held(&export->lock);
	if (!exported->placed ||
	    (exported->logged &&
	     pbng_bdf_key(exported->virt) == pbng_bdf_key(exported->logged_virt)))
		return;
	exported->logged = true;
	exported->logged_virt = exported->virt;
	dev_info(&xdev->dev, PBNG_BDF_FMT " given to domain %d as " PBNG_BDF_FMT "\n",
		 PBNG_BDF_ARG(exported->dev->bdf), export->frontend.domid,
		 PBNG_BDF_ARG(exported->virt));
}

void pbng_export_log(struct pbng_export *export)
{
	struct pbng_exported *exported;
	unsigned long key;

	guard(mutex)(&export->lock);
	xa_for_each(&export->devices, key, exported)
		log_placed(export, exported);
}

void pbng_export_unplace_all(struct pbng_export *export)
{
	struct pbng_exported *exported;
	unsigned long key;

	guard(mutex)(&export->lock);
	forget_last(export);
	xa_for_each(&export->devices, key, exported) {
		if (exported->placed)
			pbng_vpci_remove(&export->vpci, exported->virt);
		exported->placed = false;
	}
}

/* The guest can no longer reach it; now it can be reset. */
static void take_back(struct pbng_export *export,
		      struct pbng_exported *exported, unsigned long end)
{
	pbng_claim_unassign(exported->dev, &export->frontend, end);
	pbng_dev_put(exported->dev);
	kfree(exported);
}

static void unplace(struct pbng_export *export, struct pbng_exported *exported)
{
	lockdep_assert_held(&export->lock);
	forget_last(export);
	xa_erase(&export->devices, pbng_bdf_key(exported->dev->bdf));
	if (exported->placed)
		pbng_vpci_remove(&export->vpci, exported->virt);
}

bool pbng_export_remove(struct pbng_export *export, struct pbng_bdf bdf)
{
	struct pbng_exported *exported;

	mutex_lock(&export->lock);
	exported = find(export, bdf);
	if (exported)
		unplace(export, exported);
	mutex_unlock(&export->lock);
	if (exported)
		take_back(export, exported, jiffies + RELEASE);
	return exported;
}

void pbng_export_remove_all(struct pbng_export *export)
{
	unsigned long end = jiffies + RELEASE;
	struct pbng_exported *exported;
	unsigned long key;

	for (;;) {
		key = 0;
		mutex_lock(&export->lock);
		exported = xa_find(&export->devices, &key, ULONG_MAX, XA_PRESENT);
		if (exported)
			unplace(export, exported);
		mutex_unlock(&export->lock);
		if (!exported)
			return;
		take_back(export, exported, end);
	}
}

/* The next one from @key on, with a reference. */
static struct pbng_dev *next_device(struct pbng_export *export, unsigned long *key)
{
	struct pbng_exported *exported;

	guard(mutex)(&export->lock);
	exported = xa_find(&export->devices, key, ULONG_MAX, XA_PRESENT);
	if (!exported)
		return NULL;
	kref_get(&exported->dev->ref);
	return exported->dev;
}

void pbng_export_left(struct pbng_export *export)
{
	struct pbng_dev *dev;
	unsigned long key = 0;

	while ((dev = next_device(export, &key))) {
		pbng_dev_lock(dev);
		if (dev->frontend == &export->frontend)
			pbng_overlay_reset(dev);
		pbng_dev_unlock(dev);
		pbng_dev_put(dev);
		key++;
	}
}

struct pbng_dev *pbng_export_get(struct pbng_export *export,
				 struct pbng_bdf virt)
{
	struct pbng_exported *exported;
	struct pbng_bdf bdf;

	guard(mutex)(&export->lock);
	if (!pbng_vpci_at(&export->vpci, virt, &bdf))
		return NULL;
	exported = find(export, bdf);
	if (!exported)
		return NULL;
	set_last(export, exported->dev, virt);
	kref_get(&exported->dev->ref);
	return exported->dev;
}

bool pbng_export_try(struct pbng_export *export, struct pbng_bdf virt,
		     bool (*fn)(struct pbng_dev *dev, void *data), void *data)
{
	struct pbng_dev *dev;
	bool done = false;

	spin_lock(&export->last_lock);
	dev = export->last;
	if (dev && pbng_bdf_key(export->last_virt) == pbng_bdf_key(virt) &&
	    pbng_dev_try_enter(dev)) {
		done = fn(dev, data);
		pbng_dev_leave(dev);
	}
	spin_unlock(&export->last_lock);
	return done;
}

bool pbng_export_find(struct pbng_export *export, struct pbng_bdf bdf,
		      struct pbng_bdf *virt)
{
	struct pbng_exported *exported;

	guard(mutex)(&export->lock);
	exported = find(export, bdf);
	if (exported)
		*virt = exported->virt;
	return exported;
}

int pbng_export_for_each(struct pbng_export *export,
			 int (*fn)(const struct pbng_exported *exported,
				   void *data), void *data)
{
	struct pbng_exported *exported;
	unsigned long key;
	int err;

	guard(mutex)(&export->lock);
	xa_for_each(&export->devices, key, exported) {
		err = fn(exported, data);
		if (err)
			return err;
	}
	return 0;
}

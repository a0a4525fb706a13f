// SPDX-License-Identifier: GPL-2.0
/* The devices that one guest has, see export.h. */
#include <linux/cleanup.h>
#include <linux/slab.h>

#include "../claim.h"
#include "../registry.h"
#include "export.h"

void pbng_export_init(struct pbng_export *export, int domid,
		      const struct pbng_frontend_ops *ops, bool passthrough)
{
	export->frontend.domid = domid;
	export->frontend.ops = ops;
	mutex_init(&export->lock);
	memset(&export->vpci, 0, sizeof(export->vpci));
	export->vpci.passthrough = passthrough;
	xa_init(&export->devices);
}

static struct pbng_exported *find(struct pbng_export *export,
				  struct pbng_bdf bdf)
{
	struct pbng_exported *exported;
	unsigned long key;

	lockdep_assert_held(&export->lock);
	xa_for_each(&export->devices, key, exported)
		if (pbng_bdf_key(exported->dev->bdf) == pbng_bdf_key(bdf))
			return exported;
	return NULL;
}

/* The device is ours to place: put it on the guest's bus. */
static int place(struct pbng_export *export, struct pbng_dev *dev, int wish,
		 struct pbng_bdf *virt)
{
	struct pbng_exported *exported;
	int err;

	lockdep_assert_held(&export->lock);
	exported = kzalloc(sizeof(*exported), GFP_KERNEL);
	if (!exported)
		return -ENOMEM;
	err = pbng_vpci_add(&export->vpci, dev->bdf, dev->pdev->is_virtfn, wish,
			    &exported->virt);
	if (err)
		goto err_free;
	exported->dev = dev;
	err = xa_insert(&export->devices, pbng_bdf_key(exported->virt), exported,
			GFP_KERNEL);
	if (err)
		goto err_place;
	*virt = exported->virt;
	return 0;

err_place:
	pbng_vpci_remove(&export->vpci, exported->virt);
err_free:
	kfree(exported);
	return err;
}

int pbng_export_add(struct pbng_export *export, struct pbng_bdf bdf, int wish)
{
	struct pbng_dev *dev = pbng_registry_get(bdf);
	struct pbng_bdf virt;
	int err;

	if (!dev)
		return -ENODEV;
	err = pbng_claim_assign(dev, &export->frontend);
	if (err)
		goto err_put;
	mutex_lock(&export->lock);
	err = place(export, dev, wish, &virt);
	mutex_unlock(&export->lock);
	if (err)
		goto err_unassign;
	pbng_claim_set_virt(dev, virt);
	return 0;

err_unassign:
	pbng_claim_unassign(dev, &export->frontend);
err_put:
	pbng_dev_put(dev);
	return err;
}

/* The guest can no longer reach it; now it can be reset. */
static void take_back(struct pbng_export *export,
		      struct pbng_exported *exported)
{
	pbng_claim_unassign(exported->dev, &export->frontend);
	pbng_dev_put(exported->dev);
	kfree(exported);
}

static void unplace(struct pbng_export *export, struct pbng_exported *exported)
{
	lockdep_assert_held(&export->lock);
	xa_erase(&export->devices, pbng_bdf_key(exported->virt));
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
		take_back(export, exported);
	return exported;
}

void pbng_export_remove_all(struct pbng_export *export)
{
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
		take_back(export, exported);
	}
}

struct pbng_dev *pbng_export_get(struct pbng_export *export,
				 struct pbng_bdf virt)
{
	struct pbng_exported *exported;

	guard(mutex)(&export->lock);
	exported = xa_load(&export->devices, pbng_bdf_key(virt));
	if (!exported)
		return NULL;
	kref_get(&exported->dev->ref);
	return exported->dev;
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

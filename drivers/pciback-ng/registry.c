// SPDX-License-Identifier: GPL-2.0
/* Rules and claimed devices by address, see registry.h. */
#include <linux/slab.h>
#include <linux/xarray.h>

#include "registry.h"

/* A rule is a mark at its address; the value says nothing more (yet). */
static DEFINE_XARRAY(rules);
static DEFINE_XARRAY(devices);

int pbng_rules_add(struct pbng_bdf bdf)
{
	return xa_err(xa_store(&rules, pbng_bdf_key(bdf), xa_mk_value(1),
			       GFP_KERNEL));
}

int pbng_rules_remove(struct pbng_bdf bdf)
{
	return xa_erase(&rules, pbng_bdf_key(bdf)) ? 0 : -ENOENT;
}

bool pbng_rules_match(struct pci_dev *pdev)
{
	for (; pdev; pdev = pci_upstream_bridge(pdev))
		if (xa_load(&rules, pbng_bdf_key(pbng_bdf_of(pdev))))
			return true;
	return false;
}

int pbng_rules_for_each(int (*fn)(struct pbng_bdf bdf, void *data), void *data)
{
	unsigned long key;
	void *entry;
	int err;

	xa_for_each(&rules, key, entry) {
		err = fn(pbng_bdf_of_key(key), data);
		if (err)
			return err;
	}
	return 0;
}

void pbng_rules_destroy(void)
{
	xa_destroy(&rules);
}

static void release(struct kref *ref)
{
	struct pbng_dev *dev = container_of(ref, struct pbng_dev, ref);

	pci_dev_put(dev->pdev);
	mutex_destroy(&dev->lock);
	kfree(dev);
}

void pbng_dev_put(struct pbng_dev *dev)
{
	kref_put(&dev->ref, release);
}

int pbng_registry_insert(struct pbng_dev *dev)
{
	int err;

	kref_get(&dev->ref);
	err = xa_insert(&devices, pbng_bdf_key(dev->bdf), dev, GFP_KERNEL);
	if (err)
		pbng_dev_put(dev);
	return err;
}

void pbng_registry_erase(struct pbng_dev *dev)
{
	xa_erase(&devices, pbng_bdf_key(dev->bdf));
	pbng_dev_put(dev);
}

struct pbng_dev *pbng_registry_get(struct pbng_bdf bdf)
{
	struct pbng_dev *dev;

	/* Under the lock the registry's own reference cannot go away. */
	xa_lock(&devices);
	dev = xa_load(&devices, pbng_bdf_key(bdf));
	if (dev)
		kref_get(&dev->ref);
	xa_unlock(&devices);
	return dev;
}

struct pbng_dev *pbng_registry_next(unsigned long *key)
{
	struct pbng_dev *dev;

	xa_lock(&devices);
	dev = xa_find(&devices, key, ULONG_MAX, XA_PRESENT);
	if (dev)
		kref_get(&dev->ref);
	xa_unlock(&devices);
	return dev;
}

// SPDX-License-Identifier: GPL-2.0
/* Claimed devices by address, see registry.h. */
#include <linux/slab.h>
#include <linux/xarray.h>

#include "registry.h"

struct workqueue_struct *pbng_later;

static DEFINE_XARRAY(devices);

/* kmalloc() would take 2 KB for 1.1, and a host can have thousands of devices. */
static struct kmem_cache *dev_cache;

int pbng_registry_init(void)
{
	dev_cache = kmem_cache_create("pbng_dev", sizeof(struct pbng_dev), 0, 0, NULL);
	if (!dev_cache)
		return -ENOMEM;
	pbng_later = alloc_workqueue(PBNG_DRIVER_NAME "_later", WQ_UNBOUND, 0);
	if (!pbng_later)
		kmem_cache_destroy(dev_cache);
	return pbng_later ? 0 : -ENOMEM;
}

void pbng_registry_exit(void)
{
	destroy_workqueue(pbng_later);
	kmem_cache_destroy(dev_cache);
}

struct pbng_dev *pbng_dev_alloc(void)
{
	return kmem_cache_zalloc(dev_cache, GFP_KERNEL);
}

static void release(struct kref *ref)
{
	struct pbng_dev *dev = container_of(ref, struct pbng_dev, ref);

	pci_dev_put(dev->pdev);
	mutex_destroy(&dev->lock);
	kmem_cache_free(dev_cache, dev);
}

void pbng_dev_put(struct pbng_dev *dev)
{
	kref_put(&dev->ref, release);
}

void pbng_dev_delay(struct pbng_dev *dev, struct workqueue_struct *wq,
		    struct delayed_work *work, unsigned long delay)
{
	kref_get(&dev->ref);
	if (mod_delayed_work(wq, work, delay))
		pbng_dev_put(dev);
}

void pbng_dev_undelay(struct pbng_dev *dev, struct delayed_work *work)
{
	if (cancel_delayed_work(work))
		pbng_dev_put(dev);
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

int pbng_registry_ask(struct pbng_bdf bdf, int (*fn)(const struct pbng_dev *dev))
{
	struct pbng_dev *dev;
	int answer;

	xa_lock(&devices);
	dev = xa_load(&devices, pbng_bdf_key(bdf));
	answer = dev ? fn(dev) : -ENODEV;
	xa_unlock(&devices);
	return answer;
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

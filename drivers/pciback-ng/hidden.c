// SPDX-License-Identifier: GPL-2.0
/* What devices had before they were ours, see hidden.h. */
#include <linux/slab.h>
#include <linux/xarray.h>

#include "device.h"
#include "hidden.h"

static DEFINE_XARRAY(hidden_devices);	/* struct pbng_hidden by address */

static void release(struct kref *ref)
{
	struct pbng_hidden *h = container_of(ref, struct pbng_hidden, ref);

	pci_dev_put(h->pdev);
	kfree(h->override.before);
	kfree(h);
}

void pbng_hidden_put(struct pbng_hidden *h)
{
	if (h)
		kref_put(&h->ref, release);
}

static unsigned long key_of(struct pci_dev *pdev)
{
	return pbng_bdf_key(pbng_bdf_of(pdev));
}

struct pbng_hidden *pbng_hidden_get(struct pci_dev *pdev)
{
	struct pbng_hidden *h;

	xa_lock(&hidden_devices);
	h = xa_load(&hidden_devices, key_of(pdev));
	if (h && h->pdev != pdev)
		h = NULL;
	if (h)
		kref_get(&h->ref);
	xa_unlock(&hidden_devices);
	return h;
}

void pbng_hidden_drop_stale(struct pci_dev *pdev)
{
	struct pbng_hidden *h;

	xa_lock(&hidden_devices);
	h = xa_load(&hidden_devices, key_of(pdev));
	if (h && h->pdev != pdev)
		__xa_erase(&hidden_devices, key_of(pdev));
	else
		h = NULL;
	xa_unlock(&hidden_devices);
	pbng_hidden_put(h);
}

struct pbng_hidden *pbng_hidden_get_new(struct pci_dev *pdev)
{
	struct pbng_hidden *h = pbng_hidden_get(pdev);
	int err;

	if (h)
		return h;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return NULL;
	kref_init(&h->ref);
	h->pdev = pci_dev_get(pdev);

	kref_get(&h->ref);
	pbng_hidden_drop_stale(pdev);
	err = xa_insert(&hidden_devices, key_of(pdev), h, GFP_KERNEL);
	if (!err)
		return h;
	pbng_hidden_put(h);
	pbng_hidden_put(h);
	return err == -EBUSY ? pbng_hidden_get(pdev) : NULL;	/* another was faster */
}

void pbng_hidden_forget(struct pbng_hidden *h)
{
	if (xa_cmpxchg(&hidden_devices, key_of(h->pdev), h, NULL, 0) == h)
		pbng_hidden_put(h);
}

struct pbng_hidden *pbng_hidden_next(unsigned long *key)
{
	struct pbng_hidden *h;

	xa_lock(&hidden_devices);
	h = xa_find(&hidden_devices, key, ULONG_MAX, XA_PRESENT);
	if (h)
		kref_get(&h->ref);
	xa_unlock(&hidden_devices);
	return h;
}

// SPDX-License-Identifier: GPL-2.0
/* Overlays of other modules, see include/linux/pciback_ng.h. */
#include <linux/export.h>
#include <linux/pciback_ng.h>

#include "config.h"
#include "overlay.h"
#include "registry.h"

/* The list and its epoch. Taken under dev->lock; nothing is taken under it. */
static DEFINE_MUTEX(overlays_lock);
static LIST_HEAD(overlays);
static unsigned int epoch;

static int use_read(void *priv, u16 off, u16 len, u32 *value)
{
	struct pbng_overlay_use *use = priv;

	*value = 0;
	if (!use->given)
		return 0;
	return use->overlay->read(use, off, len, value);
}

static int use_write(void *priv, u16 off, u16 len, u32 value)
{
	struct pbng_overlay_use *use = priv;

	if (!use->given)
		return 0;
	return use->overlay->write(use, off, len, value);
}

void pbng_overlay_fill(struct pbng_dev *dev, struct pbng_cfg *cfg)
{
	struct pbng_overlay *overlay;
	unsigned int n = 0;
	u16 off;

	lockdep_assert_held(&dev->lock);
	memset(cfg->overlay, 0, sizeof(cfg->overlay));
	memset(dev->overlay, 0, sizeof(dev->overlay));
	mutex_lock(&overlays_lock);
	dev->overlay_epoch = epoch;
	list_for_each_entry(overlay, &overlays, node) {
		off = overlay->place(overlay, dev->pdev);
		if (!off)
			continue;
		if (n == PBNG_CFG_MAX_OVERLAYS) {
			pci_warn(dev->pdev, "no room for another overlay: %s\n", overlay->name);
			continue;
		}
		dev->overlay[n] = (struct pbng_overlay_use) {
			.overlay = overlay, .pdev = dev->pdev,
		};
		cfg->overlay[n] = (struct pbng_cfg_overlay) {
			.off = off, .len = overlay->len, .header = overlay->header,
			.read = use_read, .write = use_write, .priv = &dev->overlay[n],
		};
		n++;
	}
	mutex_unlock(&overlays_lock);
}

void pbng_overlay_given(struct pbng_dev *dev)
{
	struct pbng_overlay_use *use;
	unsigned int i;
	int err;

	lockdep_assert_held(&dev->lock);
	for (i = 0; i < ARRAY_SIZE(dev->overlay); i++) {
		use = &dev->overlay[i];
		/* Where it has no place, nobody has to hear of the owner. */
		if (!use->overlay || !dev->cfg->overlay[i].off)
			continue;
		use->domid = dev->owner;
		use->xdev = dev->frontend->xdev;
		err = use->overlay->given ? use->overlay->given(use) : 0;
		use->given = !err;
		if (err)
			pci_warn(dev->pdev, "domain %d has it without %s: %pe\n", dev->owner,
				 use->overlay->name, ERR_PTR(err));
	}
}

static void take(struct pbng_overlay_use *use)
{
	if (use->given && use->overlay->taken)
		use->overlay->taken(use);
	use->given = false;
}

void pbng_overlay_taken(struct pbng_dev *dev)
{
	unsigned int i;

	lockdep_assert_held(&dev->lock);
	for (i = 0; i < ARRAY_SIZE(dev->overlay); i++)
		take(&dev->overlay[i]);
}

void pbng_overlay_reset(struct pbng_dev *dev)
{
	struct pbng_overlay_use *use;
	unsigned int i;

	lockdep_assert_held(&dev->lock);
	for (i = 0; i < ARRAY_SIZE(dev->overlay); i++) {
		use = &dev->overlay[i];
		if (use->given && use->overlay->reset)
			use->overlay->reset(use);
	}
}

bool pbng_overlay_outdated(const struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	return dev->overlay_epoch != READ_ONCE(epoch);
}

int pbng_overlay_register(struct pbng_overlay *overlay)
{
	if (overlay->len < 8 || overlay->len & 3)
		return -EINVAL;
	mutex_lock(&overlays_lock);
	list_add_tail(&overlay->node, &overlays);
	WRITE_ONCE(epoch, epoch + 1);
	mutex_unlock(&overlays_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(pbng_overlay_register);

static void forget(struct pbng_dev *dev, const struct pbng_overlay *overlay)
{
	unsigned int i;

	pbng_dev_lock(dev);
	for (i = 0; i < ARRAY_SIZE(dev->overlay); i++) {
		if (dev->overlay[i].overlay != overlay)
			continue;
		take(&dev->overlay[i]);
		dev->overlay[i].overlay = NULL;
	}
	pbng_dev_unlock(dev);
}

void pbng_overlay_unregister(struct pbng_overlay *overlay)
{
	unsigned long key = 0;
	struct pbng_dev *dev;

	mutex_lock(&overlays_lock);
	list_del(&overlay->node);
	WRITE_ONCE(epoch, epoch + 1);
	mutex_unlock(&overlays_lock);
	/* Nobody finds it from here on; those who have it still. */
	while ((dev = pbng_registry_next(&key))) {
		forget(dev, overlay);
		pbng_dev_put(dev);
		key++;
	}
}
EXPORT_SYMBOL_GPL(pbng_overlay_unregister);

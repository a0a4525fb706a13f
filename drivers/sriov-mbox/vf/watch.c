// SPDX-License-Identifier: GPL-2.0
/* Drivers that wait for the mailbox of a device, see vmbox_vf_watch_start(). */
#include <linux/export.h>
#include <linux/list.h>
#include <linux/mutex.h>

#include "vf.h"

static LIST_HEAD(watches);
static DEFINE_MUTEX(watch_lock);	/* see vf.h; held while came() is called */

static void tell(struct vmbox_vf_watch *watch)
{
	if (watch->told)
		return;
	watch->told = true;
	watch->came(watch);
}

void vmbox_vf_watched(struct pci_dev *pdev)
{
	struct vmbox_vf_watch *watch, *next;

	mutex_lock(&watch_lock);
	list_for_each_entry_safe(watch, next, &watches, node)
		if (watch->pdev == pdev)
			tell(watch);
	mutex_unlock(&watch_lock);
}

void vmbox_vf_watch_add(struct vmbox_vf_watch *watch)
{
	struct vmbox_vf *vf;

	mutex_lock(&watch_lock);
	list_add_tail(&watch->node, &watches);
	vf = vmbox_vf_find(watch->pdev);
	if (vf) {
		tell(watch);
		vmbox_vf_put(vf);
	}
	mutex_unlock(&watch_lock);
}
EXPORT_SYMBOL_GPL(vmbox_vf_watch_add);

void vmbox_vf_watch_del(struct vmbox_vf_watch *watch)
{
	mutex_lock(&watch_lock);
	list_del(&watch->node);
	mutex_unlock(&watch_lock);
}
EXPORT_SYMBOL_GPL(vmbox_vf_watch_del);

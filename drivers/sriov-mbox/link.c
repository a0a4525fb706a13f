// SPDX-License-Identifier: GPL-2.0
/*
 * Network interfaces of PFs, and their links, see link.h.
 *
 * The notifier is called under rtnl, which request() of the relay takes with locks of
 * channels held: it must not take any of those (chan.h).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ethtool.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "chan.h"
#include "link.h"
#include "main.h"
#include "pf.h"
#include "relay.h"

/**
 * struct iface - a network interface of a PF
 * @node: in ifaces
 * @dev: the interface
 * @pf: the PF
 * @down: VFs were told that there will be a reset
 */
struct iface {
	struct list_head node;
	struct net_device *dev;
	struct pci_dev *pf;
	bool down;
};

/* Under rtnl. */
static LIST_HEAD(ifaces);

static struct iface *iface_of(struct pci_dev *pf)
{
	struct iface *iface, *first = NULL;

	ASSERT_RTNL();
	list_for_each_entry(iface, &ifaces, node) {
		if (iface->pf != pf)
			continue;
		if (iface->dev->netdev_ops->ndo_get_vf_config)
			return iface;
		first = first ?: iface;
	}
	return first;
}

struct net_device *vmbox_netdev_of(struct pci_dev *pf)
{
	struct iface *iface = iface_of(pf);

	return iface ? iface->dev : NULL;
}

static void read_link(struct net_device *dev, struct vmbox_link *link)
{
	struct ethtool_link_ksettings settings;

	*link = (struct vmbox_link) { .up = netif_running(dev) && netif_carrier_ok(dev) };
	if (link->up && !__ethtool_get_link_ksettings(dev, &settings) &&
	    settings.base.speed != (u32)SPEED_UNKNOWN)
		link->mbps = settings.base.speed;
}

/* Locks for a moment, and nothing of a channel that is held while somebody waits. */
static void tell_all(struct pci_dev *pdev, const struct vmbox_link *link, u64 events)
{
	struct vmbox_pf *pf = vmbox_pf_of(pdev);
	struct vmbox_chan *chan;
	unsigned long i = 0;

	if (!pf)
		return;
	while ((chan = vmbox_pf_chan_next(pf, &i))) {
		vmbox_chan_link(chan, link);
		if (events)
			vmbox_chan_tell(chan, events, 0);
		vmbox_chan_put(chan);
	}
	vmbox_pf_put(pf);
}

static void iface_add(struct net_device *dev, struct pci_dev *pf)
{
	struct iface *iface = kzalloc(sizeof(*iface), GFP_KERNEL);

	/* The kernel says that there is no memory; VFs do not see this link then. */
	if (!iface)
		return;
	iface->dev = dev;
	iface->pf = pf;
	list_add_tail(&iface->node, &ifaces);
}

static void iface_remove(struct net_device *dev, struct pci_dev *pf)
{
	const struct vmbox_link none = { };
	struct iface *iface;

	list_for_each_entry(iface, &ifaces, node) {
		if (iface->dev != dev)
			continue;
		list_del(&iface->node);
		kfree(iface);
		break;
	}
	if (!iface_of(pf))
		tell_all(pf, &none, 0);
}

/* The link may be another; the interface is the one that counts. */
static void iface_changed(struct iface *iface, unsigned long event)
{
	struct vmbox_link link = { };
	u64 events = 0;

	if (event == NETDEV_GOING_DOWN) {
		iface->down = true;
		events = VMBOX_EVENT_RESET_IMPENDING;
	} else {
		read_link(iface->dev, &link);
	}
	if (event == NETDEV_UP && iface->down) {
		iface->down = false;
		events = VMBOX_EVENT_RESET_DONE;
	}
	tell_all(iface->pf, &link, events);
}

static struct pci_dev *pf_of(struct net_device *dev)
{
	struct device *parent = dev->dev.parent;

	if (!parent || !dev_is_pci(parent) || !to_pci_dev(parent)->is_physfn)
		return NULL;
	return to_pci_dev(parent);
}

static int netdev_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct pci_dev *pf = pf_of(dev);
	struct iface *iface;

	if (!pf)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_REGISTER:
		iface_add(dev, pf);
		vmbox_relay_look();
		break;
	case NETDEV_UNREGISTER:
		iface_remove(dev, pf);
		vmbox_relay_look();
		break;
	case NETDEV_UP:
	case NETDEV_GOING_DOWN:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		iface = iface_of(pf);
		if (iface && iface->dev == dev)
			iface_changed(iface, event);
		break;
	}
	return NOTIFY_DONE;
}

/* A new VF does not know the link; whoever adds it may have rtnl. */
static void show_links(struct work_struct *work)
{
	struct iface *iface;

	rtnl_lock();
	list_for_each_entry(iface, &ifaces, node)
		if (iface == iface_of(iface->pf))
			iface_changed(iface, NETDEV_CHANGE);
	rtnl_unlock();
}

static DECLARE_WORK(links_work, show_links);

static int vf_event(struct notifier_block *nb, unsigned long notice, void *data)
{
	if (notice == VMBOX_NOTICE_ADDED)
		queue_work(vmbox_wq, &links_work);
	return NOTIFY_DONE;
}

static struct notifier_block netdev_listener = { .notifier_call = netdev_event };
static struct notifier_block vf_listener = { .notifier_call = vf_event };

int vmbox_link_init(void)
{
	int err;

	vmbox_notifier_register(&vf_listener);
	/* It tells of all that are there; of VFs that were there first, too. */
	err = register_netdevice_notifier(&netdev_listener);
	if (err)
		vmbox_notifier_unregister(&vf_listener);
	return err;
}

void vmbox_link_exit(void)
{
	vmbox_notifier_unregister(&vf_listener);
	cancel_work_sync(&links_work);
	unregister_netdevice_notifier(&netdev_listener);
}

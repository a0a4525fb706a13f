// SPDX-License-Identifier: GPL-2.0
/*
 * The relay, see relay.h. It answers for each PF that has a network interface, as long
 * as nobody else does.
 *
 * request() is called with a lock of the channel held (rx), and needs rtnl. Who has rtnl
 * may want that lock: a driver that disables its VFs under rtnl (qlcnic, igb when it runs
 * out of interrupts) waits for their channels to close. So there is no waiting for rtnl in
 * request() without an end: it tries, as sysfs files of network interfaces do, and says
 * EAGAIN to the VF when that takes too long. A driver that waits gets its locks then. For
 * lockdep a lock that is tried for is no part of an order.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/if_link.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netdev_lock.h>

#include "chan.h"
#include "link.h"
#include "main.h"
#include "pf.h"
#include "relay.h"

#define RTNL_MS		1000	/* to wait for rtnl; answers may take VMBOX_ANSWER_MS */

/**
 * struct relay - what answers for one PF
 * @node: in relays
 * @user: it, in the list of the PF's users; holds a reference to the PF
 * @asked: how often VFs have asked for a change, each by its index
 */
struct relay {
	struct list_head node;
	struct vmbox_user user;
	struct vmbox_bucket asked[VMBOX_VFS_MAX];
};

static LIST_HEAD(relays);		/* of the work below alone */
static DEFINE_MUTEX(relay_lock);	/* see chan.h: what VFs have asked */

static int rtnl_soon(void)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(RTNL_MS);

	while (!rtnl_trylock()) {
		if (time_after(jiffies, deadline))
			return -EAGAIN;
		usleep_range(500, 1000);
	}
	return 0;
}

/*
 * Before rtnl, whatever comes of it: the host's own work waits for rtnl, and a request that
 * changes nothing has it as long as one that does, with a call of the driver for each VF.
 * And drivers write to the log for each change.
 */
static int may_ask(struct relay *relay, unsigned int vf)
{
	u64 wait;

	mutex_lock(&relay_lock);
	wait = vmbox_bucket_wait(&relay->asked[vf], &vmbox_limits.changes, ktime_get_ns(), 1);
	mutex_unlock(&relay_lock);
	return wait ? -EAGAIN : 0;
}

static int read_vf(struct net_device *dev, unsigned int vf, struct ifla_vf_info *info)
{
	memset(info, 0, sizeof(*info));
	if (!dev->netdev_ops->ndo_get_vf_config)
		return -EOPNOTSUPP;
	return dev->netdev_ops->ndo_get_vf_config(dev, vf, info);
}

/* Nobody gets an address that the PF or another VF has, whatever the policy says. */
static int mac_is_free(struct net_device *dev, struct pci_dev *pf, unsigned int vf,
		       const u8 *addr)
{
	int i, vfs = pci_num_vf(pf);
	struct ifla_vf_info other;

	if (ether_addr_equal_unaligned(dev->dev_addr, addr))
		return -EADDRINUSE;
	for (i = 0; i < vfs; i++)
		if (i != vf && !read_vf(dev, i, &other) &&
		    ether_addr_equal_unaligned(other.mac, addr))
			return -EADDRINUSE;
	return 0;
}

static int set_mac(struct relay *relay, struct net_device *dev, unsigned int vf,
		   const void *data)
{
	struct ifla_vf_info now;
	struct vmbox_mac mac;
	int err;

	memcpy(&mac, data, sizeof(mac));
	err = read_vf(dev, vf, &now);
	if (err)
		return err;
	if (ether_addr_equal_unaligned(now.mac, mac.addr))
		return 0;
	err = mac_is_free(dev, relay->user.pf->pdev, vf, mac.addr);
	if (err)
		return err;
	if (!dev->netdev_ops->ndo_set_vf_mac)
		return -EOPNOTSUPP;
	return dev->netdev_ops->ndo_set_vf_mac(dev, vf, mac.addr);
}

static int set_vlan(struct relay *relay, struct net_device *dev, unsigned int vf,
		    const void *data)
{
	struct ifla_vf_info now;
	struct vmbox_vlan vlan;
	int err;

	memcpy(&vlan, data, sizeof(vlan));
	err = read_vf(dev, vf, &now);
	if (err)
		return err;
	if (now.vlan == vlan.vid && now.qos == vlan.qos)
		return 0;
	if (!dev->netdev_ops->ndo_set_vf_vlan)
		return -EOPNOTSUPP;
	return dev->netdev_ops->ndo_set_vf_vlan(dev, vf, vlan.vid, vlan.qos, htons(ETH_P_8021Q));
}

static int set_rate(struct relay *relay, struct net_device *dev, unsigned int vf,
		    const void *data)
{
	struct ifla_vf_info now;
	struct vmbox_rate rate;
	int err;

	memcpy(&rate, data, sizeof(rate));
	err = read_vf(dev, vf, &now);
	if (err)
		return err;
	if (now.min_tx_rate == rate.min_mbps && now.max_tx_rate == rate.max_mbps)
		return 0;
	if (!dev->netdev_ops->ndo_set_vf_rate)
		return -EOPNOTSUPP;
	return dev->netdev_ops->ndo_set_vf_rate(dev, vf, rate.min_mbps, rate.max_mbps);
}

/* Some drivers have a lock of their own below rtnl. Tried for, as rtnl is, and for that reason. */
static int set_locked(struct relay *relay, struct net_device *dev, unsigned int vf,
		      const void *data,
		      int (*how)(struct relay *relay, struct net_device *dev, unsigned int vf,
				 const void *data))
{
	int err;

	ASSERT_RTNL();
	if (netdev_need_ops_lock(dev) && !netdev_trylock(dev))
		return -EAGAIN;

	err = how(relay, dev, vf, data);
	netdev_unlock_ops(dev);
	return err;
}

static int set(struct relay *relay, unsigned int vf, const void *data,
	       int (*how)(struct relay *relay, struct net_device *dev, unsigned int vf,
			  const void *data))
{
	struct net_device *dev;
	int err;

	err = may_ask(relay, vf) ?: rtnl_soon();
	if (err)
		return err;
	dev = vmbox_netdev_of(relay->user.pf->pdev);
	if (!dev || !netif_device_present(dev))
		err = -EHOSTDOWN;
	else
		err = set_locked(relay, dev, vf, data, how);
	rtnl_unlock();
	return err;
}

static int get_link(struct relay *relay, unsigned int vf, void *answer)
{
	struct vmbox_chan *chan = vmbox_pf_chan(relay->user.pf, vf);

	if (!chan)
		return -ENODEV;
	spin_lock_irq(&chan->told);
	memcpy(answer, &chan->link, sizeof(chan->link));
	spin_unlock_irq(&chan->told);
	vmbox_chan_put(chan);
	return sizeof(chan->link);
}

/* How long a request has to be is known to who calls: proto_core.c. */
static int relay_request(void *priv, unsigned int vf, const struct vmbox_request *request,
			 void *answer)
{
	struct relay *relay = priv;
	struct vmbox_policy policy;

	if (request->op == VMBOX_OP_LINK)
		return get_link(relay, vf, answer);
	vmbox_relay_policy(relay->user.pf->pdev, vf, &policy);
	switch (request->op) {
	case VMBOX_OP_SET_MAC:
		return vmbox_policy_mac(&policy, request->data) ?:
		       set(relay, vf, request->data, set_mac);
	case VMBOX_OP_SET_VLAN:
		return vmbox_policy_vlan(&policy, request->data) ?:
		       set(relay, vf, request->data, set_vlan);
	case VMBOX_OP_SET_RATE:
		return vmbox_policy_rate(&policy, request->data) ?:
		       set(relay, vf, request->data, set_rate);
	default:
		return -EOPNOTSUPP;
	}
}

static const struct vmbox_pf_ops relay_ops = {
	.name = "relay",
	.request = relay_request,
};

static void relay_add(struct vmbox_pf *pf)
{
	struct relay *relay = kzalloc(sizeof(*relay), GFP_KERNEL);

	/* The kernel says that there is no memory; VFs have nobody to ask then. */
	if (!relay)
		return;
	relay->user.rank = VMBOX_RELAY;
	relay->user.ops = &relay_ops;
	relay->user.priv = relay;
	/* It can only have gone. */
	if (vmbox_user_add(&relay->user, pf))
		kfree(relay);
	else
		list_add_tail(&relay->node, &relays);
}

static void relay_remove(struct relay *relay)
{
	list_del(&relay->node);
	vmbox_user_remove(&relay->user);
	kfree(relay);
}

static bool has_netdev(struct vmbox_pf *pf)
{
	bool has;

	rtnl_lock();
	has = vmbox_netdev_of(pf->pdev);
	rtnl_unlock();
	return has;
}

static bool has_relay(struct vmbox_pf *pf)
{
	struct relay *relay;

	list_for_each_entry(relay, &relays, node)
		if (relay->user.pf == pf)
			return true;
	return false;
}

/* Nothing but this work adds relays and removes them, without rtnl. */
static void look(struct work_struct *work)
{
	struct relay *relay, *next;
	unsigned long key = 0;
	struct vmbox_pf *pf;

	list_for_each_entry_safe(relay, next, &relays, node)
		if (!has_netdev(relay->user.pf))
			relay_remove(relay);
	while ((pf = vmbox_pf_next(&key))) {
		if (has_netdev(pf) && !has_relay(pf))
			relay_add(pf);
		vmbox_pf_put(pf);
	}
}

static DECLARE_WORK(look_work, look);

void vmbox_relay_look(void)
{
	queue_work(vmbox_wq, &look_work);
}

int vmbox_relay_init(void)
{
	return 0;
}

/* The interfaces are forgotten already: their work may be queued. */
void vmbox_relay_exit(void)
{
	struct relay *relay, *next;

	cancel_work_sync(&look_work);
	list_for_each_entry_safe(relay, next, &relays, node)
		relay_remove(relay);
}

// SPDX-License-Identifier: GPL-2.0
/* Settings of VFs, see vf_config.h. */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "link.h"
#include "vf_config.h"

/* The interface that knows of VFs, and can be asked now. */
static struct net_device *netdev_ready(struct pci_dev *pf)
{
	struct net_device *dev = vmbox_netdev_of(pf);

	if (!dev || !netif_device_present(dev) || !dev->netdev_ops->ndo_get_vf_config)
		return NULL;
	return dev;
}

/* Interfaces of the VF in other network namespaces are not looked at. */
static bool is_random(struct pci_dev *vf, const u8 *mac)
{
	struct net_device *dev;

	ASSERT_RTNL();
	for_each_netdev(&init_net, dev)
		if (dev->dev.parent == &vf->dev && dev->addr_assign_type == NET_ADDR_RANDOM &&
		    ether_addr_equal_unaligned(dev->dev_addr, mac))
			return true;
	return false;
}

/* Values that a driver leaves as they are mean what they mean to rtnetlink. */
static int read_config(struct net_device *dev, int index, struct vmbox_vf_config *config)
{
	struct ifla_vf_info info = {
		.spoofchk = VMBOX_CONFIG_UNKNOWN,
		.rss_query_en = VMBOX_CONFIG_UNKNOWN,
		.trusted = VMBOX_CONFIG_UNKNOWN,
		.vlan_proto = htons(ETH_P_8021Q),
	};
	int err = dev->netdev_ops->ndo_get_vf_config(dev, index, &info);

	if (err)
		return err;
	config->known = true;
	if (dev->type == ARPHRD_ETHER)
		memcpy(config->mac, info.mac, sizeof(config->mac));
	config->vlan = info.vlan;
	config->qos = info.qos;
	config->proto = ntohs(info.vlan_proto);
	config->trusted = info.trusted;
	config->spoofchk = info.spoofchk;
	config->rss = info.rss_query_en;
	config->link = info.linkstate;
	config->min_rate = info.min_tx_rate;
	config->max_rate = info.max_tx_rate;
	return 0;
}

void vmbox_vf_config_get(struct pci_dev *pf, struct pci_dev *vf, struct vmbox_vf_config *config)
{
	struct net_device *dev;

	memset(config, 0, sizeof(*config));
	rtnl_lock();
	dev = netdev_ready(pf);
	if (dev && !read_config(dev, pci_iov_vf_id(vf), config) && is_random(vf, config->mac))
		memset(config->mac, 0, sizeof(config->mac));
	rtnl_unlock();
}

static int set_mac(struct net_device *dev, int index, const struct vmbox_vf_config *config)
{
	u8 mac[MAX_ADDR_LEN] = { };

	if (!dev->netdev_ops->ndo_set_vf_mac)
		return -EOPNOTSUPP;
	memcpy(mac, config->mac, sizeof(config->mac));
	return dev->netdev_ops->ndo_set_vf_mac(dev, index, mac);
}

static int set_vlan(struct net_device *dev, int index, const struct vmbox_vf_config *config)
{
	if (!dev->netdev_ops->ndo_set_vf_vlan)
		return -EOPNOTSUPP;
	return dev->netdev_ops->ndo_set_vf_vlan(dev, index, config->vlan, config->qos,
						htons(config->proto));
}

static int set_rate(struct net_device *dev, int index, const struct vmbox_vf_config *config)
{
	if (!dev->netdev_ops->ndo_set_vf_rate)
		return -EOPNOTSUPP;
	return dev->netdev_ops->ndo_set_vf_rate(dev, index, config->min_rate, config->max_rate);
}

static int set_link(struct net_device *dev, int index, const struct vmbox_vf_config *config)
{
	if (!dev->netdev_ops->ndo_set_vf_link_state)
		return -EOPNOTSUPP;
	return dev->netdev_ops->ndo_set_vf_link_state(dev, index, config->link);
}

static int set_switch(struct net_device *dev, int index, u32 on,
		      int (*ndo)(struct net_device *dev, int vf, bool setting))
{
	return ndo ? ndo(dev, index, on) : -EOPNOTSUPP;
}

static int set_one(struct net_device *dev, int index, const struct vmbox_vf_config *config,
		   enum vmbox_setting setting)
{
	const struct net_device_ops *ops = dev->netdev_ops;

	switch (setting) {
	case VMBOX_SETTING_TRUST:
		return set_switch(dev, index, config->trusted, ops->ndo_set_vf_trust);
	case VMBOX_SETTING_MAC:
		return set_mac(dev, index, config);
	case VMBOX_SETTING_VLAN:
		return set_vlan(dev, index, config);
	case VMBOX_SETTING_SPOOFCHK:
		return set_switch(dev, index, config->spoofchk, ops->ndo_set_vf_spoofchk);
	case VMBOX_SETTING_RATE:
		return set_rate(dev, index, config);
	case VMBOX_SETTING_LINK:
		return set_link(dev, index, config);
	case VMBOX_SETTING_RSS:
		return set_switch(dev, index, config->rss, ops->ndo_set_vf_rss_query_en);
	default:
		return -EINVAL;
	}
}

/* What is set again is that of @mask. Return: the settings that failed, and the first error. */
static unsigned int set_each(struct net_device *dev, int index,
			     const struct vmbox_vf_config *config, unsigned int mask, int *err)
{
	unsigned int failed = 0, i;
	int ret;

	for (i = 0; i < VMBOX_SETTINGS; i++) {
		ret = mask & BIT(i) ? set_one(dev, index, config, i) : 0;
		if (!ret)
			continue;
		failed |= BIT(i);
		*err = *err ?: ret;
	}
	return failed;
}

unsigned int vmbox_vf_config_set(struct pci_dev *pf, struct pci_dev *vf,
				 const struct vmbox_vf_config *config, unsigned int mask, int *err)
{
	unsigned int failed = mask;
	struct net_device *dev;

	*err = 0;
	if (!mask)
		return 0;

	rtnl_lock();
	dev = netdev_ready(pf);
	if (dev) {
		netdev_lock_ops(dev);
		failed = set_each(dev, pci_iov_vf_id(vf), config, mask, err);
		netdev_unlock_ops(dev);
	} else {
		*err = -EHOSTDOWN;
	}
	rtnl_unlock();
	return failed;
}

bool vmbox_pf_has_link(struct pci_dev *pf)
{
	struct net_device *dev;
	bool has;

	rtnl_lock();
	dev = vmbox_netdev_of(pf);
	has = dev && netif_running(dev) && netif_carrier_ok(dev);
	rtnl_unlock();
	return has;
}

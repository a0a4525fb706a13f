// SPDX-License-Identifier: GPL-2.0
/* What PFs and VFs show of their mailboxes, see sysfs.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#include "chan.h"
#include "pf.h"
#include "relay.h"
#include "sysfs.h"

static const char *const states[] = {
	[VMBOX_VF_CLOSED] = "closed",
	[VMBOX_VF_STARTING] = "starting",
	[VMBOX_VF_OPEN] = "open",
	[VMBOX_VF_FAULTY] = "faulty",
	[VMBOX_VF_QUARANTINED] = "quarantined",
};

/* One look at the channel of a VF, for a file of it. */
struct look {
	enum vmbox_vf_state state;
	const char *port;
	u16 gen;
	struct vmbox_stats stats;
};

static int look_at(struct device *dev, struct look *look)
{
	struct vmbox_chan *chan = vmbox_chan_of(to_pci_dev(dev));

	if (!chan)
		return -ENODEV;
	mutex_lock(&chan->lock);
	look->state = chan->state;
	look->port = chan->port ? chan->port->name : "none";
	look->gen = chan->proto.gen;
	look->stats = chan->stats;
	mutex_unlock(&chan->lock);
	vmbox_chan_put(chan);
	return 0;
}

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct look look;

	return look_at(dev, &look) ?: sysfs_emit(buf, "%s\n", states[look.state]);
}
static DEVICE_ATTR_RO(state);

static ssize_t port_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct look look;

	return look_at(dev, &look) ?: sysfs_emit(buf, "%s\n", look.port);
}
static DEVICE_ATTR_RO(port);

static ssize_t generation_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct look look;

	return look_at(dev, &look) ?: sysfs_emit(buf, "%u\n", look.gen);
}
static DEVICE_ATTR_RO(generation);

/* A file of a counter: its name, and where it is. */
struct counter {
	struct device_attribute attr;
	size_t at;
};

static ssize_t counter_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct counter *counter = container_of(attr, struct counter, attr);
	struct look look;

	return look_at(dev, &look) ?:
	       sysfs_emit(buf, "%llu\n", *(u64 *)((u8 *)&look.stats + counter->at));
}

static struct counter counters[] = {
	{ __ATTR(received, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, received) },
	{ __ATTR(received_bytes, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, received_bytes) },
	{ __ATTR(sent, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, sent) },
	{ __ATTR(sent_bytes, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, sent_bytes) },
	{ __ATTR(kicks, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, kicks) },
	{ __ATTR(signals, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, signals) },
	{ __ATTR(events, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, events) },
	{ __ATTR(stale, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, stale) },
	{ __ATTR(bad, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, bad) },
	{ __ATTR(faults, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, faults) },
	{ __ATTR(refused, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, refused) },
	{ __ATTR(held, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, held) },
	{ __ATTR(late, 0444, counter_show, NULL),
	  offsetof(struct vmbox_stats, late) },
};

static struct attribute *vf_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_port.attr,
	&dev_attr_generation.attr,
	&vmbox_relay_policy_attr.attr,
	&counters[0].attr.attr, &counters[1].attr.attr, &counters[2].attr.attr,
	&counters[3].attr.attr, &counters[4].attr.attr, &counters[5].attr.attr,
	&counters[6].attr.attr, &counters[7].attr.attr, &counters[8].attr.attr,
	&counters[9].attr.attr, &counters[10].attr.attr, &counters[11].attr.attr,
	&counters[12].attr.attr,
	NULL
};

static_assert(ARRAY_SIZE(counters) == 13);
static_assert(sizeof(struct vmbox_stats) == ARRAY_SIZE(counters) * sizeof(u64));

static ssize_t user_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vmbox_pf *pf = vmbox_pf_of(to_pci_dev(dev));
	struct vmbox_user *user;
	ssize_t len;

	if (!pf)
		return -ENODEV;
	down_read(&pf->sem);
	user = vmbox_pf_user(pf);
	len = sysfs_emit(buf, "%s\n", user ? user->ops->name : "none");
	up_read(&pf->sem);
	vmbox_pf_put(pf);
	return len;
}
static DEVICE_ATTR_RO(user);

static struct attribute *pf_attrs[] = {
	&dev_attr_user.attr,
	NULL
};

static const struct attribute_group vf_group = { .name = "sriov_mbox", .attrs = vf_attrs };
static const struct attribute_group pf_group = { .name = "sriov_mbox", .attrs = pf_attrs };

void vmbox_sysfs_add(struct pci_dev *pdev)
{
	int err;

	err = device_add_group(&pdev->dev, pdev->is_virtfn ? &vf_group : &pf_group);
	if (err)
		pci_err(pdev, "%s: no files in sysfs: error %d\n", KBUILD_MODNAME, err);
}

void vmbox_sysfs_remove(struct pci_dev *pdev)
{
	/* We may have been late, at our end: without the device there is no folder. */
	if (!device_is_registered(&pdev->dev))
		return;
	device_remove_group(&pdev->dev, pdev->is_virtfn ? &vf_group : &pf_group);
}

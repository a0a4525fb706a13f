// SPDX-License-Identifier: GPL-2.0
/* What the host uses a device for, see host_use.h. */
#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/fs_struct.h>
#include <linux/inetdevice.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/netdevice.h>
#include <linux/pid_namespace.h>
#include <linux/pt_core.h>
#include <linux/sched/task.h>
#include <linux/tty_port.h>
#include <linux/vgaarb.h>
#include <net/addrconf.h>

#include "host_use.h"

/* udev and others open a disk for a moment to look at it. */
#define OPEN_TRIES	20
#define OPEN_POLL_MS	100

/**
 * struct use_search - a walk over what hangs on a device
 * @up: an interface that is up counts
 * @why: the reason, or NULL while only the answer is wanted
 * @glances: a disk is open, but nothing holds it
 */
struct use_search {
	bool up;
	char *why;
	bool glances;
};

static bool is_class(const struct device *dev, const char *name)
{
	return dev->class && !strcmp(dev->class->name, name);
}

/*
 * A mount, swap, a volume of device-mapper or md open a disk for themselves alone, which
 * shows in bd_holder.
 */
static bool disk_uses(struct device *dev, struct use_search *search)
{
	struct block_device *bdev = dev_to_bdev(dev);

	if (READ_ONCE(bdev->bd_holder)) {
		scnprintf(search->why, PBNG_USE_TEXT, "%s is mounted, swap or part of a volume",
			  dev_name(dev));
		return true;
	}
	if (atomic_read(&bdev->bd_openers)) {
		scnprintf(search->why, PBNG_USE_TEXT, "%s is open", dev_name(dev));
		search->glances = true;
	}
	return false;
}

static int partition_uses(struct device *dev, void *data)
{
	return is_class(dev, "block") && disk_uses(dev, data);
}

/*
 * With native NVMe multipath the controller has a hidden disk, nvme0c1n2, that is not
 * opened; what is opened is nvme0n2, which hangs on no PCI device.
 */
static bool multipath_uses(struct device *path, struct use_search *search)
{
	unsigned int subsystem, controller, namespace;
	struct device *disk;
	char name[32];
	bool uses;

	if (sscanf(dev_name(path), "nvme%uc%un%u", &subsystem, &controller, &namespace) != 3)
		return false;
	snprintf(name, sizeof(name), "nvme%un%u", subsystem, namespace);
	disk = class_find_device_by_name(path->class, name);
	if (!disk)
		return false;

	uses = disk_uses(disk, search) || device_for_each_child(disk, search, partition_uses);
	put_device(disk);
	return uses;
}

static int name_upper(struct net_device *upper, struct netdev_nested_priv *priv)
{
	struct use_search *search = priv->data;

	scnprintf(search->why, PBNG_USE_TEXT, "part of %s", netdev_name(upper));
	return 1;
}

/* Every interface that is up has a link-local address of IPv6. */
static bool has_global_ipv6(struct net_device *netdev)
{
	struct inet6_ifaddr *address;
	struct inet6_dev *in6;
	bool has = false;

	if (!IS_ENABLED(CONFIG_IPV6))
		return false;
	in6 = __in6_dev_get(netdev);
	if (!in6)
		return false;

	read_lock_bh(&in6->lock);
	list_for_each_entry(address, &in6->addr_list, if_list) {
		if (!(ipv6_addr_type(&address->addr) & IPV6_ADDR_LINKLOCAL)) {
			has = true;
			break;
		}
	}
	read_unlock_bh(&in6->lock);
	return has;
}

static bool interface_uses(struct device *dev, struct use_search *search)
{
	struct netdev_nested_priv priv = { .data = search };
	struct net_device *netdev = to_net_dev(dev);
	struct in_device *in4;
	bool uses = false;

	if (!(READ_ONCE(netdev->flags) & IFF_UP))
		return false;

	rcu_read_lock();
	in4 = __in_dev_get_rcu(netdev);
	if (netdev_walk_all_upper_dev_rcu(netdev, name_upper, &priv)) {
		uses = true;
	} else if ((in4 && rcu_access_pointer(in4->ifa_list)) || has_global_ipv6(netdev)) {
		scnprintf(search->why, PBNG_USE_TEXT, "%s is up with an address",
			  netdev_name(netdev));
		uses = true;
	} else if (search->up) {
		scnprintf(search->why, PBNG_USE_TEXT, "%s is up", netdev_name(netdev));
		uses = true;
	}
	rcu_read_unlock();
	return uses;
}

/* serial_core alone names a port so, and keeps the tty_port as driver data. */
static bool serial_uses(struct device *dev, struct use_search *search)
{
	struct tty_port *port = dev_get_drvdata(dev);

	if (!port || strncmp(dev_name(dev), "ttyS", 4))
		return false;
	if (port->console)
		scnprintf(search->why, PBNG_USE_TEXT, "%s is a console", dev_name(dev));
	else if (READ_ONCE(port->count))
		scnprintf(search->why, PBNG_USE_TEXT, "%s is open", dev_name(dev));
	else
		return false;
	return true;
}

static bool pci_uses(struct pci_dev *pdev, struct use_search *search)
{
	if (pdev == vga_default_device()) {
		scnprintf(search->why, PBNG_USE_TEXT, "it shows the boot console");
		return true;
	}
	return pt_program_of(pdev, search->why, PBNG_USE_TEXT);
}

/* One device; that of a bridge has those behind it as children. */
static int device_uses(struct device *dev, void *data)
{
	struct use_search *search = data;

	if (dev->bus == &pci_bus_type && pci_uses(to_pci_dev(dev), search))
		return 1;
	if (is_class(dev, "block") && (disk_uses(dev, search) || multipath_uses(dev, search)))
		return 1;
	if (is_class(dev, "net") && interface_uses(dev, search))
		return 1;
	if (is_class(dev, "tty") && serial_uses(dev, search))
		return 1;
	return device_for_each_child(dev, search, device_uses);
}

/* A PF's VFs hang on its bridge, and go when its driver goes. */
static bool vfs_use(struct pci_dev *pf, struct use_search *search)
{
	struct pci_dev *vf = NULL;

	if (!pci_num_vf(pf))
		return false;
	if (pci_vfs_assigned(pf)) {
		scnprintf(search->why, PBNG_USE_TEXT, "guests have VFs of it");
		return true;
	}
	for_each_pci_dev(vf) {
		if (vf->is_virtfn && pci_physfn(vf) == pf && device_uses(&vf->dev, search)) {
			pci_dev_put(vf);
			return true;
		}
	}
	return false;
}

bool pbng_host_uses(struct pci_dev *pdev, bool up, char *why)
{
	struct use_search search = { .up = up, .why = why };
	int tries;

	for (tries = 0; tries < OPEN_TRIES; tries++) {
		search.glances = false;
		if (device_uses(&pdev->dev, &search) || vfs_use(pdev, &search))
			return true;
		if (!search.glances)
			return false;
		msleep(OPEN_POLL_MS);
	}
	return true;
}

/* The root of the first process is the initramfs until the real one is mounted. */
static bool root_is_mounted(void)
{
	struct task_struct *init = init_pid_ns.child_reaper;
	struct path root = {};
	unsigned long magic;

	if (!init)
		return false;
	task_lock(init);
	if (init->fs)
		get_fs_root(init->fs, &root);
	task_unlock(init);
	if (!root.mnt)
		return false;

	magic = root.mnt->mnt_sb->s_magic;
	path_put(&root);
	return magic != RAMFS_MAGIC && magic != TMPFS_MAGIC;
}

const char *pbng_host_needs(struct pci_dev *pdev)
{
	unsigned int base = pdev->class >> 16;

	if (base == PCI_BASE_CLASS_BRIDGE || pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return "it is a bridge";
	if (pdev == vga_default_device())
		return "it shows the boot console";
	if (base == PCI_BASE_CLASS_STORAGE && !root_is_mounted())
		return "it may hold the root file system";
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * mockpci: parameters, and which functions there are.
 *
 * Domain 1000 is the zoo, one of each kind:
 *
 *   00:00.0 port - 01:00.0 PF, with its VFs 01:10.0, 01:10.1 ...
 *   00:01.0 port - 02:00.0 to .3, one card with four functions
 *   00:02.0 port - 03:00.0 endpoint  } twins
 *   00:03.0 port - 04:00.0 endpoint  }
 *   00:04.0 port - 05: nothing yet, for hot-plug
 *   00:05.0 port - 06:00.0 bridge - 07:00.0 and 07:01.0, conventional PCI
 *
 * The domains behind it have 256 plain functions each, on bus 0.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/module.h>

#include <xen/xen.h>

#include "mockpci.h"

#define FIRST_DOMAIN	0x1000
#define MAX_HOSTS	65
#define PER_DOMAIN	256
#define MAX_VFS		512

static bool zoo = true;
module_param(zoo, bool, 0444);
MODULE_PARM_DESC(zoo, "have domain 1000 with one function of each kind");

static unsigned int functions;
module_param(functions, uint, 0444);
MODULE_PARM_DESC(functions, "plain functions, 256 in each domain from 1001 on");

bool mock_flr;
module_param_named(flr, mock_flr, bool, 0444);
MODULE_PARM_DESC(flr, "plain functions have an FLR");

bool mock_log;
module_param_named(log, mock_log, bool, 0644);
MODULE_PARM_DESC(log, "log the writes to the registers that firmware has set up");

static unsigned int vfs = 7;
module_param(vfs, uint, 0444);
MODULE_PARM_DESC(vfs, "VFs that the PF has");

static unsigned long mmio_base, mmio_size;
module_param(mmio_base, ulong, 0444);
MODULE_PARM_DESC(mmio_base, "reserved memory for the BARs of domain 1000; none without it");
module_param(mmio_size, ulong, 0444);
MODULE_PARM_DESC(mmio_size, "its size, smaller than what memmap= reserved");

static struct mock_host *hosts[MAX_HOSTS + 1];
static unsigned int nhosts;

struct mock_host *mock_host_at(unsigned int index)
{
	return index < nhosts ? hosts[index] : NULL;
}

/*
 * Xen 4.17 does not take these functions, but keeps half of each (pci_add_device());
 * to tell it that one goes is a NULL pointer in the hypervisor.
 */
bool mock_keep(void)
{
	return xen_initial_domain();
}

static struct mock_fn *add_port(struct mock_host *host, unsigned int slot)
{
	return mock_fn_add(&host->root, PCI_DEVFN(slot, 0), MOCK_PORT, false, false);
}

/* A port and what is in it; the last function, NULL when there was no memory. */
static struct mock_fn *add_card(struct mock_host *host, unsigned int slot, enum mock_kind kind,
				unsigned int count)
{
	struct mock_fn *port = add_port(host, slot);
	struct mock_fn *fn = port;
	unsigned int i;

	for (i = 0; fn && i < count; i++)
		fn = mock_fn_add(port->behind, i, kind, count > 1, mmio_base);
	return fn;
}

static int add_pf(struct mock_host *host)
{
	struct mock_fn *pf = add_card(host, 0, MOCK_PF, 1);
	struct mock_fn *port, *vf;
	unsigned int i;

	if (!pf)
		return -ENOMEM;
	mock_image_sriov(pf, vfs);
	port = xa_load(&host->root, 0);
	for (i = 0; i < vfs; i++) {
		vf = mock_fn_add(port->behind, MOCK_VF_OFFSET + i, MOCK_VF, false, false);
		if (!vf)
			return -ENOMEM;
		vf->pf = pf;
	}
	return 0;
}

static int add_old(struct mock_host *host)
{
	struct mock_fn *bridge = add_card(host, 5, MOCK_BRIDGE, 1);

	if (!bridge || !mock_fn_add(bridge->behind, PCI_DEVFN(0, 0), MOCK_OLD, false, false) ||
	    !mock_fn_add(bridge->behind, PCI_DEVFN(1, 0), MOCK_OLD, false, false))
		return -ENOMEM;
	return 0;
}

static int fill_zoo(struct mock_host *host)
{
	int err;

	if (mmio_base) {
		err = mock_host_window(host, mmio_base, mmio_size);
		if (err)
			return err;
	}
	err = add_pf(host);
	if (err)
		return err;
	if (!add_card(host, 1, MOCK_ENDPOINT, 4) || !add_card(host, 2, MOCK_ENDPOINT, 1) ||
	    !add_card(host, 3, MOCK_ENDPOINT, 1) || !add_port(host, 4))
		return -ENOMEM;
	return add_old(host);
}

static int fill_plain(struct mock_host *host, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!mock_fn_add(&host->root, i, MOCK_PLAIN, true, false))
			return -ENOMEM;
	return 0;
}

/* @count: of plain functions, 0 for the zoo. */
static int add_host(int domain, unsigned int count)
{
	struct mock_host *host = mock_host_alloc(domain);
	int err;

	if (!host)
		return -ENOMEM;
	err = count ? fill_plain(host, count) : fill_zoo(host);
	if (!err)
		err = mock_host_start(host);
	if (err) {
		mock_host_destroy(host);
		return err;
	}
	hosts[nhosts++] = host;
	return 0;
}

static void remove_hosts(void)
{
	while (nhosts)
		mock_host_destroy(hosts[--nhosts]);
	mock_fn_put_memory();
}

static int add_hosts(void)
{
	unsigned int at;
	int domain = FIRST_DOMAIN;
	int err = 0;

	if (zoo)
		err = add_host(domain, 0);
	for (at = 0; !err && at < functions; at += PER_DOMAIN)
		err = add_host(++domain, min_t(unsigned int, functions - at, PER_DOMAIN));
	return err;
}

static int __init mock_init(void)
{
	ktime_t start = ktime_get();
	int err;

	if (functions > (MAX_HOSTS - 1) * PER_DOMAIN || vfs > MAX_VFS)
		return -EINVAL;
	if (mmio_base) {
		err = mock_fn_set_memory(mmio_base, mmio_size);
		if (err)
			return err;
	}
	err = mock_msi_init();
	if (err)
		goto err_memory;
	err = add_hosts();
	if (err)
		goto err_hosts;
	mock_control_init();
	/* See mock_keep(). */
	if (mock_keep())
		__module_get(THIS_MODULE);
	pr_info("%u domains in %lld ms\n", nhosts, ktime_ms_delta(ktime_get(), start));
	return 0;

err_hosts:
	remove_hosts();
	mock_msi_exit();
	return err;
err_memory:
	mock_fn_put_memory();
	return err;
}

static void __exit mock_exit(void)
{
	mock_control_exit();
	remove_hosts();
	mock_msi_exit();
}

module_init(mock_init);
module_exit(mock_exit);
MODULE_DESCRIPTION("Software PCI host bridge, a test fixture");
MODULE_LICENSE("GPL");

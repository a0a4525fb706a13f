// SPDX-License-Identifier: GPL-2.0
/* The mailbox's registers in configuration space, see port.h. */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pt_list.h>
#include <linux/pt_match.h>
#include <linux/pt_param.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/xenbus.h>

#include "hole_core.h"
#include "port.h"

static char *without;

static bool parse_ids(const struct pt_list_entry *entry, struct pt_match *match)
{
	const char *why;

	return !pt_match_parse(entry->text, entry->len, match, &why) &&
	       match->kind == PT_MATCH_IDS && !match->subsystem;
}

static int set_without(const char *text, const struct kernel_param *param)
{
	struct pt_list list = { .text = text, .end = strlen(text) };
	struct pt_list_entry entry;
	struct pt_match match;
	int got;

	while ((got = pt_list_next(&list, &entry))) {
		if (got < 0 || !parse_ids(&entry, &match))
			return pt_param_refuse(param, text,
					       "expected vendor:device, 4 digits each, with commas between, e.g. 8086:10ca,15b3:101e");
	}
	return param_set_charp(text, param);
}

static const struct kernel_param_ops without_ops = {
	.set = set_without,
	.get = param_get_charp,
	.free = param_free_charp,
};

module_param_cb(without, &without_ops, &without, 0444);
MODULE_PARM_DESC(without, "VFs without registers of the mailbox, VENDOR:DEVICE[,...]");

/* What reads as 0 may still be something, in a few devices: then that list helps. */
static bool is_without(const struct pci_dev *pdev)
{
	struct pt_list list = { .text = without };
	struct pt_list_entry entry;
	struct pt_match match;

	if (!without)
		return false;
	list.end = strlen(without);
	while (pt_list_next(&list, &entry) > 0) {
		if (parse_ids(&entry, &match) && match.vendor == pdev->vendor &&
		    match.device == pdev->device)
			return true;
	}
	return false;
}

static bool read_space(struct pci_dev *pdev, u8 *space)
{
	unsigned int i;
	u32 value;

	for (i = 0; i < VMBOX_SPACE; i += 4) {
		if (pci_read_config_dword(pdev, i, &value))
			return false;
		value = (__force u32)cpu_to_le32(value);
		memcpy(space + i, &value, sizeof(value));
	}
	return true;
}

static u16 place(struct pbng_overlay *overlay, struct pci_dev *pdev)
{
	u8 space[VMBOX_SPACE];
	u16 at;

	if (!pdev->is_virtfn || is_without(pdev) || !read_space(pdev, space))
		return 0;
	at = vmbox_hole(space, VMBOX_REGS_LEN);
	if (!at)
		pci_info(pdev, "no room for the mailbox's registers\n");
	return at;
}

/* chan->lock held. */
static void signal_guest(struct vmbox_chan *chan)
{
	struct vmbox_xen_port *port = chan->port_priv;
	int irq = READ_ONCE(port->irq);

	if (irq)
		notify_remote_via_irq(irq);
}

static const struct vmbox_port_ops port_ops = {
	.name = "xen",
	.signal = signal_guest,
};

/* A guest's write to a register: the port stays as long as the device is locked. */
static int use_memory(struct vmbox_chan *chan, const struct vmbox_setup *setup)
{
	return vmbox_xen_memory(chan->port_priv, setup);
}

static void use_no_memory(struct vmbox_chan *chan)
{
	vmbox_xen_no_memory(chan->port_priv);
}

static const struct vmbox_window_ops window_ops = {
	.memory = use_memory,
	.no_memory = use_no_memory,
};

static void free_port(struct vmbox_xen_port *port)
{
	vmbox_window_free(port->window);
	if (port->chan)
		vmbox_chan_put(port->chan);
	kfree(port);
}

static int given(struct pbng_overlay_use *use)
{
	u32 info = vmbox_xen_can_map() ? VMBOX_INFO_XEN : 0;
	struct vmbox_xen_port *port;
	int err = -ENOMEM;

	if (!use->xdev)
		return -EOPNOTSUPP;
	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return -ENOMEM;
	INIT_WORK(&port->bell, vmbox_xen_bell);
	port->xdev = use->xdev;
	port->window = vmbox_window_create(&window_ops, info);
	if (!port->window)
		goto err_free;
	port->chan = vmbox_chan_of(use->pdev);
	err = port->chan ? vmbox_chan_open(port->chan, &port_ops, port, port->window) : -ENODEV;
	if (err)
		goto err_free;
	use->priv = port;
	return 0;

err_free:
	free_port(port);
	return err;
}

static void taken(struct pbng_overlay_use *use)
{
	struct vmbox_xen_port *port = use->priv;

	vmbox_chan_close(port->chan, port);
	vmbox_xen_no_memory(port);
	use->priv = NULL;
	free_port(port);
}

static void reset(struct pbng_overlay_use *use)
{
	struct vmbox_xen_port *port = use->priv;

	vmbox_xen_no_memory(port);
	mutex_lock(&port->chan->lock);
	vmbox_window_reset(port->window);
	mutex_unlock(&port->chan->lock);
	vmbox_chan_restart(port->chan);
}

static int read(struct pbng_overlay_use *use, u16 off, u16 len, u32 *value)
{
	struct vmbox_xen_port *port = use->priv;

	return vmbox_window_read(port->chan, off, len, value);
}

static int write(struct pbng_overlay_use *use, u16 off, u16 len, u32 value)
{
	struct vmbox_xen_port *port = use->priv;

	return vmbox_window_write(port->chan, off, len, value);
}

struct pbng_overlay vmbox_xen_overlay = {
	.name = "the mailbox",
	.len = VMBOX_REGS_LEN,
	.header = PCI_CAP_ID_VNDR | VMBOX_REGS_LEN << 16 |
		  (u32)(VMBOX_VERSION_MAJOR << 4 | VMBOX_VERSION_MINOR) << 24,
	.place = place,
	.given = given,
	.taken = taken,
	.reset = reset,
	.read = read,
	.write = write,
};

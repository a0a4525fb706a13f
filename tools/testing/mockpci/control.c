// SPDX-License-Identifier: GPL-2.0
/*
 * The knobs, in debugfs: mockpci/control takes lines "BDF WORD [VALUE]", and
 * mockpci/functions shows every function. README.rst explains the words.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "mockpci.h"

static struct dentry *dir;

static int kind_of(const char *name)
{
	return name[0] ? match_string(mock_kind_name, MOCK_KINDS, name) : MOCK_ENDPOINT;
}

static int plug(struct pci_bus *bus, unsigned int devfn, const char *value)
{
	int kind = kind_of(value);

	return kind < 0 ? kind : mock_host_plug(bus, devfn, kind);
}

static int set(struct mock_fn *fn, const char *word, unsigned int value)
{
	int err = 0;

	raw_spin_lock_irq(&mock_lock);
	if (!strcmp(word, "flr-ms"))
		fn->flr_ms = value;
	else if (!strcmp(word, "bus-ms"))
		fn->bus_ms = value;
	else if (!strcmp(word, "d0-ms"))
		fn->d0_ms = value;
	else if (!strcmp(word, "forgets"))
		mock_fn_set_forgets(fn, value);
	else if (!strcmp(word, "flr-ignored"))
		fn->flr_ignored = value;
	else if (!strcmp(word, "stuck"))
		fn->stuck = value;
	else if (!strcmp(word, "all-ones"))
		fn->all_ones = value;
	else if (!strcmp(word, "ready-in"))
		mock_fn_busy(fn, value);
	else
		err = -EINVAL;
	raw_spin_unlock_irq(&mock_lock);
	return err;
}

static int obey(struct pci_bus *bus, unsigned int devfn, const char *word, const char *value)
{
	struct mock_fn *fn;
	unsigned int number;

	if (!strcmp(word, "plug"))
		return plug(bus, devfn, value);
	if (!strcmp(word, "unplug"))
		return mock_host_unplug(bus, devfn, true);
	if (!strcmp(word, "unplug-unmarked"))
		return mock_host_unplug(bus, devfn, false);
	fn = mock_fn_find(bus, devfn);
	if (!fn)
		return -ENODEV;
	if (!strcmp(word, "irq"))
		return mock_msi_raise(fn);
	if (kstrtouint(value, 0, &number))
		return -EINVAL;
	return set(fn, word, number);
}

/* A bus of ours, or NULL. */
static struct pci_bus *find_bus(unsigned int domain, unsigned int number)
{
	struct pci_bus *bus = pci_find_bus(domain, number);

	return bus && bus->ops == &mock_ops ? bus : NULL;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t count,
			     loff_t *pos)
{
	unsigned int domain, number, device, function;
	char text[80], word[20], value[20] = "";
	struct pci_bus *bus;
	int err;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, count))
		return -EFAULT;
	text[count] = '\0';
	if (sscanf(text, "%x:%x:%x.%x %19s %19s", &domain, &number, &device, &function, word,
		   value) < 5)
		return -EINVAL;
	bus = find_bus(domain, number);
	if (!bus)
		return -ENODEV;
	err = obey(bus, PCI_DEVFN(device, function), word, value);
	return err ?: count;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = control_write,
	.llseek = noop_llseek,
};

static void show_fn(struct seq_file *out, struct pci_bus *bus, unsigned int devfn,
		    struct mock_fn *fn)
{
	void __iomem *bar = mock_fn_memory(fn);

	seq_printf(out, "%04x:%02x:%02x.%x %s present=%d flr=%u pm=%u bus=%u reads=%lu writes=%lu",
		   pci_domain_nr(bus), bus->number, PCI_SLOT(devfn), PCI_FUNC(devfn),
		   mock_kind_name[fn->kind], fn->present, fn->flrs, fn->pm_resets,
		   fn->bus_resets, fn->reads, fn->writes);
	if (bar)
		seq_printf(out, " bar0=%08x", ioread32(bar));
	if (fn->all_ones)
		seq_puts(out, " all-ones");
	if (!mock_fn_ready(fn))
		seq_puts(out, " not-ready");
	if (fn->flr_ignored)
		seq_puts(out, " flr-ignored");
	if (fn->stuck)
		seq_printf(out, " stuck=%x", fn->stuck);
	if (fn->flr_ms)
		seq_printf(out, " flr-ms=%u", fn->flr_ms);
	if (fn->bus_ms)
		seq_printf(out, " bus-ms=%u", fn->bus_ms);
	if (fn->d0_ms)
		seq_printf(out, " d0-ms=%u", fn->d0_ms);
	seq_putc(out, '\n');
}

static void show_bus(struct seq_file *out, struct pci_bus *bus)
{
	struct xarray *place = mock_fn_place(bus);
	struct pci_bus *child;
	struct mock_fn *fn;
	unsigned long devfn;

	if (!place)
		return;
	xa_for_each(place, devfn, fn)
		show_fn(out, bus, devfn, fn);
	list_for_each_entry(child, &bus->children, node)
		show_bus(out, child);
}

static int functions_show(struct seq_file *out, void *unused)
{
	struct mock_host *host;
	unsigned int i;

	pci_lock_rescan_remove();
	for (i = 0; (host = mock_host_at(i)); i++)
		show_bus(out, host->bus);
	pci_unlock_rescan_remove();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(functions);

void mock_control_init(void)
{
	dir = debugfs_create_dir("mockpci", NULL);
	debugfs_create_file("control", 0200, dir, NULL, &control_fops);
	debugfs_create_file("functions", 0400, dir, NULL, &functions_fops);
}

void mock_control_exit(void)
{
	debugfs_remove(dir);
}

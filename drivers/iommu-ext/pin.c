// SPDX-License-Identifier: GPL-2.0
/* Bus numbers that stay, see pin.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/pt_param.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <xen/xen.h>

#include "ie.h"
#include "pin.h"
#include "pin_core.h"

#define LINE_MAX_LEN	(PT_PATH_TEXT + sizeof(" 00-00\n"))

/**
 * struct pin - one bridge and its numbers
 * @node: in @pins
 * @id: who it is
 * @numbers: the last that it had; under Xen the first
 */
struct pin {
	struct list_head node;
	struct pt_identity id;
	struct ie_bus_numbers numbers;
};

static LIST_HEAD(pins);
static DEFINE_MUTEX(pins_lock);	/* protects the list; inside a device's lock; a leaf */

enum { PIN_OFF, PIN_RESTORE, PIN_UNSAID };

static const char *const modes[] = { "off", "restore", NULL };
static int mode = PIN_UNSAID;

static int mode_set(const char *text, const struct kernel_param *param)
{
	int n = __sysfs_match_string(modes, -1, text);

	if (n < 0)
		return pt_param_refuse(param, text, "expected off or restore, e.g. restore");
	WRITE_ONCE(mode, n);
	return 0;
}

static int mode_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%s\n", modes[READ_ONCE(mode)]);
}

static const struct kernel_param_ops mode_ops = { .set = mode_set, .get = mode_get };
module_param_cb(pin_bus, &mode_ops, NULL, 0644);
MODULE_PARM_DESC(pin_bus, "a bridge that comes back without bus numbers: off, restore (default: restore under Xen, else off)");

static struct pin *find(const struct pt_identity *id)
{
	struct pin *pin;

	lockdep_assert_held(&pins_lock);
	list_for_each_entry(pin, &pins, node)
		if (ie_pin_same_bridge(&pin->id, id))
			return pin;
	return NULL;
}

static void remember(struct pci_dev *bridge)
{
	struct pci_bus *bus = bridge->subordinate;
	struct pt_identity id;
	struct pin *pin;

	if (!bus || pt_identity_of(bridge, &id) || !id.hops)
		return;
	mutex_lock(&pins_lock);
	pin = find(&id);
	/* Xen has those of its boot, and only with these does it know the devices. */
	if (pin && xen_initial_domain())
		goto out;
	if (!pin) {
		pin = kzalloc(sizeof(*pin), GFP_KERNEL);
		if (!pin)
			goto out;
		pin->id = id;
		list_add_tail(&pin->node, &pins);
	}
	pin->numbers.secondary = bus->busn_res.start;
	pin->numbers.subordinate = bus->busn_res.end;
out:
	mutex_unlock(&pins_lock);
}

/* Itself, if it is one, and those above it. */
static void remember_bridges(struct pci_dev *pdev)
{
	for (; pdev; pdev = pci_upstream_bridge(pdev))
		remember(pdev);
}

static bool recall(struct pci_dev *bridge, struct ie_bus_numbers *numbers)
{
	struct pt_identity id;
	struct pin *pin;

	if (pt_identity_of(bridge, &id))
		return false;
	mutex_lock(&pins_lock);
	pin = find(&id);
	if (pin)
		*numbers = pin->numbers;
	mutex_unlock(&pins_lock);
	return pin;
}

/**
 * struct others - who has bus numbers
 * @bridge: who wants some
 * @numbers: those of others
 * @count: how many entries
 */
struct others {
	struct pci_dev *bridge;
	struct ie_bus_numbers numbers[256 + 1];
	unsigned int count;
};

/* A bridge beside it whose bus the kernel has not made yet. */
static int add_sibling(struct pci_dev *pdev, void *data)
{
	struct others *others = data;
	u32 now;

	if (pdev->bus != others->bridge->bus || pdev == others->bridge ||
	    !pci_is_bridge(pdev) || others->count == 256)
		return 0;
	pci_read_config_dword(pdev, PCI_PRIMARY_BUS, &now);
	if (ie_pin_configured(pdev->bus->number, now, &others->numbers[others->count]))
		others->count++;
	return 0;
}

/* One bus that is there is enough to know that the numbers are not free. */
static void add_bus(struct others *others, const struct ie_bus_numbers *wanted)
{
	int segment = pci_domain_nr(others->bridge->bus);
	unsigned int number;

	for (number = wanted->secondary; number <= wanted->subordinate; number++) {
		if (!pci_find_bus(segment, number))
			continue;
		others->numbers[others->count++] = (struct ie_bus_numbers) {
			.secondary = number, .subordinate = number,
		};
		return;
	}
}

static void tell(struct pci_dev *bridge, const struct ie_bus_numbers *numbers)
{
	struct pt_event event = {
		.event = PT_CORE_EVENT_PINNED, .source = KBUILD_MODNAME,
	};
	char what[24];

	scnprintf(what, sizeof(what), "[bus %02x-%02x]", numbers->secondary,
		  numbers->subordinate);
	event.reason = what;
	pci_info(bridge, "has its bus numbers again: %s\n", what);
	pt_event(bridge, &event);
}

static void pin(struct pci_dev *bridge, const struct ie_bus_numbers *before,
		struct others *others)
{
	struct ie_pin_case c = {
		.bus = bridge->bus->number,
		.bus_end = bridge->bus->busn_res.end,
		.before = *before,
		.others = others->numbers,
	};
	enum ie_pin_verdict verdict;

	pci_walk_bus(bridge->bus, add_sibling, others);
	add_bus(others, before);
	c.count = others->count;
	pci_read_config_dword(bridge, PCI_PRIMARY_BUS, &c.now);
	verdict = ie_pin_decide(&c);
	if (verdict == IE_PIN_CONFIGURED)
		return;
	if (verdict != IE_PIN_RESTORE) {
		pci_warn(bridge, "cannot have its bus numbers [bus %02x-%02x] again: %s\n",
			 before->secondary, before->subordinate, ie_pin_why(verdict));
		return;
	}
	/* All at once, as the kernel does it: in between they would make no sense. */
	pci_write_config_dword(bridge, PCI_PRIMARY_BUS,
			       ie_pin_register(c.bus, c.now, before));
	tell(bridge, before);
}

static void came(struct pci_dev *bridge)
{
	struct ie_bus_numbers before;
	struct others *others;

	if (READ_ONCE(mode) != PIN_RESTORE || bridge->hdr_type != PCI_HEADER_TYPE_BRIDGE ||
	    !recall(bridge, &before))
		return;
	others = kzalloc(sizeof(*others), GFP_KERNEL);
	if (!others) {
		pci_warn(bridge, "gets new bus numbers: no memory\n");
		return;
	}
	others->bridge = bridge;
	pin(bridge, &before, others);
	kfree(others);
}

/*
 * While a bus is being scanned its last number is not known yet. It is when drivers are
 * bound, and as long as anything behind the bridge is there.
 */
static int bus_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	switch (event) {
	case BUS_NOTIFY_ADD_DEVICE:
		came(pdev);
		break;
	case BUS_NOTIFY_BIND_DRIVER:
	case BUS_NOTIFY_UNBIND_DRIVER:
	case BUS_NOTIFY_DEL_DEVICE:
		remember_bridges(pdev);
		break;
	}
	return NOTIFY_DONE;
}

/* After pt-core, which knows by then who it is; before everybody else. */
static struct notifier_block bus_notifier = {
	.notifier_call = bus_event, .priority = INT_MAX - 1,
};

static ssize_t bus_pins_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	char path[PT_PATH_TEXT];
	ssize_t len = 0;
	struct pin *pin;

	mutex_lock(&pins_lock);
	list_for_each_entry(pin, &pins, node) {
		if (len + LINE_MAX_LEN >= PAGE_SIZE) {
			pr_warn_once("bus_pins shows only the bridges that fit a page\n");
			break;
		}
		pt_identity_path(&pin->id, path);
		len += sysfs_emit_at(buf, len, "%s %02x-%02x\n", path,
				     pin->numbers.secondary, pin->numbers.subordinate);
	}
	mutex_unlock(&pins_lock);
	return len;
}

static const struct kobj_attribute bus_pins = __ATTR_RO(bus_pins);

static void forget_all(void)
{
	struct pin *pin, *next;

	list_for_each_entry_safe(pin, next, &pins, node)
		kfree(pin);
	INIT_LIST_HEAD(&pins);
}

int ie_pin_init(void)
{
	struct pci_dev *pdev = NULL;
	int err;

	if (mode == PIN_UNSAID)
		mode = xen_initial_domain() ? PIN_RESTORE : PIN_OFF;
	err = sysfs_create_file(ie_kobj, &bus_pins.attr);
	if (err)
		return err;
	err = bus_register_notifier(&pci_bus_type, &bus_notifier);
	if (err) {
		sysfs_remove_file(ie_kobj, &bus_pins.attr);
		return err;
	}
	for_each_pci_dev(pdev)
		remember(pdev);
	return 0;
}

void ie_pin_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &bus_notifier);
	sysfs_remove_file(ie_kobj, &bus_pins.attr);
	forget_all();
}

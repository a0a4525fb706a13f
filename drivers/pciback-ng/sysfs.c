// SPDX-License-Identifier: GPL-2.0
/*
 * The attributes of the driver. Names, formats and errors are those of the
 * in-tree xen-pciback, because tools read and write them; do_flr is what libxl
 * and xenopsd try first when they reset a device.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/string_helpers.h>
#include <linux/sysfs.h>

#include "claim.h"
#include "config.h"
#include "registry.h"
#include "rule_core.h"
#include "sysfs.h"
#include "xen/backend.h"
#include "xen/intx.h"

/* Longest text that an error message repeats. */
#define QUOTE_MAX	64

static int complain(const char *attribute, const char *text, size_t len,
		    const struct pbng_rule_error *error)
{
	while (len && text[len - 1] == '\n')
		len--;
	pr_err("%s: \"%.*s\": %s at position %zu\n", attribute,
	       (int)min_t(size_t, len, QUOTE_MAX), text, error->why, error->pos);
	return -EINVAL;
}

static int parse(const char *attribute, const char *text, size_t len,
		 struct pbng_rule *rule)
{
	struct pbng_rule_error error;

	if (pbng_rule_parse(text, len, rule, &error))
		return complain(attribute, text, len, &error);
	return 0;
}

/* For attributes that want exactly one function. */
static int parse_one(const char *attribute, const char *text, size_t len,
		     struct pbng_bdf *bdf)
{
	const struct pbng_rule_error several = {
		.why = "names more than one function",
	};
	struct pbng_rule rule;
	int err;

	err = parse(attribute, text, len, &rule);
	if (err)
		return err;
	if (rule.any_device || rule.functions & (rule.functions - 1))
		return complain(attribute, text, len, &several);
	*bdf = (struct pbng_bdf) {
		.domain = rule.domain, .bus = rule.bus,
		.devfn = rule.device << 3 | (ffs(rule.functions) - 1),
	};
	return 0;
}

/* The claimed device that @text names, with a reference. */
static struct pbng_dev *parse_dev(const char *attribute, const char *text,
				  size_t len)
{
	struct pbng_bdf bdf;
	struct pbng_dev *dev;
	int err;

	err = parse_one(attribute, text, len, &bdf);
	if (err)
		return ERR_PTR(err);
	dev = pbng_registry_get(bdf);
	if (dev)
		return dev;
	pr_err("%s: " PBNG_BDF_FMT " is not bound to " PBNG_DRIVER_NAME "\n",
	       attribute, PBNG_BDF_ARG(bdf));
	return ERR_PTR(-ENODEV);
}

/*
 * Write a line or more for every claimed device, whole entries only: @emit
 * returns the new length, or @at when the entry did not fit or has no line.
 */
static ssize_t emit_devices(char *buf,
			    int (*emit)(struct pbng_dev *dev, char *buf, int at))
{
	struct pbng_dev *dev;
	unsigned long key = 0;
	int at = 0;

	while ((dev = pbng_registry_next(&key))) {
		mutex_lock(&dev->lock);
		if (!dev->gone)
			at = emit(dev, buf, at);
		mutex_unlock(&dev->lock);
		pbng_dev_put(dev);
		key++;
	}
	return at;
}

static int add_rule(struct pbng_bdf bdf, void *data)
{
	return pbng_rules_add(bdf);
}

static ssize_t new_slot_store(struct device_driver *drv, const char *buf,
			      size_t count)
{
	struct pbng_rule rule;
	int err;

	err = parse("new_slot", buf, count, &rule);
	if (!err)
		err = pbng_rule_for_each(&rule, add_rule, NULL);
	return err ?: count;
}
static DRIVER_ATTR_WO(new_slot);

static int remove_rule(struct pbng_bdf bdf, void *removed)
{
	if (!pbng_rules_remove(bdf))
		*(bool *)removed = true;
	return 0;
}

static ssize_t remove_slot_store(struct device_driver *drv, const char *buf,
				 size_t count)
{
	struct pbng_rule rule;
	bool removed = false;
	int err;

	err = parse("remove_slot", buf, count, &rule);
	if (err)
		return err;
	pbng_rule_for_each(&rule, remove_rule, &removed);
	return removed ? count : -ENOENT;
}
static DRIVER_ATTR_WO(remove_slot);

struct emit {
	char *buf;
	int at;
};

static int emit_rule(struct pbng_bdf bdf, void *data)
{
	struct emit *emit = data;
	int len;

	len = scnprintf(emit->buf + emit->at, PAGE_SIZE - emit->at,
			PBNG_BDF_FMT "\n", PBNG_BDF_ARG(bdf));
	if (emit->buf[emit->at + len - 1] != '\n')
		return -ENOSPC;		/* half a line: leave it out */
	emit->at += len;
	return emit->at < PAGE_SIZE - 1 ? 0 : -ENOSPC;
}

static ssize_t slots_show(struct device_driver *drv, char *buf)
{
	struct emit emit = { .buf = buf };

	pbng_rules_for_each(emit_rule, &emit);
	return emit.at;
}
static DRIVER_ATTR_RO(slots);

static ssize_t do_flr_store(struct device_driver *drv, const char *buf,
			    size_t count)
{
	struct pbng_dev *dev = parse_dev("do_flr", buf, count);
	int owner, err;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	/* It may be the next owner's reset: let the last one's end arrive first. */
	owner = READ_ONCE(dev->owner);
	if (owner != PBNG_NO_OWNER)
		pbng_backend_sync(owner);
	err = pbng_claim_reset(dev);
	pbng_dev_put(dev);
	return err ?: count;
}
static DRIVER_ATTR_WO(do_flr);

static int emit_if(struct pbng_dev *dev, char *buf, int at, bool yes)
{
	if (!yes || at + 16 > PAGE_SIZE)
		return at;
	return at + sysfs_emit_at(buf, at, "%s\n", pci_name(dev->pdev));
}

static int emit_permissive(struct pbng_dev *dev, char *buf, int at)
{
	return emit_if(dev, buf, at, dev->cfg->permissive);
}

static ssize_t permissive_show(struct device_driver *drv, char *buf)
{
	return emit_devices(buf, emit_permissive);
}

static ssize_t permissive_store(struct device_driver *drv, const char *buf,
				size_t count)
{
	struct pbng_dev *dev = parse_dev("permissive", buf, count);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	mutex_lock(&dev->lock);
	if (!dev->gone && !dev->cfg->permissive) {
		dev->cfg->permissive = true;
		pci_warn(dev->pdev, "permissive until its owner changes: the guest may write registers that nobody has checked\n");
	}
	mutex_unlock(&dev->lock);
	pbng_dev_put(dev);
	return count;
}
static DRIVER_ATTR_RW(permissive);

static int emit_allow_intr(struct pbng_dev *dev, char *buf, int at)
{
	return emit_if(dev, buf, at, dev->allow_intr);
}

static ssize_t allow_interrupt_control_show(struct device_driver *drv,
					    char *buf)
{
	return emit_devices(buf, emit_allow_intr);
}

static ssize_t allow_interrupt_control_store(struct device_driver *drv,
					     const char *buf, size_t count)
{
	struct pbng_dev *dev = parse_dev("allow_interrupt_control", buf, count);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	mutex_lock(&dev->lock);
	dev->allow_intr = !dev->gone;
	mutex_unlock(&dev->lock);
	pbng_dev_put(dev);
	return count;
}
static DRIVER_ATTR_RW(allow_interrupt_control);

static int emit_irq_handler(struct pbng_dev *dev, char *buf, int at)
{
	const struct pbng_intx *intx = &dev->intx;

	if (at + 64 > PAGE_SIZE)
		return at;
	return at + sysfs_emit_at(buf, at, "%s:%s:%sing:%u\n",
				  pci_name(dev->pdev), str_on_off(intx->irq),
				  intx->ack ? "ack" : "not ack", intx->handled);
}

static ssize_t irq_handlers_show(struct device_driver *drv, char *buf)
{
	return emit_devices(buf, emit_irq_handler);
}
static DRIVER_ATTR_RO(irq_handlers);

static ssize_t irq_handler_state_store(struct device_driver *drv,
				       const char *buf, size_t count)
{
	struct pbng_dev *dev = parse_dev("irq_handler_state", buf, count);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	mutex_lock(&dev->lock);
	pbng_intx_set_ack(dev, !dev->intx.ack);
	mutex_unlock(&dev->lock);
	pbng_dev_put(dev);
	return count;
}
static DRIVER_ATTR_WO(irq_handler_state);

static int emit_quirks(struct pbng_dev *dev, char *buf, int at)
{
	const struct pbng_cfg *cfg = dev->cfg;
	const struct pci_dev *pdev = dev->pdev;
	unsigned int i;

	if (at + 40 + 24 * cfg->nquirks > PAGE_SIZE)
		return at;
	at += sysfs_emit_at(buf, at, "%02x:%02x.%01x\n\t%04x:%04x:%04x:%04x\n",
			    dev->bdf.bus, dev->bdf.devfn >> 3,
			    dev->bdf.devfn & 7, pdev->vendor, pdev->device,
			    pdev->subsystem_vendor, pdev->subsystem_device);
	for (i = 0; i < cfg->nquirks; i++)
		at += sysfs_emit_at(buf, at, "\t\t%08x:%01x:%08x\n",
				    cfg->quirk[i].off, cfg->quirk[i].len,
				    cfg->quirk[i].mask);
	return at;
}

static ssize_t quirks_show(struct device_driver *drv, char *buf)
{
	return emit_devices(buf, emit_quirks);
}

static int add_quirk(struct pbng_dev *dev, const struct pbng_cfg_quirk *quirk)
{
	int err = -ENODEV;

	mutex_lock(&dev->lock);
	if (!dev->gone)
		err = pbng_cfg_add_quirk(dev->cfg, quirk);
	mutex_unlock(&dev->lock);
	if (err)
		pr_err("quirks: " PBNG_BDF_FMT "-%x:%x:%x: %s\n",
		       PBNG_BDF_ARG(dev->bdf), quirk->off, quirk->len,
		       quirk->mask, err == -EEXIST ?
		       "this register has rules of its own" :
		       err == -ENOSPC ? "too many quirks" :
		       "register, size or mask out of bounds");
	return err;
}

/* DDDD:BB:DD.F-REG:SIZE:MASK; the last '-', functions can be a range. */
static ssize_t quirks_store(struct device_driver *drv, const char *buf,
			    size_t count)
{
	const char *dash = strrchr(buf, '-');
	const struct pbng_rule_error format = {
		.pos = dash ? dash - buf + 1 : 0,
		.why = "expected DDDD:BB:DD.F-REGISTER:SIZE:MASK",
	};
	unsigned int off, len, mask;
	struct pbng_dev *dev;
	char junk;
	int err;

	if (!dash || sscanf(dash + 1, "%x:%x:%x %c", &off, &len, &mask, &junk) != 3 ||
	    off > PBNG_CFG_EXT_SIZE || len > 4)
		return complain("quirks", buf, count, &format);
	dev = parse_dev("quirks", buf, dash - buf);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	err = add_quirk(dev, &(struct pbng_cfg_quirk) {
		.off = off, .len = len, .mask = mask,
	});
	pbng_dev_put(dev);
	return err ?: count;
}
static DRIVER_ATTR_RW(quirks);

static struct attribute *driver_attrs[] = {
	&driver_attr_new_slot.attr,
	&driver_attr_remove_slot.attr,
	&driver_attr_slots.attr,
	&driver_attr_do_flr.attr,
	&driver_attr_quirks.attr,
	&driver_attr_permissive.attr,
	&driver_attr_allow_interrupt_control.attr,
	&driver_attr_irq_handlers.attr,
	&driver_attr_irq_handler_state.attr,
	NULL
};

static const struct attribute_group driver_group = { .attrs = driver_attrs };

const struct attribute_group *pbng_sysfs_driver_groups[] = {
	&driver_group,
	NULL
};

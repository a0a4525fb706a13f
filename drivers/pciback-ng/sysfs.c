// SPDX-License-Identifier: GPL-2.0
/*
 * The attributes of the driver. Names, formats and errors are those of the
 * in-tree xen-pciback, because tools read and write them; do_flr is what libxl
 * and xenopsd try first when they reset a device; hide, unhide and rules are new.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/string_helpers.h>
#include <linux/sysfs.h>

#include "claim.h"
#include "config.h"
#include "hide.h"
#include "listing.h"
#include "registry.h"
#include "rule_check.h"
#include "rules.h"
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
	pr_err("%s: \"%.*s\": %s at position %zu, e.g. %s\n", attribute,
	       (int)min_t(size_t, len, QUOTE_MAX), text, error->why, error->pos,
	       error->example);
	return -EINVAL;
}

static int parse(const char *attribute, const char *text, size_t len,
		 struct pbng_rule *rule)
{
	struct pbng_rule_error error;

	if (pbng_rule_parse_one(text, len, rule, &error))
		return complain(attribute, text, len, &error);
	return 0;
}

/* For attributes that want exactly one function. */
static int parse_one(const char *attribute, const char *text, size_t len,
		     struct pbng_bdf *bdf)
{
	const struct pbng_rule_error several = {
		.why = "expected one function, [DDDD:]BB:DD.F,", .example = "0000:02:00.0",
	};
	struct pbng_rule rule;
	int err;

	err = parse(attribute, text, len, &rule);
	if (!err && pbng_rule_one(&rule, bdf))
		err = complain(attribute, text, len, &several);
	return err;
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

/* Write a line or more for every claimed device that @emit has one for. */
static ssize_t list_devices(char *buf, loff_t off, size_t count,
			    void (*emit)(struct pbng_dev *dev, struct pbng_listing *list))
{
	struct pbng_listing list = { .buf = buf, .room = count, .skip = off };
	struct pbng_dev *dev;
	unsigned long key = 0;

	while (!pbng_listing_full(&list) && (dev = pbng_registry_next(&key))) {
		pbng_dev_lock(dev);
		if (!pbng_dev_gone(dev))
			emit(dev, &list);
		pbng_dev_unlock(dev);
		pbng_dev_put(dev);
		key++;
	}
	return list.len;
}

/* The arguments that read and write functions of a binary attribute have. */
#define BIN_ARGS struct file *file, struct kobject *kobj, \
		 COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off, size_t count

/* All of a list, or for one mistake in it nothing. Any rule that is there can be removed. */
static int check_rules(const char *attribute, const char *buf, size_t count, bool is_removal)
{
	struct pt_list list = { .text = buf, .end = count };
	struct pbng_rule_error error;
	struct pt_list_entry entry;
	struct pbng_rule rule;
	int got;

	while ((got = pbng_rule_next(&list, &entry, &rule, &error)) > 0) {
		if (!is_removal && pbng_rule_check(attribute, &rule))
			return -EINVAL;
	}
	if (got)
		return complain(attribute, buf, count, &error);
	if (!list.number)
		return parse(attribute, buf, count, &rule);
	return 0;
}

/* Those of the rules in a list that leave devices out, or the others. */
static int change_some(const char *attribute, const char *buf, size_t count, bool exclude,
		       int (*change)(const struct pbng_rule *rule))
{
	struct pt_list list = { .text = buf, .end = count };
	struct pbng_rule_error error;
	struct pt_list_entry entry;
	struct pbng_rule rule;
	int err = 0;

	while (!err && pbng_rule_next(&list, &entry, &rule, &error)) {
		if (rule.options.exclude != exclude)
			continue;
		err = change(&rule);
		if (err == -ENOENT && !pbng_rule_say_wider(attribute, &rule))
			pr_err("%s: \"%.*s\": there is no such rule\n", attribute,
			       (int)min_t(size_t, entry.len, QUOTE_MAX), entry.text);
	}
	return err;
}

/* Exclusions come first and go last: what is left out does not change hands in between. */
static ssize_t change_rules(const char *attribute, const char *buf, size_t count,
			    bool is_removal, int (*change)(const struct pbng_rule *rule))
{
	int err = check_rules(attribute, buf, count, is_removal);

	if (!err)
		err = change_some(attribute, buf, count, !is_removal, change);
	if (!err)
		err = change_some(attribute, buf, count, is_removal, change);
	return err ?: count;
}

static int add_rule(const struct pbng_rule *rule)
{
	int err = pbng_hide_add(rule, false);

	if (!err)
		pbng_rule_say_waiting("new_slot", rule);
	return err;
}

static int take_rule(const struct pbng_rule *rule, bool force)
{
	int err = pbng_hide_take(rule, force);

	if (!err)
		pbng_rule_say_waiting("hide", rule);
	return err;
}

static ssize_t new_slot_store(struct device_driver *drv, const char *buf,
			      size_t count)
{
	return change_rules("new_slot", buf, count, false, add_rule);
}
static DRIVER_ATTR_WO(new_slot);

static ssize_t remove_slot_store(struct device_driver *drv, const char *buf,
				 size_t count)
{
	return change_rules("remove_slot", buf, count, true, pbng_hide_drop);
}
static DRIVER_ATTR_WO(remove_slot);

static int take_idle(const struct pbng_rule *rule)
{
	return take_rule(rule, false);
}

static int take_any(const struct pbng_rule *rule)
{
	return take_rule(rule, true);
}

/* Behind a rule: what the host uses goes as well. */
static const char force_word[] = " force";

static ssize_t hide_store(struct device_driver *drv, const char *buf,
			  size_t count)
{
	size_t len = strcspn(buf, "\n");
	bool force = len > strlen(force_word) &&
		     !memcmp(buf + len - strlen(force_word), force_word, strlen(force_word));
	ssize_t err;

	if (!force)
		return change_rules("hide", buf, count, false, take_idle);
	err = change_rules("hide", buf, len - strlen(force_word), false, take_any);
	return err < 0 ? err : count;
}
static DRIVER_ATTR_WO(hide);

static ssize_t unhide_store(struct device_driver *drv, const char *buf,
			    size_t count)
{
	return change_rules("unhide", buf, count, true, pbng_hide_give_back);
}
static DRIVER_ATTR_WO(unhide);

static ssize_t list_rules(char *buf, loff_t off, size_t count,
			  int (*emit)(const struct pbng_rule_match *rule, void *list))
{
	struct pbng_listing list = { .buf = buf, .room = count, .skip = off };

	pbng_rules_for_each(emit, &list);
	return list.len;
}

/* Tools read this with "%x:%x:%x.%d" and stop at what is no address. */
static int list_slot(const struct pbng_rule_match *rule, void *list)
{
	const struct pbng_selector *s = &rule->selector;

	if (s->kind == PBNG_RULE_ADDRESS)
		pbng_listing_add(list, "%04x:%02x:%02x.%x\n", s->domain, s->bus,
				 s->devfn >> 3, s->devfn & 7);
	return pbng_listing_full(list);
}

static ssize_t slots_read(BIN_ARGS)
{
	return list_rules(buf, off, count, list_slot);
}
static BIN_ATTR_RO(slots, 0);

static int list_rule(const struct pbng_rule_match *rule, void *list)
{
	char text[PBNG_RULE_TEXT];

	pbng_rule_format(&rule->selector, &rule->options, text);
	pbng_listing_add(list, "%s%s\n", text, rule->stub ? " pci-stub" : "");
	return pbng_listing_full(list);
}

static ssize_t rules_read(BIN_ARGS)
{
	return list_rules(buf, off, count, list_rule);
}
static BIN_ATTR_RO(rules, 0);

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
	err = pbng_claim_reset(dev, PBNG_BY_TOOLS);
	if (err && pbng_claim_is_fit(dev))
		err = 0;
	pbng_dev_put(dev);
	return err ?: count;
}
static DRIVER_ATTR_WO(do_flr);

static void list_if(const struct pbng_dev *dev, struct pbng_listing *list,
		    bool yes)
{
	if (yes)
		pbng_listing_add(list, "%s\n", pci_name(dev->pdev));
}

static void list_permissive(struct pbng_dev *dev, struct pbng_listing *list)
{
	list_if(dev, list, dev->policy == PBNG_POLICY_PERMISSIVE);
}

static ssize_t permissive_read(BIN_ARGS)
{
	return list_devices(buf, off, count, list_permissive);
}

static ssize_t permissive_write(BIN_ARGS)
{
	struct pbng_dev *dev = parse_dev("permissive", buf, count);
	int err;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	err = pbng_claim_set_policy(dev, PBNG_POLICY_PERMISSIVE);
	pbng_dev_put(dev);
	return err ?: count;
}
static BIN_ATTR_RW(permissive, 0);

static void list_allow_intr(struct pbng_dev *dev, struct pbng_listing *list)
{
	list_if(dev, list, dev->allow_intr);
}

static ssize_t allow_interrupt_control_read(BIN_ARGS)
{
	return list_devices(buf, off, count, list_allow_intr);
}

static ssize_t allow_interrupt_control_write(BIN_ARGS)
{
	struct pbng_dev *dev = parse_dev("allow_interrupt_control", buf, count);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	pbng_dev_lock(dev);
	dev->allow_intr = !pbng_dev_gone(dev);
	pbng_dev_unlock(dev);
	pbng_dev_put(dev);
	return count;
}
static BIN_ATTR_RW(allow_interrupt_control, 0);

static void list_irq_handler(struct pbng_dev *dev, struct pbng_listing *list)
{
	const struct pbng_intx *intx = &dev->intx;

	pbng_listing_add(list, "%s:%s:%sing:%u\n", pci_name(dev->pdev),
			 str_on_off(intx->irq), intx->ack ? "ack" : "not ack",
			 intx->handled);
}

static ssize_t irq_handlers_read(BIN_ARGS)
{
	return list_devices(buf, off, count, list_irq_handler);
}
static BIN_ATTR_RO(irq_handlers, 0);

/* "BDF on" and "BDF off" say what they mean; a BDF alone toggles, as ever. */
static ssize_t irq_handler_state_store(struct device_driver *drv,
				       const char *buf, size_t count)
{
	size_t len = strcspn(skip_spaces(buf), " ") + (skip_spaces(buf) - buf);
	const char *word = skip_spaces(buf + len);
	const struct pbng_rule_error neither = {
		.pos = word - buf, .why = "expected on, off or nothing",
		.example = "0000:02:00.0 on",
	};
	bool on = sysfs_streq(word, "on");
	struct pbng_dev *dev;

	if (*word && !on && !sysfs_streq(word, "off"))
		return complain("irq_handler_state", buf, count, &neither);
	dev = parse_dev("irq_handler_state", buf, len);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	pbng_dev_lock(dev);
	pbng_intx_set_ack(dev, *word ? on : !dev->intx.ack);
	pbng_dev_unlock(dev);
	pbng_dev_put(dev);
	return count;
}
static DRIVER_ATTR_WO(irq_handler_state);

static void list_quirks(struct pbng_dev *dev, struct pbng_listing *list)
{
	const struct pci_dev *pdev = dev->pdev;
	const struct pbng_cfg *cfg;
	unsigned int i;

	pbng_listing_add(list, "%02x:%02x.%01x\n\t%04x:%04x:%04x:%04x\n",
			 dev->bdf.bus, dev->bdf.devfn >> 3, dev->bdf.devfn & 7,
			 pdev->vendor, pdev->device, pdev->subsystem_vendor,
			 pdev->subsystem_device);
	if (pbng_config_need(dev))
		return;
	cfg = dev->cfg;
	for (i = 0; i < cfg->nquirks; i++)
		pbng_listing_add(list, "\t\t%08x:%01x:%08x\n", cfg->quirk[i].off,
				 cfg->quirk[i].len, cfg->quirk[i].mask);
}

static ssize_t quirks_read(BIN_ARGS)
{
	return list_devices(buf, off, count, list_quirks);
}

static int add_quirk(struct pbng_dev *dev, const struct pbng_cfg_quirk *quirk)
{
	int err = -ENODEV;

	pbng_dev_lock(dev);
	if (!pbng_dev_gone(dev))
		err = pbng_config_need(dev) ?: pbng_cfg_add_quirk(dev->cfg, quirk);
	pbng_dev_unlock(dev);
	if (err)
		pr_err("quirks: " PBNG_BDF_FMT "-%x:%x:%x: %s\n",
		       PBNG_BDF_ARG(dev->bdf), quirk->off, quirk->len,
		       quirk->mask, err == -EEXIST ?
		       "this register has rules of its own" :
		       err == -ENOSPC ? "too many quirks" :
		       err == -ENOENT ? "no bits of this register are open" :
		       err == -EBUSY ? "the device is being reset" :
		       "register, size or mask out of bounds");
	return err;
}

/* The last '-' before a comment: functions can be a range. */
static const char *find_dash(const char *text)
{
	const char *dash = text + strcspn(text, "#");

	while (dash > text && *dash != '-')
		dash--;
	return *dash == '-' ? dash : NULL;
}

/* DDDD:BB:DD.F-REG:SIZE:MASK, perhaps with a comment: a line of "denied". */
static ssize_t quirks_write(BIN_ARGS)
{
	const char *dash = find_dash(buf);
	const struct pbng_rule_error format = {
		.pos = dash ? dash - buf + 1 : 0,
		.why = "expected DDDD:BB:DD.F-REGISTER:SIZE:MASK",
		.example = "0000:02:00.0-40:4:ff",
	};
	unsigned int reg, len, mask;
	struct pbng_dev *dev;
	char junk = '#';
	int err;

	if (!dash || sscanf(dash + 1, "%x:%x:%x %c", &reg, &len, &mask, &junk) < 3 ||
	    junk != '#' || reg > PBNG_CFG_EXT_SIZE || len > 4)
		return complain("quirks", buf, count, &format);
	dev = parse_dev("quirks", buf, dash - buf);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	err = add_quirk(dev, &(struct pbng_cfg_quirk) {
		.off = reg, .len = len, .mask = mask,
	});
	pbng_dev_put(dev);
	return err ?: count;
}
static BIN_ATTR_RW(quirks, 0);

static struct attribute *driver_attrs[] = {
	&driver_attr_new_slot.attr,
	&driver_attr_remove_slot.attr,
	&driver_attr_hide.attr,
	&driver_attr_unhide.attr,
	&driver_attr_do_flr.attr,
	&driver_attr_irq_handler_state.attr,
	NULL
};

static COMPAT_BIN_ATTRIBUTE *driver_bin_attrs[] = {
	&bin_attr_slots,
	&bin_attr_rules,
	&bin_attr_quirks,
	&bin_attr_permissive,
	&bin_attr_allow_interrupt_control,
	&bin_attr_irq_handlers,
	NULL
};

static const struct attribute_group driver_group = {
	.attrs = driver_attrs,
	.bin_attrs = driver_bin_attrs,
};

const struct attribute_group *pbng_sysfs_driver_groups[] = {
	&driver_group,
	&pbng_sysfs_quirk_group,
	NULL
};

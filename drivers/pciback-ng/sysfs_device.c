// SPDX-License-Identifier: GPL-2.0
/*
 * What can be seen of one device, in the folder "pciback" below it. One value a
 * file. The folder is there from after probe to before remove, so the device's
 * driver data is valid in every function here.
 */
#include <linux/device.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "claim.h"
#include "config.h"
#include "reset.h"
#include "rule_words.h"
#include "sysfs.h"

/* Without dev->lock: also while a reset holds it for seconds. */
static ssize_t state_show(struct device *device, struct device_attribute *attr,
			  char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%s\n", pbng_state_name(READ_ONCE(dev->own.state)));
}
static DEVICE_ATTR_RO(state);

static ssize_t owner_show(struct device *device, struct device_attribute *attr,
			  char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	int owner = READ_ONCE(dev->owner);

	if (owner == PBNG_NO_OWNER)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "domain %d\n", owner);
}
static DEVICE_ATTR_RO(owner);

static ssize_t rule_show(struct device *device, struct device_attribute *attr,
			 char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	char text[PBNG_RULE_TEXT];

	if (!dev->rule.found)
		return sysfs_emit(buf, "none\n");
	pbng_rule_format(&dev->rule.selector, &dev->rule.options, text);
	return sysfs_emit(buf, "%s\n", text);
}
static DEVICE_ATTR_RO(rule);

static ssize_t virtual_address_show(struct device *device,
				    struct device_attribute *attr, char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	struct pbng_bdf virt;
	bool has;

	pbng_dev_lock(dev);
	has = dev->has_virt;
	virt = dev->virt;
	pbng_dev_unlock(dev);
	if (!has)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, PBNG_BDF_FMT "\n", PBNG_BDF_ARG(virt));
}
static DEVICE_ATTR_RO(virtual_address);

static ssize_t policy_show(struct device *device, struct device_attribute *attr,
			   char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	enum pbng_policy policy;

	pbng_dev_lock(dev);
	policy = dev->policy;
	pbng_dev_unlock(dev);
	return sysfs_emit(buf, "%s\n", PBNG_POLICY_WORDS[policy - PBNG_POLICY_STRICT]);
}

static ssize_t policy_store(struct device *device, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	int word = sysfs_match_string(PBNG_POLICY_WORDS, buf);

	if (word < 0) {
		pci_err(dev->pdev, "policy: expected strict, standard or permissive\n");
		return -EINVAL;
	}
	return pbng_claim_set_policy(dev, PBNG_POLICY_STRICT + word) ?: count;
}
static DEVICE_ATTR_RW(policy);

/* As do_flr, for whoever knows what else is on the bus. */
static ssize_t reset_store(struct device *device, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	int err;

	if (!sysfs_streq(buf, "1")) {
		pci_err(dev->pdev, "reset: expected 1\n");
		return -EINVAL;
	}
	err = pbng_claim_reset(dev, PBNG_BY_ADMIN);
	return err ?: count;
}
static DEVICE_ATTR_WO(reset);

static ssize_t reset_method_show(struct device *device,
				 struct device_attribute *attr, char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	struct pbng_reset_order order;

	pbng_dev_lock(dev);
	order = pbng_reset_order_now(dev);
	pbng_dev_unlock(dev);
	return sysfs_emit(buf, "%s\n", pbng_reset_order_name(&order));
}

static ssize_t reset_method_store(struct device *device,
				  struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	struct pbng_reset_order order;
	bool waived;

	if (pbng_reset_order_parse(buf, &order)) {
		pci_err(dev->pdev, "reset_method: expected \"function\", \"bus\", both, or \"none\"\n");
		return -EINVAL;
	}
	pbng_dev_lock(dev);
	dev->reset.order = order;
	waived = !order.count && dev->own.state == PBNG_QUARANTINED;
	pbng_dev_unlock(dev);

	/* Without a reset it is as fit as it will ever be. */
	if (waived)
		pbng_claim_reset(dev, PBNG_BY_ADMIN);
	return count;
}
static DEVICE_ATTR_RW(reset_method);

static struct pbng_last_reset last_reset(struct pbng_dev *dev)
{
	struct pbng_last_reset last;

	pbng_dev_lock(dev);
	last = dev->reset.last;
	pbng_dev_unlock(dev);
	return last;
}

static ssize_t last_reset_show(struct device *device,
			       struct device_attribute *attr, char *buf)
{
	struct pbng_last_reset last = last_reset(dev_get_drvdata(device));

	if (!last.any)
		return sysfs_emit(buf, "never\n");
	if (last.err == -ENOTTY || last.err == -EOPNOTSUPP)
		return sysfs_emit(buf, "no method\n");
	if (last.err == -EBUSY)
		return sysfs_emit(buf, "blocked\n");
	if (last.err)
		return sysfs_emit(buf, "failed %d\n", last.err);
	return sysfs_emit(buf, "ok\n");
}
static DEVICE_ATTR_RO(last_reset);

static ssize_t last_reset_method_show(struct device *device,
				      struct device_attribute *attr, char *buf)
{
	struct pbng_last_reset last = last_reset(dev_get_drvdata(device));
	const struct pbng_reset_order order = {
		.count = last.any && last.way < PBNG_RESET_WAYS, .way = { last.way },
	};

	return sysfs_emit(buf, "%s\n", pbng_reset_order_name(&order));
}
static DEVICE_ATTR_RO(last_reset_method);

static ssize_t last_reset_ms_show(struct device *device,
				  struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", last_reset(dev_get_drvdata(device)).took_ms);
}
static DEVICE_ATTR_RO(last_reset_ms);

static ssize_t resets_show(struct device *device, struct device_attribute *attr,
			   char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%u\n", READ_ONCE(dev->reset.count));
}
static DEVICE_ATTR_RO(resets);

static ssize_t assignments_show(struct device *device,
				struct device_attribute *attr, char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%u\n", READ_ONCE(dev->assignments));
}
static DEVICE_ATTR_RO(assignments);

static ssize_t denied_writes_show(struct device *device,
				  struct device_attribute *attr, char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	unsigned long denied;

	pbng_dev_lock(dev);
	denied = dev->cfg ? dev->cfg->denials : 0;
	pbng_dev_unlock(dev);
	return sysfs_emit(buf, "%lu\n", denied);
}
static DEVICE_ATTR_RO(denied_writes);

/*
 * A line can be written to "quirks" as it is, unless it begins with '#'. It has the bits
 * that are open already, too. All lines fit into a page: PBNG_CFG_MAX_DENIED.
 */
static int list_denied(const struct pbng_dev *dev, char *buf)
{
	const struct pbng_cfg *cfg = dev->cfg;
	const struct pbng_cfg_denied *d;
	int len = 0;

	for (d = cfg->denied; d < cfg->denied + cfg->ndenied; d++)
		len += sysfs_emit_at(buf, len,
				     "%s" PBNG_BDF_FMT "-%x:%x:%x # %lu writes, last %x\n",
				     d->fixed ? "# " : "", PBNG_BDF_ARG(dev->bdf),
				     d->off, d->len,
				     d->mask | pbng_cfg_quirk_mask(cfg, d->off, d->len),
				     d->count, d->last);
	if (cfg->unlisted)
		len += sysfs_emit_at(buf, len, "# %lu more writes, to other registers\n",
				     cfg->unlisted);
	return len;
}

static ssize_t denied_show(struct device *device, struct device_attribute *attr,
			   char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);
	int len = 0;

	pbng_dev_lock(dev);
	if (dev->cfg)
		len = list_denied(dev, buf);
	pbng_dev_unlock(dev);
	return len;
}
static DEVICE_ATTR_RO(denied);

static ssize_t interrupts_show(struct device *device,
			       struct device_attribute *attr, char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%u\n", READ_ONCE(dev->intx.handled));
}
static DEVICE_ATTR_RO(interrupts);

#define AER_COUNT(name, kind)							\
static ssize_t name##_show(struct device *device, struct device_attribute *attr,	\
			   char *buf)							\
{										\
	struct pbng_dev *dev = dev_get_drvdata(device);				\
										\
	return sysfs_emit(buf, "%u\n", READ_ONCE(dev->aer.count[kind]));		\
}										\
static DEVICE_ATTR_RO(name)

AER_COUNT(aer_correctable, PBNG_AER_CORRECTABLE);
AER_COUNT(aer_nonfatal, PBNG_AER_NONFATAL);
AER_COUNT(aer_fatal, PBNG_AER_FATAL);

static ssize_t aer_result_show(struct device *device, struct device_attribute *attr,
			       char *buf)
{
	struct pbng_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%s\n", pbng_aer_result_name(READ_ONCE(dev->aer.result)));
}
static DEVICE_ATTR_RO(aer_result);

static struct attribute *device_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_owner.attr,
	&dev_attr_rule.attr,
	&dev_attr_virtual_address.attr,
	&dev_attr_policy.attr,
	&dev_attr_reset.attr,
	&dev_attr_reset_method.attr,
	&dev_attr_last_reset.attr,
	&dev_attr_last_reset_method.attr,
	&dev_attr_last_reset_ms.attr,
	&dev_attr_resets.attr,
	&dev_attr_assignments.attr,
	&dev_attr_denied_writes.attr,
	&dev_attr_denied.attr,
	&dev_attr_interrupts.attr,
	&dev_attr_aer_correctable.attr,
	&dev_attr_aer_nonfatal.attr,
	&dev_attr_aer_fatal.attr,
	&dev_attr_aer_result.attr,
	NULL
};

static const struct attribute_group device_group = {
	.name = "pciback",
	.attrs = device_attrs,
	.bin_attrs = pbng_sysfs_quirk_device_attrs,
};

const struct attribute_group *pbng_sysfs_device_groups[] = {
	&device_group,
	NULL
};

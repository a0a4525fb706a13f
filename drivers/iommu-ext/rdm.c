// SPDX-License-Identifier: GPL-2.0
/* The mechanism behind the policies, see rdm.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cleanup.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "probe.h"
#include "rdm.h"
#include "rdm_map.h"

static const struct ie_vendor *const vendors[] = { &ie_vendor_intel, &ie_vendor_amd };

static const struct ie_vendor *vendor;	/* NULL: unknown, or none; set once at load */
static const char *why_not;		/* report-only; NULL: active; set once at load */
static bool probe_hit;			/* the self-test's read went through our probe */

bool ie_rdm_active(void)
{
	return !why_not;
}

const char *ie_rdm_source(void)
{
	return vendor ? vendor->source : "unknown";
}

const char *ie_rdm_why_not(void)
{
	return why_not;
}

enum ie_kernel ie_rdm_kernel(void)
{
	return vendor ? vendor->kernel : IE_KERNEL_FLAG;
}

/* iommufd attaches groups by calls of its own, on which there is no probe (rdm_map.c). */
#define ACTIVE (IS_ENABLED(CONFIG_IOMMUFD) ? \
		"active: map is reserve for what iommufd has" : "active")

int ie_rdm_mode(char *text, size_t room)
{
	return why_not ? scnprintf(text, room, "report-only: %s", why_not) :
			 scnprintf(text, room, "%s", ACTIVE);
}

/* Under RCU. @dev: or NULL. */
static unsigned int actions_of(const struct ie_dev *dev)
{
	return dev && vendor ? ie_policy_actions(READ_ONCE(dev->policy), vendor->kernel) : 0;
}

unsigned int ie_rdm_actions(const struct device *device)
{
	unsigned int actions;

	rcu_read_lock();
	actions = actions_of(ie_dev_find(device));
	rcu_read_unlock();
	return actions;
}

unsigned int ie_rdm_attach_actions(const struct device *device)
{
	unsigned int actions;

	rcu_read_lock();
	actions = actions_of(ie_dev_find(device) ?: ie_dev_find_mate(device));
	rcu_read_unlock();
	return actions;
}

/*
 * The kernel sets require_direct whenever it maps the regions into a new default
 * domain, just after it has asked for them.
 */
static void settle_again(struct work_struct *work)
{
	mutex_lock(&ie_lock);
	ie_rdm_settle();
	mutex_unlock(&ie_lock);
}

static DECLARE_WORK(again, settle_again);

/**
 * struct resv_call - of the IOMMU driver's get_resv_regions()
 * @list: its second argument
 * @relaxed_end: regions that start below are called relaxable
 */
struct resv_call {
	struct list_head *list;
	u64 relaxed_end;
};

static int resv_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct device *dev = ie_probe_arg(regs, 0);
	struct resv_call *call = (void *)instance->data;
	unsigned int actions;

	call->list = ie_probe_arg(regs, 1);
	if (ie_dev_reading()) {
		probe_hit |= ie_dev_reads(dev, call->list);
		return IE_PROBE_SKIP;
	}

	actions = ie_rdm_actions(dev);
	call->relaxed_end = ie_relaxed_end(actions);
	/* Any region that stays direct sets the flag. */
	if (actions & IE_DO_CLEAR && call->relaxed_end != U64_MAX)
		schedule_work(&again);
	return call->relaxed_end ? IE_PROBE_RETURN : IE_PROBE_SKIP;
}

static int resv_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct resv_call *call = (void *)instance->data;
	struct iommu_resv_region *region;

	list_for_each_entry(region, call->list, list)
		if (region->type == IOMMU_RESV_DIRECT && region->start < call->relaxed_end)
			region->type = IOMMU_RESV_DIRECT_RELAXABLE;
	return 0;
}

static struct kretprobe resv_probe = {
	.entry_handler = resv_entry,
	.handler = resv_return,
	.data_size = sizeof(struct resv_call),
	.maxactive = IE_PROBE_ACTIVE,
};

unsigned long ie_rdm_nmissed(void)
{
	unsigned long missed = ie_probe_missed(&resv_probe) + ie_map_nmissed();

	return vendor && vendor->nmissed ? missed + vendor->nmissed() : missed;
}

/* The group's mutex is held: the flag shares its word with others. */
static void set_require_direct(struct device *dev, bool on)
{
#ifdef HAVE_DEV_IOMMU_REQUIRE_DIRECT
	if (dev->iommu)
		dev->iommu->require_direct = on;
#endif
}

/**
 * struct settling - one group being put into the state that the rules want
 * @coverage: of its members
 * @regions: how many its members with policy map have
 * @in_force: a policy other than strict that a member has, or strict
 * @group: the group
 * @map: for what will be mapped, or NULL
 * @map_set: @map is in force, the caller has it no more
 * @force: even if somebody uses the group, as it was so before
 */
struct settling {
	struct ie_coverage coverage;
	unsigned int regions;
	u8 in_force;
	struct iommu_group *group;
	struct ie_map *map;
	bool map_set;
	bool force;
};

/*
 * The functions below are called with the group's mutex held. Under it, a group has a
 * domain of its own exactly as long as somebody but a host driver has claimed it; what
 * iommu_group_dma_owner_claimed() says counts host drivers too, and is true no longer
 * when it has been said.
 */
static bool is_used(struct device *device)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(device);

	return domain && domain->type != IOMMU_DOMAIN_IDENTITY &&
	       !(domain->type & __IOMMU_DOMAIN_DMA_API);
}

static struct ie_dev *direct_dev(struct device *device)
{
	struct ie_dev *dev = ie_dev_find(device);

	return dev && dev->direct ? dev : NULL;
}

static int look_at(struct device *device, void *data)
{
	struct settling *settling = data;
	struct ie_dev *dev = direct_dev(device);

	if (!dev)
		return 0;
	ie_coverage_add(&settling->coverage, dev_name(device), dev->wanted);
	if (dev->wanted == IE_MAP)
		settling->regions += dev->regions_n;
	if (dev->policy != IE_STRICT)
		settling->in_force = dev->policy;
	return 0;
}

static int collect_regions(struct device *device, void *data)
{
	struct settling *settling = data;
	struct ie_dev *dev = direct_dev(device);
	unsigned int i;

	if (dev && dev->wanted == IE_MAP)
		for (i = 0; i < dev->regions_n; i++)
			ie_map_add(settling->map, &dev->regions[i]);
	return 0;
}

static int put_into_force(struct device *device, void *data)
{
	struct settling *settling = data;
	struct ie_dev *dev = direct_dev(device);
	u8 policy;

	if (!dev)
		return 0;
	policy = ie_coverage_full(&settling->coverage) ? dev->wanted : IE_STRICT;
	if (policy != dev->policy) {
		if (!is_used(device)) {
			if (!settling->map_set)
				ie_map_replace(settling->group, settling->map);
			settling->map_set = true;
		} else if (!settling->force) {
			return -EBUSY;
		}
		WRITE_ONCE(dev->policy, policy);
		set_require_direct(device, policy == IE_STRICT);
	} else if (ie_policy_actions(policy, vendor->kernel) & IE_DO_CLEAR) {
		set_require_direct(device, false);
	}
	return 0;
}

/* A device came into a group that somebody uses: refusing it would end in a warning. */
static int adopt(struct device *device, void *data)
{
	struct settling *settling = data;
	struct ie_dev *dev = direct_dev(device);

	if (!dev || dev->policy != IE_STRICT || settling->in_force == IE_STRICT)
		return 0;
	dev_warn(device, "joins a group that is in use, with policy %s until that ends and the rules change\n",
		 ie_policy_name(settling->in_force));
	WRITE_ONCE(dev->policy, settling->in_force);
	set_require_direct(device, false);
	return 0;
}

static int settle_group(struct settling *settling)
{
	struct iommu_group *group = settling->group;
	int err;

	iommu_group_for_each_dev(group, settling, look_at);
	if (!settling->coverage.members)
		return 0;
	if (settling->regions && ie_coverage_full(&settling->coverage)) {
		settling->map = ie_map_new(group, settling->regions);
		if (!settling->map)
			return -ENOMEM;
		iommu_group_for_each_dev(group, settling, collect_regions);
	}
	err = iommu_group_for_each_dev(group, settling, put_into_force);
	if (!settling->map_set)
		ie_map_free(settling->map);
	return err;
}

static int settle_dev(struct ie_dev *dev, void *force)
{
	struct settling settling = { .force = force };
	int err;

	settling.group = iommu_group_get(&dev->pdev->dev);
	if (!settling.group)
		return 0;
	err = settle_group(&settling);
	if (err == -EBUSY)
		pci_err(dev->pdev, "somebody uses its IOMMU group %d: no other policy now\n",
			iommu_group_id(settling.group));
	iommu_group_put(settling.group);
	return err;
}

static void tell(struct ie_dev *dev, enum pt_core_event event, unsigned int policy,
		 const char *reason)
{
	const struct pt_event told = {
		.event = event,
		.source = KBUILD_MODNAME,
		.state = ie_policy_name(policy),
		.reason = reason,
	};

	pt_event(dev->pdev, &told);
}

/* What each policy means, said once each time that it takes effect. */
static void tell_policy(struct ie_dev *dev)
{
	static const char *const words[IE_POLICIES] = {
		[IE_STRICT] = "not given away",
		[IE_RESERVE] = "given away; its access to that faults",
		[IE_MAP] = "given away; it goes on reaching that",
		[IE_RELAXED_LOW] = "given away; below 1 MB WHAT USES IT WRITES TO GUEST MEMORY",
		[IE_RELAXED] = "given away; WHAT STILL USES THAT WRITES TO THE GUEST'S MEMORY",
	};
	const struct ie_memory *first = &dev->regions[0];

	if (dev->policy != IE_STRICT)
		add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	dev_printk(dev->policy == IE_RELAXED || dev->policy == IE_RELAXED_LOW ?
		   KERN_WARNING : KERN_INFO, &dev->pdev->dev,
		   "reserved memory %#llx-%#llx%s: policy %s: %s\n", first->start, first->end,
		   dev->regions_n > 1 ? " and more" : "", ie_policy_name(dev->policy),
		   words[dev->policy]);
	tell(dev, PT_CORE_EVENT_POLICY, dev->policy, NULL);
}

static void tell_refused(struct ie_dev *dev)
{
	struct settling settling = {};
	char reason[PT_WHY_MAX];

	settling.group = iommu_group_get(&dev->pdev->dev);
	if (!settling.group)
		return;
	iommu_group_for_each_dev(settling.group, &settling, look_at);
	iommu_group_put(settling.group);
	scnprintf(reason, sizeof(reason), "no rule covers %s", settling.coverage.text);
	pci_warn(dev->pdev, "policy %s refused: its IOMMU group has %u members with reserved memory; %s\n",
		 ie_policy_name(dev->wanted), settling.coverage.members, reason);
	tell(dev, PT_CORE_EVENT_POLICY_REFUSED, dev->wanted, reason);
}

/* As long as a policy is in force for a device, we stay loaded. */
static int tell_changes(struct ie_dev *dev, void *data)
{
	u8 refused = IE_STRICT;

	if (dev->policy != dev->told) {
		if (dev->told == IE_STRICT)
			__module_get(THIS_MODULE);
		else if (dev->policy == IE_STRICT)
			module_put(THIS_MODULE);
		dev->told = dev->policy;
		tell_policy(dev);
	}
	if (dev->direct && dev->policy == IE_STRICT)
		refused = dev->wanted;
	if (refused != dev->refused && refused != IE_STRICT)
		tell_refused(dev);
	dev->refused = refused;
	return 0;
}

static int want_told(struct ie_dev *dev, void *data)
{
	dev->wanted = dev->told;
	return 0;
}

int ie_rdm_settle(void)
{
	bool force = true;
	int err;

	lockdep_assert_held(&ie_lock);
	if (!ie_rdm_active())
		return 0;
	err = ie_dev_for_each(settle_dev, NULL);
	if (!err)
		return ie_dev_for_each(tell_changes, NULL);
	/* What was in force is what was told. */
	ie_dev_for_each(want_told, NULL);
	ie_dev_for_each(settle_dev, &force);
	return err;
}

void ie_rdm_settle_new(struct ie_dev *dev)
{
	struct settling settling = {};

	lockdep_assert_held(&ie_lock);
	if (!ie_rdm_active())
		return;
	settling.group = iommu_group_get(&dev->pdev->dev);
	if (!settling.group)
		return;
	if (settle_group(&settling))
		iommu_group_for_each_dev(settling.group, &settling, adopt);
	iommu_group_put(settling.group);
	ie_dev_for_each(tell_changes, NULL);
}

/* Nobody is left to map for; a map that is in use ends with its domain. */
static int drop_map(struct device *device, void *data)
{
	struct settling *settling = data;

	if (!is_used(device))
		ie_map_replace(settling->group, NULL);
	return 1;
}

void ie_rdm_forget(struct ie_dev *dev)
{
	struct settling settling = {};

	settling.group = iommu_group_get(&dev->pdev->dev);
	if (dev->told != IE_STRICT)
		module_put(THIS_MODULE);
	ie_dev_remove(dev);
	if (!settling.group || !ie_rdm_active())
		goto out;
	settle_group(&settling);
	if (!settling.coverage.members)
		iommu_group_for_each_dev(settling.group, &settling, drop_map);
	ie_dev_for_each(tell_changes, NULL);
out:
	iommu_group_put(settling.group);
}

/* Any device that an IOMMU driver serves. */
static struct pci_dev *get_served(void)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev)
		if (pdev->dev.iommu && pdev->dev.iommu->iommu_dev &&
		    pdev->dev.iommu->iommu_dev->ops->get_resv_regions)
			break;
	return pdev;
}

static const struct ie_vendor *vendor_of(struct pci_dev *pdev)
{
	char *symbol __free(kfree) = kmalloc(KSYM_SYMBOL_LEN, GFP_KERNEL);
	void *fn = pdev->dev.iommu->iommu_dev->ops->get_resv_regions;
	unsigned int i;

	if (!symbol)
		return NULL;
	sprint_symbol_no_offset(symbol, (unsigned long)fn);
	for (i = 0; i < ARRAY_SIZE(vendors); i++)
		if (str_has_prefix(symbol, vendors[i]->resv_symbol))
			return vendors[i];
	return NULL;
}

static int arm(void)
{
	int err;

	resv_probe.kp.symbol_name = vendor->resv_symbol;
	err = register_kretprobe(&resv_probe);
	if (err)
		return err;
	err = ie_map_init();
	if (err)
		goto err_resv;
	err = vendor->arm ? vendor->arm() : 0;
	if (err)
		goto err_map;
	return 0;

err_map:
	ie_map_exit();
err_resv:
	unregister_kretprobe(&resv_probe);
	return err;
}

static void disarm(void)
{
	if (vendor->disarm)
		vendor->disarm();
	ie_map_exit();
	unregister_kretprobe(&resv_probe);
	ie_probe_release();
	cancel_work_sync(&again);
}

/* What failed and the error, as text that lives as long as the module. */
static const char *failed(const char *what, int err)
{
	static char text[96];

	scnprintf(text, sizeof(text), "%s (%pe)", what, ERR_PTR(err));
	return text;
}

/* Reading the regions of one device has to go through our probe. */
static const char *test(struct pci_dev *pdev)
{
	int err;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return "the IOMMU drivers' locks sleep with PREEMPT_RT, probes must not";
	if (!pdev)
		return "no device has an IOMMU here";
	vendor = vendor_of(pdev);
	if (!vendor)
		return "the driver of this IOMMU is not known";
	err = ie_probe_hold();
	if (err == -EBUSY)
		return "ftrace is switched off (kernel.ftrace_enabled), and probes with it";
	if (err)
		return failed("ftrace does not keep probes of iommu_attach_group() alive", err);
	err = arm();
	if (err) {
		ie_probe_release();
		return err == -ENOENT ?
		       "this kernel has not the functions that are to be probed" :
		       failed("functions of this kernel cannot be probed", err);
	}
	mutex_lock(&ie_lock);
	ie_dev_try(pdev);
	mutex_unlock(&ie_lock);
	if (probe_hit)
		return NULL;
	disarm();
	return "a probe of this kernel is not hit";
}

int ie_rdm_init(void)
{
	struct pci_dev *pdev = get_served();

	why_not = test(pdev);
	pci_dev_put(pdev);
	if (why_not)
		pr_notice("policies stay strict, %s\n", why_not);
	return 0;
}

void ie_rdm_exit(void)
{
	if (ie_rdm_active())
		disarm();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Policies of VFs and their files, see relay.h. A file of a VF is there until its PF is let
 * go of, which is after the end of the relay: so policies have an end of their own.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "relay.h"

/**
 * struct kept - a policy that is not the usual one
 * @node: in policies
 * @pf: of which PF
 * @vf: of which VF
 * @policy: the policy
 */
struct kept {
	struct list_head node;
	struct pt_identity pf;
	unsigned int vf;
	struct vmbox_policy policy;
};

static LIST_HEAD(policies);
static DEFINE_MUTEX(policies_lock);	/* that list; see chan.h */

static struct kept *find(const struct pt_identity *pf, unsigned int vf)
{
	struct kept *kept;

	lockdep_assert_held(&policies_lock);
	list_for_each_entry(kept, &policies, node)
		if (kept->vf == vf && pt_identity_same(&kept->pf, pf))
			return kept;
	return NULL;
}

void vmbox_relay_policy(struct pci_dev *pf, unsigned int vf, struct vmbox_policy *policy)
{
	struct pt_identity id;
	struct kept *kept;

	memset(policy, 0, sizeof(*policy));
	if (pt_identity_of(pf, &id))
		return;
	mutex_lock(&policies_lock);
	kept = find(&id, vf);
	if (kept)
		*policy = kept->policy;
	mutex_unlock(&policies_lock);
}

int vmbox_relay_policy_set(struct pci_dev *pf, unsigned int vf,
			   const struct vmbox_policy *policy)
{
	struct kept *kept, *new;
	struct pt_identity id;
	int err;

	if (!pf->is_physfn || vf >= VMBOX_VFS_MAX)
		return -EINVAL;
	err = pt_identity_of(pf, &id);
	if (err)
		return err;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	mutex_lock(&policies_lock);
	kept = find(&id, vf);
	if (!kept) {
		kept = new;
		new = NULL;
		kept->pf = id;
		kept->vf = vf;
		list_add_tail(&kept->node, &policies);
	}
	kept->policy = *policy;
	mutex_unlock(&policies_lock);
	kfree(new);
	return 0;
}

static ssize_t relay_policy_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pci_dev *vf = to_pci_dev(dev);
	struct vmbox_policy policy;
	int len;

	vmbox_relay_policy(pci_physfn(vf), pci_iov_vf_id(vf), &policy);
	len = vmbox_policy_format(&policy, buf);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t relay_policy_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct pci_dev *vf = to_pci_dev(dev);
	struct vmbox_policy policy;
	const char *bad, *why;
	int err;

	err = vmbox_policy_parse(buf, &policy, &bad, &why);
	if (err) {
		pci_warn(vf, "%s: relay_policy: \"%.*s\": %s at position %zd: %s\n", KBUILD_MODNAME,
			 (int)min_t(size_t, strcspn(bad, "\n"), 40), bad,
			 err == -E2BIG ? "too many" : "not understood", bad - buf, why);
		return err;
	}
	return vmbox_relay_policy_set(pci_physfn(vf), pci_iov_vf_id(vf), &policy) ?: count;
}

struct device_attribute vmbox_relay_policy_attr = __ATTR_RW(relay_policy);

int vmbox_policies_init(void)
{
	return 0;
}

void vmbox_policies_exit(void)
{
	struct kept *kept, *next;

	mutex_lock(&policies_lock);
	list_for_each_entry_safe(kept, next, &policies, node) {
		list_del(&kept->node);
		kfree(kept);
	}
	mutex_unlock(&policies_lock);
}

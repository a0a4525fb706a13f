// SPDX-License-Identifier: GPL-2.0
/*
 * The check before a guest is started, see preflight.h. A request is written, the answer
 * read: that of the last request, whoever wrote it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "ie.h"
#include "isolation.h"
#include "policy.h"
#include "preflight.h"
#include "preflight_core.h"
#include "rdm.h"
#include "tables.h"

#define REGIONS_MAX	64
#define OTHERS_MAX	512

/* Everything for one request. */
struct work {
	struct ie_pre_request request;
	struct ie_pre_now now[IE_PRE_DEVICES];
	struct ie_pre_region region[REGIONS_MAX];
	struct ie_pre_question question;
	struct pci_dev *pdev[IE_PRE_DEVICES];
	char others[OTHERS_MAX];
	char answer[PAGE_SIZE];
};

static char answer[PAGE_SIZE];		/* under the lock */
static DEFINE_MUTEX(answer_lock);	/* a leaf */

/* Intel's driver believes that these need it at boot only. */
static bool is_relaxable(struct pci_dev *pdev, const struct ie_region *region)
{
	if (region->kind == IE_REGION_RANGE || region->kind == IE_REGION_ALL)
		return false;
	return pdev->class >> 8 == PCI_CLASS_SERIAL_USB ||
	       pdev->class >> 16 == PCI_BASE_CLASS_DISPLAY;
}

static int add_regions(struct work *work, unsigned int device)
{
	const struct ie_regions *regions = ie_tables_regions();
	struct pci_dev *pdev = work->pdev[device];
	struct pt_identity id;
	unsigned int i;
	int err;

	err = pt_identity_of(pdev, &id);
	if (err)
		return err;
	for (i = 0; i < regions->count; i++) {
		const struct ie_region *region = &regions->region[i];

		if (!ie_region_covers(region, &id))
			continue;
		if (work->question.regions == REGIONS_MAX)
			return -E2BIG;
		work->region[work->question.regions++] = (struct ie_pre_region) {
			.range = { region->start, region->end },
			.device = device,
			.relaxable = is_relaxable(pdev, region),
		};
	}
	return 0;
}

static void read_now(struct pci_dev *pdev, struct ie_pre_now *now)
{
	struct ie_dev *dev;

	now->no_iommu = !pt_has_iommu(pdev);
	now->wanted = ie_policy_wanted(pdev);
	mutex_lock(&ie_lock);
	dev = ie_dev_find(&pdev->dev);
	now->policy = dev ? dev->policy : IE_STRICT;
	mutex_unlock(&ie_lock);
}

static int look_up(struct work *work)
{
	const struct pt_match *dev;
	unsigned int i;
	int err;

	for (i = 0; i < work->request.devices; i++) {
		dev = &work->request.dev[i];
		work->pdev[i] = pci_get_domain_bus_and_slot(dev->segment, dev->bus, dev->devfn);
		if (!work->pdev[i])
			return -ENODEV;
		err = add_regions(work, i);
		if (err)
			return err;
		read_now(work->pdev[i], &work->now[i]);
		if (pci_sriov_get_totalvfs(work->pdev[i]) > 0)
			work->question.has_vfs |= BIT(i);
	}
	return ie_isolation_others(work->pdev, work->request.devices, work->others,
				   sizeof(work->others));
}

static ssize_t check_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	ssize_t ret;

	mutex_lock(&answer_lock);
	ret = sysfs_emit(buf, "%s", answer);
	mutex_unlock(&answer_lock);
	return ret;
}

static ssize_t check_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			   size_t count)
{
	struct work *work = kvzalloc(sizeof(*work), GFP_KERNEL);
	const char *why;
	unsigned int i;
	int err;

	if (!work)
		return -ENOMEM;
	work->question.request = &work->request;
	work->question.now = work->now;
	work->question.region = work->region;
	work->question.kernel = ie_rdm_kernel();
	work->question.mode = ie_rdm_why_not();
	work->question.others = work->others;
	err = ie_pre_parse(buf, count, &work->request, &why);
	if (err) {
		pr_err("check: \"%.*s\": %s\n",
		       (int)min_t(size_t, strcspn(buf, "\n"), QUOTE_MAX), buf, why);
		goto out;
	}
	err = look_up(work);
	if (err)
		goto out_put;
	ie_pre_answer(&work->question, work->answer, sizeof(work->answer));
	mutex_lock(&answer_lock);
	strscpy(answer, work->answer, sizeof(answer));
	mutex_unlock(&answer_lock);
out_put:
	for (i = 0; i < work->request.devices; i++)
		pci_dev_put(work->pdev[i]);
out:
	kvfree(work);
	return err ?: count;
}

static struct kobj_attribute check_attr = __ATTR_RW(check);

int ie_preflight_init(void)
{
	return sysfs_create_file(ie_kobj, &check_attr.attr);
}

void ie_preflight_exit(void)
{
	sysfs_remove_file(ie_kobj, &check_attr.attr);
}

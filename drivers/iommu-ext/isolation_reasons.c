// SPDX-License-Identifier: GPL-2.0
/* Which reasons make isolation sets, see isolation_reasons.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pt_param.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "ie.h"
#include "isolation.h"
#include "isolation_reason_core.h"
#include "isolation_reasons.h"

#define REASONS_TEXT	64

static u8 reasons = IE_ISO_DEFAULT;
static DEFINE_MUTEX(change_lock);	/* from reading @reasons to writing it; a leaf */

u8 ie_isolation_reasons(void)
{
	return READ_ONCE(reasons);
}

/* Two owners of such devices can reach each other, and nothing refuses the second. */
static void warn_of_missing(u8 now)
{
	char text[REASONS_TEXT];

	if (!(IE_ISO_DEFAULT & ~now))
		return;
	ie_iso_reasons(IE_ISO_DEFAULT & ~now, text, sizeof(text));
	pr_warn("isolation_reasons: %s switched off: devices of one such set can go to two guests\n",
		text);
}

static int set_reasons(const char *text)
{
	struct pt_list_entry bad;
	u8 now;
	int err;

	mutex_lock(&change_lock);
	now = reasons;
	err = ie_iso_reasons_parse(text, strlen(text), &now, &bad);
	if (!err)
		WRITE_ONCE(reasons, now);
	mutex_unlock(&change_lock);
	if (err)
		pr_err("isolation_reasons: \"%.*s\": %s at position %zu, e.g. -bar-page\n",
		       (int)min_t(size_t, bad.len, QUOTE_MAX), bad.text, bad.why, bad.pos);
	else
		warn_of_missing(now);
	return err;
}

static ssize_t show_reasons(char *buf)
{
	char text[REASONS_TEXT];

	ie_iso_reasons(READ_ONCE(reasons), text, sizeof(text));
	return sysfs_emit(buf, "%s\n", text);
}

static ssize_t isolation_reasons_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return show_reasons(buf);
}

static ssize_t isolation_reasons_store(struct kobject *kobj, struct kobj_attribute *attr,
				       const char *buf, size_t count)
{
	int err = set_reasons(buf);

	if (err)
		return err;
	ie_isolation_renew();
	return count;
}

static struct kobj_attribute isolation_reasons_attr = __ATTR_RW(isolation_reasons);

/* Only before ie_isolation_init(), whose first look has them. */
static int param_set(const char *text, const struct kernel_param *param)
{
	return set_reasons(text);
}

static int param_get(char *text, const struct kernel_param *param)
{
	return show_reasons(text);
}

static const struct kernel_param_ops reasons_ops = { .set = param_set, .get = param_get };
module_param_cb(isolation_reasons, &reasons_ops, NULL, 0444);
MODULE_PARM_DESC(isolation_reasons, "what makes isolation sets: bridge,alias,acs,rmrr,rmrr-shared,bar-page,intx; +NAME or -NAME changes the default, which is all but rmrr-shared");

int ie_isolation_reasons_init(void)
{
	return sysfs_create_file(ie_kobj, &isolation_reasons_attr.attr);
}

void ie_isolation_reasons_exit(void)
{
	sysfs_remove_file(ie_kobj, &isolation_reasons_attr.attr);
}

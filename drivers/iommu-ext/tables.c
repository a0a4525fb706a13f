// SPDX-License-Identifier: GPL-2.0
/* The reserved memory that firmware's tables speak of, see tables.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "dmar_core.h"
#include "ie.h"
#include "ivrs_core.h"
#include "tables.h"

#define REGIONS_MAX	512
#define LINE_MAX_LEN	(2 * 19 + 5 + IE_REGION_SCOPE + 1)

/* The tables that can be there; end: how many regions there were after it. */
static struct source {
	char name[ACPI_NAMESEG_SIZE + 1];
	int (*parse)(const u8 *bytes, size_t len, struct ie_regions *regions,
		     struct ie_table_error *error);
	unsigned int end;
} sources[] = {
	{ "DMAR", ie_dmar_parse },
	{ "RMAD", ie_dmar_parse },
	{ "IVRS", ie_ivrs_parse },
};

static struct ie_regions regions;	/* constant once it has been read */

static void read_table(struct source *source)
{
	struct acpi_table_header *table;
	struct ie_table_error error;
	int err;

	if (ACPI_SUCCESS(acpi_get_table(source->name, 0, &table))) {
		err = source->parse((u8 *)table, table->length, &regions, &error);
		if (err)
			pr_warn("ACPI table %s is damaged at byte %zu: %s (%pe); %u regions before that\n",
				source->name, error.at, error.why, ERR_PTR(err), regions.count);
		acpi_put_table(table);
	}
	source->end = regions.count;
}

static const char *source_of(unsigned int region)
{
	struct source *source = sources;

	while (source->end <= region)
		source++;
	return source->name;
}

static ssize_t rdm_regions_read(struct file *file, struct kobject *kobj,
				COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off, size_t count)
{
	size_t room = regions.count * LINE_MAX_LEN + 1, n = 0;
	char *text = kvmalloc(room, GFP_KERNEL), scope[IE_REGION_SCOPE];
	ssize_t ret;
	unsigned int i;

	if (!text)
		return -ENOMEM;
	for (i = 0; i < regions.count; i++) {
		ie_region_scope(&regions.region[i], scope);
		n += scnprintf(text + n, room - n, "0x%016llx 0x%016llx %s %s\n",
			       regions.region[i].start, regions.region[i].end, source_of(i), scope);
	}
	ret = memory_read_from_buffer(buf, count, &off, text, n);
	kvfree(text);
	return ret;
}
static BIN_ATTR_RO(rdm_regions, 0);

int ie_tables_init(void)
{
	struct ie_region *region;
	unsigned int i;
	int err;

	region = kvcalloc(REGIONS_MAX, sizeof(*region), GFP_KERNEL);
	if (!region)
		return -ENOMEM;
	regions = (struct ie_regions) { .region = region, .room = REGIONS_MAX };
	for (i = 0; i < ARRAY_SIZE(sources); i++)
		read_table(&sources[i]);
	err = sysfs_create_bin_file(ie_kobj, &bin_attr_rdm_regions);
	if (err)
		kvfree(region);
	return err;
}

void ie_tables_exit(void)
{
	sysfs_remove_bin_file(ie_kobj, &bin_attr_rdm_regions);
	kvfree(regions.region);
}

const struct ie_regions *ie_tables_regions(void)
{
	return &regions;
}

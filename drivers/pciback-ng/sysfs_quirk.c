// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of lines: reset_quirks of the driver, and what became of it: reset_registers of
 * each device; config_quirks of the driver.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "config_quirk.h"
#include "listing.h"
#include "quirk.h"
#include "sysfs.h"

/**
 * struct reader - a file of entries that is being written to us
 * @name: of the attribute
 * @next_entry: what does what an entry of a line says
 * @next: where its next piece begins
 * @line: how many lines came before it
 * @bad: one of them was refused
 */
struct reader {
	const char *name;
	int (*next_entry)(struct pt_list *list, struct pt_list_entry *entry,
			  struct pbng_rule_error *error);
	loff_t next;
	unsigned int line;
	bool bad;
};

static struct reader reset_reader = {
	.name = "reset_quirks", .next_entry = pbng_quirk_next,
};

static struct reader config_reader = {
	.name = "config_quirks", .next_entry = pbng_config_quirk_next,
};

static DEFINE_MUTEX(reading_lock);	/* protects both; one file at a time */

static void read_line(struct reader *reader, const char *text, size_t len)
{
	struct pt_list list = { .text = text, .end = len };
	struct pbng_rule_error error;
	struct pt_list_entry entry;
	int got;

	reader->line++;
	while ((got = reader->next_entry(&list, &entry, &error))) {
		if (got > 0)
			continue;
		reader->bad = true;
		if (got == -EINVAL)
			pr_err("%s: line %u: %s at position %zu, e.g. %s\n", reader->name,
			       reader->line, error.why, error.pos, error.example);
		else
			pr_err("%s: line %u: %s\n", reader->name, reader->line, error.why);
	}
}

/*
 * A file arrives in pages, and a piece that is shorter is its last: so a whole page is
 * taken up to before its last line, which the writer then has to give again. That way
 * no line is cut in two, and there always is a last piece, which says what was wrong.
 */
static size_t whole_lines(const char *buf, size_t count)
{
	size_t len = count;

	if (count < PAGE_SIZE)
		return count;
	for (len = count - 1; len && buf[len - 1] != '\n'; len--)
		;
	return len;
}

static ssize_t take_piece(struct reader *reader, const char *buf, size_t count)
{
	size_t len = whole_lines(buf, count), pos = 0, end;

	if (!len) {
		pr_err("%s: line %u: longer than a page\n", reader->name, reader->line + 1);
		return -EINVAL;
	}
	for (; pos < len; pos = end + 1) {
		for (end = pos; end < len && buf[end] != '\n'; end++)
			;
		read_line(reader, buf + pos, end - pos);
	}
	reader->next += len;
	return len == count && reader->bad ? -EINVAL : len;
}

static ssize_t take_file(struct reader *reader, const char *buf, loff_t off, size_t count)
{
	ssize_t done;

	mutex_lock(&reading_lock);
	if (!off || off != reader->next) {
		reader->next = off;
		reader->line = 0;
		reader->bad = false;
	}
	done = take_piece(reader, buf, count);
	mutex_unlock(&reading_lock);
	return done;
}

static ssize_t reset_quirks_write(struct file *file, struct kobject *kobj,
				  COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off,
				  size_t count)
{
	return take_file(&reset_reader, buf, off, count);
}

static ssize_t config_quirks_write(struct file *file, struct kobject *kobj,
				   COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off,
				   size_t count)
{
	return take_file(&config_reader, buf, off, count);
}

static int list_quirk(const struct pbng_quirk *quirk, void *data)
{
	struct pbng_listing *list = data;
	char text[PBNG_QUIRK_TEXT];

	pbng_quirk_format(quirk, text);
	pbng_listing_add(list, "%s", text);
	pbng_listing_add(list, "%s\n", quirk->builtin ? " # built-in" : "");
	return pbng_listing_full(list);
}

static ssize_t reset_quirks_read(struct file *file, struct kobject *kobj,
				 COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off,
				 size_t count)
{
	struct pbng_listing list = { .buf = buf, .room = count, .skip = off };

	pbng_quirk_for_each(list_quirk, &list);
	return list.len;
}

/* What a register holds is nobody else's business. */
static struct bin_attribute bin_attr_reset_quirks =
	__BIN_ATTR(reset_quirks, 0600, reset_quirks_read, reset_quirks_write, 0);

static int list_config_quirk(const struct pbng_config_quirk *quirk, void *data)
{
	struct pbng_listing *list = data;
	char text[PBNG_CONFIG_QUIRK_TEXT];

	pbng_config_quirk_format(quirk, text);
	pbng_listing_add(list, "%s", text);
	pbng_listing_add(list, "%s\n", quirk->builtin ? " # built-in" : "");
	return pbng_listing_full(list);
}

static ssize_t config_quirks_read(struct file *file, struct kobject *kobj,
				  COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off,
				  size_t count)
{
	struct pbng_listing list = { .buf = buf, .room = count, .skip = off };

	pbng_config_quirk_for_each(list_config_quirk, &list);
	return list.len;
}

static struct bin_attribute bin_attr_config_quirks =
	__BIN_ATTR(config_quirks, 0600, config_quirks_read, config_quirks_write, 0);

static void list_reg(const struct pbng_quirk_reg *reg, void *data)
{
	const struct pbng_quirk *quirk = &reg->quirk;
	struct pbng_listing *list = data;
	char space[PBNG_QUIRK_SPACE];

	pbng_quirk_space(quirk->space, space);
	pbng_listing_add(list, "%s %x %u ", space, quirk->offset, quirk->width);
	if (quirk->has_value || reg->found)
		pbng_listing_add(list, "%0*x ", 2 * quirk->width, pbng_quirk_want(reg));
	else
		pbng_listing_add(list, "- ");
	switch (reg->result) {
	case PBNG_QUIRK_OK:
		pbng_listing_add(list, "ok\n");
		break;
	case PBNG_QUIRK_WRONG:
		pbng_listing_add(list, "verify failed: read %0*x\n", 2 * quirk->width, reg->seen);
		break;
	case PBNG_QUIRK_SKIPPED:
		pbng_listing_add(list, "not restored: %s\n", reg->why);
		break;
	default:
		pbng_listing_add(list, "not restored: %s\n", reg->never ?: "no reset yet");
	}
}

static ssize_t reset_registers_read(struct file *file, struct kobject *kobj,
				    COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off,
				    size_t count)
{
	struct pbng_listing list = { .buf = buf, .room = count, .skip = off };

	pbng_quirk_visit_regs(dev_get_drvdata(kobj_to_dev(kobj)), list_reg, &list);
	return list.len;
}

static struct bin_attribute bin_attr_reset_registers =
	__BIN_ATTR(reset_registers, 0400, reset_registers_read, NULL, 0);

COMPAT_BIN_ATTRIBUTE *pbng_sysfs_quirk_device_attrs[] = {
	&bin_attr_reset_registers,
	NULL
};

static COMPAT_BIN_ATTRIBUTE *driver_attrs[] = {
	&bin_attr_reset_quirks,
	&bin_attr_config_quirks,
	NULL
};

const struct attribute_group pbng_sysfs_quirk_group = {
	.bin_attrs = driver_attrs,
};

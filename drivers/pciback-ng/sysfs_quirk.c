// SPDX-License-Identifier: GPL-2.0
/*
 * reset_quirks of the driver, and what became of it: reset_registers of each device.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "listing.h"
#include "quirk.h"
#include "sysfs.h"

/* A file of entries that is being written to us. */
static struct {
	loff_t next;		/* where its next piece begins */
	unsigned int line;	/* how many came before it */
	bool bad;		/* one of them was refused */
} reading;
static DEFINE_MUTEX(reading_lock);	/* protects it; one file at a time */

static void read_line(const char *text, size_t len)
{
	struct pt_list list = { .text = text, .end = len };
	struct pbng_rule_error error;
	struct pt_list_entry entry;
	int got;

	reading.line++;
	while ((got = pbng_quirk_next(&list, &entry, &error))) {
		if (got > 0)
			continue;
		reading.bad = true;
		if (got == -EINVAL)
			pr_err("reset_quirks: line %u: %s at position %zu, e.g. %s\n",
			       reading.line, error.why, error.pos, error.example);
		else
			pr_err("reset_quirks: line %u: %s\n", reading.line, error.why);
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

static ssize_t take_piece(const char *buf, size_t count)
{
	size_t len = whole_lines(buf, count), pos = 0, end;

	if (!len) {
		pr_err("reset_quirks: line %u: longer than a page\n", reading.line + 1);
		return -EINVAL;
	}
	for (; pos < len; pos = end + 1) {
		for (end = pos; end < len && buf[end] != '\n'; end++)
			;
		read_line(buf + pos, end - pos);
	}
	reading.next += len;
	return len == count && reading.bad ? -EINVAL : len;
}

static ssize_t reset_quirks_write(struct file *file, struct kobject *kobj,
				  COMPAT_BIN_ATTRIBUTE *attr, char *buf, loff_t off,
				  size_t count)
{
	ssize_t done;

	mutex_lock(&reading_lock);
	if (!off || off != reading.next) {
		reading.next = off;
		reading.line = 0;
		reading.bad = false;
	}
	done = take_piece(buf, count);
	mutex_unlock(&reading_lock);
	return done;
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
	NULL
};

const struct attribute_group pbng_sysfs_quirk_group = {
	.bin_attrs = driver_attrs,
};

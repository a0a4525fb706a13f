// SPDX-License-Identifier: GPL-2.0
/* Registers that kinds of cards need, see config_quirk.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

#include "config.h"
#include "config_quirk.h"
#include "registry.h"
#include "rules.h"
#include "words_core.h"

static char *config_quirks;
module_param(config_quirks, charp, 0444);
MODULE_PARM_DESC(config_quirks, "registers of kinds of cards that guests may write: (14e4:* 80 4 ffffffff)(8086:10c9 c8 2)...");

static struct pbng_config_quirk_table table = { .room = PBNG_CONFIG_QUIRKS };
static DECLARE_RWSEM(config_quirks_lock);	/* protects it; inside of dev->lock */

int pbng_config_quirk_init(void)
{
	struct pbng_config_quirk_line line;
	struct pbng_rule_error error;
	const char *const *text;

	table.quirk = kvcalloc(table.room, sizeof(*table.quirk), GFP_KERNEL);
	if (!table.quirk)
		return -ENOMEM;
	for (text = pbng_config_quirk_builtin; *text; text++) {
		pbng_config_quirk_parse(*text, strlen(*text), &line, &error);
		line.quirk.builtin = true;
		pbng_config_quirk_apply(&table, &line);
	}
	return 0;
}

void pbng_config_quirk_exit(void)
{
	kvfree(table.quirk);
}

void pbng_config_quirk_for_each(int (*fn)(const struct pbng_config_quirk *quirk, void *data),
				void *data)
{
	unsigned int i;

	down_read(&config_quirks_lock);
	for (i = 0; i < table.count; i++)
		if (fn(&table.quirk[i], data))
			break;
	up_read(&config_quirks_lock);
}

static void describe(struct pci_dev *pdev, struct pbng_config_quirk_facts *facts)
{
	facts->n = pbng_rules_selectors(pdev, facts->selectors);
	facts->class = pdev->class;
	facts->is_vf = pdev->is_virtfn;
}

/*
 * What came with the driver is about most cards of a kind, and where another has a
 * capability in that place its rules hold. An administrator hears of it.
 */
static void open_bits(struct pbng_dev *dev, const struct pbng_config_quirk *quirk)
{
	const struct pbng_cfg_quirk *bits = &quirk->bits;
	int err = pbng_cfg_add_quirk(dev->cfg, bits);

	if (err && !quirk->builtin)
		pci_warn(dev->pdev, "config_quirks: register %x:%x:%x is not opened: %s\n",
			 bits->off, bits->len, bits->mask,
			 err == -ENOSPC ? "the device has too many" :
			 err == -EEXIST ? "it has rules of its own" :
			 "the device has no such register");
}

/*
 * Calls @fn for each entry that is about @dev, until it returns true. A claim asks for the
 * administrator's only, and mostly there are none: the facts are gathered for the first entry.
 * Return: whether @fn did.
 */
static bool for_entries_of(struct pbng_dev *dev, bool builtin_too,
			   bool (*fn)(struct pbng_dev *dev, const struct pbng_config_quirk *quirk))
{
	struct pbng_config_quirk_facts facts = {};
	const struct pbng_config_quirk *quirk;
	bool ended = false;

	down_read(&config_quirks_lock);
	for (quirk = table.quirk; !ended && quirk < table.quirk + table.count; quirk++) {
		if (quirk->builtin && !builtin_too)
			continue;
		if (!facts.n)
			describe(dev->pdev, &facts);
		if (pbng_config_quirk_is_for(quirk, &facts))
			ended = fn(dev, quirk);
	}
	up_read(&config_quirks_lock);
	return ended;
}

static bool open_entry(struct pbng_dev *dev, const struct pbng_config_quirk *quirk)
{
	open_bits(dev, quirk);
	return false;
}

void pbng_config_quirk_open(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	for_entries_of(dev, true, open_entry);
}

static bool stop_at_entry(struct pbng_dev *dev, const struct pbng_config_quirk *quirk)
{
	return true;
}

bool pbng_config_quirk_named(struct pbng_dev *dev)
{
	return for_entries_of(dev, false, stop_at_entry);
}

/* pbng_config_need() opens all entries that match, this one included. */
static void open_or_build(struct pbng_dev *dev, const struct pbng_config_quirk *quirk)
{
	if (dev->cfg)
		open_bits(dev, quirk);
	else if (pbng_config_need(dev))
		pci_warn(dev->pdev, "config_quirks: holds from its next owner on\n");
}

static void open_claimed(const struct pbng_config_quirk_line *line)
{
	struct pbng_config_quirk_facts facts;
	struct pbng_dev *dev;
	unsigned long key = 0;

	while ((dev = pbng_registry_next(&key))) {
		pbng_dev_lock(dev);
		if (!pbng_dev_gone(dev)) {
			describe(dev->pdev, &facts);
			if (pbng_config_quirk_line_is_for(line, &facts))
				open_or_build(dev, &line->quirk);
		}
		pbng_dev_unlock(dev);
		pbng_dev_put(dev);
		key++;
	}
}

static int apply_entry(const struct pt_list_entry *entry, struct pbng_rule_error *error)
{
	struct pbng_config_quirk_line line;
	int err;

	err = pbng_config_quirk_parse(entry->text, entry->len, &line, error);
	if (err <= 0)
		return err;
	down_write(&config_quirks_lock);
	err = pbng_config_quirk_apply(&table, &line);
	up_write(&config_quirks_lock);
	if (err)
		error->why = err == -ENOENT ? "there is no such entry" :
					      "there are too many entries";
	else if (!line.remove)
		open_claimed(&line);
	return err;
}

int pbng_config_quirk_next(struct pt_list *list, struct pt_list_entry *entry,
			   struct pbng_rule_error *error)
{
	return pbng_words_next_entry(list, entry, error, "(14e4:* 80 4 ffffffff)", apply_entry);
}

void pbng_config_quirk_load(void)
{
	struct pt_list list = { .text = config_quirks };
	struct pbng_rule_error error;
	struct pt_list_entry entry;
	int got;

	if (!config_quirks)
		return;
	list.end = strlen(config_quirks);
	while ((got = pbng_config_quirk_next(&list, &entry, &error))) {
		if (got < 0)
			pr_err("config_quirks=: entry %u: %s at position %zu, e.g. %s; skipped\n",
			       list.number, error.why, error.pos, error.example);
	}
}

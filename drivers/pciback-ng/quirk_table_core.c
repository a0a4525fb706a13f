// SPDX-License-Identifier: GPL-2.0
/* The entries, and which of them are for a device; see quirk_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "quirk_core.h"

/*
 * What is known of hardware and what the PCI core does not know by itself: it has its
 * own lists (drivers/pci/quirks.c: quirk_no_flr, delay_250ms_after_flr and others),
 * and these lines are not about devices that are in there.
 */
const char *const pbng_quirk_builtin[] = {
	/*
	 * SAS3008, and MegaRAID 3108: say that they have an FLR and do not support
	 * it. XCP-ng's and Citrix's kernels forbid it ("Add a quirk for devices
	 * with broken FLR reset").
	 */
	"1000:0097 no-flr",
	"1000:005d no-flr",
	/*
	 * I219-LM: has an FLR, in an AF capability that its list of capabilities does
	 * not reach. Qubes OS links it, before and after each reset (its issue 9356).
	 */
	"8086:550a af=e0",
	NULL
};

/**
 * struct change - a line that is being carried out
 * @table: the entries
 * @quirk: what it says, with the selector that it is carried out for
 * @count: of entries that are new, or went
 */
struct change {
	struct pbng_quirk_table *table;
	struct pbng_quirk quirk;
	unsigned int count;
};

static bool same_place(const struct pbng_quirk *a, const struct pbng_quirk *b)
{
	return a->kind == b->kind &&
	       (a->kind != PBNG_QUIRK_REGISTER ||
		(a->space == b->space && a->offset == b->offset));
}

static bool is_for(const struct pbng_quirk *quirk, const struct pbng_selector *selector)
{
	return !memcmp(&quirk->match, selector, sizeof(*selector));
}

static struct pbng_quirk *find(const struct pbng_quirk_table *table,
			       const struct pbng_quirk *like)
{
	struct pbng_quirk *quirk;

	for (quirk = table->quirk; quirk < table->quirk + table->count; quirk++)
		if (same_place(quirk, like) && is_for(quirk, &like->match))
			return quirk;
	return NULL;
}

static int count_new(const struct pbng_selector *selector, void *data)
{
	struct change *change = data;

	change->quirk.match = *selector;
	change->count += !find(change->table, &change->quirk);
	return 0;
}

static int put_in(const struct pbng_selector *selector, void *data)
{
	struct change *change = data;
	struct pbng_quirk *place;

	change->quirk.match = *selector;
	place = find(change->table, &change->quirk);
	if (!place)
		place = &change->table->quirk[change->table->count++];
	*place = change->quirk;
	return 0;
}

static int take_out(const struct pbng_selector *selector, void *data)
{
	struct change *change = data;
	struct pbng_quirk_table *table = change->table;
	struct pbng_quirk *quirk;

	change->quirk.match = *selector;
	quirk = find(table, &change->quirk);
	if (!quirk)
		return 0;
	table->count--;
	memmove(quirk, quirk + 1, (table->quirk + table->count - quirk) * sizeof(*quirk));
	change->count++;
	return 0;
}

int pbng_quirk_apply(struct pbng_quirk_table *table, const struct pbng_quirk_line *line)
{
	struct change change = { .table = table, .quirk = line->quirk };

	if (line->remove) {
		pbng_rule_for_each(&line->rule, take_out, &change);
		return change.count ? 0 : -ENOENT;
	}
	pbng_rule_for_each(&line->rule, count_new, &change);
	if (change.count > table->room - table->count)
		return -ENOSPC;
	return pbng_rule_for_each(&line->rule, put_in, &change);
}

static bool is_planned(const struct pbng_quirk_plan *plan, const struct pbng_quirk *quirk)
{
	unsigned int i;

	for (i = 0; i < plan->count; i++)
		if (same_place(&plan->reg[i], quirk))
			return true;
	return false;
}

/* In the order of the orders; those of the same one as they came. */
static void plan_register(struct pbng_quirk_plan *plan, const struct pbng_quirk *quirk,
			  unsigned int *delays)
{
	unsigned int at = plan->count;

	if (is_planned(plan, quirk))
		return;
	if (at == PBNG_QUIRK_REGS || *delays + quirk->delay > PBNG_QUIRK_MAX_DELAY) {
		plan->left_out++;
		return;
	}
	*delays += quirk->delay;
	for (; at && plan->reg[at - 1].order > quirk->order; at--)
		plan->reg[at] = plan->reg[at - 1];
	plan->reg[at] = *quirk;
	plan->count++;
}

static void plan_method(struct pbng_quirk_plan *plan, const struct pbng_quirk *quirk,
			unsigned int *seen)
{
	unsigned int bit = 1u << quirk->kind;

	if (*seen & bit)
		return;
	*seen |= bit;
	switch (quirk->kind) {
	case PBNG_QUIRK_DELAY:
		plan->delay = quirk->delay;
		break;
	case PBNG_QUIRK_AF:
		plan->af = quirk->offset;
		break;
	default:
		plan->methods |= bit;
	}
}

void pbng_quirk_find(const struct pbng_quirk_table *table,
		     const struct pbng_selector *selectors, unsigned int n,
		     struct pbng_quirk_plan *plan)
{
	const struct pbng_quirk *quirk, *end = table->quirk + table->count;
	unsigned int i, seen = 0, delays = 0;

	plan->methods = 0;
	plan->delay = 0;
	plan->af = 0;
	plan->left_out = 0;
	plan->count = 0;
	for (i = 0; i < n; i++) {
		for (quirk = table->quirk; quirk < end; quirk++) {
			if (!is_for(quirk, &selectors[i]))
				continue;
			if (quirk->kind == PBNG_QUIRK_REGISTER)
				plan_register(plan, quirk, &delays);
			else
				plan_method(plan, quirk, &seen);
		}
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What a rule stands for: its selectors, those of a device, and either as text.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "rule_core.h"
#include "rule_words.h"

const struct pbng_rule_words pbng_rule_words[PBNG_RULE_OPTIONS] = {
	[PBNG_RULE_POLICY] = {
		"policy=", { "strict", "standard", "permissive" },
		"expected strict, standard or permissive",
	},
	[PBNG_RULE_RDM_POLICY] = {
		"rdm_policy=", { "strict", "relaxed" },
		"expected strict or relaxed",
	},
	[PBNG_RULE_MSITRANSLATE] = {
		"msitranslate=", { "0", "1" },
		"expected 0 or 1",
	},
};

#define DEVICES_PER_BUS		32

/* @devfn is the one in @selector that lacks its function number. */
static int each_function(struct pbng_selector *selector, u8 *devfn, u8 functions,
			 int (*fn)(const struct pbng_selector *selector, void *data),
			 void *data)
{
	u8 device = *devfn;
	u8 function;
	int err;

	for (function = 0; functions >> function; function++) {
		if (!(functions >> function & 1))
			continue;
		*devfn = device | function;
		err = fn(selector, data);
		if (err)
			return err;
	}
	return 0;
}

int pbng_rule_for_each(const struct pbng_rule *rule,
		       int (*fn)(const struct pbng_selector *selector, void *data),
		       void *data)
{
	struct pbng_selector selector = rule->selector;
	u8 functions = rule->options.functions;
	unsigned int device;
	int err = 0;

	switch (selector.kind) {
	case PBNG_RULE_ADDRESS:
		if (!rule->any_device)
			return each_function(&selector, &selector.devfn, functions, fn, data);
		for (device = 0; !err && device < DEVICES_PER_BUS; device++) {
			selector.devfn = device << 3;
			err = each_function(&selector, &selector.devfn, functions, fn, data);
		}
		return err;
	case PBNG_RULE_PATH:
		return each_function(&selector, &selector.hop[selector.hops - 1],
				     functions, fn, data);
	default:
		return fn(&selector, data);
	}
}

int pbng_rule_one(const struct pbng_rule *rule, struct pbng_bdf *bdf)
{
	const struct pbng_rule_options *options = &rule->options;
	u8 functions = options->functions;
	u8 function = 0;

	if (rule->selector.kind != PBNG_RULE_ADDRESS || rule->any_device ||
	    options->exclude || options->slot != PBNG_NO_SLOT || options->policy ||
	    options->rdm_policy ||
	    options->msitranslate != PBNG_MSITRANSLATE_DEFAULT)
		return -EINVAL;
	if (!functions || functions & (functions - 1))
		return -EINVAL;
	while (functions != 1u << function)
		function++;
	*bdf = (struct pbng_bdf) {
		.domain = rule->selector.domain,
		.bus = rule->selector.bus,
		.devfn = rule->selector.devfn | function,
	};
	return 0;
}

static int format_selector(const struct pbng_selector *selector, char *text, size_t room)
{
	const struct pbng_bdf bdf = {
		.domain = selector->domain,
		.bus = selector->bus,
		.devfn = selector->devfn,
	};
	int digits = selector->digits;
	int at, i;

	switch (selector->kind) {
	case PBNG_RULE_VFS_OF:
		return scnprintf(text, room, "vfs-of=" PBNG_BDF_FMT,
				 PBNG_BDF_ARG(bdf));
	case PBNG_RULE_SERIAL:
		return scnprintf(text, room, "serial=%016llx",
				 (unsigned long long)selector->serial);
	case PBNG_RULE_IDS:
		at = scnprintf(text, room, "%04x:%04x",
			       selector->vendor, selector->device);
		if (selector->subvendor != PBNG_ANY_ID)
			at += scnprintf(text + at, room - at, ":%04x:%04x",
					selector->subvendor, selector->subdevice);
		return at;
	case PBNG_RULE_CLASS:
		return scnprintf(text, room, "class=%0*x", digits,
				 selector->class >> (4 * (6 - digits)));
	default:
		/* An address is a path without hops. */
		at = scnprintf(text, room, PBNG_BDF_FMT, PBNG_BDF_ARG(bdf));
		for (i = 0; i < selector->hops; i++)
			at += scnprintf(text + at, room - at, "/%02x.%x",
					selector->hop[i] >> 3, selector->hop[i] & 7);
		return at;
	}
}

size_t pbng_rule_format(const struct pbng_selector *selector,
			const struct pbng_rule_options *options, char *text)
{
	const int choice[PBNG_RULE_OPTIONS] = {
		[PBNG_RULE_POLICY] = options->policy - PBNG_POLICY_STRICT,
		[PBNG_RULE_RDM_POLICY] = options->rdm_policy - PBNG_RDM_STRICT,
		[PBNG_RULE_MSITRANSLATE] = options->msitranslate,
	};
	int at = options->exclude ? scnprintf(text, PBNG_RULE_TEXT, "!") : 0;
	int i;

	at += format_selector(selector, text + at, PBNG_RULE_TEXT - at);

	if (options->slot != PBNG_NO_SLOT)
		at += scnprintf(text + at, PBNG_RULE_TEXT - at, "@%x", options->slot);
	for (i = 0; i < PBNG_RULE_OPTIONS; i++)
		if (choice[i] >= 0)
			at += scnprintf(text + at, PBNG_RULE_TEXT - at, ",%s%s",
					pbng_rule_words[i].name,
					pbng_rule_words[i].values[choice[i]]);
	return at;
}

static struct pbng_selector by_bdf(enum pbng_rule_kind kind, struct pbng_bdf bdf)
{
	return (struct pbng_selector) {
		.kind = kind,
		.domain = bdf.domain,
		.bus = bdf.bus,
		.devfn = bdf.devfn,
	};
}

static struct pbng_selector by_class(u32 class, u8 digits)
{
	return (struct pbng_selector) {
		.kind = PBNG_RULE_CLASS,
		.digits = digits,
		.class = class & (0xffffffu << (4 * (6 - digits))) & 0xffffffu,
	};
}

unsigned int pbng_facts_selectors(const struct pbng_facts *facts,
				  struct pbng_selector *selectors)
{
	struct pbng_selector ids = {
		.kind = PBNG_RULE_IDS,
		.vendor = facts->vendor,
		.device = facts->device,
		.subvendor = facts->subvendor,
		.subdevice = facts->subdevice,
	};
	unsigned int n = 0;

	selectors[n++] = by_bdf(PBNG_RULE_ADDRESS, facts->bdf);
	/* A device deeper than a rule can say has no path. */
	if (facts->hops > 0 && facts->hops <= PBNG_RULE_HOPS) {
		selectors[n] = by_bdf(PBNG_RULE_PATH, facts->root);
		selectors[n].hops = facts->hops;
		memcpy(selectors[n].hop, facts->hop, facts->hops);
		n++;
	}
	if (facts->is_vf)
		selectors[n++] = by_bdf(PBNG_RULE_VFS_OF, facts->pf);
	if (facts->serial)
		selectors[n++] = (struct pbng_selector) {
			.kind = PBNG_RULE_SERIAL, .serial = facts->serial,
		};
	selectors[n++] = ids;
	ids.subvendor = PBNG_ANY_ID;
	ids.subdevice = PBNG_ANY_ID;
	selectors[n++] = ids;
	selectors[n++] = by_class(facts->class, 6);
	selectors[n++] = by_class(facts->class, 4);
	selectors[n++] = by_class(facts->class, 2);
	return n;
}

// SPDX-License-Identifier: GPL-2.0
/* Lists of rules, see rule_core.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#endif
#include "rule_core.h"

int pbng_rule_parse_one(const char *text, size_t len, struct pbng_rule *rule,
			struct pbng_rule_error *error)
{
	struct pt_list list = { .text = text, .end = len };
	struct pt_list_entry entry = { .text = text };
	int err;

	err = pbng_rule_next(&list, &entry, rule, error);
	if (!err)	/* an empty text: the parser says what it expects */
		return pbng_rule_parse(text, len, rule, error);
	if (err > 0 && pt_list_next(&list, &entry)) {
		*error = (struct pbng_rule_error) {
			.pos = entry.pos, .example = "0000:02:00.0",
			.why = entry.why ? entry.why : "expected one rule and no more",
		};
		return -EINVAL;
	}
	return err < 0 ? err : 0;
}

int pbng_rule_next(struct pt_list *list, struct pt_list_entry *entry, struct pbng_rule *rule,
		   struct pbng_rule_error *error)
{
	int got;

	list->flags = PT_LIST_OPTIONS;
	got = pt_list_next(list, entry);
	if (got < 0) {
		*error = (struct pbng_rule_error) {
			.pos = entry->pos, .why = entry->why, .example = PBNG_RULE_LIST_EXAMPLE,
		};
	}
	if (got <= 0)
		return got;
	if (!pbng_rule_parse(entry->text, entry->len, rule, error))
		return 1;
	error->pos += entry->pos;
	return -EINVAL;
}

// SPDX-License-Identifier: GPL-2.0
/* Lists as an administrator writes them, see linux/pt_list.h. */
#ifdef __KERNEL__
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include <linux/pt_list.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_separator(char c)
{
	return c == ',' || c == ';';
}

static bool is_quote(char c)
{
	return c == '\'' || c == '"';
}

static bool is_gap(char c)
{
	return is_blank(c) || is_separator(c) || is_quote(c);
}

static bool is_edge(char c)
{
	return c == '(' || c == ')' || is_quote(c);
}

static bool is_number(char c)
{
	return c >= '0' && c <= '9';
}

/**
 * struct gap - what stands between two words
 * @next: where the second one begins
 * @separators: how many
 * @comma: one comma and nothing but blanks
 */
struct gap {
	size_t next;
	unsigned int separators;
	bool comma;
};

static struct gap read_gap(const struct pt_list *list, size_t pos, size_t limit)
{
	struct gap gap = { .comma = true };

	for (; pos < limit && (is_blank(list->text[pos]) || is_separator(list->text[pos])); pos++) {
		if (is_blank(list->text[pos]))
			continue;
		gap.separators++;
		if (list->text[pos] == ';')
			gap.comma = false;
	}
	if (gap.separators != 1)
		gap.comma = false;
	gap.next = pos;
	return gap;
}

/*
 * Is the word at @pos a number or a range, and so one of functions? Whether it is one that
 * a device can have, the entry's parser says: it knows better what was meant.
 */
static bool begins_with_functions(const struct pt_list *list, size_t pos, size_t limit)
{
	char c = list->text[pos];

	if (!is_number(c))
		return false;
	while (pos < limit && (is_number(list->text[pos]) || list->text[pos] == '-'))
		pos++;
	if (pos == limit)
		return true;
	c = list->text[pos];
	return is_gap(c) || is_edge(c) || c == '@' || c == '/' || c == '=';
}

static bool is_name(char c)
{
	return isalpha((unsigned char)c) || c == '_' || c == '-';
}

/* Words with a "=" that begin an entry, not an option. */
static const char *const selectors[] = { "class", "vfs-of", "serial" };

static bool begins_with_option(const struct pt_list *list, size_t pos, size_t limit)
{
	size_t end = pos;
	unsigned int i;

	while (end < limit && is_name(list->text[end]))
		end++;
	for (i = 0; i < ARRAY_SIZE(selectors); i++) {
		if (strlen(selectors[i]) == end - pos &&
		    !strncasecmp(selectors[i], list->text + pos, end - pos))
			return false;
	}
	if (end == pos)
		return false;
	while (end < limit && is_blank(list->text[end]))
		end++;
	return end < limit && list->text[end] == '=';
}

/* Blanks there mean nothing. */
static bool is_glued(const struct pt_list *list, size_t start, size_t pos, size_t next)
{
	char before = list->text[pos - 1], after = list->text[next];

	return before == '@' || before == '=' || before == '!' ||
	       (before == '-' && pos - 1 == start) || after == '@' || after == '=';
}

/* Does the entry that began at @start go on behind the gap at @pos? */
static bool goes_on(const struct pt_list *list, size_t start, size_t pos,
		    const struct gap *gap, size_t limit)
{
	if (gap->next == limit || is_edge(list->text[gap->next]))
		return false;
	if (!gap->separators)
		return list->flags & PT_LIST_WORDS || is_glued(list, start, pos, gap->next);
	if (list->flags & PT_LIST_OPTIONS && begins_with_option(list, gap->next, limit))
		return true;
	return gap->comma && begins_with_functions(list, gap->next, limit);
}

static size_t end_of_entry(const struct pt_list *list, size_t start, size_t limit)
{
	size_t pos = start;
	struct gap gap;

	while (pos < limit && !is_edge(list->text[pos])) {
		if (!is_gap(list->text[pos])) {
			pos++;
			continue;
		}
		gap = read_gap(list, pos, limit);
		if (!goes_on(list, start, pos, &gap, limit))
			break;
		pos = gap.next;
	}
	return pos;
}

/* What stands from @from to @to is no entry, for what stands at @pos. */
static int refuse(struct pt_list *list, struct pt_list_entry *entry, size_t from, size_t to,
		  size_t pos, const char *why)
{
	while (to > from + 1 && is_gap(list->text[to - 1]))
		to--;
	*entry = (struct pt_list_entry) {
		.text = list->text + from, .len = to - from, .pos = pos, .why = why,
	};
	list->number++;
	return -EINVAL;
}

/*
 * A quote without its other one is the sign of a list that was cut: neither the kernel
 * nor modprobe takes single quotes for any, and both part words at blanks.
 */
static int check_quotes(struct pt_list *list, struct pt_list_entry *entry)
{
	size_t pos, last[2] = {};
	bool odd[2] = {};
	int kind;

	if (list->done)
		return 0;
	list->done = true;

	for (pos = 0; pos < list->end; pos++) {
		if (!is_quote(list->text[pos]))
			continue;
		kind = list->text[pos] == '"';
		odd[kind] = !odd[kind];
		last[kind] = pos;
	}
	for (kind = 0; kind < 2; kind++) {
		if (odd[kind])
			return refuse(list, entry, last[kind], last[kind] + 1, last[kind],
				      "no second quote for the one");
	}
	return 0;
}

/* Return: whether the parentheses that open at @list->pos close. */
static bool enter_group(struct pt_list *list)
{
	size_t pos = list->pos + 1;

	while (pos < list->end && list->text[pos] != '(' && list->text[pos] != ')')
		pos++;
	if (pos == list->end || list->text[pos] == '(') {
		list->group = pos;
		return false;
	}
	list->pos++;
	list->group = pos;
	return true;
}

/* To where something stands. Return: whether it is outside of parentheses. */
static bool find_item(struct pt_list *list)
{
	size_t limit;

	for (;;) {
		limit = list->group ? list->group : list->end;
		while (list->pos < limit && is_gap(list->text[list->pos]))
			list->pos++;
		if (list->pos < limit || !list->group)
			return !list->group;
		list->pos = list->group + 1;
		list->group = 0;
	}
}

/* Parentheses on one side only: an entry of which perhaps a part is lost. */
static int check_parentheses(struct pt_list *list, struct pt_list_entry *entry, size_t start)
{
	size_t pos = list->pos;

	while (pos < list->end && is_gap(list->text[pos]))
		pos++;
	if (list->group || pos == list->end || list->text[pos] != ')')
		return 1;
	list->pos = pos + 1;
	return refuse(list, entry, start, list->pos, pos, "no '(' opens what this closes");
}

int pt_list_next(struct pt_list *list, struct pt_list_entry *entry)
{
	size_t start, end;

	while (find_item(list)) {
		start = list->pos;
		if (start == list->end)
			return check_quotes(list, entry);
		if (list->text[start] != '(')
			break;
		if (enter_group(list))
			continue;
		end = list->group;
		list->pos = end;
		list->group = 0;
		return refuse(list, entry, start, end, start, "no ')' closes this entry");
	}

	start = list->pos;
	list->pos = end_of_entry(list, start, list->group ? list->group : list->end);
	end = list->pos;
	if (check_parentheses(list, entry, start) < 0)
		return -EINVAL;
	*entry = (struct pt_list_entry) {
		.text = list->text + start, .len = end - start, .pos = start,
	};
	list->number++;
	return 1;
}
EXPORT_SYMBOL_GPL(pt_list_next);

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The grammar in which an administrator names devices: hide=, new_slot,
 * remove_slot, hide, unhide and the attributes that take one address; lists are
 * those of linux/pt_list.h with PT_LIST_OPTIONS. In the notation of RFC 5234.
 *
 *   list      = *( gap / group ) [ rule *( 1*( gap / group ) rule ) *( gap / group ) ]
 *   group     = "(" *gap [ rule *( 1*gap rule ) *gap ] ")"
 *   gap       = blank / "," / ";" / "'" / DQUOTE   ; of each quote an even number
 *   blank     = SP / HTAB / CR / LF
 *
 *   rule      = "!" *blank ( place / every )
 *             / selector *( sep option )           ; each option once
 *   selector  = place [ at slot ] / every / ids
 *             / "class" is class / "serial" is serial / "vfs-of" is function
 *   place     = bus device "." functions
 *             / function *14( "/" hop ) "/" device "." functions
 *   every     = bus "*.*"                          ; every device of a bus
 *
 *   bus       = [ 1*8hex ":" ] 1*2hex ":"          ; the domain is 0 when left out
 *   device    = [ "0" / "1" ] hex
 *   hop       = device "." digit
 *   function  = bus hop
 *   functions = "*" / range *( comma range )
 *   range     = digit [ "-" digit ]                ; not falling
 *   digit     = %x30-37                            ; 0 to 7
 *   ids       = 4hex ":" 4hex [ ":" 4hex ":" 4hex ]
 *   class     = 2hex [ 2hex [ 2hex ] ]             ; base, subclass, interface
 *   serial    = 16hex                              ; not all 0 and not all f
 *   slot      = device                             ; 0 to 1f
 *   option    = "policy" is ( "strict" / "standard" / "permissive" )
 *             / "msitranslate" is ( "0" / "1" )
 *             / "rdm_policy" is ( "strict" / "relaxed" )
 *
 *   hex       = DIGIT / "a" / "b" / "c" / "d" / "e" / "f"
 *   comma     = *blank "," *blank
 *   is        = *blank "=" *blank
 *   at        = *blank "@" *blank
 *   sep       = *blank ( "," / ";" ) *( blank / "," / ";" )
 *
 * A path names a device by where it is plugged: the first function is one on a
 * root bus, each hop is a function behind the one before it. Bus numbers below
 * the root may change from boot to boot, a path does not. An option may stand
 * once in a rule.
 *
 * Pure logic: no kernel service is used, so that unit tests and fuzzers run
 * on it in user space.
 */
#ifndef PBNG_RULE_CORE_H
#define PBNG_RULE_CORE_H

#include <linux/pt_list.h>

#include "bdf.h"
#include "policy.h"

/* What a rule goes by, the most specific first: that is their precedence. */
enum pbng_rule_kind {
	PBNG_RULE_ADDRESS,
	PBNG_RULE_PATH,
	PBNG_RULE_VFS_OF,
	PBNG_RULE_SERIAL,
	PBNG_RULE_IDS,
	PBNG_RULE_CLASS,
};

#define PBNG_RULE_HOPS	15	/* bridges above each other */
#define PBNG_ANY_ID	0xffffffffu	/* subsystem ids that a rule leaves open */

/**
 * struct pbng_selector - one thing that a device can be known by
 * @kind: an enum pbng_rule_kind
 * @domain: ADDRESS, VFS_OF (of the PF), PATH (of the function on the root bus)
 * @bus: likewise
 * @devfn: likewise
 * @hops: PATH: how many functions follow the first, 1 to PBNG_RULE_HOPS
 * @digits: CLASS: how many digits of @class count: 2, 4 or 6
 * @hop: PATH: devfn of each function behind the one before it
 * @vendor: IDS
 * @device: IDS
 * @subvendor: IDS, or PBNG_ANY_ID together with @subdevice
 * @subdevice: IDS
 * @class: CLASS, 24 bits; the digits that do not count are zero
 * @serial: SERIAL
 *
 * What a kind does not use is zero and there is no padding, so that two
 * selectors are equal when their bytes are: it is the key of a hash table.
 */
struct pbng_selector {
	u32 kind;
	u32 domain;
	u8 bus;
	u8 devfn;
	u8 hops;
	u8 digits;
	u8 hop[PBNG_RULE_HOPS + 1];
	u32 vendor;
	u32 device;
	u32 subvendor;
	u32 subdevice;
	u32 class;
	u64 serial;
};

enum pbng_rdm_policy {
	PBNG_RDM_DEFAULT,
	PBNG_RDM_STRICT,
	PBNG_RDM_RELAXED,
};

#define PBNG_NO_SLOT		(-1)
#define PBNG_MSITRANSLATE_DEFAULT	(-1)

/**
 * struct pbng_rule_options - what hangs on a rule
 * @slot: wanted slot of the virtual bus, or PBNG_NO_SLOT
 * @functions: the functions that stand in the same rule, bit N for function N;
 *	       the lowest of them becomes function 0 of @slot; 0 for rules that
 *	       name no functions
 * @policy: an enum pbng_policy
 * @rdm_policy: an enum pbng_rdm_policy
 * @msitranslate: 0, 1 or PBNG_MSITRANSLATE_DEFAULT
 * @exclude: its devices are left out of what other rules say; nothing else is said
 */
struct pbng_rule_options {
	s8 slot;
	u8 functions;
	u8 policy;
	u8 rdm_policy;
	s8 msitranslate;
	bool exclude;
};

/**
 * struct pbng_rule - a rule as it was written
 * @selector: what it goes by; for ADDRESS and PATH without the function number
 *	      of the last devfn, which is in @options.functions; for an ADDRESS
 *	      with @any_device without the device number
 * @any_device: ADDRESS: every device of the bus is meant
 * @options: what hangs on it
 */
struct pbng_rule {
	struct pbng_selector selector;
	bool any_device;
	struct pbng_rule_options options;
};

/**
 * struct pbng_rule_error - why a text was refused
 * @pos: offset of the first character that does not fit
 * @why: what was expected there, for the log
 * @example: of what would be right
 */
struct pbng_rule_error {
	size_t pos;
	const char *why;
	const char *example;
};

/**
 * struct pbng_facts - what is known about a device
 * @bdf: its address
 * @vendor: its ids
 * @device: likewise
 * @subvendor: likewise
 * @subdevice: likewise
 * @class: 24 bits
 * @serial: the card's device serial number, 0 for none and for a VF
 * @is_vf: it is a virtual function of @pf
 * @pf: the physical function
 * @hops: bridges above it: entries of @path after the first; 0 for a device on
 *	  a root bus, negative when it has no path (a VF)
 * @root: the function on the root bus that everything else is behind
 * @hop: devfns behind @root, the device's own last
 */
struct pbng_facts {
	struct pbng_bdf bdf;
	u16 vendor;
	u16 device;
	u16 subvendor;
	u16 subdevice;
	u32 class;
	u64 serial;
	bool is_vf;
	struct pbng_bdf pf;
	int hops;
	struct pbng_bdf root;
	u8 hop[PBNG_RULE_HOPS];
};

/* address, path, vfs-of, serial, ids with and without subsystem, three classes */
#define PBNG_FACTS_SELECTORS	9

/**
 * pbng_rule_parse() - read one rule
 * @text: the text, not necessarily terminated
 * @len: its length; blanks and a newline at either end are ignored
 * @rule: the result, untouched on failure
 * @error: where and why, on failure
 *
 * Return: 0, or -EINVAL when the text is not of the grammar.
 */
int pbng_rule_parse(const char *text, size_t len, struct pbng_rule *rule,
		    struct pbng_rule_error *error);

/* For a list that was cut on its way. */
#define PBNG_RULE_LIST_EXAMPLE \
	"(0000:02:00.0)(0000:03:00.0,policy=standard), on a command line without ';' and blanks"

/**
 * pbng_rule_parse_one() - read a list that must be one rule
 * @text: the text, not necessarily terminated; parentheses and quotes may be around it
 * @len: its length
 * @rule: the result, on success
 * @error: where and why, on failure
 *
 * Return: 0 or -EINVAL.
 */
int pbng_rule_parse_one(const char *text, size_t len, struct pbng_rule *rule,
			struct pbng_rule_error *error);

/**
 * pbng_rule_next() - read the next rule of a list
 * @list: the list, see pt_list_next()
 * @entry: its text
 * @rule: the result, on success
 * @error: where in the list and why, on failure; the rest can still be read
 *
 * Return: 1; 0 at the end of the list; -EINVAL for a wrong entry.
 */
int pbng_rule_next(struct pt_list *list, struct pt_list_entry *entry, struct pbng_rule *rule,
		   struct pbng_rule_error *error);

/**
 * pbng_rule_for_each() - call @fn for every selector that a rule stands for
 * @rule: the rule
 * @fn: called in ascending order, for each function of an address or a path by
 *	itself; a result other than 0 ends the walk
 * @data: handed to @fn
 *
 * Return: 0, or what @fn said when it ended the walk.
 */
int pbng_rule_for_each(const struct pbng_rule *rule,
		       int (*fn)(const struct pbng_selector *selector, void *data),
		       void *data);

/**
 * pbng_rule_one() - the one function that a rule names by its address
 * @rule: the rule
 * @bdf: the address
 *
 * Return: 0, or -EINVAL when the rule names several functions, goes by
 * something else than an address, or has a slot or options.
 */
int pbng_rule_one(const struct pbng_rule *rule, struct pbng_bdf *bdf);

/* Room for the longest text of pbng_rule_format() with its final NUL. */
#define PBNG_RULE_TEXT	192

/**
 * pbng_rule_format() - a selector and its options in the grammar
 * @selector: one selector, as pbng_rule_for_each() gives it
 * @options: what hangs on it; @options->functions is not written: each function
 *	     of a group has a line of its own
 * @text: room for PBNG_RULE_TEXT characters
 *
 * What it writes can be parsed again.
 *
 * Return: the length of @text.
 */
size_t pbng_rule_format(const struct pbng_selector *selector,
			const struct pbng_rule_options *options, char *text);

/**
 * pbng_facts_selectors() - everything that a rule can know a device by
 * @facts: the device
 * @selectors: room for PBNG_FACTS_SELECTORS of them, the most specific first
 *
 * A rule applies to the device when its selector is one of these.
 *
 * Return: how many there are.
 */
unsigned int pbng_facts_selectors(const struct pbng_facts *facts,
				  struct pbng_selector *selectors);

#endif /* PBNG_RULE_CORE_H */

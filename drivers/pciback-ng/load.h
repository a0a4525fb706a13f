/* SPDX-License-Identifier: GPL-2.0 */
/* Lists given at load: hide=, ids=, reset_quirks=, of this module or under old names. */
#ifndef PBNG_LOAD_H
#define PBNG_LOAD_H

/*
 * Each takes a list and the @name that complaints about it begin with, "hide=". Rules
 * remember it (pbng_rules_find_from()).
 * A wrong entry is reported with its position and passed over: it must not cost
 * the administrator the good ones.
 */

/**
 * pbng_load_hide() - make rules of a list of rules
 * @name: for complaints
 * @text: the list
 * Return: 0 or -ENOMEM.
 */
int pbng_load_hide(const char *name, const char *text);

/**
 * pbng_load_ids() - make rules for the driver pci-stub
 * @name: for complaints
 * @text: as the in-tree pci-stub has it in ids=
 * Return: 0 or -ENOMEM.
 */
int pbng_load_ids(const char *name, const char *text);

/**
 * pbng_load_stub_ids() - tell the driver pci-stub about a list of ids
 * @name: for complaints
 * @text: the list; pbng_load_ids() has complained about its entries
 *
 * The driver is registered by now. Where the in-tree driver has its name, that one is
 * told.
 */
void pbng_load_stub_ids(const char *name, const char *text);

/**
 * pbng_load_quirks() - take the entries of a list of reset quirks
 * @name: for complaints
 * @text: the list
 */
void pbng_load_quirks(const char *name, const char *text);

/* The module's own parameters: all before the drivers are registered. Return: 0 or -ENOMEM. */
int pbng_load_own_rules(void);

/* What is left of them when the drivers are registered. */
void pbng_load_own_stub_ids(void);

#endif /* PBNG_LOAD_H */

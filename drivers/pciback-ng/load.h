/* SPDX-License-Identifier: GPL-2.0 */
/* The module's parameters that are lists: hide=, ids=, reset_quirks=. */
#ifndef PBNG_LOAD_H
#define PBNG_LOAD_H

/**
 * pbng_load_rules() - make rules of hide= and ids=
 *
 * What is wrong in them is reported with its place and passed over: a bad entry
 * must not cost the administrator the good ones.
 *
 * Return: 0 or -ENOMEM.
 */
int pbng_load_rules(void);

/* Take the entries of reset_quirks=; what is wrong is reported and passed over. */
void pbng_load_quirks(void);

/* Tell the driver pci-stub about ids=, after it has been registered. */
void pbng_load_stub_ids(void);

#endif /* PBNG_LOAD_H */

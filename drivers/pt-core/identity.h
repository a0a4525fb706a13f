/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The devices that are known: those that are there, and those that were, as many as
 * there is room for. What others may ask is in linux/pt_core.h.
 */
#ifndef PT_IDENTITY_H
#define PT_IDENTITY_H

#include <linux/pt_core.h>

/**
 * pt_identity_init() - know what is there, and learn of what comes and goes
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int pt_identity_init(void);

/**
 * pt_identity_exit() - forget everything
 *
 * Context: process, may sleep.
 */
void pt_identity_exit(void);

/**
 * struct pt_known - a device that is known, for a list of them
 * @number: the first is 1; they come in this order
 * @present: it is there now
 * @owned: @owner has it
 * @id: who it is
 * @owner: who has it
 */
struct pt_known {
	unsigned int number;
	bool present;
	bool owned;
	struct pt_identity id;
	struct pt_owner owner;
};

/**
 * pt_identity_next() - the next device that is known
 * @known: in: its @number is that of the one before, 0 at first; out: the next
 *
 * Context: process, may sleep.
 * Return: whether there was one.
 */
bool pt_identity_next(struct pt_known *known);

#endif /* PT_IDENTITY_H */

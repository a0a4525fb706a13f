/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much of a device's configuration space its owner may change.
 *
 *   strict      what is known to be harmless; the rest is read-only. Drivers work.
 *   standard    everything but what is known to be dangerous, with SERR# pinned to
 *               1 in the device: for devices whose drivers use registers that
 *               nobody has described
 *   permissive  whatever is not virtual: as unsafe as it was in the in-tree driver
 */
#ifndef PBNG_POLICY_H
#define PBNG_POLICY_H

enum pbng_policy {
	PBNG_POLICY_DEFAULT,	/* nothing was said: strict */
	PBNG_POLICY_STRICT,
	PBNG_POLICY_STANDARD,
	PBNG_POLICY_PERMISSIVE,
};

#endif /* PBNG_POLICY_H */

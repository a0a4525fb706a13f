/* SPDX-License-Identifier: GPL-2.0 */
/* The module's parameters that are a number or a switch. */
#ifndef PBNG_PARAM_H
#define PBNG_PARAM_H

#include <linux/types.h>

/* Every device is permissive: set at run time, like the in-tree driver's. */
extern bool pbng_param_permissive;

/* Seconds after which a device that nobody has goes to sleep; 0 for never. */
extern unsigned int pbng_param_idle_d3;

/* Seconds after which a reset that has not ended has failed. */
extern unsigned int pbng_param_reset_timeout;

/* Seconds that a guest has for one step of the recovery from an error. */
extern unsigned int pbng_param_aer_timeout;

/* What is masked in the root port above a device with an owner, a set of bits. */
extern unsigned int pbng_param_root_port_mask;

/* PV guests see physical addresses. */
extern bool pbng_param_passthrough;

#endif /* PBNG_PARAM_H */

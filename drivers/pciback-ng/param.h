/* SPDX-License-Identifier: GPL-2.0 */
/* Module parameters that code outside main.c looks at. */
#ifndef PBNG_PARAM_H
#define PBNG_PARAM_H

#include <linux/types.h>

/* Every device is permissive: set at run time, like the in-tree driver's. */
extern bool pbng_param_permissive;

#endif /* PBNG_PARAM_H */

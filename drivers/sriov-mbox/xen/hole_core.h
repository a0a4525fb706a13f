/* SPDX-License-Identifier: GPL-2.0 */
/* Where a VF's configuration space has room for a capability of ours. */
#ifndef VMBOX_HOLE_CORE_H
#define VMBOX_HOLE_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#define VMBOX_SPACE	256

/**
 * vmbox_hole() - find bytes that nobody has
 * @space: the first 256 bytes of configuration space
 * @len: how many
 *
 * They are behind the header, in no capability, and 0. A capability whose length is not
 * known is taken to go on to the next one, or to the end.
 *
 * Return: the first such place, a multiple of 4; 0: there is none.
 */
u16 vmbox_hole(const u8 *space, u16 len);

#endif /* VMBOX_HOLE_CORE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The functions of this machine as isolation_core.h wants them. */
#ifndef IE_ISOLATION_SCAN_H
#define IE_ISOLATION_SCAN_H

#include "isolation_core.h"

/**
 * ie_iso_scan() - look at every PCI function and work out the sets
 * @reasons: bit N when reason N makes sets
 *
 * Context: process, may sleep; reads configuration space; takes no lock of a device.
 * Return: for ie_iso_free(), or NULL: no memory.
 */
struct ie_iso *ie_iso_scan(u8 reasons);

/* NULL is fine. */
void ie_iso_free(struct ie_iso *iso);

#endif /* IE_ISOLATION_SCAN_H */

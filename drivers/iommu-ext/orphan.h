/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PF can be removed while its VFs are enabled: not every driver disables them when it
 * leaves (nvme does not), and a PF need not have a driver. Linux keeps the VFs as devices
 * that no longer answer. Xen 4.20 and later refuse to forget such a PF ("with VFs still
 * present"), and use neither it nor its VFs until the host boots again. So in a dom0 the
 * VFs of a PF that goes are disabled first.
 */
#ifndef IE_ORPHAN_H
#define IE_ORPHAN_H

/**
 * ie_orphan_init() - begin to look after the VFs of PFs that go; nothing without Xen
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int ie_orphan_init(void);

/**
 * ie_orphan_exit() - end it
 *
 * Context: process.
 */
void ie_orphan_exit(void);

#endif /* IE_ORPHAN_H */

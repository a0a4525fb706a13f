/* SPDX-License-Identifier: GPL-2.0 */
/* Channels that move to another machine with their guest. */
#ifndef VMBOX_SAVE_H
#define VMBOX_SAVE_H

struct vmbox_pf;

/**
 * vmbox_save_ioctl() - VMBOX_IOC_PF_SAVE and VMBOX_IOC_PF_RESTORE
 * @pf: the PF
 * @cmd: which of them
 * @arg: struct vmbox_blob of the caller
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL, -EFAULT: @arg; -ENODEV: no such VF; -ENOSPC: no room for the blob,
 * whose length is in @arg then; -EOPNOTSUPP: who answers for the PF here does not do what
 * the VF uses; or as vmbox_saved_read().
 */
long vmbox_save_ioctl(struct vmbox_pf *pf, unsigned int cmd, void __user *arg);

#endif /* VMBOX_SAVE_H */

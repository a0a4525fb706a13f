/* SPDX-License-Identifier: GPL-2.0 */
/* What the three samples have agreed on among themselves. */
#ifndef VMBOX_SAMPLE_H
#define VMBOX_SAMPLE_H

#include <linux/types.h>
#include <linux/sriov_mbox.h>

/*
 * The VF sends a number; the PF's side adds it to what it has of this VF and answers with
 * the sum, which begins with 0 in each generation.
 */
#define SAMPLE_OP_ADD	(VMBOX_OP_VENDOR + 0)

struct sample_add {
	__u64 number;
};

#endif /* VMBOX_SAMPLE_H */

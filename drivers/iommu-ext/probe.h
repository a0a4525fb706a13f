/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Return probes. Handlers run with preemption off: no lock that sleeps, no allocation.
 */
#ifndef IOMMU_EXT_PROBE_H
#define IOMMU_EXT_PROBE_H

#include <linux/kprobes.h>
#include <linux/ptrace.h>

/* What an entry handler returns: go on without the return handler, or with it. */
#define IE_PROBE_RETURN	0
#define IE_PROBE_SKIP	1

/* Calls of one function at a time that we can follow; more are counted as missed. */
#define IE_PROBE_ACTIVE	128

/* An argument that is a pointer, in an entry handler. */
static inline void *ie_probe_arg(struct pt_regs *regs, unsigned int n)
{
	return (void *)regs_get_kernel_argument(regs, n);
}

/* Without an instance for the return handler, or within another probe's handler. */
static inline unsigned long ie_probe_missed(const struct kretprobe *probe)
{
	return probe->nmissed + probe->kp.nmissed;
}

/*
 * Keeps ftrace, and with it the probes, from being switched off by sysctl; -EBUSY when it
 * is off already. Process context, may sleep.
 */
int ie_probe_hold(void);
void ie_probe_release(void);

#endif /* IOMMU_EXT_PROBE_H */

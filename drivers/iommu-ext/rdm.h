/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mechanism behind the policies: return probes on what the IOMMU drivers are asked
 * by the kernel, and the flag require_direct where the kernel has it.
 *
 * Nothing here is decided by a kernel's version. A probe that cannot be set, or one
 * that is not hit in the self-test, means that every device stays as the kernel wants.
 */
#ifndef IOMMU_EXT_RDM_H
#define IOMMU_EXT_RDM_H

#include "rdm_dev.h"

/**
 * struct ie_vendor - what differs between IOMMU drivers
 * @source: the table that the regions come from
 * @resv_symbol: the function that reports them, by which the driver is known, too
 * @kernel: what keeps a device from being given away
 * @arm: set further probes; NULL when there are none
 * @disarm: take them out; the device table is empty of policies then
 * @nmissed: calls that those probes missed
 */
struct ie_vendor {
	const char *source;
	const char *resv_symbol;
	enum ie_kernel kernel;
	int (*arm)(void);
	void (*disarm)(void);
	unsigned long (*nmissed)(void);
};

extern const struct ie_vendor ie_vendor_intel;
extern const struct ie_vendor ie_vendor_amd;

/* What the policy in force for this device takes (IE_DO_*). Any context. */
unsigned int ie_rdm_actions(const struct device *dev);

/*
 * What it takes to attach this device to a domain. One that is just being added to a
 * group is not known yet, and gets the domain of the others if these are in use: kernels
 * before 6.6 do not survive a refusal then.
 */
unsigned int ie_rdm_attach_actions(const struct device *dev);

/* "active", or "report-only: " and why. */
int ie_rdm_mode(char *text, size_t room);

/* Can policies be put into force? */
bool ie_rdm_active(void);

/* Why they cannot, or NULL. */
const char *ie_rdm_why_not(void);

/* What keeps a device from being given away; a guess where the driver is not known. */
enum ie_kernel ie_rdm_kernel(void);

/* "dmar", "ivrs" */
const char *ie_rdm_source(void);

/* Calls that the probes missed: in these, everything stayed as the kernel wants. */
unsigned long ie_rdm_nmissed(void);

/*
 * Puts what the rules say (ie_dev.wanted) into force, all of it or nothing; under
 * ie_lock. -EBUSY: a group that somebody uses would change; the log names it.
 */
int ie_rdm_settle(void);

/* The same for the group of a device that came; never fails. Under ie_lock. */
void ie_rdm_settle_new(struct ie_dev *dev);

/* The device goes: its policy is not in force any more. Under ie_lock. */
void ie_rdm_forget(struct ie_dev *dev);

/* Sets the probes and tests them; where that fails, we only report. Return: 0. */
int ie_rdm_init(void);
void ie_rdm_exit(void);

#endif /* IOMMU_EXT_RDM_H */

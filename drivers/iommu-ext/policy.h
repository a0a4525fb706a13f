/* SPDX-License-Identifier: GPL-2.0 */
/* The rules at run time, and which of them holds for a device. */
#ifndef IOMMU_EXT_POLICY_H
#define IOMMU_EXT_POLICY_H

#include <linux/pci.h>

/*
 * Takes a list of rules: adds each, or with a "-" before it takes the one for this match
 * away, and puts what follows from it into force: all of it, or nothing has changed.
 * @source is for the log.
 */
int ie_policy_change(const char *source, const char *text, size_t len);

/* What the rules say about a device, an enum ie_policy. */
unsigned int ie_policy_wanted(struct pci_dev *pdev);

int ie_policy_init(void);
void ie_policy_exit(void);

#endif /* IOMMU_EXT_POLICY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The devices that firmware reserved memory for, and what is in force for each. */
#ifndef IOMMU_EXT_RDM_DEV_H
#define IOMMU_EXT_RDM_DEV_H

#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/pt_core.h>

#include "policy_core.h"

/**
 * struct ie_memory - memory that firmware reserved
 * @start: its first byte
 * @end: its last byte
 * @prot: IOMMU_READ, IOMMU_WRITE
 * @type: what the kernel calls it when nobody interferes
 */
struct ie_memory {
	u64 start;
	u64 end;
	int prot;
	enum iommu_resv_type type;
};

/**
 * struct ie_dev - a device with reserved memory, while it is on the bus
 * @node: in the table
 * @rcu: handlers of probes look it up
 * @pdev: referenced
 * @id: who it is
 * @replaced: when it came to another one's place, 0 when it did not
 * @wanted: what the rules say
 * @policy: what is in force; changes under the mutex of the device's IOMMU group, so
 *	    that no domain is attached meanwhile; probes read it without
 * @told: what was last said to be in force
 * @refused: what was last said to be refused, IE_STRICT for nothing
 * @direct: one of @regions keeps the kernel from giving the device away
 * @regions_n: entries of @regions
 * @regions: as the kernel reports them when nobody interferes
 */
struct ie_dev {
	struct hlist_node node;
	struct rcu_head rcu;
	struct pci_dev *pdev;
	struct pt_identity id;
	u64 replaced;
	u8 wanted;
	u8 policy;
	u8 told;
	u8 refused;
	bool direct;
	unsigned int regions_n;
	struct ie_memory regions[];
};

/*
 * Protects rules, the table against changes, and everything in a struct ie_dev but
 * @policy. Taken before the mutex of any IOMMU group, below the locks that a notifier
 * of the PCI bus is called with.
 */
extern struct mutex ie_lock;

/* Looks one up. Under rcu_read_lock(), with preemption off, or under ie_lock. */
struct ie_dev *ie_dev_find(const struct device *dev);

/* A member of this device's group that has a policy in force. Under rcu_read_lock(). */
struct ie_dev *ie_dev_find_mate(const struct device *dev);

/* Reads the regions of a device that came, and keeps it if it has any. Under ie_lock. */
struct ie_dev *ie_dev_add(struct pci_dev *pdev);

/* Forgets one. Under ie_lock. */
void ie_dev_remove(struct ie_dev *dev);

/* Calls @fn for each until it returns something else than 0. Under ie_lock. */
int ie_dev_for_each(int (*fn)(struct ie_dev *dev, void *data), void *data);

/* Reads the regions of a device, as ie_dev_add() does, for nothing. Under ie_lock. */
void ie_dev_try(struct pci_dev *pdev);

/* Does this task just read what the kernel says when nobody interferes? */
bool ie_dev_reading(void);

/* It does; are these the arguments that it gave? */
bool ie_dev_reads(const struct device *dev, const struct list_head *list);

#endif /* IOMMU_EXT_RDM_DEV_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DMA ownership of IOMMU groups, for VFs that are disabled: VFIO and iommufd refuse to open
 * a device of a group that is claimed, whatever driver it has. Several disabled VFs can be
 * in one group, which is claimed once for all of them.
 */
#ifndef VMBOX_DMA_CLAIM_H
#define VMBOX_DMA_CLAIM_H

#include <linux/types.h>

struct iommu_group;
struct pci_dev;

/**
 * vmbox_dma_user() - does another device keep a VF's group from being claimed?
 * @vf: the VF; a driver of its own does not count
 * @who: on yes, which one
 * @size: of @who
 *
 * Context: process, may sleep for a second; no device's lock held.
 * Return: whether one does.
 */
bool vmbox_dma_user(struct pci_dev *vf, char *who, size_t size);

/**
 * vmbox_dma_claim() - claim a VF's group
 * @vf: the VF, without a driver
 * @group: becomes the group, for vmbox_dma_release(); NULL where there is no IOMMU
 *
 * No host driver of a device in the group can be bound until it is released, either.
 *
 * Context: process, may sleep.
 * Return: 0; -EBUSY: it is in use; -ENOMEM; what the IOMMU's driver says.
 */
int vmbox_dma_claim(struct pci_dev *vf, struct iommu_group **group);

/* The reverse, before the VF leaves its group. @group may be NULL. */
void vmbox_dma_release(struct iommu_group *group);

/* Have we claimed this VF's group? */
bool vmbox_dma_is_claimed(struct pci_dev *vf);

#endif /* VMBOX_DMA_CLAIM_H */

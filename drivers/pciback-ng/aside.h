/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices set aside, because they use the requester id of one that a guest has.
 *
 * Behind a PCIe-to-PCI bridge the IOMMU sees one requester for all cards. A toolstack gives a
 * device to a guest in the hypervisor first and asks us afterwards: a refusal then is too
 * late, for with the second card the bridge's requester id, and the first guest's card, have
 * gone to the second guest. But toolstacks give only what they find in our driver's folder.
 * So when a guest has one device the others with its requester id leave our driver, and come
 * back when nobody has it any more.
 *
 *   given --AFTER, without another for that guest--> the others: set aside
 *   taken back --> those set aside for it: bound again
 *   bound meanwhile, by hand or by a rule --> refused, but with the word that forces it
 *   not given though the hypervisor was told --> too late: those of others are quarantined
 *
 * Which devices these are the guards of pt-core know (isolation sets of iommu-ext).
 */
#ifndef PBNG_ASIDE_H
#define PBNG_ASIDE_H

#include "device.h"

/**
 * pbng_aside_check() - may our driver have this device now?
 * @pdev: the device
 *
 * Context: device_lock held.
 * Return: 0, or -EBUSY when a guest has one with its requester id, which the log says; a rule
 * that holds the device brings it back when that is over.
 */
int pbng_aside_check(struct pci_dev *pdev);

/**
 * pbng_aside_blocks() - has a guest one with its requester id?
 * @pdev: the device
 *
 * Context: process, may sleep.
 * Return: whether that is so; the log says it, and the word that forces it.
 */
bool pbng_aside_blocks(struct pci_dev *pdev);

/**
 * pbng_aside_force() - it may be here beside one that a guest has
 * @pdev: the device
 *
 * Until it has had an owner, or no guest has one any more. For the other functions of one
 * guest.
 *
 * Context: process, takes device_lock.
 * Return: 0 or -ENOMEM.
 */
int pbng_aside_force(struct pci_dev *pdev);

/* Was it set aside? Says so in the log. Context: process, takes device_lock. */
bool pbng_aside_has(struct pci_dev *pdev);

/* An owner has it: the others go, soon. Context: dev->lock held. */
void pbng_aside_given(struct pbng_dev *dev);

/* The guest has taken up its devices: its toolstack has built it. Context: process. */
void pbng_aside_connected(struct pbng_frontend *frontend);

/* It has no owner any more: those that went for it are back soon. Context: dev->lock held. */
void pbng_aside_returned(struct pbng_dev *dev);

/* One is claimed, perhaps beside one that a guest has got meanwhile. Context: process. */
void pbng_aside_claimed(void);

/**
 * pbng_aside_too_late() - a device is not given that the hypervisor has given already
 * @pdev: the device
 * @domid: to whom
 *
 * What has its requester id and belongs to others would do its DMA in that domain's memory:
 * it is quarantined.
 *
 * Context: process; takes dev->lock of the others.
 */
void pbng_aside_too_late(struct pci_dev *pdev, int domid);

void pbng_aside_init(void);

/* Nothing is brought back after this. Context: process; no device has an owner. */
void pbng_aside_exit(void);

#endif /* PBNG_ASIDE_H */

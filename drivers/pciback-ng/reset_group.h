/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions that a reset of a slot or bus hits.
 */
#ifndef PBNG_RESET_GROUP_H
#define PBNG_RESET_GROUP_H

#include "device.h"

#define PBNG_GROUP_MAX	64

/**
 * struct pbng_group - what shares a bus
 * @count: how many functions
 * @pdev: the functions, each with a reference
 * @joined: those of ours that take part in the reset, each with a reference; for and by
 *	    whoever does it (reset_bus.c)
 */
struct pbng_group {
	unsigned int count;
	struct pci_dev *pdev[PBNG_GROUP_MAX];
	struct pbng_dev *joined[PBNG_GROUP_MAX];
};

/**
 * pbng_group_can_be_reset() - has a function a reset of its slot or bus?
 * @pdev: the function
 *
 * Return: false as well for a VF, whose bus is not its own.
 */
bool pbng_group_can_be_reset(const struct pci_dev *pdev);

/**
 * pbng_group_get() - who would be reset with a function?
 * @pdev: the function
 *
 * Return: the functions on its bus and below, itself as well; ERR_PTR(-ENOTTY) when
 * that bus cannot be reset, -E2BIG when they are too many, -ENOMEM.
 */
struct pbng_group *pbng_group_get(struct pci_dev *pdev);

void pbng_group_put(struct pbng_group *group);

#endif /* PBNG_RESET_GROUP_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The hardware's configuration space, by accesses of any width. */
#ifndef PBNG_HW_H
#define PBNG_HW_H

#include <linux/pci.h>

/**
 * pbng_hw_read() - read a register
 * @pdev: the device
 * @off: where
 * @len: 1, 2 or 4
 * @value: the result, all-ones on failure
 * Context: any.
 * Return: 0 or a negative errno.
 */
int pbng_hw_read(struct pci_dev *pdev, u16 off, u16 len, u32 *value);

/* Write one, likewise. */
int pbng_hw_write(struct pci_dev *pdev, u16 off, u16 len, u32 value);

/**
 * pbng_hw_is_used() - has a program outside this driver enabled the device?
 * @pdev: a device of ours that has no owner
 *
 * Toolstacks need not say whose a device is: xenopsd lets the device model of an HVM guest
 * open it, and writes nothing that a back-end would hear of. Bus mastering and message
 * interrupts are off in a device without an owner.
 *
 * Context: any in which configuration space may be read.
 * Return: whether it looks like that.
 */
bool pbng_hw_is_used(struct pci_dev *pdev);

#endif /* PBNG_HW_H */

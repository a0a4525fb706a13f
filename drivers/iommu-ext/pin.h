/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bus numbers that stay. Every bridge's numbers are remembered by where it is plugged
 * in; one that comes back without any gets them again before the kernel looks behind it
 * (pin_core.h says when not). Then nothing behind it has moved.
 *
 * Under Xen this is on unless told otherwise: the hypervisor reads at boot which bus is
 * behind which bridge, and never again.
 */
#ifndef IE_PIN_H
#define IE_PIN_H

/**
 * ie_pin_init() - remember the bridges that are there, watch for those that come
 *
 * What is remembered is shown in /sys/kernel/iommu_ext/bus_pins.
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int ie_pin_init(void);

/**
 * ie_pin_exit() - forget everything; bridges keep the numbers that they have
 *
 * Context: process.
 */
void ie_pin_exit(void);

#endif /* IE_PIN_H */

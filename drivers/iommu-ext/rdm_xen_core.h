/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does Xen know whose reserved memory is whose?
 *
 * Xen turns the places that firmware's table names into addresses when it boots, and
 * holds on to them. When a device gets another bus number, Xen keeps its reserved memory
 * at the old address, for nobody or for whoever is there now.
 *
 * Pure logic: unit tests run on it in user space.
 */
#ifndef IE_RDM_XEN_CORE_H
#define IE_RDM_XEN_CORE_H

#include <linux/pt_identity.h>

/**
 * struct ie_xen_range - reserved memory, as the hypervisor writes it
 * @start: its first page frame
 * @pages: how many
 */
struct ie_xen_range {
	u64 start;
	u64 pages;
};

/**
 * struct ie_xen_expected - whose it should be
 * @place: the function's; nothing else in it counts
 * @range: the memory
 */
struct ie_xen_expected {
	struct pt_identity place;
	struct ie_xen_range range;
};

/* enum ie_xen_rdm_state - what is wrong */
enum ie_xen_rdm_state {
	IE_XEN_RDM_OK,
	IE_XEN_RDM_MISSING,	/* Xen has it at another address */
	IE_XEN_RDM_FOREIGN,	/* Xen has another's memory at this address */
};

/**
 * ie_xen_rdm_compare() - is what Xen has at a device's address the device's?
 * @place: the device
 * @actual: what Xen has there
 * @count: how many ranges
 * @expected: who should have what
 * @expectations: how many of them
 * @which: the range that is wrong
 *
 * Return: what is wrong; the device's own memory is looked at first.
 */
enum ie_xen_rdm_state
ie_xen_rdm_compare(const struct pt_identity *place,
		   const struct ie_xen_range *actual, unsigned int count,
		   const struct ie_xen_expected *expected, unsigned int expectations,
		   struct ie_xen_range *which);

/**
 * ie_xen_rdm_is_expected() - has anybody been told of for this memory?
 * @range: the memory
 * @expected: who should have what
 * @expectations: how many of them
 *
 * Return: whether any of it is somebody's.
 */
bool ie_xen_rdm_is_expected(const struct ie_xen_range *range,
			    const struct ie_xen_expected *expected,
			    unsigned int expectations);

/**
 * ie_xen_remove_panics() - does this hypervisor survive what the kernel sends?
 * @version: major << 16 | minor, as it says
 *
 * The kernel tells Xen of the removal of a device that it could not add, too. From 4.16
 * to 4.18 Xen then follows a pointer that is not there (vpci_remove_device).
 *
 * Return: whether it panics.
 */
bool ie_xen_remove_panics(u32 version);

#endif /* IE_RDM_XEN_CORE_H */

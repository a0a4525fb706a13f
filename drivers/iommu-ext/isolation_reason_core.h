/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reasons for which functions are in one isolation set, see isolation_core.h, and
 * lists of them as an administrator writes them:
 *
 *   list   = 1*( name / "default" )		exactly these
 *          / 1*( ( "+" / "-" ) name )		changes of those in force
 *
 * How entries are parted: linux/pt_list.h.
 *
 * Pure logic: no kernel service is used, so that unit tests run on it in user space.
 */
#ifndef IE_ISOLATION_REASON_CORE_H
#define IE_ISOLATION_REASON_CORE_H

#ifdef __KERNEL__
#include <linux/bits.h>
#endif
#include <linux/pt_list.h>

enum ie_iso_reason {
	IE_ISO_BRIDGE,		/* a bridge speaks for what is behind it, with its own id */
	IE_ISO_ALIAS,		/* one uses the requester id of the other */
	IE_ISO_ACS,		/* they reach each other without passing the IOMMU */
	IE_ISO_RMRR,		/* the same memory is reserved for both, and for one path only */
	IE_ISO_RMRR_SHARED,	/* the same memory is reserved for both, wherever they are */
	IE_ISO_BAR_PAGE,	/* BARs lie in one page */
	IE_ISO_INTX,		/* both have only INTx, and the same line */
	IE_ISO_REASONS
};

/* Those by which Linux makes its IOMMU groups. */
#define IE_ISO_KERNEL	(BIT(IE_ISO_BRIDGE) | BIT(IE_ISO_ALIAS) | BIT(IE_ISO_ACS))

/* IE_ISO_RMRR_SHARED makes one set of a whole ProLiant. */
#define IE_ISO_DEFAULT	(IE_ISO_KERNEL | BIT(IE_ISO_RMRR) | BIT(IE_ISO_BAR_PAGE) | \
			 BIT(IE_ISO_INTX))

/**
 * ie_iso_reasons() - names of reasons, with commas
 * @reasons: bit N for reason N
 * @text: where they go
 * @room: how much fits
 * Return: the length of @text; "-" for none.
 */
size_t ie_iso_reasons(u8 reasons, char *text, size_t room);

/**
 * ie_iso_reasons_parse() - read a list of reasons
 * @text: the list, not necessarily terminated
 * @len: its length
 * @reasons: those in force, then those that the list says; untouched on failure
 * @bad: on failure the entry, its position and what was expected
 * Return: 0 or -EINVAL.
 */
int ie_iso_reasons_parse(const char *text, size_t len, u8 *reasons, struct pt_list_entry *bad);

#endif /* IE_ISOLATION_REASON_CORE_H */

// SPDX-License-Identifier: GPL-2.0
/* Whether Xen has reserved memory where it should be. */
#include "rdm_xen_core.h"
#include "ktap.h"

static const struct pt_identity card = { .hops = 2, .path = { 0x10, 0 } };
static const struct pt_identity other = { .hops = 2, .path = { 0x18, 0 } };
static const struct ie_xen_range low = { 0x100, 0x10 }, high = { 0x200, 1 };
static struct ie_xen_range which;

static enum ie_xen_rdm_state compare(const struct pt_identity *place,
				     const struct ie_xen_range *actual, unsigned int count)
{
	struct ie_xen_expected expected[] = { { card, low }, { card, high } };

	which = (struct ie_xen_range) {};
	return ie_xen_rdm_compare(place, actual, count, expected, ARRAY_SIZE(expected),
				  &which);
}

TEST("all is well when Xen has it where the device is, whole or in a larger one")
{
	struct ie_xen_range both[] = { high, low }, larger = { 0, 0x1000 };

	CHECK_EQ(compare(&card, both, 2), IE_XEN_RDM_OK);
	CHECK_EQ(compare(&card, &larger, 1), IE_XEN_RDM_OK);
	CHECK_EQ(compare(&other, NULL, 0), IE_XEN_RDM_OK);
}

TEST("memory that Xen has elsewhere is missed, also a part of it")
{
	struct ie_xen_range tails[] = { high, { 0x101, 0xf } }, heads[] = { high, { 0x100, 0xf } };

	CHECK_EQ(compare(&card, NULL, 0), IE_XEN_RDM_MISSING);
	CHECK_EQ(which.start, 0x100);
	CHECK_EQ(compare(&card, &low, 1), IE_XEN_RDM_MISSING);
	CHECK_EQ(which.start, 0x200);
	CHECK_EQ(compare(&card, tails, 2), IE_XEN_RDM_MISSING);
	CHECK_EQ(compare(&card, heads, 2), IE_XEN_RDM_MISSING);
	CHECK_EQ(which.pages, 0x10);
}

TEST("another's memory is foreign, also a page of it")
{
	struct ie_xen_range last = { 0x10f, 1 }, after = { 0x110, 1 }, before = { 0xff, 1 };

	CHECK_EQ(compare(&other, &low, 1), IE_XEN_RDM_FOREIGN);
	CHECK_EQ(which.pages, 0x10);
	CHECK_EQ(compare(&other, &last, 1), IE_XEN_RDM_FOREIGN);
	CHECK_EQ(which.start, 0x10f);
	CHECK_EQ(compare(&other, &after, 1), IE_XEN_RDM_OK);
	CHECK_EQ(compare(&other, &before, 1), IE_XEN_RDM_OK);
}

TEST("shared memory is nobody's alone")
{
	struct ie_xen_expected shared[] = { { card, low }, { other, low }, { card, low } };

	CHECK_EQ(ie_xen_rdm_compare(&other, &low, 1, shared, 3, &which), IE_XEN_RDM_OK);
	CHECK_EQ(ie_xen_rdm_compare(&card, &low, 1, shared, 3, &which), IE_XEN_RDM_OK);
}

TEST("a place is segment, root bus and path; bus numbers are none, nor is what is too deep")
{
	struct pt_identity place = card;

	place.bus = 6;
	CHECK_EQ(compare(&place, NULL, 0), IE_XEN_RDM_MISSING);
	place.segment = 1;
	CHECK_EQ(compare(&place, NULL, 0), IE_XEN_RDM_OK);
	place = card;
	place.root_bus = 0x80;
	CHECK_EQ(compare(&place, NULL, 0), IE_XEN_RDM_OK);
	place = card;
	place.hops = 1;
	CHECK_EQ(compare(&place, NULL, 0), IE_XEN_RDM_OK);
	place = card;
	place.path[1] = 1;
	CHECK_EQ(compare(&place, NULL, 0), IE_XEN_RDM_OK);
	place.hops = 0;
	CHECK_EQ(compare(&place, NULL, 0), IE_XEN_RDM_OK);
}

TEST("memory is expected when any of it is")
{
	struct ie_xen_expected expected[] = { { card, low }, { other, high } };
	struct ie_xen_range around = { 0xf0, 0x11 }, between = { 0x110, 0xf0 };

	CHECK(ie_xen_rdm_is_expected(&around, expected, 2));
	CHECK(ie_xen_rdm_is_expected(&high, expected, 2));
	CHECK(!ie_xen_rdm_is_expected(&between, expected, 2));
	CHECK(!ie_xen_rdm_is_expected(&low, expected, 0));
}

TEST("the hypervisors that do not survive a removal")
{
	CHECK(!ie_xen_remove_panics(4 << 16 | 15));
	CHECK(ie_xen_remove_panics(4 << 16 | 16));
	CHECK(ie_xen_remove_panics(4 << 16 | 17));
	CHECK(ie_xen_remove_panics(4 << 16 | 18));
	CHECK(!ie_xen_remove_panics(4 << 16 | 19));
	CHECK(!ie_xen_remove_panics(5 << 16 | 17));
}

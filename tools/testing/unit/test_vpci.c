// SPDX-License-Identifier: GPL-2.0
/* Places on a guest's virtual bus: vpci_core.c. */
#include "ktap.h"
#include "vpci_core.h"

static struct pbng_vpci vpci;
static struct pbng_bdf virt;

static struct pbng_bdf bdf(unsigned int bus, unsigned int dev, unsigned int fn)
{
	return (struct pbng_bdf) { .bus = bus, .devfn = dev << 3 | fn };
}

static void fresh(bool passthrough)
{
	memset(&vpci, 0, sizeof(vpci));
	vpci.passthrough = passthrough;
}

static int add(struct pbng_bdf b)
{
	return pbng_vpci_add(&vpci, b, false, PBNG_VPCI_ANY, 0, &virt);
}

static int add_to(struct pbng_bdf b, int wish, u8 group)
{
	return pbng_vpci_add(&vpci, b, false, wish, group, &virt);
}

static bool seen(unsigned int slot, unsigned int fn, struct pbng_bdf b)
{
	struct pbng_bdf found;

	return pbng_vpci_at(&vpci, (struct pbng_bdf) { .devfn = slot << 3 | fn }, &found) &&
	       pbng_bdf_key(found) == pbng_bdf_key(b);
}

#define CHECK_AT(slot, fn) CHECK_EQ(virt.devfn, (slot) << 3 | (fn))

TEST("devices fill the slots from the first, as function 0")
{
	fresh(false);
	CHECK_EQ(add(bdf(2, 0, 0)), 0);
	CHECK_AT(0, 0);
	CHECK_EQ(virt.domain, 0u);
	CHECK_EQ(virt.bus, 0);
	CHECK_EQ(add(bdf(3, 4, 0)), 0);
	CHECK_AT(1, 0);
}

TEST("functions of one device share a slot and keep their numbers")
{
	fresh(false);
	CHECK_EQ(add(bdf(2, 0, 0)), 0);
	CHECK_EQ(add(bdf(3, 0, 0)), 0);
	CHECK_EQ(add(bdf(2, 0, 3)), 0);
	CHECK_AT(0, 3);
	CHECK_EQ(add(bdf(2, 0, 7)), 0);
	CHECK_AT(0, 7);
}

TEST("a device without its function 0 gets one")
{
	fresh(false);
	CHECK_EQ(add(bdf(2, 0, 1)), 0);
	CHECK_AT(0, 0);
	CHECK_EQ(add(bdf(2, 0, 2)), 0);
	CHECK_AT(0, 2);
}

TEST("a function whose number is taken gets a slot of its own")
{
	fresh(false);
	CHECK_EQ(add(bdf(2, 0, 1)), 0);
	CHECK_EQ(add(bdf(2, 0, 0)), 0);
	CHECK_AT(1, 0);
}

TEST("devices of the same number on other buses and domains are others")
{
	struct pbng_bdf far = { .domain = 1, .bus = 2 };

	fresh(false);
	CHECK_EQ(add(bdf(2, 0, 0)), 0);
	CHECK_EQ(add(bdf(3, 0, 1)), 0);
	CHECK_AT(1, 0);
	CHECK_EQ(add(far), 0);
	CHECK_AT(2, 0);
	CHECK_EQ(add(bdf(2, 1, 1)), 0);
	CHECK_AT(3, 0);
}

TEST("a VF shares a slot with nobody")
{
	fresh(false);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(1, 0x10, 0), true, PBNG_VPCI_ANY, 0, &virt), 0);
	CHECK_AT(0, 0);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(1, 0x10, 2), true, PBNG_VPCI_ANY, 0, &virt), 0);
	CHECK_AT(1, 0);
	CHECK_EQ(add(bdf(1, 0x10, 4)), 0);
	CHECK_AT(2, 0);
	pbng_vpci_remove(&vpci, (struct pbng_bdf) { .devfn = 0 });
	CHECK_EQ(add(bdf(5, 0, 0)), 0);
	CHECK_AT(0, 0);
	CHECK_EQ(add(bdf(5, 0, 1)), 0);
	CHECK_AT(0, 1);
}

TEST("the toolstack's wish is followed, function and all")
{
	fresh(false);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(4, 0, 1), false, 7 << 3 | 1, 0, &virt), 0);
	CHECK_AT(7, 1);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(4, 0, 0), false, 7 << 3, 0, &virt), 0);
	CHECK_AT(7, 0);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(5, 0, 0), false, 7 << 3, 0, &virt), -EBUSY);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(5, 0, 0), false, 0x100, 0, &virt), -EINVAL);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(5, 0, 0), false, -2, 0, &virt), -EINVAL);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(5, 0, 0), false, 0xff, 0, &virt), 0);
	CHECK_AT(31, 7);
}

TEST("a slot without a function: the lowest of the group is function 0")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(4, 0, 1), PBNG_VPCI_SLOT(7), 0x2a), 0);
	CHECK_AT(7, 0);
	CHECK_EQ(add_to(bdf(4, 0, 3), PBNG_VPCI_SLOT(7), 0x2a), 0);
	CHECK_AT(7, 3);
	CHECK_EQ(add_to(bdf(4, 0, 5), PBNG_VPCI_SLOT(7), 0x2a), 0);
	CHECK_AT(7, 5);
}

TEST("whatever order the functions of a group come in")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(4, 0, 5), PBNG_VPCI_SLOT(7), 0x21), 0);
	CHECK_AT(7, 5);
	CHECK_EQ(add_to(bdf(4, 0, 0), PBNG_VPCI_SLOT(7), 0x21), 0);
	CHECK_AT(7, 0);
}

TEST("a function that comes to a sibling keeps its number")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(4, 0, 0), PBNG_VPCI_SLOT(7), 0), 0);
	CHECK_EQ(add_to(bdf(4, 0, 1), PBNG_VPCI_SLOT(7), 0), 0);
	CHECK_AT(7, 1);
}

TEST("a lower function that comes later finds function 0 taken")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(4, 0, 1), PBNG_VPCI_SLOT(7), 0), 0);
	CHECK_AT(7, 0);
	CHECK_EQ(add_to(bdf(4, 0, 0), PBNG_VPCI_SLOT(7), 0x3), -EBUSY);
}

TEST("a slot is not shared with another device, nor by a VF")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(4, 0, 1), PBNG_VPCI_SLOT(7), 0x3), 0);
	CHECK_AT(7, 1);
	CHECK_EQ(add_to(bdf(5, 0, 0), PBNG_VPCI_SLOT(7), 0), -EBUSY);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(4, 0, 2), true, PBNG_VPCI_SLOT(7), 0, &virt), -EBUSY);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(4, 0, 2), true, PBNG_VPCI_SLOT(8), 0x3, &virt), 0);
	CHECK_AT(8, 0);
	CHECK_EQ(add_to(bdf(4, 0, 3), PBNG_VPCI_SLOT(8), 0), -EBUSY);
	CHECK_EQ(add_to(bdf(4, 0, 0), PBNG_VPCI_SLOT(0), 0), 0);
	CHECK_AT(0, 0);
}

TEST("a device is seen when it has a function 0, all functions at once")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(4, 0, 1), 7 << 3 | 1, 0), 0);
	pbng_vpci_show(&vpci);
	CHECK(!seen(7, 1, bdf(4, 0, 1)));
	CHECK_EQ(add_to(bdf(4, 0, 0), PBNG_VPCI_SLOT(7), 0x3), 0);
	CHECK(!seen(7, 0, bdf(4, 0, 0)));
	pbng_vpci_show(&vpci);
	CHECK(seen(7, 0, bdf(4, 0, 0)));
	CHECK(seen(7, 1, bdf(4, 0, 1)));
	CHECK(!seen(7, 2, bdf(4, 0, 2)));
}

TEST("what is seen stays so when function 0 goes, and what goes is not")
{
	struct pbng_bdf found;

	fresh(false);
	CHECK_EQ(add_to(bdf(4, 0, 0), PBNG_VPCI_SLOT(7), 0x3), 0);
	CHECK_EQ(add_to(bdf(4, 0, 1), PBNG_VPCI_SLOT(7), 0x3), 0);
	pbng_vpci_show(&vpci);
	pbng_vpci_remove(&vpci, (struct pbng_bdf) { .devfn = 7 << 3 });
	pbng_vpci_show(&vpci);
	CHECK(!seen(7, 0, bdf(4, 0, 0)));
	CHECK(seen(7, 1, bdf(4, 0, 1)));
	CHECK(!pbng_vpci_at(&vpci, (struct pbng_bdf) { .bus = 1, .devfn = 7 << 3 | 1 }, &found));
	CHECK(!pbng_vpci_at(&vpci, (struct pbng_bdf) { .domain = 1, .devfn = 7 << 3 | 1 }, &found));
}

TEST("a device that has a place does not get a second one")
{
	fresh(false);
	CHECK_EQ(add(bdf(2, 0, 0)), 0);
	CHECK_EQ(add(bdf(2, 0, 0)), -EEXIST);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(2, 0, 0), false, 0x40, 0, &virt), -EEXIST);
}

TEST("the 33rd device does not fit, and a freed place is used again")
{
	unsigned int i;

	fresh(false);
	for (i = 0; i < PBNG_VPCI_SLOTS; i++)
		CHECK_EQ(add(bdf(i, 0, 0)), 0);
	CHECK_EQ(add(bdf(0x40, 0, 0)), -ENOSPC);
	CHECK_EQ(add(bdf(5, 0, 1)), 0);
	CHECK_AT(5, 1);
	pbng_vpci_remove(&vpci, (struct pbng_bdf) { .devfn = 9 << 3 });
	CHECK_EQ(add(bdf(0x40, 0, 0)), 0);
	CHECK_AT(9, 0);
}

TEST("functions of one device share a slot whatever its number, and no more than one device")
{
	fresh(false);
	CHECK_EQ(add(bdf(2, 0x1f, 0)), 0);
	CHECK_EQ(add(bdf(2, 0x1e, 1)), 0);
	CHECK_AT(1, 0);
	CHECK_EQ(add(bdf(2, 0x1f, 6)), 0);
	CHECK_AT(0, 6);
	CHECK_EQ(add_to(bdf(2, 0x1e, 1), PBNG_VPCI_SLOT(0), 3), -EEXIST);
	CHECK_EQ(add_to(bdf(2, 0x1e, 2), PBNG_VPCI_SLOT(0), 7), -EBUSY);
}

TEST("a device has one place, in whatever slot and function it is")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(2, 3, 5), 0xff, 0), 0);
	CHECK_EQ(add(bdf(2, 3, 5)), -EEXIST);
	CHECK_EQ(add_to(bdf(2, 3, 5), 0, 0), -EEXIST);
	CHECK_EQ(add(bdf(2, 3, 4)), 0);
	CHECK_AT(31, 0);
}

static int add_vf(struct pbng_bdf b, int wish)
{
	return pbng_vpci_add(&vpci, b, true, wish, 0, &virt);
}

TEST("VFs that the toolstack puts side by side are VFs both, and leave no trace")
{
	fresh(false);
	CHECK_EQ(add_vf(bdf(1, 0x10, 0), 7 << 3 | 1), 0);
	CHECK_EQ(add_vf(bdf(1, 0x10, 2), 7 << 3 | 2), 0);
	CHECK_AT(7, 2);
	CHECK_EQ(add(bdf(1, 0x10, 5)), 0);
	CHECK_AT(0, 0);
	pbng_vpci_remove(&vpci, (struct pbng_bdf) { .devfn = 7 << 3 | 1 });
	CHECK_EQ(add_to(bdf(1, 0x10, 6), PBNG_VPCI_SLOT(7), 0), -EBUSY);
	pbng_vpci_remove(&vpci, (struct pbng_bdf) { .devfn = 7 << 3 | 2 });
	CHECK_EQ(add_to(bdf(1, 0x10, 6), PBNG_VPCI_SLOT(7), 0), 0);
	CHECK_EQ(add_to(bdf(1, 0x10, 7), PBNG_VPCI_SLOT(7), 0x40), 0);
	CHECK_AT(7, 7);
}

TEST("a VF does not go into a slot where somebody is, though function 0 is free")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(4, 0, 1), 1, 0), 0);
	CHECK_EQ(add_vf(bdf(1, 0x10, 0), PBNG_VPCI_ANY), 0);
	CHECK_AT(1, 0);
}

TEST("a function does not come to a sibling that the toolstack put beside a stranger")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(2, 0, 1), 7 << 3 | 1, 0), 0);
	CHECK_EQ(add_to(bdf(3, 0, 0), 7 << 3 | 2, 0), 0);
	CHECK_EQ(add(bdf(2, 0, 3)), 0);
	CHECK_AT(0, 0);
	CHECK_EQ(add_to(bdf(4, 0, 1), 9 << 3 | 1, 0), 0);
	CHECK_EQ(add_vf(bdf(4, 0, 2), 9 << 3 | 2), 0);
	CHECK_EQ(add(bdf(4, 0, 3)), 0);
	CHECK_AT(1, 0);
}

TEST("function 0 of another device is reason enough not to share")
{
	fresh(false);
	CHECK_EQ(add_to(bdf(4, 0, 0), PBNG_VPCI_SLOT(7), 0), 0);
	CHECK_EQ(add_to(bdf(5, 0, 1), PBNG_VPCI_SLOT(7), 3), -EBUSY);
}

TEST("what is removed is gone at once, and nothing else")
{
	fresh(false);
	CHECK_EQ(add(bdf(4, 0, 0)), 0);
	CHECK_EQ(add(bdf(4, 0, 2)), 0);
	CHECK_EQ(add(bdf(4, 0, 7)), 0);
	pbng_vpci_show(&vpci);
	pbng_vpci_remove(&vpci, (struct pbng_bdf) { .devfn = 7 });
	CHECK(seen(0, 0, bdf(4, 0, 0)));
	CHECK(!seen(0, 1, (struct pbng_bdf) {}));
	CHECK(seen(0, 2, bdf(4, 0, 2)));
	CHECK(!seen(0, 7, bdf(4, 0, 7)));
	CHECK_EQ(add_to(bdf(4, 0, 6), 7, 0), 0);
	CHECK_AT(0, 7);
	CHECK(!seen(0, 7, bdf(4, 0, 6)));
}

TEST("in passthrough every address is its own")
{
	struct pbng_bdf b = { .domain = 3, .bus = 0x81, .devfn = 0x1a }, found = {};

	fresh(true);
	CHECK_EQ(pbng_vpci_add(&vpci, b, false, 7 << 3, 0, &virt), 0);
	CHECK_EQ(pbng_bdf_key(virt), pbng_bdf_key(b));
	CHECK(pbng_vpci_at(&vpci, virt, &found));
	CHECK_EQ(pbng_bdf_key(found), pbng_bdf_key(b));
	pbng_vpci_remove(&vpci, virt);
	CHECK_EQ(pbng_vpci_add(&vpci, b, false, PBNG_VPCI_ANY, 0, &virt), 0);
	CHECK_EQ(pbng_bdf_key(virt), pbng_bdf_key(b));
}

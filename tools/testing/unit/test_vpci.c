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
	return pbng_vpci_add(&vpci, b, false, PBNG_VPCI_ANY, &virt);
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
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(1, 0x10, 0), true, PBNG_VPCI_ANY, &virt), 0);
	CHECK_AT(0, 0);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(1, 0x10, 2), true, PBNG_VPCI_ANY, &virt), 0);
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
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(4, 0, 1), false, 7 << 3 | 1, &virt), 0);
	CHECK_AT(7, 1);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(4, 0, 0), false, 7 << 3, &virt), 0);
	CHECK_AT(7, 0);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(5, 0, 0), false, 7 << 3, &virt), -EBUSY);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(5, 0, 0), false, 0x100, &virt), -EINVAL);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(5, 0, 0), false, -2, &virt), -EINVAL);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(5, 0, 0), false, 0xff, &virt), 0);
	CHECK_AT(31, 7);
}

TEST("a device that has a place does not get a second one")
{
	fresh(false);
	CHECK_EQ(add(bdf(2, 0, 0)), 0);
	CHECK_EQ(add(bdf(2, 0, 0)), -EEXIST);
	CHECK_EQ(pbng_vpci_add(&vpci, bdf(2, 0, 0), false, 0x40, &virt), -EEXIST);
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

TEST("in passthrough every address is its own")
{
	struct pbng_bdf b = { .domain = 3, .bus = 0x81, .devfn = 0x1a };

	fresh(true);
	CHECK_EQ(pbng_vpci_add(&vpci, b, false, 7 << 3, &virt), 0);
	CHECK_EQ(pbng_bdf_key(virt), pbng_bdf_key(b));
	pbng_vpci_remove(&vpci, virt);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Any order of devices that come and go on a virtual bus: vpci_core.c, beside a
 * list of what was promised to whom.
 *
 * A byte for the mode, then operations of 6 bytes: what, bus, devfn, wish (2
 * bytes), group. Seeds: a card of three functions, VFs, a wish; passthrough.
 *
 * bytes: 00 00 01 00 ffff 07  00 01 01 ffff 07  00 01 02 ffff 07  03 0000 0000 00
 * bytes: 00 01 01 80 ffff 00  01 01 82 ffff 00  00 01 85 3800 20  02 00 00 0000 00
 * bytes: 00 00 02 08 3900 00  00 02 09 3800 03  03 00 00 0000 00  02 00 39 0000 00
 * bytes: 01 00 02 08 3900 00  00 02 08 3800 00  02 00 09 0000 00
 */
#include "fuzz_input.h"
#include "vpci_core.h"

#define PLACES	(PBNG_VPCI_SLOTS * PBNG_VPCI_FUNCTIONS)

static struct {
	bool used, vf, seen;
	struct pbng_bdf bdf;
} model[PLACES];

static struct pbng_vpci vpci;

static bool same(struct pbng_bdf a, struct pbng_bdf b)
{
	return a.domain == b.domain && a.bus == b.bus && a.devfn == b.devfn;
}

static bool has_place(struct pbng_bdf bdf)
{
	unsigned int i;

	for (i = 0; i < PLACES; i++)
		if (model[i].used && same(model[i].bdf, bdf))
			return true;
	return false;
}

static unsigned int used_in(unsigned int slot)
{
	unsigned int fn, n = 0;

	for (fn = 0; fn < PBNG_VPCI_FUNCTIONS; fn++)
		n += model[slot << 3 | fn].used;
	return n;
}

/* Is there anybody in the slot who is not a function of the same physical device? */
static bool has_stranger(unsigned int slot, struct pbng_bdf bdf)
{
	unsigned int i;

	for (i = slot << 3; i < (slot + 1) << 3; i++)
		if (model[i].used && (model[i].vf || model[i].bdf.bus != bdf.bus ||
				      model[i].bdf.domain != bdf.domain ||
				      model[i].bdf.devfn >> 3 != bdf.devfn >> 3))
			return true;
	return false;
}

static void check_place(struct pbng_bdf bdf, bool vf, int wish, u8 group, struct pbng_bdf virt)
{
	unsigned int slot = virt.devfn >> 3, fn = virt.devfn & 7, own = bdf.devfn & 7;
	bool lowest = !(group & ((1u << own) - 1));

	FUZZ_CHECK(!virt.domain && !virt.bus);
	FUZZ_CHECK(!model[virt.devfn].used);
	if (wish != PBNG_VPCI_ANY)
		FUZZ_CHECK(slot == (unsigned int)wish >> 3);
	/* Who names a function gets it, whoever is beside it. */
	if (wish != PBNG_VPCI_ANY && wish & 7) {
		FUZZ_CHECK(fn == (wish & 7u));
		return;
	}
	FUZZ_CHECK(!used_in(slot) || (!vf && !has_stranger(slot, bdf)));
	FUZZ_CHECK(!fn || fn == own);
	if (vf)
		FUZZ_CHECK(!fn);
	/* Function 0 that is not its own is for the lowest, or alone in a new slot. */
	if (!fn && own && !vf)
		FUZZ_CHECK(lowest || (wish == PBNG_VPCI_ANY && !used_in(slot)));
}

static void check_refusal(int err, struct pbng_bdf bdf, int wish)
{
	unsigned int slot;

	if (has_place(bdf)) {
		FUZZ_CHECK(err == -EEXIST);
	} else if (wish == PBNG_VPCI_ANY) {
		FUZZ_CHECK(err == -ENOSPC);
		for (slot = 0; slot < PBNG_VPCI_SLOTS; slot++)
			FUZZ_CHECK(used_in(slot));
	} else if (wish < 0 || wish > 0xff) {
		FUZZ_CHECK(err == -EINVAL);
	} else {
		FUZZ_CHECK(err == -EBUSY && used_in(wish >> 3));
		if (wish & 7)
			FUZZ_CHECK(model[wish].used);
	}
}

static void add(struct pbng_bdf bdf, bool vf, int wish, u8 group)
{
	struct pbng_bdf virt = { .domain = 9, .bus = 9, .devfn = 9 }, untouched = virt;
	struct pbng_vpci before = vpci;
	int err = pbng_vpci_add(&vpci, bdf, vf, wish, group, &virt);

	if (vpci.passthrough) {
		FUZZ_CHECK(!err && same(virt, bdf));
		FUZZ_CHECK(!memcmp(&before, &vpci, sizeof(vpci)));
		return;
	}
	if (err) {
		check_refusal(err, bdf, wish);
		FUZZ_CHECK(same(virt, untouched));
		FUZZ_CHECK(!memcmp(&before, &vpci, sizeof(vpci)));
		return;
	}
	FUZZ_CHECK(!has_place(bdf));
	check_place(bdf, vf, wish, group, virt);
	model[virt.devfn].used = true;
	model[virt.devfn].vf = vf;
	model[virt.devfn].bdf = bdf;
}

static void drop(struct pbng_bdf virt)
{
	pbng_vpci_remove(&vpci, virt);
	if (!vpci.passthrough)
		memset(&model[virt.devfn], 0, sizeof(model[0]));
}

static void show(void)
{
	unsigned int i;

	pbng_vpci_show(&vpci);
	for (i = 0; i < PLACES; i++)
		if (model[i & ~7u].used)
			model[i].seen = model[i].used;
}

static void check_sight(struct pbng_bdf asked)
{
	struct pbng_bdf bdf = { .domain = 9, .bus = 9, .devfn = 9 };
	bool sees = pbng_vpci_at(&vpci, asked, &bdf);

	if (vpci.passthrough) {
		FUZZ_CHECK(sees && same(bdf, asked));
	} else {
		FUZZ_CHECK(sees == (!asked.domain && !asked.bus && model[asked.devfn].seen));
		if (sees)
			FUZZ_CHECK(same(bdf, model[asked.devfn].bdf));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int i;

	memset(model, 0, sizeof(model));
	memset(&vpci, 0, sizeof(vpci));
	input_is(data, size);
	vpci.passthrough = take_number(1) & 1;
	while (input_left) {
		unsigned int what = take_number(1);
		struct pbng_bdf bdf = { .domain = what >> 4, .bus = take_number(1) };
		int wish;
		u8 group;

		bdf.devfn = take_number(1);
		wish = (int16_t)take_number(2);
		group = take_number(1);
		switch (what & 3) {
		case 0:
		case 1:
			add(bdf, what & 1, wish, group);
			break;
		case 2:
			drop(bdf);
			break;
		case 3:
			show();
			break;
		}
		check_sight(bdf);
		for (i = 0; i < PLACES; i++)
			check_sight((struct pbng_bdf) { .devfn = i });
	}
	return 0;
}

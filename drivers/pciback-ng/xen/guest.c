// SPDX-License-Identifier: GPL-2.0
/* Giving a guest the devices that the toolstack wants, see guest.h. */
#include "../claim.h"
#include "../registry.h"
#include "guest.h"

/*
 * So long after the last device that was listed, unless a front-end looks before. libxl
 * needs seconds for each where the host is busy, or its reset slow.
 */
#define LOG_AFTER	(10 * HZ)

static bool wanted(const struct pbng_store_dev *d)
{
	return d->state != XenbusStateClosing && d->state != XenbusStateClosed;
}

struct stale_search {
	const struct pbng_store_dev *list;
	int count;
	bool any;
	struct pbng_bdf found;
};

static int is_stale(const struct pbng_exported *exported, void *data)
{
	struct stale_search *search = data;
	int i;

	for (i = 0; i < search->count && !pbng_dev_gone(exported->dev); i++)
		if (wanted(&search->list[i]) &&
		    pbng_bdf_key(search->list[i].bdf) ==
		    pbng_bdf_key(exported->dev->bdf))
			return 0;
	search->any = true;
	search->found = exported->dev->bdf;
	return 0;
}

/*
 * What the guest has and the toolstack no longer lists, and what is gone. The
 * last found goes first: function 0 of a device is the last that goes.
 */
static void take_stale(struct pbng_backend *b)
{
	struct stale_search search = { .list = b->list, .count = b->count };

	do {
		search.any = false;
		pbng_export_for_each(&b->export, is_stale, &search);
	} while (search.any && pbng_export_remove(&b->export, search.found));
}

/* A front-end finds only what is on a root bus that it is told of. */
static int add_root(struct pbng_backend *b, struct pbng_bdf virt)
{
	unsigned long key = pbng_bdf_key(virt) >> 8;
	int err;

	if (xa_load(&b->roots, key))
		return 0;
	err = xa_err(xa_store(&b->roots, key, xa_mk_value(1), GFP_KERNEL));
	if (err)
		return err;
	err = pbng_store_add_root(b->xdev, b->nroots, virt);
	if (err)
		xa_erase(&b->roots, key);
	else
		b->nroots++;
	return err;
}

static const char *why(int err)
{
	switch (err) {
	case -ENODEV:
		return "is not bound to " PBNG_DRIVER_NAME;
	case -EIO:
		return "is quarantined, its reset failed";
	case -EBUSY:
		return "or the slot wanted for it is in use";
	default:
		return "cannot be given";
	}
}

/* Before the guest sees it. What opts-N does not say is the rule's. */
static int apply_policy(const struct pbng_store_dev *d)
{
	struct pbng_dev *dev;
	int err;

	if (d->policy == PBNG_POLICY_DEFAULT)
		return 0;
	dev = pbng_registry_get(d->bdf);
	if (!dev)
		return -ENODEV;
	err = pbng_claim_set_policy(dev, d->policy);
	pbng_dev_put(dev);
	return err;
}

/* The functions of the same device that shall be in the same slot. */
static u8 group_of(const struct pbng_backend *b, const struct pbng_store_dev *d)
{
	u8 group = 0;
	int i;

	for (i = 0; i < b->count; i++)
		if (wanted(&b->list[i]) && b->list[i].wish >> 3 == d->wish >> 3 &&
		    pbng_bdf_key(b->list[i].bdf) >> 3 == pbng_bdf_key(d->bdf) >> 3)
			group |= 1u << (b->list[i].bdf.devfn & 7);
	return group;
}

/*
 * One device cannot be had: say so and go on, the others may be fine. Return:
 * what state-N becomes.
 */
static int give(struct pbng_backend *b, const struct pbng_store_dev *d)
{
	char guard[PT_WHY_MAX];
	struct pbng_bdf virt;
	int err;

	err = pbng_export_add(&b->export, d->bdf, d->wish, group_of(b, d), guard);
	if (err == -EEXIST)
		return XenbusStateInitialised;
	if (!err && pbng_export_find(&b->export, d->bdf, &virt)) {
		err = apply_policy(d);
		if (!err)
			err = add_root(b, virt);
		if (err)
			pbng_export_remove(&b->export, d->bdf);
	}
	if (err) {
		xenbus_dev_error(b->xdev, err, PBNG_BDF_FMT " %s%s", PBNG_BDF_ARG(d->bdf),
				 guard[0] ? "is not given, " : why(err), guard);
		return XenbusStateClosed;
	}
	b->log_placed = true;
	b->log_at = jiffies + LOG_AFTER;
	return XenbusStateInitialised;
}

/* For devices that were looked at only: the list may have grown since. */
static int answer(void *data, struct pbng_bdf bdf, int state,
		  struct pbng_bdf *virt)
{
	struct pbng_backend *b = data;
	bool has = pbng_export_find(&b->export, bdf, virt);
	int i;

	if (state == XenbusStateClosing && !has)
		return XenbusStateClosed;
	if (state != XenbusStateInitialising && state != XenbusStateInitialised)
		return 0;
	if (has)
		return XenbusStateInitialised;
	for (i = 0; i < b->count; i++)
		if (pbng_bdf_key(b->list[i].bdf) == pbng_bdf_key(bdf))
			return b->list[i].state == XenbusStateClosed ?
			       XenbusStateClosed : 0;
	return 0;
}

/*
 * The toolstack lists one device after the other. As long as no front-end has
 * looked, each new one may change where the others belong.
 */
static void start_over(struct pbng_backend *b)
{
	struct pbng_bdf virt;
	int i;

	pbng_export_unplace_all(&b->export);
	for (i = 0; i < b->count; i++)
		if (b->list[i].state == XenbusStateInitialised &&
		    pbng_export_find(&b->export, b->list[i].bdf, &virt))
			b->list[i].state = XenbusStateInitialising;
}

/* Wishes before what can be anywhere, the lowest function of a device first. */
static bool is_before(const struct pbng_store_dev *a,
		      const struct pbng_store_dev *b)
{
	bool a_any = a->wish == PBNG_VPCI_ANY;
	bool b_any = b->wish == PBNG_VPCI_ANY;

	if (a_any != b_any)
		return b_any;
	return pbng_bdf_key(a->bdf) < pbng_bdf_key(b->bdf);
}

static int next_new(const struct pbng_backend *b)
{
	int i, best = -1;

	for (i = 0; i < b->count; i++)
		if (b->list[i].state == XenbusStateInitialising &&
		    (best < 0 || is_before(&b->list[i], &b->list[best])))
			best = i;
	return best;
}

void pbng_guest_report_held(struct pbng_backend *b)
{
	struct pbng_bdf virt;
	struct pbng_dev *dev;
	int i;

	for (i = 0; b->report_held && i < b->count; i++) {
		if (!pbng_export_find(&b->export, b->list[i].bdf, &virt))
			continue;
		dev = pbng_export_get(&b->export, virt);
		if (dev)
			pbng_dev_put(dev);
		else
			xenbus_dev_error(b->xdev, -ENXIO, PBNG_BDF_FMT
					 " is not shown: its virtual slot has no function 0",
					 PBNG_BDF_ARG(b->list[i].bdf));
	}
	b->report_held = false;
}

unsigned long pbng_guest_log_placed(struct pbng_backend *b, bool now)
{
	unsigned long time = jiffies;

	if (!b->log_placed)
		return 0;
	if (!now && time_before(time, b->log_at))
		return b->log_at - time;
	pbng_export_log(&b->export);
	b->log_placed = false;
	return 0;
}

void pbng_guest_read_list(struct pbng_backend *b)
{
	u64 start = ktime_get_ns();

	b->count = pbng_store_read(b->xdev, b->list);
	b->read_time += ktime_get_ns() - start;
}

/* The guest sees all new devices at once. */
bool pbng_guest_sync(struct pbng_backend *b)
{
	bool publish = false;
	int i;

	pbng_guest_read_list(b);
	if (b->count < 0)
		return false;
	take_stale(b);
	for (i = 0; i < b->count; i++)
		publish |= b->list[i].state == XenbusStateClosing;
	if (!b->ring.page && next_new(b) >= 0)
		start_over(b);
	while ((i = next_new(b)) >= 0) {
		b->list[i].state = give(b, &b->list[i]);
		publish = true;
	}
	pbng_export_show(&b->export);
	b->report_held |= publish;
	if (publish && b->ring.page)
		pbng_guest_report_held(b);
	if (publish)
		pbng_store_publish(b->xdev, answer, b);
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Rings of slots in shared memory, see ring_core.h. Pure: this file also compiles in
 * user space.
 *
 * The barriers are those for a peer on another CPU even when this kernel has one only
 * (virt_*): a guest's other side is the host.
 */
#ifdef __KERNEL__
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/string.h>
#endif

#include "ring_core.h"

#define MASK	(VMBOX_SLOTS - 1)
#define FIRST	(VMBOX_SLOT - sizeof(struct vmbox_hdr))	/* payload beside the header */

static_assert(sizeof(struct vmbox_hdr) == 16);
static_assert((VMBOX_SLOTS & MASK) == 0);
static_assert(VMBOX_SLOT * VMBOX_SLOTS == 2 * VMBOX_PAGE);
static_assert(offsetof(struct vmbox_host_page, to_vf_prod) == 64);
static_assert(offsetof(struct vmbox_host_page, to_pf_cons) == 128);
static_assert(sizeof(struct vmbox_host_page) == 192);
static_assert(offsetof(struct vmbox_vf_page, to_vf_cons) == 64);
static_assert(sizeof(struct vmbox_vf_page) == 128);

static void *page(void *pages, unsigned int n)
{
	return (u8 *)pages + n * VMBOX_PAGE;
}

/* Both ends at the indices that the PF's side has written, see ring_core.h. */
static void begin(struct vmbox_out *out, u32 head, struct vmbox_in *in, u32 tail)
{
	out->head = head;
	out->told = head;
	in->tail = tail;
	in->told = tail;
}

void vmbox_ring_pf(void *pages, struct vmbox_out *out, struct vmbox_in *in)
{
	struct vmbox_host_page *host = page(pages, VMBOX_PAGE_HOST);
	const struct vmbox_vf_page *vf = page(pages, VMBOX_PAGE_VF);

	*out = (struct vmbox_out) {
		.slots = page(pages, VMBOX_PAGE_TO_VF),
		.prod = &host->to_vf_prod, .room = &host->to_vf_room,
		.cons = &vf->to_vf_cons, .event = &vf->to_vf_event,
	};
	*in = (struct vmbox_in) {
		.slots = page(pages, VMBOX_PAGE_TO_PF),
		.cons = &host->to_pf_cons, .event = &host->to_pf_event,
		.prod = &vf->to_pf_prod, .room = &vf->to_pf_room,
	};
	/* A guest may have written there: any number will do, we use it this once. */
	begin(out, READ_ONCE(host->to_vf_prod), in, READ_ONCE(host->to_pf_cons));
}

void vmbox_ring_vf(void *pages, struct vmbox_out *out, struct vmbox_in *in)
{
	const struct vmbox_host_page *host = page(pages, VMBOX_PAGE_HOST);
	struct vmbox_vf_page *vf = page(pages, VMBOX_PAGE_VF);

	*out = (struct vmbox_out) {
		.slots = page(pages, VMBOX_PAGE_TO_PF),
		.prod = &vf->to_pf_prod, .room = &vf->to_pf_room,
		.cons = &host->to_pf_cons, .event = &host->to_pf_event,
	};
	*in = (struct vmbox_in) {
		.slots = page(pages, VMBOX_PAGE_TO_VF),
		.cons = &vf->to_vf_cons, .event = &vf->to_vf_event,
		.prod = &host->to_vf_prod, .room = &host->to_vf_room,
	};
	begin(out, READ_ONCE(host->to_pf_cons), in, READ_ONCE(host->to_vf_prod));
	WRITE_ONCE(vf->to_pf_prod, out->head);
	WRITE_ONCE(vf->to_vf_cons, in->tail);
}

u32 vmbox_slots_of(u32 len)
{
	return len <= FIRST ? 1 : 1 + DIV_ROUND_UP(len - FIRST, VMBOX_SLOT);
}

/* Is @event among the indices that were passed on the way from @old to @new? */
static bool passed(u32 event, u32 old, u32 new)
{
	return new - event - 1 < new - old;
}

int vmbox_out_room(struct vmbox_out *out, u32 len)
{
	u32 need = vmbox_slots_of(len);
	u32 asked = 0, cons, used;
	unsigned int tries;

	/* A reader has no more to take than that; one that pretends to is not waited for. */
	for (tries = 0; tries <= VMBOX_SLOTS; tries++) {
		/* What the reader took it has taken before it said so. */
		cons = virt_load_acquire(out->cons);
		used = out->head - cons;
		if (used > VMBOX_SLOTS)
			return -EPROTO;
		if (need <= VMBOX_SLOTS - used)
			return 0;
		if (tries && cons == asked)
			break;
		/*
		 * Where it has gone on meanwhile, and has looked, it would not heed what we
		 * asked for before: ask anew.
		 */
		asked = cons;
		/* It looks at this after it has said what it took: one of us sees the other. */
		virt_store_mb(*out->room, cons);
	}
	return -EAGAIN;
}

/* From @at on, which is counted in bytes from slot @first on, in slots that wrap. */
static void fill(struct vmbox_out *out, u32 at, const void *from, u32 len)
{
	u32 off = (out->head * VMBOX_SLOT + at) & (VMBOX_SLOTS * VMBOX_SLOT - 1);
	u32 part = min(len, VMBOX_SLOTS * VMBOX_SLOT - off);

	if (from) {
		memcpy(out->slots + off, from, part);
		memcpy(out->slots, (const u8 *)from + part, len - part);
	} else {
		memset(out->slots + off, 0, part);
		memset(out->slots, 0, len - part);
	}
}

int vmbox_out_put(struct vmbox_out *out, const struct vmbox_hdr *hdr, const void *payload)
{
	u32 n = vmbox_slots_of(hdr->len);
	u32 used = sizeof(*hdr) + hdr->len;
	int err;

	err = vmbox_out_room(out, hdr->len);
	if (err)
		return err;
	fill(out, 0, hdr, sizeof(*hdr));
	if (hdr->len)
		fill(out, sizeof(*hdr), payload, hdr->len);
	fill(out, used, NULL, n * VMBOX_SLOT - used);
	out->head += n;
	/* Not before the message is there. */
	virt_store_release(out->prod, out->head);
	return 0;
}

u32 vmbox_out_left(const struct vmbox_out *out)
{
	/* Before the caller says that a generation has ended: then the reader moves on. */
	return min_t(u32, out->head - virt_load_acquire(out->cons), VMBOX_SLOTS);
}

bool vmbox_out_signal(struct vmbox_out *out)
{
	u32 old = out->told;

	out->told = out->head;
	/* What was written must be seen before we look whether anybody waits. */
	virt_mb();
	return passed(READ_ONCE(*out->event), old, out->head);
}

static void drain(const struct vmbox_in *in, u32 at, void *to, u32 len)
{
	u32 off = (in->tail * VMBOX_SLOT + at) & (VMBOX_SLOTS * VMBOX_SLOT - 1);
	u32 part = min(len, VMBOX_SLOTS * VMBOX_SLOT - off);

	memcpy(to, in->slots + off, part);
	memcpy((u8 *)to + part, in->slots, len - part);
	/* Not one byte of it is to be read again from where the peer can change it. */
	barrier();
}

int vmbox_in_get(struct vmbox_in *in, struct vmbox_hdr *hdr, void *payload)
{
	u32 n, there;

	/* And no part of the message before this. */
	there = virt_load_acquire(in->prod) - in->tail;
	if (!there)
		return -EAGAIN;
	if (there > VMBOX_SLOTS)
		return -EPROTO;
	drain(in, 0, hdr, sizeof(*hdr));
	if (hdr->len > VMBOX_PAYLOAD_MAX)
		return -EPROTO;
	n = vmbox_slots_of(hdr->len);
	if (n > there)
		return -EPROTO;
	drain(in, sizeof(*hdr), payload, hdr->len);
	in->tail += n;
	/* The writer may use the slots again: not before they were read. */
	virt_store_release(in->cons, in->tail);
	return 0;
}

bool vmbox_in_wait(struct vmbox_in *in)
{
	/* The writer looks at this after it has written: one of us sees the other. */
	virt_store_mb(*in->event, in->tail);
	/* As vmbox_in_get(). */
	return virt_load_acquire(in->prod) == in->tail;
}

bool vmbox_in_signal(struct vmbox_in *in)
{
	u32 old = in->told;

	in->told = in->tail;
	/* What was taken must be seen before we look whether anybody waits. */
	virt_mb();
	return passed(READ_ONCE(*in->room), old, in->tail);
}

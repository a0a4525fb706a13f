/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One direction of the shared memory: a ring of slots with one writer and one reader,
 * who do not trust each other.
 *
 * Each side keeps its own index in its own memory and only copies it to where the
 * other can read it. Of the other's index it believes nothing but a value that can be:
 * otherwise the ring is broken, for good. What is in a slot is read once, into private
 * memory, and judged there.
 *
 * Not locked: the caller has one writer and one reader at a time.
 */
#ifndef VMBOX_RING_CORE_H
#define VMBOX_RING_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif
#include <uapi/linux/sriov_mbox.h>

/**
 * struct vmbox_out - the writer's end
 * @slots: shared, VMBOX_SLOTS of them
 * @prod: shared, ours: a copy of @head
 * @room: shared, ours: signal me when you have taken more than this
 * @cons: shared, theirs: what they have taken
 * @event: shared, theirs: signal me when you have written more than this
 * @head: what we have written
 * @told: @head when vmbox_out_signal() was asked last
 */
struct vmbox_out {
	u8 *slots;
	u32 *prod;
	u32 *room;
	const u32 *cons;
	const u32 *event;
	u32 head;
	u32 told;
};

/**
 * struct vmbox_in - the reader's end
 * @slots: shared
 * @cons: shared, ours: a copy of @tail
 * @event: shared, ours: signal me when you have written more than this
 * @prod: shared, theirs: what they have written
 * @room: shared, theirs: signal me when you have taken more than this
 * @tail: what we have taken
 * @told: @tail when vmbox_in_signal() was asked last
 */
struct vmbox_in {
	const u8 *slots;
	u32 *cons;
	u32 *event;
	const u32 *prod;
	const u32 *room;
	u32 tail;
	u32 told;
};

/**
 * vmbox_ring_pf() - both ends that the PF's side has
 * @pages: the shared memory, VMBOX_PAGES pages without a gap
 * @out: to the VF
 * @in: from the VF
 *
 * Starts where the indices that are ours are: 0 in new memory, and in memory that was in
 * use nothing that came is lost. Takes over nothing of theirs.
 */
void vmbox_ring_pf(void *pages, struct vmbox_out *out, struct vmbox_in *in);

/**
 * vmbox_ring_vf() - both ends that the VF has
 * @pages: the shared memory
 * @out: to the PF
 * @in: from the PF
 *
 * Starts where the PF's indices are, which cures a broken ring; whatever is in the rings
 * is of another generation and is not looked at.
 */
void vmbox_ring_vf(void *pages, struct vmbox_out *out, struct vmbox_in *in);

/**
 * vmbox_slots_of() - how many slots does a message take?
 * @len: of its payload
 * Return: at least 1.
 */
u32 vmbox_slots_of(u32 len);

/**
 * vmbox_out_room() - is there room for a message?
 * @out: the ring
 * @len: of its payload
 *
 * Return: 0; -EAGAIN: not now, and the reader has been asked to signal when it has
 * taken something; -EPROTO: the reader's index cannot be.
 */
int vmbox_out_room(struct vmbox_out *out, u32 len);

/**
 * vmbox_out_put() - write a message
 * @out: the ring
 * @hdr: its header; hdr->len says how long @payload is, at most VMBOX_PAYLOAD_MAX
 * @payload: may be NULL when hdr->len is 0
 *
 * The rest of the last slot becomes 0: nothing of ours is in it.
 *
 * Return: as vmbox_out_room().
 */
int vmbox_out_put(struct vmbox_out *out, const struct vmbox_hdr *hdr, const void *payload);

/**
 * vmbox_out_left() - how much has the reader not taken yet?
 * @out: the ring
 * Return: slots, at most VMBOX_SLOTS; so many, too, when its index cannot be.
 */
u32 vmbox_out_left(const struct vmbox_out *out);

/**
 * vmbox_out_signal() - does the reader want to be signalled for what was written since
 * the last time that this was asked?
 * @out: the ring
 * Return: whether it does.
 */
bool vmbox_out_signal(struct vmbox_out *out);

/**
 * vmbox_in_get() - take a message
 * @in: the ring
 * @hdr: its header
 * @payload: VMBOX_PAYLOAD_MAX bytes
 *
 * Return: 0; -EAGAIN: there is none; -EPROTO: the writer's index or the length in the
 * header cannot be, and nothing was taken.
 */
int vmbox_in_get(struct vmbox_in *in, struct vmbox_hdr *hdr, void *payload);

/**
 * vmbox_in_wait() - ask for a signal with the next message
 * @in: the ring, which was empty
 * Return: whether it is still empty; if not, look again, no signal may come.
 */
bool vmbox_in_wait(struct vmbox_in *in);

/**
 * vmbox_in_signal() - does the writer wait for the room that was made since the last
 * time that this was asked?
 * @in: the ring
 * Return: whether it does.
 */
bool vmbox_in_signal(struct vmbox_in *in);

#endif /* VMBOX_RING_CORE_H */

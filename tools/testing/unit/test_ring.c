// SPDX-License-Identifier: GPL-2.0
/* The rings of the mailbox: sriov-mbox/ring_core.c. */
#include <signal.h>
#include <sys/mman.h>

#include "ktap.h"
#include "ring_core.h"

static _Alignas(VMBOX_PAGE) u8 pages[VMBOX_PAGES * VMBOX_PAGE];
static struct vmbox_host_page *host = (void *)pages;
static struct vmbox_vf_page *vf = (void *)(pages + VMBOX_PAGE);
static struct vmbox_out to_vf, to_pf;
static struct vmbox_in at_pf, at_vf;
static struct vmbox_hdr hdr;
static u8 data[VMBOX_PAYLOAD_MAX], got[VMBOX_PAYLOAD_MAX];

/* Both sides, with indices from @at on. */
static void start(u32 at)
{
	memset(pages, 0, sizeof(pages));
	host->to_vf_prod = at;
	host->to_pf_cons = at;
	vmbox_ring_pf(pages, &to_vf, &at_pf);
	vmbox_ring_vf(pages, &to_pf, &at_vf);
}

static int put(u32 rid, u16 len)
{
	u32 i;

	hdr = (struct vmbox_hdr) { .op = 7, .rid = rid, .len = len, .total = len };
	for (i = 0; i < len; i++)
		data[i] = rid * 31 + i;
	return vmbox_out_put(&to_pf, &hdr, len ? data : NULL);
}

/* The next message is this one, whole. */
static bool get_is(u32 rid, u16 len)
{
	u32 i;

	memset(got, 0xee, sizeof(got));
	if (vmbox_in_get(&at_pf, &hdr, got) || hdr.rid != rid || hdr.len != len)
		return false;
	for (i = 0; i < len; i++)
		if (got[i] != (u8)(rid * 31 + i))
			return false;
	return len == VMBOX_PAYLOAD_MAX || got[len] == 0xee;
}

TEST("a message takes a slot for its header and 48 bytes, then one for each 64")
{
	CHECK_EQ(vmbox_slots_of(0), 1);
	CHECK_EQ(vmbox_slots_of(48), 1);
	CHECK_EQ(vmbox_slots_of(49), 2);
	CHECK_EQ(vmbox_slots_of(112), 2);
	CHECK_EQ(vmbox_slots_of(113), 3);
	CHECK_EQ(vmbox_slots_of(4096), 65);
}

TEST("each length comes out as it went in, in order, wherever the ring wraps")
{
	u32 rid, len = 0;

	start(0xffffff00);
	CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), -EAGAIN);
	for (rid = 0; rid < 3000; rid++) {
		CHECK_EQ(put(rid, len), 0);
		CHECK(get_is(rid, len));
		len = (len * 7 + 13) % (VMBOX_PAYLOAD_MAX + 1);
	}
	CHECK_EQ(put(1, VMBOX_PAYLOAD_MAX), 0);
	CHECK(get_is(1, VMBOX_PAYLOAD_MAX));
	CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), -EAGAIN);
	CHECK_EQ(host->to_pf_cons, vf->to_pf_prod);
}

TEST("a full ring says so, and who takes something is asked to signal")
{
	u32 n;

	start(0);
	for (n = 0; n < VMBOX_SLOTS; n++)
		CHECK_EQ(put(n, 48), 0);
	CHECK_EQ(put(n, 0), -EAGAIN);
	CHECK_EQ(vf->to_pf_prod, VMBOX_SLOTS);
	CHECK_EQ(vmbox_out_room(&to_pf, 0), -EAGAIN);
	/* It was asked when nothing had been taken; the first one passes that. */
	CHECK(!vmbox_in_signal(&at_pf));
	CHECK(get_is(0, 48));
	CHECK(vmbox_in_signal(&at_pf));
	CHECK(!vmbox_in_signal(&at_pf));
	CHECK_EQ(put(128, 48), 0);
	/* There is room for one slot now and then, not for two. */
	CHECK(get_is(1, 48));
	CHECK_EQ(put(0, 49), -EAGAIN);
	CHECK(get_is(2, 48));
	CHECK(vmbox_in_signal(&at_pf));
	CHECK_EQ(put(129, 49), 0);
	/* Nobody waits: nobody is signalled. */
	CHECK(get_is(3, 48));
	CHECK(!vmbox_in_signal(&at_pf));
}

/*
 * The writer's request for a signal is on a page of its own that cannot be written at
 * first: the reader acts at that very moment, when it is too late to be asked.
 */
static _Alignas(VMBOX_PAGE) u8 trap[VMBOX_PAGE];
static u32 taken_then;

static void on_trap(int signal)
{
	(void)signal;
	mprotect(trap, sizeof(trap), PROT_READ | PROT_WRITE);
	host->to_pf_cons = taken_then;
}

static int room_while(u32 taken, u16 len)
{
	int err;

	start(0);
	while (!put(0, 48))
		;
	taken_then = taken;
	to_pf.room = (u32 *)trap;
	signal(SIGSEGV, on_trap);
	mprotect(trap, sizeof(trap), PROT_READ);
	err = vmbox_out_room(&to_pf, len);
	signal(SIGSEGV, SIG_DFL);
	return err;
}

TEST("room that is made while it is asked for is seen at once")
{
	CHECK_EQ(room_while(1, 48), 0);
	CHECK_EQ(room_while(1, 49), -EAGAIN);
	CHECK_EQ(room_while(0, 48), -EAGAIN);
	CHECK_EQ(room_while(VMBOX_SLOTS, VMBOX_PAYLOAD_MAX), 0);
}

TEST("an index that is broken while room is asked for is found")
{
	CHECK_EQ(room_while(VMBOX_SLOTS + 1, 0), -EPROTO);
	CHECK_EQ(room_while(0xffffffff, 0), -EPROTO);
}

TEST("a signal is wanted once by a reader that waits, not by one that is busy")
{
	start(500);
	CHECK(vmbox_in_wait(&at_pf));
	CHECK(!vmbox_out_signal(&to_pf));
	CHECK_EQ(put(1, 0), 0);
	CHECK(vmbox_out_signal(&to_pf));
	CHECK(!vmbox_out_signal(&to_pf));
	CHECK_EQ(put(2, 0), 0);
	CHECK(!vmbox_out_signal(&to_pf));
	/* It looked before it went to sleep, and there was something. */
	CHECK(!vmbox_in_wait(&at_pf));
	CHECK(get_is(1, 0));
	CHECK(get_is(2, 0));
	CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), -EAGAIN);
	CHECK(vmbox_in_wait(&at_pf));
	CHECK_EQ(put(3, 0), 0);
	CHECK_EQ(put(4, 0), 0);
	CHECK(vmbox_out_signal(&to_pf));
}

TEST("32 messages at once are one signal each way")
{
	unsigned int i, signals = 0;

	start(0);
	CHECK(vmbox_in_wait(&at_pf));
	for (i = 0; i < 32; i++)
		CHECK_EQ(put(i, 48), 0);
	signals += vmbox_out_signal(&to_pf);
	for (i = 0; i < 32; i++)
		CHECK(get_is(i, 48));
	signals += vmbox_out_signal(&to_pf);
	CHECK_EQ(signals, 1);
}

TEST("an index of the writer that cannot be breaks the ring, and takes nothing")
{
	static const u32 wrong[] = { 129, 1000, 0x80000000, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		start(0);
		vf->to_pf_prod = wrong[i];
		CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), -EPROTO);
		CHECK(!vmbox_in_wait(&at_pf));
		CHECK_EQ(at_pf.tail, 0);
		CHECK_EQ(host->to_pf_cons, 0);
	}
	start(0);
	vf->to_pf_prod = VMBOX_SLOTS;
	CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), 0);
}

TEST("an index of the reader that cannot be breaks the ring, and writes nothing")
{
	static const u32 wrong[] = { 1, 2, 0x80000000, 0xffffffff - VMBOX_SLOTS };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		start(0);
		vf->to_vf_cons = wrong[i];
		hdr = (struct vmbox_hdr) { .op = 9 };
		CHECK_EQ(vmbox_out_put(&to_vf, &hdr, NULL), -EPROTO);
		CHECK_EQ(host->to_vf_prod, 0);
		CHECK_EQ(pages[VMBOX_PAGE_TO_VF * VMBOX_PAGE], 0);
	}
}

TEST("a length that cannot be breaks the ring")
{
	struct vmbox_hdr *slot = (void *)(pages + VMBOX_PAGE_TO_PF * VMBOX_PAGE);

	start(0);
	slot->len = VMBOX_PAYLOAD_MAX + 1;
	vf->to_pf_prod = VMBOX_SLOTS;
	CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), -EPROTO);
	slot->len = 49;
	vf->to_pf_prod = 1;
	CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), -EPROTO);
	CHECK_EQ(at_pf.tail, 0);
	slot->len = 48;
	CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), 0);
}

TEST("what was in a slot before is not behind a shorter message")
{
	u8 *slots = pages + VMBOX_PAGE_TO_PF * VMBOX_PAGE;
	unsigned int i;

	start(0);
	memset(slots, 0x55, VMBOX_SLOTS * VMBOX_SLOT);
	CHECK_EQ(put(1, 50), 0);
	for (i = 16 + 50; i < 2 * VMBOX_SLOT; i++)
		CHECK_EQ(slots[i], 0);
	CHECK_EQ(slots[i], 0x55);
}

TEST("the PF's side goes on in memory that was in use, and loses nothing")
{
	start(0);
	CHECK_EQ(put(1, 100), 0);
	CHECK_EQ(put(2, 100), 0);
	CHECK(get_is(1, 100));
	hdr = (struct vmbox_hdr) { .op = 9 };
	CHECK_EQ(vmbox_out_put(&to_vf, &hdr, NULL), 0);
	memset(&to_vf, 0, sizeof(to_vf));
	memset(&at_pf, 0, sizeof(at_pf));
	vmbox_ring_pf(pages, &to_vf, &at_pf);
	CHECK(get_is(2, 100));
	hdr = (struct vmbox_hdr) { .op = 9 };
	CHECK_EQ(vmbox_out_put(&to_vf, &hdr, NULL), 0);
	CHECK_EQ(host->to_vf_prod, 2);
	CHECK(!vmbox_in_signal(&at_vf));
}

TEST("a VF that begins anew cures what it broke, and sees nothing old")
{
	start(40);
	CHECK_EQ(put(1, 100), 0);
	vf->to_pf_prod = 77777;
	vf->to_vf_cons = 88888;
	CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), -EPROTO);
	vmbox_ring_vf(pages, &to_pf, &at_vf);
	CHECK_EQ(vmbox_in_get(&at_pf, &hdr, got), -EAGAIN);
	CHECK_EQ(vmbox_in_get(&at_vf, &hdr, got), -EAGAIN);
	CHECK(vmbox_in_wait(&at_pf));
	CHECK_EQ(put(2, 100), 0);
	CHECK(vmbox_out_signal(&to_pf));
	CHECK(get_is(2, 100));
	hdr = (struct vmbox_hdr) { .op = 9 };
	CHECK_EQ(vmbox_out_put(&to_vf, &hdr, NULL), 0);
	CHECK_EQ(vmbox_in_get(&at_vf, &hdr, got), 0);
}

TEST("what the reader has not taken is counted, whatever it says")
{
	start(0xfffffff0);
	CHECK_EQ(vmbox_out_left(&to_pf), 0);
	CHECK_EQ(put(1, 4000), 0);
	CHECK_EQ(put(2, 0), 0);
	CHECK_EQ(vmbox_out_left(&to_pf), vmbox_slots_of(4000) + 1);
	CHECK(get_is(1, 4000));
	CHECK_EQ(vmbox_out_left(&to_pf), 1);
	host->to_pf_cons += 2;
	CHECK_EQ(vmbox_out_left(&to_pf), VMBOX_SLOTS);
	host->to_pf_cons -= 1000;
	CHECK_EQ(vmbox_out_left(&to_pf), VMBOX_SLOTS);
}

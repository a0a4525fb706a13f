// SPDX-License-Identifier: GPL-2.0
/*
 * The PF's ends of the rings against a hostile VF: the input is what the VF writes to its
 * pages and what the PF does meanwhile. A second thread flips bytes of those pages all
 * the time, so that what is read twice differs.
 *
 * What must hold: nothing is read or written outside of the memory, indices of ours are
 * only ours, a message that is taken is no longer than it may be.
 *
 * bytes: 00 01 00 00 00 00 05 02 00 00 00 00 03 03 03 30 04 04
 * bytes: 01 40 00 00 00 02 41 00 00 00 02 01 00 05 00 01 00 00 00 20 00 20 00 03 03
 */
#include <pthread.h>
#include <stdlib.h>

#include "fuzz_input.h"
#include "ring_core.h"

/* Of memory of its own, so that a step beyond either end is seen. */
static u8 *pages;
static struct vmbox_out out;
static struct vmbox_in in;
static u8 data[VMBOX_PAYLOAD_MAX];

static void flip(u32 seed)
{
	u8 *vf = pages + VMBOX_PAGE;
	u8 *at;

	/* The indices now and then, headers often. */
	if (seed % 64 == 0)
		at = vf + (seed >> 8) % sizeof(struct vmbox_vf_page);
	else
		at = vf + VMBOX_PAGE + (seed >> 8) % (2 * VMBOX_PAGE);
	__atomic_fetch_xor(at, 1 << (seed >> 5) % 8, __ATOMIC_RELAXED);
}

static void *flipper(void *unused)
{
	u32 seed = 1;

	for (;;) {
		seed = seed * 1664525 + 1013904223;
		flip(seed >> 3);
	}
	return unused;
}

static void start(void)
{
	pthread_t thread;

	if (pages)
		return;
	pages = aligned_alloc(VMBOX_PAGE, VMBOX_PAGES * VMBOX_PAGE);
	memset(pages, 0, VMBOX_PAGES * VMBOX_PAGE);
	FUZZ_CHECK(!pthread_create(&thread, NULL, flipper, NULL));
}

/* The VF writes: an index, or bytes of a slot. */
static void vf_writes(void)
{
	u32 where = take_number(1), value;

	if (where < 4) {
		value = take_number(4);
		memcpy(pages + VMBOX_PAGE + (where & 1) * 4 + (where & 2) * 32, &value,
		       sizeof(value));
		return;
	}
	where = where * VMBOX_SLOT % (2 * VMBOX_PAGE);
	for (value = 0; value < 8; value++)
		pages[VMBOX_PAGE_TO_PF * VMBOX_PAGE + where + value * 2] = take_number(1);
}

static void get(void)
{
	struct vmbox_hdr hdr = { };
	u32 was = in.tail;
	int err = vmbox_in_get(&in, &hdr, data);

	if (err) {
		FUZZ_CHECK(err == -EAGAIN || err == -EPROTO);
		FUZZ_CHECK(in.tail == was);
		return;
	}
	/* The header that was judged is the one that was given to us. */
	FUZZ_CHECK(hdr.len <= VMBOX_PAYLOAD_MAX);
	FUZZ_CHECK(in.tail - was == vmbox_slots_of(hdr.len));
}

static void put(u16 len)
{
	struct vmbox_hdr hdr = { .op = 1, .len = len, .total = len };
	u32 was = out.head;
	int err = vmbox_out_put(&out, &hdr, data);

	FUZZ_CHECK(!err || err == -EAGAIN || err == -EPROTO);
	FUZZ_CHECK(out.head - was == (err ? 0 : vmbox_slots_of(len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct vmbox_host_page *host;

	start();
	input_is(bytes, size);
	host = (void *)pages;
	vmbox_ring_pf(pages, &out, &in);
	while (input_left) {
		switch (take_number(1) & 7) {
		case 0:
		case 1:
			vf_writes();
			break;
		case 2:
			put(take_number(2) % (VMBOX_PAYLOAD_MAX + 1));
			break;
		case 3:
		case 4:
			get();
			break;
		case 5:
			vmbox_in_wait(&in);
			break;
		case 6:
			vmbox_in_signal(&in);
			vmbox_out_signal(&out);
			break;
		default:
			/* It begins anew while the other goes on. */
			vmbox_ring_vf(pages, &(struct vmbox_out) { }, &(struct vmbox_in) { });
		}
		FUZZ_CHECK(host->to_vf_prod == out.head && host->to_pf_cons == in.tail);
	}
	return 0;
}

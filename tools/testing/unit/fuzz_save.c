// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a saved channel; and any channel, saved and restored.
 *
 * bytes: 56 4d 42 53 01 00 b8 00 01 00 00 00 01 00 00 00 dc fe 00 00 78 56 34 12
 */
#include "fuzz_input.h"
#include "save_core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmbox_saved saved = { .gen = 0x5aa5 }, again;
	u8 blob[VMBOX_SAVED_LEN];
	unsigned int i;

	if (vmbox_saved_read(&saved, data, size)) {
		FUZZ_CHECK(saved.gen == 0x5aa5);
	} else {
		FUZZ_CHECK(size == VMBOX_SAVED_LEN && !(saved.events & ~VMBOX_EVENTS));
		FUZZ_CHECK(!(saved.features & ~VMBOX_FEATURES));
	}
	input_is(data, size);
	memset(&saved, 0, sizeof(saved));
	saved.open = take_number(1) & 1;
	saved.gen = take_number(2);
	saved.next_rid = take_number(4);
	saved.events = take_number(1);
	saved.blocks = take_number(4);
	saved.link.mbps = take_number(4);
	for (i = 0; i < VMBOX_SAVED_STATS; i++)
		saved.stats[i] = take_number(4);
	vmbox_saved_write(&saved, blob);
	memset(&again, 0, sizeof(again));
	FUZZ_CHECK(!vmbox_saved_read(&again, blob, sizeof(blob)));
	FUZZ_CHECK(again.gen == saved.gen && again.next_rid == saved.next_rid);
	FUZZ_CHECK(again.events == saved.events && again.blocks == saved.blocks);
	FUZZ_CHECK(again.link.mbps == saved.link.mbps && again.open == saved.open);
	FUZZ_CHECK(!memcmp(again.stats, saved.stats, sizeof(saved.stats)));
	/* One bit less is another channel. */
	blob[saved.gen % sizeof(blob)] ^= 1 << saved.open;
	FUZZ_CHECK(vmbox_saved_read(&again, blob, sizeof(blob)));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a request for the check before a guest is started, and any regions.
 *
 * seed: 0000:01:00.0 mem=4G
 * seed: 01:00.0,0001:02:1f.7 mem=512,below4g=0x10000000 machine=pc-i440fx-9.2
 * word: mem=
 * word: ,below4g=
 * word: 0x
 * word:  machine=q35
 */
#include "fuzz.h"
#include "preflight_core.h"

/* Regions come out of the text: it is as good as any other source of numbers. */
static unsigned int make_regions(const uint8_t *data, size_t size, unsigned int devices,
				 struct ie_pre_region *region, unsigned int room)
{
	unsigned int n;

	for (n = 0; n < room && size > 10; n++, data += 10, size -= 10) {
		memcpy(&region[n].range.start, data, 8);
		region[n].range.start >>= data[8] & 63;
		region[n].range.end = region[n].range.start + data[9] * 0x1000ull;
		if (region[n].range.end < region[n].range.start)
			region[n].range.end = UINT64_MAX;
		region[n].device = data[9] % devices;
		region[n].relaxable = data[8] & 64;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ie_pre_question question = { .others = "0000:00:01.0" };
	struct ie_pre_now now[IE_PRE_DEVICES] = {};
	struct ie_pre_region region[8];
	struct ie_pre_layout layout;
	struct ie_pre_request request;
	const char *why = NULL;
	char text[600];
	unsigned int i, machine;

	if (ie_pre_parse((const char *)data, size, &request, &why)) {
		FUZZ_CHECK(why && request.devices <= IE_PRE_DEVICES);
		return 0;
	}
	FUZZ_CHECK(request.devices && request.devices <= IE_PRE_DEVICES && request.mem);
	FUZZ_CHECK(request.machines && request.machines <= (IE_PRE_Q35 | IE_PRE_PC));
	for (machine = IE_PRE_Q35; machine <= IE_PRE_PC; machine++) {
		ie_pre_ram(machine, request.mem, request.below4g, &layout);
		FUZZ_CHECK(layout.count <= IE_PRE_RANGES);
		for (i = 0; i < layout.count; i++)
			FUZZ_CHECK(layout.range[i].start <= layout.range[i].end);
	}
	for (i = 0; i < request.devices; i++)
		now[i] = (struct ie_pre_now) { size % 5, size / 5 % 5, size % 31 == 30 };
	question.now = now;
	question.kernel = size % 3;
	question.request = &request;
	question.region = region;
	question.regions = make_regions(data, size, request.devices, region, 8);
	question.has_vfs = size;
	FUZZ_CHECK(ie_pre_answer(&question, text, sizeof(text)) == strlen(text));
	FUZZ_CHECK(!strncmp(text, "strict=", 7));
	return 0;
}

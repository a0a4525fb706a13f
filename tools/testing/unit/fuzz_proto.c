// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as messages of the other side: the first says which side this is and what
 * was agreed on; then come pieces, headers of 16 bytes and what they say follows.
 *
 * bytes: 02 01 00 01 00 01 00 00 00 10 00 10 00 07 00 00 00 01 00 00 00 00 00 00 00
 * bytes: 03 00 80 05 00 01 00 00 00 04 00 08 00 07 00 00 00 aa bb cc dd
 */
#include "fuzz_input.h"
#include "proto_core.h"

#define GEN	7

static struct vmbox_pieces pieces;

static void check_verdict(struct vmbox_proto *proto, const struct vmbox_hdr *hdr)
{
	bool was_open = proto->open;
	u16 flags, status = 0;
	u8 payload[VMBOX_PAYLOAD_MAX];
	struct vmbox_version answer;
	struct vmbox_test test;

	switch (vmbox_judge(proto, hdr, &status)) {
	case VMBOX_CORE:
	case VMBOX_USER:
		FUZZ_CHECK(hdr->flags == VMBOX_MSG_REQUEST && !hdr->status);
		FUZZ_CHECK(was_open || hdr->op == VMBOX_OP_VERSION);
		FUZZ_CHECK(hdr->gen == GEN || hdr->op == VMBOX_OP_VERSION);
		break;
	case VMBOX_TOLD:
		FUZZ_CHECK(proto->side == VMBOX_SIDE_VF && hdr->op == VMBOX_OP_EVENT);
		break;
	case VMBOX_REFUSE:
		FUZZ_CHECK(hdr->flags == VMBOX_MSG_REQUEST && status);
		FUZZ_CHECK(was_open || hdr->op == VMBOX_OP_VERSION);
		return;
	case VMBOX_ANSWER:
		FUZZ_CHECK(hdr->flags & VMBOX_MSG_ANSWER);
		return;
	default:
		return;
	}
	memcpy(payload, pieces.data, hdr->len);
	if (hdr->op == VMBOX_OP_VERSION) {
		struct vmbox_version asked;

		memcpy(&asked, payload, sizeof(asked));
		if (!vmbox_negotiate(proto, &asked, VMBOX_FEATURE_QUIESCE, &answer))
			FUZZ_CHECK(proto->open && !(proto->features & ~VMBOX_FEATURE_QUIESCE));
		FUZZ_CHECK(answer.major == VMBOX_VERSION_MAJOR && !answer.reserved);
	}
	if (hdr->op == VMBOX_OP_TEST) {
		FUZZ_CHECK(hdr->len >= sizeof(test));
		FUZZ_CHECK(vmbox_test_answer(payload, hdr->len, 0, &flags, &status) <=
			   hdr->len - sizeof(test));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmbox_proto proto = { .gen = GEN };
	u8 bytes[VMBOX_PIECE_MAX];
	struct vmbox_hdr hdr;
	u32 first, i;
	int ret;

	input_is(data, size);
	first = take_number(1);
	proto.side = first & 1 ? VMBOX_SIDE_VF : VMBOX_SIDE_PF;
	proto.open = first & 2;
	proto.features = first & 4 ? VMBOX_FEATURES : 0;
	memset(&pieces, 0, sizeof(pieces));
	while (input_left) {
		hdr = (struct vmbox_hdr) { .op = take_number(2), .flags = take_number(2) };
		hdr.rid = take_number(4);
		hdr.len = take_number(2);
		hdr.total = take_number(2);
		hdr.gen = take_number(2);
		hdr.status = take_number(2);
		for (i = 0; i < hdr.len && i < sizeof(bytes); i++)
			bytes[i] = take_number(1);
		ret = vmbox_piece_in(&pieces, &hdr, bytes);
		FUZZ_CHECK(ret == 0 || ret == 1 || ret == -EPROTO);
		FUZZ_CHECK(pieces.going == !ret);
		FUZZ_CHECK(!pieces.going || pieces.have < pieces.hdr.total);
		if (ret != 1)
			continue;
		FUZZ_CHECK(pieces.hdr.len == pieces.hdr.total);
		FUZZ_CHECK(pieces.hdr.total <= VMBOX_PAYLOAD_MAX);
		check_verdict(&proto, &pieces.hdr);
	}
	return 0;
}

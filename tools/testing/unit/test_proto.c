// SPDX-License-Identifier: GPL-2.0
/* What the messages of the mailbox are: sriov-mbox/proto_core.c. */
#include "ktap.h"
#include "proto_core.h"

#define GEN	9

static struct vmbox_proto pf, vf;
static struct vmbox_hdr hdr;
static u16 status;

static void start(bool open)
{
	pf = (struct vmbox_proto) { .side = VMBOX_SIDE_PF, .gen = GEN, .open = open };
	vf = pf;
	vf.side = VMBOX_SIDE_VF;
	status = 0;
}

static struct vmbox_hdr *message(u16 op, u16 flags, u16 len)
{
	hdr = (struct vmbox_hdr) {
		.op = op, .flags = flags, .rid = 1, .len = len, .total = len, .gen = GEN,
	};
	return &hdr;
}

static enum vmbox_verdict judged(const struct vmbox_proto *proto, u16 op, u16 flags, u16 len)
{
	return vmbox_judge(proto, message(op, flags, len), &status);
}

static enum vmbox_verdict asked(u16 op, u16 len)
{
	return judged(&pf, op, VMBOX_MSG_REQUEST, len);
}

/* From whom, by whom it is answered, how short and how long: the table of the header. */
static const struct {
	u16 op;
	bool from_vf, from_pf;
	enum vmbox_verdict verdict;
	u16 min, max;
	u64 feature;
} ops[] = {
	{ VMBOX_OP_VERSION, true, false, VMBOX_CORE, 16, 16, 0 },
	{ VMBOX_OP_CAPS, true, false, VMBOX_CORE, 0, 0, 0 },
	{ VMBOX_OP_HEARTBEAT, true, true, VMBOX_CORE, 0, 0, 0 },
	{ VMBOX_OP_TEST, true, true, VMBOX_CORE, 8, 4096, 0 },
	{ VMBOX_OP_LINK, true, false, VMBOX_USER, 0, 0, 0 },
	{ VMBOX_OP_SET_MAC, true, false, VMBOX_USER, 8, 8, 0 },
	{ VMBOX_OP_SET_VLAN, true, false, VMBOX_USER, 4, 4, 0 },
	{ VMBOX_OP_SET_RATE, true, false, VMBOX_USER, 8, 8, 0 },
	{ VMBOX_OP_BLOCK_READ, true, false, VMBOX_USER, 8, 8, VMBOX_FEATURE_BLOCKS },
	{ VMBOX_OP_BLOCK_WRITE, true, false, VMBOX_USER, 8, 136, VMBOX_FEATURE_BLOCKS },
	{ VMBOX_OP_QUIESCE, false, true, VMBOX_USER, 8, 8, VMBOX_FEATURE_QUIESCE },
	{ VMBOX_OP_REMOVE_PENDING, false, true, VMBOX_USER, 8, 8, VMBOX_FEATURE_QUIESCE },
	{ VMBOX_OP_VENDOR, true, true, VMBOX_USER, 0, 4096, 0 },
	{ 0xffff, true, true, VMBOX_USER, 0, 4096, 0 },
};

TEST("each request is taken from whom it may come, as long as it may be")
{
	unsigned int i, side;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		for (side = 0; side < 2; side++) {
			struct vmbox_proto *at = side ? &vf : &pf;
			bool may = side ? ops[i].from_pf : ops[i].from_vf;
			u16 op = ops[i].op, min = ops[i].min, max = ops[i].max;

			start(true);
			at->features = ops[i].feature;
			if (!may) {
				CHECK_EQ(judged(at, op, VMBOX_MSG_REQUEST, min), VMBOX_REFUSE);
				CHECK_EQ(status, EOPNOTSUPP);
				continue;
			}
			CHECK_EQ(judged(at, op, VMBOX_MSG_REQUEST, min), ops[i].verdict);
			CHECK_EQ(judged(at, op, VMBOX_MSG_REQUEST, max), ops[i].verdict);
			CHECK_EQ(judged(at, op, VMBOX_MSG_REQUEST, max + 1), VMBOX_BAD);
			CHECK_EQ(judged(at, op, 0, min), VMBOX_BAD);
			if (min)
				CHECK_EQ(judged(at, op, VMBOX_MSG_REQUEST, min - 1), VMBOX_BAD);
			at->features = 0;
			CHECK_EQ(judged(at, op, VMBOX_MSG_REQUEST, min),
				 ops[i].feature ? VMBOX_REFUSE : ops[i].verdict);
		}
	}
}

TEST("without its feature a request is refused, however long it is (case M24)")
{
	static const u16 lens[] = { 0, 1, 7, 8, 9, 136, 137, VMBOX_PAYLOAD_MAX };
	unsigned int i, j, side, n = 0;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		for (side = 0; side < 2; side++) {
			struct vmbox_proto *at = side ? &vf : &pf;

			if (!ops[i].feature || !(side ? ops[i].from_pf : ops[i].from_vf))
				continue;
			n++;
			start(true);
			at->features = VMBOX_FEATURES & ~ops[i].feature;
			for (j = 0; j < ARRAY_SIZE(lens); j++) {
				status = 0;
				CHECK_EQ(judged(at, ops[i].op, VMBOX_MSG_REQUEST, lens[j]),
					 VMBOX_REFUSE);
				CHECK_EQ(status, EOPNOTSUPP);
			}
			CHECK_EQ(judged(at, ops[i].op, 0, 8), VMBOX_BAD);
			CHECK_EQ(judged(at, ops[i].op, VMBOX_MSG_REQUEST, VMBOX_PAYLOAD_MAX + 1),
				 VMBOX_BAD);
		}
	}
	CHECK_EQ(n, 4);
}

TEST("what is unknown is refused when it is a request, and bad when it is not")
{
	start(true);
	CHECK_EQ(asked(0x7fff, 0), VMBOX_REFUSE);
	CHECK_EQ(status, EOPNOTSUPP);
	CHECK_EQ(judged(&pf, 0x7fff, 0, 0), VMBOX_BAD);
	CHECK_EQ(asked(0, 0), VMBOX_REFUSE);
}

TEST("events come from the PF only, and are no requests")
{
	start(true);
	CHECK_EQ(judged(&vf, VMBOX_OP_EVENT, 0, sizeof(struct vmbox_event)), VMBOX_TOLD);
	CHECK_EQ(judged(&vf, VMBOX_OP_EVENT, 0, 23), VMBOX_BAD);
	CHECK_EQ(judged(&vf, VMBOX_OP_EVENT, VMBOX_MSG_REQUEST, 24), VMBOX_BAD);
	CHECK_EQ(judged(&pf, VMBOX_OP_EVENT, 0, 24), VMBOX_BAD);
}

TEST("before a version is agreed on there is VERSION and nothing else")
{
	u32 op;

	start(false);
	for (op = 0; op <= 0xffff; op++)
		CHECK_EQ(asked(op, 16), op == VMBOX_OP_VERSION ? VMBOX_CORE : VMBOX_BAD);
	CHECK_EQ(judged(&vf, VMBOX_OP_EVENT, 0, 24), VMBOX_BAD);
	CHECK_EQ(judged(&vf, VMBOX_OP_VERSION, VMBOX_MSG_ANSWER, 16), VMBOX_ANSWER);
}

TEST("another generation is stale, but for VERSION and its answer")
{
	start(true);
	pf.gen = GEN + 1;
	vf.gen = GEN - 1;
	CHECK_EQ(asked(VMBOX_OP_CAPS, 0), VMBOX_STALE);
	CHECK_EQ(asked(0x7fff, 0), VMBOX_STALE);
	CHECK_EQ(judged(&pf, VMBOX_OP_VENDOR, VMBOX_MSG_ANSWER, 0), VMBOX_STALE);
	CHECK_EQ(asked(VMBOX_OP_VERSION, 16), VMBOX_CORE);
	CHECK_EQ(asked(VMBOX_OP_VERSION, 15), VMBOX_BAD);
	CHECK_EQ(judged(&vf, VMBOX_OP_VERSION, VMBOX_MSG_ANSWER, 16), VMBOX_ANSWER);
	/* What is against the rules is so in whatever generation. */
	CHECK_EQ(judged(&pf, VMBOX_OP_CAPS, 0x8000, 0), VMBOX_BAD);
}

TEST("headers that say two things at once, or what nobody knows, are bad")
{
	static const u16 wrong[] = {
		0x0020, 0x8001, VMBOX_MSG_REQUEST | VMBOX_MSG_MORE,
		VMBOX_MSG_REQUEST | VMBOX_MSG_ANSWER, VMBOX_MSG_REQUEST | VMBOX_MSG_BUSY,
		VMBOX_MSG_REQUEST | VMBOX_MSG_RETRY, VMBOX_MSG_BUSY, VMBOX_MSG_RETRY,
		VMBOX_MSG_ANSWER | VMBOX_MSG_BUSY | VMBOX_MSG_RETRY,
		VMBOX_MSG_ANSWER | VMBOX_MSG_MORE,
	};
	unsigned int i;

	start(true);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK_EQ(judged(&pf, VMBOX_OP_VENDOR, wrong[i], 0), VMBOX_BAD);
	CHECK_EQ(judged(&pf, VMBOX_OP_VENDOR, VMBOX_MSG_ANSWER | VMBOX_MSG_BUSY, 0), VMBOX_ANSWER);
	CHECK_EQ(judged(&pf, VMBOX_OP_VENDOR, VMBOX_MSG_ANSWER | VMBOX_MSG_RETRY, 0), VMBOX_ANSWER);
	message(VMBOX_OP_VENDOR, VMBOX_MSG_REQUEST, 8)->total = 9;
	CHECK_EQ(vmbox_judge(&pf, &hdr, &status), VMBOX_BAD);
	message(VMBOX_OP_VENDOR, VMBOX_MSG_REQUEST, 8)->status = 1;
	CHECK_EQ(vmbox_judge(&pf, &hdr, &status), VMBOX_BAD);
	message(VMBOX_OP_VENDOR, VMBOX_MSG_ANSWER, 8)->status = 1;
	CHECK_EQ(vmbox_judge(&pf, &hdr, &status), VMBOX_ANSWER);
	CHECK_EQ(judged(&pf, VMBOX_OP_VENDOR, VMBOX_MSG_ANSWER, 4097), VMBOX_BAD);
}

TEST("the lower minor version and the features that both have are agreed on")
{
	struct vmbox_version ask = {
		.major = VMBOX_VERSION_MAJOR, .minor = 7, .features = VMBOX_FEATURES,
	};
	struct vmbox_version answer;

	start(false);
	CHECK_EQ(vmbox_negotiate(&pf, &ask, VMBOX_FEATURE_QUIESCE, &answer), 0);
	CHECK(pf.open);
	CHECK_EQ(pf.minor, VMBOX_VERSION_MINOR);
	CHECK_EQ(pf.features, VMBOX_FEATURE_QUIESCE);
	CHECK_EQ(answer.major, VMBOX_VERSION_MAJOR);
	CHECK_EQ(answer.minor, VMBOX_VERSION_MINOR);
	CHECK_EQ(answer.features, VMBOX_FEATURE_QUIESCE);
	CHECK_EQ(answer.reserved, 0);
}

TEST("another major version, unknown features and reserved bytes are not agreed to")
{
	struct vmbox_version ask = { .major = VMBOX_VERSION_MAJOR + 1 };
	struct vmbox_version answer;

	start(false);
	CHECK_EQ(vmbox_negotiate(&pf, &ask, VMBOX_FEATURES, &answer), -EPROTONOSUPPORT);
	CHECK_EQ(answer.major, VMBOX_VERSION_MAJOR);
	ask.major = VMBOX_VERSION_MAJOR;
	ask.features = VMBOX_FEATURES | 1ULL << 63;
	CHECK_EQ(vmbox_negotiate(&pf, &ask, VMBOX_FEATURES, &answer), -EINVAL);
	CHECK_EQ(answer.features, VMBOX_FEATURES);
	ask.features = 0;
	ask.reserved = 1;
	CHECK_EQ(vmbox_negotiate(&pf, &ask, VMBOX_FEATURES, &answer), -EINVAL);
	CHECK(!pf.open);
}

static struct vmbox_pieces pieces;
static u8 payload[VMBOX_PAYLOAD_MAX];

/* Through pieces and back; @bytes: of the whole message. */
static int round_trip(u16 bytes, unsigned int *count)
{
	struct vmbox_hdr piece;
	u16 at = 0;
	int ret;

	*count = 0;
	do {
		vmbox_piece_out(message(VMBOX_OP_VENDOR, VMBOX_MSG_REQUEST, bytes), at, &piece);
		ret = vmbox_piece_in(&pieces, &piece, payload + at);
		at += piece.len;
		++*count;
	} while (!ret);
	return ret;
}

TEST("messages of every length come together from their pieces")
{
	unsigned int i, count;

	for (i = 0; i < sizeof(payload); i++)
		payload[i] = i * 7 + i / 256;
	for (i = 0; i <= VMBOX_PAYLOAD_MAX; i++) {
		CHECK_EQ(round_trip(i, &count), 1);
		CHECK_EQ(count, i ? DIV_ROUND_UP(i, VMBOX_PIECE_MAX) : 1);
		CHECK_EQ(pieces.hdr.len, i);
		CHECK_EQ(pieces.hdr.total, i);
		CHECK_EQ(pieces.hdr.flags, VMBOX_MSG_REQUEST);
		CHECK(!memcmp(pieces.data, payload, i));
		CHECK(!pieces.going);
	}
}

static int piece(u16 flags, u16 len, u16 total)
{
	message(VMBOX_OP_VENDOR, flags, len)->total = total;
	return vmbox_piece_in(&pieces, &hdr, payload);
}

TEST("pieces that are too long, too many, too few or empty are bad")
{
	pieces = (struct vmbox_pieces) { };
	CHECK_EQ(piece(0, VMBOX_PIECE_MAX + 1, 1000), -EPROTO);
	CHECK_EQ(piece(0, 0xffff, 0xffff), -EPROTO);
	CHECK_EQ(piece(VMBOX_MSG_MORE, 10, VMBOX_PAYLOAD_MAX + 1), -EPROTO);
	CHECK_EQ(piece(0, 11, 10), -EPROTO);
	CHECK_EQ(piece(0, 9, 10), -EPROTO);
	CHECK_EQ(piece(VMBOX_MSG_MORE, 10, 10), -EPROTO);
	CHECK_EQ(piece(VMBOX_MSG_MORE, 0, 10), -EPROTO);
	CHECK_EQ(piece(VMBOX_MSG_MORE, 0, 0), -EPROTO);
	CHECK_EQ(piece(0, 0, 0), 1);
	/* In the second piece as well. */
	CHECK_EQ(piece(VMBOX_MSG_MORE, 6, 10), 0);
	CHECK_EQ(piece(0, 5, 10), -EPROTO);
	CHECK_EQ(piece(VMBOX_MSG_MORE, 6, 10), 0);
	CHECK_EQ(piece(0, 3, 10), -EPROTO);
	CHECK_EQ(piece(VMBOX_MSG_MORE, 6, 10), 0);
	CHECK_EQ(piece(VMBOX_MSG_MORE, 0, 10), -EPROTO);
	/* A bad one ends what was going on: the next begins. */
	CHECK_EQ(piece(0, 10, 10), 1);
}

TEST("a piece of another message, generation or kind does not go on the one before")
{
	static const struct vmbox_hdr first = {
		.op = VMBOX_OP_VENDOR, .flags = VMBOX_MSG_REQUEST | VMBOX_MSG_MORE, .rid = 1,
		.len = 6, .total = 10, .gen = GEN,
	};
	struct vmbox_hdr second[6];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(second); i++) {
		second[i] = first;
		second[i].flags = VMBOX_MSG_REQUEST;
		second[i].len = 4;
	}
	second[0].op++;
	second[1].rid++;
	second[2].gen++;
	second[3].total++;
	second[3].len++;
	second[4].status++;
	second[5].flags = VMBOX_MSG_ANSWER;
	for (i = 0; i < ARRAY_SIZE(second); i++) {
		CHECK_EQ(vmbox_piece_in(&pieces, &first, payload), 0);
		CHECK_EQ(vmbox_piece_in(&pieces, &second[i], payload), -EPROTO);
	}
}

static struct vmbox_test ask_test;
static u16 test_flags, test_status;

static u16 tested(u32 code, unsigned int times)
{
	ask_test.code = code;
	return vmbox_test_answer(&ask_test, sizeof(ask_test) + 5, times, &test_flags,
				 &test_status);
}

TEST("TEST: nothing, the same, busy twice, once more, an error, and what is none")
{
	CHECK_EQ(tested(VMBOX_TEST_NOP, 0), 0);
	CHECK_EQ(test_flags | test_status, 0);
	CHECK_EQ(tested(VMBOX_TEST_ECHO, 0), 5);
	CHECK_EQ(test_flags | test_status, 0);
	tested(VMBOX_TEST_BUSY, 0);
	CHECK_EQ(test_flags, VMBOX_MSG_BUSY);
	tested(VMBOX_TEST_BUSY, 1);
	CHECK_EQ(test_flags, VMBOX_MSG_BUSY);
	CHECK_EQ(tested(VMBOX_TEST_BUSY, 2), 0);
	CHECK_EQ(test_flags | test_status, 0);
	CHECK_EQ(tested(VMBOX_TEST_RETRY, 0), 0);
	CHECK_EQ(test_flags, VMBOX_MSG_RETRY);
	CHECK_EQ(tested(VMBOX_TEST_RETRY, 1), 0);
	CHECK_EQ(test_flags | test_status, 0);
	ask_test.value = 42;
	CHECK_EQ(tested(VMBOX_TEST_FAIL, 0), 0);
	CHECK_EQ(test_status, 42);
	CHECK_EQ(tested(VMBOX_TEST_FAIL + 1, 0), 0);
	CHECK_EQ(test_status, EINVAL);
}

TEST("a status is an errno that user space knows")
{
	CHECK_EQ(vmbox_status_errno(EPERM), EPERM);
	CHECK_EQ(vmbox_status_errno(511), 511);
	CHECK_EQ(vmbox_status_errno(512), EIO);
	CHECK_EQ(vmbox_status_errno(0xffff), EIO);
}

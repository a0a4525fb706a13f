// SPDX-License-Identifier: GPL-2.0
/* The protocol, see proto_core.h. Pure: this file also compiles in user space. */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#endif

#include "proto_core.h"

static_assert(sizeof(struct vmbox_version) == 16);
static_assert(sizeof(struct vmbox_caps) == 40);
static_assert(sizeof(struct vmbox_event) == 24);
static_assert(sizeof(struct vmbox_block) == 8);

#define FROM_VF		BIT(0)	/* a VF may ask this */
#define FROM_PF		BIT(1)
#define CORE		BIT(2)	/* answered by the mailbox itself */
#define EVENT		BIT(3)	/* no request, and not answered */
#define EARLY		BIT(4)	/* before a version is agreed on, in any generation */

/*
 * What may come from whom, and how long. Answers are judged by who waits for them.
 *
 *	op		from	answered by	payload
 *	VERSION		VF	mailbox		16, in any generation
 *	CAPS		VF	mailbox		0
 *	HEARTBEAT	both	mailbox		0
 *	TEST		both	mailbox		8 and more
 *	LINK		VF	user		0
 *	SET_MAC		VF	user		8
 *	SET_VLAN	VF	user		4
 *	SET_RATE	VF	user		8
 *	BLOCK_READ	VF	user		8, if granted
 *	BLOCK_WRITE	VF	user		8 to 136, if granted
 *	EVENT		PF	nobody		24
 *	QUIESCE		PF	user		8
 *	REMOVE_PENDING	PF	user		8
 *	0x8000...	both	user		any
 */
static const struct rule {
	u16 op;
	u16 flags;
	u16 min;
	u16 max;
	u64 feature;
} rules[] = {
	{ VMBOX_OP_VERSION, FROM_VF | CORE | EARLY,
	  sizeof(struct vmbox_version), sizeof(struct vmbox_version), 0 },
	{ VMBOX_OP_CAPS, FROM_VF | CORE, 0, 0, 0 },
	{ VMBOX_OP_HEARTBEAT, FROM_VF | FROM_PF | CORE, 0, 0, 0 },
	{ VMBOX_OP_TEST, FROM_VF | FROM_PF | CORE, sizeof(struct vmbox_test),
	  VMBOX_PAYLOAD_MAX, 0 },
	{ VMBOX_OP_LINK, FROM_VF, 0, 0, 0 },
	{ VMBOX_OP_SET_MAC, FROM_VF, sizeof(struct vmbox_mac), sizeof(struct vmbox_mac), 0 },
	{ VMBOX_OP_SET_VLAN, FROM_VF, sizeof(struct vmbox_vlan), sizeof(struct vmbox_vlan), 0 },
	{ VMBOX_OP_SET_RATE, FROM_VF, sizeof(struct vmbox_rate), sizeof(struct vmbox_rate), 0 },
	{ VMBOX_OP_BLOCK_READ, FROM_VF,
	  sizeof(struct vmbox_block), sizeof(struct vmbox_block), VMBOX_FEATURE_BLOCKS },
	{ VMBOX_OP_BLOCK_WRITE, FROM_VF, sizeof(struct vmbox_block),
	  sizeof(struct vmbox_block) + VMBOX_BLOCK_MAX, VMBOX_FEATURE_BLOCKS },
	{ VMBOX_OP_EVENT, FROM_PF | EVENT,
	  sizeof(struct vmbox_event), sizeof(struct vmbox_event), 0 },
	{ VMBOX_OP_QUIESCE, FROM_PF,
	  sizeof(struct vmbox_deadline), sizeof(struct vmbox_deadline), VMBOX_FEATURE_QUIESCE },
	{ VMBOX_OP_REMOVE_PENDING, FROM_PF,
	  sizeof(struct vmbox_deadline), sizeof(struct vmbox_deadline), VMBOX_FEATURE_QUIESCE },
};

static const struct rule vendor = {
	VMBOX_OP_VENDOR, FROM_VF | FROM_PF, 0, VMBOX_PAYLOAD_MAX, 0
};

static const struct rule *rule_of(u16 op)
{
	unsigned int i;

	if (op >= VMBOX_OP_VENDOR)
		return &vendor;
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].op == op)
			return &rules[i];
	return NULL;
}

static bool well_formed(const struct vmbox_hdr *hdr)
{
	u16 flags = hdr->flags;

	/* Pieces have been put together before this. */
	if (flags & ~VMBOX_MSG_ALL || flags & VMBOX_MSG_MORE)
		return false;
	if (hdr->len != hdr->total || hdr->total > VMBOX_PAYLOAD_MAX)
		return false;
	if (flags & VMBOX_MSG_ANSWER)
		return !(flags & VMBOX_MSG_REQUEST) &&
		       (flags & (VMBOX_MSG_BUSY | VMBOX_MSG_RETRY)) !=
		       (VMBOX_MSG_BUSY | VMBOX_MSG_RETRY);
	return !(flags & (VMBOX_MSG_BUSY | VMBOX_MSG_RETRY)) && !hdr->status;
}

enum vmbox_verdict vmbox_judge(const struct vmbox_proto *proto, const struct vmbox_hdr *hdr,
			       u16 *status)
{
	u16 from = proto->side == VMBOX_SIDE_PF ? FROM_VF : FROM_PF;
	const struct rule *rule = rule_of(hdr->op);
	bool request = hdr->flags & VMBOX_MSG_REQUEST;
	bool early = rule && rule->flags & EARLY;

	if (!well_formed(hdr))
		return VMBOX_BAD;
	if (hdr->gen != proto->gen && !early)
		return VMBOX_STALE;
	if (hdr->flags & VMBOX_MSG_ANSWER)
		return VMBOX_ANSWER;
	if (!proto->open && !early)
		return VMBOX_BAD;
	if (!rule || !(rule->flags & from)) {
		*status = EOPNOTSUPP;
		return request ? VMBOX_REFUSE : VMBOX_BAD;
	}
	if (request == !!(rule->flags & EVENT))
		return VMBOX_BAD;
	/* Before its length, as where @op is not known: that is of the feature, too. */
	if (rule->feature & ~proto->features) {
		*status = EOPNOTSUPP;
		return VMBOX_REFUSE;
	}
	if (hdr->len < rule->min || hdr->len > rule->max)
		return VMBOX_BAD;
	if (rule->flags & EVENT)
		return VMBOX_TOLD;
	return rule->flags & CORE ? VMBOX_CORE : VMBOX_USER;
}

int vmbox_status_errno(u16 status)
{
	return status < ERESTARTSYS ? status : EIO;
}

int vmbox_negotiate(struct vmbox_proto *proto, const struct vmbox_version *asked, u64 offer,
		    struct vmbox_version *answer)
{
	*answer = (struct vmbox_version) {
		.major = VMBOX_VERSION_MAJOR,
		.minor = min_t(u16, asked->minor, VMBOX_VERSION_MINOR),
		.features = asked->features & offer,
	};
	if (asked->major != VMBOX_VERSION_MAJOR)
		return -EPROTONOSUPPORT;
	if (asked->reserved || asked->features & ~VMBOX_FEATURES)
		return -EINVAL;
	proto->minor = answer->minor;
	proto->features = answer->features;
	proto->open = true;
	return 0;
}

static bool goes_on(const struct vmbox_pieces *pieces, const struct vmbox_hdr *hdr)
{
	const struct vmbox_hdr *first = &pieces->hdr;

	return hdr->op == first->op && hdr->rid == first->rid && hdr->gen == first->gen &&
	       hdr->total == first->total && hdr->status == first->status &&
	       !((hdr->flags ^ first->flags) & ~VMBOX_MSG_MORE);
}

int vmbox_piece_in(struct vmbox_pieces *pieces, const struct vmbox_hdr *hdr, const void *data)
{
	bool more = hdr->flags & VMBOX_MSG_MORE;
	bool going = pieces->going;
	u16 have = going ? pieces->have : 0;

	pieces->going = false;
	if (hdr->len > VMBOX_PIECE_MAX || hdr->total > VMBOX_PAYLOAD_MAX)
		return -EPROTO;
	if (going && !goes_on(pieces, hdr))
		return -EPROTO;
	/* A piece without a byte would never come to an end. */
	if (hdr->len > hdr->total - have || (hdr->len == hdr->total - have) == more ||
	    (!hdr->len && hdr->total))
		return -EPROTO;
	memcpy(pieces->data + have, data, hdr->len);
	pieces->have = have + hdr->len;
	pieces->hdr = *hdr;
	if (more) {
		pieces->going = true;
		return 0;
	}
	pieces->hdr.len = hdr->total;
	return 1;
}

u16 vmbox_piece_out(const struct vmbox_hdr *hdr, u16 at, struct vmbox_hdr *piece)
{
	u16 left = hdr->total - at;

	*piece = *hdr;
	piece->len = min_t(u16, left, VMBOX_PIECE_MAX);
	if (piece->len < left)
		piece->flags |= VMBOX_MSG_MORE;
	return piece->len;
}

u16 vmbox_test_answer(const void *data, u16 len, unsigned int times, u16 *flags, u16 *status)
{
	struct vmbox_test test;

	memcpy(&test, data, sizeof(test));
	*flags = 0;
	*status = 0;
	switch (test.code) {
	case VMBOX_TEST_NOP:
		return 0;
	case VMBOX_TEST_ECHO:
		return len - sizeof(test);
	case VMBOX_TEST_BUSY:
		*flags = times < 2 ? VMBOX_MSG_BUSY : 0;
		return 0;
	case VMBOX_TEST_RETRY:
		*flags = times < 1 ? VMBOX_MSG_RETRY : 0;
		return 0;
	case VMBOX_TEST_FAIL:
		*status = test.value;
		return 0;
	default:
		*status = EINVAL;
		return 0;
	}
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol: which messages there are, when they may come and how long they are;
 * pieces put together; versions agreed on. For both sides.
 */
#ifndef VMBOX_PROTO_CORE_H
#define VMBOX_PROTO_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif
#include <uapi/linux/sriov_mbox.h>

/**
 * enum vmbox_verdict - what becomes of a message that came in
 * @VMBOX_CORE: a request that the mailbox answers itself
 * @VMBOX_USER: a request for who uses the mailbox
 * @VMBOX_ANSWER: an answer: somebody may wait for it
 * @VMBOX_TOLD: an event
 * @VMBOX_REFUSE: a request that is answered with the status given
 * @VMBOX_STALE: of another generation: drop it
 * @VMBOX_BAD: against the rules: drop it, and count it against who sent it
 */
enum vmbox_verdict {
	VMBOX_CORE,
	VMBOX_USER,
	VMBOX_ANSWER,
	VMBOX_TOLD,
	VMBOX_REFUSE,
	VMBOX_STALE,
	VMBOX_BAD,
};

enum vmbox_side {
	VMBOX_SIDE_PF,
	VMBOX_SIDE_VF,
};

/**
 * struct vmbox_proto - what a side knows of the channel
 * @side: which side this is
 * @gen: generation
 * @open: a version was agreed on
 * @minor: which one
 * @features: that were granted
 */
struct vmbox_proto {
	enum vmbox_side side;
	u16 gen;
	bool open;
	u16 minor;
	u64 features;
};

/**
 * vmbox_judge() - what becomes of a message that came from the other side?
 * @proto: what we know
 * @hdr: its header, private, of the whole message
 * @status: for VMBOX_REFUSE: the errno, positive
 *
 * Before a version is agreed on a VF may say VERSION and nothing else. VERSION and its
 * answer are taken in any generation: by that a VF learns which one it is.
 *
 * Return: the verdict.
 */
enum vmbox_verdict vmbox_judge(const struct vmbox_proto *proto, const struct vmbox_hdr *hdr,
			       u16 *status);

/**
 * vmbox_status_errno() - the status of an answer, for who asked
 * @status: as the other side said it, not 0
 *
 * The other side may say what it likes, but not what only the kernel says to itself.
 *
 * Return: an errno that user space knows, or EIO.
 */
int vmbox_status_errno(u16 status);

/**
 * vmbox_negotiate() - answer to VERSION
 * @proto: becomes open when it is agreed on
 * @asked: what the VF said
 * @offer: features that this side has
 * @answer: what to answer
 *
 * Return: 0, or -EPROTONOSUPPORT for another major version, or -EINVAL for features or
 * reserved bytes that are not known; then @answer says what would do.
 */
int vmbox_negotiate(struct vmbox_proto *proto, const struct vmbox_version *asked, u64 offer,
		    struct vmbox_version *answer);

/**
 * struct vmbox_pieces - a message that comes in pieces
 * @hdr: of the whole
 * @have: bytes so far; 0 with hdr.total > 0 is a first piece without bytes, which is bad
 * @going: there was a first piece
 * @data: what came
 */
struct vmbox_pieces {
	struct vmbox_hdr hdr;
	u16 have;
	bool going;
	u8 data[VMBOX_PAYLOAD_MAX];
};

/**
 * vmbox_piece_in() - take a piece
 * @pieces: what came before; starts as 0
 * @hdr: of this piece
 * @data: its bytes, hdr->len of them
 *
 * All pieces have the same header but for len and MORE, and at least a byte, and
 * together hdr->total bytes. A piece of another generation or with another header than
 * the one before ends what was going and is bad itself.
 *
 * Return: 1 when it was the last: the message is @pieces->hdr and @pieces->data; 0 when
 * others have to follow; -EPROTO.
 */
int vmbox_piece_in(struct vmbox_pieces *pieces, const struct vmbox_hdr *hdr, const void *data);

/**
 * vmbox_piece_out() - cut off a piece
 * @hdr: of the whole message
 * @at: bytes sent so far
 * @piece: becomes the header of the next piece
 *
 * Return: bytes in it, up to VMBOX_PIECE_MAX.
 */
u16 vmbox_piece_out(const struct vmbox_hdr *hdr, u16 at, struct vmbox_hdr *piece);

/**
 * vmbox_test_answer() - what TEST is answered with
 * @data: the request: struct vmbox_test and more
 * @len: of it, at least sizeof(struct vmbox_test)
 * @times: how often this request (its rid) has been asked or has been called busy
 * @flags: VMBOX_MSG_BUSY or VMBOX_MSG_RETRY, or 0
 * @status: of the answer, positive
 *
 * Return: bytes of @data, from its end, that go into the answer.
 */
u16 vmbox_test_answer(const void *data, u16 len, unsigned int times, u16 *flags, u16 *status);

#endif /* VMBOX_PROTO_CORE_H */

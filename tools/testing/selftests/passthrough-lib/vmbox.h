/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mailbox from user space, for test programs: the side of a VF over
 * /dev/vmbox/vf-BDF and the side of a PF's agent over /dev/vmbox/pf-BDF. Compiled
 * together with drivers/sriov-mbox/ring_core.c.
 *
 * Functions return 0, a length, or a negative errno. Nothing here is for many threads:
 * one VF, one thread.
 */
#ifndef SELFTESTS_VMBOX_H
#define SELFTESTS_VMBOX_H

#include "ring_core.h"

struct vmbox_vf;

/**
 * vmbox_handler - what to do with a message that is no answer to one of ours
 * @vf: whose it is
 * @hdr: its header; a request wants vmbox_vf_answer()
 * @data: its payload
 */
typedef void vmbox_handler(struct vmbox_vf *vf, const struct vmbox_hdr *hdr, const void *data);

/**
 * struct vmbox_vf - the side of a VF
 * @fd: of the node
 * @event: eventfd that is signalled when there is something to look at
 * @pages: the shared memory
 * @host: the first of them
 * @out: ring to the PF
 * @in: ring from the PF
 * @gen: generation that was shaken hands on; 0 before
 * @open: hands were shaken
 * @greeting: VERSION is under way, in generation @gen
 * @features: that were granted
 * @rid: of the last request
 * @other: called for what is no answer; vmbox_vf_serve() unless somebody changes it
 * @priv: for whoever has changed that
 * @events: VMBOX_EVENT_* that came, until somebody clears them
 * @blocks: likewise, blocks that are invalid
 * @link: as it came with the last event
 * @answered: status of the last answer
 * @stale: messages of another generation that came
 * @buf: payload of the message that came last
 */
struct vmbox_vf {
	int fd, event;
	u8 *pages;
	const struct vmbox_host_page *host;
	struct vmbox_out out;
	struct vmbox_in in;
	u16 gen;
	bool open;
	bool greeting;
	u64 features;
	u32 rid;
	vmbox_handler *other;
	void *priv;
	u64 events, blocks;
	struct vmbox_link link;
	u16 answered;
	unsigned long stale;
	u8 buf[VMBOX_PAYLOAD_MAX];
};

/* Open the node of a VF, map its memory, begin. Nothing is said yet. */
int vmbox_vf_open(struct vmbox_vf *vf, const char *bdf);

/* A new generation: both rings are empty afterwards. */
int vmbox_vf_restart(struct vmbox_vf *vf);
void vmbox_vf_close(struct vmbox_vf *vf);

/* Shake hands, in whatever generation it is now. @features: that are asked for. */
int vmbox_vf_hello(struct vmbox_vf *vf, u64 features, int timeout_ms);

/* Is this still the generation that hands were shaken on? */
bool vmbox_vf_current(const struct vmbox_vf *vf);

/*
 * Write a message: -EAGAIN when there is no room. Generation and total are filled in,
 * and the PF's side is not rung for: that is for vmbox_vf_flush(), once for many.
 */
int vmbox_vf_send(struct vmbox_vf *vf, struct vmbox_hdr hdr, const void *data);

/* Ring, if the other side waits for what was written or taken. */
int vmbox_vf_flush(struct vmbox_vf *vf);

/* Ring, whether it waits or not. */
int vmbox_vf_kick(struct vmbox_vf *vf);

/*
 * Take the next message into @vf->buf, whatever it is: -EAGAIN when there is none;
 * -ECONNRESET when hands have to be shaken anew. Those of another generation are
 * counted and dropped.
 */
int vmbox_vf_receive(struct vmbox_vf *vf, struct vmbox_hdr *hdr);

/*
 * Sleep until there may be something to take, or room. 0: there may; -ETIMEDOUT;
 * -ENODEV: the VF is gone.
 */
int vmbox_vf_wait(struct vmbox_vf *vf, int timeout_ms);

/*
 * Ask and wait; BUSY and RETRY are taken care of, and other messages go to @vf->other.
 * Return: bytes of the answer, which are in @vf->buf; the negative of its status;
 * -ETIMEDOUT, -ECONNRESET, -ENODEV. @vf->answered is its status, 0 where none came.
 */
int vmbox_vf_call(struct vmbox_vf *vf, u16 op, const void *in, u16 len, int timeout_ms);

/* Answer a request of the PF; waits for room, and rings. */
int vmbox_vf_answer(struct vmbox_vf *vf, const struct vmbox_hdr *to, u16 flags, u16 status,
		    const void *data, u16 len);

/* The usual @other: notes events, says yes to requests, echoes TEST and VENDOR. */
vmbox_handler vmbox_vf_serve;

/* Receive until there is nothing more, all of it for @other. */
int vmbox_vf_serve_all(struct vmbox_vf *vf);

/**
 * struct vmbox_agent - the side of a PF
 * @fd: of the node
 * @news: called with frames that are no requests, or NULL; set after vmbox_agent_open()
 * @have: bytes in @buf
 * @at: where the next frame is
 * @buf: frames that were read
 */
struct vmbox_agent {
	int fd;
	void (*news)(const struct vmbox_frame *frame, const void *data);
	u32 have, at;
	u8 buf[16 * VMBOX_FRAME_MAX] __attribute__((aligned(8)));
};

int vmbox_agent_open(struct vmbox_agent *agent, const char *bdf);
void vmbox_agent_close(struct vmbox_agent *agent);

/* The next request: -EAGAIN when there is none. It stays until the next call. */
int vmbox_agent_next(struct vmbox_agent *agent, const struct vmbox_frame **frame,
		     const void **data);

/* Sleep until there may be one: 0, -ETIMEDOUT, -ENODEV. */
int vmbox_agent_wait(struct vmbox_agent *agent, int timeout_ms);

/* Answer one; -ESTALE: too late; -EAGAIN: the VF takes nothing just now. */
int vmbox_agent_answer(struct vmbox_agent *agent, const struct vmbox_frame *to, u16 flags,
		       u16 status, const void *data, u16 len);

/* Ask a VF. Return: bytes of the answer, the negative of its status, or an errno. */
int vmbox_agent_call(struct vmbox_agent *agent, u32 vf, u16 op, const void *in, u32 len,
		     void *out, u32 room, u32 timeout_ms);

/* Ask all of 64 VFs that are in @mask; then it is who has answered with status 0. */
int vmbox_agent_call_all(struct vmbox_agent *agent, u64 *mask, u16 op, const void *in, u32 len,
			 u32 timeout_ms);

int vmbox_agent_tell(struct vmbox_agent *agent, u32 vf, u64 events, u64 blocks);

/* What a node says of itself. @fd: of either kind of node. */
int vmbox_vf_info(int fd, struct vmbox_info *info);
int vmbox_pf_info(int fd, struct vmbox_info *info);

/* Milliseconds of a clock that does not go back. */
unsigned long long vmbox_ms(void);

#endif /* SELFTESTS_VMBOX_H */

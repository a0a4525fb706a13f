/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * A mailbox between a PF and its VFs that is made of software: messages, the memory
 * that both sides share, the registers by which a guest finds it, and the character
 * devices. Described in Documentation/mailbox.rst.
 *
 * Numbers are in the order of the CPU, which both sides run on; the registers are in
 * the order of configuration space, which is little endian.
 */
#ifndef _UAPI_LINUX_SRIOV_MBOX_H
#define _UAPI_LINUX_SRIOV_MBOX_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VMBOX_VERSION_MAJOR	1
#define VMBOX_VERSION_MINOR	0

/* Messages ***************************************************************/

#define VMBOX_PAYLOAD_MAX	4096

/**
 * struct vmbox_hdr - in front of each piece of a message
 * @op: enum vmbox_op
 * @flags: VMBOX_MSG_*
 * @rid: of a request, chosen by who asks; the answer has the same
 * @len: bytes that follow in this piece
 * @total: bytes of the whole message, the same in all its pieces
 * @gen: generation of the channel; of another one it is dropped
 * @status: of an answer: 0, or an errno as a positive number
 */
struct vmbox_hdr {
	__u16 op;
	__u16 flags;
	__u32 rid;
	__u16 len;
	__u16 total;
	__u16 gen;
	__u16 status;
};

#define VMBOX_MSG_REQUEST	0x0001	/* an answer is expected */
#define VMBOX_MSG_ANSWER	0x0002
#define VMBOX_MSG_MORE		0x0004	/* another piece follows, with nothing between */
#define VMBOX_MSG_BUSY		0x0008	/* no answer yet: being worked on, wait on */
#define VMBOX_MSG_RETRY		0x0010	/* no answer: ask again a little later */
#define VMBOX_MSG_ALL		0x001f

/**
 * enum vmbox_op - what a message is about
 * @VMBOX_OP_VERSION: VF: struct vmbox_version, answered with the same
 * @VMBOX_OP_CAPS: VF: nothing, answered with struct vmbox_caps
 * @VMBOX_OP_HEARTBEAT: both: nothing, answered with nothing
 * @VMBOX_OP_TEST: both: struct vmbox_test and any bytes
 * @VMBOX_OP_LINK: VF: nothing, answered with struct vmbox_link
 * @VMBOX_OP_SET_MAC: VF: struct vmbox_mac
 * @VMBOX_OP_SET_VLAN: VF: struct vmbox_vlan
 * @VMBOX_OP_SET_RATE: VF: struct vmbox_rate
 * @VMBOX_OP_BLOCK_READ: VF: struct vmbox_block, answered with up to 128 bytes
 * @VMBOX_OP_BLOCK_WRITE: VF: struct vmbox_block and up to 128 bytes
 * @VMBOX_OP_EVENT: PF: struct vmbox_event, not answered
 * @VMBOX_OP_QUIESCE: PF: struct vmbox_deadline: come to rest, then answer
 * @VMBOX_OP_REMOVE_PENDING: PF: struct vmbox_deadline: let go, then answer
 * @VMBOX_OP_VF_STATE: the kernel, to an agent only: struct vmbox_vf_news, not answered
 * @VMBOX_OP_VENDOR: from here on PF driver and VF driver agree among themselves
 */
enum vmbox_op {
	VMBOX_OP_VERSION = 1,	/* for ever, in whatever version */
	VMBOX_OP_CAPS = 2,
	VMBOX_OP_HEARTBEAT = 3,
	VMBOX_OP_TEST = 4,
	VMBOX_OP_LINK = 0x10,
	VMBOX_OP_SET_MAC = 0x11,
	VMBOX_OP_SET_VLAN = 0x12,
	VMBOX_OP_SET_RATE = 0x13,
	VMBOX_OP_BLOCK_READ = 0x20,
	VMBOX_OP_BLOCK_WRITE = 0x21,
	VMBOX_OP_EVENT = 0x40,
	VMBOX_OP_QUIESCE = 0x41,
	VMBOX_OP_REMOVE_PENDING = 0x42,
	VMBOX_OP_VF_STATE = 0x60,
	VMBOX_OP_VENDOR = 0x8000,
};

/* The lower of both minors counts; another major is refused with EPROTONOSUPPORT. */
struct vmbox_version {
	__u16 major;
	__u16 minor;
	__u32 reserved;		/* 0 */
	__u64 features;		/* asked: VMBOX_FEATURE_*; answered: granted */
};

#define VMBOX_FEATURE_BLOCKS	0x01ULL	/* who has the PF answers block requests */
#define VMBOX_FEATURE_QUIESCE	0x02ULL	/* the VF answers QUIESCE, REMOVE_PENDING */
#define VMBOX_FEATURES		(VMBOX_FEATURE_BLOCKS | VMBOX_FEATURE_QUIESCE)

struct vmbox_caps {
	__u32 vf_index;
	__u16 payload_max;
	__u16 requests_max;	/* that may wait for an answer at once */
	__u32 answer_ms;	/* by when each is answered */
	__u32 reserved;
	__u64 features;		/* granted */
	char pf_name[16];	/* "agent", "relay", or what the PF driver calls itself */
};

enum vmbox_test_code {
	VMBOX_TEST_NOP,		/* answered with nothing */
	VMBOX_TEST_ECHO,	/* answered with the same bytes */
	VMBOX_TEST_BUSY,	/* BUSY twice, then as NOP */
	VMBOX_TEST_RETRY,	/* RETRY the first time, then as NOP */
	VMBOX_TEST_FAIL,	/* answered with status = value */
};

struct vmbox_test {
	__u32 code;
	__u32 value;
};

struct vmbox_link {
	__u32 up;
	__u32 mbps;		/* 0: not known */
};

struct vmbox_mac {
	__u8 addr[6];
	__u8 reserved[2];
};

struct vmbox_vlan {
	__u16 vid;		/* 0: none */
	__u8 qos;
	__u8 reserved;
};

struct vmbox_rate {
	__u32 min_mbps;
	__u32 max_mbps;		/* 0: no limit */
};

#define VMBOX_BLOCK_MAX		128
#define VMBOX_BLOCKS_INVALID	64	/* blocks from 0 on that can be invalidated */

struct vmbox_block {
	__u32 id;
	__u32 len;		/* to read at most; to write: what follows */
};

struct vmbox_deadline {
	__u32 ms;
	__u32 reserved;
};

/* What has happened since the last such message, whatever came first. */
struct vmbox_event {
	__u64 events;		/* VMBOX_EVENT_* */
	__u64 blocks;		/* that are invalid: bit n is block n */
	struct vmbox_link link;	/* as it is now */
};

#define VMBOX_EVENT_LINK		0x01ULL	/* look at link */
#define VMBOX_EVENT_RESET_IMPENDING	0x02ULL	/* of the PF */
#define VMBOX_EVENT_RESET_DONE		0x04ULL
#define VMBOX_EVENT_PF_GONE		0x08ULL	/* nobody answers for the PF now */
#define VMBOX_EVENT_PF_BACK		0x10ULL
#define VMBOX_EVENT_RESUME		0x20ULL	/* after QUIESCE */
#define VMBOX_EVENT_REMOVE_CANCELLED	0x40ULL	/* after REMOVE_PENDING */
#define VMBOX_EVENT_MIGRATED		0x80ULL	/* the channel was restored */
#define VMBOX_EVENTS			0xffULL

/**
 * enum vmbox_vf_state - how a VF's mailbox is
 * @VMBOX_VF_CLOSED: nobody is there
 * @VMBOX_VF_STARTING: somebody is; no version was agreed on
 * @VMBOX_VF_OPEN: in use
 * @VMBOX_VF_FAULTY: the VF broke a rule; it has to begin anew
 * @VMBOX_VF_QUARANTINED: too often, or an administrator wants it; only one lets it out
 * @VMBOX_VF_GONE: there is no such VF any more; told to agents only
 */
enum vmbox_vf_state {
	VMBOX_VF_CLOSED,
	VMBOX_VF_STARTING,
	VMBOX_VF_OPEN,
	VMBOX_VF_FAULTY,
	VMBOX_VF_QUARANTINED,
	VMBOX_VF_GONE,
};

/**
 * struct vmbox_vf_news - a VF's mailbox has another state, or another generation
 * @state: enum vmbox_vf_state, as it is now
 * @flags: VMBOX_NEWS_*; others may come
 * @features: VMBOX_FEATURE_* that were agreed on
 */
struct vmbox_vf_news {
	__u32 state;
	__u32 flags;
	__u64 features;
};

/*
 * The VF was reset, began anew, is another one, or has gone: what is kept of it is of a
 * generation that has ended. Said before any request of the next one.
 */
#define VMBOX_NEWS_RESET	0x00000001

/* Shared memory **********************************************************/

/*
 * Pages, in the order in which they are mapped. The VF writes the second and its
 * ring; all others are written by the PF's side only.
 */
#define VMBOX_PAGE		4096
#define VMBOX_PAGE_HOST		0	/* struct vmbox_host_page */
#define VMBOX_PAGE_VF		1	/* struct vmbox_vf_page */
#define VMBOX_PAGE_TO_PF	2	/* two pages of slots, written by the VF */
#define VMBOX_PAGE_TO_VF	4	/* two pages of slots, written by the PF's side */
#define VMBOX_PAGES		6

#define VMBOX_SLOT		64
#define VMBOX_SLOTS		128	/* of each ring, a power of 2 */

/*
 * Indices count slots from 0 and wrap at 2^32. A message is in consecutive slots,
 * its header in front, the rest of the last slot is not looked at. In memory no message
 * is in pieces. "event" and "room": signal me when your index, of what you have written
 * or of what you have taken, goes beyond this.
 */
struct vmbox_host_page {
	__u32 magic;		/* VMBOX_SIGNATURE */
	__u16 gen;
	__u16 status;		/* low half of the register STATUS */
	__u8 pad0[56];
	__u32 to_vf_prod;
	__u32 to_vf_room;
	__u8 pad1[56];
	__u32 to_pf_cons;
	__u32 to_pf_event;
	__u8 pad2[56];
};

struct vmbox_vf_page {
	__u32 to_pf_prod;
	__u32 to_pf_room;
	__u8 pad0[56];
	__u32 to_vf_cons;
	__u32 to_vf_event;
	__u8 pad1[56];
};

/* Registers **************************************************************/

/*
 * A vendor specific capability of 32 bytes in the VF's configuration space. All but
 * its first registers are windows to what does not fit there.
 */
#define VMBOX_SIGNATURE		0x58424d56	/* "VMBX" */

#define VMBOX_REG_HEADER	0x00	/* id 09, link, length 32, major << 4 | minor */
#define VMBOX_REG_SIGNATURE	0x04	/* RO */
#define VMBOX_REG_INFO		0x08	/* RO: 7:0 index of the VF; 23:20 VMBOX_INFO_* */
#define VMBOX_REG_STATUS	0x0c	/* RO: VMBOX_STATUS_*; 31:16 generation */
#define VMBOX_REG_CTRL		0x10	/* RW: VMBOX_CTRL_* */
#define VMBOX_REG_DOORBELL	0x14	/* WO: 7:0 VMBOX_BELL_*; 31:16 generation */
#define VMBOX_REG_WADDR		0x18	/* RW: 11:2 offset; 31 goes on by itself */
#define VMBOX_REG_WDATA		0x1c	/* RW: what is there */
#define VMBOX_REGS_LEN		0x20

#define VMBOX_INFO_INDEX	0x000000ff
#define VMBOX_INFO_XEN		0x00100000	/* shared memory by grants, event channel */

#define VMBOX_STATUS_PF		0x0001	/* somebody answers for the PF */
#define VMBOX_STATUS_OPEN	0x0002	/* VERSION was agreed on */
#define VMBOX_STATUS_RX		0x0004	/* a piece is in the receive slot */
#define VMBOX_STATUS_TX		0x0008	/* the send slot is free */
#define VMBOX_STATUS_QUARANTINE	0x0010	/* nothing is taken any more */
#define VMBOX_STATUS_MEMORY	0x0020	/* shared memory is used, the slots are not */
#define VMBOX_STATUS_ERROR	0x0040	/* the VF broke a rule; RESET cures it */
#define VMBOX_STATUS_GEN_SHIFT	16

#define VMBOX_CTRL_ENABLE	0x0001
#define VMBOX_CTRL_RESET	0x0004	/* clears itself */

#define VMBOX_BELL_SEND		1	/* a piece is in the send slot */
#define VMBOX_BELL_TAKEN	2	/* the receive slot can be used again */
#define VMBOX_BELL_MEMORY	3	/* use the shared memory that was described */
#define VMBOX_BELL_NO_MEMORY	4
#define VMBOX_BELL_KICK		5	/* look into the shared memory */

#define VMBOX_WIN_SETUP		0x080	/* struct vmbox_setup */
#define VMBOX_WIN_SEND		0x100	/* struct vmbox_hdr and VMBOX_PIECE_MAX bytes */
#define VMBOX_WIN_RECEIVE	0x200
#define VMBOX_WIN_LEN		0x300
#define VMBOX_PIECE_MAX		240

/**
 * struct vmbox_setup - shared memory, as a Xen guest describes it
 * @port: an unbound event channel for the back-end, 0 for none
 * @pages: VMBOX_PAGES
 * @gref: a grant for each
 * @result: of VMBOX_BELL_MEMORY: 0 or an errno, positive
 */
struct vmbox_setup {
	__u32 port;
	__u32 pages;
	__u32 gref[VMBOX_PAGES];
	__u32 result;
};

/* Character devices ******************************************************/

/*
 * /dev/vmbox/vf-DDDD:BB:DD.F: the VF's side, for one opener at a time. mmap() at offset
 * 0 (MAP_SHARED) gives VMBOX_PAGES pages, of which only the VF's can be mapped for
 * writing. Closing it closes the channel. When the VF goes while it is open poll() says
 * POLLHUP, and VMBOX_IOC_VF_KICK ENODEV.
 *
 * /dev/vmbox/pf-DDDD:BB:DD.F: who answers for the PF, for one opener at a time. read()
 * gives whole frames (struct vmbox_frame and its payload, padded to 8 bytes), as many
 * as fit; EMSGSIZE when not even one does. write() takes answers, in whole frames, and
 * says how many bytes of them it has taken; it stops in front of one that cannot be taken,
 * and says why when that is the first: ESTALE when it is too late or nobody asked, EAGAIN
 * when the VF takes nothing just now (POLLOUT says when to try again), EINVAL. poll() tells
 * when either would do something, and POLLHUP when the PF is gone. While a driver answers
 * for the PF there are no requests to read, and VMBOX_IOC_PF_CALL and _TELL are EBUSY.
 *
 * A frame without VMBOX_MSG_REQUEST wants no answer. VMBOX_OP_VF_STATE comes for each VF
 * when the node is opened, and again when a VF's state or generation (@hdr.gen) is another:
 * before the requests that the VF has made in it. Frames that are not known are skipped.
 */

/**
 * struct vmbox_frame - in front of a message, in read() and write() of an agent
 * @vf: which VF, from 0
 * @size: of the frame, with its payload and padding
 * @hdr: the message: @hdr.gen is that of the request in an answer, 0 else
 */
struct vmbox_frame {
	__u32 vf;
	__u32 size;
	struct vmbox_hdr hdr;
};

#define VMBOX_FRAME_MAX	(sizeof(struct vmbox_frame) + VMBOX_PAYLOAD_MAX)

/*
 * Structures of ioctls grow at their ends, and nothing that is there changes. Each begins
 * with @argsz, which the caller sets to its own sizeof, and @flags, which has to be 0 until
 * there are any. The kernel takes each size from VMBOX_*_SIZE_VER0 on, and reads what a
 * shorter structure lacks as 0. Of a longer one, what the kernel does not know has to be 0:
 * E2BIG. EINVAL: it is shorter than that, or @flags or what is reserved is not 0. In an
 * answer @argsz is how many bytes the kernel has filled in, never more than it was given.
 */

#define VMBOX_LAYOUT		1	/* of shared memory and its rings, as above */

/**
 * struct vmbox_info - what VMBOX_IOC_VF_INFO, _PF_INFO and _GUEST_INFO answer
 * @argsz: size of this structure
 * @flags: 0
 * @major: VMBOX_VERSION_MAJOR of the kernel
 * @minor: VMBOX_VERSION_MINOR of the kernel; of a VF or guest that is open, as agreed on
 * @layout: VMBOX_LAYOUT
 * @pages: of shared memory
 * @page_size: bytes of each
 * @slots: of each ring
 * @slot_size: bytes of each
 * @requests_max: of a VF that may wait for an answer at once
 * @payload_max: bytes of a message beside its header
 * @answer_ms: by when each request is answered
 * @features: VMBOX_FEATURE_* that the kernel knows
 * @agreed: those that were agreed on in this generation; of a PF's node 0
 * @vfs: of the PF, that there are now; in a guest 0
 * @vf_index: of the VF; of a PF's node 0
 * @gen: generation; of a PF's node 0
 * @status: VMBOX_STATUS_*
 * @vfs_max: bits of @vf_mask
 * @vf_mask: which there are: bit n is VF n; in a guest 0
 */
struct vmbox_info {
	__u32 argsz;
	__u32 flags;
	__u16 major;
	__u16 minor;
	__u16 layout;
	__u16 pages;
	__u16 page_size;
	__u16 slots;
	__u16 slot_size;
	__u16 requests_max;
	__u32 payload_max;
	__u32 answer_ms;
	__u64 features;
	__u64 agreed;
	__u32 vfs;
	__u32 vf_index;
	__u16 gen;
	__u16 status;
	__u32 vfs_max;
	__u64 vf_mask[4];
};

#define VMBOX_INFO_SIZE_VER0	96

#define VMBOX_ALL_VFS	0xffffffff
#define VMBOX_VFS_MAX	256	/* of one PF; those beyond have no mailbox */

/**
 * struct vmbox_call - a question of the agent to a VF, or to many; of a guest to the PF
 * @argsz: size of this structure
 * @flags: 0
 * @vf: which one; VMBOX_ALL_VFS for all that are in @mask; of a guest 0
 * @op: enum vmbox_op; VERSION, CAPS and EVENT are the kernel's
 * @timeout_ms: 1 to 60000
 * @in_len: how long is what is sent
 * @out_len: room at @out, then the length of the answer
 * @reserved: 0
 * @in: address of what is sent
 * @out: address where the answer goes; not with VMBOX_ALL_VFS
 * @mask: whom to ask, bit n is VF n; then who has answered with status 0; of a guest 0
 */
struct vmbox_call {
	__u32 argsz;
	__u32 flags;
	__u32 vf;
	__u32 op;
	__u32 timeout_ms;
	__u32 in_len;
	__u32 out_len;
	__u32 reserved;
	__u64 in;
	__u64 out;
	__u64 mask[VMBOX_VFS_MAX / 64];
};

#define VMBOX_CALL_SIZE_VER0	80

/**
 * struct vmbox_tell - events for a VF, or for all
 * @argsz: size of this structure
 * @flags: 0
 * @vf: which one, or VMBOX_ALL_VFS
 * @reserved: 0
 * @events: VMBOX_EVENT_LINK, _RESET_IMPENDING, _RESET_DONE or _RESUME
 * @blocks: that are invalid
 */
struct vmbox_tell {
	__u32 argsz;
	__u32 flags;
	__u32 vf;
	__u32 reserved;
	__u64 events;
	__u64 blocks;
};

#define VMBOX_TELL_SIZE_VER0	32

/**
 * struct vmbox_blob - a channel on its way to another machine
 * @argsz: size of this structure
 * @flags: 0
 * @vf: which one
 * @len: room at @data, then what is used; to restore: what is there
 * @data: address
 */
struct vmbox_blob {
	__u32 argsz;
	__u32 flags;
	__u32 vf;
	__u32 len;
	__u64 data;
};

#define VMBOX_BLOB_SIZE_VER0	24

/*
 * /dev/vmbox/guest-DDDD:BB:DD.F: in a guest, its user space at the mailbox of a VF, for
 * one opener at a time. read() gives whole frames: events, added up, and the requests of
 * the PF that no driver in the guest answers; write() takes one frame, the answer to one
 * of them. VMBOX_IOC_GUEST_CALL asks the PF.
 */

#define VMBOX_MAGIC		'V'
#define VMBOX_IOC_VF_INFO	_IO(VMBOX_MAGIC, 0x60)	/* struct vmbox_info */
#define VMBOX_IOC_VF_OPEN	_IO(VMBOX_MAGIC, 0x61)	/* begin anew, memory is 0 */
#define VMBOX_IOC_VF_KICK	_IO(VMBOX_MAGIC, 0x62)	/* look into the shared memory */
/* A file descriptor each, -1 for none: signals to the VF; instead of VMBOX_IOC_VF_KICK. */
#define VMBOX_IOC_VF_EVENTFD	_IOW(VMBOX_MAGIC, 0x63, __s32)
#define VMBOX_IOC_VF_KICKFD	_IOW(VMBOX_MAGIC, 0x64, __s32)
#define VMBOX_IOC_PF_INFO	_IO(VMBOX_MAGIC, 0x70)	/* struct vmbox_info */
#define VMBOX_IOC_PF_CALL	_IO(VMBOX_MAGIC, 0x71)	/* struct vmbox_call */
#define VMBOX_IOC_PF_TELL	_IO(VMBOX_MAGIC, 0x72)	/* struct vmbox_tell */
#define VMBOX_IOC_PF_SAVE	_IO(VMBOX_MAGIC, 0x73)	/* struct vmbox_blob */
#define VMBOX_IOC_PF_RESTORE	_IO(VMBOX_MAGIC, 0x74)	/* struct vmbox_blob */
#define VMBOX_IOC_GUEST_INFO	_IO(VMBOX_MAGIC, 0x78)	/* struct vmbox_info */
#define VMBOX_IOC_GUEST_CALL	_IO(VMBOX_MAGIC, 0x79)	/* struct vmbox_call */

#endif /* _UAPI_LINUX_SRIOV_MBOX_H */

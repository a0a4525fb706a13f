/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mailbox of a VF, as its guest sees it.
 *
 *	         RESET, memory      answers to VERSION, CAPS
 *	  DOWN ---------------> ASKED -----------------------> OPEN
 *	   ^  ^                 |   ^                           |
 *	   |  +-- no answer ----+   +---- another generation ---+
 *	   |                                                    |
 *	   +---- the capability is not there, ERROR, QUARANTINE -+
 *
 * All of this is done by one work, vmbox_vf.work: it runs when the PF's side signals,
 * and where nothing can signal it looks again and again. Who asks the PF something
 * sends that itself where it can.
 *
 * Lock order, outermost first:
 *
 *   devices_lock		(device.c) which VFs there are
 *   vmbox_vf.clients		who is told what the PF says; held while they are told
 *   vmbox_vf.lock		everything else
 *   vmbox_vf.async_lock	requests of a driver that does not wait; interrupts off
 *
 * watch_lock (watch.c), who waits for a mailbox, is outside of all of them.
 *
 * The PF's side is trusted with what it says and not with how long that is.
 */
#ifndef VMBOX_VF_H
#define VMBOX_VF_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/sriov_mbox_vf.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "../pending.h"
#include "../proto_core.h"
#include "../ring_core.h"

#define VMBOX_VF_ASKED_MAX	16	/* requests of the PF that wait for a client */
#define VMBOX_VF_CALL_MS	10000	/* where the caller has no deadline of its own */

enum vmbox_vf_phase {
	VMBOX_PHASE_DOWN,
	VMBOX_PHASE_ASKED,
	VMBOX_PHASE_OPEN,
};

struct vmbox_vf_memory;
struct vmbox_vf_reader;

/**
 * struct vmbox_vf_client - a driver
 * @api: the functions it can call
 * @vf: its VF; holds a reference
 * @ops: its
 * @priv: its
 * @told: what it knows of the mailbox
 */
struct vmbox_vf_client {
	const struct vmbox_vf_api *api;	/* first: include/linux/sriov_mbox_vf.h reads it */
	struct vmbox_vf *vf;
	const struct vmbox_vf_ops *ops;
	void *priv;
	struct vmbox_vf_status told;
};

/**
 * struct vmbox_vf_message - one that waits for being sent, or for a client
 * @node: in a list of the VF
 * @hdr: its header
 * @data: its payload, hdr.len bytes
 */
struct vmbox_vf_message {
	struct list_head node;
	struct vmbox_hdr hdr;
	u8 data[];
};

/**
 * struct vmbox_vf - a VF with a mailbox
 * @ref: holders
 * @node: in the list of all
 * @pdev: the VF; holds a reference
 * @cap: where in configuration space its capability is
 * @misc: its node for user space
 * @clients: see above. Protects from here to @lock:
 * @client: the driver, or NULL
 * @reader: user space, or NULL
 * @invalid: called with blocks that are invalid, or NULL
 * @invalid_ctx: handed to it
 * @lock: see above. Protects the rest:
 * @phase: see above
 * @gone: the VF is
 * @proto: generation, version, features
 * @memory: shared with the PF's side, or NULL: the window is used
 * @no_memory: it was tried and refused; not again until the mailbox was away
 * @out: in @memory
 * @in: in @memory
 * @pieces: a message that comes in pieces through the window
 * @head: the message that is looked at
 * @buf: its payload
 * @asked: when VERSION or CAPS was sent
 * @asked_rid: its rid
 * @caps: the PF's answer
 * @replies: struct vmbox_vf_message: answers of ours
 * @requests: struct vmbox_vf_message: requests of the PF for a client
 * @n_requests: how many
 * @test_rid: of the last TEST that was not answered for good
 * @test_times: how often that was so
 * @calls: struct vmbox_pending: requests of ours
 * @next_rid: of the next of them
 * @event: what no client was told yet
 * @blocks: that @invalid was not told yet
 * @status: STATUS, when @looked
 * @looked: it was read in this look and nothing was taken since; without @memory
 * @can_send: the send slot of the window is free, for sure
 * @quick: how often nothing was there since something was; for @work without signals
 * @asyncs: struct vmbox_vf_async: requests of the driver that have not ended
 * @async_lock: protects these three. Inside of @lock.
 * @async_closed: no more of them are taken
 * @async_new: that @work has not seen
 * @async_done: that have ended, and the driver was not told
 * @async_work: tells it
 * @changed: when @phase or @gone do
 * @work: looks what there is
 * @deliver: tells clients
 */
struct vmbox_vf {
	struct kref ref;
	struct list_head node;
	struct pci_dev *pdev;
	u16 cap;
	struct miscdevice misc;

	struct mutex clients;		/* see above */
	struct vmbox_vf_client *client;
	struct vmbox_vf_reader *reader;
	void (*invalid)(void *ctx, u64 blocks);
	void *invalid_ctx;

	struct mutex lock;		/* likewise */
	enum vmbox_vf_phase phase;
	bool gone;
	struct vmbox_proto proto;
	struct vmbox_vf_memory *memory;
	bool no_memory;
	struct vmbox_out out;
	struct vmbox_in in;
	struct vmbox_pieces *pieces;
	struct vmbox_hdr head;
	u8 *buf;
	unsigned long asked;
	u32 asked_rid;
	struct vmbox_caps caps;
	struct list_head replies;
	struct list_head requests;
	unsigned int n_requests;
	u32 test_rid;
	unsigned int test_times;
	struct list_head calls;
	u32 next_rid;
	struct vmbox_event event;
	u64 blocks;
	u32 status;
	bool looked;
	bool can_send;
	unsigned int quick;

	struct list_head asyncs;

	spinlock_t async_lock;		/* likewise */
	bool async_closed;
	struct list_head async_new;
	struct list_head async_done;
	struct work_struct async_work;

	wait_queue_head_t changed;
	struct delayed_work work;
	struct work_struct deliver;
};

extern struct workqueue_struct *vmbox_vf_wq;

/* device.c: which VFs there are. Finding one takes a reference. */
int vmbox_vf_devices_init(void);
void vmbox_vf_devices_exit(void);
struct vmbox_vf *vmbox_vf_find(struct pci_dev *pdev);
void vmbox_vf_put(struct vmbox_vf *vf);

/* serve.c: the work of a VF, and what it has to do with the protocol. */
void vmbox_vf_work(struct work_struct *work);

/* Look what there is. vf->lock held. */
void vmbox_vf_kick(struct vmbox_vf *vf);

/* The same, because the PF's side wants it; any context, until memory goes down. */
void vmbox_vf_signalled(struct vmbox_vf *vf);

/* Somebody came who may want to be told something. vf->lock not held. */
void vmbox_vf_deliver_soon(struct vmbox_vf *vf);

/* Send a message: 0; -EAGAIN: no room now; -EPROTO: shared memory is broken. vf->lock held. */
int vmbox_vf_send(struct vmbox_vf *vf, struct vmbox_hdr *hdr, const void *data);

/* Signal the PF's side when it waits for what was sent or taken. vf->lock held. */
void vmbox_vf_signal(struct vmbox_vf *vf);

/**
 * vmbox_vf_reply() - answer a request of the PF, as soon as there is room
 * @vf: the VF, vf->lock held
 * @to: the request; one of another generation, or of a VF that has gone, is not answered
 * @flags: VMBOX_MSG_BUSY, VMBOX_MSG_RETRY or 0
 * @status: 0 or an errno, positive
 * @data: or NULL
 * @len: of @data
 */
void vmbox_vf_reply(struct vmbox_vf *vf, const struct vmbox_hdr *to, u16 flags, u16 status,
		    const void *data, u16 len);

/* The mailbox is not used any more: end what is under way; nothing is queued after that. */
void vmbox_vf_stop(struct vmbox_vf *vf);

/* call.c: requests of ours. */

/* Ask the PF, see vmbox_vf_call(). */
int vmbox_vf_ask(struct vmbox_vf *vf, u16 op, const void *in, u16 in_len, void *out,
		 u16 out_room, unsigned int timeout_ms);

/* Send what has not been sent. vf->lock held. Return: as vmbox_pending_flush(). */
long vmbox_vf_calls_flush(struct vmbox_vf *vf);

/* async.c: requests of the driver that it does not wait for. */

/* Take one, see vmbox_vf_call_async(). Any context. */
int vmbox_vf_ask_async(struct vmbox_vf *vf, struct vmbox_vf_async *async);

/* Begin and end them. vf->lock held. Return: when to come again, in jiffies from now. */
unsigned long vmbox_vf_async_run(struct vmbox_vf *vf);

/* There is a driver: take them. */
void vmbox_vf_async_open(struct vmbox_vf *vf);

/* Take no more; those that there are end with @err, and were told when this returns. */
void vmbox_vf_async_end(struct vmbox_vf *vf, int err);

void vmbox_vf_async_work(struct work_struct *work);

/* watch.c: there is a mailbox for a device now. Its driver may be told. */
void vmbox_vf_watched(struct pci_dev *pdev);

/* window.c: registers, and messages in pieces. vf->lock held. */
u32 vmbox_vf_read(struct vmbox_vf *vf, u16 reg);
void vmbox_vf_write(struct vmbox_vf *vf, u16 reg, u32 value);
void vmbox_vf_bell(struct vmbox_vf *vf, u8 bell);

/* From @at on in the window; 0: from where the last such call ended. */
void vmbox_vf_window_in(struct vmbox_vf *vf, u16 at, void *to, u16 len);
void vmbox_vf_window_out(struct vmbox_vf *vf, u16 at, const void *from, u16 len);

/* The register, which also says whether something can be sent; ~0: it is not there. */
u32 vmbox_vf_window_status(struct vmbox_vf *vf);

/* A whole message: 0; -EAGAIN: not now; -EPROTO: pieces that do not fit. */
int vmbox_vf_window_get(struct vmbox_vf *vf, struct vmbox_hdr *hdr, void *data);
int vmbox_vf_window_put(struct vmbox_vf *vf, const struct vmbox_hdr *hdr, const void *data);

/* memory.c: memory shared with a Xen back-end, and its event channel. vf->lock held. */
#if IS_ENABLED(CONFIG_XEN)
int vmbox_vf_memory_up(struct vmbox_vf *vf);
void vmbox_vf_memory_down(struct vmbox_vf *vf);
const struct vmbox_host_page *vmbox_vf_memory_host(const struct vmbox_vf *vf);
void vmbox_vf_memory_kick(struct vmbox_vf *vf);
#else
static inline int vmbox_vf_memory_up(struct vmbox_vf *vf) { return -EOPNOTSUPP; }
static inline void vmbox_vf_memory_down(struct vmbox_vf *vf) { }

static inline const struct vmbox_host_page *vmbox_vf_memory_host(const struct vmbox_vf *vf)
{
	return NULL;
}

static inline void vmbox_vf_memory_kick(struct vmbox_vf *vf) { }
#endif

/* client.c: who is told what the PF says. */
extern const struct vmbox_vf_api vmbox_vf_api;
void vmbox_vf_deliver(struct work_struct *work);

/* node.c: user space as one of them. */
int vmbox_vf_node_add(struct vmbox_vf *vf);
void vmbox_vf_node_remove(struct vmbox_vf *vf);

/* Who reads learns that the VF is gone. */
void vmbox_vf_node_gone(struct vmbox_vf *vf);

/* Return: whether there was a reader for it. vf->clients held. */
bool vmbox_vf_node_tell(struct vmbox_vf *vf, const struct vmbox_hdr *hdr, const void *data);

/* blocks.c: the block interface of Hyper-V. */
int vmbox_vf_blocks_init(void);
void vmbox_vf_blocks_exit(void);

#endif /* VMBOX_VF_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The channel between one VF and whoever answers for its PF.
 *
 * What its VF has mounted it through is its port: the window in configuration space
 * alone, or shared memory. A channel outlives its port and its PF's users.
 *
 *	         port opened, used           VERSION agreed on
 *	  CLOSED ---------------> STARTING ------------------> OPEN
 *	    ^                       ^   ^                       |
 *	    |                       |   +-----------------------+
 *	    |        port opened    |    new generation: FLR, other PF user, restored
 *	    |        anew, RESET    |
 *	    |                     FAULTY <---- the VF broke a rule
 *	    |
 *	    +------ port closed, from anywhere but QUARANTINED
 *
 *	  QUARANTINED <--- too many broken rules, or an administrator: from anywhere.
 *	               Its port can come and go. Only an administrator ends it, with
 *	               CLOSED, or STARTING when there is a port.
 *
 * Every way into another state but OPEN makes a new generation: what is under way ends
 * with -ECONNRESET, and what still comes of it is dropped.
 *
 * Lock order, outermost first:
 *
 *   vmbox_chan.rx	what came from the VF is taken and answered, in order
 *   vmbox_pf.sem	who answers for the PF; for writing while that changes
 *   vmbox_chan.lock	everything else of the channel
 *   pfs_lock		(pf.c) which PFs there are
 *   managed_lock	(manager.c) what administrators have said
 *   kept_away_lock	(manage_vf.c) VFs that are disabled
 *   claims_lock	(dma_claim.c) IOMMU groups of such VFs
 *   policies_lock	(relay_policy.c) policies of VFs
 *   relay_lock		(relay.c) how much VFs have asked the relay for
 *   vmbox_pf.chans	the xarray's own spinlock, with interrupts off: which VFs there are
 *   vmbox_chan.told	the same: events that the VF has not been told yet
 *
 * A user's request() is called with rx of its channel, and nothing else. It may wait for
 * another VF, whose answer is taken with the rx of that one. Nobody waits for a guest with
 * any other of them held.
 *
 * rtnl stands outside of this order, for drivers may have it when they take their VFs
 * away, and so when channels close. Under rtnl all of them but rx and sem are taken as
 * they are without, and nobody has those of other channels; with rx or sem held rtnl is
 * only tried for, and not for long, and below it the lock of an interface (relay.c). The
 * notifier of network interfaces takes pfs_lock and told, nothing else (link.c).
 */
#ifndef VMBOX_CHAN_H
#define VMBOX_CHAN_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/sriov_mbox.h>
#include <linux/workqueue.h>

#include "limit_core.h"
#include "owed_core.h"
#include "pending.h"
#include "proto_core.h"
#include "ring_core.h"
#include "unread_core.h"

#define VMBOX_ANSWER_MS		5000	/* by when each is answered */

struct vmbox_chan;
struct vmbox_node;
struct vmbox_pf;
struct vmbox_user;
struct vmbox_window;

/**
 * struct vmbox_port_ops - how a VF can be reached
 * @name: "xen", "chardev"
 * @signal: there is something for the VF. chan->lock held: must not wait.
 */
struct vmbox_port_ops {
	const char *name;
	void (*signal)(struct vmbox_chan *chan);
};

/* What a message has paid of its limits. */
enum vmbox_paid {
	VMBOX_PAID_NOTHING,
	VMBOX_PAID_MESSAGE,
	VMBOX_PAID_ALL,
};

/**
 * struct vmbox_stats - what has happened; all but @state are counters
 * @received: messages taken from the VF
 * @received_bytes: of payload
 * @sent: messages written to the VF
 * @sent_bytes: of payload
 * @kicks: doorbells of the VF
 * @signals: of ours to it
 * @events: EVENT messages
 * @stale: messages of another generation
 * @bad: against the rules
 * @faults: shared memory that cannot be
 * @refused: requests that were answered by a refusal of the mailbox
 * @held: times that the VF had to wait because it asked for too much
 * @late: requests whose user did not answer in time
 */
struct vmbox_stats {
	u64 received, received_bytes;
	u64 sent, sent_bytes;
	u64 kicks, signals, events;
	u64 stale, bad, faults, refused, held, late;
};

/**
 * struct vmbox_chan - a channel
 * @ref: holders
 * @pf: its PF; holds a reference
 * @index: of the VF
 * @vf: the VF, NULL when it is gone. Under @lock.
 * @node: /dev/vmbox/vf-..., or NULL
 * @rx: see above. Protects from here to @lock:
 * @head: the header of the message that was taken and is not done with
 * @buf: its payload
 * @has_head: there is one
 * @head_gen: in which generation it was taken
 * @paid: for it
 * @reset_told: the last @epoch that the user's reset() was called for
 * @offered: to a user that has not taken it yet
 * @offer_ends: when it will not get it any more, in jiffies
 * @in: shared memory, when @memory
 * @lock: see above. Protects the rest, and @in, too:
 * @state: see above
 * @state_changed: and nobody was told yet
 * @epoch: which generation of which channel: a number that is never used again
 * @disabled: an administrator has disabled the VF: quarantined, and not given away
 * @proto: generation, version, features
 * @port: how the VF is reached, or NULL: then @state is CLOSED or QUARANTINED
 * @port_priv: the port's
 * @used: whoever has @port knows of it: a window may be where nobody sees it
 * @memory: the shared pages are used, and not the window
 * @window: the window's state, or NULL for a port without one
 * @host: the first shared page
 * @out: shared memory
 * @unread: events that are in @out and that the VF has not read
 * @pf_there: somebody answers for the PF
 * @reply: header of an answer that does not fit just now
 * @reply_data: its payload
 * @has_reply: there is one
 * @test_rid: of the last TEST that was not answered for good
 * @test_times: how often that was so
 * @owed: requests that a user has and has not answered
 * @answer_waits: there was no room for an answer of the user
 * @calls: struct vmbox_pending: requests of ours to the VF
 * @next_rid: of the next of them
 * @messages: what the VF may send
 * @bytes: likewise
 * @bells: how often it may ring
 * @setups: how often it may set up shared memory
 * @strikes: how often it may break a rule
 * @stats: counters
 * @service: looks at what came
 * @due: looks at deadlines of @owed, and asks again what @calls has
 * @due_queued: it will. Under @lock.
 * @due_at: and when, in jiffies
 * @notice: tells who wants to know of a new @state or @epoch
 * @told: protects @events, @blocks and @link
 * @events: that the VF has not been told yet
 * @blocks: likewise
 * @link: of the PF
 * @free: frees the channel, when the last reference was dropped
 */
struct vmbox_chan {
	struct kref ref;
	struct vmbox_pf *pf;
	unsigned int index;
	struct pci_dev *vf;
	struct vmbox_node *node;

	struct mutex rx;	/* see above, as for the others */
	struct vmbox_hdr head;
	u8 *buf;
	bool has_head;
	u16 head_gen;
	enum vmbox_paid paid;
	u64 reset_told;
	bool offered;
	unsigned long offer_ends;
	struct vmbox_in in;

	struct mutex lock;	/* see above */
	enum vmbox_vf_state state;
	bool state_changed;
	u64 epoch;
	bool disabled;
	struct vmbox_proto proto;
	const struct vmbox_port_ops *port;
	void *port_priv;
	bool used;
	bool memory;
	struct vmbox_window *window;
	struct vmbox_host_page *host;
	struct vmbox_out out;
	struct vmbox_unread unread;
	bool pf_there;
	struct vmbox_hdr reply;
	u8 *reply_data;
	bool has_reply;
	u32 test_rid;
	unsigned int test_times;
	struct vmbox_owed_table owed;
	bool answer_waits;
	struct list_head calls;
	u32 next_rid;
	struct vmbox_bucket messages, bytes, bells, setups, strikes;
	struct vmbox_stats stats;

	struct delayed_work service;
	struct delayed_work due;
	bool due_queued;
	unsigned long due_at;
	struct work_struct notice;
	spinlock_t told;	/* see above */
	u64 events, blocks;
	struct vmbox_link link;
	struct work_struct free;
};

/**
 * vmbox_chan_create() - a channel, CLOSED
 * @pf: its PF
 * @index: of the VF
 * Return: the channel with one reference, or NULL.
 */
struct vmbox_chan *vmbox_chan_create(struct vmbox_pf *pf, unsigned int index);

/* Any context. The channel is freed by a work of vmbox_wq. */
void vmbox_chan_get(struct vmbox_chan *chan);
void vmbox_chan_put(struct vmbox_chan *chan);

/* The VF has gone for good: close, and let go of what works for it. */
void vmbox_chan_end(struct vmbox_chan *chan);

/**
 * vmbox_chan_open() - a VF can be reached from now on
 * @chan: the channel
 * @port: how
 * @priv: the port's
 * @window: what vmbox_window_create() made, or NULL; stays the port's
 *
 * A window is used from when the VF has looked into it: an HVM guest does not see it, and
 * until then nobody is there.
 *
 * Context: process, may sleep.
 * Return: 0; -EBUSY when there is a port; -ENODEV when the VF is gone; -EPERM when it is
 * disabled.
 */
int vmbox_chan_open(struct vmbox_chan *chan, const struct vmbox_port_ops *port, void *priv,
		    struct vmbox_window *window);

/**
 * vmbox_chan_memory() - use shared memory from now on, or the window again
 * @chan: the channel
 * @priv: of which port; when that was closed nothing is done, whoever has one now
 * @pages: VMBOX_PAGES pages without a gap, or NULL; what was used before is not
 *	   touched any more when this returns
 *
 * Makes a new generation.
 *
 * Context: process, may sleep; waits for nobody.
 */
void vmbox_chan_memory(struct vmbox_chan *chan, const void *priv, void *pages);

/**
 * vmbox_chan_restart() - a new generation: what is under way ends with -ECONNRESET
 * @chan: the channel
 *
 * Cures FAULTY, and leaves CLOSED and QUARANTINED as they are.
 *
 * Context: process, may sleep; waits for nobody.
 */
void vmbox_chan_restart(struct vmbox_chan *chan);

/**
 * vmbox_chan_close() - a VF cannot be reached any more
 * @chan: the channel
 * @priv: of which port; when that was closed nothing is done, whoever has one now
 *
 * What is under way ends at once, and the next port may be opened at once. Nothing of this
 * one is used when this returns, and no user works on a request that came by it.
 *
 * Context: process, may sleep; waits for a request that a user is working on.
 */
void vmbox_chan_close(struct vmbox_chan *chan, const void *priv);

/**
 * vmbox_chan_quarantine() - an administrator takes a VF's mailbox away, or gives it back
 * @chan: the channel
 * @on: away
 *
 * One that is disabled cannot get it back.
 */
void vmbox_chan_quarantine(struct vmbox_chan *chan, bool on);

/* An administrator disables a VF: quarantined, until that is taken back, and cleared. */
void vmbox_chan_disable(struct vmbox_chan *chan, bool on);

/**
 * vmbox_chan_kick() - the VF has rung: look at what came, soon
 * @chan: the channel
 * Context: any.
 */
void vmbox_chan_kick(struct vmbox_chan *chan);

/**
 * vmbox_chan_kick_now() - the same, by the caller
 * @chan: the channel
 *
 * For a VF in user space: what it wants done is done on its own time.
 *
 * Context: process, may sleep, as long as a user works on a request.
 * Return: whether there was something, or somebody had waited for room.
 */
bool vmbox_chan_kick_now(struct vmbox_chan *chan);

/**
 * struct vmbox_seen - what a user that takes requests itself knows of a channel
 * @epoch: of the channel
 * @state: likewise
 */
struct vmbox_seen {
	u64 epoch;
	enum vmbox_vf_state state;
};

/**
 * vmbox_chan_pull() - take the next request, for a user that takes them itself
 * @chan: the channel
 * @user: the user; gets nothing when it is not the one that is asked
 * @seen: what it knows; gets nothing when that is not so any more
 * @hdr: its header, hdr->gen as it is now
 * @data: its payload, VMBOX_PAYLOAD_MAX bytes
 *
 * Context: process, may sleep; no lock of the channel held.
 * Return: 0; -EAGAIN: there is none.
 */
int vmbox_chan_pull(struct vmbox_chan *chan, const struct vmbox_user *user,
		    const struct vmbox_seen *seen, struct vmbox_hdr *hdr, void *data);

/* Tell the user that is asked of a generation that it does not know. No lock held. */
void vmbox_chan_tell_reset(struct vmbox_chan *chan);

/* The VF has looked into its window. chan->lock held. */
void vmbox_chan_used(struct vmbox_chan *chan);

/* Tell who wants to know what the channel is now; soon. Any context. */
void vmbox_chan_notice(struct vmbox_chan *chan);

/* The low half of STATUS, as registers and the first page have it. chan->lock held. */
u16 vmbox_chan_status(struct vmbox_chan *chan);

/* The VF broke a rule: too often, and it is quarantined. chan->lock held. */
void vmbox_chan_strike(struct vmbox_chan *chan);

/*
 * What the VF wrote to shared memory cannot be, which is no accident that the next
 * message mends: FAULTY, and a strike. chan->lock held.
 */
void vmbox_chan_fault(struct vmbox_chan *chan);

/* A version was agreed on. chan->lock held. */
void vmbox_chan_agreed(struct vmbox_chan *chan);

/* Look at what came: the work behind chan->service. In receive.c, with what follows. */
void vmbox_receive_work(struct work_struct *work);

/* The VF rang: too often, and that is a strike. chan->lock held. */
void vmbox_chan_rung(struct vmbox_chan *chan);

/*
 * A message came or went, or in the window a piece of one: the VF may ring for it, and
 * that does not count. chan->lock held.
 */
void vmbox_chan_may_ring(struct vmbox_chan *chan);

/* Somebody answers for the PF, or nobody; a new generation. */
void vmbox_chan_pf(struct vmbox_chan *chan, bool there, u64 events);

/* What follows is in send.c. */

/**
 * vmbox_send() - write a message to the VF
 * @chan: the channel, chan->lock held
 * @hdr: op, flags, rid, len and status; the rest is filled in
 * @data: its payload, or NULL
 *
 * The VF is signalled by vmbox_send_signal(), once for many.
 *
 * Return: 0; -EAGAIN: no room now; -ENOTCONN: no port, or nothing is taken of this VF;
 * -EPROTO: the VF broke a rule.
 */
int vmbox_send(struct vmbox_chan *chan, struct vmbox_hdr *hdr, const void *data);

/* Signal the VF when it waits for what was sent. chan->lock held. */
void vmbox_send_signal(struct vmbox_chan *chan);

/**
 * vmbox_reply() - answer a request, now or as soon as there is room
 * @chan: the channel, chan->lock held; there is no other reply that waits
 * @to: the request
 * @flags: VMBOX_MSG_BUSY, VMBOX_MSG_RETRY or 0
 * @status: 0 or an errno, positive
 * @data: or NULL
 * @len: of @data
 */
void vmbox_reply(struct vmbox_chan *chan, const struct vmbox_hdr *to, u16 flags, u16 status,
		 const void *data, u16 len);

/* The same, for who does not hold that lock. */
void vmbox_chan_signal(struct vmbox_chan *chan);

/* Send the reply that waits. chan->lock held. Return: 0 when none waits (any more). */
int vmbox_reply_flush(struct vmbox_chan *chan);

/* Send the events that wait. chan->lock held. */
void vmbox_events_flush(struct vmbox_chan *chan);

/* Events that were sent and that the VF has not read, beside what is there. chan->lock held. */
void vmbox_events_unread(struct vmbox_chan *chan, u64 *events, u64 *blocks);

/* A generation ends: they are told in the next one. chan->lock held. */
void vmbox_events_take_back(struct vmbox_chan *chan);

/* Add events; any context. They are sent when the VF can be reached. */
void vmbox_chan_tell(struct vmbox_chan *chan, u64 events, u64 blocks);

/* The link of the PF is so; the VF is told when that is news. Process context. */
void vmbox_chan_link(struct vmbox_chan *chan, const struct vmbox_link *link);

/* What follows is in call.c. */

/**
 * vmbox_chan_call() - ask the VF, see vmbox_call()
 * @chan: the channel, no lock of it held
 * @op: what
 * @in: or NULL
 * @in_len: of it
 * @out: or NULL
 * @out_room: room there
 * @timeout_ms: at most
 * Return: as vmbox_call().
 */
int vmbox_chan_call(struct vmbox_chan *chan, u16 op, const void *in, u16 in_len, void *out,
		    u16 out_room, unsigned int timeout_ms);

/**
 * vmbox_chans_call() - ask many and wait once
 * @chans: the channels
 * @n: how many
 * @op: what
 * @in: or NULL
 * @in_len: of it
 * @timeout_ms: for all of them
 * @results: for each: bytes of its answer or what vmbox_chan_call() says
 */
void vmbox_chans_call(struct vmbox_chan **chans, unsigned int n, u16 op, const void *in,
		      u16 in_len, unsigned int timeout_ms, int *results);

/**
 * vmbox_pf_broadcast() - ask VFs of a PF, see vmbox_broadcast()
 * @pf: the PF
 * @vfs: VMBOX_VFS_MAX bits: whom; then who has answered with status 0
 * @op: what
 * @in: or NULL
 * @in_len: of it
 * @timeout_ms: for all of them
 * Return: how many of them did not.
 */
int vmbox_pf_broadcast(struct vmbox_pf *pf, unsigned long *vfs, u16 op, const void *in,
		       u16 in_len, unsigned int timeout_ms);

/* An answer came: it is in chan->head and chan->buf. rx and lock held. */
void vmbox_call_answered(struct vmbox_chan *chan);

/* Send calls that wait for room, or for another time. chan->lock held. */
void vmbox_calls_flush(struct vmbox_chan *chan);

/* All calls end with @err. chan->lock held. */
void vmbox_calls_end(struct vmbox_chan *chan, int err);

/* What follows is in owed.c. */

/**
 * vmbox_owe() - note that a user has a request
 * @chan: the channel, chan->lock held
 * @hdr: the request
 * Return: 0; -ENOSPC: too many wait; -EEXIST: that rid does already.
 */
int vmbox_owe(struct vmbox_chan *chan, const struct vmbox_hdr *hdr);

/* A request is answered. chan->lock held. Return: 0 or -ESTALE. */
int vmbox_owed_done(struct vmbox_chan *chan, u32 rid);

/* Answer what is overdue, ask what is due: the work behind chan->due. */
void vmbox_due_work(struct work_struct *work);

/* Have that done in @delay jiffies at the latest. chan->lock held. */
void vmbox_due_in(struct vmbox_chan *chan, unsigned long delay);

/**
 * vmbox_chan_answer() - a user answers a request that it had
 * @chan: the channel, no lock of it held
 * @gen: generation of the request
 * @rid: its
 * @flags: VMBOX_MSG_BUSY, VMBOX_MSG_RETRY or 0; BUSY gives it more time
 * @status: 0 or an errno, positive
 * @data: or NULL
 * @len: of it
 *
 * The VF is signalled by vmbox_chan_signal(), once for many.
 *
 * Return: as vmbox_answer().
 */
int vmbox_chan_answer(struct vmbox_chan *chan, u16 gen, u32 rid, u16 flags, u16 status,
		      const void *data, u16 len);

#endif /* VMBOX_CHAN_H */

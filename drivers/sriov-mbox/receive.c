// SPDX-License-Identifier: GPL-2.0
/* What comes from the VF: who has it looked at, when, and what it is answered. See chan.h. */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include "chan.h"
#include "main.h"
#include "pf.h"
#include "trace.h"
#include "window.h"

/* Messages that one VF may have looked at before others have their turn. */
#define BUDGET	64

/* Times that an index may say that there is a message, and no more when we look. */
#define TRIES	8

/* Work that is queued has a reference. */
static void serve(struct vmbox_chan *chan, unsigned long delay)
{
	vmbox_chan_get(chan);
	if (mod_delayed_work(vmbox_wq, &chan->service, delay))
		vmbox_chan_put(chan);
}

/* Take the next message from the VF. rx and lock held. */
static int take(struct vmbox_chan *chan)
{
	unsigned int tries = 0;
	int err;

	if (chan->memory) {
		do {
			err = vmbox_in_get(&chan->in, &chan->head, chan->buf);
		} while (err == -EAGAIN && !vmbox_in_wait(&chan->in) && ++tries < TRIES);
		/* One whose index comes and goes does not keep us here: another time. */
		if (tries == TRIES)
			serve(chan, 1);
	} else if (chan->window) {
		err = vmbox_window_get(chan->window, &chan->head, chan->buf);
	} else {
		err = -EAGAIN;
	}
	if (err)
		return err;
	chan->has_head = true;
	chan->head_gen = chan->proto.gen;
	chan->paid = VMBOX_PAID_NOTHING;
	chan->offered = false;
	chan->stats.received++;
	chan->stats.received_bytes += chan->head.len;
	vmbox_chan_may_ring(chan);
	trace_vmbox_message(chan, &chan->head, true);
	return 0;
}

/* Has it paid, once for the message and once for its bytes? If not it waits, alone. */
static bool paid(struct vmbox_chan *chan)
{
	u64 now = ktime_get_ns();
	u64 wait = 0;

	if (chan->paid == VMBOX_PAID_NOTHING) {
		wait = vmbox_bucket_wait(&chan->messages, &vmbox_limits.messages, now, 1);
		if (!wait)
			chan->paid = VMBOX_PAID_MESSAGE;
	}
	if (chan->paid == VMBOX_PAID_MESSAGE) {
		wait = vmbox_bucket_wait(&chan->bytes, &vmbox_limits.bytes, now, chan->head.len);
		if (!wait)
			chan->paid = VMBOX_PAID_ALL;
	}
	if (chan->paid == VMBOX_PAID_ALL)
		return true;
	chan->stats.held++;
	serve(chan, nsecs_to_jiffies(wait) + 1);
	return false;
}

static void answer_version(struct vmbox_chan *chan, u64 offer)
{
	struct vmbox_version asked, answer;
	int err;

	if (chan->state != VMBOX_VF_STARTING && chan->state != VMBOX_VF_OPEN)
		return;
	memcpy(&asked, chan->buf, sizeof(asked));
	err = vmbox_negotiate(&chan->proto, &asked, offer, &answer);
	if (!err)
		vmbox_chan_agreed(chan);
	vmbox_reply(chan, &chan->head, 0, -err, &answer, sizeof(answer));
}

static void answer_caps(struct vmbox_chan *chan, const char *name)
{
	struct vmbox_caps caps = {
		.vf_index = chan->index,
		.payload_max = VMBOX_PAYLOAD_MAX,
		.requests_max = VMBOX_REQUESTS_MAX,
		.answer_ms = VMBOX_ANSWER_MS,
		.features = chan->proto.features,
	};

	strscpy(caps.pf_name, name, sizeof(caps.pf_name));
	vmbox_reply(chan, &chan->head, 0, 0, &caps, sizeof(caps));
}

/* Return: whether it was answered for good; if not it comes here again. */
static bool answer_test(struct vmbox_chan *chan)
{
	u16 flags, status, len;

	if (chan->test_rid != chan->head.rid)
		chan->test_times = 0;
	len = vmbox_test_answer(chan->buf, chan->head.len, chan->test_times, &flags, &status);
	chan->test_rid = chan->head.rid;
	chan->test_times = flags ? chan->test_times + 1 : 0;
	vmbox_reply(chan, &chan->head, flags, status, chan->buf + chan->head.len - len, len);
	return !(flags & VMBOX_MSG_BUSY);
}

/*
 * A request that the mailbox answers itself. rx, sem for reading and lock held.
 * Return: whether that was all.
 */
static bool answer(struct vmbox_chan *chan)
{
	struct vmbox_user *user = vmbox_pf_user(chan->pf);

	switch (chan->head.op) {
	case VMBOX_OP_VERSION:
		answer_version(chan, VMBOX_FEATURE_QUIESCE | (user ? user->ops->features : 0));
		return true;
	case VMBOX_OP_CAPS:
		answer_caps(chan, user ? user->ops->name : "");
		return true;
	case VMBOX_OP_TEST:
		return answer_test(chan);
	default:
		vmbox_reply(chan, &chan->head, 0, 0, NULL, 0);
		return true;
	}
}

enum step {
	STEP_ON,	/* there may be more */
	STEP_IDLE,	/* nothing more now; something will wake us */
	STEP_USER,	/* chan->head is for the user */
};

/* Look at the next message. rx, sem for reading and lock held. */
static enum step step(struct vmbox_chan *chan)
{
	u16 status = 0;
	int err;

	if (vmbox_reply_flush(chan))
		return STEP_IDLE;
	vmbox_events_flush(chan);
	if (!chan->vf || (chan->state != VMBOX_VF_STARTING && chan->state != VMBOX_VF_OPEN)) {
		chan->has_head = false;
		return STEP_IDLE;
	}
	/* What was taken before a new generation is not of this one, and VERSION never old. */
	if (chan->head_gen != chan->proto.gen)
		chan->has_head = false;
	err = chan->has_head ? 0 : take(chan);
	if (err && err != -EAGAIN)
		vmbox_chan_fault(chan);
	if (err || !paid(chan))
		return STEP_IDLE;
	switch (vmbox_judge(&chan->proto, &chan->head, &status)) {
	case VMBOX_USER:
		return STEP_USER;
	case VMBOX_CORE:
		if (!answer(chan))
			return STEP_ON;
		break;
	case VMBOX_ANSWER:
		vmbox_call_answered(chan);
		break;
	case VMBOX_REFUSE:
		chan->stats.refused++;
		vmbox_reply(chan, &chan->head, 0, status, NULL, 0);
		break;
	case VMBOX_STALE:
		chan->stats.stale++;
		break;
	default:
		vmbox_chan_strike(chan);
		break;
	}
	chan->has_head = false;
	return STEP_ON;
}

/* Note a request that the user gets; if it cannot be, say so. rx and lock held. */
static bool owe(struct vmbox_chan *chan)
{
	switch (vmbox_owe(chan, &chan->head)) {
	case 0:
		return true;
	case -ENOSPC:
		chan->stats.refused++;
		vmbox_reply(chan, &chan->head, VMBOX_MSG_RETRY, 0, NULL, 0);
		return false;
	default:
		vmbox_chan_strike(chan);
		return false;
	}
}

/* What the user keeps of this VF is of another generation. rx held, and nothing else. */
static void reset_user(struct vmbox_chan *chan, struct vmbox_user *user, u64 epoch, u16 gen)
{
	if (chan->reset_told == epoch)
		return;
	chan->reset_told = epoch;
	if (user->ops->reset)
		user->ops->reset(user->priv, chan->index, gen);
}

/* The user works on chan->head. rx held; sem for reading and lock too, but for that time. */
static void work_on(struct vmbox_chan *chan, struct vmbox_user *user)
{
	struct vmbox_request request = {
		.op = chan->head.op,
		.len = chan->head.len,
		.data = chan->buf,
		.token = (u64)chan->proto.gen << 32 | chan->head.rid,
	};
	u64 epoch = chan->epoch;
	u16 gen = chan->proto.gen;
	int ret;

	if (!owe(chan))
		return;
	vmbox_user_enter(user);
	mutex_unlock(&chan->lock);
	up_read(&chan->pf->sem);

	reset_user(chan, user, epoch, gen);
	memset(chan->reply_data, 0, VMBOX_PAYLOAD_MAX);
	ret = user->ops->request(user->priv, chan->index, &request, chan->reply_data);

	vmbox_user_leave(chan->pf, user);
	down_read(&chan->pf->sem);
	mutex_lock(&chan->lock);
	/* Who answers may be somebody else by now: then this is another generation. */
	if (ret == -EINPROGRESS || gen != chan->proto.gen ||
	    vmbox_owed_done(chan, chan->head.rid))
		return;
	if (WARN_ON_ONCE(ret > VMBOX_PAYLOAD_MAX))
		ret = -EIO;
	vmbox_reply(chan, &chan->head, 0, ret < 0 ? -ret : 0, chan->reply_data, max(ret, 0));
}

/*
 * The user takes chan->head when it wants to; until then nothing else of this VF is
 * looked at. It does not wait for ever: a user that does not read is late, too.
 * Return: whether it was too long.
 */
static bool offer(struct vmbox_chan *chan, struct vmbox_user *user)
{
	unsigned long time = msecs_to_jiffies(VMBOX_ANSWER_MS);

	if (!chan->offered)
		chan->offer_ends = jiffies + time;
	chan->offered = true;
	if (time_after_eq(jiffies, chan->offer_ends)) {
		chan->stats.late++;
		vmbox_reply(chan, &chan->head, 0, ETIMEDOUT, NULL, 0);
		return true;
	}
	user->ready(user->priv, chan);
	vmbox_chan_get(chan);
	if (!queue_delayed_work(vmbox_wq, &chan->service, chan->offer_ends - jiffies + 1))
		vmbox_chan_put(chan);
	return false;
}

/* chan->head is for the user. Return: whether to go on. Locks as work_on(). */
static bool to_user(struct vmbox_chan *chan)
{
	struct vmbox_user *user = vmbox_pf_user(chan->pf);

	if (!user)
		vmbox_reply(chan, &chan->head, 0, EHOSTDOWN, NULL, 0);
	else if (!user->ready)
		work_on(chan, user);
	else if (!offer(chan, user))
		return false;
	chan->has_head = false;
	return true;
}

static void begin_look(struct vmbox_chan *chan)
{
	mutex_lock(&chan->rx);
	down_read(&chan->pf->sem);
	mutex_lock(&chan->lock);
}

/* @more: there may be more to look at, after others had their turn. */
static void end_look(struct vmbox_chan *chan, bool more)
{
	struct vmbox_user *agent = chan->pf->users[VMBOX_AGENT];

	vmbox_send_signal(chan);
	/* The VF may have taken something, or has begun anew. */
	if (chan->answer_waits && agent)
		agent->ready(agent->priv, chan);
	chan->answer_waits = false;
	mutex_unlock(&chan->lock);
	up_read(&chan->pf->sem);
	mutex_unlock(&chan->rx);
	if (more)
		vmbox_chan_kick(chan);
}

/* Return: whether anything came, or found room. */
static bool service(struct vmbox_chan *chan)
{
	unsigned int budget = BUDGET;
	enum step next = STEP_ON;
	bool news;
	u64 before;

	begin_look(chan);
	before = chan->stats.received + chan->stats.sent;
	while (next == STEP_ON && budget--) {
		next = step(chan);
		if (next == STEP_USER && to_user(chan))
			next = STEP_ON;
	}
	/* The VF may have made room, too. */
	vmbox_calls_flush(chan);
	news = chan->stats.received + chan->stats.sent != before;
	end_look(chan, next == STEP_ON);
	return news;
}

/* Who is to be told of a new generation, entered, or NULL. rx held, and nothing else. */
static struct vmbox_user *user_to_reset(struct vmbox_chan *chan, u64 *epoch, u16 *gen)
{
	struct vmbox_user *user;

	down_read(&chan->pf->sem);
	mutex_lock(&chan->lock);
	*epoch = chan->epoch;
	*gen = chan->proto.gen;
	/* Of one that has gone there may be another by now, which begins with its own. */
	user = chan->vf ? vmbox_pf_user(chan->pf) : NULL;
	if (user)
		vmbox_user_enter(user);
	mutex_unlock(&chan->lock);
	up_read(&chan->pf->sem);

	return user;
}

void vmbox_chan_tell_reset(struct vmbox_chan *chan)
{
	struct vmbox_user *user;
	u64 epoch;
	u16 gen;

	mutex_lock(&chan->rx);
	user = user_to_reset(chan, &epoch, &gen);
	if (user) {
		reset_user(chan, user, epoch, gen);
		vmbox_user_leave(chan->pf, user);
	}
	mutex_unlock(&chan->rx);
}

/* Is what the user knows of it still so? chan->lock held. */
static bool is_as_seen(const struct vmbox_chan *chan, const struct vmbox_seen *seen)
{
	return chan->epoch == seen->epoch && chan->state == seen->state;
}

int vmbox_chan_pull(struct vmbox_chan *chan, const struct vmbox_user *user,
		    const struct vmbox_seen *seen, struct vmbox_hdr *hdr, void *data)
{
	unsigned int budget = BUDGET;
	enum step next;

	begin_look(chan);
	next = vmbox_pf_user(chan->pf) == user ? STEP_ON : STEP_IDLE;
	while (next == STEP_ON && is_as_seen(chan, seen) && budget--) {
		next = step(chan);
		if (next != STEP_USER)
			continue;
		chan->has_head = false;
		if (!owe(chan)) {
			next = STEP_ON;
			continue;
		}
		*hdr = chan->head;
		hdr->gen = chan->proto.gen;
		memcpy(data, chan->buf, hdr->len);
	}
	end_look(chan, next == STEP_ON);
	return next == STEP_USER ? 0 : -EAGAIN;
}

void vmbox_receive_work(struct work_struct *work)
{
	struct vmbox_chan *chan = container_of(to_delayed_work(work), struct vmbox_chan, service);

	service(chan);
	vmbox_chan_put(chan);
}

void vmbox_chan_kick(struct vmbox_chan *chan)
{
	serve(chan, 0);
}
EXPORT_SYMBOL_GPL(vmbox_chan_kick);

void vmbox_chan_rung(struct vmbox_chan *chan)
{
	lockdep_assert_held(&chan->lock);
	chan->stats.kicks++;
	/* Nobody who heeds what the other side waits for rings that often. */
	if (vmbox_bucket_wait(&chan->bells, &vmbox_limits.bells, ktime_get_ns(), 1))
		vmbox_chan_strike(chan);
}

void vmbox_chan_may_ring(struct vmbox_chan *chan)
{
	lockdep_assert_held(&chan->lock);
	/* So nobody who rings for each message is held to fewer than messages_rate allows. */
	vmbox_bucket_back(&chan->bells, 1);
}

bool vmbox_chan_kick_now(struct vmbox_chan *chan)
{
	mutex_lock(&chan->lock);
	vmbox_chan_rung(chan);
	mutex_unlock(&chan->lock);
	return service(chan);
}
EXPORT_SYMBOL_GPL(vmbox_chan_kick_now);

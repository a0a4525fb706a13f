// SPDX-License-Identifier: GPL-2.0
/* Channels: how they come, change their state and go. See chan.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "chan.h"
#include "main.h"
#include "pf.h"
#include "window.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

u16 vmbox_chan_status(struct vmbox_chan *chan)
{
	u16 status = 0;

	lockdep_assert_held(&chan->lock);
	if (chan->pf_there)
		status |= VMBOX_STATUS_PF;
	if (chan->state == VMBOX_VF_OPEN)
		status |= VMBOX_STATUS_OPEN;
	if (chan->state == VMBOX_VF_QUARANTINED)
		status |= VMBOX_STATUS_QUARANTINE;
	if (chan->state == VMBOX_VF_FAULTY)
		status |= VMBOX_STATUS_ERROR;
	if (chan->memory)
		status |= VMBOX_STATUS_MEMORY;
	return status;
}

static void show_status(struct vmbox_chan *chan)
{
	if (!chan->host)
		return;
	WRITE_ONCE(chan->host->status, vmbox_chan_status(chan));
	WRITE_ONCE(chan->host->gen, chan->proto.gen);
}

static atomic64_t epochs;

void vmbox_chan_notice(struct vmbox_chan *chan)
{
	vmbox_chan_get(chan);
	if (!queue_work(vmbox_wq, &chan->notice))
		vmbox_chan_put(chan);
}

static void set_state(struct vmbox_chan *chan, enum vmbox_vf_state state)
{
	lockdep_assert_held(&chan->lock);
	if (chan->state != state) {
		trace_vmbox_state(chan, state);
		chan->state = state;
		chan->state_changed = true;
		vmbox_chan_notice(chan);
	}
	show_status(chan);
}

static void tell_state(struct work_struct *work)
{
	struct vmbox_chan *chan = container_of(work, struct vmbox_chan, notice);
	struct vmbox_user *user, *agent;
	enum vmbox_vf_state state;
	bool changed;

	vmbox_chan_tell_reset(chan);

	mutex_lock(&chan->lock);
	state = chan->state;
	changed = chan->state_changed;
	chan->state_changed = false;
	mutex_unlock(&chan->lock);

	down_read(&chan->pf->sem);
	agent = chan->pf->users[VMBOX_AGENT];
	if (agent)
		agent->ready(agent->priv, chan);
	user = vmbox_pf_user(chan->pf);
	if (user && (!changed || !user->ops->state))
		user = NULL;
	if (user)
		vmbox_user_enter(user);
	up_read(&chan->pf->sem);

	if (user) {
		user->ops->state(user->priv, chan->index, state);
		vmbox_user_leave(chan->pf, user);
	}
	if (changed)
		vmbox_notify(chan, VMBOX_NOTICE_STATE);
	vmbox_chan_put(chan);
}

/* What is under way ends here; the VF finds another number in the first page. */
static void new_generation(struct vmbox_chan *chan)
{
	lockdep_assert_held(&chan->lock);
	/* First: whoever finds the new number passes over what is in the ring. */
	vmbox_events_take_back(chan);
	chan->proto.gen++;
	chan->epoch = atomic64_inc_return(&epochs);
	chan->proto.open = false;
	chan->proto.features = 0;
	chan->has_reply = false;
	chan->test_times = 0;
	vmbox_owed_clear(&chan->owed);
	vmbox_calls_end(chan, -ECONNRESET);
	if (chan->window)
		vmbox_window_restart(chan->window);
	show_status(chan);
	if (chan->port)
		chan->port->signal(chan);
	if (chan->answer_waits)
		vmbox_chan_kick(chan);
	vmbox_chan_notice(chan);
}

void vmbox_chan_agreed(struct vmbox_chan *chan)
{
	set_state(chan, VMBOX_VF_OPEN);
}

static void restart(struct vmbox_chan *chan)
{
	bool there = chan->port && chan->used && chan->vf;

	new_generation(chan);
	if (chan->state != VMBOX_VF_QUARANTINED)
		set_state(chan, there ? VMBOX_VF_STARTING : VMBOX_VF_CLOSED);
	/* A signal that came while nothing was taken does not come again. */
	if (chan->port)
		vmbox_chan_kick(chan);
}

void vmbox_chan_restart(struct vmbox_chan *chan)
{
	mutex_lock(&chan->lock);
	restart(chan);
	mutex_unlock(&chan->lock);
}
EXPORT_SYMBOL_GPL(vmbox_chan_restart);

void vmbox_chan_pf(struct vmbox_chan *chan, bool there, u64 events)
{
	mutex_lock(&chan->lock);
	chan->pf_there = there;
	restart(chan);
	mutex_unlock(&chan->lock);
	vmbox_chan_tell(chan, events, 0);
}

void vmbox_chan_used(struct vmbox_chan *chan)
{
	lockdep_assert_held(&chan->lock);
	if (chan->used)
		return;
	chan->used = true;
	restart(chan);
}

static void quarantine(struct vmbox_chan *chan)
{
	if (chan->state == VMBOX_VF_QUARANTINED)
		return;
	set_state(chan, VMBOX_VF_QUARANTINED);
	new_generation(chan);
}

void vmbox_chan_quarantine(struct vmbox_chan *chan, bool on)
{
	mutex_lock(&chan->lock);
	if (on) {
		quarantine(chan);
	} else if (chan->state == VMBOX_VF_QUARANTINED && !chan->disabled) {
		chan->strikes = (struct vmbox_bucket) { };
		chan->state = VMBOX_VF_CLOSED;
		restart(chan);
	}
	mutex_unlock(&chan->lock);
}

void vmbox_chan_disable(struct vmbox_chan *chan, bool on)
{
	mutex_lock(&chan->lock);
	chan->disabled = on;
	mutex_unlock(&chan->lock);
	if (on)
		vmbox_chan_quarantine(chan, true);
}

void vmbox_chan_strike(struct vmbox_chan *chan)
{
	lockdep_assert_held(&chan->lock);
	chan->stats.bad++;
	if (!vmbox_bucket_wait(&chan->strikes, &vmbox_limits.strikes, ktime_get_ns(), 1) ||
	    chan->state == VMBOX_VF_QUARANTINED)
		return;
	pr_warn_ratelimited("%s: VF %u broke the rules too often: quarantined\n",
			    pci_name(chan->pf->pdev), chan->index);
	quarantine(chan);
}

void vmbox_chan_fault(struct vmbox_chan *chan)
{
	lockdep_assert_held(&chan->lock);
	chan->stats.faults++;
	set_state(chan, VMBOX_VF_FAULTY);
	new_generation(chan);
	vmbox_chan_strike(chan);
}

/* A user may work on a request of the last generation: until it has returned. */
static void wait_for_request(struct vmbox_chan *chan)
{
	mutex_lock(&chan->rx);
	mutex_unlock(&chan->rx);
}

int vmbox_chan_open(struct vmbox_chan *chan, const struct vmbox_port_ops *port, void *priv,
		    struct vmbox_window *window)
{
	int err = 0;

	mutex_lock(&chan->lock);
	if (chan->port)
		err = -EBUSY;
	else if (!chan->vf)
		err = -ENODEV;
	else if (chan->disabled)
		err = -EPERM;
	if (!err) {
		chan->port = port;
		chan->port_priv = priv;
		chan->window = window;
		chan->used = !window;
		restart(chan);
	}
	mutex_unlock(&chan->lock);
	return err;
}
EXPORT_SYMBOL_GPL(vmbox_chan_open);

/* chan->lock held, under which alone shared memory is touched. */
static void use_memory(struct vmbox_chan *chan, void *pages)
{
	chan->memory = pages;
	/* In the pages that were used the VF reads, for the last time, that they are not. */
	restart(chan);
	chan->host = pages;
	if (!pages)
		return;

	vmbox_ring_pf(pages, &chan->out, &chan->in);
	WRITE_ONCE(chan->host->magic, VMBOX_SIGNATURE);
	show_status(chan);
}

void vmbox_chan_memory(struct vmbox_chan *chan, const void *priv, void *pages)
{
	mutex_lock(&chan->lock);
	if (chan->port && chan->port_priv == priv)
		use_memory(chan, pages);
	mutex_unlock(&chan->lock);
}
EXPORT_SYMBOL_GPL(vmbox_chan_memory);

/*
 * All of the port in one go: as soon as @port is NULL there may be another, which must not
 * lose anything to the end of this one. chan->lock held.
 */
static void close_port(struct vmbox_chan *chan)
{
	chan->memory = false;
	new_generation(chan);
	chan->port = NULL;
	if (chan->state != VMBOX_VF_QUARANTINED)
		set_state(chan, VMBOX_VF_CLOSED);
	/* After the last state was shown there. */
	chan->host = NULL;
	chan->window = NULL;
}

void vmbox_chan_close(struct vmbox_chan *chan, const void *priv)
{
	mutex_lock(&chan->lock);
	if (chan->port && chan->port_priv == priv)
		close_port(chan);
	mutex_unlock(&chan->lock);

	wait_for_request(chan);
}
EXPORT_SYMBOL_GPL(vmbox_chan_close);

static void free_chan(struct work_struct *work)
{
	struct vmbox_chan *chan = container_of(work, struct vmbox_chan, free);

	WARN_ON(chan->port || !list_empty(&chan->calls));
	vmbox_pf_put(chan->pf);
	kfree(chan->buf);
	kfree(chan->reply_data);
	kfree(chan);
}

struct vmbox_chan *vmbox_chan_create(struct vmbox_pf *pf, unsigned int index)
{
	struct vmbox_chan *chan;

	chan = kzalloc(sizeof(*chan), GFP_KERNEL);
	if (!chan)
		return NULL;
	chan->buf = kzalloc(VMBOX_PAYLOAD_MAX, GFP_KERNEL);
	chan->reply_data = kzalloc(VMBOX_PAYLOAD_MAX, GFP_KERNEL);
	if (!chan->buf || !chan->reply_data) {
		kfree(chan->buf);
		kfree(chan->reply_data);
		kfree(chan);
		return NULL;
	}
	kref_init(&chan->ref);
	vmbox_pf_get(pf);
	chan->pf = pf;
	chan->index = index;
	chan->epoch = atomic64_inc_return(&epochs);
	mutex_init(&chan->rx);
	mutex_init(&chan->lock);
	spin_lock_init(&chan->told);
	INIT_LIST_HEAD(&chan->calls);
	INIT_DELAYED_WORK(&chan->service, vmbox_receive_work);
	INIT_DELAYED_WORK(&chan->due, vmbox_due_work);
	INIT_WORK(&chan->notice, tell_state);
	INIT_WORK(&chan->free, free_chan);
	return chan;
}

void vmbox_chan_get(struct vmbox_chan *chan)
{
	kref_get(&chan->ref);
}
EXPORT_SYMBOL_GPL(vmbox_chan_get);

/* The last reference may be dropped in an interrupt; what it frees may sleep. */
static void chan_release(struct kref *ref)
{
	struct vmbox_chan *chan = container_of(ref, struct vmbox_chan, ref);

	queue_work(vmbox_wq, &chan->free);
}

void vmbox_chan_put(struct vmbox_chan *chan)
{
	kref_put(&chan->ref, chan_release);
}
EXPORT_SYMBOL_GPL(vmbox_chan_put);

/* Its port is closed here; that of an open file closes once more, which does nothing. */
void vmbox_chan_end(struct vmbox_chan *chan)
{
	struct pci_dev *vf;

	mutex_lock(&chan->lock);
	vf = chan->vf;
	chan->vf = NULL;
	chan->pf_there = false;
	if (chan->port)
		close_port(chan);
	mutex_unlock(&chan->lock);
	pci_dev_put(vf);
	wait_for_request(chan);

	/*
	 * No timer is to outlive us: nothing sets one without a VF. Work that runs ends by
	 * itself. To wait for it (_sync) would disable it: who kicks meanwhile, with a reference
	 * for it, takes it for queued.
	 */
	if (cancel_delayed_work(&chan->service))
		vmbox_chan_put(chan);
	if (cancel_delayed_work(&chan->due))
		vmbox_chan_put(chan);
	vmbox_chan_kick(chan);
	vmbox_chan_notice(chan);
}

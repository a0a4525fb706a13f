// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmbox/pf-...: an agent in user space that answers for a PF.
 *
 * It takes requests when it wants to: a channel that has one says so, its VF waits, and
 * no other does. Which VF is next goes round, one message from each. A request that was
 * read is owed an answer and has a deadline (owed.c); so has one that nobody reads.
 */
#include <linux/bitmap.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "chan.h"
#include "node.h"
#include "pf.h"
#include "save.h"
#include "uarg.h"

#define PADDING		8

/**
 * struct agent - an open node of a PF
 * @user: us, as who answers for the PF; holds the reference to the PF
 * @ready: VFs that have something to read
 * @stuck: VFs that did not take an answer
 * @lock: protects the rest. Outside of all locks of a channel.
 * @told: what it knows of each VF, by VMBOX_OP_VF_STATE; epoch 0: that there is none
 * @next: whose turn it is to be read
 * @held: there is a frame in @in that did not fit
 * @in: a frame to be read
 * @out: a frame that was written
 */
struct agent {
	struct vmbox_user user;
	DECLARE_BITMAP(ready, VMBOX_VFS_MAX);
	DECLARE_BITMAP(stuck, VMBOX_VFS_MAX);

	struct mutex lock;	/* see above */
	struct vmbox_seen told[VMBOX_VFS_MAX];
	unsigned int next;
	bool held;
	struct {
		struct vmbox_frame frame;
		u8 data[VMBOX_PAYLOAD_MAX];
	} in, out;
};

static_assert(sizeof(struct vmbox_frame) == 24);
static_assert(sizeof_field(struct agent, in) == VMBOX_FRAME_MAX);
static_assert(VMBOX_FRAME_MAX % PADDING == 0);

static const struct vmbox_pf_ops agent_ops = {
	.name = "agent",
	.features = VMBOX_FEATURE_BLOCKS,
};

/* A channel has a request, other news, or room for an answer that it had none for. */
static void chan_ready(void *priv, struct vmbox_chan *chan)
{
	struct agent *agent = priv;

	clear_bit(chan->index, agent->stuck);
	set_bit(chan->index, agent->ready);
	wake_up_all(&agent->user.pf->wait);
}

static bool is_gone(struct agent *agent)
{
	return READ_ONCE(agent->user.pf->gone);
}

/*
 * What the agent does not know of a VF, to @in. @chan: NULL when there is none. Return:
 * whether there was anything.
 */
static bool news_frame(struct agent *agent, unsigned int i, struct vmbox_chan *chan)
{
	struct vmbox_vf_news news = { .state = VMBOX_VF_GONE };
	struct vmbox_frame *frame = &agent->in.frame;
	struct vmbox_seen *told = &agent->told[i], now = { };

	if (chan) {
		mutex_lock(&chan->lock);
		now.epoch = chan->epoch;
		now.state = chan->state;
		news.state = chan->state;
		news.features = chan->proto.features;
		frame->hdr.gen = chan->proto.gen;
		mutex_unlock(&chan->lock);
	}
	if (now.epoch == told->epoch && now.state == told->state)
		return false;
	if (now.epoch != told->epoch)
		news.flags |= VMBOX_NEWS_RESET;
	*told = now;

	frame->hdr = (struct vmbox_hdr) {
		.op = VMBOX_OP_VF_STATE,
		.len = sizeof(news), .total = sizeof(news),
		.gen = chan ? frame->hdr.gen : 0,
	};
	memcpy(agent->in.data, &news, sizeof(news));
	return true;
}

/* News of a VF, or else its next request, to @in. Return: 0 or why not. */
static int frame_of(struct agent *agent, unsigned int i)
{
	struct vmbox_chan *chan = vmbox_pf_chan(agent->user.pf, i);
	struct vmbox_frame *frame = &agent->in.frame;
	int err = 0;

	if (!news_frame(agent, i, chan))
		err = chan ? vmbox_chan_pull(chan, &agent->user, &agent->told[i], &frame->hdr,
					     agent->in.data) : -EAGAIN;
	if (chan)
		vmbox_chan_put(chan);
	return err;
}

/* The next frame of any VF to @in. */
static int next_frame(struct agent *agent)
{
	struct vmbox_frame *frame = &agent->in.frame;
	unsigned int i;

	while (!bitmap_empty(agent->ready, VMBOX_VFS_MAX)) {
		i = find_next_bit(agent->ready, VMBOX_VFS_MAX, agent->next);
		agent->next = i < VMBOX_VFS_MAX ? i + 1 : 0;
		/* Before we look: what comes meanwhile makes us look again. */
		if (i == VMBOX_VFS_MAX || !test_and_clear_bit(i, agent->ready))
			continue;
		if (frame_of(agent, i))
			continue;
		set_bit(i, agent->ready);
		frame->vf = i;
		frame->size = ALIGN(sizeof(*frame) + frame->hdr.len, PADDING);
		memset(agent->in.data + frame->hdr.len, 0,
		       frame->size - sizeof(*frame) - frame->hdr.len);
		return 0;
	}
	return -EAGAIN;
}

/* As many frames as fit. Return: how long they are, or why there is none. */
static ssize_t read_frames(struct agent *agent, char __user *to, size_t room)
{
	size_t done = 0;
	int err = 0;

	while (!err) {
		if (!agent->held)
			err = next_frame(agent);
		if (err)
			break;
		agent->held = true;
		if (agent->in.frame.size > room - done) {
			err = -EMSGSIZE;
		} else if (copy_to_user(to + done, &agent->in, agent->in.frame.size)) {
			err = -EFAULT;
		} else {
			agent->held = false;
			done += agent->in.frame.size;
		}
	}
	return done ?: err;
}

static bool readable(struct agent *agent)
{
	return READ_ONCE(agent->held) || !bitmap_empty(agent->ready, VMBOX_VFS_MAX);
}

static ssize_t agent_read(struct file *file, char __user *to, size_t room, loff_t *pos)
{
	struct agent *agent = file->private_data;
	ssize_t ret;

	do {
		if (is_gone(agent))
			return -ENODEV;
		if (mutex_lock_interruptible(&agent->lock))
			return -ERESTARTSYS;
		ret = read_frames(agent, to, room);
		mutex_unlock(&agent->lock);
		if (ret != -EAGAIN || file->f_flags & O_NONBLOCK)
			return ret;
		ret = wait_event_interruptible(agent->user.pf->wait,
					       readable(agent) || is_gone(agent));
	} while (!ret);
	return ret;
}

/* The next frame is for @chan, or there is none: tell the VF before of what it got. */
static void turn_to(struct vmbox_chan **last, struct vmbox_chan *chan)
{
	if (*last) {
		vmbox_chan_signal(*last);
		vmbox_chan_put(*last);
	}
	*last = chan;
}

/* The answer that is in @out. @chan: the channel of the frame before, or NULL. */
static int answer(struct agent *agent, struct vmbox_chan **chan)
{
	struct vmbox_frame *frame = &agent->out.frame;
	const struct vmbox_hdr *hdr = &frame->hdr;
	u16 how = hdr->flags & (VMBOX_MSG_BUSY | VMBOX_MSG_RETRY);
	int err;

	if (hdr->flags != (VMBOX_MSG_ANSWER | how) ||
	    how == (VMBOX_MSG_BUSY | VMBOX_MSG_RETRY) || hdr->status > MAX_ERRNO)
		return -EINVAL;
	if (!*chan || (*chan)->index != frame->vf)
		turn_to(chan, vmbox_pf_chan(agent->user.pf, frame->vf));
	if (!*chan)
		return -ESTALE;
	/* It says that there is room again as soon as it is told that somebody waits. */
	set_bit(frame->vf, agent->stuck);
	err = vmbox_chan_answer(*chan, hdr->gen, hdr->rid, how, hdr->status, agent->out.data,
				hdr->len);
	if (err != -EAGAIN)
		clear_bit(frame->vf, agent->stuck);
	return err;
}

/* One frame. Return: how long it is, or why it was not taken. */
static ssize_t write_frame(struct agent *agent, const char __user *from, size_t len,
			   struct vmbox_chan **chan)
{
	struct vmbox_frame *frame = &agent->out.frame;
	int err;

	if (len < sizeof(*frame))
		return -EINVAL;
	if (copy_from_user(frame, from, sizeof(*frame)))
		return -EFAULT;
	if (frame->hdr.len > VMBOX_PAYLOAD_MAX || frame->vf >= VMBOX_VFS_MAX ||
	    frame->size != ALIGN(sizeof(*frame) + frame->hdr.len, PADDING) ||
	    frame->size > len)
		return -EINVAL;
	if (copy_from_user(agent->out.data, from + sizeof(*frame), frame->hdr.len))
		return -EFAULT;
	err = answer(agent, chan);
	if (err)
		return err;
	return frame->size;
}

static ssize_t agent_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct agent *agent = file->private_data;
	struct vmbox_chan *chan = NULL;
	size_t done = 0;
	ssize_t ret = 0;

	if (is_gone(agent))
		return -ENODEV;
	if (mutex_lock_interruptible(&agent->lock))
		return -ERESTARTSYS;
	while (done < len) {
		ret = write_frame(agent, from + done, len - done, &chan);
		if (ret < 0)
			break;
		done += ret;
	}
	turn_to(&chan, NULL);
	mutex_unlock(&agent->lock);
	return done ?: ret;
}

static __poll_t agent_poll(struct file *file, poll_table *table)
{
	struct agent *agent = file->private_data;
	__poll_t what = 0;

	poll_wait(file, &agent->user.pf->wait, table);
	if (is_gone(agent))
		return EPOLLHUP | EPOLLERR;
	if (readable(agent))
		what |= EPOLLIN | EPOLLRDNORM;
	if (bitmap_empty(agent->stuck, VMBOX_VFS_MAX))
		what |= EPOLLOUT | EPOLLWRNORM;
	return what;
}

static int get_info(struct agent *agent, void __user *at)
{
	struct vmbox_info info;
	int err;

	err = vmbox_uarg_get(&info, sizeof(info), VMBOX_INFO_SIZE_VER0, at);
	if (err)
		return err;
	vmbox_info_fill(&info);
	info.requests_max = VMBOX_REQUESTS_MAX;
	info.answer_ms = VMBOX_ANSWER_MS;
	info.status = vmbox_user_asked(&agent->user) ? VMBOX_STATUS_PF : 0;
	vmbox_pf_vfs(agent->user.pf, &info);

	return vmbox_uarg_put(at, &info);
}

/* Ask one VF. Return: 0, with the answer at call->out, or a negative errno. */
static int ask_one(struct agent *agent, struct vmbox_call *call, const void *in)
{
	struct vmbox_chan *chan;
	void *out;
	int ret;

	if (call->vf >= VMBOX_VFS_MAX)
		return -EINVAL;
	chan = vmbox_pf_chan(agent->user.pf, call->vf);
	if (!chan)
		return -ENOTCONN;
	out = kzalloc(VMBOX_PAYLOAD_MAX, GFP_KERNEL_ACCOUNT);
	ret = -ENOMEM;
	if (out)
		ret = vmbox_chan_call(chan, call->op, in, call->in_len, out,
				      min_t(u32, call->out_len, VMBOX_PAYLOAD_MAX),
				      call->timeout_ms);
	vmbox_chan_put(chan);
	if (ret >= 0) {
		call->out_len = ret;
		ret = copy_to_user(u64_to_user_ptr(call->out), out, ret) ? -EFAULT : 0;
	}
	kfree(out);
	return ret;
}

static int ask_many(struct agent *agent, struct vmbox_call *call, const void *in)
{
	DECLARE_BITMAP(vfs, VMBOX_VFS_MAX);

	bitmap_from_arr64(vfs, call->mask, VMBOX_VFS_MAX);
	vmbox_pf_broadcast(agent->user.pf, vfs, call->op, in, call->in_len, call->timeout_ms);
	bitmap_to_arr64(call->mask, vfs, VMBOX_VFS_MAX);
	call->out_len = 0;
	return 0;
}

static int ask(struct agent *agent, void __user *at)
{
	struct vmbox_call call;
	void *in = NULL;
	int err;

	err = vmbox_call_get(&call, at);
	if (err)
		return err;
	if (call.in_len)
		in = memdup_user(u64_to_user_ptr(call.in), call.in_len);
	if (IS_ERR(in))
		return PTR_ERR(in);
	if (call.vf == VMBOX_ALL_VFS)
		err = ask_many(agent, &call, in);
	else
		err = ask_one(agent, &call, in);
	kfree(in);
	return err ?: vmbox_uarg_put(at, &call);
}

static int tell(struct agent *agent, const void __user *at)
{
	const u64 may = VMBOX_EVENT_LINK | VMBOX_EVENT_RESET_IMPENDING |
			VMBOX_EVENT_RESET_DONE | VMBOX_EVENT_RESUME;
	struct vmbox_chan *chan;
	struct vmbox_tell tell;
	int err;

	err = vmbox_uarg_get(&tell, sizeof(tell), VMBOX_TELL_SIZE_VER0, at);
	if (err)
		return err;
	if (tell.reserved || tell.events & ~may)
		return -EINVAL;
	if (tell.vf == VMBOX_ALL_VFS) {
		vmbox_pf_tell(agent->user.pf, tell.events, tell.blocks);
		return 0;
	}
	if (tell.vf >= VMBOX_VFS_MAX)
		return -EINVAL;
	chan = vmbox_pf_chan(agent->user.pf, tell.vf);
	if (!chan)
		return -ENOTCONN;
	vmbox_chan_tell(chan, tell.events, tell.blocks);
	vmbox_chan_put(chan);
	return 0;
}

static long agent_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct agent *agent = file->private_data;
	void __user *at = (void __user *)arg;

	if (is_gone(agent))
		return -ENODEV;
	if (cmd == VMBOX_IOC_PF_INFO)
		return get_info(agent, at);
	if (cmd == VMBOX_IOC_PF_SAVE || cmd == VMBOX_IOC_PF_RESTORE)
		return vmbox_save_ioctl(agent->user.pf, cmd, at);
	if (cmd != VMBOX_IOC_PF_CALL && cmd != VMBOX_IOC_PF_TELL)
		return -ENOTTY;
	/* While a driver answers for the PF, nobody else speaks for it. */
	if (!vmbox_user_asked(&agent->user))
		return -EBUSY;
	return cmd == VMBOX_IOC_PF_CALL ? ask(agent, at) : tell(agent, at);
}

/* How each VF is that there is, it is told to begin with. */
static void tell_all(struct agent *agent)
{
	struct vmbox_chan *chan;
	unsigned long i = 0;

	while ((chan = vmbox_pf_chan_next(agent->user.pf, &i))) {
		chan_ready(agent, chan);
		vmbox_chan_put(chan);
	}
}

static int agent_open(struct inode *inode, struct file *file)
{
	struct vmbox_node *node = vmbox_node_of(inode);
	struct agent *agent;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	agent = kvzalloc(sizeof(*agent), GFP_KERNEL_ACCOUNT);
	if (!agent)
		return -ENOMEM;
	mutex_init(&agent->lock);
	agent->user.rank = VMBOX_AGENT;
	agent->user.ops = &agent_ops;
	agent->user.ready = chan_ready;
	agent->user.priv = agent;
	file->private_data = agent;
	err = vmbox_user_add(&agent->user, node->pf);
	if (err) {
		kvfree(agent);
		return err;
	}
	tell_all(agent);
	return stream_open(inode, file);
}

static int agent_release(struct inode *inode, struct file *file)
{
	struct agent *agent = file->private_data;

	vmbox_user_remove(&agent->user);
	kvfree(agent);
	return 0;
}

const struct file_operations vmbox_agent_fops = {
	.owner = THIS_MODULE,
	.open = agent_open,
	.release = agent_release,
	.read = agent_read,
	.write = agent_write,
	.unlocked_ioctl = agent_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = agent_poll,
};

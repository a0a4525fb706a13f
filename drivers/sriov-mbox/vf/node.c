// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmbox/guest-DDDD:BB:DD.F: a guest's user space at the mailbox of a VF. It asks by
 * an ioctl, reads events and requests of the PF as frames, and writes its answers.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../uarg.h"
#include "vf.h"

/**
 * struct vmbox_vf_reader - an open node
 * @vf: its VF; holds a reference
 * @lock: protects what follows
 * @event: what was not read yet
 * @frames: struct vmbox_vf_message: requests that were not read yet
 * @n: how many
 * @wait: who waits for something to read
 */
struct vmbox_vf_reader {
	struct vmbox_vf *vf;
	struct mutex lock;	/* inside of vf->clients */
	struct vmbox_event event;
	struct list_head frames;
	unsigned int n;
	wait_queue_head_t wait;
};

static bool is_event(const struct vmbox_event *event)
{
	return event->events || event->blocks;
}

static bool queue_request(struct vmbox_vf_reader *reader, const struct vmbox_hdr *hdr,
			  const void *data)
{
	struct vmbox_vf_message *message;

	if (reader->n >= VMBOX_VF_ASKED_MAX)
		return false;
	message = kmalloc(struct_size(message, data, hdr->len), GFP_KERNEL);
	if (!message)
		return false;
	message->hdr = *hdr;
	memcpy(message->data, data, hdr->len);
	list_add_tail(&message->node, &reader->frames);
	reader->n++;
	return true;
}

bool vmbox_vf_node_tell(struct vmbox_vf *vf, const struct vmbox_hdr *hdr, const void *data)
{
	struct vmbox_vf_reader *reader = vf->reader;
	const struct vmbox_event *event = data;
	bool taken = true;

	if (!reader)
		return false;
	mutex_lock(&reader->lock);
	if (hdr->op == VMBOX_OP_EVENT) {
		reader->event.events |= event->events;
		reader->event.blocks |= event->blocks;
		reader->event.link = event->link;
	} else {
		taken = queue_request(reader, hdr, data);
	}
	mutex_unlock(&reader->lock);
	wake_up_interruptible(&reader->wait);
	return taken;
}

static int node_open(struct inode *inode, struct file *file)
{
	struct vmbox_vf *vf = container_of(file->private_data, struct vmbox_vf, misc);
	struct vmbox_vf_reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL);
	int err = 0;

	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock);
	INIT_LIST_HEAD(&reader->frames);
	init_waitqueue_head(&reader->wait);
	reader->vf = vf;
	mutex_lock(&vf->clients);
	if (vf->reader)
		err = -EBUSY;
	else
		vf->reader = reader;
	mutex_unlock(&vf->clients);
	if (err) {
		kfree(reader);
		return err;
	}
	kref_get(&vf->ref);
	file->private_data = reader;
	vmbox_vf_deliver_soon(vf);
	return stream_open(inode, file);
}

static int node_release(struct inode *inode, struct file *file)
{
	struct vmbox_vf_reader *reader = file->private_data;
	struct vmbox_vf_message *message, *next;
	struct vmbox_vf *vf = reader->vf;

	mutex_lock(&vf->clients);
	vf->reader = NULL;
	mutex_unlock(&vf->clients);
	mutex_lock(&vf->lock);
	list_for_each_entry_safe(message, next, &reader->frames, node) {
		vmbox_vf_reply(vf, &message->hdr, 0, EOPNOTSUPP, NULL, 0);
		kfree(message);
	}
	vmbox_vf_kick(vf);
	mutex_unlock(&vf->lock);
	vmbox_vf_put(vf);
	kfree(reader);
	return 0;
}

/* Room for one frame at a time: it is assembled here. Return: its bytes, 0: none. */
static size_t next_frame(struct vmbox_vf_reader *reader, struct vmbox_frame *frame, size_t room)
{
	struct vmbox_vf_message *message;
	size_t size;

	message = list_first_entry_or_null(&reader->frames, struct vmbox_vf_message, node);
	if (is_event(&reader->event)) {
		size = sizeof(*frame) + sizeof(reader->event);
		if (size > room)
			return 0;
		frame->hdr = (struct vmbox_hdr) {
			.op = VMBOX_OP_EVENT,
			.len = sizeof(reader->event), .total = sizeof(reader->event),
		};
		memcpy(frame + 1, &reader->event, sizeof(reader->event));
		reader->event.events = 0;
		reader->event.blocks = 0;
	} else if (message) {
		size = ALIGN(sizeof(*frame) + message->hdr.len, 8);
		if (size > room)
			return 0;
		memset(frame, 0, size);
		frame->hdr = message->hdr;
		memcpy(frame + 1, message->data, message->hdr.len);
		list_del(&message->node);
		reader->n--;
		kfree(message);
	} else {
		return 0;
	}
	frame->vf = reader->vf->caps.vf_index;
	frame->size = size;
	return size;
}

static bool is_gone(struct vmbox_vf_reader *reader)
{
	return READ_ONCE(reader->vf->gone);
}

static bool is_there(struct vmbox_vf_reader *reader)
{
	return is_event(&reader->event) || !list_empty(&reader->frames);
}

static ssize_t node_read(struct file *file, char __user *to, size_t room, loff_t *pos)
{
	struct vmbox_vf_reader *reader = file->private_data;
	struct vmbox_frame *frame;
	size_t done = 0, size;
	int err;

	if (room < sizeof(*frame) + sizeof(struct vmbox_event))
		return -EINVAL;
	if (!(file->f_flags & O_NONBLOCK)) {
		err = wait_event_interruptible(reader->wait,
					       is_there(reader) || is_gone(reader));
		if (err)
			return err;
	}
	frame = kmalloc(VMBOX_FRAME_MAX, GFP_KERNEL);
	if (!frame)
		return -ENOMEM;
	err = is_gone(reader) ? -ENODEV : -EAGAIN;
	mutex_lock(&reader->lock);
	if (is_there(reader))
		err = -EMSGSIZE;
	while ((size = next_frame(reader, frame, room - done))) {
		if (copy_to_user(to + done, frame, size)) {
			err = -EFAULT;
			break;
		}
		done += size;
	}
	mutex_unlock(&reader->lock);
	kfree(frame);
	return done ?: err;
}

/* One answer. Its header has the generation, rid and op of the request. */
static int take_answer(struct vmbox_vf *vf, const struct vmbox_frame *frame)
{
	const struct vmbox_hdr *hdr = &frame->hdr;
	int err = 0;

	if (!(hdr->flags & VMBOX_MSG_ANSWER) || hdr->len > VMBOX_PAYLOAD_MAX ||
	    hdr->flags & ~(VMBOX_MSG_ANSWER | VMBOX_MSG_BUSY | VMBOX_MSG_RETRY) ||
	    frame->size < sizeof(*frame) + hdr->len)
		return -EINVAL;
	mutex_lock(&vf->lock);
	if (vf->gone)
		err = -ENODEV;
	else if (hdr->gen != vf->proto.gen)
		err = -ESTALE;
	else
		vmbox_vf_reply(vf, hdr, hdr->flags & ~VMBOX_MSG_ANSWER, hdr->status, frame + 1,
			       hdr->len);
	vmbox_vf_kick(vf);
	mutex_unlock(&vf->lock);
	return err;
}

static ssize_t node_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct vmbox_vf_reader *reader = file->private_data;
	struct vmbox_frame *frame;
	int err;

	if (len < sizeof(*frame))
		return -EINVAL;
	/* One frame at a time: answers are rare here. */
	len = min_t(size_t, len, VMBOX_FRAME_MAX);
	frame = memdup_user(from, len);
	if (IS_ERR(frame))
		return PTR_ERR(frame);
	err = frame->size <= len ? take_answer(reader->vf, frame) : -EINVAL;
	len = frame->size;
	kfree(frame);
	return err ?: len;
}

static __poll_t node_poll(struct file *file, poll_table *table)
{
	struct vmbox_vf_reader *reader = file->private_data;
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &reader->wait, table);
	if (is_there(reader))
		events |= EPOLLIN | EPOLLRDNORM;
	if (is_gone(reader))
		events |= EPOLLHUP;
	return events;
}

static int ask(struct vmbox_vf *vf, struct vmbox_call *call)
{
	void *in = NULL, *out;
	int ret;

	if (call->in_len)
		in = memdup_user(u64_to_user_ptr(call->in), call->in_len);
	if (IS_ERR(in))
		return PTR_ERR(in);
	out = kzalloc(VMBOX_PAYLOAD_MAX, GFP_KERNEL);
	ret = -ENOMEM;
	if (out)
		ret = vmbox_vf_ask(vf, call->op, in, call->in_len, out,
				   min_t(u32, call->out_len, VMBOX_PAYLOAD_MAX),
				   call->timeout_ms);
	if (ret >= 0) {
		call->out_len = ret;
		ret = copy_to_user(u64_to_user_ptr(call->out), out, ret) ? -EFAULT : 0;
	}
	kfree(out);
	kfree(in);
	return ret;
}

static long ioctl_call(struct vmbox_vf *vf, void __user *arg)
{
	struct vmbox_call call;
	int err;

	err = vmbox_call_get(&call, arg);
	if (err)
		return err;
	if (call.vf || memchr_inv(call.mask, 0, sizeof(call.mask)))
		return -EINVAL;
	err = ask(vf, &call);
	return err ?: vmbox_uarg_put(arg, &call);
}

static long ioctl_info(struct vmbox_vf *vf, void __user *arg)
{
	struct vmbox_info info;
	int err;

	err = vmbox_uarg_get(&info, sizeof(info), VMBOX_INFO_SIZE_VER0, arg);
	if (err)
		return err;
	vmbox_info_fill(&info);

	mutex_lock(&vf->lock);
	info.vf_index = vf->caps.vf_index;
	info.requests_max = vf->caps.requests_max;
	info.answer_ms = vf->caps.answer_ms;
	info.agreed = vf->proto.open ? vf->proto.features : 0;
	info.gen = vf->proto.gen;
	if (vf->phase == VMBOX_PHASE_OPEN) {
		info.minor = vf->proto.minor;
		info.status |= VMBOX_STATUS_OPEN;
	}
	if (vf->caps.pf_name[0])
		info.status |= VMBOX_STATUS_PF;
	if (vf->memory)
		info.status |= VMBOX_STATUS_MEMORY;
	mutex_unlock(&vf->lock);

	return vmbox_uarg_put(arg, &info);
}

static long node_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vmbox_vf_reader *reader = file->private_data;

	switch (cmd) {
	case VMBOX_IOC_GUEST_CALL:
		return ioctl_call(reader->vf, (void __user *)arg);
	case VMBOX_IOC_GUEST_INFO:
		return ioctl_info(reader->vf, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.read = node_read,
	.write = node_write,
	.poll = node_poll,
	.unlocked_ioctl = node_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

int vmbox_vf_node_add(struct vmbox_vf *vf)
{
	int err;

	/* "!" becomes "/" in the name of the node. */
	vf->misc = (struct miscdevice) {
		.minor = MISC_DYNAMIC_MINOR,
		.name = kasprintf(GFP_KERNEL, "vmbox!guest-%s", pci_name(vf->pdev)),
		.fops = &node_fops,
		.parent = &vf->pdev->dev,
		.mode = 0600,
	};
	if (!vf->misc.name)
		return -ENOMEM;
	err = misc_register(&vf->misc);
	if (err) {
		kfree(vf->misc.name);
		vf->misc.name = NULL;
	}
	return err;
}

void vmbox_vf_node_remove(struct vmbox_vf *vf)
{
	misc_deregister(&vf->misc);
	kfree(vf->misc.name);
}

void vmbox_vf_node_gone(struct vmbox_vf *vf)
{
	mutex_lock(&vf->clients);
	if (vf->reader)
		wake_up_interruptible(&vf->reader->wait);
	mutex_unlock(&vf->clients);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vmbox/vf-...: the side of a VF that is in user space, a VMM's or a program's.
 *
 * While it is open the file is the port of the VF's channel. When the VF goes the
 * channel lets go of the file: it is signalled, poll() says EPOLLHUP, and nothing but
 * closing it works any more. It keeps memory, and the module by its reference, and
 * nothing of the device.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "chan.h"
#include "main.h"
#include "node.h"
#include "pf.h"
#include "uarg.h"

static_assert(PAGE_SIZE == VMBOX_PAGE);

/**
 * struct vf_file - an open node of a VF
 * @chan: the channel; holds a reference
 * @pages: the shared memory
 * @wait: poll()
 * @signal: what the VF is signalled by, or NULL. Under chan->lock.
 * @lock: one ioctl at a time. Outside of all locks of the channel.
 * @kick: what the VF kicks by, or NULL
 * @kick_entry: where it calls us
 * @kick_table: to get there
 * @kicked: it has
 */
struct vf_file {
	struct vmbox_chan *chan;
	void *pages;
	wait_queue_head_t wait;
	struct eventfd_ctx *signal;

	struct mutex lock;	/* see above */
	struct eventfd_ctx *kick;
	wait_queue_entry_t kick_entry;
	poll_table kick_table;
	struct work_struct kicked;
};

static void signal_vf(struct vmbox_chan *chan)
{
	struct vf_file *vf = chan->port_priv;

	if (vf->signal)
		eventfd_signal(vf->signal);
	wake_up_all(&vf->wait);
}

static const struct vmbox_port_ops port = {
	.name = "chardev",
	.signal = signal_vf,
};

static bool is_gone(struct vf_file *vf)
{
	return !READ_ONCE(vf->chan->vf);
}

static int kick(struct vf_file *vf)
{
	if (is_gone(vf))
		return -ENODEV;
	vmbox_chan_kick_now(vf->chan);
	return 0;
}

static void kick_work(struct work_struct *work)
{
	kick(container_of(work, struct vf_file, kicked));
}

/* Whoever writes to the eventfd is in here, with its lock held: a VMM, or KVM itself. */
static int kick_came(wait_queue_entry_t *entry, unsigned int mode, int sync, void *key)
{
	struct vf_file *vf = container_of(entry, struct vf_file, kick_entry);
	u64 count;

	if (key_to_poll(key) & EPOLLIN) {
		eventfd_ctx_do_read(vf->kick, &count);
		queue_work(vmbox_wq, &vf->kicked);
	}
	return 0;
}

static void kick_queue(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	add_wait_queue(head, &container_of(table, struct vf_file, kick_table)->kick_entry);
}

static void end_kick(struct vf_file *vf)
{
	u64 count;

	if (!vf->kick)
		return;
	eventfd_ctx_remove_wait_queue(vf->kick, &vf->kick_entry, &count);
	cancel_work_sync(&vf->kicked);
	eventfd_ctx_put(vf->kick);
	vf->kick = NULL;
}

static int set_kick(struct vf_file *vf, int fd)
{
	struct eventfd_ctx *ctx;
	struct file *file;

	end_kick(vf);
	if (fd < 0)
		return 0;
	file = fget(fd);
	if (!file)
		return -EBADF;
	ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(ctx)) {
		fput(file);
		return PTR_ERR(ctx);
	}
	vf->kick = ctx;
	init_waitqueue_func_entry(&vf->kick_entry, kick_came);
	init_poll_funcptr(&vf->kick_table, kick_queue);
	/* What was written before we were there counts, too. */
	if (vfs_poll(file, &vf->kick_table) & EPOLLIN)
		queue_work(vmbox_wq, &vf->kicked);
	fput(file);
	return 0;
}

static int set_signal(struct vf_file *vf, int fd)
{
	struct eventfd_ctx *ctx = fd < 0 ? NULL : eventfd_ctx_fdget(fd);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	mutex_lock(&vf->chan->lock);
	swap(vf->signal, ctx);
	mutex_unlock(&vf->chan->lock);
	if (ctx)
		eventfd_ctx_put(ctx);
	return 0;
}

/* Begin anew, whatever the VF has made of its indices: both sides are at 0 then. */
static int begin(struct vf_file *vf)
{
	vmbox_chan_memory(vf->chan, vf, NULL);
	memset(vf->pages, 0, VMBOX_PAGES * VMBOX_PAGE);
	vmbox_chan_memory(vf->chan, vf, vf->pages);
	return is_gone(vf) ? -ENODEV : 0;
}

static int get_info(struct vf_file *vf, void __user *at)
{
	struct vmbox_chan *chan = vf->chan;
	struct vmbox_info info;
	int err;

	err = vmbox_uarg_get(&info, sizeof(info), VMBOX_INFO_SIZE_VER0, at);
	if (err)
		return err;
	vmbox_info_fill(&info);
	info.vf_index = chan->index;
	info.requests_max = VMBOX_REQUESTS_MAX;
	info.answer_ms = VMBOX_ANSWER_MS;
	vmbox_pf_vfs(chan->pf, &info);

	mutex_lock(&chan->lock);
	info.gen = chan->proto.gen;
	info.status = vmbox_chan_status(chan);
	info.agreed = chan->proto.features;
	if (chan->proto.open)
		info.minor = chan->proto.minor;
	mutex_unlock(&chan->lock);

	return vmbox_uarg_put(at, &info);
}

static long vf_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vf_file *vf = file->private_data;
	void __user *at = (void __user *)arg;
	int fd = -1;
	long ret;

	/* The one that matters for speed needs no lock of ours. */
	if (cmd == VMBOX_IOC_VF_KICK)
		return kick(vf);
	if ((cmd == VMBOX_IOC_VF_EVENTFD || cmd == VMBOX_IOC_VF_KICKFD) &&
	    get_user(fd, (int __user *)at))
		return -EFAULT;
	/* Numbers below that of "none" may mean something some day. */
	if (fd < -1)
		return -EINVAL;
	mutex_lock(&vf->lock);
	switch (cmd) {
	case VMBOX_IOC_VF_INFO:
		ret = get_info(vf, at);
		break;
	case VMBOX_IOC_VF_OPEN:
		ret = begin(vf);
		break;
	case VMBOX_IOC_VF_EVENTFD:
		ret = set_signal(vf, fd);
		break;
	case VMBOX_IOC_VF_KICKFD:
		ret = set_kick(vf, fd);
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&vf->lock);
	return ret;
}

static __poll_t vf_poll(struct file *file, poll_table *table)
{
	struct vf_file *vf = file->private_data;

	poll_wait(file, &vf->wait, table);
	return is_gone(vf) ? EPOLLHUP | EPOLLERR : 0;
}

static int vf_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vf_file *vf = file->private_data;
	unsigned long first = vma->vm_pgoff, n = vma_pages(vma), i;
	int err = 0;

	if (first >= VMBOX_PAGES || n > VMBOX_PAGES - first || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (first < VMBOX_PAGE_VF || first + n > VMBOX_PAGE_TO_VF) {
		if (vma->vm_flags & VM_WRITE)
			return -EPERM;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	for (i = 0; i < n && !err; i++)
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     virt_to_page(vf->pages + (first + i) * PAGE_SIZE));
	return err;
}

static int vf_open(struct inode *inode, struct file *file)
{
	struct vmbox_chan *chan = vmbox_node_of(inode)->chan;
	struct vf_file *vf;
	int err = -ENOMEM;

	vf = kzalloc(sizeof(*vf), GFP_KERNEL_ACCOUNT);
	if (!vf)
		return -ENOMEM;
	vf->pages = alloc_pages_exact(VMBOX_PAGES * VMBOX_PAGE, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!vf->pages)
		goto free;
	mutex_init(&vf->lock);
	init_waitqueue_head(&vf->wait);
	INIT_WORK(&vf->kicked, kick_work);
	err = vmbox_chan_open(chan, &port, vf, NULL);
	if (err)
		goto free_pages;
	vmbox_chan_get(chan);
	vf->chan = chan;
	file->private_data = vf;
	vmbox_chan_memory(chan, vf, vf->pages);
	return nonseekable_open(inode, file);

free_pages:
	free_pages_exact(vf->pages, VMBOX_PAGES * VMBOX_PAGE);
free:
	kfree(vf);
	return err;
}

static int vf_release(struct inode *inode, struct file *file)
{
	struct vf_file *vf = file->private_data;

	end_kick(vf);
	vmbox_chan_close(vf->chan, vf);
	if (vf->signal)
		eventfd_ctx_put(vf->signal);
	vmbox_chan_put(vf->chan);
	free_pages_exact(vf->pages, VMBOX_PAGES * VMBOX_PAGE);
	kfree(vf);
	return 0;
}

const struct file_operations vmbox_vf_fops = {
	.owner = THIS_MODULE,
	.open = vf_open,
	.release = vf_release,
	.unlocked_ioctl = vf_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = vf_mmap,
	.poll = vf_poll,
};

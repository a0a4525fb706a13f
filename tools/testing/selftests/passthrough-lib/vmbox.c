// SPDX-License-Identifier: GPL-2.0
/* The mailbox from user space, see vmbox.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vmbox.h"

#define RETRY_MS	5	/* before one asks again */

/* The VF's own pages are beside each other: its indices and its ring. */
#define OURS		VMBOX_PAGE_VF
#define OURS_END	VMBOX_PAGE_TO_VF

unsigned long long vmbox_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static int left(unsigned long long deadline)
{
	unsigned long long now = vmbox_ms();

	return now < deadline ? deadline - now : 0;
}

static int node(const char *kind, const char *bdf, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/vmbox/%s-%s", kind, bdf);
	fd = open(path, O_RDWR | O_CLOEXEC | flags);
	return fd < 0 ? -errno : fd;
}

/* All can be read, but only what is ours can be written. */
static u8 *map(int fd)
{
	u8 *pages, *ours;

	pages = mmap(NULL, VMBOX_PAGES * VMBOX_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		return NULL;
	ours = mmap(pages + OURS * VMBOX_PAGE, (OURS_END - OURS) * VMBOX_PAGE,
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, OURS * VMBOX_PAGE);
	if (ours != MAP_FAILED)
		return pages;
	munmap(pages, VMBOX_PAGES * VMBOX_PAGE);
	return NULL;
}

int vmbox_vf_open(struct vmbox_vf *vf, const char *bdf)
{
	int err;

	memset(vf, 0, sizeof(*vf));
	vf->other = vmbox_vf_serve;
	vf->event = -1;
	vf->fd = node("vf", bdf, 0);
	if (vf->fd < 0)
		return vf->fd;
	vf->pages = map(vf->fd);
	err = -errno;
	if (!vf->pages)
		goto close;
	vf->host = (const void *)vf->pages;
	vf->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = -errno;
	if (vf->event < 0 || ioctl(vf->fd, VMBOX_IOC_VF_EVENTFD, &vf->event)) {
		err = -errno;
		goto close;
	}
	err = vmbox_vf_restart(vf);
	if (!err)
		return 0;
close:
	vmbox_vf_close(vf);
	return err;
}

int vmbox_vf_restart(struct vmbox_vf *vf)
{
	vf->open = false;
	vf->gen = 0;
	if (ioctl(vf->fd, VMBOX_IOC_VF_OPEN))
		return -errno;
	vmbox_ring_vf(vf->pages, &vf->out, &vf->in);
	return 0;
}

void vmbox_vf_close(struct vmbox_vf *vf)
{
	if (vf->pages)
		munmap(vf->pages, VMBOX_PAGES * VMBOX_PAGE);
	if (vf->event >= 0)
		close(vf->event);
	if (vf->fd >= 0)
		close(vf->fd);
	vf->pages = NULL;
	vf->event = -1;
	vf->fd = -1;
}

/* What we wait for was ended by a new generation, hands being shaken or not. */
static bool is_over(const struct vmbox_vf *vf)
{
	return (vf->open || vf->greeting) && READ_ONCE(vf->host->gen) != vf->gen;
}

bool vmbox_vf_current(const struct vmbox_vf *vf)
{
	return vf->open && READ_ONCE(vf->host->gen) == vf->gen;
}

int vmbox_vf_kick(struct vmbox_vf *vf)
{
	return ioctl(vf->fd, VMBOX_IOC_VF_KICK) ? -errno : 0;
}

int vmbox_vf_flush(struct vmbox_vf *vf)
{
	/* Both have to be asked: each remembers what it was asked for. */
	bool wanted = vmbox_out_signal(&vf->out);

	wanted |= vmbox_in_signal(&vf->in);
	return wanted ? vmbox_vf_kick(vf) : 0;
}

int vmbox_vf_send(struct vmbox_vf *vf, struct vmbox_hdr hdr, const void *data)
{
	hdr.gen = vf->open ? vf->gen : READ_ONCE(vf->host->gen);
	hdr.total = hdr.len;
	return vmbox_out_put(&vf->out, &hdr, data);
}

int vmbox_vf_receive(struct vmbox_vf *vf, struct vmbox_hdr *hdr)
{
	int err;

	for (;;) {
		err = vmbox_in_get(&vf->in, hdr, vf->buf);
		if (err == -EAGAIN && is_over(vf))
			return -ECONNRESET;
		/* Before hands are shaken the answer to VERSION says which it is. */
		if (err || hdr->gen == READ_ONCE(vf->host->gen))
			return err;
		vf->stale++;
	}
}

int vmbox_vf_wait(struct vmbox_vf *vf, int timeout_ms)
{
	struct pollfd fds[] = {
		{ .fd = vf->event, .events = POLLIN },
		{ .fd = vf->fd, .events = 0 },
	};
	u64 count;
	int n;

	vmbox_vf_flush(vf);
	if (!vmbox_in_wait(&vf->in) || is_over(vf))
		return 0;
	n = poll(fds, 2, timeout_ms);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents & (POLLHUP | POLLERR))
		return -ENODEV;
	if (!n)
		return -ETIMEDOUT;
	if (read(vf->event, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return -errno;
	return 0;
}

static int send_until(struct vmbox_vf *vf, const struct vmbox_hdr *hdr, const void *data,
		      unsigned long long deadline)
{
	int err;

	for (;;) {
		if (is_over(vf))
			return -ECONNRESET;
		err = vmbox_vf_send(vf, *hdr, data);
		if (err != -EAGAIN)
			return err ?: vmbox_vf_flush(vf);
		err = vmbox_vf_wait(vf, left(deadline));
		if (err)
			return err;
		/* What came stays where it is: there is room for both, or a deadline. */
		if (vmbox_ms() >= deadline)
			return -ETIMEDOUT;
	}
}

/* One answer to a request that is under way. 0: look again; 1: it is there. */
static int one_answer(struct vmbox_vf *vf, const struct vmbox_hdr *asked, const void *in,
		      unsigned long long deadline, struct vmbox_hdr *hdr)
{
	int err = vmbox_vf_receive(vf, hdr);

	if (err == -EAGAIN)
		return vmbox_vf_wait(vf, left(deadline));
	if (err)
		return err;
	if (!(hdr->flags & VMBOX_MSG_ANSWER) || hdr->rid != asked->rid ||
	    hdr->op != asked->op) {
		vf->other(vf, hdr, vf->buf);
		return 0;
	}
	if (hdr->flags & VMBOX_MSG_BUSY)
		return 0;
	if (!(hdr->flags & VMBOX_MSG_RETRY))
		return 1;
	poll(NULL, 0, RETRY_MS);
	return send_until(vf, asked, in, deadline);
}

static int call(struct vmbox_vf *vf, u16 op, const void *in, u16 len, int timeout_ms,
		struct vmbox_hdr *hdr)
{
	unsigned long long deadline = vmbox_ms() + timeout_ms;
	struct vmbox_hdr asked = {
		.op = op, .flags = VMBOX_MSG_REQUEST, .rid = ++vf->rid, .len = len,
	};
	int err;

	vf->answered = 0;
	err = send_until(vf, &asked, in, deadline);
	while (!err)
		err = one_answer(vf, &asked, in, deadline, hdr);
	vmbox_vf_flush(vf);
	if (err < 0)
		return err;
	vf->answered = hdr->status;
	return hdr->status ? -hdr->status : hdr->len;
}

int vmbox_vf_call(struct vmbox_vf *vf, u16 op, const void *in, u16 len, int timeout_ms)
{
	struct vmbox_hdr hdr;

	return call(vf, op, in, len, timeout_ms, &hdr);
}

int vmbox_vf_hello(struct vmbox_vf *vf, u64 features, int timeout_ms)
{
	struct vmbox_version version = {
		.major = VMBOX_VERSION_MAJOR, .minor = VMBOX_VERSION_MINOR,
		.features = features,
	};
	struct vmbox_hdr hdr;
	int ret;

	vf->open = false;
	vf->greeting = true;
	vf->gen = READ_ONCE(vf->host->gen);
	ret = call(vf, VMBOX_OP_VERSION, &version, sizeof(version), timeout_ms, &hdr);
	vf->greeting = false;
	if (ret < 0)
		return ret;
	if (ret != sizeof(version))
		return -EPROTO;
	memcpy(&version, vf->buf, sizeof(version));
	vf->features = version.features;
	vf->gen = hdr.gen;
	vf->open = true;
	return 0;
}

int vmbox_vf_answer(struct vmbox_vf *vf, const struct vmbox_hdr *to, u16 flags, u16 status,
		    const void *data, u16 len)
{
	struct vmbox_hdr hdr = {
		.op = to->op, .flags = VMBOX_MSG_ANSWER | flags, .rid = to->rid,
		.len = len, .status = status,
	};

	if (to->gen != vf->gen)
		return -ESTALE;
	return send_until(vf, &hdr, data, vmbox_ms() + 1000);
}

void vmbox_vf_serve(struct vmbox_vf *vf, const struct vmbox_hdr *hdr, const void *data)
{
	struct vmbox_event event;

	if (hdr->op == VMBOX_OP_EVENT && hdr->len == sizeof(event)) {
		memcpy(&event, data, sizeof(event));
		vf->events |= event.events;
		vf->blocks |= event.blocks;
		vf->link = event.link;
	}
	if (!(hdr->flags & VMBOX_MSG_REQUEST))
		return;
	if (hdr->op == VMBOX_OP_TEST)
		vmbox_vf_answer(vf, hdr, 0, 0,
				(const u8 *)data + sizeof(struct vmbox_test),
				hdr->len - sizeof(struct vmbox_test));
	else
		vmbox_vf_answer(vf, hdr, 0, 0, data,
				hdr->op >= VMBOX_OP_VENDOR ? hdr->len : 0);
}

int vmbox_vf_serve_all(struct vmbox_vf *vf)
{
	struct vmbox_hdr hdr;
	int err;

	while (!(err = vmbox_vf_receive(vf, &hdr)))
		vf->other(vf, &hdr, vf->buf);
	vmbox_vf_flush(vf);
	return err == -EAGAIN ? 0 : err;
}

int vmbox_vf_info(int fd, struct vmbox_info *info)
{
	*info = (struct vmbox_info) { .argsz = sizeof(*info) };
	return ioctl(fd, VMBOX_IOC_VF_INFO, info) ? -errno : 0;
}

int vmbox_pf_info(int fd, struct vmbox_info *info)
{
	*info = (struct vmbox_info) { .argsz = sizeof(*info) };
	return ioctl(fd, VMBOX_IOC_PF_INFO, info) ? -errno : 0;
}

int vmbox_agent_open(struct vmbox_agent *agent, const char *bdf)
{
	agent->have = 0;
	agent->at = 0;
	agent->news = NULL;
	agent->fd = node("pf", bdf, O_NONBLOCK);
	return agent->fd < 0 ? agent->fd : 0;
}

void vmbox_agent_close(struct vmbox_agent *agent)
{
	if (agent->fd >= 0)
		close(agent->fd);
	agent->fd = -1;
}

/* The frame at @agent->at, of those that were read: 0, -EAGAIN, -EPROTO. */
static int peek(const struct vmbox_agent *agent, const struct vmbox_frame **frame)
{
	const struct vmbox_frame *next = (void *)(agent->buf + agent->at);

	if (agent->at >= agent->have)
		return -EAGAIN;
	if (next->size < sizeof(*next) || next->size > agent->have - agent->at)
		return -EPROTO;
	*frame = next;
	return 0;
}

/* Leave @agent->at at a request: 0; -EAGAIN: there is none. */
static int to_request(struct vmbox_agent *agent, const struct vmbox_frame **frame)
{
	ssize_t n;
	int err;

	for (;;) {
		err = peek(agent, frame);
		if (err == -EAGAIN) {
			n = read(agent->fd, agent->buf, sizeof(agent->buf));
			if (n <= 0)
				return n ? -errno : -EAGAIN;
			agent->have = n;
			agent->at = 0;
			continue;
		}
		if (err || (*frame)->hdr.flags & VMBOX_MSG_REQUEST)
			return err;
		agent->at += (*frame)->size;
		if (agent->news)
			agent->news(*frame, *frame + 1);
	}
}

int vmbox_agent_next(struct vmbox_agent *agent, const struct vmbox_frame **frame,
		     const void **data)
{
	int err = to_request(agent, frame);

	if (err)
		return err;
	agent->at += (*frame)->size;
	*data = *frame + 1;
	return 0;
}

int vmbox_agent_wait(struct vmbox_agent *agent, int timeout_ms)
{
	struct pollfd fd = { .fd = agent->fd, .events = POLLIN };
	unsigned long long end = vmbox_ms() + timeout_ms, now;
	const struct vmbox_frame *frame;
	int n, left = timeout_ms;

	/* News wake us, too, and are not what we wait for. */
	while (to_request(agent, &frame) == -EAGAIN) {
		if (timeout_ms >= 0) {
			now = vmbox_ms();
			left = now < end ? end - now : 0;
		}
		n = poll(&fd, 1, left);
		if (n < 0)
			return errno == EINTR ? 0 : -errno;
		if (!n)
			return -ETIMEDOUT;
		if (fd.revents & (POLLHUP | POLLERR))
			return -ENODEV;
	}
	return 0;
}

int vmbox_agent_answer(struct vmbox_agent *agent, const struct vmbox_frame *to, u16 flags,
		       u16 status, const void *data, u16 len)
{
	u8 buf[VMBOX_FRAME_MAX] __attribute__((aligned(8))) = { 0 };
	struct vmbox_frame frame = {
		.vf = to->vf,
		.size = ALIGN(sizeof(frame) + len, 8u),
		.hdr = {
			.op = to->hdr.op, .flags = VMBOX_MSG_ANSWER | flags,
			.rid = to->hdr.rid, .len = len, .total = len,
			.gen = to->hdr.gen, .status = status,
		},
	};

	memcpy(buf, &frame, sizeof(frame));
	if (len)
		memcpy(buf + sizeof(frame), data, len);
	return write(agent->fd, buf, frame.size) < 0 ? -errno : 0;
}

int vmbox_agent_call(struct vmbox_agent *agent, u32 vf, u16 op, const void *in, u32 len,
		     void *out, u32 room, u32 timeout_ms)
{
	struct vmbox_call call = {
		.argsz = sizeof(call), .vf = vf, .op = op, .timeout_ms = timeout_ms,
		.in = (uintptr_t)in, .in_len = len, .out = (uintptr_t)out, .out_len = room,
	};

	return ioctl(agent->fd, VMBOX_IOC_PF_CALL, &call) ? -errno : (int)call.out_len;
}

int vmbox_agent_call_all(struct vmbox_agent *agent, u64 *mask, u16 op, const void *in, u32 len,
			 u32 timeout_ms)
{
	struct vmbox_call call = {
		.argsz = sizeof(call), .vf = VMBOX_ALL_VFS, .op = op,
		.timeout_ms = timeout_ms, .in = (uintptr_t)in, .in_len = len,
		.mask = { *mask },
	};
	int err = ioctl(agent->fd, VMBOX_IOC_PF_CALL, &call) < 0 ? -errno : 0;

	*mask = call.mask[0];
	return err;
}

int vmbox_agent_tell(struct vmbox_agent *agent, u32 vf, u64 events, u64 blocks)
{
	struct vmbox_tell tell = {
		.argsz = sizeof(tell), .vf = vf, .events = events, .blocks = blocks,
	};

	return ioctl(agent->fd, VMBOX_IOC_PF_TELL, &tell) ? -errno : 0;
}

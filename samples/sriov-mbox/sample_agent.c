// SPDX-License-Identifier: GPL-2.0
/*
 * An agent: a program that answers for a PF, see Documentation/mailbox-drivers.rst. It adds
 * up the numbers that VFs send, and forgets them when a VF begins anew.
 *
 *	sample_agent 0000:01:00.0
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sample.h"

/* Room for one message at least; whole frames come, as many as fit. */
static char buf[16 * VMBOX_FRAME_MAX] __attribute__((aligned(8)));
static __u64 sums[VMBOX_VFS_MAX];
static int fd;

/* An answer has op, rid and generation of its request: send its frame back, changed. */
static int answer(struct vmbox_frame *frame, int status, const void *data, __u16 len)
{
	char out[VMBOX_FRAME_MAX] __attribute__((aligned(8))) = { 0 };

	frame->size = (sizeof(*frame) + len + 7) & ~7U;
	frame->hdr.flags = VMBOX_MSG_ANSWER;
	frame->hdr.status = status;
	frame->hdr.len = len;
	frame->hdr.total = len;
	memcpy(out, frame, sizeof(*frame));
	memcpy(out + sizeof(*frame), data, len);
	/* ESTALE: the VF has begun anew meanwhile, or its request was too late. */
	if (write(fd, out, frame->size) < 0 && errno != ESTALE)
		return -errno;
	return 0;
}

static int request(struct vmbox_frame *frame, const void *data)
{
	struct sample_add add;

	if (frame->hdr.op != SAMPLE_OP_ADD)
		return answer(frame, EOPNOTSUPP, NULL, 0);
	if (frame->hdr.len != sizeof(add))
		return answer(frame, EINVAL, NULL, 0);
	memcpy(&add, data, sizeof(add));
	sums[frame->vf] += add.number;
	add.number = sums[frame->vf];
	return answer(frame, 0, &add, sizeof(add));
}

/* How a VF is: for each of them in the beginning, and whenever that changes. */
static void news(const struct vmbox_frame *frame, const void *data)
{
	struct vmbox_vf_news news;

	if (frame->hdr.op != VMBOX_OP_VF_STATE)
		return;
	memcpy(&news, data, sizeof(news));
	if (news.flags & VMBOX_NEWS_RESET)
		sums[frame->vf] = 0;
	printf("VF %u: state %u, generation %u\n", frame->vf, news.state, frame->hdr.gen);
}

static int serve(void)
{
	struct vmbox_frame frame;
	ssize_t n, at;
	int err = 0;

	n = read(fd, buf, sizeof(buf));
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	for (at = 0; at < n && !err; at += ((struct vmbox_frame *)(buf + at))->size) {
		memcpy(&frame, buf + at, sizeof(frame));
		if (frame.hdr.flags & VMBOX_MSG_REQUEST)
			err = request(&frame, buf + at + sizeof(frame));
		else
			news(&frame, buf + at + sizeof(frame));
	}
	return err;
}

int main(int argc, char **argv)
{
	struct vmbox_info info = { .argsz = sizeof(info) };
	struct pollfd wait = { .events = POLLIN };
	char path[64];
	int err = 0;

	if (argc != 2)
		return 2;
	snprintf(path, sizeof(path), "/dev/vmbox/pf-%s", argv[1]);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, VMBOX_IOC_PF_INFO, &info)) {
		perror(path);
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("version %u.%u, %u VFs\n", info.major, info.minor, info.vfs);

	wait.fd = fd;
	while (!err && poll(&wait, 1, -1) > 0)
		err = wait.revents & POLLHUP ? -ENODEV : serve();
	fprintf(stderr, "%s: %s\n", path, strerror(-err));
	return 1;
}

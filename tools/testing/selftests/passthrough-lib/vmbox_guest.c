// SPDX-License-Identifier: GPL-2.0
/*
 * The mailbox of a VF from a guest's user space, by hand.
 *
 *	vmbox_guest BDF info
 *	vmbox_guest BDF test CODE VALUE LEN	TEST with LEN more bytes; an echo is compared
 *	vmbox_guest BDF times N LEN		so many echoes; us for each
 *	vmbox_guest BDF op OP [HEX]		a request, with so many bytes
 *	vmbox_guest BDF hold SECONDS		have it open, and read nothing
 *	vmbox_guest BDF serve SECONDS STATUS	say what comes, answer requests with STATUS
 *
 * Prints a line for each thing; "status N" is an errno, 0 for none.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/types.h>
#include <linux/sriov_mbox.h>

#define TIMEOUT_MS	10000

static int fd;

static int call(__u16 op, const void *in, __u32 len, void *out, __u32 *out_len)
{
	struct vmbox_call call = {
		.argsz = sizeof(call),
		.op = op,
		.timeout_ms = TIMEOUT_MS,
		.in = (uintptr_t)in,
		.in_len = len,
		.out = (uintptr_t)out,
		.out_len = *out_len,
	};

	if (ioctl(fd, VMBOX_IOC_GUEST_CALL, &call))
		return errno;
	*out_len = call.out_len;
	return 0;
}

static int test(__u32 code, __u32 value, __u32 len)
{
	unsigned char in[VMBOX_PAYLOAD_MAX], out[VMBOX_PAYLOAD_MAX];
	struct vmbox_test head = { .code = code, .value = value };
	__u32 got = sizeof(out), i;
	int err;

	memcpy(in, &head, sizeof(head));
	for (i = 0; i < len; i++)
		in[sizeof(head) + i] = i * 7 + len;
	err = call(VMBOX_OP_TEST, in, sizeof(head) + len, out, &got);
	if (!err && code == VMBOX_TEST_ECHO && (got != len || memcmp(in + sizeof(head), out, len)))
		err = EBADMSG;
	return err;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static int times(unsigned int n, __u32 len)
{
	double start = now();
	unsigned int i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = test(VMBOX_TEST_ECHO, 0, len);
	printf("us %.0f\n", (now() - start) / n);
	return err;
}

static int info(void)
{
	struct vmbox_info info = { .argsz = sizeof(info) };

	if (ioctl(fd, VMBOX_IOC_GUEST_INFO, &info))
		return errno;
	printf("vf %u gen %u%s%s%s\n", info.vf_index, info.gen,
	       info.status & VMBOX_STATUS_OPEN ? " open" : "",
	       info.status & VMBOX_STATUS_PF ? " pf" : "",
	       info.status & VMBOX_STATUS_MEMORY ? " memory" : "");
	return 0;
}

static int one_frame(struct vmbox_frame *frame, int status)
{
	struct vmbox_event event;

	if (frame->hdr.op == VMBOX_OP_EVENT) {
		memcpy(&event, frame + 1, sizeof(event));
		printf("event %llx blocks %llx link %u %u\n", (unsigned long long)event.events,
		       (unsigned long long)event.blocks, event.link.up, event.link.mbps);
		return 0;
	}
	printf("request %x len %u\n", frame->hdr.op, frame->hdr.len);
	frame->size = sizeof(*frame);
	frame->hdr.flags = VMBOX_MSG_ANSWER;
	frame->hdr.len = 0;
	frame->hdr.total = 0;
	frame->hdr.status = status;
	return write(fd, frame, sizeof(*frame)) == sizeof(*frame) ? 0 : errno;
}

static int serve(int seconds, int status)
{
	static char buf[VMBOX_FRAME_MAX] __attribute__((aligned(8)));
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	double end = now() + seconds * 1e6;
	struct vmbox_frame *frame;
	ssize_t n, at, size;
	int err = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("serving");
	while (!err && now() < end) {
		if (poll(&poll_fd, 1, 200) <= 0)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n < 0)
			return errno;
		for (at = 0; at < n && !err; at += size) {
			frame = (struct vmbox_frame *)(buf + at);
			size = frame->size;
			err = one_frame(frame, status);
		}
	}
	return err;
}

static int hold(unsigned int seconds)
{
	puts("holding");
	fflush(stdout);
	sleep(seconds);
	return 0;
}

static int op(const char *number, const char *hex)
{
	unsigned char in[VMBOX_PAYLOAD_MAX], out[VMBOX_PAYLOAD_MAX];
	__u32 len = 0, got = sizeof(out);
	int err;

	while (len < sizeof(in) && sscanf(hex + 2 * len, "%2hhx", in + len) == 1)
		len++;
	err = call(strtoul(number, NULL, 16), in, len, out, &got);
	if (!err)
		printf("answer of %u\n", got);
	return err;
}

static int run(int argc, char **argv)
{
	int err = EINVAL;

	if (argc == 3 && !strcmp(argv[2], "info"))
		err = info();
	else if (argc == 6 && !strcmp(argv[2], "test"))
		err = test(atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
	else if (argc == 5 && !strcmp(argv[2], "times"))
		err = times(atoi(argv[3]), atoi(argv[4]));
	else if ((argc == 4 || argc == 5) && !strcmp(argv[2], "op"))
		err = op(argv[3], argc == 5 ? argv[4] : "");
	else if (argc == 4 && !strcmp(argv[2], "hold"))
		err = hold(atoi(argv[3]));
	else if (argc == 5 && !strcmp(argv[2], "serve"))
		err = serve(atoi(argv[3]), atoi(argv[4]));
	return err;
}

int main(int argc, char **argv)
{
	char path[64];
	int err;

	if (argc < 3)
		return 2;
	snprintf(path, sizeof(path), "/dev/vmbox/guest-%s", argv[1]);
	fd = open(path, O_RDWR | O_CLOEXEC);
	err = fd < 0 ? errno : run(argc, argv);
	printf("status %d\n", err);
	return !!err;
}

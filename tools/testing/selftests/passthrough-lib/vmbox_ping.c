// SPDX-License-Identifier: GPL-2.0
/*
 * Both ends of what the suite bench-mbox-xen measures, in user space.
 *
 * In a guest:
 *	vmbox_ping COUNT KIND...	COUNT of each, in turns of a few; lines
 *					"KIND MEDIAN NINETY-NINTH" in ns for one
 * A KIND is
 *	bare		a ping-pong over the bare event channel of mboxping.ko
 *	evtchn:PORT	one over dom0's event channel PORT, user space at both ends
 *	test:BDF	64 bytes over the mailbox, which answers itself (TEST)
 *	ask:BDF		64 bytes that dom0's agent answers with as many
 *	config:BDF	24 accesses to the mailbox's registers, reads and writes in turns
 *
 * In dom0, until it is killed:
 *	vmbox_ping peer DOMAIN		"port PORT", the event channel for that; answers there
 *	vmbox_ping agent PF		the agent: answers what it is asked with the same
 * and at once:
 *	vmbox_ping anew PF TIMES	the agent comes and goes: each begins a generation
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/sriov_mbox.h>
#include <linux/types.h>
typedef __u16 domid_t;	/* else from a header of Xen's own */
#include <xen/evtchn.h>

#include "timing.h"

#define ECHO		(VMBOX_OP_VENDOR + 1)
#define PAYLOAD		48	/* and its header: one slot */
#define TURN		20	/* of one kind before the next one has its turn */
#define ACCESSES	24
#define COUNT_MAX	10000
#define KINDS_MAX	8
#define PAUSE_US	300000	/* in which a guest has long shaken hands */
#define TIMEOUT_MS	20000

struct kind {
	const char *name;
	int (*open)(struct kind *kind, const char *what);
	void (*once)(struct kind *kind);
	int fd;
	uint32_t at;	/* a port, or where the registers are */
};

static unsigned long long took[KINDS_MAX][COUNT_MAX];

static void die(const char *text, ...)
{
	va_list args;

	fprintf(stderr, "vmbox_ping: ");
	va_start(args, text);
	vfprintf(stderr, text, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(errno));
	exit(1);
}

static int open_at(const char *path, const char *what, int flags)
{
	char name[80];
	int fd;

	snprintf(name, sizeof(name), path, what);
	fd = open(name, flags | O_CLOEXEC);
	if (fd < 0)
		die("%s", name);
	return fd;
}

/* Event channels *********************************************************/

static int bare_open(struct kind *kind, const char *what)
{
	(void)kind;
	return open_at("/dev/mboxping", what, O_WRONLY);
}

static void bare_once(struct kind *kind)
{
	if (write(kind->fd, "", 1) != 1)
		die("mboxping");
}

static void notify(int fd, uint32_t port)
{
	struct ioctl_evtchn_notify order = { .port = port };

	if (ioctl(fd, IOCTL_EVTCHN_NOTIFY, &order))
		die("notify");
}

/* What has been read does not come again before it is written. */
static void await(int fd)
{
	uint32_t port;

	if (read(fd, &port, sizeof(port)) != sizeof(port) ||
	    write(fd, &port, sizeof(port)) != sizeof(port))
		die("event");
}

static int evtchn_open(struct kind *kind, const char *what)
{
	struct ioctl_evtchn_bind_interdomain order = { .remote_port = atoi(what) };
	int fd = open_at("/dev/xen/evtchn", what, O_RDWR);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	kind->at = ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &order);
	if ((int)kind->at < 0)
		die("event channel %s", what);
	/* Xen signals who has bound it: somebody may have rung before. */
	while (poll(&poll_fd, 1, 100) > 0)
		await(fd);
	return fd;
}

static void evtchn_once(struct kind *kind)
{
	notify(kind->fd, kind->at);
	await(kind->fd);
}

static void peer(const char *domain)
{
	struct ioctl_evtchn_bind_unbound_port order = { .remote_domain = atoi(domain) };
	int fd = open_at("/dev/xen/evtchn", domain, O_RDWR);
	int port = ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &order);

	if (port < 0)
		die("event channel");
	printf("port %d\n", port);
	fflush(stdout);
	for (;;) {
		await(fd);
		notify(fd, port);
	}
}

/* The mailbox ************************************************************/

/* Only once, whoever uses it. */
static int guest_open(struct kind *kind, const char *what)
{
	static int fd = -1;

	(void)kind;
	if (fd < 0)
		fd = open_at("/dev/vmbox/guest-%s", what, O_RDWR);
	return fd;
}

static void call(int fd, __u16 op, const void *data)
{
	unsigned char out[PAYLOAD];
	struct vmbox_call order = {
		.argsz = sizeof(order), .op = op, .timeout_ms = TIMEOUT_MS,
		.in = (uintptr_t)data, .in_len = PAYLOAD,
		.out = (uintptr_t)out, .out_len = sizeof(out),
	};

	if (ioctl(fd, VMBOX_IOC_GUEST_CALL, &order))
		die("call");
}

static void test_once(struct kind *kind)
{
	unsigned char data[PAYLOAD] = { VMBOX_TEST_ECHO };

	call(kind->fd, VMBOX_OP_TEST, data);
}

static void ask_once(struct kind *kind)
{
	unsigned char data[PAYLOAD] = { 0 };

	call(kind->fd, ECHO, data);
}

static void agent(const char *pf)
{
	static char buf[16 * VMBOX_FRAME_MAX] __attribute__((aligned(8)));
	int fd = open_at("/dev/vmbox/pf-%s", pf, O_RDWR);
	struct vmbox_frame *frame;
	ssize_t len, at, size;

	printf("agent\n");
	fflush(stdout);
	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < len;) {
			frame = (void *)(buf + at);
			size = frame->size;
			if (frame->hdr.flags & VMBOX_MSG_REQUEST) {
				frame->hdr.flags = VMBOX_MSG_ANSWER;
				at += size;
				continue;
			}
			/* News of a VF wants no answer. */
			len -= size;
			memmove(buf + at, buf + at + size, len - at);
		}
		if (write(fd, buf, len) != len && errno != ESTALE)
			die("answer");
	}
	die("requests");
}

static void anew(const char *pf, unsigned int times)
{
	while (times--) {
		int fd = open_at("/dev/vmbox/pf-%s", pf, O_RDWR);

		usleep(PAUSE_US);
		close(fd);
		usleep(PAUSE_US);
	}
}

/* Configuration space ****************************************************/

static int config_open(struct kind *kind, const char *what)
{
	int fd = open_at("/sys/bus/pci/devices/%s/config", what, O_RDWR);
	unsigned char at, id[2];

	if (pread(fd, &at, 1, 0x34) != 1)
		die("configuration space");
	while (at >= 0x40 && pread(fd, id, 2, at) == 2) {
		kind->at = at;
		if (id[0] == 9)
			return fd;
		at = id[1];
	}
	die("no mailbox");
	return -1;
}

static void config_once(struct kind *kind)
{
	uint32_t value = 0;
	unsigned int i;

	for (i = 0; i < ACCESSES; i += 2)
		if (pwrite(kind->fd, &value, 4, kind->at + VMBOX_REG_WADDR) != 4 ||
		    pread(kind->fd, &value, 4, kind->at + VMBOX_REG_STATUS) != 4)
			die("register");
}

/* All of them ************************************************************/

static const struct kind known[] = {
	{ .name = "bare", .open = bare_open, .once = bare_once },
	{ .name = "evtchn", .open = evtchn_open, .once = evtchn_once },
	{ .name = "test", .open = guest_open, .once = test_once },
	{ .name = "ask", .open = guest_open, .once = ask_once },
	{ .name = "config", .open = config_open, .once = config_once },
};

static struct kind kinds[KINDS_MAX];
static unsigned int n_kinds;

static void add(const char *text)
{
	size_t len = strcspn(text, ":");
	struct kind *kind = &kinds[n_kinds];
	unsigned int i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) != len || strncmp(text, known[i].name, len))
			continue;
		*kind = known[i];
		kind->fd = kind->open(kind, text + len + !!text[len]);
		n_kinds++;
		return;
	}
	errno = EINVAL;
	die("%s", text);
}

/* The first of each turn does not count: what was there before it may still end. */
static void turn(struct kind *kind, unsigned long long *times, unsigned int count)
{
	unsigned long long start;
	unsigned int i;

	kind->once(kind);
	for (i = 0; i < count; i++) {
		start = now();
		kind->once(kind);
		times[i] = now() - start;
	}
}

static void measure(unsigned int count)
{
	unsigned int at, n, i;

	for (at = 0; at < count; at += n) {
		n = count - at < TURN ? count - at : TURN;
		for (i = 0; i < n_kinds; i++)
			turn(&kinds[i], took[i] + at, n);
	}
	for (i = 0; i < n_kinds; i++) {
		sort_times(took[i], count);
		printf("%s %llu %llu\n", kinds[i].name, took[i][count / 2],
		       took[i][count * 99 / 100]);
	}
}

int main(int argc, char **argv)
{
	unsigned int count = argc > 2 ? atoi(argv[1]) : 0;
	int i;

	if (argc == 3 && !strcmp(argv[1], "peer")) {
		peer(argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "agent")) {
		agent(argv[2]);
	} else if (argc == 4 && !strcmp(argv[1], "anew")) {
		anew(argv[2], atoi(argv[3]));
	} else if (count && count <= COUNT_MAX && argc <= 2 + KINDS_MAX) {
		for (i = 2; i < argc; i++)
			add(argv[i]);
		measure(count);
	} else {
		return 2;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What a message of the mailbox costs, beside what nothing can be faster than.
 *
 *	vmbox_bench PF ROUNDS
 *
 * VFs and the agent of the PF are processes that sleep until they are signalled. Lines
 * "bench-mbox: ROUND NAME VALUE" with nanoseconds, or a number of what is counted; the
 * names are in bench-mbox.sh, with the goals. Exit status: 0, or 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "vmbox_traffic.h"

#define ECHO		(VMBOX_OP_VENDOR + 1)
#define TIMES		400
#define BATCH		32
#define SLOW_TIMES	50
#define SECONDS_20	20000

static struct vmbox_vf vf;
static char vfs[TRAFFIC_VFS][16];
static unsigned int n_vfs, round_now, kicks, waits;
static u8 payload[VMBOX_PAYLOAD_MAX];

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void number(const char *name, double value)
{
	printf("bench-mbox: %u %s %.3f\n", round_now, name, value);
	fflush(stdout);
}

static void must(int ret, const char *what)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "vmbox_bench: %s: %s\n", what, strerror(-ret));
	exit(1);
}

/* A child that ends with us, whatever becomes of us. */
static pid_t child(void (*work)(int), int arg)
{
	pid_t pid = fork();

	must(pid < 0 ? -errno : 0, "fork");
	if (!pid) {
		work(arg);
		_exit(0);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* What nothing that sleeps can be faster than. */
static int ping, pong;

static void eventfd_peer(int unused)
{
	u64 one;

	(void)unused;
	while (read(ping, &one, sizeof(one)) > 0 && write(pong, &one, sizeof(one)) > 0)
		;
}

static void bench_eventfd(void)
{
	u64 start, one = 1;
	unsigned int i;

	start = now_ns();
	for (i = 0; i < TIMES; i++)
		if (write(ping, &one, sizeof(one)) < 0 || read(pong, &one, sizeof(one)) < 0)
			must(-errno, "eventfd");
	number("eventfd", (double)(now_ns() - start) / TIMES);
}

/* The agent: all requests that there are, then all answers. */
static void agent_work(int fd)
{
	static _Alignas(8) u8 buf[16 * VMBOX_FRAME_MAX];
	struct vmbox_frame *frame;
	ssize_t len, at, size;

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
		for (at = 0; at < len;) {
			ssize_t done = write(fd, buf + at, len - at);

			must(done < 0 ? -errno : 0, "answer");
			at += done;
		}
	}
	must(-errno, "agent's read");
}

static void flush_counted(void)
{
	bool wanted = vmbox_out_signal(&vf.out);

	wanted |= vmbox_in_signal(&vf.in);
	if (!wanted)
		return;
	kicks++;
	must(vmbox_vf_kick(&vf), "kick");
}

/* As the ping-pong waits, which has no poll(), either. */
static void wait_counted(void)
{
	u64 count;

	if (!vmbox_in_wait(&vf.in))
		return;
	waits++;
	if (read(vf.event, &count, sizeof(count)) < 0)
		must(-errno, "a signal");
}

static void event_blocks(bool on)
{
	int flags = fcntl(vf.event, F_GETFL);

	flags = on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	must(fcntl(vf.event, F_SETFL, flags) ? -errno : 0, "the VF's eventfd");
}

/* So many requests at once, and their answers. */
static void exchange(u16 len, unsigned int n)
{
	struct vmbox_hdr hdr = { .op = ECHO, .flags = VMBOX_MSG_REQUEST, .len = len };
	unsigned int got = 0, i;
	int err;

	for (i = 0; i < n; i++) {
		hdr.rid = ++vf.rid;
		must(vmbox_vf_send(&vf, hdr, payload), "send");
	}
	flush_counted();
	while (got < n) {
		err = vmbox_vf_receive(&vf, &hdr);
		if (!err)
			got += !!(hdr.flags & VMBOX_MSG_ANSWER);
		else if (err == -EAGAIN)
			wait_counted();
		else
			must(err, "receive");
	}
}

static void bench_exchange(const char *name, u16 len, unsigned int n)
{
	unsigned int times = TIMES / n ?: 1, i;
	char what[40];
	u64 start;

	event_blocks(true);
	exchange(len, n);
	kicks = 0;
	waits = 0;
	start = now_ns();
	for (i = 0; i < times; i++)
		exchange(len, n);
	number(name, (double)(now_ns() - start) / (times * n));
	event_blocks(false);
	snprintf(what, sizeof(what), "%s-kicks", name);
	number(what, (double)kicks / (times * n));
	snprintf(what, sizeof(what), "%s-wakes", name);
	number(what, (double)waits / (times * n));
}

/* Requests that the mailbox answers itself: the ring and its signals alone. */
static void bench_core(void)
{
	struct vmbox_test test = { .code = VMBOX_TEST_ECHO };
	u64 start = now_ns();
	unsigned int i;

	memcpy(payload, &test, sizeof(test));
	for (i = 0; i < TIMES; i++)
		must(vmbox_vf_call(&vf, VMBOX_OP_TEST, payload, 64, SECONDS_20), "TEST");
	number("core-64", (double)(now_ns() - start) / TIMES);
}

static void bench_handshake(void)
{
	u64 start = now_ns();
	unsigned int i;

	for (i = 0; i < SLOW_TIMES; i++) {
		must(vmbox_vf_restart(&vf), "restart");
		must(vmbox_vf_hello(&vf, 0, SECONDS_20), "VERSION");
		must(vmbox_vf_call(&vf, VMBOX_OP_CAPS, NULL, 0, SECONDS_20), "CAPS");
	}
	number("handshake", (double)(now_ns() - start) / SLOW_TIMES);
}

/* A VF that answers what it is asked; or one that has shaken hands and does nothing. */
static int ready[2];

static void vf_work(int index)
{
	struct vmbox_vf mine;
	bool dead = index < 0;
	int err;

	must(vmbox_vf_open(&mine, vfs[dead ? -index - 1 : index]), "a VF");
	must(vmbox_vf_hello(&mine, VMBOX_FEATURE_QUIESCE, SECONDS_20), "a VF's VERSION");
	must(write(ready[1], "", 1), "pipe");
	while (dead)
		pause();
	for (;;) {
		err = vmbox_vf_wait(&mine, SECONDS_20);
		if (!err)
			err = vmbox_vf_serve_all(&mine);
		if (err != -ETIMEDOUT)
			must(err, "a VF's service");
	}
}

/* The call to the dead VF that is under way all the time. */
static struct vmbox_agent agent;

static void dead_call(int index)
{
	for (;;)
		vmbox_agent_call(&agent, index, VMBOX_OP_HEARTBEAT, NULL, 0, NULL, 0, 60000);
}

/* What one question costs: until it is answered, and of that the agent's processor time. */
struct cost {
	double all, agent;
};

static u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void ask_one(unsigned int vf)
{
	must(vmbox_agent_call(&agent, vf, VMBOX_OP_HEARTBEAT, NULL, 0, NULL, 0, SECONDS_20),
	     "call");
}

static void ask_all(unsigned int count)
{
	u64 whom = (1ull << count) - 1, mask = whom;

	must(vmbox_agent_call_all(&agent, &mask, VMBOX_OP_HEARTBEAT, NULL, 0, SECONDS_20),
	     "broadcast");
	must(mask == whom ? 0 : -ECOMM, "all answers");
}

static struct cost cost_of(unsigned int count, bool at_once)
{
	u64 cpu = cpu_ns(), start = now_ns();
	unsigned int i;

	for (i = 0; i < SLOW_TIMES; i++) {
		if (at_once)
			ask_all(count);
		else
			ask_one(i % count);
	}
	return (struct cost){
		.all = (double)(now_ns() - start) / SLOW_TIMES,
		.agent = (double)(cpu_ns() - cpu) / SLOW_TIMES,
	};
}

static void bench_broadcast(void)
{
	struct cost one = cost_of(n_vfs, false), all = cost_of(n_vfs, true);

	number("unicast", one.all);
	number("unicast-agent", one.agent);
	number("broadcast", all.all);
	number("broadcast-agent", all.agent);
	number("parallel", all.agent + one.all - one.agent);
}

static pid_t start_vf(int index)
{
	pid_t pid = child(vf_work, index);
	char byte;

	must(read(ready[0], &byte, 1) == 1 ? 0 : -EPIPE, "a VF comes");
	return pid;
}

static void bench_many(const char *pf, unsigned int rounds)
{
	pid_t pids[TRAFFIC_VFS], call;
	unsigned int i, last = n_vfs - 1;

	must(pipe(ready) ? -errno : 0, "pipe");
	must(vmbox_agent_open(&agent, pf), "agent");
	for (i = 0; i < n_vfs; i++)
		pids[i] = start_vf(i);
	for (round_now = 1; round_now <= rounds; round_now++)
		bench_broadcast();
	end(pids[last]);
	pids[last] = start_vf(-(int)last - 1);
	for (round_now = 1; round_now <= rounds; round_now++) {
		number("others-alive", cost_of(last, false).all);
		call = child(dead_call, last);
		number("others-dead", cost_of(last, false).all);
		end(call);
	}
	for (i = 0; i < n_vfs; i++)
		end(pids[i]);
	vmbox_agent_close(&agent);
}

static void bench_one(const char *pf, unsigned int rounds)
{
	char path[64];
	pid_t peer, agent_pid;
	int fd;

	ping = eventfd(0, EFD_CLOEXEC);
	pong = eventfd(0, EFD_CLOEXEC);
	snprintf(path, sizeof(path), "/dev/vmbox/pf-%s", pf);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd < 0 ? -errno : 0, path);
	peer = child(eventfd_peer, 0);
	agent_pid = child(agent_work, fd);
	must(vmbox_vf_open(&vf, vfs[0]), "VF");
	must(vmbox_vf_hello(&vf, 0, SECONDS_20), "VERSION");
	for (round_now = 1; round_now <= rounds; round_now++) {
		bench_eventfd();
		bench_exchange("rtt-64", 48, 1);
		bench_exchange("rtt-4096", VMBOX_PAYLOAD_MAX, 1);
		bench_exchange("batch-64", 48, BATCH);
		bench_core();
		bench_handshake();
	}
	vmbox_vf_close(&vf);
	end(agent_pid);
	end(peer);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 1;
	n_vfs = traffic_vfs(argv[1], vfs);
	must(n_vfs > 1 ? 0 : -ENODEV, "VFs");
	bench_one(argv[1], atoi(argv[2]));
	bench_many(argv[1], atoi(argv[2]));
	return 0;
}

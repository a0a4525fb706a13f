// SPDX-License-Identifier: GPL-2.0
/*
 * Everything goes away in the middle of what the mailbox does.
 *
 *	vmbox_disrupt PF COUNT [BIG]	COUNT times, each BIG-th (50) with all VFs at once
 *
 * Each VF is a process with a request that the agent does not answer, and the agent has
 * a call to each VF that is not answered: when something is taken away each of them has
 * to end within 100 ms and with an error that says so. Then all recover, talk, and wait
 * again. What still comes of the time before is tried to be delivered: answers of the
 * agent's and of the VF's to what they were asked then. Exit status: 0, or 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "vmbox_traffic.h"

#define LIMIT_US	100000
#define RECOVER_MS	20000
#define BUSY_MS		1500	/* well below the time in which the host wants an answer */

enum kind { VF_KILLED, VF_BEGINS_ANEW, VF_RESET, AGENT_KILLED, NO_VFS, PF_UNBOUND, MODULE, KINDS };

static const char *const kinds[] = {
	"VF's process killed", "VF begins anew", "VF reset", "agent killed", "sriov_numvfs 0",
	"PF unbound", "module unloaded",
};

/* One thing that waits for an answer that never comes. */
struct pending {
	volatile u32 seen;	/* the other side has it: it is under way */
	volatile u32 ended;	/* how often it has ended */
	volatile int err;	/* how it ended last */
	volatile u64 at;	/* when */
};

static struct shared {
	struct victim {
		struct pending request;	/* of the VF */
		struct pending call;	/* of the agent, to the VF */
		volatile bool begin_anew;
		volatile u64 began;	/* when it did */
		pid_t pid;
	} of[TRAFFIC_VFS];
	volatile u32 stale, wrong, refused;
} *shared;

static char vfs[TRAFFIC_VFS][16];
static const char *pf;
static int n_vfs;
static pid_t agent_pid;

static struct {
	unsigned int n;
	u64 worst;
	unsigned int reset, nodev, hostdown;
} results[KINDS];

static u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

static void ends(struct pending *what, int err)
{
	what->err = err;
	what->at = now_us();
	what->seen = 0;
	__atomic_add_fetch(&what->ended, 1, __ATOMIC_SEQ_CST);
}

static void wrong(const char *what, int vf, int err)
{
	printf("VF %d: %s: %s\n", vf, what, err ? strerror(abs(err)) : "");
	fflush(stdout);
	__atomic_add_fetch(&shared->wrong, 1, __ATOMIC_SEQ_CST);
}

/* The agent **************************************************************/

static struct vmbox_agent agent;

static void *ask_deaf(void *arg)
{
	int vf = (intptr_t)arg, ret;

	for (;;) {
		ret = vmbox_agent_call(&agent, vf, OP_DEAF, NULL, 0, NULL, 0, 60000);
		if (ret >= 0) {
			shared->stale++;
			wrong("a call that nobody answers was answered", vf, 0);
		} else if (ret == -ECONNRESET) {
			ends(&shared->of[vf].call, ret);
		} else if (ret != -ENOTCONN) {
			wrong("a call ended", vf, ret);
		}
		usleep(2000);
	}
	return NULL;
}

static struct vmbox_frame kept[TRAFFIC_VFS];

/* Requests are to end by what happens, and not by their deadline. */
static void more_time(void)
{
	static unsigned long long last;

	if (vmbox_ms() - last < BUSY_MS)
		return;
	last = vmbox_ms();
	for (int i = 0; i < n_vfs; i++)
		if (kept[i].size)
			vmbox_agent_answer(&agent, &kept[i], VMBOX_MSG_BUSY, 0, NULL, 0);
}

/* A request of OP_SILENT is kept, and answered when it is too late for that. */
static void keep(const struct vmbox_frame *frame)
{
	struct vmbox_frame *old = &kept[frame->vf];

	if (old->size && old->hdr.gen != frame->hdr.gen) {
		if (vmbox_agent_answer(&agent, old, 0, 0, NULL, 0) != -ESTALE)
			shared->stale++;
		else
			shared->refused++;
	}
	*old = *frame;
	shared->of[frame->vf].request.seen = 1;
}

static void be_agent(void)
{
	const struct vmbox_frame *frame;
	const void *data;
	pthread_t thread;
	int err;

	while ((err = vmbox_agent_open(&agent, pf)))
		usleep(1000);
	for (intptr_t i = 0; i < n_vfs; i++)
		pthread_create(&thread, NULL, ask_deaf, (void *)i);
	while (!(err = vmbox_agent_wait(&agent, BUSY_MS)) || err == -ETIMEDOUT) {
		more_time();
		while (!(err = vmbox_agent_next(&agent, &frame, &data))) {
			const struct traffic *msg = data;

			if (frame->hdr.op == OP_SILENT)
				keep(frame);
			else if (frame->hdr.len < TRAFFIC_HEAD || msg->gen != frame->hdr.gen)
				shared->stale++;
			else
				vmbox_agent_answer(&agent, frame, 0, 0, data, frame->hdr.len);
		}
		if (err != -EAGAIN)
			break;
	}
	wrong("the agent ended", -1, err);
}

/* A VF *******************************************************************/

static struct vmbox_hdr deaf;	/* what the agent asked last */
static struct victim *me;

static void hear(struct vmbox_vf *vf, const struct vmbox_hdr *hdr, const void *data)
{
	if (hdr->op != OP_DEAF) {
		vmbox_vf_serve(vf, hdr, data);
		return;
	}
	deaf = *hdr;
	me->call.seen = 1;
}

/* The answer to what was asked in another generation: nobody must get it. */
static void answer_late(struct vmbox_vf *vf)
{
	struct vmbox_hdr late = {
		.op = deaf.op, .flags = VMBOX_MSG_ANSWER, .rid = deaf.rid, .gen = deaf.gen,
	};

	if (deaf.op && deaf.gen != vf->gen)
		vmbox_out_put(&vf->out, &late, NULL);
}

static int wait_in_vain(struct vmbox_vf *vf)
{
	struct vmbox_hdr hdr = { .op = OP_SILENT, .flags = VMBOX_MSG_REQUEST, .rid = 7 };
	int err;

	err = vmbox_vf_send(vf, hdr, NULL) ?: vmbox_vf_flush(vf);
	while (!err) {
		if (me->begin_anew) {
			me->begin_anew = false;
			me->began = now_us();
			return vmbox_vf_restart(vf) ?: -ECONNRESET;
		}
		err = vmbox_vf_receive(vf, &hdr);
		if (err == -EAGAIN) {
			err = vmbox_vf_wait(vf, 1000);
			if (err == -ETIMEDOUT)
				err = 0;
		} else if (!err && hdr.op == OP_SILENT && hdr.flags & VMBOX_MSG_ANSWER) {
			if (!(hdr.flags & VMBOX_MSG_BUSY) && !hdr.status)
				shared->stale++;
			err = -hdr.status;
		} else if (!err) {
			hear(vf, &hdr, vf->buf);
		}
	}
	return err;
}

/* Shake hands, talk, then wait for what happens. Return: 0, or the VF is gone. */
static int live(struct vmbox_vf *vf, u64 *random)
{
	static struct traffic msg;
	const char *text;
	int ret;
	u16 len;

	ret = vmbox_vf_hello(vf, 0, RECOVER_MS);
	if (ret)
		return ret == -ECONNRESET || ret == -ETIMEDOUT ? 0 : ret;
	answer_late(vf);
	len = traffic_make(&msg, 1, vf->gen, random);
	ret = vmbox_vf_call(vf, OP_ECHO, &msg, len, RECOVER_MS);
	/* Without an agent a relay may answer, which does not know what we say. */
	if (ret == -ECONNRESET || ret == -EHOSTDOWN || ret == -EOPNOTSUPP) {
		usleep(1000);
		return 0;
	}
	if (ret < 0)
		return ret;
	text = traffic_check((void *)vf->buf, ret, 1);
	if (text || ret != len)
		wrong(text ?: "length", me - shared->of, 0);
	ret = wait_in_vain(vf);
	ends(&me->request, ret);
	return ret == -ENODEV ? ret : 0;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void be_vf(int index)
{
	struct sigaction action = { .sa_handler = on_signal };
	u64 random = now_us() | 1;
	struct vmbox_vf vf;
	int err;

	sigaction(SIGUSR1, &action, NULL);
	me = &shared->of[index];
	for (;;) {
		err = vmbox_vf_open(&vf, vfs[index]);
		vf.other = hear;
		while (!err)
			err = live(&vf, &random);
		if (err != -ENODEV && err != -ENOENT && err != -ENXIO && err != -EBUSY)
			wrong("the VF", index, err);
		vmbox_vf_close(&vf);
		usleep(2000);
	}
}

/* What happens ***********************************************************/

static pid_t start(int vf)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	if (vf < 0)
		be_agent();
	else
		be_vf(vf);
	_exit(1);
}

static void start_vf(int i)
{
	shared->of[i].request.seen = 0;
	shared->of[i].call.seen = 0;
	shared->of[i].begin_anew = false;
	shared->of[i].pid = start(i);
}

static bool wait_until(volatile u32 *value, u32 is, unsigned int ms)
{
	unsigned long long deadline = vmbox_ms() + ms;

	while (*value != is) {
		if (vmbox_ms() > deadline)
			return false;
		usleep(200);
	}
	return true;
}

static bool all_wait(void)
{
	for (int i = 0; i < n_vfs; i++) {
		/* In this order: who hears the call has noted that its last request ended. */
		if (!wait_until(&shared->of[i].call.seen, 1, RECOVER_MS) ||
		    !wait_until(&shared->of[i].request.seen, 1, RECOVER_MS)) {
			wrong("did not recover", i, 0);
			return false;
		}
	}
	return true;
}

/* It must have ended by now, or within the time that is left. */
static void ended(enum kind kind, int vf, struct pending *what, u32 before, u64 from)
{
	unsigned long long deadline = vmbox_ms() + 2000;
	u64 took;

	while (what->ended == before && vmbox_ms() < deadline)
		usleep(200);
	if (what->ended == before) {
		wrong(kinds[kind], vf, ETIMEDOUT);
		return;
	}
	took = what->at > from ? what->at - from : 0;
	results[kind].worst = max(results[kind].worst, took);
	if (took > LIMIT_US)
		wrong(kinds[kind], vf, ETIME);
	if (what->err == -ECONNRESET)
		results[kind].reset++;
	else if (what->err == -ENODEV)
		results[kind].nodev++;
	else if (what->err == -EHOSTDOWN)
		results[kind].hostdown++;
	else
		wrong(kinds[kind], vf, what->err);
}

static int write_to(const char *dir, const char *file, const char *text)
{
	char path[PATH_MAX];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = -errno;
	if (err)
		wrong(file, -1, err);
	close(fd);
	return err;
}

static const char *device(const char *bdf)
{
	static char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	return path;
}

static void one_vf(enum kind kind, int i)
{
	struct victim *victim = &shared->of[i];
	u32 before = victim->call.ended;
	u64 from;

	/* As a VMM does it: the device first, then what it has made for the guest. */
	if (kind == VF_RESET)
		write_to(device(vfs[i]), "reset", "1");
	from = now_us();
	if (kind == VF_KILLED) {
		kill(victim->pid, SIGKILL);
		waitpid(victim->pid, NULL, 0);
	} else {
		victim->begin_anew = true;
		kill(victim->pid, SIGUSR1);
	}
	/* It may have been about to sleep when the signal came, and wakes by itself. */
	while (kind != VF_KILLED && victim->began < from && now_us() - from < 5000000)
		usleep(200);
	ended(kind, i, &victim->call, before, max(from, victim->began));
	if (kind == VF_KILLED)
		start_vf(i);
}

static void kill_agent(void)
{
	u32 before[TRAFFIC_VFS];
	u64 from;
	int i;

	for (i = 0; i < n_vfs; i++)
		before[i] = shared->of[i].request.ended;
	from = now_us();
	kill(agent_pid, SIGKILL);
	waitpid(agent_pid, NULL, 0);
	for (i = 0; i < n_vfs; i++)
		ended(AGENT_KILLED, i, &shared->of[i].request, before[i], from);
	for (i = 0; i < n_vfs; i++)
		shared->of[i].call.seen = 0;
	agent_pid = start(-1);
}

/* In a process of its own: the VFs go one after the other, and we look when. */
static pid_t take_vfs(enum kind kind)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (kind == NO_VFS)
		write_to(device(pf), "sriov_numvfs", "0");
	else
		write_to("/sys/bus/pci/drivers/igb", "unbind", pf);
	_exit(0);
}

static void no_vfs(enum kind kind)
{
	u32 requests[TRAFFIC_VFS], calls[TRAFFIC_VFS];
	u64 gone[TRAFFIC_VFS] = { 0 };
	int i, there = n_vfs;
	pid_t pid;

	for (i = 0; i < n_vfs; i++) {
		requests[i] = shared->of[i].request.ended;
		calls[i] = shared->of[i].call.ended;
	}
	pid = take_vfs(kind);
	while (there) {
		for (i = 0; i < n_vfs; i++) {
			if (gone[i] || !access(device(vfs[i]), F_OK))
				continue;
			gone[i] = now_us();
			there--;
		}
		usleep(500);
	}
	for (i = 0; i < n_vfs; i++) {
		ended(kind, i, &shared->of[i].request, requests[i], gone[i]);
		ended(kind, i, &shared->of[i].call, calls[i], gone[i]);
	}
	waitpid(pid, NULL, 0);
	if (kind == PF_UNBOUND)
		write_to("/sys/bus/pci/drivers/igb", "bind", pf);
	write_to(device(pf), "sriov_numvfs", "7");
}

static void unload(void)
{
	u64 from = now_us(), took;

	kill(agent_pid, SIGKILL);
	for (int i = 0; i < n_vfs; i++)
		kill(shared->of[i].pid, SIGKILL);
	waitpid(agent_pid, NULL, 0);
	for (int i = 0; i < n_vfs; i++)
		waitpid(shared->of[i].pid, NULL, 0);
	while (syscall(SYS_delete_module, "sriov_mbox", O_NONBLOCK)) {
		if (errno != EWOULDBLOCK || now_us() - from > 1000000) {
			wrong("unload", -1, errno);
			break;
		}
		usleep(1000);
	}
	took = now_us() - from;
	results[MODULE].worst = max(results[MODULE].worst, took);
	if (system("modprobe sriov-mbox"))
		wrong("modprobe", -1, 0);
	agent_pid = start(-1);
	for (int i = 0; i < n_vfs; i++)
		start_vf(i);
}

static void happen(unsigned int round, unsigned int big)
{
	static const enum kind few[] = {
		VF_KILLED, VF_BEGINS_ANEW, AGENT_KILLED, VF_KILLED, VF_BEGINS_ANEW, VF_RESET,
		VF_KILLED, VF_BEGINS_ANEW, AGENT_KILLED, VF_BEGINS_ANEW,
	};
	enum kind kind = few[round % ARRAY_SIZE(few)];

	if (round % big == big - 1)
		kind = NO_VFS + round / big % 3;
	results[kind].n++;
	switch (kind) {
	case AGENT_KILLED:
		kill_agent();
		break;
	case NO_VFS:
	case PF_UNBOUND:
		no_vfs(kind);
		break;
	case MODULE:
		unload();
		break;
	default:
		one_vf(kind, round / 3 % n_vfs);
		break;
	}
}

int main(int argc, char **argv)
{
	unsigned int count, big, round;

	if (argc < 3)
		return 2;
	pf = argv[1];
	count = atoi(argv[2]);
	big = argc > 3 ? atoi(argv[3]) : 50;
	n_vfs = traffic_vfs(pf, vfs);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (!n_vfs || !big || shared == MAP_FAILED)
		return 2;
	agent_pid = start(-1);
	for (int i = 0; i < n_vfs; i++)
		start_vf(i);
	for (round = 0; round < count && all_wait() && shared->wrong < 20; round++)
		happen(round, big);
	all_wait();
	kill(agent_pid, SIGKILL);
	for (int i = 0; i < n_vfs; i++)
		kill(shared->of[i].pid, SIGKILL);
	while (wait(NULL) > 0)
		continue;
	for (int i = 0; i < KINDS; i++)
		printf("%-20s %4u times, within %3llu.%03llu ms: %u reset, %u gone, %u down\n",
		       kinds[i], results[i].n, (unsigned long long)results[i].worst / 1000,
		       (unsigned long long)results[i].worst % 1000, results[i].reset,
		       results[i].nodev, results[i].hostdown);
	printf("%u times in all; %u late answers refused, %u delivered; %u wrong\n", round,
	       shared->refused, shared->stale, shared->wrong);
	return round < count || shared->wrong || shared->stale;
}

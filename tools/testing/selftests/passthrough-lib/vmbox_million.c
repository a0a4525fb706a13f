// SPDX-License-Identifier: GPL-2.0
/*
 * Many messages of random size between an agent and all VFs of a PF, in both ways.
 *
 *	vmbox_million PF COUNT		COUNT messages in all, half of them answers
 *	vmbox_million agent PF		only answer, for the measurements of others
 *
 * Each message has a number and a checksum. Who gets one looks whether it is whole and
 * the next one. Each VF has up to 16 requests under way; whoever finds no room waits to
 * be signalled, and nobody looks at anything without having been. Exit status: 0, or 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "vmbox_traffic.h"

#define UNDER_WAY	16
#define FLUSH_EACH	32	/* frames */
#define PATIENCE_MS	20000	/* nothing for that long: a signal was lost */

/* What the agent has seen, for who started it. */
static struct { u64 frames, bytes, full, stale; } *seen;

static int bad(const char *who, int vf, const char *what, long long value)
{
	printf("%s: VF %d: %s (%lld)\n", who, vf, what, value);
	fflush(stdout);
	return 1;
}

/* The agent **************************************************************/

static struct traffic_queue queues[TRAFFIC_VFS];

/* Answers of one VF, in order, as far as it takes them. Return: 0 or -errno. */
static int flush(struct vmbox_agent *agent, struct traffic_queue *queue)
{
	unsigned int i;
	int err;

	while (queue->n) {
		i = queue->first % ARRAY_SIZE(queue->of);
		err = vmbox_agent_answer(agent, &queue->of[i].frame, 0, 0, &queue->of[i].msg,
					 queue->of[i].len);
		if (err == -EAGAIN) {
			seen->full++;
			return 0;
		}
		if (err == -ESTALE)
			seen->stale++;
		else if (err)
			return err;
		queue->first++;
		queue->n--;
	}
	return 0;
}

static int put(struct vmbox_agent *agent, const struct vmbox_frame *frame, u64 seq, u64 *random)
{
	struct traffic_queue *queue = &queues[frame->vf];
	unsigned int i = (queue->first + queue->n) % ARRAY_SIZE(queue->of);

	/* A VF that takes nothing loses its answers: that is no harm of others. */
	if (queue->n == ARRAY_SIZE(queue->of))
		return 0;
	queue->of[i].frame = *frame;
	queue->of[i].len = traffic_make(&queue->of[i].msg, seq, frame->hdr.gen, random);
	queue->n++;
	return flush(agent, queue);
}

/* What VFs have not taken so far. Return: the VF for which that failed, or -1. */
static int flush_all(struct vmbox_agent *agent)
{
	for (int i = 0; i < TRAFFIC_VFS; i++)
		if (flush(agent, &queues[i]))
			return i;
	return -1;
}

/* @patient: who asks may do what it likes, and for as long as it likes. */
static int be_agent(const char *pf, bool patient)
{
	u64 next[TRAFFIC_VFS] = { 0 }, random = 88172645463325252ULL;
	static struct vmbox_agent agent;
	const struct vmbox_frame *frame;
	const char *wrong;
	const void *data;
	int err;

	err = vmbox_agent_open(&agent, pf);
	if (err)
		return bad("agent", -1, "open", err);
	for (;;) {
		while (!(err = vmbox_agent_next(&agent, &frame, &data))) {
			seen->frames++;
			seen->bytes += frame->hdr.len;
			wrong = traffic_check(data, frame->hdr.len, next[frame->vf]++);
			if (wrong && !patient)
				return bad("agent", frame->vf, wrong, next[frame->vf] - 1);
			if (put(&agent, frame, next[frame->vf] - 1, &random))
				return bad("agent", frame->vf, "answer", 0);
			/* There is always somebody who asks, and somebody who waits. */
			if (!(seen->frames % FLUSH_EACH) && flush_all(&agent) >= 0)
				return bad("agent", -1, "answer", 0);
		}
		if (err == -EAGAIN && flush_all(&agent) >= 0)
			return bad("agent", -1, "answer", 0);
		if (err != -EAGAIN)
			return bad("agent", -1, "read", err);
		err = vmbox_agent_wait(&agent, patient ? -1 : PATIENCE_MS);
		if (err)
			return bad("agent", -1, "wait", err);
	}
}

/* A VF *******************************************************************/

/* Requests while there is room. Return: 0 or -errno. */
static int ask(struct vmbox_vf *vf, u64 *sent, u64 acked, u64 count, u64 *random)
{
	static struct traffic msg;
	static u16 len;
	int err;

	while (*sent < count && *sent - acked < UNDER_WAY) {
		struct vmbox_hdr hdr = {
			.op = OP_ECHO, .flags = VMBOX_MSG_REQUEST, .rid = *sent + 1000,
		};

		if (!len)
			len = traffic_make(&msg, *sent, vf->gen, random);
		hdr.len = len;
		err = vmbox_vf_send(vf, hdr, &msg);
		if (err)
			return err == -EAGAIN ? 0 : err;
		len = 0;
		++*sent;
	}
	return 0;
}

static int be_vf(const char *bdf, int index, u64 count)
{
	u64 sent = 0, acked = 0, was, random = 0x9e3779b97f4a7c15ULL * (index + 1);
	static struct vmbox_vf vf;
	const char *wrong = NULL;
	struct vmbox_hdr hdr;
	int err;

	err = vmbox_vf_open(&vf, bdf) ?: vmbox_vf_hello(&vf, 0, PATIENCE_MS);
	while (!err && acked < count) {
		was = acked;
		err = ask(&vf, &sent, acked, count, &random) ?: vmbox_vf_flush(&vf);
		while (!err && !(err = vmbox_vf_receive(&vf, &hdr))) {
			if (!(hdr.flags & VMBOX_MSG_ANSWER))
				continue;
			wrong = hdr.rid != acked + 1000 ? "answer to another" :
				hdr.status ? "status" :
				traffic_check((void *)vf.buf, hdr.len, acked);
			if (wrong) {
				printf("op %#x flags %#x rid %u for %llu, status %u, len %u\n",
				       hdr.op, hdr.flags, hdr.rid - 1000,
				       (unsigned long long)acked, hdr.status, hdr.len);
				return bad("vf", index, wrong, acked);
			}
			acked++;
		}
		if (err != -EAGAIN)
			break;
		/* Where all was answered there is nothing to wait for: ask. */
		err = acked < count && acked == was ? vmbox_vf_wait(&vf, PATIENCE_MS) : 0;
	}
	if (err && err != -EAGAIN)
		return bad("vf", index, "error", err);
	if (vf.stale)
		return bad("vf", index, "stale", vf.stale);
	return 0;
}

static int million(const char *pf, u64 count)
{
	char vfs[TRAFFIC_VFS][16];
	int n = traffic_vfs(pf, vfs), status, failed = 0;
	unsigned long long from;
	pid_t agent;
	u64 each;

	if (!n)
		return bad("main", -1, "no VFs", 0);
	each = (count / 2 + n - 1) / n;
	agent = fork();
	if (!agent)
		_exit(be_agent(pf, false));
	usleep(200000);
	from = vmbox_ms();
	for (int i = 0; i < n; i++)
		if (!fork())
			_exit(be_vf(vfs[i], i, each));
	for (int i = 0; i < n; i++) {
		if (wait(&status) == agent || status)
			failed = 1;
		if (failed)
			break;
	}
	from = vmbox_ms() - from;
	kill(agent, SIGKILL);
	printf("%d VFs: %llu requests of %llu, %llu bytes, as many answers; %llu times no room;"
	       " %llu ms\n", n, (unsigned long long)seen->frames, (unsigned long long)each * n,
	       (unsigned long long)seen->bytes, (unsigned long long)seen->full, from);
	return failed || seen->frames != each * n || seen->stale;
}

int main(int argc, char **argv)
{
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		    0);
	if (argc == 3 && !strcmp(argv[1], "agent"))
		return be_agent(argv[2], true);
	if (argc == 3 && seen != MAP_FAILED)
		return million(argv[1], strtoull(argv[2], NULL, 0));
	fprintf(stderr, "usage: vmbox_million PF COUNT\n       vmbox_million agent PF\n");
	return 2;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * A VF that means no good, and what the others notice of it.
 *
 *	vmbox_hostile ATTACK SECONDS BDF	do that to the mailbox of a VF
 *	vmbox_hostile measure COUNT BDF...	round trips of the others, through the agent
 *
 * Attacks: spin (none: a guest that only computes, for comparison), index (indices that
 * cannot be), header (headers of every kind that may not be), flip (what the host reads
 * changes while it does), messages and bells (more than is allowed), full (asks and never
 * takes an answer), again (begins anew all the time). One that ends in a fault begins
 * anew; one that ends in quarantine says so and stops: "quarantined after N".
 * Exit status: 0, or 1 when something was not as it has to be.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "timing.h"
#include "vmbox_traffic.h"

#define TIMEOUT_MS	8000

static struct vmbox_vf vf;
static u64 random_state = 0x2545f4914f6cdd1dULL;
static u16 status;
static unsigned long tries;

static u64 next_random(void)
{
	return traffic_random(&random_state);
}

static bool quarantined(void)
{
	status = READ_ONCE(vf.host->status);
	return status & VMBOX_STATUS_QUARANTINE;
}

static int begin(void)
{
	int err = vmbox_vf_restart(&vf);

	return err ?: vmbox_vf_hello(&vf, 0, 200);
}

static void spin(void)
{
	for (int i = 0; i < 100000; i++)
		next_random();
}

/* Of a second thread: two that compute all the time would be about the scheduler. */
static void step_back(void)
{
	setpriority(PRIO_PROCESS, 0, 19);
}

static void *spinner(void *unused)
{
	u64 state = 7;

	(void)unused;
	step_back();
	for (;;)
		traffic_random(&state);
	return NULL;
}

/* As many threads as flip() has: what they take of the processor is not the mailbox's. */
static void spin2(void)
{
	static pthread_t thread;

	if (!thread)
		pthread_create(&thread, NULL, spinner, NULL);
	spin();
}

static void index_smash(void)
{
	struct vmbox_vf_page *page = (void *)(vf.pages + VMBOX_PAGE * VMBOX_PAGE_VF);

	WRITE_ONCE(page->to_pf_prod, next_random());
	WRITE_ONCE(page->to_pf_room, next_random());
	if (next_random() & 1)
		WRITE_ONCE(page->to_vf_cons, next_random());
	WRITE_ONCE(page->to_vf_event, next_random());
	vmbox_vf_kick(&vf);
}

static void header(void)
{
	struct vmbox_hdr hdr = {
		.op = next_random(), .flags = next_random(), .rid = next_random(),
		.len = next_random() % 64, .status = next_random() % 3,
	};
	static u8 data[VMBOX_PAYLOAD_MAX];

	if (next_random() & 1)
		hdr.op = next_random() % 0x44;
	if (next_random() & 1)
		hdr.flags = VMBOX_MSG_REQUEST;
	hdr.total = next_random() & 7 ? hdr.len : next_random();
	hdr.gen = next_random() & 7 ? vf.gen : next_random();
	if (!vmbox_out_put(&vf.out, &hdr, data))
		vmbox_vf_kick(&vf);
	else
		begin();
}

static void *flipper(void *unused)
{
	struct vmbox_vf_page *page = (void *)(vf.pages + VMBOX_PAGE * VMBOX_PAGE_VF);
	u64 *slots = (void *)(vf.pages + VMBOX_PAGE * VMBOX_PAGE_TO_PF);
	u64 state = 99;

	(void)unused;
	step_back();
	for (;;) {
		u64 r = traffic_random(&state);

		WRITE_ONCE(slots[r % (2 * VMBOX_PAGE / 8)], r);
		if (!(r >> 40 & 0xff))
			WRITE_ONCE(page->to_pf_prod, r >> 48);
	}
	return NULL;
}

static void flip(void)
{
	static pthread_t thread;
	struct vmbox_hdr hdr = { .op = OP_ECHO, .flags = VMBOX_MSG_REQUEST, .len = 2000 };
	static u8 data[VMBOX_PAYLOAD_MAX];

	if (!thread)
		pthread_create(&thread, NULL, flipper, NULL);
	hdr.rid = ++vf.rid;
	vmbox_vf_send(&vf, hdr, data);
	vmbox_vf_kick(&vf);
}

static void messages(void)
{
	struct vmbox_hdr hdr = { .op = VMBOX_OP_HEARTBEAT, .flags = VMBOX_MSG_REQUEST };
	struct vmbox_hdr answer;

	do
		hdr.rid = ++vf.rid;
	while (!vmbox_vf_send(&vf, hdr, NULL));
	vmbox_vf_flush(&vf);
	while (!vmbox_vf_receive(&vf, &answer))
		continue;
}

static void bells(void)
{
	vmbox_vf_kick(&vf);
}

static void full(void)
{
	static struct traffic msg;
	struct vmbox_hdr hdr = { .op = OP_ECHO, .flags = VMBOX_MSG_REQUEST };

	hdr.rid = ++vf.rid;
	hdr.len = traffic_make(&msg, 1, vf.gen, &random_state);
	if (vmbox_vf_send(&vf, hdr, &msg))
		usleep(100);
	vmbox_vf_kick(&vf);
}

static void again(void)
{
	begin();
}

static const struct {
	const char *name;
	void (*once)(void);
} attacks[] = {
	{ "spin", spin }, { "spin2", spin2 }, { "index", index_smash }, { "header", header },
	{ "flip", flip },
	{ "messages", messages }, { "bells", bells }, { "full", full }, { "again", again },
};

static int attack(void (*once)(void), unsigned int seconds, const char *bdf)
{
	unsigned long long end = vmbox_ms() + seconds * 1000;
	int err;

	err = vmbox_vf_open(&vf, bdf) ?: vmbox_vf_hello(&vf, 0, TIMEOUT_MS);
	if (err) {
		printf("cannot begin: %s\n", strerror(-err));
		return 1;
	}
	while (vmbox_ms() < end && !quarantined()) {
		once();
		tries++;
		if (READ_ONCE(vf.host->status) & VMBOX_STATUS_ERROR)
			begin();
	}
	if (quarantined())
		printf("quarantined after %lu\n", tries);
	else
		printf("tried %lu times\n", tries);
	return 0;
}

static int measure(unsigned int count, char **bdfs, int n)
{
	static struct vmbox_vf others[TRAFFIC_VFS];
	unsigned long long *took = calloc(count, sizeof(*took)), from;
	u64 state = 5;
	int err = 0;

	for (int i = 0; i < n && i < TRAFFIC_VFS && !err; i++)
		err = vmbox_vf_open(&others[i], bdfs[i]) ?:
		      vmbox_vf_hello(&others[i], 0, TIMEOUT_MS);
	for (unsigned int i = 0; i < count && !err; i++) {
		struct vmbox_vf *other = &others[i % n];
		static struct traffic msg;

		msg = (struct traffic) { .seq = i / n, .gen = other->gen, .len = 40 };
		msg.data[0] = traffic_random(&state);
		msg.sum = traffic_sum(msg.data, 5);
		from = now();
		err = vmbox_vf_call(other, OP_ECHO, &msg, TRAFFIC_HEAD + msg.len, TIMEOUT_MS);
		took[i] = now() - from;
		err = min(err, 0);
		usleep(500);
	}
	if (err) {
		printf("a VF that behaves: %s\n", strerror(-err));
		return 1;
	}
	sort_times(took, count);
	printf("p50 %llu us p99 %llu us max %llu us\n", took[count / 2] / 1000,
	       took[count * 99 / 100] / 1000, took[count - 1] / 1000);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc > 3 && !strcmp(what, "measure"))
		return measure(atoi(argv[2]), argv + 3, argc - 3);
	for (unsigned int i = 0; argc == 4 && i < ARRAY_SIZE(attacks); i++)
		if (!strcmp(what, attacks[i].name))
			return attack(attacks[i].once, atoi(argv[2]), argv[3]);
	fprintf(stderr, "usage: vmbox_hostile ATTACK|measure N BDF...\n");
	return 2;
}

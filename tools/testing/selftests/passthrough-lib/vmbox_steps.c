// SPDX-License-Identifier: GPL-2.0
/*
 * What the nodes of the mailbox promise, step by step: vmbox_steps STEP VF PF. Exit status
 * 0 when it is so; what was not is printed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmbox.h"

#define SOON	2000

static const char *vf_bdf, *pf_bdf;
static struct vmbox_vf vf;
static struct vmbox_agent agent;
static u8 data[VMBOX_PAYLOAD_MAX];

/* Is it what it should be? If not that is the end. */
#define IS(what, want)								\
	do {									\
		long got_ = (long)(what), want_ = (long)(want);			\
		if (got_ != want_) {						\
			printf("line %d: %s is %ld, not %ld\n", __LINE__,	\
			       #what, got_, want_);				\
			exit(1);						\
		}								\
	} while (0)

static void begin(void)
{
	IS(vmbox_vf_open(&vf, vf_bdf), 0);
	IS(vmbox_vf_hello(&vf, VMBOX_FEATURES, SOON), 0);
}

static void begin_both(void)
{
	IS(vmbox_agent_open(&agent, pf_bdf), 0);
	begin();
}

static void fill(int len)
{
	for (int i = 0; i < len; i++)
		data[i] = i * 7 + len;
}

static int test(u32 code, u32 value, int len)
{
	struct vmbox_test test = { code, value };

	memcpy(data, &test, sizeof(test));
	return vmbox_vf_call(&vf, VMBOX_OP_TEST, data, sizeof(test) + len, SOON);
}

static struct vmbox_info info_of(int fd)
{
	struct vmbox_info info;

	IS(vmbox_vf_info(fd, &info), 0);
	return info;
}

/* The next answer; what comes before it are events. */
static struct vmbox_hdr answer(void)
{
	struct vmbox_hdr hdr = { 0 };
	unsigned long long end = vmbox_ms() + SOON;

	while (!(hdr.flags & VMBOX_MSG_ANSWER) && vmbox_ms() < end)
		if (vmbox_vf_receive(&vf, &hdr))
			vmbox_vf_wait(&vf, 100);
	IS(hdr.flags & VMBOX_MSG_ANSWER, VMBOX_MSG_ANSWER);
	return hdr;
}

static void hands(void)
{
	struct vmbox_caps caps;

	begin();
	IS(vmbox_vf_call(&vf, VMBOX_OP_CAPS, NULL, 0, SOON), sizeof(caps));
	memcpy(&caps, vf.buf, sizeof(caps));
	IS(caps.payload_max, VMBOX_PAYLOAD_MAX);
	IS(caps.requests_max, 32);
	IS(caps.answer_ms, 5000);
	IS(caps.vf_index, 0);
	IS(vmbox_vf_call(&vf, VMBOX_OP_HEARTBEAT, NULL, 0, SOON), 0);
	IS(!!(info_of(vf.fd).status & VMBOX_STATUS_OPEN), 1);
	IS(info_of(vf.fd).gen, vf.gen);
}

static void tests(void)
{
	begin();
	IS(test(VMBOX_TEST_NOP, 0, 100), 0);
	for (int len = 0; len <= VMBOX_PAYLOAD_MAX - 8; len += len < 200 ? 13 : 487) {
		fill(8 + len);
		IS(test(VMBOX_TEST_ECHO, 0, len), len);
		IS(memcmp(vf.buf, data + 8, len), 0);
	}
	IS(test(VMBOX_TEST_ECHO, 0, VMBOX_PAYLOAD_MAX - 8), VMBOX_PAYLOAD_MAX - 8);
	IS(test(VMBOX_TEST_FAIL, EDOM, 0), -EDOM);
	IS(test(VMBOX_TEST_RETRY, 0, 0), 0);
	IS(test(VMBOX_TEST_BUSY, 0, 0), 0);
	IS(test(77, 0, 0), -EINVAL);
}

/* BUSY is said twice before the answer, and nothing after it. */
static void busy(void)
{
	struct vmbox_test test = { VMBOX_TEST_BUSY, 0 };
	struct vmbox_hdr hdr = {
		.op = VMBOX_OP_TEST, .flags = VMBOX_MSG_REQUEST, .rid = 900, .len = 8,
	};
	static const u16 want[] = {
		VMBOX_MSG_ANSWER | VMBOX_MSG_BUSY, VMBOX_MSG_ANSWER | VMBOX_MSG_BUSY,
		VMBOX_MSG_ANSWER,
	};

	begin();
	IS(vmbox_vf_send(&vf, hdr, &test), 0);
	IS(vmbox_vf_kick(&vf), 0);
	for (int i = 0; i < 3; i++) {
		hdr = answer();
		IS(hdr.flags, want[i]);
		IS(hdr.rid, 900);
	}
	IS(vmbox_vf_receive(&vf, &hdr), -EAGAIN);
}

static int say_version(u16 major, u64 features)
{
	struct vmbox_version version = { .major = major, .minor = 9, .features = features };

	return vmbox_vf_call(&vf, VMBOX_OP_VERSION, &version, sizeof(version), SOON);
}

static void versions(void)
{
	struct vmbox_version version;

	begin();
	IS(vmbox_vf_restart(&vf), 0);
	IS(say_version(VMBOX_VERSION_MAJOR + 1, 0), -EPROTONOSUPPORT);
	IS(say_version(VMBOX_VERSION_MAJOR, 1ULL << 40), -EINVAL);
	IS(!!(info_of(vf.fd).status & VMBOX_STATUS_OPEN), 0);
	IS(say_version(VMBOX_VERSION_MAJOR, VMBOX_FEATURE_QUIESCE), sizeof(version));
	memcpy(&version, vf.buf, sizeof(version));
	IS(version.minor, VMBOX_VERSION_MINOR);
	IS(version.features, VMBOX_FEATURE_QUIESCE);
}

/* The next request; the VF has asked already. */
static struct vmbox_frame next(void)
{
	const struct vmbox_frame *frame;
	const void *payload;

	IS(vmbox_agent_wait(&agent, SOON), 0);
	IS(vmbox_agent_next(&agent, &frame, &payload), 0);
	memcpy(data, payload, frame->hdr.len);
	return *frame;
}

static void ask(u16 op, u32 rid, int len)
{
	struct vmbox_hdr hdr = { .op = op, .flags = VMBOX_MSG_REQUEST, .rid = rid, .len = len };

	fill(len);
	IS(vmbox_vf_send(&vf, hdr, data), 0);
	IS(vmbox_vf_kick(&vf), 0);
}

static void echo_4096(void)
{
	struct vmbox_frame frame;
	struct vmbox_hdr hdr;

	begin_both();
	ask(VMBOX_OP_VENDOR, 5, VMBOX_PAYLOAD_MAX);
	frame = next();
	IS(frame.hdr.len, VMBOX_PAYLOAD_MAX);
	IS(frame.size, VMBOX_FRAME_MAX);
	IS(vmbox_agent_answer(&agent, &frame, 0, 0, data, VMBOX_PAYLOAD_MAX), 0);
	hdr = answer();
	IS(hdr.len, VMBOX_PAYLOAD_MAX);
	fill(VMBOX_PAYLOAD_MAX);
	IS(memcmp(vf.buf, data, VMBOX_PAYLOAD_MAX), 0);
}

static void stale(void)
{
	struct vmbox_frame frame;
	struct vmbox_hdr hdr;
	u16 gen;

	begin_both();
	ask(VMBOX_OP_VENDOR, 5, 8);
	frame = next();
	gen = vf.gen;
	IS(vmbox_vf_restart(&vf), 0);
	IS(vmbox_agent_answer(&agent, &frame, 0, 0, NULL, 0), -ESTALE);
	IS(vmbox_vf_hello(&vf, 0, SOON), 0);
	IS(vf.gen == gen, 0);
	IS(vmbox_agent_answer(&agent, &frame, 0, 0, NULL, 0), -ESTALE);
	/* And what the VF says in a generation that is over is not heard. */
	vf.gen--;
	ask(VMBOX_OP_VENDOR, 6, 8);
	vf.gen++;
	IS(vmbox_agent_wait(&agent, 200), -ETIMEDOUT);
	while (!vmbox_vf_receive(&vf, &hdr))
		IS(hdr.op, VMBOX_OP_EVENT);
	ask(VMBOX_OP_VENDOR, 7, 8);
	frame = next();
	IS(frame.hdr.rid, 7);
	IS(vmbox_agent_answer(&agent, &frame, 0, 0, NULL, 0), 0);
	IS(vmbox_agent_answer(&agent, &frame, 0, 0, NULL, 0), -ESTALE);
}

static void events(void)
{
	IS(vmbox_agent_open(&agent, pf_bdf), 0);
	IS(vmbox_vf_open(&vf, vf_bdf), 0);
	IS(vmbox_agent_tell(&agent, 0, VMBOX_EVENT_LINK, 1ULL << 63), 0);
	IS(vmbox_agent_tell(&agent, VMBOX_ALL_VFS, VMBOX_EVENT_RESET_DONE, 2), 0);
	IS(vmbox_agent_tell(&agent, 0, VMBOX_EVENT_PF_GONE, 0), -EINVAL);
	IS(vmbox_agent_tell(&agent, VMBOX_VFS_MAX, 0, 0), -EINVAL);
	IS(vmbox_vf_hello(&vf, 0, SOON), 0);
	for (int i = 0; i < 20 && !(vf.blocks & 2); i++) {
		vmbox_vf_wait(&vf, 100);
		IS(vmbox_vf_serve_all(&vf), 0);
	}
	IS(!!(vf.events & VMBOX_EVENT_LINK), 1);
	IS(!!(vf.events & VMBOX_EVENT_RESET_DONE), 1);
	IS(vf.blocks, 1ULL << 63 | 2);
}

/* Until a message has told of these blocks, and so has every one before it. */
static void told(u64 blocks)
{
	for (int i = 0; i < 20 && (vf.blocks & blocks) != blocks; i++) {
		vmbox_vf_wait(&vf, 100);
		IS(vmbox_vf_serve_all(&vf), 0);
	}
	IS(vf.blocks & blocks, blocks);
}

/* Of a block, by a message that the VF does not read. */
static void tell_unread(u64 block)
{
	u32 before = READ_ONCE(vf.host->to_vf_prod);

	IS(vmbox_agent_tell(&agent, 0, VMBOX_EVENT_RESET_DONE, block), 0);
	for (int i = 0; i < SOON && READ_ONCE(vf.host->to_vf_prod) == before; i++)
		usleep(1000);
	IS(READ_ONCE(vf.host->to_vf_prod) == before, 0);
}

static void forget(void)
{
	vf.events = 0;
	vf.blocks = 0;
}

/* What was written and not read is told in the next generation, what was read is not. */
static void unread(void)
{
	struct vmbox_vf_page *ours;

	begin_both();
	tell_unread(1);
	told(1);
	for (int i = 1; i < 12; i++)
		tell_unread(1ULL << i);
	forget();
	IS(vmbox_vf_restart(&vf), 0);
	IS(vmbox_vf_hello(&vf, 0, SOON), 0);
	told(0xffe);
	IS(vf.blocks, 0xffe);
	IS(!!(vf.events & VMBOX_EVENT_RESET_DONE), 1);

	/* Its node is closed, and the next one gets it; whatever its index was. */
	tell_unread(0x1000);
	ours = (void *)(vf.pages + VMBOX_PAGE_VF * VMBOX_PAGE);
	WRITE_ONCE(ours->to_vf_cons, ours->to_vf_cons + 1000);
	vmbox_vf_close(&vf);
	begin();
	told(0x1000);
	IS(vf.blocks, 0x1000);
	tell_unread(0x2000);
	told(0x2000);
	forget();
	IS(vmbox_vf_restart(&vf), 0);
	IS(vmbox_vf_hello(&vf, 0, SOON), 0);
	vmbox_vf_wait(&vf, 300);
	IS(vmbox_vf_serve_all(&vf), 0);
	IS(vf.events & VMBOX_EVENT_RESET_DONE, 0);
	IS(vf.blocks, 0);
}

/* A channel that is saved takes along what was not read. */
static void saved(void)
{
	u8 bytes[256];
	struct vmbox_blob blob = {
		.argsz = sizeof(blob), .data = (unsigned long)bytes, .len = sizeof(bytes),
	};

	begin_both();
	tell_unread(1);
	told(1);
	tell_unread(0x40);
	IS(ioctl(agent.fd, VMBOX_IOC_PF_SAVE, &blob), 0);
	told(0x40);
	forget();
	IS(ioctl(agent.fd, VMBOX_IOC_PF_RESTORE, &blob), 0);
	IS(vmbox_vf_hello(&vf, 0, SOON), 0);
	told(0x40);
	IS(vf.blocks, 0x40);
	IS(!!(vf.events & VMBOX_EVENT_MIGRATED), 1);
}

static bool faulty(void)
{
	return info_of(vf.fd).status & VMBOX_STATUS_ERROR;
}

static void indices(void)
{
	struct vmbox_vf_page *ours;

	begin();
	ours = (void *)(vf.pages + VMBOX_PAGE_VF * VMBOX_PAGE);
	WRITE_ONCE(ours->to_pf_prod, ours->to_pf_prod + 1000);
	IS(vmbox_vf_kick(&vf), 0);
	IS(faulty(), 1);
	IS(vmbox_vf_restart(&vf), 0);
	IS(vmbox_vf_hello(&vf, 0, SOON), 0);

	/* The other one is looked at when there is something to send. */
	WRITE_ONCE(ours->to_vf_cons, ours->to_vf_cons + 1000);
	ask(VMBOX_OP_HEARTBEAT, 9, 0);
	IS(faulty(), 1);
	IS(vmbox_vf_restart(&vf), 0);
	IS(vmbox_vf_hello(&vf, 0, SOON), 0);

	/* A message that is longer than what is there. */
	((struct vmbox_hdr *)(vf.pages + VMBOX_PAGE_TO_PF * VMBOX_PAGE +
	  vf.out.head % VMBOX_SLOTS * VMBOX_SLOT))->len = 4000;
	WRITE_ONCE(ours->to_pf_prod, vf.out.head + 1);
	IS(vmbox_vf_kick(&vf), 0);
	IS(faulty(), 1);
	IS(vmbox_vf_restart(&vf), 0);
	IS(vmbox_vf_hello(&vf, 0, SOON), 0);
}

/* A doorbell for each message, and one for each answer; then some for nothing. */
static void bells(void)
{
	struct vmbox_hdr hdr = { .op = VMBOX_OP_HEARTBEAT, .flags = VMBOX_MSG_REQUEST };

	begin();
	for (hdr.rid = 1000; hdr.rid < 3000; hdr.rid++) {
		IS(vmbox_vf_send(&vf, hdr, NULL), 0);
		IS(vmbox_vf_kick(&vf), 0);
		IS(answer().rid, hdr.rid);
		IS(vmbox_vf_kick(&vf), 0);
	}
	printf("rung for 2000 messages and as many answers\n");
}

static void bells_for_nothing(void)
{
	begin();
	for (int i = 0; i < 40; i++)
		IS(vmbox_vf_kick(&vf), 0);
}

static int map_errno(int fd, int page, int n, int prot, int flags)
{
	void *at = mmap(NULL, n * VMBOX_PAGE, prot, flags, fd, page * VMBOX_PAGE);

	if (at == MAP_FAILED)
		return errno;
	munmap(at, n * VMBOX_PAGE);
	return 0;
}

static void memory(void)
{
	void *at;

	begin();
	IS(map_errno(vf.fd, 0, 1, PROT_READ | PROT_WRITE, MAP_SHARED), EPERM);
	IS(map_errno(vf.fd, 3, 2, PROT_READ | PROT_WRITE, MAP_SHARED), EPERM);
	IS(map_errno(vf.fd, 4, 1, PROT_WRITE, MAP_SHARED), EPERM);
	IS(map_errno(vf.fd, 0, 6, PROT_READ, MAP_PRIVATE), EINVAL);
	IS(map_errno(vf.fd, 5, 2, PROT_READ, MAP_SHARED), EINVAL);
	IS(map_errno(vf.fd, 6, 1, PROT_READ, MAP_SHARED), EINVAL);
	IS(map_errno(vf.fd, 1, 3, PROT_READ | PROT_WRITE, MAP_SHARED), 0);
	at = mmap(NULL, 6 * VMBOX_PAGE, PROT_READ, MAP_SHARED, vf.fd, 0);
	IS(at != MAP_FAILED, 1);
	IS(mprotect(at, VMBOX_PAGE, PROT_READ | PROT_WRITE), -1);
	IS(errno, EACCES);
}

static void openers(void)
{
	struct vmbox_vf other;
	struct vmbox_agent second;

	begin_both();
	IS(vmbox_vf_open(&other, vf_bdf), -EBUSY);
	IS(vmbox_agent_open(&second, pf_bdf), -EBUSY);
	vmbox_vf_close(&vf);
	vmbox_agent_close(&agent);
	begin_both();
}

/* One opening of many: does the host write its page, when an index that cannot be is one? */
static bool lives(int fd)
{
	const struct vmbox_host_page *host;
	struct vmbox_vf_page *ours;
	bool lives;

	host = mmap(NULL, VMBOX_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ours = mmap(NULL, VMBOX_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    VMBOX_PAGE_VF * VMBOX_PAGE);
	IS(host != MAP_FAILED && ours != MAP_FAILED, 1);

	/* Who closed it before us may not be done with that. */
	usleep(200);
	WRITE_ONCE(ours->to_pf_prod, 1000);
	IS(ioctl(fd, VMBOX_IOC_VF_KICK), 0);
	lives = READ_ONCE(host->status) & VMBOX_STATUS_ERROR;
	munmap((void *)host, VMBOX_PAGE);
	munmap(ours, VMBOX_PAGE);
	return lives;
}

static int open_and_close(void)
{
	unsigned int opened = 0, dead = 0;
	unsigned long long end = vmbox_ms() + 8000;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/vmbox/vf-%s", vf_bdf);
	while (vmbox_ms() < end) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0) {
			IS(errno, EBUSY);
			continue;
		}
		opened++;
		dead += !lives(fd);
		close(fd);
	}
	printf("%u opened, %u of them dead\n", opened, dead);
	fflush(stdout);
	return dead || !opened;
}

/* Four open it as soon as another has closed it. */
static void reopen(void)
{
	int status, failed = 0;

	for (int i = 0; i < 4; i++)
		if (!fork())
			exit(open_and_close());
	while (wait(&status) > 0)
		failed += !!status;
	IS(failed, 0);
}

static void kickfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK), none = -1, bad = 0;
	struct vmbox_hdr hdr = {
		.op = VMBOX_OP_HEARTBEAT, .flags = VMBOX_MSG_REQUEST, .rid = 33,
	};
	u64 one = 1;

	begin();
	IS(ioctl(vf.fd, VMBOX_IOC_VF_KICKFD, &bad), -1);
	IS(ioctl(vf.fd, VMBOX_IOC_VF_KICKFD, &fd), 0);
	IS(vmbox_vf_send(&vf, hdr, NULL), 0);
	IS(write(fd, &one, sizeof(one)), sizeof(one));
	IS(answer().rid, 33);
	IS(ioctl(vf.fd, VMBOX_IOC_VF_KICKFD, &none), 0);
	/* One that is closed first is not waited for. */
	IS(ioctl(vf.fd, VMBOX_IOC_VF_KICKFD, &fd), 0);
	close(fd);
}

static ssize_t write_frame(u32 size, u16 flags, u16 len)
{
	struct vmbox_frame frame = {
		.size = size, .hdr = { .op = VMBOX_OP_VENDOR, .flags = flags, .len = len },
	};

	return write(agent.fd, &frame, sizeof(frame)) < 0 ? -errno : 0;
}

static void frames(void)
{
	u8 small[16];

	begin_both();
	IS(write_frame(sizeof(struct vmbox_frame), VMBOX_MSG_REQUEST, 0), -EINVAL);
	IS(write_frame(sizeof(struct vmbox_frame), VMBOX_MSG_ANSWER | 0x8000, 0), -EINVAL);
	IS(write_frame(sizeof(struct vmbox_frame), VMBOX_MSG_ANSWER | VMBOX_MSG_BUSY |
		       VMBOX_MSG_RETRY, 0), -EINVAL);
	IS(write_frame(sizeof(struct vmbox_frame) + 8, VMBOX_MSG_ANSWER, 8), -EINVAL);
	IS(write_frame(1, VMBOX_MSG_ANSWER, 0), -EINVAL);
	IS(write_frame(sizeof(struct vmbox_frame), VMBOX_MSG_ANSWER, 0), -ESTALE);
	/* Read how the VFs are. */
	IS(vmbox_agent_wait(&agent, 300), -ETIMEDOUT);
	IS(read(agent.fd, small, sizeof(small)), -1);
	IS(errno, EAGAIN);
	ask(VMBOX_OP_VENDOR, 5, 8);
	IS(read(agent.fd, small, sizeof(small)), -1);
	IS(errno, EMSGSIZE);
	IS(next().hdr.rid, 5);
}

/* Nobody answers: the mailbox does, whether the request was read or not. */
static void late(void)
{
	unsigned long long from;

	begin_both();
	from = vmbox_ms();
	IS(vmbox_vf_call(&vf, VMBOX_OP_VENDOR, NULL, 0, 8000), -ETIMEDOUT);
	IS(vf.answered, ETIMEDOUT);
	printf("after %llu ms\n", vmbox_ms() - from);
	IS(vmbox_ms() - from >= 4900 && vmbox_ms() - from < 6500, 1);
	ask(VMBOX_OP_VENDOR, 5, 8);
	IS(next().hdr.rid, 5);
	vf.rid = 4;
	from = vmbox_ms();
	for (int i = 0; i < 70 && !vf.answered; i++) {
		struct vmbox_hdr hdr;

		vmbox_vf_wait(&vf, 100);
		if (!vmbox_vf_receive(&vf, &hdr))
			vf.answered = hdr.rid == 5 ? hdr.status : 0;
		else
			vf.answered = 0;
	}
	IS(vf.answered, ETIMEDOUT);
}

static const struct {
	const char *name;
	void (*step)(void);
} steps[] = {
	{ "hands", hands }, { "tests", tests }, { "busy", busy }, { "versions", versions },
	{ "4096", echo_4096 }, { "stale", stale }, { "events", events },
	{ "unread", unread }, { "saved", saved }, { "bells", bells },
	{ "no-bells", bells_for_nothing },
	{ "indices", indices }, { "memory", memory }, { "openers", openers },
	{ "reopen", reopen },
	{ "kickfd", kickfd }, { "frames", frames }, { "late", late },
};

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	vf_bdf = argv[2];
	pf_bdf = argv[3];
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		if (strcmp(argv[1], steps[i].name))
			continue;
		steps[i].step();
		return 0;
	}
	return 2;
}

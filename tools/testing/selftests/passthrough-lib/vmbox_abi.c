// SPDX-License-Identifier: GPL-2.0
/*
 * The rule by which the structures of the mailbox's ioctls grow, tried on each of them:
 *
 *	vmbox_abi vf|pf|guest BDF
 *	vmbox_abi info vf|pf|guest BDF		what INFO answers, a line each
 *
 * Exit status 0 when it is so; what was not is printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/types.h>
#include <linux/sriov_mbox.h>

#define ROOM	8192
#define MORE	24	/* bytes that no kernel knows yet */
#define CANARY	0xa5

static int fd;
static unsigned int wrong;
static unsigned char buf[ROOM] __attribute__((aligned(8)));
static unsigned char out[VMBOX_PAYLOAD_MAX];

struct head {
	__u32 argsz;
	__u32 flags;
};

static void expect(const char *name, const char *what, long got, long want)
{
	if (got == want)
		return;
	printf("%s, %s: %ld, not %ld\n", name, what, got, want);
	wrong++;
}

/*
 * @arg with another argsz and flags, and @tail bytes of @byte behind it, then a canary. Return:
 * errno.
 */
static int call(unsigned long request, const void *arg, size_t size, struct head head,
		unsigned int tail, unsigned char byte)
{
	int err;

	memset(buf, CANARY, sizeof(buf));
	memcpy(buf, arg, size);
	memset(buf + size, byte, tail);
	memcpy(buf, &head, sizeof(head));
	err = ioctl(fd, request, buf) ? errno : 0;
	for (size_t i = size + tail; i < sizeof(buf); i++)
		if (buf[i] != CANARY)
			return -1;
	return err;
}

/* @first: its size when it was published. */
static void rule(const char *name, unsigned long request, const void *arg, size_t size,
		 size_t first)
{
	int right = call(request, arg, size, (struct head) { size, 0 }, 0, 0);
	struct head head;

	expect(name, "argsz 0", call(request, arg, size, (struct head) { 0, 0 }, 0, 0), EINVAL);
	expect(name, "argsz too small",
	       call(request, arg, size, (struct head) { first - 1, 0 }, 0, 0), EINVAL);
	expect(name, "argsz of the first version",
	       call(request, arg, size, (struct head) { first, 0 }, 0, 0), right);
	expect(name, "flags", call(request, arg, size, (struct head) { size, 1 }, 0, 0), EINVAL);
	expect(name, "the highest flag",
	       call(request, arg, size, (struct head) { size, 1U << 31 }, 0, 0), EINVAL);
	expect(name, "a longer one that is 0",
	       call(request, arg, size, (struct head) { size + MORE, 0 }, MORE, 0), right);
	memcpy(&head, buf, sizeof(head));
	/* What was refused is not answered, nor is TELL. */
	if (!right && request != VMBOX_IOC_PF_TELL)
		expect(name, "argsz of its answer", head.argsz, size);
	expect(name, "a longer one that is not",
	       call(request, arg, size, (struct head) { size + MORE, 0 }, MORE, 1), E2BIG);
	expect(name, "more than a page",
	       call(request, arg, size, (struct head) { 4097, 0 }, 4097 - size, 0), E2BIG);
	expect(name, "no memory", ioctl(fd, request, NULL) ? errno : 0, EFAULT);
	printf("%s: %zu bytes, errno %d\n", name, size, right);
}

static void rule_of_info(unsigned long request)
{
	struct vmbox_info info = { 0 };

	rule("INFO", request, &info, sizeof(info), VMBOX_INFO_SIZE_VER0);
}

static void rule_of_call(unsigned long request)
{
	struct vmbox_call order = {
		.op = VMBOX_OP_HEARTBEAT, .timeout_ms = 5000, .out = (uintptr_t)out,
		.out_len = sizeof(out),
	}, bad;

	rule("CALL", request, &order, sizeof(order), VMBOX_CALL_SIZE_VER0);
	bad = order;
	bad.reserved = 1;
	expect("CALL", "reserved",
	       call(request, &bad, sizeof(bad), (struct head) { sizeof(bad), 0 }, 0, 0), EINVAL);
	bad = order;
	bad.timeout_ms = 60001;
	expect("CALL", "more than a minute",
	       call(request, &bad, sizeof(bad), (struct head) { sizeof(bad), 0 }, 0, 0), EINVAL);
	if (request != VMBOX_IOC_GUEST_CALL)
		return;
	bad = order;
	bad.vf = 1;
	expect("CALL", "a VF in a guest",
	       call(request, &bad, sizeof(bad), (struct head) { sizeof(bad), 0 }, 0, 0), EINVAL);
	bad = order;
	bad.mask[3] = 1;
	expect("CALL", "many in a guest",
	       call(request, &bad, sizeof(bad), (struct head) { sizeof(bad), 0 }, 0, 0), EINVAL);
}

static void rules_of_agent(void)
{
	struct vmbox_tell tell = { .vf = VMBOX_ALL_VFS, .events = VMBOX_EVENT_RESET_DONE };
	struct vmbox_blob blob = { .data = (uintptr_t)out, .len = sizeof(out) };

	rule("TELL", VMBOX_IOC_PF_TELL, &tell, sizeof(tell), VMBOX_TELL_SIZE_VER0);
	tell.reserved = 1;
	expect("TELL", "reserved", call(VMBOX_IOC_PF_TELL, &tell, sizeof(tell),
					(struct head) { sizeof(tell), 0 }, 0, 0), EINVAL);
	rule("SAVE", VMBOX_IOC_PF_SAVE, &blob, sizeof(blob), VMBOX_BLOB_SIZE_VER0);
}

static void rules_of_eventfd(unsigned long request)
{
	int bad = -2, none = -1;

	expect("eventfd", "-2", ioctl(fd, request, &bad) ? errno : 0, EINVAL);
	expect("eventfd", "-1", ioctl(fd, request, &none) ? errno : 0, 0);
}

static unsigned long info_of(const char *kind)
{
	if (*kind == 'v')
		return VMBOX_IOC_VF_INFO;
	return *kind == 'p' ? VMBOX_IOC_PF_INFO : VMBOX_IOC_GUEST_INFO;
}

static void show(const char *kind)
{
	struct vmbox_info info = { .argsz = sizeof(info) };

	expect("INFO", "errno", ioctl(fd, info_of(kind), &info) ? errno : 0, 0);
	printf("version %u.%u layout %u\n", info.major, info.minor, info.layout);
	printf("pages %u of %u slots %u of %u payload %u\n", info.pages, info.page_size,
	       info.slots, info.slot_size, info.payload_max);
	printf("requests %u answer_ms %u\n", info.requests_max, info.answer_ms);
	printf("features %#llx agreed %#llx\n", (unsigned long long)info.features,
	       (unsigned long long)info.agreed);
	printf("vf %u gen %u status %#x\n", info.vf_index, info.gen, info.status);
	printf("vfs %u of %u mask %#llx\n", info.vfs, info.vfs_max,
	       (unsigned long long)info.vf_mask[0]);
}

int main(int argc, char **argv)
{
	int infos = argc == 4 && !strcmp(argv[1], "info");
	const char *kind;
	char path[64];

	if (argc != 3 && !infos)
		return 2;
	kind = argv[argc - 2];
	snprintf(path, sizeof(path), "/dev/vmbox/%s-%s", kind, argv[argc - 1]);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		return 1;
	}
	if (infos) {
		show(kind);
		return !!wrong;
	}
	rule_of_info(info_of(kind));
	if (*kind == 'v') {
		rules_of_eventfd(VMBOX_IOC_VF_EVENTFD);
		rules_of_eventfd(VMBOX_IOC_VF_KICKFD);
	} else {
		rule_of_call(*kind == 'p' ? VMBOX_IOC_PF_CALL : VMBOX_IOC_GUEST_CALL);
	}
	if (*kind == 'p')
		rules_of_agent();
	return !!wrong;
}

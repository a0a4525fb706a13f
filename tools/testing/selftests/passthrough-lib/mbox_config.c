// SPDX-License-Identifier: GPL-2.0
/*
 * The mailbox of a VF by its registers in configuration space alone, from user space of
 * a guest: what a driver does, and what none should do.
 *
 *	mbox_config BDF find		where the registers are, and what they say
 *	mbox_config BDF version		begin, agree on a version: "open"
 *	mbox_config BDF echo LEN	TEST, so many bytes there and back
 *	mbox_config BDF op OP		a request without payload: the answer's status
 *	mbox_config BDF memory REF PORT	grants from REF on, and that event channel: the result
 *	mbox_config BDF bells N		so many doorbells
 *	mbox_config BDF reset
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/sriov_mbox.h>

#define AUTO	0x80000000u
#define PATIENCE	10	/* seconds */

static int config;
static unsigned int cap;
static unsigned int accesses;

static void die(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	vprintf(text, args);
	va_end(args);
	printf("\n");
	exit(1);
}

static __u32 get(unsigned int reg)
{
	__u32 value;

	accesses++;
	if (pread(config, &value, 4, cap + reg) != 4)
		die("cannot read %#x: %m", reg);
	return value;
}

static void put(unsigned int reg, __u32 value)
{
	accesses++;
	if (pwrite(config, &value, 4, cap + reg) != 4)
		die("cannot write %#x: %m", reg);
}

static void find(void)
{
	unsigned char at, id[2];

	if (pread(config, &at, 1, 0x34) != 1)
		die("no configuration space");
	while (at >= 0x40 && pread(config, id, 2, at) == 2) {
		cap = at;
		if (id[0] == 9 && get(VMBOX_REG_SIGNATURE) == VMBOX_SIGNATURE)
			return;
		at = id[1];
	}
	die("no mailbox");
}

static __u32 gen(void)
{
	return get(VMBOX_REG_STATUS) & 0xffff0000;
}

/* Until all bits of @status are there. */
static void wait_for(__u32 status)
{
	time_t end = time(NULL) + PATIENCE;

	while ((get(VMBOX_REG_STATUS) & status) != status)
		if (time(NULL) > end)
			die("status is %#x, waiting for %#x", get(VMBOX_REG_STATUS), status);
}

static void to_window(__u32 at, const void *data, size_t len)
{
	__u32 word;
	size_t i;

	put(VMBOX_REG_WADDR, at | AUTO);
	for (i = 0; i < len; i += 4) {
		word = 0;
		memcpy(&word, (const char *)data + i, len - i < 4 ? len - i : 4);
		put(VMBOX_REG_WDATA, word);
	}
}

static void from_window(__u32 at, void *data, size_t len)
{
	__u32 word;
	size_t i;

	put(VMBOX_REG_WADDR, at | AUTO);
	for (i = 0; i < len; i += 4) {
		word = get(VMBOX_REG_WDATA);
		memcpy((char *)data + i, &word, len - i < 4 ? len - i : 4);
	}
}

static void send_all(const struct vmbox_hdr *hdr, const char *data)
{
	struct vmbox_hdr piece = *hdr;
	unsigned int at = 0;

	do {
		piece.len = hdr->total - at < VMBOX_PIECE_MAX ? hdr->total - at : VMBOX_PIECE_MAX;
		piece.flags = hdr->flags;
		if (at + piece.len < hdr->total)
			piece.flags |= VMBOX_MSG_MORE;
		wait_for(VMBOX_STATUS_TX);
		to_window(VMBOX_WIN_SEND, &piece, sizeof(piece));
		to_window(VMBOX_WIN_SEND + sizeof(piece), data + at, piece.len);
		put(VMBOX_REG_DOORBELL, VMBOX_BELL_SEND | (__u32)piece.gen << 16);
		at += piece.len;
	} while (at < hdr->total);
}

static void receive(struct vmbox_hdr *hdr, char *data)
{
	unsigned int at = 0;

	do {
		wait_for(VMBOX_STATUS_RX);
		from_window(VMBOX_WIN_RECEIVE, hdr, sizeof(*hdr));
		if (hdr->len > VMBOX_PIECE_MAX || at + hdr->len > VMBOX_PAYLOAD_MAX)
			die("a piece of %u bytes at %u", hdr->len, at);
		from_window(VMBOX_WIN_RECEIVE + sizeof(*hdr), data + at, hdr->len);
		at += hdr->len;
		put(VMBOX_REG_DOORBELL, VMBOX_BELL_TAKEN | (__u32)hdr->gen << 16);
	} while (hdr->flags & VMBOX_MSG_MORE);
	hdr->len = at;
}

static void print_event(const struct vmbox_hdr *hdr, const char *data)
{
	struct vmbox_event event;

	if (hdr->op != VMBOX_OP_EVENT)
		return;
	memcpy(&event, data, sizeof(event));
	printf("event %#llx, blocks %#llx\n", event.events, event.blocks);
}

/* Ask, print events that come before the answer. Return: the answer's status; @data: the question, the answer. */
static unsigned int ask(__u16 op, char *data, __u16 *len)
{
	struct vmbox_hdr hdr = {
		.op = op, .flags = VMBOX_MSG_REQUEST, .rid = getpid(), .total = *len,
		.gen = gen() >> 16,
	};
	__u32 rid = hdr.rid;

	send_all(&hdr, data);
	do {
		receive(&hdr, data);
		print_event(&hdr, data);
	} while (!(hdr.flags & VMBOX_MSG_ANSWER) || hdr.rid != rid ||
		 hdr.flags & VMBOX_MSG_BUSY);
	*len = hdr.len;
	return hdr.status;
}

static int version(void)
{
	struct vmbox_version v = { .major = VMBOX_VERSION_MAJOR };
	char data[VMBOX_PAYLOAD_MAX];
	__u16 len = sizeof(v);
	unsigned int status;

	put(VMBOX_REG_CTRL, VMBOX_CTRL_ENABLE);
	memcpy(data, &v, sizeof(v));
	status = ask(VMBOX_OP_VERSION, data, &len);
	memcpy(&v, data, sizeof(v));
	printf("status %u, version %u.%u, %s, %u accesses\n", status, v.major, v.minor,
	       get(VMBOX_REG_STATUS) & VMBOX_STATUS_OPEN ? "open" : "not open", accesses);
	return status;
}

static int echo(unsigned int n)
{
	char sent[VMBOX_PAYLOAD_MAX], data[VMBOX_PAYLOAD_MAX];
	struct vmbox_test test = { .code = VMBOX_TEST_ECHO };
	__u16 len = sizeof(test) + n;
	unsigned int i, status;

	if (n > sizeof(sent) - sizeof(test))
		die("too long");
	for (i = 0; i < n; i++)
		sent[sizeof(test) + i] = 37 * i + getpid();
	memcpy(sent, &test, sizeof(test));
	memcpy(data, sent, len);
	status = ask(VMBOX_OP_TEST, data, &len);
	/* What comes back is what followed the code. */
	if (status || len != n || memcmp(data, sent + sizeof(test), n))
		die("status %u, %u bytes", status, len);
	printf("%u bytes came back, %u accesses\n", len, accesses);
	return 0;
}

static int op(unsigned int number)
{
	char data[VMBOX_PAYLOAD_MAX];
	__u16 len = 0;

	printf("status %u\n", ask(number, data, &len));
	return 0;
}

static int memory(unsigned int ref, unsigned int port)
{
	struct vmbox_setup setup = { .port = port, .pages = VMBOX_PAGES };
	unsigned int i;

	for (i = 0; i < VMBOX_PAGES; i++)
		setup.gref[i] = ref + i;
	setup.result = ~0u;
	to_window(VMBOX_WIN_SETUP, &setup, sizeof(setup));
	put(VMBOX_REG_DOORBELL, VMBOX_BELL_MEMORY | gen());
	from_window(VMBOX_WIN_SETUP, &setup, sizeof(setup));
	printf("result %u\n", setup.result);
	return 0;
}

static int bells(unsigned int n)
{
	__u32 bell = VMBOX_BELL_KICK | gen();

	while (n--)
		put(VMBOX_REG_DOORBELL, bell);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int a = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	unsigned int b = argc > 4 ? strtoul(argv[4], NULL, 0) : 0;
	const char *what = argc > 2 ? argv[2] : "";
	char path[64];

	if (argc < 3)
		die("usage: mbox_config BDF find|version|echo|op|memory|bells|reset");
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", argv[1]);
	config = open(path, O_RDWR);
	if (config < 0)
		die("%s: %m", path);
	find();
	if (!strcmp(what, "version"))
		return version();
	if (!strcmp(what, "echo"))
		return echo(a);
	if (!strcmp(what, "op"))
		return op(a);
	if (!strcmp(what, "memory"))
		return memory(a, b);
	if (!strcmp(what, "bells"))
		return bells(a);
	if (!strcmp(what, "reset")) {
		put(VMBOX_REG_CTRL, VMBOX_CTRL_RESET);
		return 0;
	}
	if (strcmp(what, "find"))
		die("what is '%s'?", what);
	printf("at %#x, info %#x, status %#x\n", cap, get(VMBOX_REG_INFO),
	       get(VMBOX_REG_STATUS));
	return 0;
}

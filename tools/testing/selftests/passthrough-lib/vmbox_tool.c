// SPDX-License-Identifier: GPL-2.0
/*
 * The mailbox by hand, for suites: a VF, or the agent of a PF.
 *
 *	vmbox_tool vf [-n] [-p HOW] BDF		be a VF until SIGTERM; orders on standard input
 *	vmbox_tool call BDF ORDER...		be a VF for one order
 *	vmbox_tool flood BDF SECONDS ORDER...	be a VF that asks the same all the time, until
 *		SIGTERM or so long
 *	vmbox_tool agent [-p HOW] BDF		be the agent; orders on standard input
 *
 *	-n	ask for no features: QUIESCE and REMOVE_PENDING are not for us
 *	-p HOW	how requests of the other side are answered: yes (as it would be without
 *		this), no (EBUSY), busy (BUSY each time, and never for good), silent
 *
 * Orders of a VF:
 *	caps | link | beat | mac ADDR | vlan VID [QOS] | rate MIN MAX
 *	nop | echo HEX | fail STATUS | busy | retry | read BLOCK LEN | write BLOCK HEX
 *	raw OP [HEX] | restart
 * Orders of an agent:
 *	call VF OP MS [HEX] | all MASK OP MS [HEX] | tell VF EVENTS BLOCKS	(VF: -1 is all)
 *
 * OP, MASK, EVENTS and BLOCKS are hex. What is printed, a line each:
 *	open gen N vf N features N pf NAME	hands were shaken (VF)
 *	agent vfs N				it is (agent)
 *	event EVENTS blocks BLOCKS link UP MBPS	(VF)
 *	request OP len N HEX | request VF OP len N HEX	came; of a VF, of an agent
 *	answer STATUS len N HEX			to an order; STATUS is ok or an errno's name
 *	answered MASK				to "all"
 *	answers STATUS N			of "flood": how often
 *	restart					a new generation; hands are shaken next
 *	gone					the VF or the PF is
 *
 * Exit status: 0; of call, 1 when the answer was none or no good; 2 when it cannot be
 * opened or was not understood.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmbox.h"

#define ANSWER_MS	6000	/* a little more than the other side may take */
#define WORDS		5

static enum { YES, NO, BUSY, SILENT } policy;
static u64 features = VMBOX_FEATURES;
static u8 bytes[VMBOX_PAYLOAD_MAX];

static int fail(const char *what, int err)
{
	fprintf(stderr, "vmbox_tool: %s: %s\n", what, strerror(-err));
	return 2;
}

static void print_hex(const void *data, int len)
{
	const u8 *p = data;

	for (int i = 0; i < len && i < 64; i++)
		printf("%s%02x", i ? "" : " ", p[i]);
	printf("\n");
}

static void print_answer(int ret, const void *data)
{
	printf("answer %s len %d", ret < 0 ? strerrorname_np(-ret) ?: "unknown" : "ok",
	       max(ret, 0));
	print_hex(data, ret);
}

static int unhex(u8 *to, const char *text)
{
	int len = 0;

	while (text && text[0] && text[1] && len < VMBOX_PAYLOAD_MAX - 8) {
		to[len++] = hex_to_bin(text[0]) << 4 | hex_to_bin(text[1]);
		text += 2;
	}
	return len;
}

/* Into words; those that are not there are "". */
static void split(char *line, const char **words)
{
	for (int i = 0; i < WORDS; i++) {
		words[i] = strtok(i ? NULL : line, "\n ");
		if (!words[i])
			words[i] = "";
	}
}

static u32 number(const char *word)
{
	return strtoul(word, NULL, 0);
}

static u64 hex(const char *word)
{
	return strtoull(word, NULL, 16);
}

/* A VF *******************************************************************/

static void came(struct vmbox_vf *vf, const struct vmbox_hdr *hdr, const void *data)
{
	struct vmbox_event event;

	if (hdr->op == VMBOX_OP_EVENT) {
		memcpy(&event, data, sizeof(event));
		printf("event %#llx blocks %#llx link %u %u\n",
		       (unsigned long long)event.events, (unsigned long long)event.blocks,
		       event.link.up, event.link.mbps);
	} else if (hdr->flags & VMBOX_MSG_REQUEST) {
		printf("request %#x len %u", hdr->op, hdr->len);
		print_hex(data, hdr->len);
	}
	if (policy == YES || !(hdr->flags & VMBOX_MSG_REQUEST))
		vmbox_vf_serve(vf, hdr, data);
	else if (policy == NO)
		vmbox_vf_answer(vf, hdr, 0, EBUSY, NULL, 0);
	else if (policy == BUSY)
		vmbox_vf_answer(vf, hdr, VMBOX_MSG_BUSY, 0, NULL, 0);
}

static u16 put(u16 op, const void *data, u16 len)
{
	memcpy(bytes, data, len);
	return op;
}

/* What to ask, by the words of an order: op, or 0. Payload in bytes, how long in @len. */
static u16 test_order(const char **word, u16 *len)
{
	static const char *const names[] = { "nop", "echo", "busy", "retry", "fail" };
	struct vmbox_test test = { 0 };

	for (test.code = 0; test.code < ARRAY_SIZE(names); test.code++)
		if (!strcmp(word[0], names[test.code]))
			break;
	if (test.code == ARRAY_SIZE(names))
		return 0;
	*len = sizeof(test);
	if (test.code == VMBOX_TEST_FAIL)
		test.value = number(word[1]);
	else
		*len += unhex(bytes + sizeof(test), word[1]);
	return put(VMBOX_OP_TEST, &test, sizeof(test));
}

static u16 set_order(const char **word, u16 *len)
{
	struct vmbox_rate rate = { number(word[1]), number(word[2]) };
	struct vmbox_vlan vlan = { .vid = number(word[1]), .qos = number(word[2]) };
	struct vmbox_mac mac = { 0 };

	if (!strcmp(word[0], "rate")) {
		*len = sizeof(rate);
		return put(VMBOX_OP_SET_RATE, &rate, *len);
	}
	if (!strcmp(word[0], "vlan")) {
		*len = sizeof(vlan);
		return put(VMBOX_OP_SET_VLAN, &vlan, *len);
	}
	if (strcmp(word[0], "mac") ||
	    sscanf(word[1], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac.addr[0], &mac.addr[1],
		   &mac.addr[2], &mac.addr[3], &mac.addr[4], &mac.addr[5]) != 6)
		return 0;
	*len = sizeof(mac);
	return put(VMBOX_OP_SET_MAC, &mac, *len);
}

static u16 block_order(const char **word, u16 *len)
{
	struct vmbox_block block = { number(word[1]), number(word[2]) };

	*len = sizeof(block);
	if (!strcmp(word[0], "read"))
		return put(VMBOX_OP_BLOCK_READ, &block, sizeof(block));
	if (strcmp(word[0], "write"))
		return 0;
	block.len = unhex(bytes + sizeof(block), word[2]);
	*len += block.len;
	return put(VMBOX_OP_BLOCK_WRITE, &block, sizeof(block));
}

static u16 order_of(const char **word, u16 *len)
{
	*len = 0;
	if (!strcmp(word[0], "caps"))
		return VMBOX_OP_CAPS;
	if (!strcmp(word[0], "link"))
		return VMBOX_OP_LINK;
	if (!strcmp(word[0], "beat"))
		return VMBOX_OP_HEARTBEAT;
	if (!strcmp(word[0], "raw")) {
		*len = unhex(bytes, word[2]);
		return hex(word[1]);
	}
	return test_order(word, len) ?: set_order(word, len) ?: block_order(word, len);
}

/* Return: what came of it; -EINVAL: not understood. */
static int do_order(struct vmbox_vf *vf, const char **word)
{
	u16 len, op;
	int ret;

	vf->answered = 0;
	op = order_of(word, &len);
	if (!op)
		return -EINVAL;
	ret = vmbox_vf_call(vf, op, bytes, len, ANSWER_MS);
	print_answer(ret, vf->buf);
	return ret;
}

static int hello(struct vmbox_vf *vf)
{
	struct vmbox_caps caps = { 0 };
	int err;

	err = vmbox_vf_hello(vf, features, ANSWER_MS);
	if (!err)
		err = vmbox_vf_call(vf, VMBOX_OP_CAPS, NULL, 0, ANSWER_MS);
	if (err < 0)
		return err;
	memcpy(&caps, vf->buf, err < (int)sizeof(caps) ? err : (int)sizeof(caps));
	printf("open gen %u vf %u features %#llx pf %.16s\n", vf->gen, caps.vf_index,
	       (unsigned long long)vf->features, caps.pf_name);
	return 0;
}

/* Until it works, or never will: generations may follow one another closely. */
static int begin(struct vmbox_vf *vf)
{
	int err;

	do
		err = hello(vf);
	while (err == -ECONNRESET || err == -ETIMEDOUT);
	return err;
}

/* A line of standard input. Return: whether there was one. */
static bool read_line(char *line, size_t size)
{
	size_t len = 0;

	while (len < size - 1 && read(STDIN_FILENO, line + len, 1) == 1)
		if (line[len++] == '\n')
			break;
	line[len] = '\0';
	return len;
}

static void vf_line(struct vmbox_vf *vf, char *line)
{
	const char *words[WORDS];
	int err;

	split(line, words);
	if (!strcmp(words[0], "restart")) {
		err = vmbox_vf_restart(vf) ?: begin(vf);
		if (err)
			print_answer(err, NULL);
	} else if (do_order(vf, words) == -EINVAL && !vf->answered) {
		printf("answer what? %s\n", words[0]);
	}
}

static int be_vf(const char *bdf)
{
	struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN } };
	char line[2 * VMBOX_PAYLOAD_MAX];
	struct vmbox_vf vf;
	int err;

	err = vmbox_vf_open(&vf, bdf);
	if (err)
		return fail(bdf, err);
	vf.other = came;
	err = begin(&vf);
	while (!err) {
		err = vmbox_vf_serve_all(&vf);
		if (err == -ECONNRESET || err == -ESTALE) {
			printf("restart\n");
			err = begin(&vf);
			continue;
		}
		if (err)
			break;
		/* Sleeps in short pieces: two things are waited for. */
		err = vmbox_vf_wait(&vf, fds[0].fd < 0 ? -1 : 20);
		if (err == -ETIMEDOUT)
			err = 0;
		if (err || fds[0].fd < 0 || poll(fds, 1, 0) <= 0)
			continue;
		if (read_line(line, sizeof(line)))
			vf_line(&vf, line);
		else
			fds[0].fd = -1;
	}
	if (err == -ENODEV) {
		printf("gone\n");
		return 0;
	}
	return fail(bdf, err);
}

static int call_once(const char *bdf, char **args)
{
	const char *words[WORDS] = { "", "", "", "", "" };
	struct vmbox_vf vf;
	int err;

	for (int i = 0; i < WORDS && args[i]; i++)
		words[i] = args[i];
	err = vmbox_vf_open(&vf, bdf);
	if (!err)
		err = vmbox_vf_hello(&vf, features, ANSWER_MS);
	if (err)
		return fail(bdf, err);
	err = do_order(&vf, words);
	if (err == -EINVAL && !vf.answered)
		return fail(words[0], err);
	vmbox_vf_close(&vf);
	return err < 0;
}

/* One order after the other, as quickly as they are answered: how often each answer came. */
static volatile sig_atomic_t is_enough;

static void enough(int signal)
{
	is_enough = 1;
}

static int flood(const char *bdf, char **args)
{
	static unsigned int answers[4096];
	const char *words[WORDS] = { "", "", "", "", "" };
	unsigned long long end;
	struct vmbox_vf vf;
	u16 len, op;
	int err;

	for (int i = 0; i < WORDS && args[i + 1]; i++)
		words[i] = args[i + 1];
	op = order_of(words, &len);
	if (!op)
		return fail(words[0], -EINVAL);
	err = vmbox_vf_open(&vf, bdf);
	if (!err)
		err = vmbox_vf_hello(&vf, features, ANSWER_MS);
	if (err)
		return fail(bdf, err);

	signal(SIGTERM, enough);
	for (end = vmbox_ms() + 1000 * number(args[0]); !is_enough && vmbox_ms() < end;) {
		err = vmbox_vf_call(&vf, op, bytes, len, ANSWER_MS);
		answers[-min(err, 0)]++;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(answers); i++)
		if (answers[i])
			printf("answers %s %u\n", i ? strerrorname_np(i) ?: "unknown" : "ok",
			       answers[i]);
	vmbox_vf_close(&vf);
	return 0;
}

/* An agent ***************************************************************/

static void agent_answer(struct vmbox_agent *agent, const struct vmbox_frame *frame,
			 const void *data)
{
	struct vmbox_link link = { 1, 1000 };
	struct vmbox_block block;

	switch (frame->hdr.op) {
	case VMBOX_OP_LINK:
		vmbox_agent_answer(agent, frame, 0, 0, &link, sizeof(link));
		break;
	case VMBOX_OP_BLOCK_READ:
		memcpy(&block, data, sizeof(block));
		block.len = min_t(u32, block.len, VMBOX_BLOCK_MAX);
		memset(bytes, block.id, block.len);
		vmbox_agent_answer(agent, frame, 0, 0, bytes, block.len);
		break;
	default:
		vmbox_agent_answer(agent, frame, 0, 0, data,
				   frame->hdr.op >= VMBOX_OP_VENDOR ? frame->hdr.len : 0);
		break;
	}
}

static void agent_news(const struct vmbox_frame *frame, const void *data)
{
	struct vmbox_vf_news news;

	if (frame->hdr.op != VMBOX_OP_VF_STATE)
		return;
	memcpy(&news, data, sizeof(news));
	printf("vf %u state %u gen %u%s\n", frame->vf, news.state, frame->hdr.gen,
	       news.flags & VMBOX_NEWS_RESET ? " reset" : "");
}

static int agent_frames(struct vmbox_agent *agent)
{
	const struct vmbox_frame *frame;
	const void *data;
	int err;

	while (!(err = vmbox_agent_next(agent, &frame, &data))) {
		printf("request %u %#x len %u", frame->vf, frame->hdr.op, frame->hdr.len);
		print_hex(data, frame->hdr.len);
		if (policy == YES)
			agent_answer(agent, frame, data);
		else if (policy == NO)
			vmbox_agent_answer(agent, frame, 0, EBUSY, NULL, 0);
		else if (policy == BUSY)
			vmbox_agent_answer(agent, frame, VMBOX_MSG_BUSY, 0, NULL, 0);
	}
	return err == -EAGAIN ? 0 : err;
}

static void agent_line(struct vmbox_agent *agent, char *line)
{
	const char *word[WORDS];
	u64 mask;
	int ret;

	split(line, word);
	if (!strcmp(word[0], "call")) {
		static u8 out[VMBOX_PAYLOAD_MAX];

		ret = vmbox_agent_call(agent, number(word[1]), hex(word[2]), bytes,
				       unhex(bytes, word[4]), out, sizeof(out),
				       number(word[3]));
		print_answer(ret, out);
	} else if (!strcmp(word[0], "all")) {
		mask = hex(word[1]);
		ret = vmbox_agent_call_all(agent, &mask, hex(word[2]), bytes,
					   unhex(bytes, word[4]), number(word[3]));
		if (ret)
			print_answer(ret, NULL);
		printf("answered %#llx\n", (unsigned long long)mask);
	} else if (!strcmp(word[0], "tell")) {
		print_answer(vmbox_agent_tell(agent, number(word[1]), hex(word[2]),
					      hex(word[3])), NULL);
	} else {
		printf("answer what? %s\n", word[0]);
	}
}

static int be_agent(const char *bdf)
{
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	char line[2 * VMBOX_PAYLOAD_MAX];
	static struct vmbox_agent agent;
	struct vmbox_info info;
	int err;

	err = vmbox_agent_open(&agent, bdf);
	if (!err)
		err = vmbox_pf_info(agent.fd, &info);
	if (err)
		return fail(bdf, err);
	agent.news = agent_news;
	printf("agent vfs %u\n", info.vfs);
	fds[0].fd = agent.fd;
	fds[1].fd = STDIN_FILENO;
	while (!err && poll(fds, 2, -1) > 0) {
		if (fds[0].revents & (POLLHUP | POLLERR))
			err = -ENODEV;
		else if (fds[0].revents)
			err = agent_frames(&agent);
		if (!fds[1].revents)
			continue;
		if (read_line(line, sizeof(line)))
			agent_line(&agent, line);
		else
			fds[1].fd = -1;
	}
	if (err == -ENODEV) {
		printf("gone\n");
		return 0;
	}
	return fail(bdf, err);
}

static bool understand(const char *how)
{
	static const char *const names[] = { "yes", "no", "busy", "silent" };

	for (policy = 0; policy < ARRAY_SIZE(names); policy++)
		if (!strcmp(how, names[policy]))
			return true;
	return false;
}

static int usage(void)
{
	fprintf(stderr, "usage: vmbox_tool vf|agent [-n] [-p yes|no|busy|silent] BDF\n"
			"       vmbox_tool call BDF ORDER...\n"
			"       vmbox_tool flood BDF SECONDS ORDER...\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int opt;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 3 && !strcmp(what, "call"))
		return call_once(argv[2], argv + 3);
	if (argc > 4 && !strcmp(what, "flood"))
		return flood(argv[2], argv + 3);
	while (argc > 1 && (opt = getopt(argc - 1, argv + 1, "np:")) != -1) {
		if (opt == 'n')
			features = 0;
		else if (opt != 'p' || !understand(optarg))
			return usage();
	}
	if (optind + 2 != argc)
		return usage();
	if (!strcmp(what, "vf"))
		return be_vf(argv[optind + 1]);
	if (!strcmp(what, "agent"))
		return be_agent(argv[optind + 1]);
	return usage();
}

/* SPDX-License-Identifier: GPL-2.0 */
/* Messages whose loss, order and damage shows, and the VFs of a PF; for test programs. */
#ifndef SELFTESTS_VMBOX_TRAFFIC_H
#define SELFTESTS_VMBOX_TRAFFIC_H

#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "vmbox.h"

#define TRAFFIC_VFS	7

enum {
	OP_ECHO = VMBOX_OP_VENDOR + 1,	/* struct traffic, answered with one of the same seq */
	OP_SILENT,			/* VF asks, the agent never answers in time */
	OP_DEAF,			/* the agent asks, the VF never answers */
};

/**
 * struct traffic - payload of a message
 * @seq: of the sender's messages to this receiver
 * @sum: of @data
 * @gen: generation, as the VF knows it
 * @len: of @data in bytes, a multiple of 8
 * @data: random
 */
struct traffic {
	u64 seq;
	u64 sum;
	u32 gen;
	u32 len;
	u64 data[(VMBOX_PAYLOAD_MAX - 24) / 8];
};

#define TRAFFIC_HEAD	offsetof(struct traffic, data)

static inline u64 traffic_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline u64 traffic_sum(const u64 *data, u32 words)
{
	u64 sum = 0xcbf29ce484222325ULL;

	while (words--)
		sum = (sum ^ *data++) * 0x100000001b3ULL;
	return sum;
}

/* Any size from the least to the most, small ones more often. Return: its length. */
static inline u16 traffic_make(struct traffic *msg, u64 seq, u32 gen, u64 *random)
{
	u64 r = traffic_random(random);
	u32 words = (r >> 8) % ((2u << (r & 7) << ((r >> 3) & 1)) + 1);

	words = min_t(u32, words, ARRAY_SIZE(msg->data));
	/* The longest that there can be, now and then. */
	if (!(r >> 32 & 0xff))
		words = ARRAY_SIZE(msg->data);
	for (u32 i = 0; i < words; i++)
		msg->data[i] = traffic_random(random);
	msg->seq = seq;
	msg->gen = gen;
	msg->len = words * 8;
	msg->sum = traffic_sum(msg->data, words);
	return TRAFFIC_HEAD + msg->len;
}

/* Is it whole, and the one that comes next? NULL, or what is wrong. */
static inline const char *traffic_check(const struct traffic *msg, u32 len, u64 seq)
{
	if (len < TRAFFIC_HEAD || len > sizeof(*msg) || msg->len != len - TRAFFIC_HEAD)
		return "length";
	if (msg->sum != traffic_sum(msg->data, msg->len / 8))
		return "checksum";
	return msg->seq == seq ? NULL : msg->seq > seq ? "lost" : "twice or out of order";
}

/* Names of the VFs of a PF, by index. Return: how many there are. */
static inline int traffic_vfs(const char *pf, char (*vfs)[16])
{
	char path[PATH_MAX], to[PATH_MAX];
	ssize_t len;
	int n;

	for (n = 0; n < TRAFFIC_VFS; n++) {
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/virtfn%d", pf, n);
		len = readlink(path, to, sizeof(to) - 1);
		if (len < 0)
			break;
		to[len] = '\0';
		snprintf(vfs[n], sizeof(vfs[n]), "%s", basename(to));
	}
	return n;
}

/**
 * struct traffic_queue - answers that VFs have not taken yet
 * @frame: which request each answers
 * @msg: its payload
 * @first: the one that waits longest
 * @n: how many wait
 */
struct traffic_queue {
	struct {
		struct vmbox_frame frame;
		struct traffic msg;
		u16 len;
	} of[64];
	unsigned int first, n;
};

#endif /* SELFTESTS_VMBOX_TRAFFIC_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* A channel as bytes that go to another machine, with a guest that moves. */
#ifndef VMBOX_SAVE_CORE_H
#define VMBOX_SAVE_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif
#include <uapi/linux/sriov_mbox.h>

#define VMBOX_SAVED_LEN		184
#define VMBOX_SAVED_STATS	13	/* counters of struct vmbox_stats */

/**
 * struct vmbox_saved - what a guest that moves takes along
 * @minor: that was agreed on, of VMBOX_VERSION_MAJOR
 * @open: it was
 * @quarantined: the channel was
 * @gen: generation, of which everything is stale from now on
 * @next_rid: that none of our requests had yet
 * @features: that were granted
 * @events: that the VF has not been told yet
 * @blocks: likewise
 * @link: as the VF knows it
 * @strikes: of its bucket: moving away does not make up for them
 * @stats: counters
 */
struct vmbox_saved {
	u16 minor;
	bool open;
	bool quarantined;
	u16 gen;
	u32 next_rid;
	u64 features;
	u64 events, blocks;
	struct vmbox_link link;
	u64 strikes;
	u64 stats[VMBOX_SAVED_STATS];
};

/**
 * vmbox_saved_write() - make bytes of it
 * @saved: the channel
 * @blob: becomes VMBOX_SAVED_LEN bytes, the same on every machine
 */
void vmbox_saved_write(const struct vmbox_saved *saved, u8 *blob);

/**
 * vmbox_saved_read() - and back
 * @saved: becomes the channel; left as it was on errors
 * @blob: any bytes
 * @len: how many
 *
 * Return: 0; -EINVAL: these bytes are no channel; -EPROTONOSUPPORT: of a version that is
 * not known here; -EMSGSIZE: not all of them are here; -EBADMSG: they were damaged;
 * -EOPNOTSUPP: the channel used what is not known here.
 */
int vmbox_saved_read(struct vmbox_saved *saved, const u8 *blob, u32 len);

#endif /* VMBOX_SAVE_CORE_H */

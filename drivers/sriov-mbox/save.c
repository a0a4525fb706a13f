// SPDX-License-Identifier: GPL-2.0
/*
 * Channels that move to another machine with their guest. What was under way does not
 * move: it ends with the generation, as in a reset, and the VF is told (MIGRATED).
 */
#include <linux/build_bug.h>
#include <linux/cleanup.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include "chan.h"
#include "pf.h"
#include "save.h"
#include "save_core.h"
#include "uarg.h"

static_assert(sizeof(struct vmbox_stats) == VMBOX_SAVED_STATS * sizeof(u64));

static void save(struct vmbox_chan *chan, struct vmbox_saved *saved)
{
	guard(mutex)(&chan->lock);
	saved->minor = chan->proto.minor;
	saved->open = chan->proto.open;
	saved->quarantined = chan->state == VMBOX_VF_QUARANTINED;
	saved->gen = chan->proto.gen;
	saved->next_rid = chan->next_rid;
	saved->features = chan->proto.features;
	saved->strikes = chan->strikes.used;
	memcpy(saved->stats, &chan->stats, sizeof(saved->stats));
	spin_lock_irq(&chan->told);
	saved->events = chan->events;
	saved->blocks = chan->blocks;
	saved->link = chan->link;
	spin_unlock_irq(&chan->told);
	vmbox_events_unread(chan, &saved->events, &saved->blocks);
}

/* Does who answers here do what the VF had been granted elsewhere? */
static bool can_serve(struct vmbox_pf *pf, const struct vmbox_saved *saved)
{
	u64 offer = VMBOX_FEATURE_QUIESCE;
	struct vmbox_user *user;

	guard(rwsem_read)(&pf->sem);
	user = vmbox_pf_user(pf);
	if (user)
		offer |= user->ops->features;
	return !saved->open || !(saved->features & ~offer);
}

static u64 news(struct vmbox_chan *chan, const struct vmbox_saved *saved)
{
	u64 events = saved->events | VMBOX_EVENT_MIGRATED;

	spin_lock_irq(&chan->told);
	if (memcmp(&chan->link, &saved->link, sizeof(chan->link)))
		events |= VMBOX_EVENT_LINK;
	spin_unlock_irq(&chan->told);
	return events;
}

static void load(struct vmbox_chan *chan, const struct vmbox_saved *saved)
{
	scoped_guard(mutex, &chan->lock) {
		/* The next one must be neither the guest's last nor one that is in use here. */
		if (chan->proto.gen != (u16)(saved->gen + 1))
			chan->proto.gen = saved->gen;
		chan->proto.open = false;
		chan->next_rid = saved->next_rid;
		chan->strikes.used = saved->strikes;
		chan->strikes.at = ktime_get_ns();
		memcpy(&chan->stats, saved->stats, sizeof(chan->stats));
	}
	vmbox_chan_restart(chan);
	if (saved->quarantined)
		vmbox_chan_quarantine(chan, true);
	vmbox_chan_tell(chan, news(chan, saved), saved->blocks);
}

static long do_save(struct vmbox_chan *chan, struct vmbox_blob *blob)
{
	u8 bytes[VMBOX_SAVED_LEN];
	struct vmbox_saved saved;
	u32 room = blob->len;

	blob->len = sizeof(bytes);
	if (room < sizeof(bytes))
		return -ENOSPC;
	save(chan, &saved);
	vmbox_saved_write(&saved, bytes);
	return copy_to_user(u64_to_user_ptr(blob->data), bytes, sizeof(bytes)) ? -EFAULT : 0;
}

static long do_restore(struct vmbox_pf *pf, struct vmbox_chan *chan,
		       const struct vmbox_blob *blob)
{
	u8 bytes[VMBOX_SAVED_LEN];
	struct vmbox_saved saved;
	int err;

	if (blob->len > sizeof(bytes))
		return -EMSGSIZE;
	if (copy_from_user(bytes, u64_to_user_ptr(blob->data), blob->len))
		return -EFAULT;
	err = vmbox_saved_read(&saved, bytes, blob->len);
	if (err)
		return err;
	if (!can_serve(pf, &saved))
		return -EOPNOTSUPP;
	load(chan, &saved);
	return 0;
}

long vmbox_save_ioctl(struct vmbox_pf *pf, unsigned int cmd, void __user *arg)
{
	struct vmbox_chan *chan;
	struct vmbox_blob blob;
	long ret;

	ret = vmbox_uarg_get(&blob, sizeof(blob), VMBOX_BLOB_SIZE_VER0, arg);
	if (ret)
		return ret;
	chan = vmbox_pf_chan(pf, blob.vf);
	if (!chan)
		return -ENODEV;
	if (cmd == VMBOX_IOC_PF_SAVE)
		ret = do_save(chan, &blob);
	else
		ret = do_restore(pf, chan, &blob);
	vmbox_chan_put(chan);
	/* With -ENOSPC, too: it says how much it takes. */
	if (cmd == VMBOX_IOC_PF_SAVE && vmbox_uarg_put(arg, &blob))
		return -EFAULT;
	return ret;
}

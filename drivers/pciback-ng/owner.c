// SPDX-License-Identifier: GPL-2.0
/* Every change of state goes through here, see owner.h. */
#include <linux/pt_core.h>
#include <linux/sysfs.h>

#include "owner.h"
#include "trace.h"

/* One event for all of it: to a host with thousands of VFs each costs time at boot. */
static void tell(struct pbng_dev *dev)
{
	char state[32], owner[32];
	char *env[PT_EVENT_ENV + 1] = {};
	const struct pt_event event = {
		.event = PT_CORE_EVENT_STATE,
		.source = KBUILD_MODNAME,
		.state = pbng_state_name(dev->own.state),
		.has_owner = dev->owner != PBNG_NO_OWNER,
		.owner = dev->owner,
		.has_result = dev->reset.untold,
		.result = dev->reset.last.err,
		.env = env,
	};

	snprintf(state, sizeof(state), "PCIBACK_STATE=%s",
		 pbng_state_name(dev->own.state));
	env[0] = state;
	snprintf(owner, sizeof(owner), "PCIBACK_OWNER=%d", dev->owner);
	if (dev->owner != PBNG_NO_OWNER)
		env[1] = owner;
	dev->reset.untold = false;
	sysfs_notify(&dev->pdev->dev.kobj, "pciback", "state");
	pt_event(dev->pdev, &event);
}

/* What a reset that works will have cured: see the table in reset_core.h. */
static void note_fitness(struct pbng_dev *dev, enum pbng_event event)
{
	bool sick = dev->reset.sick;

	if (event == PBNG_GIVE)
		dev->reset.used = true;
	else if (event == PBNG_RESET_OK && !dev->own.owned)
		dev->reset.used = false;

	if (dev->own.state == PBNG_QUARANTINED)
		dev->reset.sick = true;
	else if (event == PBNG_RESET_OK)
		dev->reset.sick = false;
	if (dev->reset.sick != sick)
		pt_set_unfit(dev->pdev, dev->reset.sick);
}

int pbng_owner_happens(struct pbng_dev *dev, enum pbng_event event)
{
	struct pbng_ownership own = dev->own;
	enum pbng_state old = own.state;
	int err;

	lockdep_assert_held(&dev->lock);
	err = pbng_owner_event(&own, event);
	if (err)
		return err;
	dev->own.owned = own.owned;
	if (own.state == old)
		return 0;
	trace_pbng_state(dev, old, own.state);
	WRITE_ONCE(dev->own.state, own.state);
	note_fitness(dev, event);
	wake_up_all(&dev->reset.settled);
	/*
	 * Of a reset one learns by what comes after it, and not when that is what
	 * was before: a guest can have as many as it likes.
	 */
	if (own.state != PBNG_RESETTING &&
	    !(old == PBNG_RESETTING && own.state == PBNG_ASSIGNED))
		tell(dev);
	return 0;
}

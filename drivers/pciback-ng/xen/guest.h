/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One guest: the devices that the toolstack wants it to have, and has.
 *
 * The toolstack lists devices one by one. As long as the guest has not looked,
 * all are placed anew with each, so that their order does not matter: explicit
 * places first, the lowest function of a device as function 0.
 */
#ifndef PBNG_XEN_GUEST_H
#define PBNG_XEN_GUEST_H

#include "../budget_core.h"
#include "export.h"
#include "ring.h"
#include "store.h"

/**
 * struct pbng_backend - one guest
 * @xdev: the xenbus device
 * @node: in @backends
 * @work: the state machine; delayed only while it waits for the guest or for @log_at
 * @by_host: there is work because of what the toolstack or the host did
 * @by_guest: there is work because the guest has changed its state
 * @states: what the guest owes for them
 * @ours: the back-end's state, as step() has read it or changed it last
 * @waiting: it does
 * @deadline: until then, in jiffies
 * @silent: it did not answer the last time
 * @watch: on our own folder
 * @watching: @watch is registered
 * @dying: remove has begun: the work takes everything back and nothing else
 * @export: the devices it has
 * @ring: the connection
 * @failures: how often it could not be made
 * @refused: what the guest offers is no ring, and it has not changed since
 * @report_held: what the guest has and does not see may have changed
 * @log_placed: where it sees its devices may have changed, and is to be logged
 * @log_at: when, in jiffies, unless the guest looks before
 * @roots: virtual root buses that were published, by domain and bus
 * @nroots: how many
 * @count: how many devices xenstore wants, negative when it has no list
 * @list: these devices
 * @read_time: how long reading it took in this look, in ns
 *
 * Everything from @export on belongs to @work.
 */
struct pbng_backend {
	struct xenbus_device *xdev;
	struct list_head node;
	struct delayed_work work;
	bool by_host;
	bool by_guest;
	struct pbng_budget states;
	enum xenbus_state ours;
	bool waiting;
	unsigned long deadline;
	bool silent;
	struct xenbus_watch watch;
	bool watching;
	bool dying;
	struct pbng_export export;
	struct pbng_ring ring;
	unsigned int failures;
	bool refused;
	bool report_held;
	bool log_placed;
	unsigned long log_at;
	struct xarray roots;
	unsigned int nroots;
	int count;
	struct pbng_store_dev list[PBNG_STORE_DEVICES];
	u64 read_time;
};

/* Read what the toolstack wants. Context: the guest's work; waits for xenstore. */
void pbng_guest_read_list(struct pbng_backend *b);

/**
 * pbng_guest_sync() - make the guest's devices those of the list
 * @b: the guest
 *
 * Context: its work; may take seconds.
 * Return: whether there is a list.
 */
bool pbng_guest_sync(struct pbng_backend *b);

/**
 * pbng_guest_report_held() - name what the guest has and does not see
 * @b: the guest
 *
 * A function without a function 0 in its slot: an error in the log and in
 * xenstore. It stays the guest's and is seen when that one comes, for toolstacks
 * plug functions one by one, function 0 last. Once for each change: a guest may
 * connect as often as it likes.
 *
 * Context: its work.
 */
void pbng_guest_report_held(struct pbng_backend *b);

/**
 * pbng_guest_log_placed() - log which devices the guest has, and where
 * @b: the guest
 * @now: do not wait for more devices
 *
 * Each device once, when its place is final: the toolstack lists one after the other,
 * each may move those before it, and a guest without a front-end never looks.
 *
 * Context: its work.
 * Return: how long to wait, in jiffies, or 0.
 */
unsigned long pbng_guest_log_placed(struct pbng_backend *b, bool now);

#endif /* PBNG_XEN_GUEST_H */

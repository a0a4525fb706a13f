// SPDX-License-Identifier: GPL-2.0
/*
 * The xenbus state machine.
 *
 * Both ends' states and the wanted devices live in xenstore. Any change wakes
 * one work item, which looks at all of it and does what is missing. It never
 * depends on having seen every intermediate state, so events that are merged,
 * late or sent by a guest at will do no harm.
 *
 * What the work does, by our state (rows) and the guest's (columns):
 *
 *                    gone  1, 2      3 Initi-  4 Con-   7 Recon-  5, 6
 *                          starting  alised    nected   figuring  closing
 *  1 Initialising    drop  offer     offer     offer    offer     close
 *  2 InitWait        drop  offer     offer     offer    offer     close
 *  3 Initialised     drop  sync      sync,     sync     sync      close
 *                                    connect
 *  4 Connected       drop  reopen    connect,  -        to 8      close
 *                                    if new
 *  7 Reconfiguring   drop  sync, to 3 when it has no ring   sync,     close
 *                          else wait, sync, to 4            to 8
 *  8 Reconfigured    drop  reopen    reopen    to 4     -         close
 *  5, 6 closing      drop  reopen    reopen    -        -         close
 *
 *  offer    give the wanted devices, then 3      sync    give and take back
 *  connect  map the ring, then 4                 close   unmap the ring, follow
 *  reopen   unmap the ring, then 3               drop    unmap, take all back
 *  wait     the guest has to let go first: LET_GO at most, once, then LET_GO_SILENT until it
 *           shows a sign of life (TAKE_UP when it has nothing to let go), for it may be dead
 *
 * Row 7 without a ring is an HVM guest: no front-end ever answers, and without
 * that road its hot-plugged devices would never be accounted for. With a ring,
 * a guest that is in state 3 is still busy with its first devices: it would not
 * look for more if it saw us go back to 4 without 7 and 8.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/xen.h>

#include "../aside.h"
#include "backend.h"
#include "gsi.h"
#include "guest.h"

/*
 * How long a guest may take to let go of its devices. libxl has revoked them
 * by then, and gives up after ten seconds, leaving its xenstore entries behind.
 * For new devices it can have more: nobody waits for it.
 */
#define LET_GO	(8 * HZ)
#define LET_GO_SILENT	HZ	/* of one that has not answered before */
#define TAKE_UP	(60 * HZ)
#define STATE_AGAIN	HZ

/*
 * What a guest publishes may be nonsense, and each try to map it puts a line in the
 * log, which is not in our hand (xenbus_map_ring_valloc()). No guest needs many.
 */
#define MAX_FAILURES	10

/*
 * A guest may change its state as often as it likes, and each time the whole list is read:
 * some four requests to xenstore for each device, which other guests wait behind. When that
 * has taken so long in all, it is done in one part in @share of the time.
 */
static const struct pbng_budget_terms state_terms = {
	.limit = 4 * PBNG_BUDGET_SECOND, .share = 4,
};

static LIST_HEAD(backends);
static DEFINE_MUTEX(backends_lock);	/* outermost: protects @backends */
static struct workqueue_struct *backend_wq;
static bool topology_passthrough;

/*
 * Leaves a state that has changed since step() read it: the watch runs step() again. When
 * xenstore fails, no watch will: after STATE_AGAIN.
 */
static void set_state(struct pbng_backend *b, enum xenbus_state state)
{
	int err;

	if (b->ours == state)
		return;

	err = pbng_store_switch(b->xdev, b->ours, state);
	if (!err)
		b->ours = state;
	else if (err != -ESTALE)
		queue_delayed_work(backend_wq, &b->work, STATE_AGAIN);
}

static int read_ring(struct pbng_backend *b, unsigned int *ref,
		     evtchn_port_t *port)
{
	char *magic = NULL;
	int err;

	err = xenbus_gather(XBT_NIL, b->xdev->otherend, "pci-op-ref", "%u", ref,
			    "event-channel", "%u", port, "magic", NULL, &magic,
			    NULL);
	if (!err && (!magic || strcmp(magic, XEN_PCI_MAGIC)))
		err = -EPROTO;
	kfree(magic);
	return err;
}

/* What the guest shares beside the ring is let go of after it: it could set it up anew. */
static void disconnect(struct pbng_backend *b)
{
	bool connected = b->ring.page;

	pbng_ring_disconnect(&b->ring);
	if (connected)
		pbng_export_left(&b->export);
}

static int connect_ring(struct pbng_backend *b)
{
	evtchn_port_t port;
	unsigned int ref;
	int err;

	err = read_ring(b, &ref, &port);
	if (err || b->ring.ref != ref || b->ring.port != port)
		/* A guest that starts over brings a new ring. */
		disconnect(b);
	if (!err && !b->ring.page)
		err = pbng_ring_connect(&b->ring, ref, port);
	return err;
}

/*
 * Not xenbus_dev_fatal(): a guest could fill the log with it. Nor do we try again
 * before the guest has done something else, or this would go on for ever.
 */
static void connect_failed(struct pbng_backend *b, int err)
{
	b->refused = true;
	b->failures++;
	dev_warn(&b->xdev->dev, "no connection to the front-end of domain %d: %pe%s\n",
		 b->export.frontend.domid, ERR_PTR(err),
		 b->failures == MAX_FAILURES ? "; this was its last try" : "");
}

static void connect(struct pbng_backend *b)
{
	int err;

	pbng_guest_report_held(b);
	if (b->failures == MAX_FAILURES) {
		b->refused = true;
		disconnect(b);
	}
	if (!b->refused) {
		err = connect_ring(b);
		if (err)
			connect_failed(b, err);
		else
			pbng_aside_connected(&b->export.frontend);
	}
	set_state(b, b->refused ? XenbusStateClosing : XenbusStateConnected);
}

static void reopen(struct pbng_backend *b)
{
	disconnect(b);
	set_state(b, XenbusStateInitialised);
}

static void follow_closing(struct pbng_backend *b, enum xenbus_state state)
{
	disconnect(b);
	set_state(b, state);
}

static void drop(struct pbng_backend *b)
{
	pbng_guest_log_placed(b, true);
	pbng_ring_disconnect(&b->ring);
	pbng_export_remove_all(&b->export);
}

static bool must_let_go(struct pbng_backend *b)
{
	int i;

	pbng_guest_read_list(b);
	for (i = 0; i < b->count; i++)
		if (b->list[i].state == XenbusStateClosing)
			return true;
	return false;
}

/* First the guest lets go of what it loses, if it is still able to. */
static bool still_waiting(struct pbng_backend *b)
{
	unsigned long let_go = b->silent ? LET_GO_SILENT : LET_GO;

	if (!b->waiting) {
		b->waiting = true;
		b->deadline = jiffies + (must_let_go(b) ? let_go : TAKE_UP);
	}
	if (time_after_eq(jiffies, b->deadline)) {
		b->silent = true;
		dev_warn_ratelimited(&b->xdev->dev, "domain %d does not answer, going on without it\n",
				     b->export.frontend.domid);
		return false;
	}
	queue_delayed_work(backend_wq, &b->work, b->deadline - jiffies);
	return true;
}

static void reconfigure(struct pbng_backend *b, enum xenbus_state guest)
{
	if (guest == XenbusStateReconfiguring) {
		pbng_guest_sync(b);
		set_state(b, XenbusStateReconfigured);
	} else if (!b->ring.page) {
		pbng_guest_sync(b);
		set_state(b, XenbusStateInitialised);
	} else if (!still_waiting(b)) {
		pbng_guest_sync(b);
		set_state(b, XenbusStateConnected);
	}
}

/* Is it asked for? @data: the address of the one that is meant, NULL for any. */
static int is_asked(const struct pbng_exported *exported, void *data)
{
	const struct pbng_bdf *bdf = data;

	return READ_ONCE(exported->dev->asked) &&
	       (!bdf || pbng_bdf_key(exported->dev->bdf) == pbng_bdf_key(*bdf));
}

static int withdrawn(void *data, struct pbng_bdf bdf, int state,
		     struct pbng_bdf *virt)
{
	struct pbng_backend *b = data;

	return pbng_export_for_each(&b->export, is_asked, &bdf) ?
	       XenbusStateClosing : 0;
}

/*
 * The host needs a device back: do what the toolstack does to remove one. The
 * guest lets go of it as always; one without a front-end is not asked.
 */
static void withdraw(struct pbng_backend *b, enum xenbus_state ours,
		     enum xenbus_state guest)
{
	if (!pbng_export_for_each(&b->export, is_asked, NULL))
		return;
	pbng_store_publish(b->xdev, withdrawn, b);
	if (!b->ring.page)
		pbng_guest_sync(b);
	else if (ours == XenbusStateConnected && guest == XenbusStateConnected)
		set_state(b, XenbusStateReconfiguring);
}

/* Neither end is closing or gone. */
static void step_open(struct pbng_backend *b, enum xenbus_state ours,
		      enum xenbus_state guest)
{
	bool starting = guest < XenbusStateConnected;

	switch (ours) {
	case XenbusStateInitialising:
	case XenbusStateInitWait:
		if (pbng_guest_sync(b))
			set_state(b, XenbusStateInitialised);
		break;
	case XenbusStateInitialised:
		pbng_guest_sync(b);
		if (guest == XenbusStateInitialised)
			connect(b);
		break;
	case XenbusStateConnected:
		if (guest == XenbusStateInitialised)
			connect(b);
		else if (guest == XenbusStateReconfiguring)
			set_state(b, XenbusStateReconfigured);
		else if (starting)
			reopen(b);
		break;
	case XenbusStateReconfiguring:
		reconfigure(b, guest);
		break;
	case XenbusStateReconfigured:
		if (guest == XenbusStateConnected)
			set_state(b, XenbusStateConnected);
		else if (starting)
			reopen(b);
		break;
	default:
		if (starting && !b->refused)
			reopen(b);
	}
}

static void step(struct pbng_backend *b)
{
	enum xenbus_state ours = xenbus_read_driver_state(b->xdev, b->xdev->nodename);
	enum xenbus_state guest = xenbus_read_driver_state(b->xdev, b->xdev->otherend);
	unsigned long delay;

	b->ours = ours;
	if (ours != XenbusStateReconfiguring)
		b->waiting = false;
	if (guest != XenbusStateInitialised)
		b->refused = false;
	if (READ_ONCE(b->dying) || ours == XenbusStateUnknown ||
	    guest == XenbusStateUnknown)
		drop(b);
	else if (guest == XenbusStateClosing || guest == XenbusStateClosed)
		follow_closing(b, guest);
	else
		step_open(b, ours, guest);
	withdraw(b, ours, guest);
	delay = pbng_guest_log_placed(b, b->ring.page);
	if (delay)
		queue_delayed_work(backend_wq, &b->work, delay);
}

static void backend_work(struct work_struct *work)
{
	struct pbng_backend *b = container_of(to_delayed_work(work),
					      struct pbng_backend, work);
	bool by_guest = xchg(&b->by_guest, false), by_host = xchg(&b->by_host, false);
	u64 wait = pbng_budget_wait(&b->states, &state_terms, ktime_get_ns(), 0);

	if (by_guest && !by_host && wait) {
		WRITE_ONCE(b->by_guest, true);
		queue_delayed_work(backend_wq, &b->work, nsecs_to_jiffies(wait) + 1);
		return;
	}
	if (by_guest)
		b->silent = false;
	b->read_time = 0;
	step(b);
	if (by_guest)
		pbng_budget_charge(&b->states, &state_terms, ktime_get_ns(), b->read_time);
}

static void kick(struct pbng_backend *b)
{
	WRITE_ONCE(b->by_host, true);
	mod_delayed_work(backend_wq, &b->work, 0);
}

static void kick_by_guest(struct pbng_backend *b)
{
	WRITE_ONCE(b->by_guest, true);
	mod_delayed_work(backend_wq, &b->work, 0);
}

static void watch_fired(struct xenbus_watch *watch, const char *path,
			const char *token)
{
	kick(container_of(watch, struct pbng_backend, watch));
}

/*
 * A guest whose folder is gone, or that has closed and shall not come back,
 * needs us no more. libxl may leave our folder behind, so it is not enough to
 * wait for its end.
 */
static void guest_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
	struct pbng_backend *b = dev_get_drvdata(&xdev->dev);

	if (state != XenbusStateUnknown &&
	    (state != XenbusStateClosed || xenbus_dev_is_online(xdev))) {
		kick_by_guest(b);
		return;
	}
	/* What waits for a device on its behalf would hold up xenwatch's thread, here. */
	WRITE_ONCE(b->export.frontend.leaving, true);
	kick(b);
	flush_delayed_work(&b->work);
	device_unregister(&xdev->dev);
}

static void backend_remove(struct xenbus_device *xdev)
{
	struct pbng_backend *b = dev_get_drvdata(&xdev->dev);

	if (b->watching) {
		unregister_xenbus_watch(&b->watch);
		kfree(b->watch.node);
	}
	/* Listed until all is taken back: who asks for its devices waits for it. */
	WRITE_ONCE(b->dying, true);
	WRITE_ONCE(b->export.frontend.leaving, true);
	kick(b);
	flush_delayed_work(&b->work);
	mutex_lock(&backends_lock);
	list_del(&b->node);
	mutex_unlock(&backends_lock);
	cancel_delayed_work_sync(&b->work);
	xa_destroy(&b->roots);
	dev_set_drvdata(&xdev->dev, NULL);
	/* Somebody may just be finding out that it is not there any more. */
	pbng_frontend_put(&b->export.frontend);
}

static struct pbng_backend *backend_of(struct pbng_frontend *frontend)
{
	return container_of(frontend, struct pbng_backend, export.frontend);
}

static void host_asks(struct pbng_frontend *frontend)
{
	kick(backend_of(frontend));
}

static int host_reports(struct pbng_frontend *frontend, struct pbng_bdf virt,
			enum pbng_aer_step step, enum pbng_aer_kind kind, s32 *answer)
{
	return pbng_line_ask(&backend_of(frontend)->ring.line, virt, step, kind, answer);
}

static void host_gives_up(struct pbng_frontend *frontend, struct pbng_bdf virt)
{
	pbng_line_tell_lost(&backend_of(frontend)->ring.line, virt);
}

static void release(struct pbng_frontend *frontend)
{
	kfree(backend_of(frontend));
}

static const struct pbng_frontend_ops frontend_ops = {
	.name = "xen",
	.ask = host_asks,
	.error = host_reports,
	.lost = host_gives_up,
	.release = release,
};

static int backend_probe(struct xenbus_device *xdev,
			 const struct xenbus_device_id *id)
{
	struct pbng_backend *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int err;

	if (!b)
		return -ENOMEM;
	b->xdev = xdev;
	INIT_DELAYED_WORK(&b->work, backend_work);
	xa_init(&b->roots);
	pbng_export_init(&b->export, xdev, &frontend_ops,
			 READ_ONCE(topology_passthrough));
	pbng_ring_init(&b->ring, xdev, &b->export);
	mutex_lock(&backends_lock);
	list_add(&b->node, &backends);
	mutex_unlock(&backends_lock);
	dev_set_drvdata(&xdev->dev, b);
	set_state(b, XenbusStateInitWait);
	err = xenbus_watch_pathfmt(xdev, &b->watch, NULL, watch_fired,
				   "%s", xdev->nodename);
	if (err) {
		backend_remove(xdev);
		return err;
	}
	b->watching = true;
	kick(b);
	return 0;
}

static const struct xenbus_device_id backend_ids[] = {
	{ "pci" },
	{ "" }
};

static struct xenbus_driver backend_driver = {
	.name = PBNG_DRIVER_NAME,
	.ids = backend_ids,
	.probe = backend_probe,
	.remove = backend_remove,
	.otherend_changed = guest_changed,
};

void pbng_backend_sync(int domid)
{
	struct pbng_backend *b;

	mutex_lock(&backends_lock);
	list_for_each_entry(b, &backends, node) {
		if (b->export.frontend.domid == domid) {
			kick(b);
			flush_delayed_work(&b->work);
		}
	}
	mutex_unlock(&backends_lock);
}

void pbng_backend_set_passthrough(bool on)
{
	WRITE_ONCE(topology_passthrough, on);
}

int pbng_backend_init(bool passthrough)
{
	int err;

	if (!xen_domain())
		return 0;
	topology_passthrough = passthrough;
	backend_wq = alloc_workqueue(PBNG_DRIVER_NAME, WQ_UNBOUND, 0);
	if (!backend_wq)
		return -ENOMEM;
	err = xenbus_register_backend(&backend_driver);
	if (err) {
		destroy_workqueue(backend_wq);
		return err;
	}
	pbng_gsi_init();
	return 0;
}

void pbng_backend_exit(void)
{
	if (!xen_domain())
		return;
	pbng_gsi_exit();
	xenbus_unregister_driver(&backend_driver);
	destroy_workqueue(backend_wq);
}

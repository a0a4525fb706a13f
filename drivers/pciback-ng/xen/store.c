// SPDX-License-Identifier: GPL-2.0
/* The back-end folder in xenstore, see store.h. */
#include <linux/slab.h>

#include "opts_core.h"
#include "store.h"
#include "vpci_core.h"

#define TRIES	20	/* of a transaction that others disturb */

/* The longest name and any int: the compiler knows no bound of the number. */
#define NODE_LEN	sizeof("vdevfn--2147483648")

static int scan(struct xenbus_device *xdev, struct xenbus_transaction t,
		const char *name, int n, const char *fmt, void *value)
{
	char node[NODE_LEN];

	snprintf(node, sizeof(node), "%s-%d", name, n);
	return xenbus_scanf(t, xdev->nodename, node, fmt, value) == 1 ?
	       0 : -ENOENT;
}

static int scan_bdf(struct xenbus_device *xdev, struct xenbus_transaction t,
		    int n, struct pbng_bdf *bdf)
{
	unsigned int domain, bus, slot, fn;
	char node[NODE_LEN];

	snprintf(node, sizeof(node), "dev-%d", n);
	if (xenbus_scanf(t, xdev->nodename, node, "%x:%x:%x.%x", &domain, &bus,
			 &slot, &fn) != 4)
		return -ENOENT;
	if (bus > 0xff || slot > 0x1f || fn > 7)
		return -ERANGE;
	*bdf = (struct pbng_bdf) {
		.domain = domain, .bus = bus, .devfn = slot << 3 | fn,
	};
	return 0;
}

/* A value that cannot be understood is no reason to refuse the device. */
static enum pbng_policy read_policy(struct xenbus_device *xdev,
				    struct xenbus_transaction t, int n)
{
	enum pbng_policy policy = PBNG_POLICY_DEFAULT;
	char node[NODE_LEN];
	unsigned int len;
	char *opts;

	snprintf(node, sizeof(node), "opts-%d", n);
	opts = xenbus_read(t, xdev->nodename, node, &len);
	if (IS_ERR(opts))
		return policy;
	if (len >= PBNG_OPTS_TEXT || pbng_opts_policy(opts, &policy))
		dev_warn_ratelimited(&xdev->dev, "%s: \"%.*s\" is not understood\n",
				     node, PBNG_OPTS_TEXT, opts);
	kfree(opts);
	return policy;
}

static int read_count(struct xenbus_device *xdev, struct xenbus_transaction t)
{
	int count;

	if (xenbus_scanf(t, xdev->nodename, "num_devs", "%d", &count) != 1)
		return -ENOENT;
	return clamp(count, 0, PBNG_STORE_DEVICES);
}

static int read_all(struct xenbus_device *xdev, struct xenbus_transaction t,
		    struct pbng_store_dev *list)
{
	int count = read_count(xdev, t);
	int n, found = 0;

	for (n = 0; n < count; n++) {
		struct pbng_store_dev *d = &list[found];

		if (scan_bdf(xdev, t, n, &d->bdf)) {
			dev_warn_ratelimited(&xdev->dev, "dev-%d cannot be read\n", n);
			continue;
		}
		if (scan(xdev, t, "state", n, "%d", &d->state))
			d->state = XenbusStateUnknown;
		if (scan(xdev, t, "vdevfn", n, "%x", &d->wish))
			d->wish = PBNG_VPCI_ANY;
		d->policy = read_policy(xdev, t, n);
		found++;
	}
	return count < 0 ? count : found;
}

int pbng_store_read(struct xenbus_device *xdev, struct pbng_store_dev *list)
{
	struct xenbus_transaction t;
	int tries = TRIES;
	int found, err;

	do {
		/* For the snapshot only: it is ended without a commit. */
		err = xenbus_transaction_start(&t);
		if (err)
			return err;
		found = read_all(xdev, t, list);
		/* A new xenstored has forgotten it: nodes have seemed to be missing. */
		err = xenbus_transaction_end(t, 1);
	} while (err && --tries);
	if (err)
		dev_warn(&xdev->dev, "xenstore does not show the devices: %pe\n", ERR_PTR(err));
	return err ? -EAGAIN : found;
}

/*
 * What a device is given that cannot be had. The toolstack removes it as any other, and
 * a Linux front-end that finds no address then gives up all of its devices.
 */
static const struct pbng_bdf nowhere = {
	.domain = 0xffff, .bus = 0xff, .devfn = 0xff,
};

static int publish_one(struct xenbus_device *xdev, struct xenbus_transaction t,
		       int n, int state, int old, struct pbng_bdf virt)
{
	bool refused = state == XenbusStateClosed && old != XenbusStateClosing;
	char node[NODE_LEN];
	int err = 0;

	if (refused)
		virt = nowhere;
	if (refused || state == XenbusStateInitialised) {
		snprintf(node, sizeof(node), "vdev-%d", n);
		err = xenbus_printf(t, xdev->nodename, node,
				    "%04x:%02x:%02x.%02x", virt.domain, virt.bus,
				    virt.devfn >> 3, virt.devfn & 7);
	}
	snprintf(node, sizeof(node), "state-%d", n);
	if (!err && state != old)
		err = xenbus_printf(t, xdev->nodename, node, "%d", state);
	return err;
}

/*
 * Calls @change within a transaction, and again for as long as others write meanwhile.
 * Return: 0, what @change returned instead (nothing is changed then), -EAGAIN.
 */
static int store_change(struct xenbus_device *xdev,
			int (*change)(struct xenbus_device *xdev, struct xenbus_transaction t,
				      void *data),
			void *data)
{
	struct xenbus_transaction t;
	int tries = TRIES;
	int err, end;

	do {
		err = xenbus_transaction_start(&t);
		if (err)
			return err;
		err = change(xdev, t, data);
		end = xenbus_transaction_end(t, err != 0);
	} while (!err && (end == -EAGAIN || end == -ENOENT) && --tries);
	return err ?: end;
}

struct answers {
	int (*answer)(void *data, struct pbng_bdf bdf, int state, struct pbng_bdf *virt);
	void *data;
};

static int change_devices(struct xenbus_device *xdev, struct xenbus_transaction t, void *data)
{
	const struct answers *answers = data;
	struct pbng_bdf bdf, virt = {};
	int count = read_count(xdev, t);
	int n, old, new, err = 0;

	for (n = 0; !err && n < count; n++) {
		if (scan_bdf(xdev, t, n, &bdf) || scan(xdev, t, "state", n, "%d", &old))
			continue;
		new = answers->answer(answers->data, bdf, old, &virt);
		if (new)
			err = publish_one(xdev, t, n, new, old, virt);
	}
	return err;
}

void pbng_store_publish(struct xenbus_device *xdev,
			int (*answer)(void *data, struct pbng_bdf bdf, int state,
				      struct pbng_bdf *virt),
			void *data)
{
	struct answers answers = { .answer = answer, .data = data };

	if (store_change(xdev, change_devices, &answers))
		dev_warn(&xdev->dev, "xenstore does not take the device states\n");
}

struct switching {
	enum xenbus_state from, to;
};

static int change_state(struct xenbus_device *xdev, struct xenbus_transaction t, void *data)
{
	const struct switching *s = data;
	int now;

	if (xenbus_scanf(t, xdev->nodename, "state", "%d", &now) != 1 || now != s->from)
		return -ESTALE;
	return xenbus_printf(t, xdev->nodename, "state", "%d", s->to);
}

/* xenbus_switch_state() would overwrite a state that the toolstack has written meanwhile. */
int pbng_store_switch(struct xenbus_device *xdev, enum xenbus_state from, enum xenbus_state to)
{
	struct switching s = { .from = from, .to = to };
	int err = store_change(xdev, change_state, &s);

	if (!err)
		xdev->state = to;
	else if (err != -ESTALE)
		dev_warn_ratelimited(&xdev->dev, "xenstore does not take the state: %pe\n",
				     ERR_PTR(err));
	return err;
}

int pbng_store_add_root(struct xenbus_device *xdev, unsigned int n,
			struct pbng_bdf virt)
{
	char node[NODE_LEN];
	int err;

	snprintf(node, sizeof(node), "root-%u", n);
	err = xenbus_printf(XBT_NIL, xdev->nodename, node, "%04x:%02x",
			    virt.domain, virt.bus);
	if (err)
		return err;
	return xenbus_printf(XBT_NIL, xdev->nodename, "root_num", "%u", n + 1);
}

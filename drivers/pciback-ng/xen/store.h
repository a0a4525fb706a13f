/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The back-end folder in xenstore, as libxl, xenopsd and libvirt keep it:
 *
 *   num_devs            how many devices there are
 *   dev-N               physical address
 *   vdevfn-N            place wanted on the virtual bus, hex, if any
 *   opts-N              how it shall be given, see opts_core.h, if any
 *   state-N             1 add it, 3 added (ours), 5 remove it, 6 failed (ours)
 *   vdev-N              virtual address (ours; function with two digits,
 *                       front-ends parse it so); ffff:ff:1f.07 in state 6
 *   root_num, root-N    virtual root buses (ours)
 *
 * The toolstack renumbers N when it removes a device, in one transaction.
 * N is therefore only good within one transaction of ours, and a device is
 * known by its physical address.
 */
#ifndef PBNG_XEN_STORE_H
#define PBNG_XEN_STORE_H

#include <xen/xenbus.h>

#include "../bdf.h"
#include "../policy.h"

#define PBNG_STORE_DEVICES	256	/* a bus has no more functions */

/**
 * struct pbng_store_dev - a device as the toolstack wants it
 * @bdf: physical address
 * @wish: place on the virtual bus, or PBNG_VPCI_ANY
 * @state: state-N
 * @policy: what opts-N says about it, or PBNG_POLICY_DEFAULT
 */
struct pbng_store_dev {
	struct pbng_bdf bdf;
	int wish;
	int state;
	enum pbng_policy policy;
};

/**
 * pbng_store_read() - read the wanted devices, all of one moment
 * @xdev: the back-end
 * @list: room for PBNG_STORE_DEVICES of them
 * Context: process, may sleep.
 * Return: how many; -ENOENT when the toolstack has not written them yet; -EAGAIN when what was
 * read is not of one moment, because xenstored began anew meanwhile.
 * Entries that cannot be read are reported and left out.
 */
int pbng_store_read(struct xenbus_device *xdev, struct pbng_store_dev *list);

/**
 * pbng_store_publish() - tell the toolstack and the guest what became of them
 * @xdev: the back-end
 * @answer: for a physical address: the new state-N, or 0 to leave it; sets
 *	    @virt when the device has a virtual address
 * @data: handed to @answer
 *
 * Writes only what differs: every write wakes our own watch. What xenstore does
 * not take is reported; the next event tries again.
 */
void pbng_store_publish(struct xenbus_device *xdev,
			int (*answer)(void *data, struct pbng_bdf bdf, int state,
				      struct pbng_bdf *virt),
			void *data);

/**
 * pbng_store_switch() - change the back-end's state, unless the toolstack has
 * @xdev: the back-end
 * @from: the state that the decision to change it was based on
 * @to: the new state
 *
 * libxl writes 7 (Reconfiguring) as soon as it has read 4 (Connected). Overwriting that loses
 * the device that it announces, and with its removal Linux's front-end: see publish_one().
 *
 * Context: process, may sleep.
 * Return: 0 when the state is @to now; -ESTALE when it is another than @from, which has fired
 * the watch; another error when xenstore does not take it, which is reported.
 */
int pbng_store_switch(struct xenbus_device *xdev, enum xenbus_state from, enum xenbus_state to);

/* root-@n is the bus of @virt; root_num follows. Return: 0 or an errno. */
int pbng_store_add_root(struct xenbus_device *xdev, unsigned int n,
			struct pbng_bdf virt);

#endif /* PBNG_XEN_STORE_H */

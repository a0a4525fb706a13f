// SPDX-License-Identifier: GPL-2.0
/* The work of a VF's mailbox, see vf.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "vf.h"

#define ANSWER_MS	2000	/* to VERSION and CAPS, which nobody has to think about */
#define AGAIN_MS	1000	/* until the next attempt to open, and when all is quiet */
#define IDLE_MS		100	/* between looks where nothing can signal */
#define AT_ONCE		4	/* looks, where somebody waits and nothing can signal */
#define BUDGET		64	/* messages in one go */

static bool memory = true;
module_param(memory, bool, 0644);
MODULE_PARM_DESC(memory, "share memory with the host where that can be");

#define FEATURES	(VMBOX_FEATURE_BLOCKS | VMBOX_FEATURE_QUIESCE)

void vmbox_vf_signalled(struct vmbox_vf *vf)
{
	mod_delayed_work(vmbox_vf_wq, &vf->work, 0);
}

void vmbox_vf_kick(struct vmbox_vf *vf)
{
	lockdep_assert_held(&vf->lock);
	/* Nothing is queued that nobody waits for any more. */
	if (!vf->gone)
		mod_delayed_work(vmbox_vf_wq, &vf->work, 0);
}

void vmbox_vf_deliver_soon(struct vmbox_vf *vf)
{
	mutex_lock(&vf->lock);
	if (!vf->gone)
		queue_work(vmbox_vf_wq, &vf->deliver);
	mutex_unlock(&vf->lock);
}

int vmbox_vf_send(struct vmbox_vf *vf, struct vmbox_hdr *hdr, const void *data)
{
	lockdep_assert_held(&vf->lock);
	hdr->total = hdr->len;
	hdr->gen = vf->proto.gen;
	if (vf->memory)
		return vmbox_out_put(&vf->out, hdr, data);
	return vmbox_vf_window_put(vf, hdr, data);
}

void vmbox_vf_signal(struct vmbox_vf *vf)
{
	bool wanted;

	lockdep_assert_held(&vf->lock);
	/* In the window each piece has its doorbell. */
	if (!vf->memory)
		return;
	/* Both have to be asked: each remembers what it was asked for. */
	wanted = vmbox_out_signal(&vf->out);
	wanted |= vmbox_in_signal(&vf->in);
	if (wanted)
		vmbox_vf_memory_kick(vf);
}

static void set_phase(struct vmbox_vf *vf, enum vmbox_vf_phase phase)
{
	vf->phase = phase;
	wake_up_all(&vf->changed);
	/* Its driver may want to know. */
	if (!vf->gone)
		queue_work(vmbox_vf_wq, &vf->deliver);
}

static void free_messages(struct list_head *messages)
{
	struct vmbox_vf_message *message, *next;

	list_for_each_entry_safe(message, next, messages, node) {
		list_del(&message->node);
		kfree(message);
	}
}

/* Another generation: what belongs to the last one is over. */
static void new_generation(struct vmbox_vf *vf, u16 gen)
{
	vf->proto.gen = gen;
	vf->proto.open = false;
	vf->pieces->going = false;
	vf->looked = false;
	vf->can_send = false;
	vf->test_times = 0;
	free_messages(&vf->replies);
	free_messages(&vf->requests);
	vf->n_requests = 0;
	set_phase(vf, VMBOX_PHASE_DOWN);
	/* What was not sent yet is not of this generation. */
	vmbox_pending_end_all(&vf->calls, -ECONNRESET, false);
}

static struct vmbox_vf_message *message_of(const struct vmbox_hdr *hdr, const void *data)
{
	struct vmbox_vf_message *message;

	message = kmalloc(struct_size(message, data, hdr->len), GFP_KERNEL);
	if (!message)
		return NULL;
	message->hdr = *hdr;
	if (hdr->len)
		memcpy(message->data, data, hdr->len);
	return message;
}

void vmbox_vf_reply(struct vmbox_vf *vf, const struct vmbox_hdr *to, u16 flags, u16 status,
		    const void *data, u16 len)
{
	struct vmbox_hdr hdr = {
		.op = to->op,
		.flags = VMBOX_MSG_ANSWER | flags,
		.rid = to->rid,
		.len = len,
		.status = status,
	};
	struct vmbox_vf_message *message;

	lockdep_assert_held(&vf->lock);
	/* An answer of a reader that is closed after the VF has gone is sent by nobody. */
	if (vf->gone || to->gen != vf->proto.gen || !vf->proto.open)
		return;
	/* Without memory it is not answered: who asked has a deadline. */
	message = message_of(&hdr, data);
	if (message)
		list_add_tail(&message->node, &vf->replies);
}

/* Return: 0, or -EAGAIN: some still wait. */
static int flush_replies(struct vmbox_vf *vf)
{
	struct vmbox_vf_message *message, *next;

	list_for_each_entry_safe(message, next, &vf->replies, node) {
		if (vmbox_vf_send(vf, &message->hdr, message->data) == -EAGAIN)
			return -EAGAIN;
		list_del(&message->node);
		kfree(message);
	}
	return 0;
}

/* VERSION, or CAPS after it. */
static void ask(struct vmbox_vf *vf, u16 op)
{
	struct vmbox_version version = {
		.major = VMBOX_VERSION_MAJOR,
		.minor = VMBOX_VERSION_MINOR,
		.features = FEATURES,
	};
	struct vmbox_hdr hdr = {
		.op = op,
		.flags = VMBOX_MSG_REQUEST,
		.rid = ++vf->next_rid,
		.len = op == VMBOX_OP_VERSION ? sizeof(version) : 0,
	};

	vf->asked = jiffies;
	vf->asked_rid = hdr.rid;
	vf->quick = 0;
	set_phase(vf, VMBOX_PHASE_ASKED);
	/* What does not fit now is asked again when the time for its answer is over. */
	vmbox_vf_send(vf, &hdr, &version);
}

static void answered(struct vmbox_vf *vf)
{
	const struct vmbox_hdr *head = &vf->head;
	struct vmbox_version version;

	if (vf->phase == VMBOX_PHASE_OPEN) {
		vmbox_pending_answered(&vf->calls, head, vf->buf);
		return;
	}
	if (head->rid != vf->asked_rid)
		return;
	if (head->status) {
		dev_warn_ratelimited(&vf->pdev->dev, "%s: %s is refused: error %u\n",
				     KBUILD_MODNAME,
				     head->op == VMBOX_OP_CAPS ? "CAPS" : "the version",
				     head->status);
		return;
	}
	if (head->op == VMBOX_OP_VERSION && head->len == sizeof(version)) {
		memcpy(&version, vf->buf, sizeof(version));
		vf->proto.minor = version.minor;
		vf->proto.features = version.features & FEATURES;
		vf->proto.open = true;
		ask(vf, VMBOX_OP_CAPS);
	} else if (head->op == VMBOX_OP_CAPS && head->len >= sizeof(vf->caps)) {
		memcpy(&vf->caps, vf->buf, sizeof(vf->caps));
		vf->caps.pf_name[sizeof(vf->caps.pf_name) - 1] = '\0';
		set_phase(vf, VMBOX_PHASE_OPEN);
		dev_info_ratelimited(&vf->pdev->dev, "%s: open, by %s, generation %u, PF: %s\n",
				     KBUILD_MODNAME, vf->memory ? "shared memory" : "window",
				     vf->proto.gen,
				     vf->caps.pf_name[0] ? vf->caps.pf_name : "nobody");
	}
}

static void answer_test(struct vmbox_vf *vf)
{
	const struct vmbox_hdr *head = &vf->head;
	u16 flags, status, len;

	if (vf->test_rid != head->rid)
		vf->test_times = 0;
	vf->test_rid = head->rid;
	do {
		len = vmbox_test_answer(vf->buf, head->len, vf->test_times, &flags, &status);
		vf->test_times = flags ? vf->test_times + 1 : 0;
		vmbox_vf_reply(vf, head, flags, status, vf->buf + head->len - len, len);
	} while (flags & VMBOX_MSG_BUSY);
}

/* A request that a client has to answer: it may take its time, we do not wait here. */
static void to_client(struct vmbox_vf *vf)
{
	struct vmbox_vf_message *message = NULL;

	if (vf->n_requests < VMBOX_VF_ASKED_MAX)
		message = message_of(&vf->head, vf->buf);
	if (!message) {
		vmbox_vf_reply(vf, &vf->head, VMBOX_MSG_RETRY, 0, NULL, 0);
		return;
	}
	list_add_tail(&message->node, &vf->requests);
	vf->n_requests++;
	queue_work(vmbox_vf_wq, &vf->deliver);
}

static void told(struct vmbox_vf *vf)
{
	struct vmbox_event event;

	memcpy(&event, vf->buf, sizeof(event));
	vf->event.events |= event.events;
	vf->event.blocks |= event.blocks;
	vf->event.link = event.link;
	vf->blocks |= event.blocks;
	queue_work(vmbox_vf_wq, &vf->deliver);
}

static void judge(struct vmbox_vf *vf)
{
	u16 status = 0;

	switch (vmbox_judge(&vf->proto, &vf->head, &status)) {
	case VMBOX_ANSWER:
		answered(vf);
		break;
	case VMBOX_CORE:
		if (vf->head.op == VMBOX_OP_TEST)
			answer_test(vf);
		else
			vmbox_vf_reply(vf, &vf->head, 0, 0, NULL, 0);
		break;
	case VMBOX_USER:
		to_client(vf);
		break;
	case VMBOX_TOLD:
		told(vf);
		break;
	case VMBOX_REFUSE:
		vmbox_vf_reply(vf, &vf->head, 0, status, NULL, 0);
		break;
	default:
		break;
	}
}

static int take(struct vmbox_vf *vf)
{
	int err;

	if (!vf->memory)
		return vmbox_vf_window_get(vf, &vf->head, vf->buf);
	do {
		err = vmbox_in_get(&vf->in, &vf->head, vf->buf);
	} while (err == -EAGAIN && !vmbox_in_wait(&vf->in));
	return err;
}

/* Take what came. Return: whether there may be more; -EPROTO: this cannot go on. */
static int take_all(struct vmbox_vf *vf)
{
	unsigned int budget = BUDGET;
	int err;

	while (budget--) {
		if (flush_replies(vf))
			return 0;
		err = take(vf);
		if (err)
			return err == -EAGAIN ? 0 : err;
		vf->quick = 0;
		judge(vf);
	}
	return 1;
}

/* STATUS, from where it costs least; ~0: there is no mailbox. */
static u32 status_of(struct vmbox_vf *vf)
{
	const struct vmbox_host_page *host;

	if (vf->memory) {
		host = vmbox_vf_memory_host(vf);
		return READ_ONCE(host->status) |
		       (u32)READ_ONCE(host->gen) << VMBOX_STATUS_GEN_SHIFT;
	}
	vf->status = vmbox_vf_window_status(vf);
	vf->looked = true;
	return vf->status;
}

/* Begin at the beginning: registers, memory if there can be, VERSION. */
static void bring_up(struct vmbox_vf *vf)
{
	u32 status;

	vmbox_vf_memory_down(vf);
	if (vmbox_vf_read(vf, VMBOX_REG_SIGNATURE) != VMBOX_SIGNATURE) {
		vf->no_memory = false;
		return;
	}
	status = vmbox_vf_read(vf, VMBOX_REG_STATUS);
	if (status & VMBOX_STATUS_QUARANTINE)
		return;
	vmbox_vf_write(vf, VMBOX_REG_CTRL, VMBOX_CTRL_ENABLE | VMBOX_CTRL_RESET);
	status = vmbox_vf_read(vf, VMBOX_REG_STATUS);
	/* The doorbell for memory needs the number of this generation. */
	new_generation(vf, status >> VMBOX_STATUS_GEN_SHIFT);
	if (memory && !vf->no_memory) {
		int err = vmbox_vf_memory_up(vf);

		if (err && err != -EOPNOTSUPP)
			dev_notice_ratelimited(&vf->pdev->dev, "%s: no shared memory: error %d\n",
					       KBUILD_MODNAME, err);
		vf->no_memory = err;
	}
	status = status_of(vf);
	new_generation(vf, status >> VMBOX_STATUS_GEN_SHIFT);
	ask(vf, VMBOX_OP_VERSION);
}

static bool answer_overdue(struct vmbox_vf *vf)
{
	return vf->phase == VMBOX_PHASE_ASKED &&
	       time_after(jiffies, vf->asked + msecs_to_jiffies(ANSWER_MS));
}

/* Does what we know of the mailbox still hold? If not: from where can it go on? */
static void check(struct vmbox_vf *vf)
{
	u32 status = status_of(vf);
	u16 gen = status >> VMBOX_STATUS_GEN_SHIFT;
	bool lost = vf->memory && !(status & VMBOX_STATUS_MEMORY);

	if (vf->phase == VMBOX_PHASE_DOWN || status == ~0U || lost || answer_overdue(vf) ||
	    status & (VMBOX_STATUS_ERROR | VMBOX_STATUS_QUARANTINE)) {
		if (vf->phase != VMBOX_PHASE_DOWN)
			new_generation(vf, gen);
		bring_up(vf);
	} else if (gen != vf->proto.gen) {
		new_generation(vf, gen);
		ask(vf, VMBOX_OP_VERSION);
	}
}

/* When to look again though nobody signals. */
static unsigned long next_look(struct vmbox_vf *vf, unsigned long delay)
{
	if (vf->phase == VMBOX_PHASE_DOWN)
		return min(delay, msecs_to_jiffies(AGAIN_MS));
	if (vf->phase == VMBOX_PHASE_ASKED)
		delay = min(delay, msecs_to_jiffies(ANSWER_MS));
	if (vf->memory)
		return delay;
	/* Soon after something was there, and then less and less often. */
	vf->quick = min(vf->quick + 1, 1000U);
	/* An answer that nobody has to think about is there before the next tick. */
	if (vf->quick <= AT_ONCE && (vf->phase == VMBOX_PHASE_ASKED || !list_empty(&vf->calls)))
		return 0;
	return min3(delay, 1 + msecs_to_jiffies(vf->quick / 8), msecs_to_jiffies(IDLE_MS));
}

static unsigned long look(struct vmbox_vf *vf)
{
	unsigned long asyncs;
	long delay = MAX_JIFFY_OFFSET;
	int more = 0;

	check(vf);
	if (vf->phase != VMBOX_PHASE_DOWN)
		more = take_all(vf);
	asyncs = vmbox_vf_async_run(vf);
	if (more >= 0)
		delay = vmbox_vf_calls_flush(vf);
	if (more < 0 || delay < 0) {
		dev_warn_ratelimited(&vf->pdev->dev, "%s: what is shared cannot be: again\n",
				     KBUILD_MODNAME);
		new_generation(vf, vf->proto.gen);
		return min(next_look(vf, MAX_JIFFY_OFFSET), asyncs);
	}
	vmbox_vf_signal(vf);
	return more ? 0 : min(next_look(vf, delay), asyncs);
}

void vmbox_vf_work(struct work_struct *work)
{
	struct vmbox_vf *vf = container_of(to_delayed_work(work), struct vmbox_vf, work);
	unsigned long delay = MAX_JIFFY_OFFSET;

	mutex_lock(&vf->lock);
	if (!vf->gone)
		delay = look(vf);
	mutex_unlock(&vf->lock);
	/* Not mod_: a signal that came meanwhile has asked for an earlier look. */
	if (delay != MAX_JIFFY_OFFSET)
		queue_delayed_work(vmbox_vf_wq, &vf->work, delay);
}

void vmbox_vf_stop(struct vmbox_vf *vf)
{
	mutex_lock(&vf->lock);
	vf->gone = true;
	vmbox_pending_end_all(&vf->calls, -ENODEV, true);
	wake_up_all(&vf->changed);
	mutex_unlock(&vf->lock);
	vmbox_vf_async_end(vf, -ENODEV);
	cancel_delayed_work_sync(&vf->work);
	cancel_work_sync(&vf->deliver);
	mutex_lock(&vf->lock);
	vmbox_vf_write(vf, VMBOX_REG_CTRL, 0);
	vmbox_vf_memory_down(vf);
	free_messages(&vf->replies);
	free_messages(&vf->requests);
	mutex_unlock(&vf->lock);
	/* A signal may have come until its channel was closed. */
	cancel_delayed_work_sync(&vf->work);
}

// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family, see netlink.h. */
#include <linux/capability.h>
#include <linux/netlink.h>
#include <net/genetlink.h>

#include "events.h"
#include "guard.h"
#include "identity.h"
#include "netlink.h"

/* Of a longer one the rest is cut off: no event may be lost for its words. */
static int put_text(struct sk_buff *skb, int attribute, const char *text)
{
	char cut[PT_WHY_MAX];

	if (!text)
		return 0;
	strscpy(cut, text, sizeof(cut));
	return nla_put_string(skb, attribute, cut);
}

static int put_place(struct sk_buff *skb, const struct pt_identity *id, int bdf, int path)
{
	char text[PT_PATH_TEXT];

	pt_identity_bdf(id, text);
	if (nla_put_string(skb, bdf, text))
		return -EMSGSIZE;
	return pt_identity_path(id, text) ? nla_put_string(skb, path, text) : 0;
}

static int put_identity(struct sk_buff *skb, const struct pt_identity *id)
{
	char pf[PT_BDF_TEXT];

	if (put_place(skb, id, PT_CORE_A_BDF, PT_CORE_A_PATH) ||
	    nla_put_u16(skb, PT_CORE_A_VENDOR, id->vendor) ||
	    nla_put_u16(skb, PT_CORE_A_DEVICE, id->device) ||
	    nla_put_u16(skb, PT_CORE_A_SUBVENDOR, id->subvendor) ||
	    nla_put_u16(skb, PT_CORE_A_SUBDEVICE, id->subdevice) ||
	    nla_put_u32(skb, PT_CORE_A_CLASS, id->class) ||
	    nla_put_u8(skb, PT_CORE_A_REVISION, id->revision))
		return -EMSGSIZE;
	if (!id->is_vf)
		return 0;
	pt_identity_pf(id, pf);
	return nla_put_string(skb, PT_CORE_A_PF, pf) ?:
	       nla_put_u32(skb, PT_CORE_A_VF_INDEX, id->vf_index);
}

static int put_known(struct sk_buff *skb, const struct pt_known *known, bool serial)
{
	if (put_identity(skb, &known->id) ||
	    (serial && known->id.serial &&
	     nla_put_u64_64bit(skb, PT_CORE_A_SERIAL, known->id.serial, PT_CORE_A_PAD)) ||
	    (known->present && nla_put_flag(skb, PT_CORE_A_PRESENT)) ||
	    (known->owned && nla_put_s32(skb, PT_CORE_A_OWNER, known->owner.id)))
		return -EMSGSIZE;
	return 0;
}

static int put_event(struct sk_buff *skb, const struct pt_identity *id,
		     const struct pt_event *event, u64 generation)
{
	if (nla_put_u32(skb, PT_CORE_A_EVENT, event->event) ||
	    nla_put_u64_64bit(skb, PT_CORE_A_GENERATION, generation, PT_CORE_A_PAD) ||
	    put_identity(skb, id) ||
	    (event->old && put_place(skb, event->old, PT_CORE_A_OLD_BDF, PT_CORE_A_OLD_PATH)) ||
	    put_text(skb, PT_CORE_A_SOURCE, event->source) ||
	    put_text(skb, PT_CORE_A_STATE, event->state) ||
	    put_text(skb, PT_CORE_A_REASON, event->reason) ||
	    (event->has_owner && nla_put_s32(skb, PT_CORE_A_OWNER, event->owner)) ||
	    (event->has_result && nla_put_s32(skb, PT_CORE_A_RESULT, event->result)))
		return -EMSGSIZE;
	return 0;
}

static struct genl_family family;

/* Each message has a number, by which a dump that did not fit goes on: cb->args[0]. */
static int dump_devices(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct pt_known known = { .number = cb->args[0] };
	/* As for the extended configuration space, where it comes from. */
	bool serial = netlink_capable(cb->skb, CAP_SYS_ADMIN);
	void *header;

	cb->seq = pt_events_generation();
	while (pt_identity_next(&known)) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &family, NLM_F_MULTI, PT_CORE_CMD_DEVICE_GET);
		if (!header)
			break;
		if (put_known(skb, &known, serial)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genl_dump_check_consistent(cb, header);
		genlmsg_end(skb, header);
		cb->args[0] = known.number;
	}
	return skb->len;
}

static int dump_guards(struct sk_buff *skb, struct netlink_callback *cb)
{
	char name[PT_GUARD_NAME_MAX];
	void *header;

	for (; pt_guard_name(cb->args[0], name); cb->args[0]++) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &family, NLM_F_MULTI, PT_CORE_CMD_GUARD_GET);
		if (!header)
			break;
		if (nla_put_string(skb, PT_CORE_A_GUARD, name)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	return skb->len;
}

/* No request has attributes yet: what is refused today can get a meaning tomorrow. */
static const struct nla_policy nothing[] = {
	[PT_CORE_A_PAD] = { .type = NLA_REJECT },
};

/* Root only: who owns what is nobody else's business. */
static const struct genl_ops ops[] = {
	{ .cmd = PT_CORE_CMD_DEVICE_GET, .flags = GENL_ADMIN_PERM, .dumpit = dump_devices },
	{ .cmd = PT_CORE_CMD_GUARD_GET, .flags = GENL_ADMIN_PERM, .dumpit = dump_guards },
};

/* Events name owners, drivers and reasons, as the dumps do. */
static const struct genl_multicast_group groups[] = {
	{ .name = PT_CORE_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

static struct genl_family family __ro_after_init = {
	.name = PT_CORE_FAMILY_NAME,
	.version = PT_CORE_FAMILY_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.policy = nothing,
	.maxattr = ARRAY_SIZE(nothing) - 1,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = PT_CORE_CMD_MAX + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

void pt_netlink_tell(const struct pt_identity *id, const struct pt_event *event,
		     u64 generation)
{
	struct sk_buff *skb;
	void *header;

	if (!genl_has_listeners(&family, &init_net, 0))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &family, 0, PT_CORE_CMD_EVENT);
	if (WARN_ON_ONCE(!header || put_event(skb, id, event, generation))) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&family, skb, 0, 0, GFP_KERNEL);
}

int pt_netlink_init(void)
{
	return genl_register_family(&family);
}

void pt_netlink_exit(void)
{
	genl_unregister_family(&family);
}

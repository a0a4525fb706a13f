// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family, see netlink.h. */
#include <linux/capability.h>
#include <linux/iommu.h>
#include <linux/netlink.h>
#include <linux/pci.h>
#include <linux/pt_core.h>
#include <net/genetlink.h>

#include "chan.h"
#include "dma_claim.h"
#include "manager.h"
#include "netlink.h"
#include "pf.h"

static struct genl_family family;

static int put_driver(struct sk_buff *skb, struct pci_dev *pdev)
{
	int err = 0;

	/* One that comes or goes just now, which may take long, is not shown. */
	if (!device_trylock(&pdev->dev))
		return 0;
	if (pdev->dev.driver)
		err = nla_put_string(skb, SRIOV_MBOX_A_DRIVER, pdev->dev.driver->name);
	device_unlock(&pdev->dev);
	return err;
}

static int put_pf_user(struct sk_buff *skb, struct vmbox_pf *pf)
{
	struct vmbox_user *user;
	int err = 0;

	/* It changes just now: not shown. */
	if (!down_read_trylock(&pf->sem))
		return 0;
	user = vmbox_pf_user(pf);
	if (user)
		err = nla_put_string(skb, SRIOV_MBOX_A_USER, user->ops->name);
	up_read(&pf->sem);
	return err;
}

static int put_last_change(struct sk_buff *skb, struct vmbox_pf *pf)
{
	struct vmbox_managed managed;

	vmbox_managed_get(pf, &managed);
	if (!managed.number)
		return 0;
	if (nla_put_u64_64bit(skb, SRIOV_MBOX_A_CHANGE, managed.number, SRIOV_MBOX_A_PAD) ||
	    nla_put_u32(skb, SRIOV_MBOX_A_OP, managed.op))
		return -EMSGSIZE;
	if (managed.running)
		return nla_put_flag(skb, SRIOV_MBOX_A_RUNNING);
	if (nla_put_s32(skb, SRIOV_MBOX_A_RESULT, managed.result) ||
	    (managed.reason[0] && nla_put_string(skb, SRIOV_MBOX_A_REASON, managed.reason)))
		return -EMSGSIZE;
	return 0;
}

static int put_pf(struct sk_buff *skb, struct vmbox_pf *pf)
{
	struct pci_dev *pdev = pf->pdev;

	if (nla_put_string(skb, SRIOV_MBOX_A_PF, pci_name(pdev)) ||
	    nla_put_u32(skb, SRIOV_MBOX_A_TOTAL, max(pci_sriov_get_totalvfs(pdev), 0)) ||
	    nla_put_u32(skb, SRIOV_MBOX_A_NUM, pci_num_vf(pdev)) ||
	    put_driver(skb, pdev) || put_pf_user(skb, pf) || put_last_change(skb, pf))
		return -EMSGSIZE;
	return 0;
}

static int put_counters(struct sk_buff *skb, const struct vmbox_stats *stats)
{
	if (nla_put_u64_64bit(skb, SRIOV_MBOX_A_RECEIVED, stats->received, SRIOV_MBOX_A_PAD) ||
	    nla_put_u64_64bit(skb, SRIOV_MBOX_A_SENT, stats->sent, SRIOV_MBOX_A_PAD) ||
	    nla_put_u64_64bit(skb, SRIOV_MBOX_A_REFUSED, stats->refused, SRIOV_MBOX_A_PAD) ||
	    nla_put_u64_64bit(skb, SRIOV_MBOX_A_BAD, stats->bad, SRIOV_MBOX_A_PAD))
		return -EMSGSIZE;
	return 0;
}

static int put_mailbox(struct sk_buff *skb, struct vmbox_chan *chan)
{
	int err;

	mutex_lock(&chan->lock);
	err = nla_put_u32(skb, SRIOV_MBOX_A_STATE, chan->state) ?:
	      (chan->disabled ? nla_put_flag(skb, SRIOV_MBOX_A_DISABLED) : 0) ?:
	      nla_put_u32(skb, SRIOV_MBOX_A_GENERATION, chan->proto.gen) ?:
	      nla_put_u64_64bit(skb, SRIOV_MBOX_A_FEATURES, chan->proto.features,
				SRIOV_MBOX_A_PAD) ?:
	      put_counters(skb, &chan->stats);
	mutex_unlock(&chan->lock);
	return err;
}

static int put_group(struct sk_buff *skb, struct pci_dev *vf)
{
	struct iommu_group *group = iommu_group_get(&vf->dev);
	int err = 0;

	if (group)
		err = nla_put_u32(skb, SRIOV_MBOX_A_IOMMU_GROUP, iommu_group_id(group));
	iommu_group_put(group);
	return err;
}

/* A group that is claimed for disabled VFs no program has. */
static bool has_program(struct pci_dev *vf)
{
	char who[VMBOX_WHO_MAX];
	bool has;

	if (vmbox_dma_is_claimed(vf) || !device_trylock(&vf->dev))
		return false;
	has = pt_has_program(vf, who, sizeof(who));
	device_unlock(&vf->dev);
	return has;
}

/* VFIO itself knows of no owner: which process has opened a group it does not say. */
static int put_owner(struct sk_buff *skb, struct pci_dev *vf)
{
	bool program = has_program(vf);
	struct pt_owner owner;

	if (program && nla_put_flag(skb, SRIOV_MBOX_A_PROGRAM))
		return -EMSGSIZE;
	if (pt_owner_of(vf, &owner))
		return nla_put_string(skb, SRIOV_MBOX_A_FRONTEND, owner.frontend) ?:
		       nla_put_s32(skb, SRIOV_MBOX_A_OWNER, owner.id);
	return program ? nla_put_string(skb, SRIOV_MBOX_A_FRONTEND, "vfio") : 0;
}

static int put_vf_device(struct sk_buff *skb, struct pci_dev *vf)
{
	return nla_put_string(skb, SRIOV_MBOX_A_VF, pci_name(vf)) ?: put_driver(skb, vf) ?:
	       put_group(skb, vf) ?: put_owner(skb, vf);
}

static int put_vf(struct sk_buff *skb, struct vmbox_chan *chan)
{
	struct pci_dev *vf;
	int err;

	mutex_lock(&chan->lock);
	vf = pci_dev_get(chan->vf);
	mutex_unlock(&chan->lock);
	err = nla_put_string(skb, SRIOV_MBOX_A_PF, pci_name(chan->pf->pdev)) ?:
	      nla_put_u32(skb, SRIOV_MBOX_A_VF_INDEX, chan->index) ?:
	      put_mailbox(skb, chan);
	if (!err && vf)
		err = put_vf_device(skb, vf);
	pci_dev_put(vf);
	return err;
}

static void *begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			   NLM_F_MULTI, cmd);
}

/* Where a dump that did not fit goes on: cb->args[0] is the key of the PF, [1] the VF. */
static int dump_pfs(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long key = cb->args[0];
	struct vmbox_pf *pf;
	bool room = true;
	void *header;

	while (room && (pf = vmbox_pf_next(&key))) {
		header = begin(skb, cb, SRIOV_MBOX_CMD_PF_GET);
		room = header && !put_pf(skb, pf);
		if (room) {
			genlmsg_end(skb, header);
			cb->args[0] = key;
		} else if (header) {
			genlmsg_cancel(skb, header);
		}
		vmbox_pf_put(pf);
	}
	return skb->len;
}

/* The rest of a PF's VFs. Return: whether all did fit. */
static bool dump_pf_vfs(struct sk_buff *skb, struct netlink_callback *cb, struct vmbox_pf *pf)
{
	unsigned long index = cb->args[1];
	struct vmbox_chan *chan;
	bool room = true;
	void *header;

	while (room && (chan = vmbox_pf_chan_next(pf, &index))) {
		header = begin(skb, cb, SRIOV_MBOX_CMD_VF_GET);
		room = header && !put_vf(skb, chan);
		if (room) {
			genlmsg_end(skb, header);
			cb->args[1] = index;
		} else if (header) {
			genlmsg_cancel(skb, header);
		}
		vmbox_chan_put(chan);
	}
	return room;
}

static int dump_vfs(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *wanted = nlmsg_find_attr(cb->nlh, GENL_HDRLEN, SRIOV_MBOX_A_PF);
	unsigned long key = cb->args[0];
	struct vmbox_pf *pf;
	bool room = true;

	while (room && (pf = vmbox_pf_next(&key))) {
		if (!wanted || !nla_strcmp(wanted, pci_name(pf->pdev)))
			room = dump_pf_vfs(skb, cb, pf);
		if (room) {
			cb->args[0] = key;
			cb->args[1] = 0;
		}
		vmbox_pf_put(pf);
	}
	return skb->len;
}

static struct vmbox_pf *pf_by_name(const struct nlattr *attr)
{
	unsigned long key = 0;
	struct vmbox_pf *pf;

	while ((pf = vmbox_pf_next(&key))) {
		if (!nla_strcmp(attr, pci_name(pf->pdev)))
			return pf;
		vmbox_pf_put(pf);
	}
	return NULL;
}

static bool is_about_all(enum sriov_mbox_op op)
{
	return op == SRIOV_MBOX_OP_SET_NUM || op == SRIOV_MBOX_OP_QUIESCE ||
	       op == SRIOV_MBOX_OP_RESUME;
}

static bool is_op(const struct vmbox_change *want, enum sriov_mbox_op op)
{
	return want->op == op;
}

/* What is asked for, without what has no meaning for it. */
static int parse_change(struct genl_info *info, struct vmbox_change *want)
{
	struct nlattr **attrs = info->attrs;

	if (GENL_REQ_ATTR_CHECK(info, SRIOV_MBOX_A_PF) ||
	    GENL_REQ_ATTR_CHECK(info, SRIOV_MBOX_A_OP))
		return -EINVAL;
	want->op = nla_get_u32(attrs[SRIOV_MBOX_A_OP]);
	want->vf = VMBOX_ALL_VFS;
	want->deadline = VMBOX_DEADLINE_MS;
	want->force = attrs[SRIOV_MBOX_A_FORCE];
	if (attrs[SRIOV_MBOX_A_DEADLINE_MS])
		want->deadline = nla_get_u32(attrs[SRIOV_MBOX_A_DEADLINE_MS]);
	if (!attrs[SRIOV_MBOX_A_NUM] != !is_op(want, SRIOV_MBOX_OP_SET_NUM) ||
	    !attrs[SRIOV_MBOX_A_DRIVER] != !is_op(want, SRIOV_MBOX_OP_MOVE) ||
	    !attrs[SRIOV_MBOX_A_VF_INDEX] != is_about_all(want->op)) {
		GENL_SET_ERR_MSG(info, "num, vf-index, driver: missing, or of another op");
		return -EINVAL;
	}
	if (attrs[SRIOV_MBOX_A_NUM])
		want->num = nla_get_u32(attrs[SRIOV_MBOX_A_NUM]);
	if (attrs[SRIOV_MBOX_A_VF_INDEX])
		want->vf = nla_get_u32(attrs[SRIOV_MBOX_A_VF_INDEX]);
	if (attrs[SRIOV_MBOX_A_DRIVER])
		nla_strscpy(want->driver, attrs[SRIOV_MBOX_A_DRIVER], sizeof(want->driver));
	return 0;
}

static const char *words_for(int err)
{
	switch (err) {
	case -EBUSY:
		return "another change of this PF has not ended";
	case -ERANGE:
		return "so many VFs it cannot have";
	case -ENODEV:
		return "there is no such VF, or its PF is going";
	case -EOPNOTSUPP:
		return "it is no PF that can have VFs";
	default:
		return "no memory";
	}
}

/* GENL_ADMIN_PERM has asked for CAP_NET_ADMIN already. */
static int may_change(struct sk_buff *skb, struct genl_info *info, struct vmbox_pf *pf,
		      const struct vmbox_change *want)
{
	if (vmbox_change_is_network(want->op, want->force, pf->pdev->class) ||
	    netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;

	GENL_SET_ERR_MSG(info,
			 "without CAP_SYS_ADMIN: of network functions only, and no disable, enable, move, force");
	return -EPERM;
}

static int say_number(struct genl_info *info, u64 number)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &family, 0, SRIOV_MBOX_CMD_CHANGE);
	if (!header ||
	    nla_put_u64_64bit(skb, SRIOV_MBOX_A_CHANGE, number, SRIOV_MBOX_A_PAD)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/*
 * It waits for nobody: generic netlink holds a lock that others need, of families that
 * have nothing to do with this one, while a request is worked on.
 */
static int do_change(struct sk_buff *skb, struct genl_info *info)
{
	struct vmbox_change want = { };
	struct vmbox_pf *pf;
	u64 number;
	int err;

	err = parse_change(info, &want);
	if (err)
		return err;
	pf = pf_by_name(info->attrs[SRIOV_MBOX_A_PF]);
	if (!pf) {
		GENL_SET_ERR_MSG(info, "there is no such PF");
		return -ENODEV;
	}
	err = may_change(skb, info, pf, &want);
	if (err) {
		vmbox_pf_put(pf);
		return err;
	}

	err = vmbox_change_start(pf, &want, &number);
	vmbox_pf_put(pf);
	if (err) {
		if (info->extack)
			info->extack->_msg = words_for(err);
		return err;
	}
	return say_number(info, number);
}

static const struct nla_policy vf_get_policy[] = {
	[SRIOV_MBOX_A_PF] = { .type = NLA_NUL_STRING, .len = 31 },
};

/* Not const: for 6.1, which has a pointer to what is not. */
static struct netlink_range_validation deadlines = { 1, VMBOX_DEADLINE_MAX };

static const struct nla_policy change_policy[SRIOV_MBOX_A_FORCE + 1] = {
	[SRIOV_MBOX_A_PF] = { .type = NLA_NUL_STRING, .len = 31 },
	[SRIOV_MBOX_A_NUM] = { .type = NLA_U32 },
	[SRIOV_MBOX_A_DRIVER] = { .type = NLA_NUL_STRING, .len = VMBOX_DRIVER_MAX - 1 },
	[SRIOV_MBOX_A_VF_INDEX] = NLA_POLICY_MAX(NLA_U32, VMBOX_VFS_MAX - 1),
	[SRIOV_MBOX_A_OP] = NLA_POLICY_RANGE(NLA_U32, SRIOV_MBOX_OP_SET_NUM, SRIOV_MBOX_OP_RESUME),
	[SRIOV_MBOX_A_DEADLINE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &deadlines),
	[SRIOV_MBOX_A_FORCE] = { .type = NLA_FLAG },
};

/* What is refused today can get a meaning tomorrow. */
static const struct nla_policy nothing[] = {
	[SRIOV_MBOX_A_PAD] = { .type = NLA_REJECT },
};

/* Root only: who owns what is nobody else's business. */
static const struct genl_ops ops[] = {
	{
		.cmd = SRIOV_MBOX_CMD_PF_GET,
		.flags = GENL_ADMIN_PERM,
		.dumpit = dump_pfs,
		.policy = nothing,
		.maxattr = ARRAY_SIZE(nothing) - 1,
	}, {
		.cmd = SRIOV_MBOX_CMD_VF_GET,
		.flags = GENL_ADMIN_PERM,
		.dumpit = dump_vfs,
		.policy = vf_get_policy,
		.maxattr = ARRAY_SIZE(vf_get_policy) - 1,
	}, {
		.cmd = SRIOV_MBOX_CMD_CHANGE,
		.flags = GENL_ADMIN_PERM,
		.doit = do_change,
		.policy = change_policy,
		.maxattr = ARRAY_SIZE(change_policy) - 1,
	},
};

/* Events name owners, drivers and reasons, as the dumps do. */
static const struct genl_multicast_group groups[] = {
	{ .name = SRIOV_MBOX_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

static struct genl_family family __ro_after_init = {
	.name = SRIOV_MBOX_FAMILY_NAME,
	.version = SRIOV_MBOX_FAMILY_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = SRIOV_MBOX_CMD_MAX + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

static int put_told_vf(struct sk_buff *skb, const struct vmbox_told *told)
{
	if ((told->has_index && nla_put_u32(skb, SRIOV_MBOX_A_VF_INDEX, told->index)) ||
	    (told->vf && nla_put_string(skb, SRIOV_MBOX_A_VF, pci_name(told->vf))) ||
	    (told->driver && nla_put_string(skb, SRIOV_MBOX_A_DRIVER, told->driver)) ||
	    (told->has_state && nla_put_u32(skb, SRIOV_MBOX_A_STATE, told->state)))
		return -EMSGSIZE;
	return 0;
}

static int put_told(struct sk_buff *skb, const struct vmbox_told *told)
{
	const struct vmbox_change *change = told->change;

	if (nla_put_u32(skb, SRIOV_MBOX_A_EVENT, told->event) ||
	    nla_put_string(skb, SRIOV_MBOX_A_PF, pci_name(told->pf)) ||
	    put_told_vf(skb, told))
		return -EMSGSIZE;
	if (change &&
	    (nla_put_u64_64bit(skb, SRIOV_MBOX_A_CHANGE, change->number, SRIOV_MBOX_A_PAD) ||
	     nla_put_u32(skb, SRIOV_MBOX_A_OP, change->op)))
		return -EMSGSIZE;
	if ((told->has_num && nla_put_u32(skb, SRIOV_MBOX_A_NUM, told->num)) ||
	    (told->has_result && nla_put_s32(skb, SRIOV_MBOX_A_RESULT, told->result)) ||
	    (told->reason && nla_put_string(skb, SRIOV_MBOX_A_REASON, told->reason)))
		return -EMSGSIZE;
	return 0;
}

void vmbox_netlink_tell(const struct vmbox_told *told)
{
	struct sk_buff *skb;
	void *header;

	if (!genl_has_listeners(&family, &init_net, 0))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &family, 0, SRIOV_MBOX_CMD_EVENT);
	if (WARN_ON_ONCE(!header || put_told(skb, told))) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&family, skb, 0, 0, GFP_KERNEL);
}

int vmbox_netlink_init(void)
{
	return genl_register_family(&family);
}

void vmbox_netlink_exit(void)
{
	genl_unregister_family(&family);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family riptides: registration, settings, common parts
 *
 * Messages and their policies are generated from
 * Documentation/netlink/specs/riptides.yaml.
 */
#include <linux/init.h>
#include <linux/ktime.h>

#include "netlink.h"
#include "resume.h"

/**
 * rpt_nl_need() - an attribute that a request cannot do without
 * @info: request
 * @type: of the attribute
 * @what: what to call it when it is missing
 *
 * Context: Process context.
 * Return: the attribute, or NULL with the reason told.
 */
struct nlattr *rpt_nl_need(struct genl_info *info, int type, const char *what)
{
	struct nlattr *attr = info->attrs[type];

	if (!attr) {
		GENL_SET_ERR_MSG_FMT(info, "%s is missing", what);
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, type);
	}
	return attr;
}

/**
 * rpt_nl_count() - count attributes of one type
 * @info: request
 * @type: of the attributes
 *
 * Context: Process context.
 * Return: how many the request has.
 */
unsigned int rpt_nl_count(const struct genl_info *info, int type)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem;

	rpt_nl_for_each(attr, info, type, rem)
		n++;
	return n;
}

/**
 * rpt_nl_reply() - end and send an answer
 * @skb: answer; consumed
 * @hdr: its header
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int rpt_nl_reply(struct sk_buff *skb, void *hdr, struct genl_info *info)
{
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/**
 * riptides_nl_wipe() - leave no private key behind in a request
 * @ops: operation
 * @skb: request
 * @info: request
 *
 * Runs after the operation, however it ended, and before its acknowledgment,
 * which may quote the request.
 *
 * Context: Process context.
 */
void riptides_nl_wipe(const struct genl_split_ops *ops, struct sk_buff *skb,
		      struct genl_info *info)
{
	struct nlattr *attr;
	int rem;

	rpt_nl_for_each(attr, info, RIPTIDES_A_IDENTITY_PRIVATE_KEY, rem)
		memzero_explicit(nla_data(attr), nla_len(attr));
}

/**
 * riptides_nl_settings_get_doit() - tell the settings
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_settings_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct rpt_net *rn = rpt_net(genl_info_net(info));
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = __genlmsg_iput(msg, info, 0);
	if (!hdr ||
	    nla_put_u32(msg, RIPTIDES_A_SETTINGS_DEADLINE_MS,
			READ_ONCE(rn->deadline_ms)) ||
	    nla_put_u32(msg, RIPTIDES_A_SETTINGS_MAX_HANDSHAKES,
			READ_ONCE(rn->max_handshakes)) ||
	    nla_put_u32(msg, RIPTIDES_A_SETTINGS_MAX_LISTENER_HANDSHAKES,
			READ_ONCE(rn->max_listener_handshakes)) ||
	    nla_put_u8(msg, RIPTIDES_A_SETTINGS_EGRESS,
		       !READ_ONCE(rn->ignored[RIPTIDES_DIRECTION_EGRESS])) ||
	    nla_put_u8(msg, RIPTIDES_A_SETTINGS_INGRESS,
		       !READ_ONCE(rn->ignored[RIPTIDES_DIRECTION_INGRESS])) ||
	    nla_put_u32(msg, RIPTIDES_A_SETTINGS_RESUMPTION,
			READ_ONCE(rn->resumption)) ||
	    nla_put_u32(msg, RIPTIDES_A_SETTINGS_TICKET_LIFETIME,
			READ_ONCE(rn->ticket_lifetime))) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return rpt_nl_reply(msg, hdr, info);
}

static void set_u32(u32 *setting, const struct nlattr *attr)
{
	if (attr)
		WRITE_ONCE(*setting, nla_get_u32(attr));
}

static void set_switch(bool *ignored, const struct nlattr *attr)
{
	if (attr)
		WRITE_ONCE(*ignored, !nla_get_u8(attr));
}

/**
 * riptides_nl_settings_set_doit() - change settings
 * @skb: request
 * @info: request
 *
 * The policy has checked the values.
 *
 * Context: Process context.
 * Return: 0, -EINVAL if there is nothing to change.
 */
int riptides_nl_settings_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *deadline = info->attrs[RIPTIDES_A_SETTINGS_DEADLINE_MS];
	struct nlattr *all = info->attrs[RIPTIDES_A_SETTINGS_MAX_HANDSHAKES];
	struct nlattr *egress = info->attrs[RIPTIDES_A_SETTINGS_EGRESS];
	struct nlattr *ingress = info->attrs[RIPTIDES_A_SETTINGS_INGRESS];
	struct nlattr *resume = info->attrs[RIPTIDES_A_SETTINGS_RESUMPTION];
	struct nlattr *life = info->attrs[RIPTIDES_A_SETTINGS_TICKET_LIFETIME];
	struct nlattr *listener;
	struct rpt_net *rn = rpt_net(genl_info_net(info));

	listener = info->attrs[RIPTIDES_A_SETTINGS_MAX_LISTENER_HANDSHAKES];
	if (!deadline && !all && !listener && !egress && !ingress && !resume &&
	    !life) {
		GENL_SET_ERR_MSG(info, "no setting is given");
		return -EINVAL;
	}
	mutex_lock(&rn->lock);
	set_u32(&rn->deadline_ms, deadline);
	set_u32(&rn->max_handshakes, all);
	set_u32(&rn->max_listener_handshakes, listener);
	set_switch(&rn->ignored[RIPTIDES_DIRECTION_EGRESS], egress);
	set_switch(&rn->ignored[RIPTIDES_DIRECTION_INGRESS], ingress);
	set_u32(&rn->resumption, resume);
	set_u32(&rn->ticket_lifetime, life);
	if (life)
		rpt_resume_shorten(rn, ktime_to_ms(ktime_get_boottime()));
	if (rn->resumption == RIPTIDES_RESUMPTION_NONE)
		rpt_resume_forget(rn);
	mutex_unlock(&rn->lock);
	return 0;
}

/* As generated, but for the flags, which the specification cannot ask for */
static const struct genl_multicast_group mcgrps[] = {
	[RIPTIDES_NLGRP_EVENTS] = {
		.name	= RIPTIDES_MCGRP_EVENTS,
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
};

/**
 * rpt_netlink_init() - register the family
 *
 * Context: Process context, at boot.
 * Return: 0 or a negative errno.
 */
int __init rpt_netlink_init(void)
{
	int err;

	WARN_ON(riptides_nl_family.n_mcgrps != ARRAY_SIZE(mcgrps));
	riptides_nl_family.mcgrps = mcgrps;
	rpt_nl_stage_setup(&riptides_nl_family);
	err = genl_register_family(&riptides_nl_family);
	if (!err)
		rpt_nl_notify_setup();
	return err;
}

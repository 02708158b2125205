// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family riptides: policy
 */
#include "netlink.h"
#include "policy.h"

static int not_yet(struct genl_info *info)
{
	GENL_SET_ERR_MSG(info, "rules are not supported");
	return -EOPNOTSUPP;
}

int riptides_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return not_yet(info);
}

int riptides_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return 0;
}

int riptides_nl_rule_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return not_yet(info);
}

int riptides_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return not_yet(info);
}

int riptides_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return not_yet(info);
}

int riptides_nl_policy_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	return not_yet(info);
}

int riptides_nl_policy_discard_doit(struct sk_buff *skb, struct genl_info *info)
{
	return not_yet(info);
}

int riptides_nl_explain_doit(struct sk_buff *skb, struct genl_info *info)
{
	return not_yet(info);
}

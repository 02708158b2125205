/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/riptides.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: tools/net/ynl/ynl-regen.sh */

#ifndef _LINUX_RIPTIDES_GEN_H
#define _LINUX_RIPTIDES_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/riptides_netlink.h>

/* Common nested types */
extern const struct nla_policy riptides_ports_nl_policy[RIPTIDES_A_PORTS_LAST + 1];
extern const struct nla_policy riptides_prefix_nl_policy[RIPTIDES_A_PREFIX_LENGTH + 1];
extern const struct nla_policy riptides_revocation_nl_policy[RIPTIDES_A_REVOCATION_SERIAL + 1];
extern const struct nla_policy riptides_selector_nl_policy[RIPTIDES_A_SELECTOR_CGROUP + 1];

void
riptides_nl_wipe(const struct genl_split_ops *ops, struct sk_buff *skb,
		 struct genl_info *info);
int riptides_nl_connection_start(struct netlink_callback *cb);

int riptides_nl_bundle_get_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_bundle_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int riptides_nl_bundle_new_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_bundle_set_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_bundle_del_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_anchor_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int riptides_nl_revocation_get_dumpit(struct sk_buff *skb,
				      struct netlink_callback *cb);
int riptides_nl_identity_get_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_identity_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb);
int riptides_nl_identity_new_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_identity_del_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_csr_get_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_cert_set_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_settings_get_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_settings_set_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_rule_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int riptides_nl_rule_new_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_policy_commit_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_policy_discard_doit(struct sk_buff *skb,
				    struct genl_info *info);
int riptides_nl_explain_doit(struct sk_buff *skb, struct genl_info *info);
int riptides_nl_connection_get_dumpit(struct sk_buff *skb,
				      struct netlink_callback *cb);
int riptides_nl_connection_del_doit(struct sk_buff *skb,
				    struct genl_info *info);

enum {
	RIPTIDES_NLGRP_EVENTS,
};

extern struct genl_family riptides_nl_family;

#endif /* _LINUX_RIPTIDES_GEN_H */

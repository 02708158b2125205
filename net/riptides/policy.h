/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policy: which rule does a connection come under?
 *
 * The rules of a network namespace are compiled into one object that never
 * changes; RCU publishes it, and to change a rule is to build another one. A
 * look-up costs the same whether there are a few rules or a hundred thousand.
 *
 * Of the rules that match, that with the lowest priority number is taken; of
 * those with the same number the one with the longer prefix, then that with
 * fewer ports, then that which asks for more attributes, then that which came
 * first.
 */
#ifndef _RPT_POLICY_H
#define _RPT_POLICY_H

#include <linux/in6.h>
#include <linux/types.h>

#include "attest.h"
#include "rule.h"

struct net;
struct netlink_ext_ack;
struct rpt_net;
struct rpt_rules;

/**
 * struct rpt_flow - a connection that is to be
 * @direction: enum riptides_direction
 * @addr: address, IPv4 as mapped into IPv6: the peer's for egress, our own for
 *	ingress
 * @port: port of the same end
 * @who: the task that connects or listens; NULL if nothing is known of it
 * @acceptor: the task that accepts, once one does; else NULL
 */
struct rpt_flow {
	u8 direction;
	struct in6_addr addr;
	__be16 port;
	const struct rpt_subject *who;
	const struct rpt_subject *acceptor;
};

int rpt_policy_add(struct rpt_net *rn, struct rpt_rule *rule,
		   struct netlink_ext_ack *extack);
int rpt_policy_del(struct rpt_net *rn, const char *name, struct netlink_ext_ack *extack);
int rpt_policy_commit(struct rpt_net *rn, const struct rpt_rules *rules,
		      struct netlink_ext_ack *extack);
const struct rpt_rules *rpt_policy_rules(const struct rpt_net *rn);
void rpt_policy_exit(struct rpt_net *rn);

struct rpt_rule *rpt_policy_lookup(struct rpt_net *rn, const struct rpt_flow *flow);
struct rpt_rule *rpt_policy_explain(struct rpt_net *rn, const struct rpt_flow *flow,
				    char *text, size_t size);
struct rpt_rule *rpt_policy_match(struct net *net, const struct rpt_flow *flow);
struct rpt_rule *rpt_policy_match_current(struct net *net, struct rpt_flow *flow);
unsigned int rpt_policy_needs(struct net *net, u8 direction);

#endif /* _RPT_POLICY_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections: which sockets of a network namespace are ours
 */
#ifndef _RPT_CONN_H
#define _RPT_CONN_H

#include <linux/init.h>
#include <linux/types.h>

struct net;
struct rpt_flow;
struct rpt_rule;
struct rpt_sock;
struct sock;

void rpt_conn_add(struct rpt_sock *rs);
void rpt_conn_del(struct rpt_sock *rs);
struct rpt_sock *rpt_conn_next(const struct net *net, u64 id);
void rpt_conn_failed(const struct rpt_sock *rs);
void rpt_conn_denied(const struct sock *sk, const struct rpt_flow *flow,
		     const struct rpt_rule *rule, int err);
void rpt_conn_ended(const struct rpt_sock *rs, int err);
int rpt_conn_init(void) __init;

#endif /* _RPT_CONN_H */

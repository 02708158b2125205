/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transparent attachment: what both directions have in common
 */
#ifndef _RPT_ATTACH_H
#define _RPT_ATTACH_H

#include <linux/err.h>
#include <net/inet_connection_sock.h>

#include "rule.h"
#include "sock.h"

struct rpt_flow;

static inline bool rpt_attach_is_ours(const struct sock *sk)
{
	return inet_csk(sk)->icsk_ulp_ops == &rpt_ulp_ops;
}

/* A rule that we have nothing to do for, or none. */
static inline bool rpt_rule_is_idle(const struct rpt_rule *rule)
{
	return !rule || (!IS_ERR(rule) &&
			 rule->mode == RIPTIDES_RULE_MODE_PLAINTEXT);
}

static inline bool rpt_rule_is_denial(const struct rpt_rule *rule)
{
	return IS_ERR(rule) || rule->mode == RIPTIDES_RULE_MODE_DENY ||
	       rule->mode == RIPTIDES_RULE_MODE_PASSTHROUGH;
}

int rpt_attach_deny(const struct sock *sk, const struct rpt_flow *flow,
		    struct rpt_rule *rule, int err);
struct rpt_rule *rpt_attach_match_current(const struct sock *sk,
					  struct rpt_flow *flow);
void rpt_attach_set_opts(struct rpt_sock *rs, struct rpt_opts *opts);

#endif /* _RPT_ATTACH_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink: connections
 *
 * A connection is not stopped to be looked at: it may have ended when its row
 * is read. Rows come in the order in which connections began, so that a dump
 * goes on where it was.
 */

#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "conn.h"
#include "netlink.h"
#include "rule.h"
#include "sock.h"
#include "svid.h"

static u32 conn_mode(const struct rpt_sock *rs, const struct rpt_opts *opts)
{
	if (rs->state == RPT_SOCK_CLEAR)
		return RIPTIDES_CONNECTION_MODE_PERMISSIVE_PLAINTEXT;
	return opts && opts->mode == RIPTIDES_MODE_SIMPLE ?
		RIPTIDES_CONNECTION_MODE_SIMPLE : RIPTIDES_CONNECTION_MODE_MUTUAL;
}

static u32 conn_state(const struct rpt_sock *rs)
{
	switch (rs->state) {
	case RPT_SOCK_WAIT:
		return RIPTIDES_CONNECTION_STATE_WAITING;
	case RPT_SOCK_CLEAR:
		return RIPTIDES_CONNECTION_STATE_CLEAR;
	}
	/* these two have the same numbers */
	return rpt_info_state(rs);
}

static u32 conn_role(const struct rpt_sock *rs)
{
	if (rs->state == RPT_SOCK_IDLE)
		return RIPTIDES_CONNECTION_ROLE_NONE;
	return rs->server ? RIPTIDES_CONNECTION_ROLE_SERVER :
			    RIPTIDES_CONNECTION_ROLE_CLIENT;
}

static int put_v4(struct sk_buff *skb, int type, __be32 addr)
{
	return nla_put(skb, type, sizeof(addr), &addr);
}

static int put_addresses(struct sk_buff *skb, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	if (nla_put_u16(skb, RIPTIDES_A_CONNECTION_LOCAL_PORT,
			ntohs(inet->inet_sport)) ||
	    nla_put_u16(skb, RIPTIDES_A_CONNECTION_PEER_PORT,
			ntohs(inet->inet_dport)))
		return -EMSGSIZE;
#if IS_ENABLED(CONFIG_IPV6)
	if (rpt_is_v6(sk) && !ipv6_addr_v4mapped(&sk->sk_v6_daddr))
		return nla_put(skb, RIPTIDES_A_CONNECTION_LOCAL_ADDRESS,
			       sizeof(struct in6_addr), &inet6_sk(sk)->saddr) ?:
		       nla_put(skb, RIPTIDES_A_CONNECTION_PEER_ADDRESS,
			       sizeof(struct in6_addr), &sk->sk_v6_daddr);
#endif
	return put_v4(skb, RIPTIDES_A_CONNECTION_LOCAL_ADDRESS,
		      inet->inet_saddr) ?:
	       put_v4(skb, RIPTIDES_A_CONNECTION_PEER_ADDRESS,
		      inet->inet_daddr);
}

static int put_session(struct sk_buff *skb, const struct rpt_sock *rs)
{
	const struct rpt_session *s = rs->session;

	if (!s)
		return 0;
	if (nla_put_u32(skb, RIPTIDES_A_CONNECTION_VERSION, s->version) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_SUITE, s->suite->id) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_GROUP, s->group) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_TX_REKEYS, s->tx_updates) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_RX_REKEYS, s->rx_updates))
		return -EMSGSIZE;
	if (s->alpn_len &&
	    nla_put(skb, RIPTIDES_A_CONNECTION_ALPN, s->alpn_len, s->alpn))
		return -EMSGSIZE;
	if (s->own_sig && rs->svid &&
	    nla_put_string(skb, RIPTIDES_A_CONNECTION_OWN_ID,
			   rs->svid->spiffe_id))
		return -EMSGSIZE;
	return 0;
}

static int put_alert(struct sk_buff *skb, const struct rpt_sock *rs)
{
	s16 alert = rs->alert_received >= 0 ? rs->alert_received :
					      rs->alert_sent;

	if (rs->err &&
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_ERROR, rs->err))
		return -EMSGSIZE;
	return alert < 0 ? 0 : nla_put_u8(skb, RIPTIDES_A_CONNECTION_ALERT,
					  alert);
}

static int put_conn(struct sk_buff *skb, const struct rpt_sock *rs,
		    const struct rpt_opts *opts, struct user_namespace *ns)
{
	const struct sock *sk = rs->sk;
	const struct tcp_sock *tp = tcp_sk(sk);
	s64 age = ktime_ms_delta(ktime_get(), rs->created);

	if (nla_put_uint(skb, RIPTIDES_A_CONNECTION_ID, rs->id) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_STATE, conn_state(rs)) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_MODE, conn_mode(rs, opts)) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_ROLE, conn_role(rs)) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_TX_DATAPATH, rs->datapath) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_RX_DATAPATH, rs->datapath) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_AGE_MS, age) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_TX_BYTES,
			 tp->bytes_acked) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_RX_BYTES,
			 tp->bytes_received) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_UID,
			from_kuid_munged(ns, sk_uid(sk))))
		return -EMSGSIZE;
	if (rs->peer &&
	    nla_put_string(skb, RIPTIDES_A_CONNECTION_PEER_ID, rs->peer->id))
		return -EMSGSIZE;
	if (opts && opts->rule &&
	    nla_put_string(skb, RIPTIDES_A_CONNECTION_RULE, opts->rule->name))
		return -EMSGSIZE;
	return put_addresses(skb, sk) ?: put_session(skb, rs) ?:
	       put_alert(skb, rs);
}

/* -EMSGSIZE: no room for this one. */
static int dump_conn(struct sk_buff *skb, struct netlink_callback *cb,
		     struct rpt_sock *rs)
{
	struct sock *sk = rs->sk;
	struct rpt_opts *opts;
	void *hdr;
	bool spin;
	int err;

	if (inet_sk_state_load(sk) == TCP_LISTEN)
		return 0;
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &riptides_nl_family, NLM_F_MULTI,
			  RIPTIDES_CMD_CONNECTION_GET);
	if (!hdr)
		return -EMSGSIZE;
	opts = rpt_opts_get(rs);
	while (!rpt_sock_lock(sk, &spin))
		cond_resched();
	err = put_conn(skb, rs, opts, sk_user_ns(NETLINK_CB(cb->skb).sk));
	rpt_sock_unlock(sk, spin);
	rpt_opts_put(opts);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

/**
 * riptides_nl_connection_get_dumpit() - tell about all connections
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context.
 * Return: length of the answer, 0 at the end, or a negative errno.
 */
int riptides_nl_connection_get_dumpit(struct sk_buff *skb,
				      struct netlink_callback *cb)
{
	const struct net *net = sock_net(skb->sk);
	u64 *next = (u64 *)cb->ctx;
	struct rpt_sock *rs;
	int err = 0;

	while ((rs = rpt_conn_next(net, *next))) {
		u64 id = rs->id;

		err = dump_conn(skb, cb, rs);
		rpt_sock_put(rs);
		if (err)
			break;
		*next = id + 1;
		cond_resched();
	}
	return skb->len ?: err;
}

/**
 * riptides_nl_connection_del_doit() - end a connection
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0; -EINVAL; -ENOENT.
 */
int riptides_nl_connection_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct net *net = genl_info_net(info);
	struct rpt_sock *rs;
	struct nlattr *attr;
	u64 id;

	attr = rpt_nl_need(info, RIPTIDES_A_CONNECTION_ID,
			   "the number of the connection");
	if (!attr)
		return -EINVAL;
	id = nla_get_uint(attr);
	rs = rpt_conn_next(net, id);
	if (rs && (rs->id != id ||
		   inet_sk_state_load(rs->sk) == TCP_LISTEN)) {
		rpt_sock_put(rs);
		rs = NULL;
	}
	if (!rs) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "there is no such connection (any more)");
		return -ENOENT;
	}
	rpt_pump_kill(rs, ECONNABORTED);
	rpt_sock_put(rs);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink: connections
 *
 * Rows come in the order in which connections began, so that a dump goes on
 * where it was.
 */

#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "conn.h"
#include "conn_row.h"
#include "netlink.h"
#include "sock.h"
#include "suite.h"

static int put_address(struct sk_buff *skb, int type, const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return nla_put_in_addr(skb, type, addr->s6_addr32[3]);
	return nla_put_in6_addr(skb, type, addr);
}

static int put_addresses(struct sk_buff *skb, const struct rpt_conn_row *row)
{
	if (nla_put_u16(skb, RIPTIDES_A_CONNECTION_LOCAL_PORT, row->local_port) ||
	    nla_put_u16(skb, RIPTIDES_A_CONNECTION_PEER_PORT, row->peer_port))
		return -EMSGSIZE;
	return put_address(skb, RIPTIDES_A_CONNECTION_LOCAL_ADDRESS, &row->local) ?:
	       put_address(skb, RIPTIDES_A_CONNECTION_PEER_ADDRESS, &row->peer);
}

static int put_session(struct sk_buff *skb, const struct rpt_conn_row *row)
{
	if (!row->suite)
		return 0;
	if (nla_put_u32(skb, RIPTIDES_A_CONNECTION_VERSION, row->version) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_SUITE, row->suite->id) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_GROUP, row->group) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_TX_REKEYS, row->tx_rekeys) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_RX_REKEYS, row->rx_rekeys))
		return -EMSGSIZE;
	if (row->resumed && nla_put_flag(skb, RIPTIDES_A_CONNECTION_RESUMED))
		return -EMSGSIZE;
	if (!row->alpn_len)
		return 0;
	return nla_put(skb, RIPTIDES_A_CONNECTION_ALPN, row->alpn_len, row->alpn);
}

static int put_names(struct sk_buff *skb, const struct rpt_conn_row *row)
{
	if ((row->own_id &&
	     nla_put_string(skb, RIPTIDES_A_CONNECTION_OWN_ID, row->own_id)) ||
	    (row->peer_id &&
	     nla_put_string(skb, RIPTIDES_A_CONNECTION_PEER_ID, row->peer_id)) ||
	    (row->rule &&
	     nla_put_string(skb, RIPTIDES_A_CONNECTION_RULE, row->rule)))
		return -EMSGSIZE;
	return 0;
}

static int put_end(struct sk_buff *skb, const struct rpt_conn_row *row)
{
	if (row->err &&
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_ERROR, row->err))
		return -EMSGSIZE;
	return row->alert < 0 ? 0 : nla_put_u8(skb, RIPTIDES_A_CONNECTION_ALERT,
					       row->alert);
}

static int put_conn(struct sk_buff *skb, const struct rpt_conn_row *row,
		    struct user_namespace *ns)
{
	if (nla_put_uint(skb, RIPTIDES_A_CONNECTION_ID, row->id) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_STATE, row->state) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_MODE, row->mode) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_ROLE, row->role) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_TX_DATAPATH, row->tx_datapath) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_RX_DATAPATH, row->rx_datapath) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_AGE_MS, row->age_ms) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_TX_BYTES, row->tx_bytes) ||
	    nla_put_uint(skb, RIPTIDES_A_CONNECTION_RX_BYTES, row->rx_bytes) ||
	    nla_put_u32(skb, RIPTIDES_A_CONNECTION_UID,
			from_kuid_munged(ns, row->uid)))
		return -EMSGSIZE;
	return put_names(skb, row) ?: put_addresses(skb, row) ?:
	       put_session(skb, row) ?: put_end(skb, row);
}

/* -EMSGSIZE: no room for this one. */
static int dump_conn(struct sk_buff *skb, struct netlink_callback *cb,
		     struct rpt_sock *rs)
{
	struct rpt_conn_row row;
	void *hdr;
	int err;

	if (!rpt_conn_row_get(rs, &row))
		return 0;
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &riptides_nl_family, NLM_F_MULTI,
			  RIPTIDES_CMD_CONNECTION_GET);
	err = hdr ? put_conn(skb, &row, sk_user_ns(NETLINK_CB(cb->skb).sk)) :
		    -EMSGSIZE;
	if (!err)
		genlmsg_end(skb, hdr);
	else if (hdr)
		genlmsg_cancel(skb, hdr);
	rpt_conn_row_put(&row);
	return err;
}

/**
 * riptides_nl_connection_start() - before connections are told about
 * @cb: dump
 *
 * A row has two names, which are longer than what a dump has room for.
 *
 * Context: Process context.
 * Return: 0.
 */
int riptides_nl_connection_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = 2 * RIPTIDES_SPIFFE_ID_MAX + 1024;
	return 0;
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
 * Return: 0; -EINVAL; -ENOENT; -EBUSY.
 */
int riptides_nl_connection_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct net *net = genl_info_net(info);
	struct rpt_sock *rs;
	struct nlattr *attr;
	u64 id;
	int err;

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
	err = rpt_pump_kill(rs, ECONNABORTED);
	if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "its owner is busy with it: try again");
	rpt_sock_put(rs);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told about a connection, by netlink and in /proc
 *
 * Nothing waits for the owner of a socket, who may sleep with it locked for as long
 * as he likes: what asks would sleep, too, with locks of netlink held that all the
 * system needs. Numbers are read as they are at the moment; names are kept by
 * references. A connection may have ended when its row is read.
 */

#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "conn_row.h"
#include "rule.h"
#include "sock.h"
#include "svid.h"

static u32 row_mode(const struct rpt_sock *rs, const struct rpt_opts *opts)
{
	if (READ_ONCE(rs->state) == RPT_SOCK_CLEAR)
		return RIPTIDES_CONNECTION_MODE_PERMISSIVE_PLAINTEXT;
	return opts && opts->mode == RIPTIDES_MODE_SIMPLE ?
		RIPTIDES_CONNECTION_MODE_SIMPLE : RIPTIDES_CONNECTION_MODE_MUTUAL;
}

static u32 row_state(const struct rpt_sock *rs)
{
	switch (READ_ONCE(rs->state)) {
	case RPT_SOCK_WAIT:
		return RIPTIDES_CONNECTION_STATE_WAITING;
	case RPT_SOCK_CLEAR:
		return RIPTIDES_CONNECTION_STATE_CLEAR;
	}
	/* these two have the same numbers */
	return rpt_info_state(rs);
}

static u32 row_role(const struct rpt_sock *rs)
{
	if (READ_ONCE(rs->state) == RPT_SOCK_IDLE)
		return RIPTIDES_CONNECTION_ROLE_NONE;
	return rs->server ? RIPTIDES_CONNECTION_ROLE_SERVER :
			    RIPTIDES_CONNECTION_ROLE_CLIENT;
}

static void row_addresses(struct rpt_conn_row *row, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	row->local_port = ntohs(inet->inet_sport);
	row->peer_port = ntohs(inet->inet_dport);
#if IS_ENABLED(CONFIG_IPV6)
	if (rpt_is_v6(sk) && !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		row->local = inet6_sk(sk)->saddr;
		row->peer = sk->sk_v6_daddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(inet->inet_saddr, &row->local);
	ipv6_addr_set_v4mapped(inet->inet_daddr, &row->peer);
}

static void row_session(struct rpt_conn_row *row, const struct rpt_session *s)
{
	row->version = s->version;
	row->suite = s->suite;
	row->group = s->group;
	row->resumed = s->resumed;
	row->tx_rekeys = READ_ONCE(s->tx_updates);
	row->rx_rekeys = READ_ONCE(s->rx_updates);
	row->alpn_len = s->alpn_len;
	memcpy(row->alpn, s->alpn, s->alpn_len);
}

/* Of a session only what changes no more, and two counters */
static void row_names(struct rpt_conn_row *row, struct rpt_sock *rs)
{
	spin_lock_bh(&rs->names);
	if (rs->session)
		row_session(row, rs->session);
	if (rs->session && rs->session->own_proven && rs->svid) {
		refcount_inc(&rs->svid->ref);
		row->svid = rs->svid;
		row->own_id = rs->svid->spiffe_id;
	}
	if (rs->peer) {
		refcount_inc(&rs->peer->ref);
		row->who = rs->peer;
		row->peer_id = rs->peer->id;
	}
	spin_unlock_bh(&rs->names);
}

static void row_fill(struct rpt_conn_row *row, struct rpt_sock *rs)
{
	const struct sock *sk = rs->sk;
	const struct tcp_sock *tp = tcp_sk(sk);

	row->id = rs->id;
	row->state = row_state(rs);
	row->mode = row_mode(rs, row->opts);
	row->role = row_role(rs);
	row->tx_datapath = READ_ONCE(rs->datapath);
	row->rx_datapath = row->tx_datapath;
	row->age_ms = ktime_ms_delta(ktime_get(), rs->created);
	row->tx_bytes = READ_ONCE(tp->bytes_acked);
	row->rx_bytes = READ_ONCE(tp->bytes_received);
	row->err = READ_ONCE(rs->err);
	row->alert = READ_ONCE(rs->alert_received);
	if (row->alert < 0)
		row->alert = READ_ONCE(rs->alert_sent);
	row->uid = sk_uid(sk);
	row_addresses(row, sk);
	row_names(row, rs);
}

/**
 * rpt_conn_row_get() - look at a connection
 * @rs: its state, held
 * @row: out
 *
 * Context: Process context.
 * Return: false if it is none, but a listener; else rpt_conn_row_put() has to
 * follow.
 */
bool rpt_conn_row_get(struct rpt_sock *rs, struct rpt_conn_row *row)
{
	if (inet_sk_state_load(rs->sk) == TCP_LISTEN)
		return false;
	memset(row, 0, sizeof(*row));
	row->opts = rpt_opts_get(rs);
	if (row->opts && row->opts->rule)
		row->rule = row->opts->rule->name;
	row_fill(row, rs);
	return true;
}

/**
 * rpt_conn_row_put() - let go of what a row points to
 * @row: the row
 *
 * Context: Process context.
 */
void rpt_conn_row_put(struct rpt_conn_row *row)
{
	rpt_svid_put(row->svid);
	rpt_peer_put(row->who);
	rpt_opts_put(row->opts);
}

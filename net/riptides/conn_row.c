// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told about a connection, by netlink and in /proc
 *
 * The socket is locked for as long as it takes to copy a few numbers, and never
 * while something is made of them. A connection may have ended when its row is
 * read.
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
	if (rs->state == RPT_SOCK_CLEAR)
		return RIPTIDES_CONNECTION_MODE_PERMISSIVE_PLAINTEXT;
	return opts && opts->mode == RIPTIDES_MODE_SIMPLE ?
		RIPTIDES_CONNECTION_MODE_SIMPLE : RIPTIDES_CONNECTION_MODE_MUTUAL;
}

static u32 row_state(const struct rpt_sock *rs)
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

static u32 row_role(const struct rpt_sock *rs)
{
	if (rs->state == RPT_SOCK_IDLE)
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

static void row_session(struct rpt_conn_row *row, struct rpt_sock *rs)
{
	const struct rpt_session *s = rs->session;

	if (!s)
		return;
	row->version = s->version;
	row->suite = s->suite;
	row->group = s->group;
	row->resumed = s->resumed;
	row->tx_rekeys = s->tx_updates;
	row->rx_rekeys = s->rx_updates;
	row->alpn_len = s->alpn_len;
	memcpy(row->alpn, s->alpn, s->alpn_len);
	if (s->own_proven && rs->svid) {
		refcount_inc(&rs->svid->ref);
		row->svid = rs->svid;
		row->own_id = rs->svid->spiffe_id;
	}
}

static void row_fill(struct rpt_conn_row *row, struct rpt_sock *rs)
{
	const struct sock *sk = rs->sk;
	const struct tcp_sock *tp = tcp_sk(sk);

	row->id = rs->id;
	row->state = row_state(rs);
	row->mode = row_mode(rs, row->opts);
	row->role = row_role(rs);
	row->tx_datapath = rs->datapath;
	row->rx_datapath = rs->datapath;
	row->age_ms = ktime_ms_delta(ktime_get(), rs->created);
	row->tx_bytes = tp->bytes_acked;
	row->rx_bytes = tp->bytes_received;
	row->err = rs->err;
	row->alert = rs->alert_received >= 0 ? rs->alert_received :
					       rs->alert_sent;
	row->uid = sk_uid(sk);
	if (rs->peer) {
		refcount_inc(&rs->peer->ref);
		row->who = rs->peer;
		row->peer_id = rs->peer->id;
	}
	row_addresses(row, sk);
	row_session(row, rs);
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
	struct sock *sk = rs->sk;
	bool spin;

	if (inet_sk_state_load(sk) == TCP_LISTEN)
		return false;
	memset(row, 0, sizeof(*row));
	row->opts = rpt_opts_get(rs);
	if (row->opts && row->opts->rule)
		row->rule = row->opts->rule->name;
	while (!rpt_sock_lock(sk, &spin))
		cond_resched();
	row_fill(row, rs);
	rpt_sock_unlock(sk, spin);
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a socket tells about itself: RIPTIDES_INFO and 'ss -ti'
 */

#include <linux/inet_diag.h>
#include <net/netlink.h>
#include <net/tcp.h>

#include "rule.h"
#include "sock.h"
#include "svid.h"

/**
 * rpt_info_state() - a socket's state as others know it
 * @rs: the state
 *
 * Context: Any context.
 * Return: enum riptides_state.
 */
u8 rpt_info_state(const struct rpt_sock *rs)
{
	switch (READ_ONCE(rs->state)) {
	case RPT_SOCK_IDLE:
		return RIPTIDES_STATE_IDLE;
	case RPT_SOCK_WAIT:
	case RPT_SOCK_HANDSHAKE:
		return RIPTIDES_STATE_HANDSHAKE;
	case RPT_SOCK_FAILED:
		return RIPTIDES_STATE_FAILED;
	case RPT_SOCK_CLEAR:
		return RIPTIDES_STATE_CLEAR;
	}
	return RIPTIDES_STATE_OPEN;
}

static u8 info_role(const struct rpt_sock *rs, const struct rpt_opts *opts)
{
	if (rs->state == RPT_SOCK_IDLE)
		return opts ? opts->role : RIPTIDES_ROLE_NONE;
	return rs->server ? RIPTIDES_ROLE_SERVER : RIPTIDES_ROLE_CLIENT;
}

static u32 info_flags(const struct rpt_sock *rs)
{
	const struct rpt_session *s = rs->session;
	u32 flags = 0;

	if (s && s->resumed)
		flags |= RIPTIDES_F_RESUMED;
	if (s && s->retried)
		flags |= RIPTIDES_F_RETRIED;
	if (s && s->peer_cert)
		flags |= RIPTIDES_F_PEER_CERT;
	if (s && s->own_sig)
		flags |= RIPTIDES_F_OWN_CERT;
	if (rs->alert_sent >= 0)
		flags |= RIPTIDES_F_ALERT_SENT;
	if (rs->alert_received >= 0)
		flags |= RIPTIDES_F_ALERT_RECEIVED;
	if (rs->close_sent)
		flags |= RIPTIDES_F_CLOSE_SENT;
	if (rs->close_received)
		flags |= RIPTIDES_F_CLOSE_RECEIVED;
	if (rs->transparent)
		flags |= RIPTIDES_F_TRANSPARENT;
	return flags;
}

/**
 * rpt_info_fill() - what RIPTIDES_INFO answers
 * @rs: the state
 * @info: out: all zero before
 *
 * Context: Socket locked.
 */
void rpt_info_fill(const struct rpt_sock *rs, struct riptides_info *info)
{
	const struct rpt_session *s = rs->session;
	const struct rpt_opts *opts;

	rcu_read_lock();
	opts = rcu_dereference(rs->opts);
	info->role = info_role(rs, opts);
	info->mode = opts ? opts->mode : RIPTIDES_MODE_MUTUAL;
	if (opts && opts->rule)
		strscpy(info->rule, opts->rule->name);
	rcu_read_unlock();
	info->state = rpt_info_state(rs);
	info->tx_datapath = rs->datapath;
	info->rx_datapath = rs->datapath;
	if (rs->alert_received >= 0)
		info->alert = rs->alert_received;
	else if (rs->alert_sent >= 0)
		info->alert = rs->alert_sent;
	info->flags = info_flags(rs);
	info->error = rs->err;
	info->handshake_us = rs->handshake_us;
	if (s) {
		info->version = s->version;
		info->suite = s->suite->id;
		info->group = s->group;
		info->own_sig = s->own_sig;
		info->peer_sig = s->peer_sig;
		info->tx_rekeys = s->tx_updates;
		info->rx_rekeys = s->rx_updates;
		info->alpn_len = s->alpn_len;
		memcpy(info->alpn, s->alpn, s->alpn_len);
	}
	if (s && s->own_proven && rs->svid) {
		info->own_id_len = rs->svid->spiffe_len;
		memcpy(info->own_id, rs->svid->spiffe_id,
		       rs->svid->spiffe_len);
	}
	if (rs->peer) {
		info->peer_id_len = rs->peer->id_len;
		memcpy(info->peer_id, rs->peer->id, rs->peer->id_len);
	}
}

static int diag_put_rule(struct sk_buff *skb, const struct rpt_sock *rs)
{
	const struct rpt_opts *opts;
	int err = 0;

	rcu_read_lock();
	opts = rcu_dereference(rs->opts);
	if (opts && opts->rule)
		err = nla_put_string(skb, RIPTIDES_DIAG_RULE,
				     opts->rule->name);
	rcu_read_unlock();
	return err;
}

static int diag_put(struct sk_buff *skb, const struct rpt_sock *rs,
		    bool net_admin)
{
	const struct rpt_session *s = rs->session;

	if (nla_put_u8(skb, RIPTIDES_DIAG_STATE, rpt_info_state(rs)) ||
	    nla_put_u8(skb, RIPTIDES_DIAG_ROLE, info_role(rs, NULL)) ||
	    nla_put_u8(skb, RIPTIDES_DIAG_TX, rs->datapath) ||
	    nla_put_u8(skb, RIPTIDES_DIAG_RX, rs->datapath))
		return -EMSGSIZE;
	if (net_admin && diag_put_rule(skb, rs))
		return -EMSGSIZE;
	if (!s)
		return 0;
	if (nla_put_u16(skb, RIPTIDES_DIAG_VERSION, s->version) ||
	    nla_put_u16(skb, RIPTIDES_DIAG_SUITE, s->suite->id) ||
	    nla_put_u16(skb, RIPTIDES_DIAG_GROUP, s->group))
		return -EMSGSIZE;
	if (net_admin && rs->svid && s->own_proven &&
	    nla_put_string(skb, RIPTIDES_DIAG_OWN_ID, rs->svid->spiffe_id))
		return -EMSGSIZE;
	if (net_admin && rs->peer &&
	    nla_put_string(skb, RIPTIDES_DIAG_PEER_ID, rs->peer->id))
		return -EMSGSIZE;
	return 0;
}

/**
 * rpt_diag_info() - what inet_diag tells about a socket
 * @sk: the socket
 * @skb: where to put it
 * @net_admin: the reader may see identities
 *
 * Context: Process context, RCU for a listener, else the socket not locked.
 * Return: 0; -EMSGSIZE no room in @skb.
 */
int rpt_diag_info(struct sock *sk, struct sk_buff *skb, bool net_admin)
{
	struct nlattr *nest;
	struct rpt_sock *rs;
	int err = 0;
	bool slow;

	nest = nla_nest_start_noflag(skb, INET_ULP_INFO_RIPTIDES);
	if (!nest)
		return -EMSGSIZE;
	if (inet_sk_state_load(sk) == TCP_LISTEN) {
		/* a bucket of the listeners is locked; they never have kTLS */
		rs = rpt_sock_of(sk);
		if (rs)
			err = diag_put(skb, rs, net_admin);
	} else {
		/* as tcp_get_info(), which ran before us */
		slow = lock_sock_fast(sk);
		rs = rpt_sock_of(sk);
		if (rs)
			err = diag_put(skb, rs, net_admin);
		unlock_sock_fast(sk, slow);
	}
	if (err)
		nla_nest_cancel(skb, nest);
	else
		nla_nest_end(skb, nest);
	return err;
}

/**
 * rpt_diag_info_size() - room that rpt_diag_info() may need
 * @sk: the socket
 * @net_admin: the reader may see identities
 *
 * Context: As rpt_diag_info().
 * Return: bytes.
 */
size_t rpt_diag_info_size(const struct sock *sk, bool net_admin)
{
	size_t size = nla_total_size(0) + 4 * nla_total_size(sizeof(u8)) +
		      3 * nla_total_size(sizeof(u16));

	if (net_admin)
		size += 2 * nla_total_size(RIPTIDES_SPIFFE_ID_MAX + 1) +
			nla_total_size(RIPTIDES_NAME_MAX + 1);
	return size;
}

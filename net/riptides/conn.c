// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: which sockets of a network namespace are ours
 *
 * A tree by number, in which the newest is always the rightmost: a walk goes on
 * where it was, however many come and go meanwhile, and to add allocates
 * nothing, as children are cloned in softirq.
 */

#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "conn.h"
#include "notify.h"
#include "policy.h"
#include "pump.h"
#include "sock.h"
#include "svid.h"

/**
 * struct conn_net - connections of a network namespace
 * @lock: protects the rest
 * @tree: struct rpt_sock, by id; each keeps its socket's reference on itself
 * @id: that was given last
 */
struct conn_net {
	spinlock_t lock;	/* taken in softirq, too */
	struct rb_root tree;
	u64 id;
};

static unsigned int conn_net_id __ro_after_init;

static struct conn_net *conn_net(const struct net *net)
{
	return net_generic(net, conn_net_id);
}

/**
 * rpt_conn_add() - a socket becomes ours
 * @rs: its state
 *
 * Context: Any context but hard interrupts.
 */
void rpt_conn_add(struct rpt_sock *rs)
{
	struct conn_net *cn = conn_net(sock_net(rs->sk));
	struct rb_node **link = &cn->tree.rb_node, *parent = NULL;

	spin_lock_bh(&cn->lock);
	rs->id = ++cn->id;
	while (*link) {
		parent = *link;
		link = &parent->rb_right;
	}
	rb_link_node(&rs->node, parent, link);
	rb_insert_color(&rs->node, &cn->tree);
	spin_unlock_bh(&cn->lock);
}

/**
 * rpt_conn_del() - a socket is no longer ours
 * @rs: its state, on which the socket still holds its reference
 *
 * Context: Any context but hard interrupts.
 */
void rpt_conn_del(struct rpt_sock *rs)
{
	struct conn_net *cn = conn_net(sock_net(rs->sk));

	spin_lock_bh(&cn->lock);
	rb_erase(&rs->node, &cn->tree);
	spin_unlock_bh(&cn->lock);
}

/**
 * rpt_conn_next() - walk the connections
 * @net: network namespace
 * @id: lowest number wanted
 *
 * Context: Process context.
 * Return: the one with the lowest number not below @id, held as by
 * rpt_sock_hold(), or NULL.
 */
struct rpt_sock *rpt_conn_next(const struct net *net, u64 id)
{
	struct conn_net *cn = conn_net(net);
	struct rpt_sock *rs, *found = NULL;
	struct rb_node *node;

	spin_lock_bh(&cn->lock);
	node = cn->tree.rb_node;
	while (node) {
		rs = rb_entry(node, struct rpt_sock, node);
		if (rs->id >= id) {
			found = rs;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	/* neither is gone: both go behind rpt_conn_del() */
	if (found)
		rpt_sock_hold(found);
	spin_unlock_bh(&cn->lock);
	return found;
}

/* Why a handshake failed, in words. */
static const char *conn_reason(const struct rpt_sock *rs)
{
	switch (rs->err) {
	case EACCES:
		return "the peer's SPIFFE ID is not allowed, or it has shown none";
	case ENOKEY:
		return rs->alert_sent < 0 ? "our identity cannot be used" :
		       "no bundle for the peer's trust domain, or no identity for it";
	case EKEYREJECTED:
		return "the peer's certificate is not valid";
	case EKEYEXPIRED:
		return "the peer's certificate is not valid now";
	case EKEYREVOKED:
		return "the peer's certificate is revoked";
	case EPROTO:
		return rs->alert_received >= 0 ? "the peer has refused us" :
		       "the peer has violated the protocol";
	case ETIMEDOUT:
		return "it took too long";
	case ECONNRESET:
		return "the peer has gone away";
	case ENOMEM:
		return "memory is short";
	}
	return NULL;
}

static void conn_addresses(struct rpt_incident *i, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	i->local_port = inet->inet_sport;
	i->peer_port = inet->inet_dport;
#if IS_ENABLED(CONFIG_IPV6)
	if (rpt_is_v6(sk)) {
		i->local = inet6_sk(sk)->saddr;
		i->peer = sk->sk_v6_daddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(inet->inet_saddr, &i->local);
	ipv6_addr_set_v4mapped(inet->inet_daddr, &i->peer);
}

static void conn_tell(struct rpt_incident *i, const struct rpt_sock *rs)
{
	const struct rpt_opts *opts;

	conn_addresses(i, rs->sk);
	rcu_read_lock();
	opts = rcu_dereference(rs->opts);
	if (opts && opts->rule)
		i->rule = opts->rule->name;
	rpt_notify_incident(sock_net(rs->sk), i);
	rcu_read_unlock();
}

/**
 * rpt_conn_failed() - tell that a handshake has failed
 * @rs: the state
 *
 * The peer's SPIFFE ID is told if it is why: its certificate is good, though it
 * has not proved that it is its own.
 *
 * Context: Any context but hard interrupts, socket locked.
 */
void rpt_conn_failed(const struct rpt_sock *rs)
{
	const struct rpt_pump *pump = rs->pump;
	struct rpt_incident i = {
		.event = RIPTIDES_CMD_HANDSHAKE_FAILED,
		.direction = rs->server ? RIPTIDES_DIRECTION_INGRESS :
					  RIPTIDES_DIRECTION_EGRESS,
		.error = rs->err,
		.reason = conn_reason(rs),
		.own_id = pump && pump->svid ? pump->svid->spiffe_id : NULL,
		.alert = rs->alert_received >= 0 ? rs->alert_received :
						   rs->alert_sent,
	};

	if (rs->err == EACCES && pump && pump->peer) {
		i.peer_id = pump->peer->id;
		i.peer_id_len = pump->peer->id_len;
	}
	conn_tell(&i, rs);
}

/* Why a session was ended, in words. */
static const char *conn_end(int err)
{
	switch (err) {
	case ETIME:
		return "the session is older than its rule allows";
	case EKEYREVOKED:
		return "the peer's certificate has been revoked";
	case ENOKEY:
		return "the peer's trust domain has no bundle any more";
	case ECONNABORTED:
		return "it was to be ended, and its owner was busy with it";
	}
	return "nobody vouches for the peer's certificate any more";
}

/**
 * rpt_conn_ended() - tell that a session is ended, as its rule has it
 * @rs: the state
 * @err: why, a positive errno
 *
 * Context: Any context but hard interrupts, socket locked.
 */
void rpt_conn_ended(const struct rpt_sock *rs, int err)
{
	struct rpt_incident i = {
		.event = RIPTIDES_CMD_SESSION_ENDED,
		.direction = rs->server ? RIPTIDES_DIRECTION_INGRESS :
					  RIPTIDES_DIRECTION_EGRESS,
		.error = err,
		.reason = conn_end(err),
		.own_id = rs->svid ? rs->svid->spiffe_id : NULL,
		.alert = -1,
	};

	if (rs->peer && rs->peer->id_len) {
		i.peer_id = rs->peer->id;
		i.peer_id_len = rs->peer->id_len;
	}
	conn_tell(&i, rs);
}

/**
 * rpt_conn_denied() - tell that policy has refused a connection
 * @sk: its socket, or its listener's
 * @flow: the connection
 * @rule: the rule, NULL or an error if there is none
 * @err: why, a positive errno
 *
 * Context: Any context but hard interrupts.
 */
void rpt_conn_denied(const struct sock *sk, const struct rpt_flow *flow,
		     const struct rpt_rule *rule, int err)
{
	struct rpt_incident i = {
		.event = RIPTIDES_CMD_DENIED,
		.direction = flow->direction,
		.error = err,
		.alert = -1,
	};

	if (!IS_ERR_OR_NULL(rule))
		i.rule = rule->name;
	i.reason = IS_ERR(rule) ? "what a rule asks for is not known of the task" :
		   rule->mode == RIPTIDES_RULE_MODE_DENY ? "the rule denies it" :
		   err == ENOKEY ? "the rule's identity cannot be used" :
		   "the socket cannot be attached";
	conn_addresses(&i, sk);
	if (flow->direction == RIPTIDES_DIRECTION_EGRESS) {
		i.peer = flow->addr;
		i.peer_port = flow->port;
	} else {
		i.local = flow->addr;
		i.local_port = flow->port;
	}
	rpt_notify_incident(sock_net(sk), &i);
}

static int __net_init conn_net_init(struct net *net)
{
	struct conn_net *cn = conn_net(net);

	spin_lock_init(&cn->lock);
	cn->tree = RB_ROOT;
	return 0;
}

static struct pernet_operations conn_net_ops = {
	.init = conn_net_init,
	.id = &conn_net_id,
	.size = sizeof(struct conn_net),
};

/**
 * rpt_conn_init() - make the lists of connections
 *
 * Context: Initialisation.
 * Return: 0 or -ENOMEM.
 */
int __init rpt_conn_init(void)
{
	return register_pernet_subsys(&conn_net_ops);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transparent attachment: children of listeners
 *
 * They are asked about at clone, where nothing can fail and nobody can wait: what
 * is known of the task then is a snapshot that listen() left in the accept queue.
 * Where that is not enough, because the rule is about the task that accepts, or
 * because the client's first bytes decide, the child waits in RPT_SOCK_WAIT.
 */

#include <linux/slab.h>
#include <net/inet_connection_sock.h>
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/riptides.h>
#include <net/tcp.h>
#include <trace/events/riptides.h>

#include "attach.h"
#include "mib.h"
#include "policy.h"
#include "pump.h"

#define TLS_HANDSHAKE	0x16	/* first byte of a ClientHello's record */
#define TLS_MAJOR	0x03	/* the second, in every version */

/* Where a connection came in, before there is a socket of its own. */
static void flow_set_req(struct rpt_flow *flow, const struct request_sock *req)
{
	const struct inet_request_sock *ireq = inet_rsk(req);

	flow->direction = RIPTIDES_DIRECTION_INGRESS;
	flow->port = htons(ireq->ir_num);
#if IS_ENABLED(CONFIG_IPV6)
	if (ireq->ireq_family == AF_INET6) {
		flow->addr = ireq->ir_v6_loc_addr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(ireq->ir_loc_addr, &flow->addr);
}

static void flow_set_own(struct rpt_flow *flow, const struct sock *sk)
{
	flow->direction = RIPTIDES_DIRECTION_INGRESS;
	/* inet_num is gone with the connection, which may be before accept() */
	flow->port = inet_sk(sk)->inet_sport;
#if IS_ENABLED(CONFIG_IPV6)
	if (rpt_is_v6(sk)) {
		flow->addr = sk->sk_v6_rcv_saddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(inet_sk(sk)->inet_rcv_saddr, &flow->addr);
}

/* One to ask about again when it is known who accepts. */
static bool rule_is_for_acceptor(const struct rpt_rule *rule)
{
	return !IS_ERR_OR_NULL(rule) && rule->attest == RIPTIDES_ATTEST_ACCEPT;
}

static struct rpt_listener __rcu **listener_of(const struct sock *sk)
{
	/* nothing but this place of it is written */
	return &inet_csk((struct sock *)sk)->icsk_accept_queue.rskq_riptides;
}

static struct rpt_listener *listener_create(gfp_t gfp)
{
	struct rpt_listener *listener = kzalloc_obj(*listener, gfp);

	if (listener)
		refcount_set(&listener->ref, 1);
	return listener;
}

static void listener_free(struct rcu_head *rcu)
{
	struct rpt_listener *listener;

	listener = container_of(rcu, struct rpt_listener, rcu);
	rpt_subject_put(listener->who);
	kfree(listener);
}

/**
 * rpt_listener_put() - give up a reference
 * @listener: what is known of a listener, or NULL
 *
 * Context: Any context.
 */
void rpt_listener_put(struct rpt_listener *listener)
{
	if (listener && refcount_dec_and_test(&listener->ref))
		call_rcu(&listener->rcu, listener_free);
}

/* Nothing of an earlier connection, or an attempt at one, is its children's. */
static void listener_renew(struct sock *sk)
{
	struct rpt_sock *rs;

	rpt_attach_detach(sk);
	if (!sk_is_tcp(sk) || !rpt_attach_is_ours(sk))
		return;
	rs = rpt_sock_of(sk);
	if (rs && !rs->transparent)
		rpt_prot_renew(sk, rs);
}

/**
 * __riptides_listen() - see riptides_listen()
 * @sk: the socket, about to listen
 *
 * Rules may come later that ask for more than those that are here. A rule for
 * whom the socket was connected to is none for who connects to it.
 *
 * Context: Process context, lock_sock() held.
 */
void __riptides_listen(struct sock *sk)
{
	struct rpt_listener *listener;

	listener_renew(sk);
	/* those of MPTCP are the kernel's, but on behalf of the task */
	if (!sk_is_tcp(sk) || (sk->sk_kern_sock && !sk_is_mptcp(sk)))
		return;
	/* without one: a listener of which nothing is known */
	listener = listener_create(GFP_KERNEL_ACCOUNT);
	if (!listener)
		return;
	listener->who = rpt_attest_current(RPT_NEED_ALL);
	if (IS_ERR(listener->who))
		listener->who = NULL;
	/* a child of its last time may have left one behind */
	rpt_listener_put(unrcu_pointer(xchg(listener_of(sk),
					    RCU_INITIALIZER(listener))));
}

/**
 * __riptides_listen_stop() - see riptides_listen_stop()
 * @sk: the socket, no more listening
 *
 * Context: Process context, lock_sock() held.
 */
void __riptides_listen_stop(struct sock *sk)
{
	rpt_listener_put(unrcu_pointer(xchg(listener_of(sk), NULL)));
}

/*
 * What is known of a listener, referenced. One that is older than the policy
 * has its place made here, where it may be closed meanwhile: either we see that,
 * or riptides_listen_stop() sees what we have made. NULL if memory is short.
 */
static struct rpt_listener *attach_listener(const struct sock *sk)
{
	struct rpt_listener __rcu **place = listener_of(sk);
	struct rpt_listener *listener, *other;

	rcu_read_lock();
	listener = rcu_dereference(*place);
	if (listener && refcount_inc_not_zero(&listener->ref))
		goto out;
	listener = listener_create(GFP_ATOMIC | __GFP_NOWARN);
	if (!listener)
		goto out;
	refcount_inc(&listener->ref);
	other = unrcu_pointer(cmpxchg(place, NULL, RCU_INITIALIZER(listener)));
	if (other) {
		kfree(listener);
		listener = refcount_inc_not_zero(&other->ref) ? other : NULL;
		goto out;
	}
	if (inet_sk_state_load(sk) != TCP_LISTEN &&
	    unrcu_pointer(cmpxchg(place, RCU_INITIALIZER(listener), NULL)) ==
	    listener)
		rpt_listener_put(listener);
out:
	rcu_read_unlock();
	return listener;
}

/* The rule for a connection that came in, and who listened (referenced). */
static struct rpt_rule *attach_match_req(const struct sock *sk,
					 const struct request_sock *req,
					 struct rpt_subject **who)
{
	struct net *net = sock_net(sk);
	struct rpt_flow flow = {};
	const struct rpt_listener *listener;
	struct rpt_rule *rule;

	*who = NULL;
	if (!rpt_policy_needs(net, RIPTIDES_DIRECTION_INGRESS))
		return NULL;
	flow_set_req(&flow, req);
	rcu_read_lock();
	listener = rcu_dereference(inet_csk(sk)->icsk_accept_queue.rskq_riptides);
	/* older than the policy: what its socket holds */
	*who = listener && listener->who ? rpt_subject_get(listener->who) :
	       rpt_attest_sock(sk, GFP_ATOMIC | __GFP_NOWARN);
	if (IS_ERR(*who))
		*who = NULL;
	flow.who = *who;
	rule = rpt_policy_match(net, &flow);
	rcu_read_unlock();
	return rule;
}

/**
 * __riptides_mptcp_forbids() - see riptides_mptcp_forbids()
 * @sk: the listener
 * @req: the connection
 *
 * Context: Softirq.
 * Return: true if a rule is for it that does not say plaintext.
 */
bool __riptides_mptcp_forbids(const struct sock *sk,
			      const struct request_sock *req)
{
	struct rpt_subject *who;
	struct rpt_rule *rule;
	bool forbids;

	rule = attach_match_req(sk, req, &who);
	rpt_subject_put(who);
	forbids = rule_is_for_acceptor(rule) || !rpt_rule_is_idle(rule);
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
	return forbids;
}

/**
 * __riptides_mptcp_join_forbids() - see riptides_mptcp_join_forbids()
 * @sk: the listener, or the MPTCP socket
 * @req: the subflow
 *
 * Context: Softirq.
 * Return: true if a rule is for it that does not say plaintext.
 */
bool __riptides_mptcp_join_forbids(const struct sock *sk,
				   const struct request_sock *req)
{
	struct rpt_flow flow = {};
	struct rpt_subject *who;
	struct rpt_rule *rule;
	bool forbids;

	rule = attach_match_req(sk, req, &who);
	rpt_subject_put(who);
	forbids = rule_is_for_acceptor(rule) || !rpt_rule_is_idle(rule);
	if (forbids) {
		flow_set_req(&flow, req);
		rpt_attach_deny(sk, &flow, rule, EACCES);
	}
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
	return forbids;
}

/* The child has a rule that wants TLS, or says no. */
static void attach_begin(struct rpt_sock *rs, struct rpt_rule *rule, gfp_t gfp)
{
	struct rpt_opts *opts;

	if (rpt_rule_is_denial(rule)) {
		struct rpt_flow flow;

		flow_set_own(&flow, rs->sk);
		rpt_pump_start_refused(rs, -rpt_attach_deny(rs->sk, &flow, rule,
							    EACCES));
		return;
	}
	opts = rpt_opts_of_rule(rule, gfp);
	if (!opts) {
		rpt_mib_inc(sock_net(rs->sk), RPT_MIB_NOMEMORY);
		rpt_pump_start_refused(rs, ENOMEM);
		return;
	}
	rpt_attach_set_opts(rs, opts);
	if (rule->mode == RIPTIDES_RULE_MODE_PERMISSIVE)
		rpt_pump_start_wait(rs, RPT_WAIT_BYTES, rule->wait_ms);
	else
		rpt_pump_start_child(rs, NULL);
}

/**
 * __riptides_clone() - see riptides_clone()
 * @sk: the listener
 * @req: what the child comes of
 * @newsk: the child
 * @gfp: how to allocate
 *
 * Without memory the child gets our protos and no state, and every call on it
 * fails.
 *
 * Context: Softirq, @newsk locked.
 */
void __riptides_clone(const struct sock *sk, const struct request_sock *req,
		      struct sock *newsk, gfp_t gfp)
{
	struct inet_connection_sock *icsk = inet_csk(newsk);
	struct rpt_subject *who;
	struct rpt_rule *rule;
	struct rpt_sock *rs;
	bool defer;

	if (!sk_is_tcp(newsk) || (sk->sk_kern_sock && !sk_is_mptcp(sk)))
		return;
	rule = attach_match_req(sk, req, &who);
	defer = rule_is_for_acceptor(rule);
	if (!defer && rpt_rule_is_idle(rule)) {
		rpt_rule_put(rule);
		rpt_subject_put(who);
		return;
	}
	rs = rpt_sock_create(newsk, gfp);
	rcu_assign_pointer(icsk->icsk_ulp_data, rs);
	icsk->icsk_ulp_ops = &rpt_ulp_ops;
	WRITE_ONCE(newsk->sk_prot, &rpt_prot[rpt_is_v6(newsk)]);
	if (!rs)
		goto out;
	rs->transparent = true;
	rs->from = attach_listener(sk);
	rpt_mib_inc(sock_net(newsk), RPT_MIB_ATTACH);
	rpt_mib_inc(sock_net(newsk), RPT_MIB_POLICYATTACH);
	trace_riptides_attach(newsk);
	if (defer) {
		rs->who = who;
		who = NULL;
		rpt_pump_start_wait(rs, RPT_WAIT_ACCEPT, 0);
	} else {
		attach_begin(rs, rule, gfp);
	}
out:
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
	rpt_subject_put(who);
}

/* A child that waited for it is accepted, by the current task. */
static void attach_accepted(struct sock *sk, struct rpt_sock *rs)
{
	struct rpt_flow flow = { .who = rs->who };
	struct rpt_rule *rule;

	flow_set_own(&flow, sk);
	rule = rpt_attach_match_current(sk, &flow);
	if (rpt_rule_is_idle(rule)) {
		rpt_pump_clear(rs);
	} else {
		attach_begin(rs, rule, GFP_KERNEL_ACCOUNT);
		rpt_pump_kick(rs, 0);
	}
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
	rpt_subject_put(rs->who);
	rs->who = NULL;
}

/**
 * __riptides_accept() - see riptides_accept()
 * @newsk: the child
 * @newsock: its socket
 *
 * Context: Process context, lock_sock() held on @newsk.
 */
void __riptides_accept(struct sock *newsk, struct socket *newsock)
{
	struct rpt_sock *rs;

	if (!rpt_attach_is_ours(newsk))
		return;
	rs = rpt_sock_of(newsk);
	if (rs && rs->state == RPT_SOCK_WAIT && rs->waits == RPT_WAIT_ACCEPT)
		attach_accepted(newsk, rs);
	if (rs && rs->state == RPT_SOCK_CLEAR)
		rpt_prot_unset(newsk);
	else
		rpt_prot_set(newsk);
}

/* The first two bytes that have come, as far as they have. */
static unsigned int attach_peek(struct sock *sk, u8 *byte)
{
	struct sk_buff *skb;
	unsigned int n = 0;
	u32 offset;

	/* not by tcp_recv_skb(), which drops what it passes by */
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		offset = tcp_sk(sk)->copied_seq + n - TCP_SKB_CB(skb)->seq;
		while (n < 2 && offset < skb->len &&
		       !skb_copy_bits(skb, offset, byte + n, 1)) {
			offset++;
			n++;
		}
		if (n == 2)
			break;
	}
	return n;
}

/**
 * rpt_attach_clear() - leave a child that waited to TCP
 * @rs: its state, in RPT_SOCK_WAIT
 *
 * So is what shutdown() has said to it meanwhile.
 *
 * Context: Any context, socket locked.
 */
void rpt_attach_clear(struct rpt_sock *rs)
{
	struct sock *sk = rs->sk;

	if (rs->shut_rd)
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	if (rs->shut_wr) {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		tcp_shutdown(sk, SEND_SHUTDOWN);
	}
	rpt_pump_clear(rs);
}

/**
 * rpt_attach_decide() - look whether a child needs to wait any longer
 * @rs: its state, in RPT_SOCK_WAIT
 *
 * Context: The worker, socket locked.
 * Return: true if it is ours, and the handshake goes on.
 */
bool rpt_attach_decide(struct rpt_sock *rs)
{
	struct sock *sk = rs->sk;
	unsigned int n;
	u8 byte[2];

	/* what a peer has said that is gone may not be for who accepts, either */
	if (rs->waits == RPT_WAIT_ACCEPT)
		return false;
	if (sk->sk_state == TCP_CLOSE) {
		/* reset by the peer: TCP has told all there is to tell */
		rpt_pump_clear(rs);
		return false;
	}
	if (!rpt_tcp_connected(sk))
		return false;
	n = attach_peek(sk, byte);
	if ((n > 0 && byte[0] != TLS_HANDSHAKE) ||
	    (n > 1 && byte[1] != TLS_MAJOR) ||
	    (n < 2 && sk->sk_shutdown & RCV_SHUTDOWN)) {
		rpt_attach_clear(rs);
		return false;
	}
	if (n == 2) {
		rpt_pump_start_child(rs, NULL);
		return true;
	}
	if (rpt_pump_is_late(rs) && rs->shut_wr) {
		/* its end is what a server says first */
		rpt_attach_clear(rs);
	} else if (rpt_pump_is_late(rs)) {
		rs->timed = false;
		WRITE_ONCE(rs->waited, true);
		sk->sk_state_change(sk);
		sk->sk_write_space(sk);
	}
	return false;
}

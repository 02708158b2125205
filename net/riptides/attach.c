// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transparent attachment: sockets whose applications know nothing of us
 *
 * What is to become of a connection is policy's to say (policy.c). A socket that
 * connects is asked about in connect(), before its SYN. Children of listeners
 * are asked about at clone, where nothing can fail and nobody can wait: what is
 * known of the task then is a snapshot that listen() left in the accept queue.
 * Where that is not enough, because the rule is about the task that accepts, or
 * because the client's first bytes decide, the child waits in RPT_SOCK_WAIT.
 *
 * A socket that policy leaves alone keeps TCP's protos. One that was ours before
 * that was known keeps our state, in RPT_SOCK_CLEAR, and gets TCP's protos back
 * in a system call, as at a hand-over. Errors fail closed: no byte goes out in
 * clear because memory was short.
 */

#include <linux/slab.h>
#include <net/inet_connection_sock.h>
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/riptides.h>
#include <net/tcp.h>
#include <trace/events/riptides.h>

#include "conn.h"
#include "identity.h"
#include "mib.h"
#include "policy.h"
#include "pump.h"
#include "sock.h"
#include "svid.h"

#define TLS_HANDSHAKE	0x16	/* first byte of a ClientHello's record */
#define TLS_MAJOR	0x03	/* the second, in every version */

/**
 * struct rpt_listener - who called listen()
 * @rcu: children are cloned without the listener's lock
 * @who: the task
 */
struct rpt_listener {
	struct rcu_head rcu;
	struct rpt_subject *who;
};

static bool attach_is_ours(const struct sock *sk)
{
	return inet_csk(sk)->icsk_ulp_ops == &rpt_ulp_ops;
}

/* The application has asked for it itself, with options of its own. */
static bool attach_is_explicit(struct sock *sk)
{
	struct rpt_sock *rs;

	if (!attach_is_ours(sk))
		return false;
	rs = rpt_sock_of(sk);
	return !rs || !rs->transparent;
}

/* Policy says no, because of @err. */
static int attach_deny(const struct sock *sk, const struct rpt_flow *flow,
		       struct rpt_rule *rule, int err)
{
	if (!IS_ERR_OR_NULL(rule))
		atomic64_inc(&rule->failures);
	rpt_mib_inc(sock_net(sk), RPT_MIB_POLICYDENIED);
	trace_riptides_deny(sk, IS_ERR_OR_NULL(rule) ? "" : rule->name);
	rpt_conn_denied(sk, flow, rule, err);
	return -EACCES;
}

/* As the route is looked up: nowhere is here. */
static void flow_set_v4(struct rpt_flow *flow, __be32 addr, __be32 here)
{
	if (!addr)
		addr = here ?: htonl(INADDR_LOOPBACK);
	ipv6_addr_set_v4mapped(addr, &flow->addr);
}

/* Where connect() goes. False: nowhere, as TCP will say itself. */
static bool flow_set_peer(struct rpt_flow *flow, const struct sock *sk,
			  const struct sockaddr_unsized *uaddr, int len)
{
	const struct sockaddr_in6 *sin6 = (const void *)uaddr;
	const struct sockaddr_in *sin = (const void *)uaddr;
	__be32 here = inet_sk(sk)->inet_saddr;

	flow->direction = RIPTIDES_DIRECTION_EGRESS;
	if (!uaddr)
		return false;
	if (!rpt_is_v6(sk)) {
		if (len < (int)sizeof(*sin) || sin->sin_family != AF_INET)
			return false;
		flow->port = sin->sin_port;
		flow_set_v4(flow, sin->sin_addr.s_addr, here);
		return true;
	}
	if (len < SIN6_LEN_RFC2133 || sin6->sin6_family != AF_INET6)
		return false;
	flow->port = sin6->sin6_port;
	flow->addr = sin6->sin6_addr;
	if (ipv6_addr_any(&flow->addr)) {
		if (ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
			flow_set_v4(flow, 0, 0);
		else
			flow->addr = in6addr_loopback;
	} else if (ipv6_addr_v4mapped(&flow->addr)) {
		flow_set_v4(flow, flow->addr.s6_addr32[3], here);
	}
	return true;
}

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
	flow->port = htons(inet_sk(sk)->inet_num);
#if IS_ENABLED(CONFIG_IPV6)
	if (rpt_is_v6(sk)) {
		flow->addr = sk->sk_v6_rcv_saddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(inet_sk(sk)->inet_rcv_saddr, &flow->addr);
}

/* A rule that we have nothing to do for, or none. */
static bool rule_is_idle(const struct rpt_rule *rule)
{
	return !rule || (!IS_ERR(rule) &&
			 rule->mode == RIPTIDES_RULE_MODE_PLAINTEXT);
}

/* One to ask about again when it is known who accepts. */
static bool rule_is_for_acceptor(const struct rpt_rule *rule)
{
	return !IS_ERR_OR_NULL(rule) && rule->attest == RIPTIDES_ATTEST_ACCEPT;
}

static bool rule_is_denial(const struct rpt_rule *rule)
{
	return IS_ERR(rule) || rule->mode == RIPTIDES_RULE_MODE_DENY ||
	       rule->mode == RIPTIDES_RULE_MODE_PASSTHROUGH;
}

/* One that cannot be followed for want of an identity must not get a SYN. */
static bool rule_has_identity(const struct sock *sk, const struct rpt_rule *rule)
{
	struct rpt_svid *svid;

	if (rule->mode == RIPTIDES_RULE_MODE_SIMPLE)
		return true;
	svid = rpt_identity_svid(sock_net(sk), rule->identity);
	if (IS_ERR(svid))
		return false;
	rpt_svid_put(svid);
	return true;
}

/* The rule for what the current task is about to do. */
static struct rpt_rule *attach_match_current(const struct sock *sk,
					     struct rpt_flow *flow)
{
	struct rpt_rule *rule;

	rule = rpt_policy_match_current(sock_net(sk), flow);
	rpt_subject_put((struct rpt_subject *)
			(flow->direction == RIPTIDES_DIRECTION_EGRESS ?
			 flow->who : flow->acceptor));
	return rule;
}

static void attach_set_opts(struct rpt_sock *rs, struct rpt_opts *opts)
{
	rs->transparent = true;
	rpt_opts_put(rcu_replace_pointer(rs->opts, opts, true));
}

/* A socket in connect() comes under a rule that wants TLS. */
static int attach_connect(struct sock *sk, const struct rpt_flow *flow,
			  struct rpt_rule *rule)
{
	struct rpt_opts *opts;
	struct rpt_sock *rs;

	if (attach_is_explicit(sk))
		return 0;
	rs = attach_is_ours(sk) ? rpt_sock_of(sk) : NULL;
	if (!rs && (inet_csk(sk)->icsk_ulp_ops || rpt_ulp_check(sk))) {
		rpt_mib_inc(sock_net(sk), RPT_MIB_ATTACHREFUSED);
		return attach_deny(sk, flow, rule, EBUSY);
	}
	if (!rule_has_identity(sk, rule))
		return attach_deny(sk, flow, rule, ENOKEY);
	opts = rpt_opts_of_rule(rule, GFP_KERNEL_ACCOUNT);
	if (!opts)
		return -ENOMEM;
	if (!rs) {
		rs = rpt_sock_create(sk, GFP_KERNEL_ACCOUNT);
		if (!rs) {
			rpt_opts_put(opts);
			return -ENOMEM;
		}
		rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, rs);
		inet_csk(sk)->icsk_ulp_ops = &rpt_ulp_ops;
		rpt_mib_inc(sock_net(sk), RPT_MIB_ATTACH);
		rpt_mib_inc(sock_net(sk), RPT_MIB_POLICYATTACH);
		trace_riptides_attach(sk);
	}
	attach_set_opts(rs, opts);
	rpt_prot_set(sk);
	return 0;
}

/**
 * rpt_attach_detach() - no rule is for a socket any more
 * @sk: the socket, closed, or not ours at all
 *
 * It may have come under one the last time it was connected.
 *
 * Context: Process context, lock_sock() held, in a system call on its file.
 */
void rpt_attach_detach(struct sock *sk)
{
	struct rpt_sock *rs;

	if (!sk_is_tcp(sk) || !attach_is_ours(sk))
		return;
	rs = rpt_sock_of(sk);
	if (!rs || !rs->transparent || rs->state == RPT_SOCK_CLEAR)
		return;
	rpt_prot_forget(rs);
	attach_set_opts(rs, NULL);
	WRITE_ONCE(rs->state, RPT_SOCK_CLEAR);
	rpt_prot_unset(sk);
}

/**
 * __riptides_connect() - see riptides_connect()
 * @sk: the socket, closed
 * @uaddr: whom to
 * @addr_len: length of @uaddr
 *
 * Context: Process context, lock_sock() held.
 * Return: 0; -EACCES; -EOPNOTSUPP; -ENOMEM.
 */
int __riptides_connect(struct sock *sk, struct sockaddr_unsized *uaddr,
		       int addr_len)
{
	struct rpt_flow flow = {};
	struct rpt_rule *rule;
	int err = 0;

	/* a connection that is restored has been made before */
	if (!sk_is_tcp(sk) || sk->sk_kern_sock || tcp_sk(sk)->repair ||
	    !flow_set_peer(&flow, sk, uaddr, addr_len))
		return 0;
	rule = attach_match_current(sk, &flow);
	if (rule_is_idle(rule))
		rpt_attach_detach(sk);
	else if (IS_ERR(rule))
		return attach_deny(sk, &flow, rule, EACCES);
	else if (rule->mode == RIPTIDES_RULE_MODE_PASSTHROUGH)
		err = -EOPNOTSUPP;
	else if (rule_is_denial(rule))
		err = attach_deny(sk, &flow, rule, EACCES);
	else if (tcp_sk(sk)->fastopen_req)
		/* BPF has led it here behind riptides_fastopen()'s back */
		err = -EOPNOTSUPP;
	else
		err = attach_connect(sk, &flow, rule);
	rpt_rule_put(rule);
	return err;
}

/**
 * __riptides_mptcp_connect() - see riptides_mptcp_connect()
 * @sk: the MPTCP socket, closed
 * @uaddr: whom to
 * @addr_len: length of @uaddr
 *
 * The socket cannot become one of TCP any more, and TLS by a ULP has no place
 * in MPTCP.
 *
 * Context: Process context, lock_sock() held.
 * Return: 0; -EACCES.
 */
int __riptides_mptcp_connect(struct sock *sk, struct sockaddr_unsized *uaddr,
			     int addr_len)
{
	struct rpt_flow flow = {};
	struct rpt_rule *rule;
	int err = 0;

	if (sk->sk_kern_sock || !flow_set_peer(&flow, sk, uaddr, addr_len))
		return 0;
	rule = attach_match_current(sk, &flow);
	if (!rule_is_idle(rule))
		err = attach_deny(sk, &flow, rule, EACCES);
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
	return err;
}

/**
 * __riptides_fastopen() - see riptides_fastopen()
 * @sock: a socket
 * @msg: what is sent on it, with MSG_FASTOPEN
 *
 * Context: Process context, socket not locked.
 * Return: 0; else as connect().
 */
int __riptides_fastopen(struct socket *sock, struct msghdr *msg)
{
	struct rpt_flow flow = {};
	struct sock *sk = sock->sk;
	struct rpt_rule *rule;
	bool explicit;
	int err;

	if (!sk_is_tcp(sk) || sk->sk_kern_sock ||
	    READ_ONCE(sock->state) != SS_UNCONNECTED ||
	    !flow_set_peer(&flow, sk, msg->msg_name, msg->msg_namelen))
		return 0;
	lock_sock(sk);
	explicit = attach_is_explicit(sk);
	release_sock(sk);
	if (explicit)
		return 0;
	rule = attach_match_current(sk, &flow);
	if (rule_is_idle(rule)) {
		rpt_rule_put(rule);
		return 0;
	}
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
	/* this asks again, and says no if that is what policy says */
	err = riptides_stream_connect(sock, msg->msg_name, msg->msg_namelen,
				      msg->msg_flags & MSG_DONTWAIT ?
				      O_NONBLOCK : 0);
	if (err)
		return err;
	msg->msg_flags &= ~MSG_FASTOPEN;
	msg->msg_name = NULL;
	msg->msg_namelen = 0;
	return 0;
}

/**
 * __riptides_listen() - see riptides_listen()
 * @sk: the socket, about to listen
 *
 * Rules may come later that ask for more than those that are here.
 *
 * Context: Process context, lock_sock() held.
 */
void __riptides_listen(struct sock *sk)
{
	struct rpt_listener *listener;

	/* those of MPTCP are the kernel's, but on behalf of the task */
	if (!sk_is_tcp(sk) || (sk->sk_kern_sock && !sk_is_mptcp(sk)))
		return;
	/* without one: a listener of which nothing is known */
	listener = kzalloc_obj(*listener, GFP_KERNEL_ACCOUNT);
	if (!listener)
		return;
	listener->who = rpt_attest_current(RPT_NEED_ALL);
	if (IS_ERR_OR_NULL(listener->who)) {
		kfree(listener);
		return;
	}
	rcu_assign_pointer(inet_csk(sk)->icsk_accept_queue.rskq_riptides,
			   listener);
}

static void listener_free(struct rcu_head *rcu)
{
	struct rpt_listener *listener;

	listener = container_of(rcu, struct rpt_listener, rcu);
	rpt_subject_put(listener->who);
	kfree(listener);
}

/**
 * __riptides_listen_stop() - see riptides_listen_stop()
 * @sk: the socket, no more listening
 *
 * Context: Process context, lock_sock() held.
 */
void __riptides_listen_stop(struct sock *sk)
{
	struct request_sock_queue *queue = &inet_csk(sk)->icsk_accept_queue;
	struct rpt_listener *listener;

	listener = rcu_replace_pointer(queue->rskq_riptides, NULL, true);
	if (listener)
		call_rcu(&listener->rcu, listener_free);
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
	*who = listener ? rpt_subject_get(listener->who) :
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
	forbids = rule_is_for_acceptor(rule) || !rule_is_idle(rule);
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
	return forbids;
}

/* The child has a rule that wants TLS, or says no. */
static void attach_begin(struct rpt_sock *rs, struct rpt_rule *rule, gfp_t gfp)
{
	struct rpt_opts *opts;

	if (rule_is_denial(rule)) {
		struct rpt_flow flow;

		flow_set_own(&flow, rs->sk);
		rpt_pump_start_refused(rs, -attach_deny(rs->sk, &flow, rule,
							EACCES));
		return;
	}
	opts = rpt_opts_of_rule(rule, gfp);
	if (!opts) {
		rpt_mib_inc(sock_net(rs->sk), RPT_MIB_NOMEMORY);
		rpt_pump_start_refused(rs, ENOMEM);
		return;
	}
	attach_set_opts(rs, opts);
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
	if (!defer && rule_is_idle(rule)) {
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
	rule = attach_match_current(sk, &flow);
	if (rule_is_idle(rule)) {
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

	if (!attach_is_ours(newsk))
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

	if (sk->sk_state == TCP_CLOSE) {
		/* reset by the peer: TCP has told all there is to tell */
		rpt_pump_clear(rs);
		return false;
	}
	if (rs->waits == RPT_WAIT_ACCEPT || !rpt_tcp_connected(sk))
		return false;
	n = attach_peek(sk, byte);
	if ((n > 0 && byte[0] != TLS_HANDSHAKE) ||
	    (n > 1 && byte[1] != TLS_MAJOR) ||
	    (n < 2 && sk->sk_shutdown & RCV_SHUTDOWN)) {
		rpt_pump_clear(rs);
		return false;
	}
	if (n == 2) {
		rpt_pump_start_child(rs, NULL);
		return true;
	}
	if (rpt_pump_is_late(rs)) {
		rs->timed = false;
		WRITE_ONCE(rs->waited, true);
		sk->sk_state_change(sk);
		sk->sk_write_space(sk);
	}
	return false;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transparent attachment: sockets whose applications know nothing of us
 *
 * What is to become of a connection is policy's to say (policy.c). A socket that
 * connects is asked about in connect(), before its SYN; children of listeners
 * are another matter (attach_child.c).
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

#include "attach.h"
#include "conn.h"
#include "identity.h"
#include "mib.h"
#include "policy.h"
#include "svid.h"

/* The application has asked for it itself, with options of its own. */
static bool attach_is_explicit(struct sock *sk)
{
	struct rpt_sock *rs;

	if (!rpt_attach_is_ours(sk))
		return false;
	rs = rpt_sock_of(sk);
	return !rs || !rs->transparent;
}

/**
 * rpt_attach_deny() - policy says no
 * @sk: the socket, or its listener
 * @flow: the connection
 * @rule: the rule, NULL or an error if there is none
 * @err: why, a positive errno
 *
 * Context: Any context but hard interrupts.
 * Return: -EACCES.
 */
int rpt_attach_deny(const struct sock *sk, const struct rpt_flow *flow,
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

/**
 * rpt_attach_match_current() - the rule for what the current task is about to do
 * @sk: the socket
 * @flow: the connection
 *
 * Context: Process context.
 * Return: as rpt_policy_match_current().
 */
struct rpt_rule *rpt_attach_match_current(const struct sock *sk,
					  struct rpt_flow *flow)
{
	struct rpt_rule *rule;

	rule = rpt_policy_match_current(sock_net(sk), flow);
	rpt_subject_put((struct rpt_subject *)
			(flow->direction == RIPTIDES_DIRECTION_EGRESS ?
			 flow->who : flow->acceptor));
	return rule;
}

/**
 * rpt_attach_set_opts() - bring a socket under a rule, or under none
 * @rs: its state
 * @opts: what the rule stands for, whose reference this takes, or NULL
 *
 * Context: Any context, socket locked, or not hashed yet.
 */
void rpt_attach_set_opts(struct rpt_sock *rs, struct rpt_opts *opts)
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
	rs = rpt_attach_is_ours(sk) ? rpt_sock_of(sk) : NULL;
	/* one that we gave back has been TCP's, and may have others in it */
	if ((!rs && inet_csk(sk)->icsk_ulp_ops) ||
	    ((!rs || !__riptides_has_taken(sk)) && rpt_ulp_check(sk))) {
		rpt_mib_inc(sock_net(sk), RPT_MIB_ATTACHREFUSED);
		return rpt_attach_deny(sk, flow, rule, EBUSY);
	}
	if (!rule_has_identity(sk, rule))
		return rpt_attach_deny(sk, flow, rule, ENOKEY);
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
	rpt_attach_set_opts(rs, opts);
	rpt_prot_take(sk);
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

	if (!sk_is_tcp(sk) || !rpt_attach_is_ours(sk))
		return;
	rs = rpt_sock_of(sk);
	if (!rs || !rs->transparent || rs->state == RPT_SOCK_CLEAR)
		return;
	rpt_prot_renew(sk, rs);
	rpt_attach_set_opts(rs, NULL);
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
	rule = rpt_attach_match_current(sk, &flow);
	if (rpt_rule_is_idle(rule))
		rpt_attach_detach(sk);
	else if (IS_ERR(rule))
		return rpt_attach_deny(sk, &flow, rule, EACCES);
	else if (rule->mode == RIPTIDES_RULE_MODE_PASSTHROUGH)
		err = -EOPNOTSUPP;
	else if (rpt_rule_is_denial(rule))
		err = rpt_attach_deny(sk, &flow, rule, EACCES);
	else if (tcp_sk(sk)->fastopen_req)
		/* BPF has led it here behind riptides_fastopen()'s back */
		err = -EOPNOTSUPP;
	else
		err = attach_connect(sk, &flow, rule);
	rpt_rule_put(rule);
	return err;
}

/**
 * __riptides_connect_deferred() - see riptides_connect_deferred()
 * @sk: the socket
 *
 * The call is TCP's own, and would write in clear: there is no way to TLS.
 *
 * Context: Process context, lock_sock() held.
 * Return: 0; -EACCES, which is in sk_err, too.
 */
int __riptides_connect_deferred(struct sock *sk)
{
	struct rpt_flow flow = { .direction = RIPTIDES_DIRECTION_EGRESS };
	struct rpt_rule *rule;
	int err = 0;

	/* those of MPTCP are the kernel's, but on behalf of the task */
	if (sk->sk_kern_sock && !sk_is_mptcp(sk))
		return 0;
	flow.port = inet_sk(sk)->inet_dport;
	ipv6_addr_set_v4mapped(inet_sk(sk)->inet_daddr, &flow.addr);
#if IS_ENABLED(CONFIG_IPV6)
	if (rpt_is_v6(sk))
		flow.addr = sk->sk_v6_daddr;
#endif
	rule = rpt_attach_match_current(sk, &flow);
	if (!rpt_rule_is_idle(rule)) {
		err = rpt_attach_deny(sk, &flow, rule, EACCES);
		WRITE_ONCE(sk->sk_err, -err);
	}
	if (!IS_ERR(rule))
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
	rule = rpt_attach_match_current(sk, &flow);
	if (!rpt_rule_is_idle(rule))
		err = rpt_attach_deny(sk, &flow, rule, EACCES);
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
	return err;
}

/**
 * __riptides_mptcp_join() - see riptides_mptcp_join()
 * @msk: the MPTCP socket
 * @ssk: the subflow's
 * @uaddr: whom to
 * @addr_len: length of @uaddr
 *
 * It is the path manager that asks, so that the task is what the socket holds.
 *
 * Context: Process context, lock_sock() held on @msk.
 * Return: 0; -EACCES.
 */
int __riptides_mptcp_join(const struct sock *msk, const struct sock *ssk,
			  struct sockaddr_unsized *uaddr, int addr_len)
{
	struct rpt_flow flow = {};
	struct rpt_subject *who;
	struct rpt_rule *rule;
	int err = 0;

	if (msk->sk_kern_sock || !flow_set_peer(&flow, ssk, uaddr, addr_len))
		return 0;
	who = rpt_attest_sock(msk, GFP_KERNEL);
	flow.who = IS_ERR(who) ? NULL : who;
	rule = rpt_policy_match(sock_net(msk), &flow);
	if (!rpt_rule_is_idle(rule))
		err = rpt_attach_deny(msk, &flow, rule, EACCES);
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
	rpt_subject_put(who);
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
	rule = rpt_attach_match_current(sk, &flow);
	if (rpt_rule_is_idle(rule)) {
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The upper layer protocol: attaching to sockets, children, release
 */

#include <linux/jump_label.h>
#include <linux/module.h>
#include <net/mptcp.h>
#include <net/riptides.h>
#include <net/tcp.h>
#include <trace/events/riptides.h>

#include "mib.h"
#include "sock.h"

DEFINE_STATIC_KEY_FALSE(riptides_taken_key);

/**
 * __riptides_has_taken() - see riptides_has_taken()
 * @sk: the socket
 *
 * Context: Process context, lock_sock() held.
 * Return: true if it is ours, and we have not given it back.
 */
bool __riptides_has_taken(const struct sock *sk)
{
	return inet_csk(sk)->icsk_ulp_ops == &rpt_ulp_ops &&
	       READ_ONCE(sk->sk_prot) != rpt_base_prot(sk);
}

/**
 * rpt_ulp_check() - whether a socket can be attached
 * @sk: the socket
 *
 * Which it can if it is plain TCP as far as anybody else is concerned.
 *
 * Context: lock_sock() held.
 * Return: 0; -EOPNOTSUPP; -ENOTCONN; -EBUSY.
 */
int rpt_ulp_check(struct sock *sk)
{
	struct socket *sock = sk->sk_socket;

	if (sk->sk_protocol != IPPROTO_TCP || sk_is_mptcp(sk))
		return -EOPNOTSUPP;
	if (!((1 << sk->sk_state) &
	      (TCPF_CLOSE | TCPF_LISTEN | TCPF_ESTABLISHED)))
		return -ENOTCONN;
	/* sockmap, SMC or another has put itself in between */
	if (READ_ONCE(sk->sk_prot) != rpt_base_prot(sk) ||
	    (sock && READ_ONCE(sock->ops) != rpt_base_ops(sk)))
		return -EBUSY;
	/* a writer in the middle of a call would go on in clear */
	if (sk->sk_write_pending || tcp_sk(sk)->repair ||
	    tcp_sk(sk)->fastopen_req)
		return -EBUSY;
	return 0;
}

/**
 * rpt_prot_set() - give a socket our protos
 * @sk: the socket, which is TCP's
 *
 * Context: lock_sock() held in a system call on its file.
 */
void rpt_prot_set(struct sock *sk)
{
	WRITE_ONCE(sk->sk_prot, &rpt_prot[rpt_is_v6(sk)]);
	if (sk->sk_socket)
		WRITE_ONCE(sk->sk_socket->ops, &rpt_proto_ops[rpt_is_v6(sk)]);
}

/**
 * rpt_prot_take() - give a socket our protos that others may be using
 * @sk: the socket, which is TCP's
 *
 * They may be on their way into TCP, and wait for the lock. Or they are in it,
 * asleep until there is something to read: they have been disconnected.
 *
 * Context: lock_sock() held in a system call on its file.
 */
void rpt_prot_take(struct sock *sk)
{
	if (!static_key_enabled(&riptides_taken_key))
		static_branch_enable(&riptides_taken_key);
	rpt_prot_set(sk);
	if (sk->sk_state == TCP_ESTABLISHED) {
		sk->sk_disconnects++;
		sk->sk_data_ready(sk);
	}
}

/**
 * rpt_prot_unset() - give a socket back to TCP
 * @sk: the socket, ours, and never to be handed over
 *
 * Our state stays, and so does the ULP.
 *
 * Context: lock_sock() held in a system call on its file.
 */
void rpt_prot_unset(struct sock *sk)
{
	WRITE_ONCE(sk->sk_prot, (struct proto *)rpt_base_prot(sk));
	if (sk->sk_socket)
		WRITE_ONCE(sk->sk_socket->ops, rpt_base_ops(sk));
}

static int ulp_init(struct sock *sk)
{
	struct rpt_sock *rs;
	int err;

	sock_owned_by_me(sk);
	err = rpt_ulp_check(sk);
	if (err) {
		rpt_mib_inc(sock_net(sk), RPT_MIB_ATTACHREFUSED);
		return err;
	}
	rs = rpt_sock_create(sk, GFP_KERNEL_ACCOUNT);
	if (!rs)
		return -ENOMEM;
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, rs);
	rpt_prot_take(sk);
	rpt_mib_inc(sock_net(sk), RPT_MIB_ATTACH);
	trace_riptides_attach(sk);
	return 0;
}

/* The socket is dead; for a child perhaps in softirq, under its spinlock. */
static void ulp_release(struct sock *sk)
{
	struct rpt_sock *rs = rpt_sock_of(sk);

	if (!rs)
		return;
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, NULL);
	rpt_pump_cancel(rs);
	rpt_sock_release(rs);
}

/*
 * A listener's new child, in softirq, not hashed yet. icsk_ulp_data is a copy
 * of the listener's; RCU keeps what it points to. This cannot fail: without
 * memory the child keeps our protos and no state, and every call on it answers
 * ECONNABORTED.
 */
static void ulp_clone(const struct request_sock *req, struct sock *newsk,
		      const gfp_t priority)
{
	struct inet_connection_sock *icsk = inet_csk(newsk);
	struct rpt_sock *listener, *rs;

	listener = (__force void *)icsk->icsk_ulp_data;
	if (listener && listener->transparent) {
		/* of a rule when it was connected: no matter of its children */
		RCU_INIT_POINTER(icsk->icsk_ulp_data, NULL);
		icsk->icsk_ulp_ops = NULL;
		WRITE_ONCE(newsk->sk_prot,
			   (struct proto *)rpt_base_prot(newsk));
		riptides_clone(listener->sk, req, newsk, priority);
		return;
	}
	/* a listener that nothing is known of has children like itself */
	rs = listener ? rpt_sock_create(newsk, priority) : NULL;
	rcu_assign_pointer(icsk->icsk_ulp_data, rs);
	WRITE_ONCE(newsk->sk_prot, &rpt_prot[rpt_is_v6(newsk)]);
	if (!rs)
		return;
	RCU_INIT_POINTER(rs->opts, rpt_opts_get(listener));
	rpt_mib_inc(sock_net(newsk), RPT_MIB_ATTACH);
	trace_riptides_attach(newsk);
	rpt_pump_start_child(rs, listener);
}

/* Registered by main.c. */
struct tcp_ulp_ops rpt_ulp_ops __read_mostly = {
	.name		= "riptides",
	.owner		= THIS_MODULE,
	.init		= ulp_init,
	.release	= ulp_release,
	.get_info	= rpt_diag_info,
	.get_info_size	= rpt_diag_info_size,
	.clone		= ulp_clone,
};

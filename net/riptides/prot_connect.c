// SPDX-License-Identifier: GPL-2.0-only
/*
 * connect(): the handshake is a part of it
 */

#include <net/inet_common.h>
#include <net/riptides.h>
#include <net/tcp.h>

#include "sock.h"

/**
 * rpt_prot_renew() - leave nothing of a connection that is over
 * @sk: the socket, which TCP has closed
 * @rs: its state, which becomes idle
 *
 * TCP may have done so by itself, behind a handshake that failed: what is left
 * in it (data, a FIN, an error) is not the next connection's.
 *
 * Context: Process context, lock_sock() held.
 * Return: 0 or a negative errno.
 */
int rpt_prot_renew(struct sock *sk, struct rpt_sock *rs)
{
	int err = 0;

	if (rs->state != RPT_SOCK_IDLE) {
		sk->sk_disconnects++;
		err = rpt_base_prot(sk)->disconnect(sk, 0);
		sock_error(sk);
	}
	if (!err)
		rpt_prot_forget(rs);
	return err;
}

/**
 * rpt_prot_connect() - start of a connect()
 * @sk: the socket, which TCP has closed
 * @uaddr: whom to
 * @len: length of @uaddr
 *
 * Context: Process context, lock_sock() held.
 * Return: 0 or a negative errno.
 */
int rpt_prot_connect(struct sock *sk, struct sockaddr_unsized *uaddr, int len)
{
	struct rpt_sock *rs = rpt_sock_of(sk);
	const struct rpt_opts *opts;
	int err;

	if (!rs)
		return -ECONNABORTED;
	err = rpt_prot_renew(sk, rs);
	if (err)
		return err;
	/* no data in the SYN: an ordinary connect */
	tcp_sk(sk)->fastopen_connect = 0;
	opts = rcu_dereference_protected(rs->opts, lockdep_sock_is_held(sk));
	err = rpt_pump_start(rs, opts && opts->role == RIPTIDES_ROLE_SERVER);
	if (err)
		return err;
	err = rpt_base_prot(sk)->connect(sk, uaddr, len);
	if (err)
		rpt_pump_cancel(rs);
	return err;
}

/**
 * rpt_prot_is_cut() - did a connect() find TCP closed behind its handshake?
 * @sk: the socket
 * @rs: its state
 *
 * connect() may sleep while the handshake becomes complete and the peer, which
 * refuses our certificate only then, sends its alert and resets. It is connected
 * then as one that woke in time, and the next call finds the alert. TCP would
 * have let go of it: no other socket without a connection has a session.
 *
 * Context: Any context, socket locked.
 * Return: true if so: nothing is to be forgotten.
 */
bool rpt_prot_is_cut(const struct sock *sk, const struct rpt_sock *rs)
{
	return rs->state == RPT_SOCK_DONE && sk->sk_socket &&
	       sk->sk_socket->state == SS_UNCONNECTED;
}

/* The end of a connect() whose TCP part succeeded. lock_sock() held. */
static int prot_connect_finish(struct socket *sock, struct rpt_sock *rs,
			       long timeo, int pending, int flags)
{
	struct sock *sk = sock->sk;
	int err;

	err = rpt_sock_wait(rs, &timeo, false);
	/* as far as the application knows this still goes on */
	if (err && err != -EPIPE)
		sock->state = SS_CONNECTING;
	if (err == -EAGAIN)
		return flags & O_NONBLOCK ? pending : -EINPROGRESS;
	if (err)
		return err;
	if (rpt_prot_hand_over(sk, rs))
		return 0;
	err = rpt_prot_error(sk, rs) ?: -ECONNABORTED;
	/* may be tried again, once TCP has closed */
	sock->state = SS_UNCONNECTED;
	if (sk->sk_state == TCP_CLOSE) {
		sk->sk_disconnects++;
		if (sk->sk_prot->disconnect(sk, flags))
			sock->state = SS_DISCONNECTING;
	}
	return err;
}

/**
 * riptides_stream_connect() - connect(), for sockets that may be or become ours
 * @sock: a stream socket
 * @uaddr: whom to
 * @len: length of @uaddr
 * @flags: of the file
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_stream_connect(struct socket *sock, struct sockaddr_unsized *uaddr,
			    int len, int flags)
{
	struct sock *sk = sock->sk;
	struct rpt_sock *rs;
	unsigned long begin;
	int pending;
	long timeo;
	int err;

	if (len < (int)sizeof(uaddr->sa_family))
		return -EINVAL;
	lock_sock(sk);
	/* a rule that has been all there was: nobody else asks again */
	if (!riptides_has_egress() && sock->state == SS_UNCONNECTED &&
	    sk->sk_state == TCP_CLOSE)
		rpt_attach_detach(sk);
	if (sk_is_tcp(sk) && inet_csk(sk)->icsk_ulp_ops == &rpt_ulp_ops) {
		rs = rpt_sock_of(sk);
		if (rs)
			rs->lost = 0;
	}
	begin = jiffies;
	pending = sock->state == SS_UNCONNECTED ? -EINPROGRESS : -EALREADY;
	err = __inet_stream_connect(sock, uaddr, len, flags, 0);
	if (uaddr->sa_family == AF_UNSPEC)
		goto out;
	/* only now is it known whether it is ours */
	if (!sk_is_tcp(sk) || inet_csk(sk)->icsk_ulp_ops != &rpt_ulp_ops)
		goto out;
	rs = rpt_sock_of(sk);
	if (err && rs && rpt_prot_is_cut(sk, rs)) {
		WRITE_ONCE(sk->sk_err, -err);
		sock->state = SS_CONNECTED;
	} else if (err) {
		/* it had failed before it was reset, and we were asleep */
		if (rs && rs->lost && (err == -ECONNRESET || err == -EPIPE))
			err = -rs->lost;
		goto out;
	}
	timeo = sock_sndtimeo(sk, flags & O_NONBLOCK);
	if (timeo && timeo != MAX_SCHEDULE_TIMEOUT)
		timeo = max_t(long, timeo - (long)(jiffies - begin), 1);
	err = rs ? prot_connect_finish(sock, rs, timeo, pending, flags) :
		   -ECONNABORTED;
out:
	release_sock(sk);
	return err;
}

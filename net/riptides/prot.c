// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket calls from attachment to hand-over
 *
 * Copies of TCP's struct proto and struct proto_ops in which every path that
 * moves data first waits for the handshake and hands over. There is no path
 * from here to TCP's own sendmsg() and recvmsg(), in any state.
 */

#include <linux/poll.h>
#include <linux/splice.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/riptides.h>
#include <net/tcp.h>
#include <net/transp_v6.h>
#include <trace/events/riptides.h>
#include <asm/ioctls.h>

#include "sock.h"

struct proto rpt_prot[2] __ro_after_init;
struct proto_ops rpt_proto_ops[2] __ro_after_init;

/**
 * rpt_base_prot() - TCP's own struct proto for a socket
 * @sk: the socket
 *
 * Context: Any context.
 * Return: it.
 */
const struct proto *rpt_base_prot(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (rpt_is_v6(sk))
		return &tcpv6_prot;
#endif
	return &tcp_prot;
}

/**
 * rpt_base_ops() - TCP's own struct proto_ops for a socket
 * @sk: the socket
 *
 * Context: Any context.
 * Return: them.
 */
const struct proto_ops *rpt_base_ops(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (rpt_is_v6(sk))
		return &inet6_stream_ops;
#endif
	return &inet_stream_ops;
}

/* The handshake of a socket that was connected before it was attached. */
static int prot_start(struct sock *sk, struct rpt_sock *rs)
{
	const struct rpt_opts *opts;
	u8 role;

	if (!rpt_tcp_connected(sk))
		return -ENOTCONN;
	if (sk->sk_shutdown & SEND_SHUTDOWN)
		return -EPIPE;
	opts = rcu_dereference_protected(rs->opts, lockdep_sock_is_held(sk));
	role = opts ? opts->role : RIPTIDES_ROLE_NONE;
	if (role == RIPTIDES_ROLE_NONE)
		return -EDESTADDRREQ;
	/* what a server said before it was asked is not from our server */
	if (role == RIPTIDES_ROLE_CLIENT && tcp_inq(sk))
		return -EBUSY;
	return rpt_pump_start(rs, role == RIPTIDES_ROLE_SERVER);
}

/**
 * rpt_prot_start() - start the handshake by RIPTIDES_START
 * @sk: the socket
 * @rs: its state
 *
 * Context: Process context, lock_sock() held.
 * Return: 0; -EALREADY it has begun; -EISCONN it is complete; -ENOTCONN TCP is
 * not connected; -EPIPE shut down for writing; -EDESTADDRREQ no role; -EBUSY a
 * client with bytes to be read; -ENOMEM.
 */
int rpt_prot_start(struct sock *sk, struct rpt_sock *rs)
{
	switch (rs->state) {
	case RPT_SOCK_IDLE:
		return prot_start(sk, rs);
	case RPT_SOCK_HANDSHAKE:
		return -EALREADY;
	case RPT_SOCK_FAILED:
		return -ECONNABORTED;
	}
	return -EISCONN;
}

/**
 * rpt_prot_error() - take the error that is there
 * @sk: the socket
 * @rs: its state
 *
 * A reset behind a failure has put its own over it.
 *
 * Context: Process context, lock_sock() held.
 * Return: 0 or a negative errno.
 */
int rpt_prot_error(struct sock *sk, const struct rpt_sock *rs)
{
	int err = sock_error(sk);

	if (!err || rs->state != RPT_SOCK_FAILED || !rs->err)
		return err;
	return -rpt_sock_errno(rs, rs->err);
}

/**
 * rpt_prot_hand_over() - let who is next have the socket
 * @sk: the socket
 * @rs: its state: the handshake is over, or there is none
 *
 * Context: Process context in a system call on @sk's file, lock_sock() held.
 * Return: false: it is nobody's, as it has failed.
 */
bool rpt_prot_hand_over(struct sock *sk, struct rpt_sock *rs)
{
	/* the rule's wait has passed, and the server speaks first */
	if (rs->state == RPT_SOCK_WAIT)
		rpt_attach_clear(rs);
	if (rs->state == RPT_SOCK_CLEAR)
		rpt_prot_unset(sk);
	if (rs->state == RPT_SOCK_DONE)
		rpt_promote(sk, rs);
	return rs->state == RPT_SOCK_OPEN || rs->state == RPT_SOCK_CLEAR;
}

/*
 * Every data call comes through here. 0: sk_prot is the data path's now.
 * -EPIPE: over, and the application has been told why.
 */
static int prot_enter_locked(struct sock *sk, long *timeo, bool tx)
{
	struct rpt_sock *rs = rpt_sock_of(sk);
	int err = 0;

	if (!rs)
		return -ECONNABORTED;
	if (tx && rs->shut_wr)
		return -EPIPE;
	if (rs->state == RPT_SOCK_IDLE)
		err = prot_start(sk, rs);
	if (!err)
		err = rpt_sock_wait(rs, timeo, tx);
	if (err)
		return err;
	if (tx && rs->shut_wr && rs->state == RPT_SOCK_WAIT)
		return -EPIPE;
	if (rpt_prot_hand_over(sk, rs))
		return 0;
	err = rpt_prot_error(sk, rs);
	/* no data path for a session that there is: never the end of its data */
	if (!err && rs->session && !tx)
		err = -rpt_sock_errno(rs, rs->err);
	return err ?: -EPIPE;
}

static int prot_enter(struct sock *sk, long timeo, bool tx)
{
	int err;

	lock_sock(sk);
	err = prot_enter_locked(sk, &timeo, tx);
	release_sock(sk);
	return err;
}

/**
 * rpt_prot_enter() - wait until data can flow
 * @sk: the socket
 * @timeo: jiffies to wait
 *
 * Context: Process context in a system call, nothing locked.
 * Return: 0; -ENOTCONN; -EAGAIN, -EINTR, -ERESTARTSYS from waiting; the errno
 * that the handshake failed with, once, then -EPIPE; -ECONNABORTED for a child
 * for which there was no memory; as rpt_prot_start().
 */
int rpt_prot_enter(struct sock *sk, long timeo)
{
	return prot_enter(sk, timeo, false);
}

static bool prot_is_ours(const struct sock *sk)
{
	return READ_ONCE(sk->sk_prot) == &rpt_prot[rpt_is_v6(sk)];
}

/**
 * rpt_prot_is_open() - whether the data path has the socket
 * @sk: a socket of ours
 *
 * Context: Process context in a system call on @sk's file.
 * Return: true after the hand-over.
 */
bool rpt_prot_is_open(const struct sock *sk)
{
	return !prot_is_ours(sk);
}

/* Whose the socket is now; NULL: ours, as it has been connected anew meanwhile. */
static const struct proto *prot_next(const struct sock *sk)
{
	const struct proto *prot = READ_ONCE(sk->sk_prot);

	return prot == &rpt_prot[rpt_is_v6(sk)] ? NULL : prot;
}

static int prot_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	const struct proto *next;
	int err;

	/* it would put cleartext into the SYN */
	if (msg->msg_flags & MSG_FASTOPEN)
		return -EOPNOTSUPP;
	err = prot_enter(sk, sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT),
			 true);
	if (err == -EPIPE || err == -ENOTCONN)
		return sk_stream_error(sk, msg->msg_flags, -EPIPE);
	if (err)
		return err;
	next = prot_next(sk);
	return next ? next->sendmsg(sk, msg, len) : -EPIPE;
}

static int prot_recvmsg(struct sock *sk, struct msghdr *msg, size_t len,
			int flags)
{
	const struct proto *next;
	int err;

	if (flags & MSG_ERRQUEUE)
		return inet_recv_error(sk, msg, len);
	err = rpt_prot_enter(sk, sock_rcvtimeo(sk, flags & MSG_DONTWAIT));
	if (err)
		return err == -EPIPE ? 0 : err;
	next = prot_next(sk);
	return next ? next->recvmsg(sk, msg, len, flags) : -ENOTCONN;
}

static ssize_t prot_splice_read(struct socket *sock, loff_t *ppos,
				struct pipe_inode_info *pipe, size_t len,
				unsigned int flags)
{
	const struct proto_ops *ops;
	struct sock *sk = sock->sk;
	int err;

	err = rpt_prot_enter(sk, sock_rcvtimeo(sk, sock->file->f_flags &
					       O_NONBLOCK ||
					       flags & SPLICE_F_NONBLOCK));
	if (err)
		return err == -EPIPE ? 0 : err;
	ops = READ_ONCE(sock->ops);
	if (ops->splice_read == prot_splice_read)
		return -ENOTCONN;
	if (!ops->splice_read)
		return copy_splice_read(sock->file, ppos, pipe, len, flags);
	return ops->splice_read(sock, ppos, pipe, len, flags);
}

static void prot_splice_eof(struct socket *sock)
{
	/* nothing was spliced to it yet, so nothing is held back */
}

/* No file is known to be held by those who call these: no hand-over here. */
static int prot_read_sock(struct sock *sk, read_descriptor_t *desc,
			  sk_read_actor_t actor)
{
	return -EAGAIN;
}

static int prot_read_skb(struct sock *sk, skb_read_actor_t actor)
{
	return -EOPNOTSUPP;
}

static int prot_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	return -EOPNOTSUPP;
}

static int prot_peek_len(struct socket *sock)
{
	return 0;
}

static bool prot_sock_is_readable(struct sock *sk)
{
	return false;
}

static int prot_ioctl(struct sock *sk, int cmd, int *karg)
{
	if (cmd == SIOCINQ && sk->sk_state != TCP_LISTEN) {
		*karg = 0;
		return 0;
	}
	return rpt_base_prot(sk)->ioctl(sk, cmd, karg);
}

/**
 * rpt_prot_forget() - forget a handshake or session that is over
 * @rs: the state of a socket that TCP has not connected
 *
 * Only why it failed can be asked for until the next one starts.
 *
 * Context: Any context, socket locked.
 */
void rpt_prot_forget(struct rpt_sock *rs)
{
	struct rpt_session *session = rs->session;

	rpt_pump_cancel(rs);
	if (session) {
		spin_lock_bh(&rs->names);
		rs->session = NULL;
		spin_unlock_bh(&rs->names);
		rpt_session_wipe(session);
		kfree_sensitive(session);
	}
	rpt_sock_forget_names(rs);
	/* what would have been due to its peer is due to nobody */
	WRITE_ONCE(rs->owed, 0);
	rs->tallied = false;
	rs->shut_wr = false;
	rs->shut_rd = false;
	rs->close_sent = false;
	rs->close_received = false;
	rs->datapath = 0;
}

/* Owned; or under the spinlock, when a listener forgets a child. */
static int prot_disconnect(struct sock *sk, int flags)
{
	struct rpt_sock *rs = rpt_sock_of(sk);
	int err;

	if (rs && rpt_prot_is_cut(sk, rs))
		return 0;
	err = rpt_base_prot(sk)->disconnect(sk, flags);
	if (rs && !err) {
		if (rs->state == RPT_SOCK_FAILED)
			rs->lost = rpt_sock_errno(rs, rs->err);
		rpt_prot_forget(rs);
	}
	return err;
}

/*
 * A child that was cloned before its listener was attached is plain TCP: nobody
 * who asked for riptides may get it.
 */
static int prot_accept(struct socket *sock, struct socket *newsock,
		       struct proto_accept_arg *arg)
{
	int err = inet_accept(sock, newsock, arg);

	if (err)
		return err;
	return inet_csk(newsock->sk)->icsk_ulp_ops == &rpt_ulp_ops ? 0 :
		-ECONNABORTED;
}

static int prot_drop(read_descriptor_t *desc, struct sk_buff *skb,
		     unsigned int offset, size_t len)
{
	return len;
}

/* What the peer has sent is not for the application: it has been read. */
static void prot_drain(struct sock *sk)
{
	read_descriptor_t desc = { .count = 1 };

	tcp_read_sock(sk, &desc, prot_drop);
}

static void prot_close(struct sock *sk, long timeout)
{
	const struct proto *base = rpt_base_prot(sk);
	struct rpt_sock *rs;

	lock_sock(sk);
	if (!prot_is_ours(sk)) {
		/* handed over after inet_release() had read sk_prot */
		release_sock(sk);
		READ_ONCE(sk->sk_prot)->close(sk, timeout);
		return;
	}
	rs = rpt_sock_of(sk);
	if (rs && rs->state == RPT_SOCK_DONE && tcp_inq(sk) &&
	    !rpt_promote(sk, rs)) {
		/*
		 * A ticket that nobody reads would make TCP reset what we have
		 * sent: let the data path take it first.
		 */
		release_sock(sk);
		READ_ONCE(sk->sk_prot)->close(sk, timeout);
		return;
	}
	if (rs) {
		trace_riptides_close(sk, rpt_info_state(rs), rs->err);
		if (rs->state == RPT_SOCK_DONE &&
		    !(sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime))
			rpt_promote_close_notify(sk, rs);
		if (rs->state == RPT_SOCK_HANDSHAKE) {
			/* there is no half-way: the peer gets a reset */
			rpt_pump_cancel(rs);
			tcp_disconnect(sk, 0);
		}
		/* a reset would outrun the alert that tells the peer why */
		if (rs->state == RPT_SOCK_FAILED)
			prot_drain(sk);
		rpt_pump_cancel(rs);
	}
	WRITE_ONCE(sk->sk_prot, (struct proto *)base);
	release_sock(sk);
	base->close(sk, timeout);
}

static __poll_t prot_poll(struct file *file, struct socket *sock,
			  poll_table *wait)
{
	const struct proto_ops *ops;
	struct sock *sk = sock->sk;
	struct rpt_sock *rs;
	__poll_t mask;
	bool waited;
	u8 state;

	mask = tcp_poll(file, sock, wait);
	if (inet_sk_state_load(sk) == TCP_LISTEN)
		return mask;
	lock_sock(sk);
	rs = rpt_sock_of(sk);
	/* to poll is not to write: who waits goes on waiting */
	if (rs && rs->state != RPT_SOCK_WAIT)
		rpt_prot_hand_over(sk, rs);
	state = rs ? rs->state : RPT_SOCK_FAILED;
	/* who has shut down hears at once that he may not write */
	waited = rs && (rs->waited || rs->shut_wr);
	release_sock(sk);

	switch (state) {
	case RPT_SOCK_HANDSHAKE:
		return mask & (EPOLLERR | EPOLLHUP);
	case RPT_SOCK_WAIT:
		mask &= EPOLLERR | EPOLLHUP | EPOLLOUT | EPOLLWRNORM;
		return waited ? mask : mask & (EPOLLERR | EPOLLHUP);
	case RPT_SOCK_CLEAR:
	case RPT_SOCK_OPEN:
		ops = READ_ONCE(sock->ops);
		if (ops->poll == prot_poll)
			return 0;
		return ops->poll(file, sock, NULL);
	case RPT_SOCK_FAILED:
		/* as a TCP connection that was reset */
		if (READ_ONCE(sk->sk_err))
			mask |= EPOLLERR;
		return mask | EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLOUT |
		       EPOLLWRNORM | EPOLLHUP;
	}
	/* attached when connected, and not started: nothing moves by itself */
	if (rpt_tcp_connected(sk))
		return mask & (EPOLLERR | EPOLLHUP);
	return mask;
}

static void prot_note_shutdown(struct rpt_sock *rs, int how)
{
	if (how != SHUT_WR)
		rs->shut_rd = true;
	if (how != SHUT_RD)
		WRITE_ONCE(rs->shut_wr, true);
}

/*
 * Of a child that waits: true if it goes on to do so. The end of what a server
 * says is something that it says, and there is no waiting for who does not want
 * to hear. lock_sock() held.
 */
static bool prot_shutdown_wait(struct rpt_sock *rs, int how)
{
	if (rs->state != RPT_SOCK_WAIT || !rpt_tcp_connected(rs->sk))
		return false;
	prot_note_shutdown(rs, how);
	return !rs->shut_wr || !(rs->shut_rd || rs->waited);
}

/* Of a handshake: what has not begun cannot end cleanly. lock_sock() held. */
static int prot_shutdown_early(struct rpt_sock *rs, int how)
{
	prot_note_shutdown(rs, how);
	if (!rs->shut_rd || !rs->shut_wr)
		return 0;	/* when the handshake is complete */
	rpt_pump_fail(rs, ECONNABORTED, NULL);
	sock_error(rs->sk);
	WRITE_ONCE(rs->sk->sk_shutdown, SHUTDOWN_MASK);
	return 0;
}

static int prot_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	struct rpt_sock *rs;
	int err;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	lock_sock(sk);
	rs = rpt_sock_of(sk);
	if (rs && prot_shutdown_wait(rs, how)) {
		/* who is to hear of it may be in the middle of a call */
		sk->sk_state_change(sk);
		release_sock(sk);
		return 0;
	}
	if (rs)
		rpt_prot_hand_over(sk, rs);
	if (rs && rs->state == RPT_SOCK_HANDSHAKE && rpt_tcp_connected(sk)) {
		err = prot_shutdown_early(rs, how);
		release_sock(sk);
		return err;
	}
	release_sock(sk);
	if (READ_ONCE(sock->ops)->shutdown != prot_shutdown)
		return READ_ONCE(sock->ops)->shutdown(sock, how);
	return inet_shutdown(sock, how);
}

static int prot_setsockopt(struct sock *sk, int level, int optname,
			   sockptr_t optval, unsigned int optlen)
{
	struct rpt_sock *rs;

	if (rpt_prot_forbids(level, optname))
		return -EOPNOTSUPP;
	if (level != SOL_RIPTIDES)
		return rpt_base_prot(sk)->setsockopt(sk, level, optname,
						     optval, optlen);
	rs = rpt_sock_get(sk);
	if (!rs)
		return -ECONNABORTED;
	return rpt_setsockopt(sk, rs, optname, optval, optlen);
}

static int prot_getsockopt(struct sock *sk, int level, int optname,
			   char __user *optval, int __user *optlen)
{
	struct rpt_sock *rs;

	if (rpt_prot_forbids(level, optname))
		return -EOPNOTSUPP;
	if (level != SOL_RIPTIDES)
		return rpt_base_prot(sk)->getsockopt(sk, level, optname,
						     optval, optlen);
	rs = rpt_sock_get(sk);
	if (!rs)
		return -ECONNABORTED;
	return rpt_getsockopt(sk, rs, optname, optval, optlen);
}

static void __init prot_build(unsigned int i, const struct proto *prot,
			      const struct proto_ops *ops)
{
	rpt_prot[i] = *prot;
	rpt_prot[i].sendmsg = prot_sendmsg;
	rpt_prot[i].recvmsg = prot_recvmsg;
	rpt_prot[i].splice_eof = prot_splice_eof;
	rpt_prot[i].connect = rpt_prot_connect;
	rpt_prot[i].disconnect = prot_disconnect;
	rpt_prot[i].close = prot_close;
	rpt_prot[i].ioctl = prot_ioctl;
	rpt_prot[i].setsockopt = prot_setsockopt;
	rpt_prot[i].getsockopt = prot_getsockopt;
	rpt_prot[i].sock_is_readable = prot_sock_is_readable;
	rpt_prot[i].release_cb = rpt_pump_release_cb;
#ifdef CONFIG_BPF_SYSCALL
	/* no sockmap: it would go around us */
	rpt_prot[i].psock_update_sk_prot = NULL;
#endif
	rpt_proto_ops[i] = *ops;
	rpt_proto_ops[i].connect = riptides_stream_connect;
	rpt_proto_ops[i].accept = prot_accept;
	rpt_proto_ops[i].poll = prot_poll;
	rpt_proto_ops[i].shutdown = prot_shutdown;
	rpt_proto_ops[i].splice_read = prot_splice_read;
	rpt_proto_ops[i].splice_eof = prot_splice_eof;
	rpt_proto_ops[i].read_sock = prot_read_sock;
	rpt_proto_ops[i].read_skb = prot_read_skb;
	rpt_proto_ops[i].sendmsg_locked = prot_sendmsg_locked;
	rpt_proto_ops[i].peek_len = prot_peek_len;
	rpt_proto_ops[i].mmap = sock_no_mmap;
}

/**
 * rpt_prot_init() - derive our protos from TCP's
 *
 * Context: Initialisation.
 */
void __init rpt_prot_init(void)
{
	prot_build(0, &tcp_prot, &inet_stream_ops);
#if IS_ENABLED(CONFIG_IPV6)
	prot_build(1, &tcpv6_prot, &inet6_stream_ops);
#endif
}

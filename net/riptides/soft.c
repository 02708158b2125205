// SPDX-License-Identifier: GPL-2.0-only
/*
 * The software data path: socket calls, and what post.c asks of a path
 *
 * For kernels without kTLS, suites that kTLS refuses, and whoever asks for it
 * by RIPTIDES_DATAPATH. What it copies once more than kTLS does, it pays for in
 * simplicity: nothing is sealed in place, nothing is asynchronous.
 */

#include <linux/poll.h>
#include <linux/slab.h>
#include <net/inet_common.h>
#include <net/tcp.h>
#include <asm/ioctls.h>

#include "soft.h"

static struct proto soft_prot[2] __ro_after_init;
static struct proto_ops soft_ops[2] __ro_after_init;

/**
 * rpt_soft_is() - whether the software data path has a socket
 * @sk: the socket
 *
 * Context: Any context.
 * Return: true if so.
 */
bool rpt_soft_is(const struct sock *sk)
{
	return READ_ONCE(sk->sk_prot) == &soft_prot[rpt_is_v6(sk)];
}

/**
 * rpt_soft_destroy() - wipe and free the state
 * @soft: the state
 *
 * Context: Any context but hard interrupts.
 */
void rpt_soft_destroy(struct rpt_soft *soft)
{
	struct rpt_soft_record *record, *next;

	list_for_each_entry_safe(record, next, &soft->plain, list)
		rpt_soft_free_record(record);
	rpt_soft_free_record(soft->record);
	rpt_record_key_wipe(&soft->tx);
	rpt_record_key_wipe(&soft->rx);
	kfree_sensitive(soft);
}

static int soft_install(struct sock *sk, struct rpt_sock *rs)
{
	struct rpt_session *s = rs->session;
	struct rpt_soft *soft;
	int err;

	soft = kzalloc_obj(*soft, GFP_KERNEL_ACCOUNT);
	if (!soft)
		return -ENOMEM;
	mutex_init(&soft->tx_lock);
	INIT_LIST_HEAD(&soft->plain);
	err = rpt_record_key_set(&soft->tx, s->suite, s->tx_secret);
	if (!err)
		err = rpt_record_key_set(&soft->rx, s->suite, s->rx_secret);
	if (err) {
		rpt_soft_destroy(soft);
		return err;
	}
	soft->tx.seq = s->tx_seq;
	soft->rx.seq = s->rx_seq;
	/* TCP would count ciphertext, and count what we have taken no more */
	soft->rcvlowat = sk->sk_rcvlowat;
	WRITE_ONCE(sk->sk_rcvlowat, 1);
	rs->soft = soft;
	write_lock_bh(&sk->sk_callback_lock);
	WRITE_ONCE(sk->sk_prot, &soft_prot[rpt_is_v6(sk)]);
	WRITE_ONCE(sk->sk_socket->ops, &soft_ops[rpt_is_v6(sk)]);
	write_unlock_bh(&sk->sk_callback_lock);
	return 0;
}

static void soft_tx_lock(struct sock *sk, struct rpt_sock *rs)
{
	mutex_lock(&rs->soft->tx_lock);
}

static bool soft_tx_trylock(struct sock *sk, struct rpt_sock *rs)
{
	return mutex_trylock(&rs->soft->tx_lock);
}

static void soft_tx_unlock(struct sock *sk, struct rpt_sock *rs)
{
	mutex_unlock(&rs->soft->tx_lock);
}

static int soft_send_control(struct sock *sk, struct rpt_sock *rs, u8 type,
			     const u8 *buf, size_t len, unsigned int flags)
{
	struct rpt_soft *soft = rs->soft;
	int err;

	if (!(flags & RPT_PATH_FORCE) && !sk_stream_memory_free(sk))
		return -EAGAIN;
	err = rpt_soft_send_record(sk, soft, type, buf, len);
	if (!err && flags & RPT_PATH_REKEY)
		err = rpt_record_key_set(&soft->tx, rs->session->suite,
					 rs->session->tx_secret);
	return err;
}

static int soft_rx_rekey(struct sock *sk, struct rpt_sock *rs)
{
	return rpt_record_key_set(&rs->soft->rx, rs->session->suite,
				  rs->session->rx_secret);
}

/* Our own record layer as a data path. */
const struct rpt_path rpt_soft_path = {
	.datapath = RIPTIDES_DATAPATH_SOFTWARE,
	.install = soft_install,
	.tx_lock = soft_tx_lock,
	.tx_trylock = soft_tx_trylock,
	.tx_unlock = soft_tx_unlock,
	.send_control = soft_send_control,
	.rx_rekey = soft_rx_rekey,
};

static __poll_t soft_poll(struct file *file, struct socket *sock,
			  poll_table *wait)
{
	__poll_t mask = tcp_poll(file, sock, wait);
	struct sock *sk = sock->sk;
	struct rpt_sock *rs;
	int err;

	mask &= ~(EPOLLIN | EPOLLRDNORM | EPOLLPRI);
	lock_sock(sk);
	rs = rpt_sock_of(sk);
	err = rpt_soft_fill(sk, rs, max(rs->soft->rcvlowat, 1));
	/* no memory: nothing else would wake a reader who could try again */
	if (err || rs->soft->plain_len >= max(rs->soft->rcvlowat, 1) ||
	    rpt_soft_full(sk, rs->soft) || rpt_soft_ended(sk, rs))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (rs->close_received || sk->sk_shutdown & RCV_SHUTDOWN)
		mask |= EPOLLRDHUP;
	if (sk->sk_err)
		mask |= EPOLLERR;
	release_sock(sk);
	return mask;
}

static bool soft_sock_is_readable(struct sock *sk)
{
	struct rpt_sock *rs = rpt_sock_of(sk);

	return READ_ONCE(rs->soft->plain_len);
}

static int soft_ioctl(struct sock *sk, int cmd, int *karg)
{
	struct rpt_sock *rs;

	if (cmd != SIOCINQ)
		return rpt_base_prot(sk)->ioctl(sk, cmd, karg);
	lock_sock(sk);
	rs = rpt_sock_of(sk);
	rpt_soft_fill(sk, rs, INT_MAX);
	*karg = rs->soft->plain_len;
	release_sock(sk);
	return 0;
}

static int soft_set_rcvlowat(struct sock *sk, int val)
{
	rpt_sock_of(sk)->soft->rcvlowat =
		min(val, max(READ_ONCE(sk->sk_rcvbuf) >> 1, 1));
	sk->sk_data_ready(sk);
	return 0;
}

static int soft_disconnect(struct sock *sk, int flags)
{
	return -EOPNOTSUPP;
}

static int soft_shutdown(struct socket *sock, int how)
{
	struct rpt_sock *rs = rpt_sock_of(sock->sk);

	int err;

	if (how != SHUT_WR && how != SHUT_RDWR)
		return inet_shutdown(sock, how);
	if (inet_sk_state_load(sock->sk) == TCP_CLOSE)
		return -ENOTCONN;
	rpt_post_tx_end(sock->sk, rs, false);
	err = inet_shutdown(sock, how);
	/* a peer that is gone answers our close_notify by a reset */
	return err == -ENOTCONN ? 0 : err;
}

static void soft_close(struct sock *sk, long timeout)
{
	const struct proto *base = rpt_base_prot(sk);
	struct rpt_sock *rs = rpt_sock_of(sk);

	/*
	 * A ticket that nobody read would make TCP reset what we have sent;
	 * data that nobody read does so on TCP, too.
	 */
	lock_sock(sk);
	rpt_soft_fill(sk, rs, 1);
	if (rs->soft->plain_len) {
		sock_set_flag(sk, SOCK_LINGER);
		sk->sk_lingertime = 0;
	}
	release_sock(sk);
	rpt_post_tx_end(sk, rs, true);
	lock_sock(sk);
	WRITE_ONCE(sk->sk_prot, (struct proto *)base);
	release_sock(sk);
	base->close(sk, timeout);
}

static void __init soft_build(unsigned int i, const struct proto_ops *base)
{
	/* options, splice_eof and no sockmap as before the hand-over */
	soft_prot[i] = rpt_prot[i];
	soft_prot[i].sendmsg = rpt_soft_sendmsg;
	soft_prot[i].recvmsg = rpt_soft_recvmsg;
	soft_prot[i].ioctl = soft_ioctl;
	soft_prot[i].disconnect = soft_disconnect;
	soft_prot[i].close = soft_close;
	soft_prot[i].sock_is_readable = soft_sock_is_readable;
	soft_ops[i] = rpt_proto_ops[i];
	soft_ops[i].connect = base->connect;
	soft_ops[i].poll = soft_poll;
	soft_ops[i].shutdown = soft_shutdown;
	/* by way of recvmsg(), as for a socket that has no way of its own */
	soft_ops[i].splice_read = NULL;
	soft_ops[i].set_rcvlowat = soft_set_rcvlowat;
}

/**
 * rpt_soft_init() - derive the path's protos
 *
 * Context: Initialisation, after rpt_prot_init().
 */
void __init rpt_soft_init(void)
{
	soft_build(0, &inet_stream_ops);
#if IS_ENABLED(CONFIG_IPV6)
	soft_build(1, &inet6_stream_ops);
#endif
}

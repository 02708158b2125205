// SPDX-License-Identifier: GPL-2.0-only
/*
 * The software data path, sending
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "soft.h"

/**
 * rpt_soft_send_record() - seal and queue one record, room or not
 * @sk: the socket
 * @soft: its data path
 * @type: content type
 * @data: content
 * @len: its length
 *
 * Context: Process context, tx_lock held, socket not locked.
 * Return: 0; -ENOMEM, nothing was sealed; -EPIPE TCP takes no more; errno of
 * the record layer.
 */
int rpt_soft_send_record(struct sock *sk, struct rpt_soft *soft, u8 type,
			 const u8 *data, size_t len)
{
	size_t cap = len + RPT_RECORD_OVERHEAD;
	struct sk_buff *skb = NULL;
	size_t out_len;
	u8 *out;
	int err;

	out = kvmalloc(cap, GFP_KERNEL);
	if (!out)
		return -ENOMEM;
	err = rpt_record_seal(&soft->tx, type, data, len, 0, out, cap,
			      &out_len);
	if (!err) {
		skb = tcp_alloc_prepared(out, out_len, GFP_KERNEL);
		/* nobody has seen it: as if it had not been sealed */
		if (!skb) {
			soft->tx.seq--;
			err = -ENOMEM;
		}
	}
	kvfree(out);
	if (err)
		return err;
	lock_sock(sk);
	err = tcp_send_prepared(sk, skb);
	release_sock(sk);
	return err;
}

/* Wait until TCP has room for another record. */
static int soft_wait_room(struct sock *sk, long *timeo)
{
	int err = 0;

	lock_sock(sk);
	while (!err) {
		if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN)) {
			err = -EPIPE;
			break;
		}
		if (sk_stream_memory_free(sk))
			break;
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		err = *timeo ? sk_stream_wait_memory(sk, timeo) : -EAGAIN;
	}
	release_sock(sk);
	return err;
}

/* One record of data from @msg: how much of it, or an errno. */
static ssize_t soft_send_some(struct sock *sk, struct rpt_sock *rs,
			      struct msghdr *msg, u8 *buf, size_t cap,
			      long *timeo)
{
	struct rpt_soft *soft = rs->soft;
	size_t n;
	int err;

	do {
		/* without any left, ours is the wait that TCP will end */
		err = soft_wait_room(sk, timeo);
		if (err)
			return err;
		err = rpt_post_tx_prepare(sk, rs, soft->tx.seq);
		/* a ticket has taken the room of the KeyUpdate behind it */
	} while (err == -EAGAIN);
	if (err)
		return err;
	n = min(cap, msg_data_left(msg));
	if (!copy_from_iter_full(buf, n, &msg->msg_iter))
		return -EFAULT;
	err = rpt_soft_send_record(sk, soft, RPT_CT_APPLICATION_DATA, buf, n);
	if (err == -EPIPE)
		WRITE_ONCE(rs->close_sent, true);
	if (err)
		iov_iter_revert(&msg->msg_iter, n);
	return err ?: n;
}

static int soft_check_msg(const struct msghdr *msg)
{
	struct cmsghdr *cmsg;

	/* the second line is what TCP ignores */
	if (msg->msg_flags & ~(MSG_MORE | MSG_DONTWAIT | MSG_NOSIGNAL |
			       MSG_CONFIRM | MSG_DONTROUTE | MSG_WAITALL |
			       MSG_BATCH | MSG_CMSG_COMPAT | MSG_SPLICE_PAGES |
			       MSG_EOR | MSG_SENDPAGE_NOPOLICY))
		return -EOPNOTSUPP;
	if (msg->msg_flags & MSG_EOR && msg->msg_flags & MSG_MORE)
		return -EINVAL;
	for_each_cmsghdr(cmsg, (struct msghdr *)msg) {
		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		/* records that are not data are ours alone */
		if (cmsg->cmsg_level == SOL_TLS)
			return -EPERM;
	}
	return 0;
}

/**
 * rpt_soft_sendmsg() - sendmsg() of the software data path
 * @sk: the socket
 * @msg: what
 * @size: how much
 *
 * Context: Process context, nothing locked.
 * Return: bytes taken; -EAGAIN, -EINTR, -ERESTARTSYS from waiting; -EPIPE
 * nothing can be sent any more; -EOPNOTSUPP a flag that TLS has no place for;
 * -EINVAL flags that contradict each other, a bad control message;
 * -EPERM a record type in a control message; -EFAULT; -ENOMEM.
 */
int rpt_soft_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct rpt_sock *rs = rpt_sock_of(sk);
	struct rpt_soft *soft = rs->soft;
	size_t cap, copied = 0;
	ssize_t n = 0;
	long timeo;
	u8 *buf;
	int err;

	err = soft_check_msg(msg);
	if (err)
		return err;
	timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	cap = min_t(size_t, rs->session->tx_limit, max_t(size_t, size, 1));
	buf = kvmalloc(cap, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	err = mutex_lock_interruptible(&soft->tx_lock);
	if (err) {
		kvfree(buf);
		return err;
	}
	while (msg_data_left(msg)) {
		n = soft_send_some(sk, rs, msg, buf, cap, &timeo);
		if (n < 0)
			break;
		copied += n;
	}
	mutex_unlock(&soft->tx_lock);
	kvfree_sensitive(buf, cap);
	if (copied || n >= 0)
		return copied;
	return sk_stream_error(sk, msg->msg_flags, n);
}

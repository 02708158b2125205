// SPDX-License-Identifier: GPL-2.0-only
/*
 * The software data path, receiving
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <net/inet_common.h>
#include <net/tcp.h>

#include "mib.h"
#include "soft.h"

static size_t soft_size(const struct rpt_soft_record *record)
{
	return sizeof(*record) + record->need;
}

/**
 * rpt_soft_free_record() - wipe and free a record
 * @record: the record, or NULL
 *
 * Context: Any context but hard interrupts.
 */
void rpt_soft_free_record(struct rpt_soft_record *record)
{
	if (record)
		kvfree_sensitive(record, soft_size(record));
}

/**
 * rpt_soft_full() - whether as much waits to be read as is kept
 * @sk: the socket
 * @soft: its data path
 *
 * TCP's window goes on bounding what the peer makes us keep.
 *
 * Context: lock_sock() held.
 * Return: true if there is something, and no more is opened.
 */
bool rpt_soft_full(const struct sock *sk, const struct rpt_soft *soft)
{
	return soft->kept >= max(READ_ONCE(sk->sk_rcvbuf), 1);
}

/* Where tcp_read_sock() is to put bytes. */
struct soft_sink {
	u8 *to;
	size_t len;
};

static int soft_take(read_descriptor_t *desc, struct sk_buff *skb,
		     unsigned int offset, size_t len)
{
	struct soft_sink *sink = desc->arg.data;
	size_t n = min(len, desc->count);

	if (!n || skb_copy_bits(skb, offset, sink->to + sink->len, n))
		return 0;
	sink->len += n;
	desc->count -= n;
	return n;
}

/* Take up to @want bytes from TCP. */
static size_t soft_read(struct sock *sk, u8 *to, size_t want)
{
	struct soft_sink sink = { .to = to };
	read_descriptor_t desc = { .arg.data = &sink, .count = want };

	tcp_read_sock(sk, &desc, soft_take);
	return sink.len;
}

/* Begin a record: its header tells how long it is. 0: not all of it is here. */
static int soft_begin(struct sock *sk, struct rpt_sock *rs)
{
	struct rpt_soft *soft = rs->soft;
	struct rpt_soft_record *record;
	size_t len;
	u8 type;
	int err;

	soft->hdr_len += soft_read(sk, soft->hdr + soft->hdr_len,
				   RPT_RECORD_HDR - soft->hdr_len);
	if (soft->hdr_len < RPT_RECORD_HDR)
		return 0;
	err = rpt_record_header(soft->hdr, true, &type, &len);
	if (err == -EMSGSIZE)
		return rpt_post_broken(sk, rs, RPT_ALERT_RECORD_OVERFLOW,
				       -EPROTO);
	if (err || type != RPT_CT_APPLICATION_DATA)
		return rpt_post_broken(sk, rs, RPT_ALERT_UNEXPECTED_MESSAGE,
				       -EPROTO);
	record = kvmalloc(sizeof(*record) + RPT_RECORD_HDR + len,
			  GFP_KERNEL_ACCOUNT);
	if (!record)
		return -ENOMEM;
	record->need = RPT_RECORD_HDR + len;
	record->have = RPT_RECORD_HDR;
	memcpy(record->buf, soft->hdr, RPT_RECORD_HDR);
	soft->hdr_len = 0;
	soft->record = record;
	return 1;
}

static int soft_open_failed(struct sock *sk, struct rpt_sock *rs, int err)
{
	switch (err) {
	case -EMSGSIZE:
		return rpt_post_broken(sk, rs, RPT_ALERT_RECORD_OVERFLOW,
				       -EPROTO);
	case -EPROTO:
		return rpt_post_broken(sk, rs, RPT_ALERT_UNEXPECTED_MESSAGE,
				       -EPROTO);
	}
	rpt_mib_inc(sock_net(sk), RPT_MIB_DECRYPTERROR);
	return rpt_post_broken(sk, rs, RPT_ALERT_BAD_RECORD_MAC, -EBADMSG);
}

/* A whole record is here. */
static int soft_open(struct sock *sk, struct rpt_sock *rs,
		     struct rpt_soft_record *record)
{
	struct rpt_soft *soft = rs->soft;
	size_t len;
	u8 type;
	int err;

	err = rpt_record_open(&soft->rx, record->buf, record->need, &type,
			      &record->data, &len);
	if (err)
		return soft_open_failed(sk, rs, err);
	if (len > rs->session->rx_limit)
		return soft_open_failed(sk, rs, -EMSGSIZE);
	if (type != RPT_CT_APPLICATION_DATA)
		return rpt_post_control(sk, rs, type, record->data, len);
	err = rpt_post_data(sk, rs);
	if (err)
		return err;
	record->len = len;
	if (len) {
		list_add_tail(&record->list, &soft->plain);
		soft->plain_len += len;
		soft->kept += soft_size(record);
	}
	return 0;
}

static int soft_fill(struct sock *sk, struct rpt_sock *rs, size_t target)
{
	struct rpt_soft *soft = rs->soft;
	struct rpt_soft_record *record;
	int err;

	while (soft->plain_len < target && !rpt_soft_full(sk, soft) &&
	       rs->state == RPT_SOCK_OPEN && !rs->close_received) {
		if (!soft->record) {
			err = soft_begin(sk, rs);
			if (err <= 0)
				return err;
		}
		record = soft->record;
		record->have += soft_read(sk, record->buf + record->have,
					  record->need - record->have);
		if (record->have < record->need)
			return 0;
		soft->record = NULL;
		record->len = 0;
		err = soft_open(sk, rs, record);
		if (!record->len)
			rpt_soft_free_record(record);
		if (err)
			return err;
	}
	return 0;
}

/**
 * rpt_soft_fill() - open records until there is something to read
 * @sk: the socket
 * @rs: its state
 * @target: bytes of plaintext wanted
 *
 * Context: Process context, lock_sock() held.
 * Return: 0, there may be less than @target; -EPROTO, -EBADMSG the session has
 * failed; -ENOMEM.
 */
int rpt_soft_fill(struct sock *sk, struct rpt_sock *rs, size_t target)
{
	int err = soft_fill(sk, rs, target);

	if (err && rs->state == RPT_SOCK_FAILED) {
		WRITE_ONCE(sk->sk_err, -err);
		sk_error_report(sk);
	}
	return err;
}

/**
 * rpt_soft_ended() - whether nothing more will come
 * @sk: the socket
 * @rs: its state
 *
 * Context: lock_sock() held.
 * Return: true if a reader need not wait.
 */
bool rpt_soft_ended(const struct sock *sk, const struct rpt_sock *rs)
{
	return rs->state != RPT_SOCK_OPEN || rs->close_received || sk->sk_err ||
	       sock_flag(sk, SOCK_DONE) || sk->sk_state == TCP_CLOSE ||
	       (sk->sk_shutdown & RCV_SHUTDOWN);
}

/* Why there is nothing to read, and will not be: 0 for the end of the data. */
static int soft_end(struct sock *sk, struct rpt_sock *rs)
{
	int err;

	if (rs->close_received)
		return 0;
	err = sock_error(sk);
	if (err)
		return err;
	/* nothing that has failed ever looks like the end of the data */
	if (rs->state != RPT_SOCK_OPEN)
		return -rpt_sock_errno(rs, rs->err);
	if (sock_flag(sk, SOCK_DONE) || sk->sk_state == TCP_CLOSE)
		return rpt_post_eof(sk, rs);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	return -ENOTCONN;
}

/* Copy up to @len bytes, from @skip on, and take them unless only peeked at. */
static ssize_t soft_copy(struct rpt_soft *soft, struct msghdr *msg, size_t len,
			 size_t skip, int flags)
{
	struct rpt_soft_record *record, *next;
	size_t done = 0;

	list_for_each_entry_safe(record, next, &soft->plain, list) {
		size_t n;

		if (skip >= record->len) {
			skip -= record->len;
			continue;
		}
		n = min_t(size_t, len - done, record->len - skip);
		if (!n)
			break;
		if (!(flags & MSG_TRUNC) &&
		    copy_to_iter(record->data + skip, n, &msg->msg_iter) != n)
			return done ?: -EFAULT;
		done += n;
		skip = 0;
		if (flags & MSG_PEEK)
			continue;
		record->data += n;
		record->len -= n;
		soft->plain_len -= n;
		if (!record->len) {
			list_del(&record->list);
			soft->kept -= soft_size(record);
			rpt_soft_free_record(record);
		}
	}
	return done;
}

static int soft_recv_locked(struct sock *sk, struct rpt_sock *rs,
			    struct msghdr *msg, size_t len, int flags)
{
	struct rpt_soft *soft = rs->soft;
	size_t target, copied = 0;
	struct sk_buff *last;
	ssize_t n;
	long timeo;
	int err;

	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	target = flags & MSG_WAITALL ? len :
		 min_t(size_t, soft->rcvlowat ?: 1, len);
	if (!target)
		target = len ? 1 : 0;
	while (copied < len) {
		size_t peeked = flags & MSG_PEEK ? copied : 0;
		bool full;

		err = rpt_soft_fill(sk, rs, peeked + len - copied);
		full = rpt_soft_full(sk, soft);
		n = soft_copy(soft, msg, len - copied, peeked, flags);
		if (n < 0)
			return copied ?: n;
		copied += n;
		if (copied >= target)
			break;
		if (full && !err) {
			/* as much as we keep: there is no more to peek at */
			if (flags & MSG_PEEK)
				break;
			/* but behind it there may be */
			continue;
		}
		if (!err && !rpt_soft_ended(sk, rs)) {
			if (!timeo)
				err = -EAGAIN;
			else if (signal_pending(current))
				err = sock_intr_errno(timeo);
			if (!err) {
				last = skb_peek_tail(&sk->sk_receive_queue);
				sk_wait_data(sk, &timeo, last);
				continue;
			}
		} else if (!err && !n) {
			err = soft_end(sk, rs);
			return copied ?: err;
		}
		if (err) {
			/* what failed for good is told by sk_err, once */
			if (!copied && rs->state == RPT_SOCK_FAILED)
				return sock_error(sk) ?: err;
			return copied ?: err;
		}
	}
	return copied;
}

/**
 * rpt_soft_recvmsg() - recvmsg() of the software data path
 * @sk: the socket
 * @msg: where to
 * @len: how much
 * @flags: MSG_*
 *
 * Context: Process context, nothing locked.
 * Return: bytes; 0 at the end; -EAGAIN, -EINTR, -ERESTARTSYS from waiting;
 * -ECONNRESET FIN without close_notify; -EPROTO, -EBADMSG the session failed;
 * -EINVAL MSG_OOB; -EFAULT; -ENOMEM.
 */
int rpt_soft_recvmsg(struct sock *sk, struct msghdr *msg, size_t len,
		     int flags)
{
	struct rpt_sock *rs;
	int ret;

	if (flags & MSG_ERRQUEUE)
		return inet_recv_error(sk, msg, len);
	if (flags & MSG_OOB)
		return -EINVAL;
	lock_sock(sk);
	rs = rpt_sock_of(sk);
	ret = soft_recv_locked(sk, rs, msg, len, flags);
	release_sock(sk);
	return ret;
}

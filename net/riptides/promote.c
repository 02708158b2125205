// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handing the traffic keys to the data path
 *
 * Only from a system call that holds a reference on the file, or from our own
 * close: inet_release() reads sk->sk_prot without a lock, and a change under it
 * would be a use of the wrong close().
 */

#include <linux/slab.h>
#include <net/tcp.h>
#include <trace/events/riptides.h>

#include "mib.h"
#include "path.h"
#include "record.h"
#include "sock.h"

/**
 * struct sealing - what it takes to make one record
 * @key: the key
 * @len: length of @buf
 * @buf: the record
 */
struct sealing {
	struct rpt_record_key key;
	size_t len;
	u8 buf[];
};

/* Records that are already here may fail while the path is installed. */
static int promote_try(struct sock *sk, struct rpt_sock *rs,
		       const struct rpt_path *path)
{
	int err;

	rs->path = path;
	rs->datapath = path->datapath;
	WRITE_ONCE(rs->state, RPT_SOCK_OPEN);
	err = path->install(sk, rs);
	trace_riptides_promote(sk, path->datapath, err);
	if (err) {
		WRITE_ONCE(rs->state, RPT_SOCK_DONE);
		rs->datapath = 0;
		rs->path = NULL;
	}
	return err;
}

/* The paths to try, best first. */
static int promote_install(struct sock *sk, struct rpt_sock *rs, u8 wanted)
{
	int err = -EOPNOTSUPP;

	if (IS_ENABLED(CONFIG_TLS) && wanted != RIPTIDES_DATAPATH_SOFTWARE)
		err = promote_try(sk, rs, &rpt_ktls_path);
	/* what a peer said before it was gone can be read without kTLS only */
	if (err && (wanted != RIPTIDES_DATAPATH_KTLS || sk->sk_state == TCP_CLOSE))
		err = promote_try(sk, rs, &rpt_soft_path);
	return err;
}

/**
 * rpt_promote() - let the data path take over
 * @sk: the socket
 * @rs: its state, the handshake complete
 *
 * Context: Process context in a system call on @sk's file, lock_sock() held.
 * Return: 0; or the errno that the socket has failed with, which is in sk_err,
 * too: it can only be closed then.
 */
int rpt_promote(struct sock *sk, struct rpt_sock *rs)
{
	const struct rpt_opts *opts;
	struct net *net = sock_net(sk);
	bool ktls;
	int err;

	sock_owned_by_me(sk);
	opts = rcu_dereference_protected(rs->opts, lockdep_sock_is_held(sk));
	err = promote_install(sk, rs, opts ? opts->datapath : 0);
	if (err) {
		rs->err = -err;
		WRITE_ONCE(rs->state, RPT_SOCK_FAILED);
		WRITE_ONCE(sk->sk_err, rpt_sock_errno(rs, -err));
		sk_error_report(sk);
		return err;
	}
	ktls = rs->path == &rpt_ktls_path;
	rpt_mib_inc(net, ktls ? RPT_MIB_TXKTLS : RPT_MIB_TXSW);
	rpt_mib_inc(net, ktls ? RPT_MIB_RXKTLS : RPT_MIB_RXSW);
	rpt_mib_inc(net, ktls ? RPT_MIB_CURRTXKTLS : RPT_MIB_CURRTXSW);
	rpt_mib_inc(net, ktls ? RPT_MIB_CURRRXKTLS : RPT_MIB_CURRRXSW);
	return 0;
}

/**
 * rpt_promote_seal() - make a record before there is a data path
 * @s: the session
 * @type: content type
 * @data: content
 * @len: its length; for alerts, and the first record
 * @gfp: how to allocate
 *
 * The sequence number goes on from here, so that a later hand-over does not use
 * a nonce twice: what is made has to be sent.
 *
 * Context: Any context that @gfp allows.
 * Return: the record, ready for tcp_send_prepared(), or an ERR_PTR(): -ENOMEM;
 * errno of the record layer.
 */
struct sk_buff *rpt_promote_seal(struct rpt_session *s, u8 type, const u8 *data,
				 size_t len, gfp_t gfp)
{
	struct sk_buff *skb = NULL;
	struct sealing *seal;
	size_t out;
	int err;

	seal = kzalloc_flex(*seal, buf, RPT_RECORD_OVERHEAD + len, gfp);
	if (!seal)
		return ERR_PTR(-ENOMEM);
	seal->len = RPT_RECORD_OVERHEAD + len;
	err = rpt_record_key_set(&seal->key, s->suite, s->tx_secret);
	if (!err) {
		seal->key.seq = s->tx_seq;
		err = rpt_record_seal(&seal->key, type, data, len, 0, seal->buf,
				      seal->len, &out);
	}
	rpt_record_key_wipe(&seal->key);
	if (!err) {
		skb = tcp_alloc_prepared(seal->buf, out, gfp);
		err = skb ? 0 : -ENOMEM;
	}
	kfree_sensitive(seal);
	if (err)
		return ERR_PTR(err);
	s->tx_seq++;
	return skb;
}

/**
 * rpt_promote_close_notify() - say close_notify before there is a data path
 * @sk: the socket
 * @rs: its state, the handshake complete, kTLS not installed
 *
 * For shutdown() and close() that come in between.
 *
 * Context: Any context, socket locked.
 * Return: 0; -ENOMEM; -EPIPE, -ENOTCONN from TCP; errno of the record layer.
 */
int rpt_promote_close_notify(struct sock *sk, struct rpt_sock *rs)
{
	static const u8 alert[] = { 1 /* warning */, RPT_ALERT_CLOSE_NOTIFY };
	struct sk_buff *skb;
	int err;

	if (rs->close_sent)
		return 0;
	skb = rpt_promote_seal(rs->session, RPT_CT_ALERT, alert, sizeof(alert),
			       GFP_ATOMIC | __GFP_NOWARN);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	err = tcp_send_prepared(sk, skb);
	if (err)
		return err;
	rs->close_sent = true;
	trace_riptides_alert(sk, true, RPT_ALERT_CLOSE_NOTIFY);
	return 0;
}

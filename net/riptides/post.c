// SPDX-License-Identifier: GPL-2.0-only
/*
 * After the hand-over: the records that are not data
 *
 * Tickets, KeyUpdates both ways, alerts and close_notify (RFC 8446 sections
 * 4.6 and 6), for either data path. The receiving half of the session is
 * protected by the socket's lock, the sending half by the path's tx_lock, which
 * is taken first.
 */

#include <net/tcp.h>
#include <trace/events/riptides.h>

#include "mib.h"
#include "offer.h"
#include "path.h"
#include "rule.h"
#include "sock.h"

/* How long until we look again whether an idle peer can be told. */
#define POST_RETRY	(HZ / 10)

/*
 * Not one that others use: what is sent has to own the socket, and somebody who
 * sleeps with it may come in between, though we look before.
 */
static struct workqueue_struct *post_wq __ro_after_init;

/**
 * rpt_post_init() - make the workqueue for what idle sockets have to send
 *
 * Context: Initialisation.
 * Return: 0 or -ENOMEM.
 */
int __init rpt_post_init(void)
{
	post_wq = alloc_workqueue("riptides_post", WQ_UNBOUND, 0);
	return post_wq ? 0 : -ENOMEM;
}

/* Something has to be sent, but not from here. */
static void post_queue(struct rpt_sock *rs, unsigned long delay)
{
	rpt_sock_hold(rs);
	if (!queue_delayed_work(post_wq, &rs->post, delay)) {
		__sock_put(rs->sk);
		refcount_dec(&rs->ref);
	}
}

/* The session has failed by the peer's doing: say so, once. */
static int post_refuse(struct sock *sk, struct rpt_sock *rs, u8 alert, int err)
{
	if (rs->state == RPT_SOCK_OPEN) {
		rs->err = -err;
		WRITE_ONCE(rs->alert_owed, alert);
		/* pairs with post_last_word() */
		smp_store_release(&rs->state, RPT_SOCK_FAILED);
		post_queue(rs, 0);
	}
	return -rpt_sock_errno(rs, -err);
}

static void post_owe_update(struct rpt_sock *rs, bool request)
{
	if (request)
		set_bit(RPT_OWED_REQUEST, &rs->owed);
	/* pairs with post_key_update(), which clears them backwards */
	smp_mb__before_atomic();
	set_bit(RPT_OWED_UPDATE, &rs->owed);
}

static int post_rx_rekey(struct sock *sk, struct rpt_sock *rs)
{
	int err = rs->path->rx_rekey(sk, rs);

	rpt_mib_inc(sock_net(sk), err ? RPT_MIB_REKEYERROR : RPT_MIB_RXREKEY);
	trace_riptides_rekey(sk, false, rs->session->rx_updates);
	return err;
}

static void post_ticket(void *data, const struct rpt_ticket *ticket)
{
	struct rpt_sock *rs = data;

	rpt_mib_inc(sock_net(rs->sk), RPT_MIB_TICKETRECEIVED);
	rpt_offer_keep(rs, ticket);
}

static int post_handshake(struct sock *sk, struct rpt_sock *rs,
			  const u8 *data, size_t len)
{
	struct rpt_post_actions act = {
		.ticket = post_ticket,
		.ticket_data = rs,
	};
	u32 answers;
	int err;

	/* what answers us is none of the KeyUpdates that a peer floods us with */
	answers = min(rs->asked, rs->session->rx_in_a_row);
	rs->asked -= answers;
	rs->session->rx_in_a_row -= answers;
	err = rpt_session_post(rs->session, data, len, &act);
	if (err)
		return post_refuse(sk, rs, act.alert, err == -ENOMEM ? err :
				   -EPROTO);
	if (act.rx_rekey) {
		err = post_rx_rekey(sk, rs);
		if (err)
			return post_refuse(sk, rs, RPT_ALERT_INTERNAL_ERROR,
					   err);
	}
	if (act.tx_rekey) {
		/* before our next record (tx_prepare), or soon if none comes */
		post_owe_update(rs, false);
		post_queue(rs, 0);
	}
	return 0;
}

static int post_alert(struct sock *sk, struct rpt_sock *rs, const u8 *data,
		      size_t len)
{
	struct net *net = sock_net(sk);
	u8 alert = RPT_ALERT_DECODE_ERROR;
	int err;

	err = rpt_session_alert(data, len, &alert);
	if (err == -EBADMSG)
		return post_refuse(sk, rs, alert, -EPROTO);
	if (alert != RPT_ALERT_CLOSE_NOTIFY)
		rpt_mib_inc(net, RPT_MIB_ALERTRECEIVED);
	trace_riptides_alert(sk, false, alert);
	if (err == -EAGAIN)
		return 0;
	if (err) {
		/* RFC 8446 section 6.2: over, and nothing to be said to it */
		rs->alert_received = alert;
		rs->err = EPROTO;
		WRITE_ONCE(rs->state, RPT_SOCK_FAILED);
		return -rpt_sock_errno(rs, EPROTO);
	}
	WRITE_ONCE(rs->close_received, true);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	return 0;
}

/**
 * rpt_post_control() - take a record that is not data
 * @sk: the socket
 * @rs: its state
 * @type: content type
 * @data: content
 * @len: its length
 *
 * Context: Process context, lock_sock() held.
 * Return: 0; -EPROTO the session is over, by an alert of the peer's or by one
 * that is on its way to it; -ENOMEM; errno of a change of keys.
 */
int rpt_post_control(struct sock *sk, struct rpt_sock *rs, u8 type,
		     const u8 *data, size_t len)
{
	sock_owned_by_me(sk);
	/* RFC 8446 section 5.1: only application data may be empty */
	if (!len || (type != RPT_CT_HANDSHAKE && type != RPT_CT_ALERT))
		return post_refuse(sk, rs, RPT_ALERT_UNEXPECTED_MESSAGE,
				   -EPROTO);
	if (type == RPT_CT_ALERT)
		return post_alert(sk, rs, data, len);
	return post_handshake(sk, rs, data, len);
}

/**
 * rpt_post_data() - a record of data has come
 * @sk: the socket
 * @rs: its state
 *
 * Context: Process context, lock_sock() held.
 * Return: 0; -EPROTO it stands in the middle of a handshake message; what the
 * application is told when a rule has ended the session.
 */
int rpt_post_data(struct sock *sk, struct rpt_sock *rs)
{
	int ending = READ_ONCE(rs->ending);

	if (unlikely(ending))
		return -rpt_sock_errno(rs, ending);
	if (!rpt_session_data(rs->session))
		return 0;
	return post_refuse(sk, rs, RPT_ALERT_UNEXPECTED_MESSAGE, -EPROTO);
}

/**
 * rpt_post_broken() - a record does not authenticate, or is no record
 * @sk: the socket
 * @rs: its state
 * @alert: what to answer
 * @err: negative errno for the application
 *
 * Context: Socket's lock or spinlock held.
 * Return: @err, as the application gets it.
 */
int rpt_post_broken(struct sock *sk, struct rpt_sock *rs, u8 alert, int err)
{
	return post_refuse(sk, rs, alert, err);
}

static bool post_may_truncate(const struct rpt_sock *rs)
{
	const struct rpt_opts *opts;
	bool may;

	rcu_read_lock();
	opts = rcu_dereference(rs->opts);
	may = opts && opts->rule && opts->rule->allow_truncation;
	rcu_read_unlock();
	return may;
}

/**
 * rpt_post_eof() - TCP has ended, and all that came is taken
 * @sk: the socket
 * @rs: its state
 *
 * Context: Process context, lock_sock() held.
 * Return: 0 end of file: close_notify came; -ECONNRESET truncated, each time.
 */
int rpt_post_eof(struct sock *sk, struct rpt_sock *rs)
{
	if (READ_ONCE(rs->close_received))
		return 0;
	/* a reset is no end, whatever a rule allows */
	if (sock_flag(sk, SOCK_DONE) && post_may_truncate(rs))
		return 0;
	/* and no better once somebody has taken its error */
	if (!rs->err) {
		rs->err = ECONNRESET;
		rpt_mib_inc(sock_net(sk), RPT_MIB_TRUNCATED);
	}
	return -ECONNRESET;
}

/*
 * Send a KeyUpdate and change the key behind it. tx_lock held.
 * RFC 8446 section 4.6.3.
 */
static int post_key_update(struct sock *sk, struct rpt_sock *rs)
{
	u8 secret[RPT_HASH_MAX], msg[RPT_KEY_UPDATE_LEN];
	struct rpt_session *s = rs->session;
	bool request;
	int err;

	/* who wants another from here on gets another */
	clear_bit(RPT_OWED_UPDATE, &rs->owed);
	/* fully ordered: a request that is set later sets the other, too */
	request = test_and_clear_bit(RPT_OWED_REQUEST, &rs->owed);
	if (request) {
		lock_sock(sk);
		rs->asked++;
		release_sock(sk);
	}
	memcpy(secret, s->tx_secret, sizeof(secret));
	err = rpt_session_key_update(s, request, msg);
	if (!err)
		err = rs->path->send_control(sk, rs, RPT_CT_HANDSHAKE, msg,
					     sizeof(msg), RPT_PATH_REKEY);
	if (err) {
		/* not said, so not done */
		memcpy(s->tx_secret, secret, sizeof(secret));
		s->tx_updates--;
		if (request) {
			lock_sock(sk);
			if (rs->asked)
				rs->asked--;
			release_sock(sk);
		}
		post_owe_update(rs, request);
		if (err != -EAGAIN)
			rpt_mib_inc(sock_net(sk), RPT_MIB_REKEYERROR);
	} else {
		rpt_mib_inc(sock_net(sk), RPT_MIB_TXREKEY);
		trace_riptides_rekey(sk, true, s->tx_updates);
	}
	memzero_explicit(secret, sizeof(secret));
	return err;
}

/*
 * The ticket that was put off until now, when the client has something to read
 * anyway. It is of no importance: without room there is none. tx_lock held.
 */
static void post_send_ticket(struct sock *sk, struct rpt_sock *rs)
{
	struct rpt_opts *opts = rpt_opts_get(rs);
	size_t len;
	u8 *msg;

	clear_bit(RPT_OWED_TICKET, &rs->owed);
	msg = rpt_offer_ticket(sock_net(sk), rs->session, rs->svid, rs->peer,
			       opts, &len);
	rpt_opts_put(opts);
	if (msg && !rs->path->send_control(sk, rs, RPT_CT_HANDSHAKE, msg, len, 0))
		rpt_mib_inc(sock_net(sk), RPT_MIB_TICKETSENT);
	kfree_sensitive(msg);
}

/**
 * rpt_post_tx_prepare() - before data is sealed
 * @sk: the socket
 * @rs: its state
 * @seq: records sealed under the present key
 *
 * A KeyUpdate that is owed goes out before any more data (RFC 8446 section
 * 4.6.3), and so does the one that the AEAD's limit asks for (section 5.5).
 *
 * Context: Process context, tx_lock held, socket not locked.
 * Return: 0; -EPIPE nothing can be sent any more; -EAGAIN no room; what the
 * application is told when a rule has ended the session.
 */
int rpt_post_tx_prepare(struct sock *sk, struct rpt_sock *rs, u64 seq)
{
	int ending = READ_ONCE(rs->ending);

	if (rs->close_sent || READ_ONCE(rs->state) != RPT_SOCK_OPEN)
		return -EPIPE;
	if (unlikely(ending))
		return -rpt_sock_errno(rs, ending);
	if (likely(!READ_ONCE(rs->owed) &&
		   seq < rs->session->suite->record_limit))
		return 0;
	if (test_bit(RPT_OWED_TICKET, &rs->owed))
		post_send_ticket(sk, rs);
	if (!test_bit(RPT_OWED_UPDATE, &rs->owed) &&
	    seq < rs->session->suite->record_limit)
		return 0;
	return post_key_update(sk, rs);
}

/* Nothing more is to be sent: who waits for room must not make us wait. */
static void post_tx_lock(struct sock *sk, struct rpt_sock *rs)
{
	if (rs->path->tx_trylock(sk, rs))
		return;
	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	sk->sk_state_change(sk);
	release_sock(sk);
	rs->path->tx_lock(sk, rs);
}

/*
 * The alert that is owed, or close_notify: nothing is sent behind it. tx_lock
 * held, socket not locked.
 */
static void post_last_word(struct sock *sk, struct rpt_sock *rs)
{
	u8 alert[RPT_ALERT_LEN] = { 1 /* warning */, RPT_ALERT_CLOSE_NOTIFY };
	bool failed = smp_load_acquire(&rs->state) != RPT_SOCK_OPEN;
	s16 owed = READ_ONCE(rs->alert_owed);

	/* failed and nothing owed: the peer has given up, or TCP */
	if (rs->close_sent || (failed && owed < 0))
		return;
	/* what was sent may not be complete */
	if (!failed && READ_ONCE(rs->ending))
		return;
	if (failed) {
		alert[0] = 2 /* fatal */;
		alert[1] = owed;
		rs->alert_sent = owed;
		rpt_mib_inc(sock_net(sk), RPT_MIB_ALERTSENT);
	}
	rs->close_sent = true;
	rs->path->send_control(sk, rs, RPT_CT_ALERT, alert, sizeof(alert),
			       RPT_PATH_FORCE);
	trace_riptides_alert(sk, true, alert[1]);
}

/**
 * rpt_post_tx_end() - before shutdown() or close() sends FIN
 * @sk: the socket
 * @rs: its state
 * @closing: by close()
 *
 * Context: Process context, nothing locked.
 */
void rpt_post_tx_end(struct sock *sk, struct rpt_sock *rs, bool closing)
{
	if (closing && disable_delayed_work_sync(&rs->post)) {
		/* it was pending: its references are ours to drop */
		__sock_put(sk);
		refcount_dec(&rs->ref);
	}
	if (closing && READ_ONCE(rs->ending)) {
		lock_sock(sk);
		sock_set_flag(sk, SOCK_LINGER);
		sk->sk_lingertime = 0;
		release_sock(sk);
	}
	/* an abortive close is a reset, with no word before it */
	if (closing && sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)
		goto out;
	post_tx_lock(sk, rs);
	post_last_word(sk, rs);
	rs->path->tx_unlock(sk, rs);
out:
	if (closing)
		trace_riptides_close(sk, rpt_info_state(rs), rs->err);
}

/* Most locks are short, but whoever has one for long must not keep us busy. */
static unsigned long post_patience(struct rpt_sock *rs)
{
	if (rs->post_tries < 10)
		rs->post_tries++;
	return min_t(unsigned long, 1UL << rs->post_tries, POST_RETRY);
}

/*
 * The worker's tx_lock. It waits for nobody: a writer that has it may sleep for
 * long, in memory that it was given or for room; the latter is told to give up
 * if the session has failed, as somebody may have taken sk_err away from it.
 */
static bool post_work_lock(struct sock *sk, struct rpt_sock *rs, bool failed)
{
	bool locked = rs->path->tx_trylock(sk, rs);
	bool owned = !rpt_sock_trylock(sk, NULL);

	if (!owned) {
		if (!locked && failed) {
			WRITE_ONCE(sk->sk_shutdown,
				   sk->sk_shutdown | SEND_SHUTDOWN);
			sk->sk_state_change(sk);
		}
		rpt_sock_unlock(sk);
		return locked;
	}
	if (locked)
		rs->path->tx_unlock(sk, rs);
	return false;
}

/**
 * rpt_post_work() - send what the session owes, where no write is at hand
 * @work: the post of a struct rpt_sock
 *
 * Context: Workqueue; rpt_post_tx_end() waits for it before the path goes away.
 */
void rpt_post_work(struct work_struct *work)
{
	struct rpt_sock *rs = container_of(to_delayed_work(work),
					   struct rpt_sock, post);
	struct sock *sk = rs->sk;
	s16 owed;

	owed = READ_ONCE(rs->alert_owed);
	if (!post_work_lock(sk, rs, owed >= 0)) {
		/* a writer may do it for us */
		if (owed >= 0 || test_bit(RPT_OWED_UPDATE, &rs->owed))
			post_queue(rs, post_patience(rs));
		rpt_sock_put(rs);
		return;
	}
	rs->post_tries = 0;
	if (owed >= 0) {
		post_last_word(sk, rs);
	} else if (test_bit(RPT_OWED_UPDATE, &rs->owed) && !rs->close_sent &&
		   READ_ONCE(rs->state) == RPT_SOCK_OPEN) {
		if (post_key_update(sk, rs) == -EAGAIN)
			post_queue(rs, POST_RETRY);
	}
	rs->path->tx_unlock(sk, rs);
	if (owed >= 0) {
		lock_sock(sk);
		if (rpt_tcp_connected(sk)) {
			WRITE_ONCE(sk->sk_shutdown,
				   sk->sk_shutdown | SEND_SHUTDOWN);
			tcp_shutdown(sk, SEND_SHUTDOWN);
		}
		release_sock(sk);
	}
	rpt_sock_put(rs);
}

/**
 * rpt_post_rekey() - change our key now
 * @sk: the socket
 * @rs: its state, open
 * @request: ask the peer to change its key, too
 *
 * Context: Process context in a system call, nothing locked.
 * Return: 0, it is done before the next record at the latest; -EPIPE nothing can
 * be sent any more; -ENOMEM.
 */
int rpt_post_rekey(struct sock *sk, struct rpt_sock *rs, bool request)
{
	int err = 0;

	if (READ_ONCE(rs->close_sent) || READ_ONCE(rs->state) != RPT_SOCK_OPEN ||
	    READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
		return -EPIPE;
	post_owe_update(rs, request);
	/* a writer that waits for room does it before its next record */
	if (rs->path->tx_trylock(sk, rs)) {
		err = rpt_post_tx_prepare(sk, rs, 0);
		rs->path->tx_unlock(sk, rs);
	}
	/* no room now: soon, or before the next record */
	if (test_bit(RPT_OWED_UPDATE, &rs->owed))
		post_queue(rs, POST_RETRY);
	return err == -EAGAIN ? 0 : err;
}

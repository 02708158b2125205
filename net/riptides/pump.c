// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the socket to the engine and back, while the handshake runs
 *
 * DOC: handshake worker
 *
 * sk_data_ready and sk_state_change only queue the worker. A step of it takes
 * what has arrived (never a byte behind the record that the engine waits for,
 * since what follows the handshake belongs to the data path), gives it to the
 * engine with no lock held, and queues what the engine has to say as a prepared
 * skb. After each time without the lock it looks whether the handshake is
 * still its own: connect(), close() and the deadline may have ended it.
 *
 * The worker never installs kTLS. It does to a socket what a softirq would, under
 * the spinlock alone, and never waits for who owns it: that may be a task that
 * sleeps for as long as it likes, and other sockets share the workqueue. It comes
 * back when the socket is released.
 */

#include <linux/slab.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>
#include <trace/events/riptides.h>

#include "conn.h"
#include "mib.h"
#include "net.h"
#include "offer.h"
#include "pump.h"
#include "rule.h"
#include "sock.h"
#include "svid.h"
#include "tally.h"

/* How often who ends a connection looks whether its owner lets go, once a jiffy */
#define KILL_TRIES	HZ

static struct workqueue_struct *pump_wq __ro_after_init;

/**
 * rpt_wq_init() - make the workqueue of the handshakes
 *
 * Unbound: public-key work would hold up what else the CPU's queue has. Which
 * CPUs do it, and how nicely, is the administrator's to say, in sysfs.
 *
 * Context: Initialisation.
 * Return: 0 or -ENOMEM.
 */
int __init rpt_wq_init(void)
{
	pump_wq = alloc_workqueue("riptides", WQ_UNBOUND | WQ_SYSFS, 0);
	return pump_wq ? 0 : -ENOMEM;
}

/**
 * rpt_pump_destroy() - wipe and free a handshake
 * @pump: the handshake
 *
 * Context: Any context but hard interrupts.
 */
void rpt_pump_destroy(struct rpt_pump *pump)
{
	if (pump->engine)
		pump->ops->destroy(pump->engine);
	if (pump->session) {
		rpt_session_wipe(pump->session);
		kfree_sensitive(pump->session);
	}
	rpt_offer_free(pump);
	rpt_opts_put(pump->opts);
	rpt_svid_put(pump->svid);
	rpt_peer_put(pump->peer);
	kfree_skb(pump->skb);
	kfree_sensitive(pump);
}

/**
 * rpt_pump_kick() - let the worker look
 * @rs: the state
 * @delay: jiffies
 *
 * Context: Any context.
 */
void rpt_pump_kick(struct rpt_sock *rs, unsigned long delay)
{
	rpt_sock_hold(rs);
	if (!queue_delayed_work(pump_wq, &rs->work, delay)) {
		/* neither can be the last: the caller has its own */
		__sock_put(rs->sk);
		refcount_dec(&rs->ref);
	}
}

/* The handshake no longer counts against anybody's limit. */
static void pump_uncount(struct rpt_sock *rs)
{
	struct net *net = sock_net(rs->sk);

	if (rs->counted) {
		atomic_dec(&rpt_net(net)->handshakes);
		rpt_mib_dec(net, RPT_MIB_HANDSHAKECURR);
		if (rs->from)
			atomic_dec(&rs->from->handshakes);
		rs->counted = false;
	}
	rpt_listener_put(rs->from);
	rs->from = NULL;
	if (rs->listener) {
		atomic_dec(&rs->listener->children);
		rpt_sock_put_state(rs->listener);
		rs->listener = NULL;
	}
}

static void pump_drop(struct rpt_sock *rs)
{
	struct rpt_pump *pump = rs->pump;

	WRITE_ONCE(rs->pump, NULL);
	if (!pump)
		return;
	if (!pump->busy)
		rpt_pump_destroy(pump);
	else if (!pump->settles)
		/* it may wait for the socket, with what nobody wants any more */
		rpt_pump_kick(rs, 0);
}

/**
 * rpt_pump_cancel() - end a handshake of which nobody wants to hear any more
 * @rs: the state, which becomes idle
 *
 * Context: Any context, socket locked or dead.
 */
void rpt_pump_cancel(struct rpt_sock *rs)
{
	WRITE_ONCE(rs->state, RPT_SOCK_IDLE);
	/* the timer's own references are dropped by it when it is pending */
	if (timer_delete(&rs->deadline)) {
		__sock_put(rs->sk);
		refcount_dec(&rs->ref);
	}
	rs->timed = false;
	rpt_pump_disarm(rs);
	pump_uncount(rs);
	pump_drop(rs);
}

static void pump_wake(struct sock *sk)
{
	/* who waits or polls has to do the hand-over, and may then write */
	sk->sk_state_change(sk);
	sk->sk_write_space(sk);
	/* what came meanwhile was announced to nobody but us */
	if (tcp_inq(sk))
		sk->sk_data_ready(sk);
}

/**
 * rpt_pump_clear() - leave a socket to TCP
 * @rs: the state, in RPT_SOCK_WAIT
 *
 * Context: Any context, socket locked.
 */
void rpt_pump_clear(struct rpt_sock *rs)
{
	rpt_pump_cancel(rs);
	WRITE_ONCE(rs->state, RPT_SOCK_CLEAR);
	rpt_mib_inc(sock_net(rs->sk), RPT_MIB_CLEAR);
	pump_wake(rs->sk);
}

static void pump_count_rule(struct rpt_sock *rs, bool done)
{
	const struct rpt_opts *opts;

	rcu_read_lock();
	opts = rcu_dereference(rs->opts);
	if (opts && opts->rule)
		atomic64_inc(done ? &opts->rule->handshakes :
				    &opts->rule->failures);
	rcu_read_unlock();
}

static void pump_count_failure(struct rpt_sock *rs, int err)
{
	struct net *net = sock_net(rs->sk);

	rpt_mib_inc(net, RPT_MIB_HANDSHAKEFAIL);
	pump_count_rule(rs, false);
	if (rs->pump && rs->pump->svid)
		rpt_tally_handshake(rs->pump->svid->tally, false);
	if (err == ETIMEDOUT)
		rpt_mib_inc(net, RPT_MIB_HANDSHAKETIMEOUT);
	if (err == EKEYREJECTED || err == EKEYEXPIRED || err == EKEYREVOKED ||
	    err == EACCES)
		rpt_mib_inc(net, RPT_MIB_PEERREJECTED);
}

/* The handshake has failed, as far as the state goes. */
static void pump_end(struct rpt_sock *rs, int err)
{
	/* by policy, which has said so, before there was a handshake */
	bool refused = rs->transparent && !rcu_access_pointer(rs->opts);

	rs->err = err;
	if (!refused) {
		/* first, so that who is told of it finds it counted */
		pump_count_failure(rs, err);
		rpt_conn_failed(rs);
	}
	rpt_pump_cancel(rs);
	WRITE_ONCE(rs->state, RPT_SOCK_FAILED);
	if (refused)
		return;
	rs->handshake_us = ktime_us_delta(ktime_get(), rs->start);
	trace_riptides_handshake_fail(rs->sk, rs->server, err, rs->alert_sent,
				      rs->alert_received, "handshake",
				      rs->handshake_us);
}

/* Out of time, or over a limit: nothing more is said, not even an alert. */
static void pump_reset(struct rpt_sock *rs, int err, bool spin)
{
	struct sock *sk = rs->sk;

	pump_end(rs, err);
	if (!spin) {
		/* as tcp_abort(): listeners close their children under this */
		local_bh_disable();
		bh_lock_sock(sk);
	}
	if (sk->sk_state != TCP_CLOSE) {
		if (rpt_tcp_connected(sk))
			tcp_send_active_reset(sk, SK_RST_REASON_TCP_STATE);
		tcp_done_with_error(sk, rpt_sock_errno(rs, err));
	}
	if (!spin) {
		bh_unlock_sock(sk);
		local_bh_enable();
	}
}

/**
 * rpt_pump_kill_locked() - end a connection, which nobody owns
 * @rs: the state, held
 * @err: positive errno for the application
 *
 * The peer gets a reset.
 *
 * Context: Process context, the socket's spinlock held, as tcp_abort() has it.
 */
void rpt_pump_kill_locked(struct rpt_sock *rs, int err)
{
	struct sock *sk = rs->sk;

	if (rs->state != RPT_SOCK_FAILED)
		rs->err = err;
	if (rpt_pump_wants(rs)) {
		pump_reset(rs, rs->err, true);
		return;
	}
	if (sk->sk_state == TCP_CLOSE)
		return;
	if (rpt_tcp_connected(sk))
		tcp_send_active_reset(sk, SK_RST_REASON_TCP_STATE);
	tcp_done_with_error(sk, rpt_sock_errno(rs, err));
}

/**
 * rpt_pump_kill() - end a connection from outside
 * @rs: the state, held
 * @err: positive errno for the application
 *
 * The peer gets a reset. Who asks is not kept by an owner who keeps the socket
 * locked: a session is over for him then, and is reset when he lets go.
 *
 * Context: Process context, nothing locked.
 * Return: 0; -EBUSY: it is no session, and its owner does not let go.
 */
int rpt_pump_kill(struct rpt_sock *rs, int err)
{
	bool stopped = false;
	unsigned int i;

	for (i = 0; i < KILL_TRIES; i++) {
		if (rpt_sock_trylock(rs->sk, NULL)) {
			rpt_pump_kill_locked(rs, err);
			rpt_sock_unlock(rs->sk);
			return 0;
		}
		if (!stopped)
			stopped = rpt_life_stop(rs, err);
		schedule_timeout_uninterruptible(1);
	}
	return stopped ? 0 : -EBUSY;
}

/**
 * rpt_pump_fail() - end a handshake that went wrong
 * @rs: the state, in a handshake
 * @err: positive errno for the application
 * @last: what is still to be said to the peer, an alert, or NULL; consumed
 *
 * @last is queued, and FIN behind it. What is queued drains.
 *
 * Context: Any context, socket locked.
 */
void rpt_pump_fail(struct rpt_sock *rs, int err, struct sk_buff *last)
{
	struct sock *sk = rs->sk;

	pump_end(rs, err);
	/* of a reset, as the peer may be gone before the error is asked for */
	rpt_pump_arm(rs);
	if (last)
		tcp_send_prepared(sk, last);
	/* a child in LAST_ACK cannot be accepted: its FIN comes by close() */
	if (rpt_tcp_connected(sk) &&
	    (sk->sk_socket || sk->sk_state != TCP_CLOSE_WAIT)) {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		tcp_shutdown(sk, SEND_SHUTDOWN);
	}
	if (!sock_flag(sk, SOCK_DEAD)) {
		WRITE_ONCE(sk->sk_err, rpt_sock_errno(rs, err));
		sk_error_report(sk);
		sk->sk_state_change(sk);
	}
}

/* The errno, positive, that a failed handshake shows an application. */
static int pump_errno(int err)
{
	int ret = EPROTO;

	switch (err) {
	case -EKEYREJECTED:
	case -EKEYEXPIRED:
	case -EKEYREVOKED:
	case -ENOKEY:
	case -EACCES:
	case -EBADMSG:
	case -ECONNRESET:
	case -ENOMEM:
		ret = -err;
	}
	return ret;
}

/* The same, of a connection that is gone. */
static int pump_gone(const struct sock *sk)
{
	/* EPIPE is TCP's word for a reset behind a FIN */
	return !sk->sk_err || sk->sk_err == EPIPE ? ECONNRESET : sk->sk_err;
}

static void pump_note_alerts(struct rpt_sock *rs, struct rpt_pump *pump)
{
	struct net *net = sock_net(rs->sk);

	if (pump->alert_sent >= 0) {
		rs->alert_sent = pump->alert_sent;
		rpt_mib_inc(net, RPT_MIB_ALERTSENT);
		trace_riptides_alert(rs->sk, true, rs->alert_sent);
	}
	if (pump->alert_received >= 0) {
		rs->alert_received = pump->alert_received;
		rpt_mib_inc(net, RPT_MIB_ALERTRECEIVED);
		trace_riptides_alert(rs->sk, false, rs->alert_received);
	}
}

/*
 * An alert that the engine cannot say any more, as it is done. It goes behind
 * our Finished, without which the peer could not read it.
 */
static struct sk_buff *pump_last_word(struct sock *sk, struct rpt_pump *pump,
				      struct sk_buff *skb)
{
	u8 alert[RPT_ALERT_LEN] = { RPT_ALERT_LEVEL_FATAL, pump->alert_sent };

	if (!pump->session || pump->alert_sent < 0)
		return skb;
	if (skb && tcp_send_prepared(sk, skb))
		return NULL;
	skb = rpt_promote_seal(pump->session, RPT_CT_ALERT, alert,
			       sizeof(alert), GFP_ATOMIC | __GFP_NOWARN);
	return IS_ERR(skb) ? NULL : skb;
}

/* The handshake is complete: keep what the data path needs, wake who waits. */
static void pump_done(struct rpt_sock *rs, struct rpt_pump *pump)
{
	struct rpt_session *session = pump->session;
	struct sock *sk = rs->sk;

	spin_lock_bh(&rs->names);
	swap(rs->session, pump->session);
	swap(rs->svid, pump->svid);
	swap(rs->peer, pump->peer);
	spin_unlock_bh(&rs->names);
	rpt_pump_cancel(rs);
	rs->handshake_us = ktime_us_delta(ktime_get(), rs->start);
	if (rpt_offer_owes_ticket(sock_net(sk), session))
		__set_bit(RPT_OWED_TICKET, &rs->owed);
	WRITE_ONCE(rs->state, RPT_SOCK_DONE);
	rpt_life_begin(rs);
	rpt_mib_inc(sock_net(sk), RPT_MIB_HANDSHAKEDONE);
	if (session->resumed)
		rpt_mib_inc(sock_net(sk), RPT_MIB_HANDSHAKERESUMED);
	pump_count_rule(rs, true);
	trace_riptides_handshake_done(sk, rs->server, session->version,
				      session->suite->id, session->group,
				      rs->svid ? rs->svid->spiffe_id : "",
				      rs->peer ? rs->peer->id : "",
				      rs->handshake_us);
	if (rs->shut_rd)
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	if (rs->shut_wr) {
		rpt_promote_close_notify(sk, rs);
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		tcp_shutdown(sk, SEND_SHUTDOWN);
	}
	pump_wake(sk);
}

/* What a step without the lock has led to. Socket locked; true: go on. */
static bool pump_commit(struct rpt_sock *rs, struct rpt_pump *pump)
{
	struct sk_buff *skb = pump->skb;
	struct sock *sk = rs->sk;

	/* ended meanwhile, perhaps begun anew */
	if (rs->pump != pump)
		return rs->pump;
	pump->skb = NULL;
	pump->settles = true;
	if (sock_flag(sk, SOCK_DEAD)) {
		kfree_skb(skb);
		rpt_pump_cancel(rs);
		return false;
	}
	if (pump->err) {
		pump_note_alerts(rs, pump);
		skb = pump_last_word(sk, pump, skb);
		rpt_pump_fail(rs, pump_errno(pump->err), skb);
		return false;
	}
	if (skb && tcp_send_prepared(sk, skb)) {
		rpt_pump_fail(rs, pump_gone(sk), NULL);
		return false;
	}
	if (pump->session && !pump->confirm) {
		pump_done(rs, pump);
		return false;
	}
	pump->settles = false;
	pump->busy = false;
	return true;
}

/* Socket locked: is there something to do outside of the lock? */
static struct rpt_pump *pump_take(struct rpt_sock *rs)
{
	struct rpt_pump *pump = rs->pump;
	struct sock *sk = rs->sk;
	bool ready;

	if (!rpt_pump_wants(rs))
		return NULL;
	if (sock_flag(sk, SOCK_DEAD)) {
		rpt_pump_cancel(rs);
		return NULL;
	}
	if (rs->state == RPT_SOCK_WAIT && !rpt_attach_decide(rs))
		return NULL;
	if (rs->err || rpt_pump_is_late(rs)) {
		pump_reset(rs, rs->err ?: ETIMEDOUT, true);
		return NULL;
	}
	/* what came before a reset says more than the reset */
	if (sk->sk_state == TCP_CLOSE && !tcp_inq(sk)) {
		rpt_pump_fail(rs, pump_gone(sk), NULL);
		return NULL;
	}
	if (sk->sk_state != TCP_CLOSE && !rpt_tcp_connected(sk))
		return NULL;
	if (!rs->timed)
		rpt_pump_set_deadline(rs);
	if (!pump) {
		/* a child: clone had no room for more */
		pump = kzalloc_obj(*pump, GFP_ATOMIC | __GFP_ACCOUNT |
					  __GFP_NOWARN);
		if (!pump) {
			rpt_mib_inc(sock_net(sk), RPT_MIB_NOMEMORY);
			rpt_pump_fail(rs, ENOMEM, NULL);
			return NULL;
		}
		rpt_pump_init(pump, rs);
	}
	if (pump->session) {
		ready = rpt_pump_peek(sk, pump);
	} else {
		rpt_pump_read(sk, pump);
		ready = pump->in_len;
	}
	if (!ready && sk->sk_shutdown & RCV_SHUTDOWN) {
		rpt_pump_fail(rs, ECONNRESET, NULL);
		return NULL;
	}
	/* only a client has something to say before it has heard anything */
	if (!ready && (pump->engine || pump->session || rs->server))
		return NULL;
	pump->busy = true;
	return pump;
}

/**
 * rpt_pump_release_cb() - the socket's owner is about to release it
 * @sk: the socket, ours
 *
 * Context: The socket's spinlock held.
 */
void rpt_pump_release_cb(struct sock *sk)
{
	struct rpt_sock *rs = rpt_sock_of(sk);

	if (rs && rs->deferred) {
		rs->deferred = false;
		rpt_pump_kick(rs, 0);
	}
	tcp_release_cb(sk);
}

/* What is to be done next, in @rs->stepped if it needs no lock. */
static bool pump_begin(struct rpt_sock *rs)
{
	struct rpt_pump *pump;

	if (!rpt_sock_trylock(rs->sk, &rs->deferred))
		return false;
	pump = pump_take(rs);
	rpt_sock_unlock(rs->sk);
	if (!pump)
		return false;
	pump->err = rpt_pump_advance(pump, &pump->skb);
	rs->stepped = pump;
	return true;
}

/* One step. Returns whether there may be more to do at once. */
static bool pump_step(struct rpt_sock *rs)
{
	struct rpt_pump *pump;
	bool more = true, over = true;

	if (!rs->stepped && !pump_begin(rs))
		return false;
	pump = rs->stepped;
	/*
	 * Who ends a handshake kicks us, and does not come back to it: no lock
	 * is needed to see that this is so, nor to wait for one.
	 */
	if (READ_ONCE(rs->pump) == pump) {
		if (!rpt_sock_trylock(rs->sk, &rs->deferred))
			return false;
		more = pump_commit(rs, pump);
		over = rs->pump != pump;
		rpt_sock_unlock(rs->sk);
	}
	rs->stepped = NULL;
	/* not under the lock: it is large, and wiped */
	if (over)
		rpt_pump_destroy(pump);
	return more;
}

/**
 * rpt_pump_work() - drive the handshake
 * @work: the work of a struct rpt_sock
 *
 * Context: Workqueue.
 */
void rpt_pump_work(struct work_struct *work)
{
	struct rpt_sock *rs = container_of(to_delayed_work(work),
					   struct rpt_sock, work);

	while (pump_step(rs))
		cond_resched();
	rpt_life_check(rs);
	rpt_sock_put(rs);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a handshake begins, and what then wakes the worker
 */

#include <linux/slab.h>
#include <net/tcp.h>
#include <trace/events/riptides.h>

#include "mib.h"
#include "net.h"
#include "pump.h"
#include "sock.h"

/**
 * rpt_pump_wants() - whether the worker has to do with a socket
 * @rs: the state
 *
 * Context: Any context.
 * Return: true while a handshake runs, or may begin by itself.
 */
bool rpt_pump_wants(const struct rpt_sock *rs)
{
	u8 state = READ_ONCE(rs->state);

	return state == RPT_SOCK_HANDSHAKE || state == RPT_SOCK_WAIT;
}

/* In softirq, or in the middle of a system call; only queues. */
static void pump_data_ready(struct sock *sk)
{
	struct rpt_sock *rs;

	rcu_read_lock();
	rs = rpt_sock_of(sk);
	if (rs && rpt_pump_wants(rs))
		rpt_pump_kick(rs, 0);
	rcu_read_unlock();
}

static void pump_state_change(struct sock *sk)
{
	struct rpt_sock *rs;

	rcu_read_lock();
	rs = rpt_sock_of(sk);
	if (rs && rpt_pump_wants(rs))
		rpt_pump_kick(rs, 0);
	/* a reset has put its own over what the application is to be told */
	if (rs && rs->state == RPT_SOCK_FAILED && sk->sk_err && rs->err)
		WRITE_ONCE(sk->sk_err, rpt_sock_errno(rs, rs->err));
	/*
	 * Who waits in connect() waits for TCP first; a poll() that this wakes
	 * finds that the handshake is not over.
	 */
	if (rs && rs->state_change)
		rs->state_change(sk);
	rcu_read_unlock();
}

/**
 * rpt_pump_arm() - hear of what happens to a socket
 * @rs: the state
 *
 * Context: Any context, socket locked, or not hashed yet.
 */
void rpt_pump_arm(struct rpt_sock *rs)
{
	struct sock *sk = rs->sk;

	if (rs->armed)
		return;
	write_lock_bh(&sk->sk_callback_lock);
	rs->data_ready = sk->sk_data_ready;
	rs->state_change = sk->sk_state_change;
	sk->sk_data_ready = pump_data_ready;
	sk->sk_state_change = pump_state_change;
	rs->armed = true;
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * rpt_pump_disarm() - give the socket its callbacks back
 * @rs: the state
 *
 * Restores only what is still ours: somebody may have put theirs on top.
 *
 * Context: Any context, socket locked or dead.
 */
void rpt_pump_disarm(struct rpt_sock *rs)
{
	struct sock *sk = rs->sk;

	/* who had put theirs on top may have put ours back since */
	if (!rs->armed && sk->sk_data_ready != pump_data_ready &&
	    sk->sk_state_change != pump_state_change)
		return;
	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_data_ready == pump_data_ready)
		sk->sk_data_ready = rs->data_ready;
	if (sk->sk_state_change == pump_state_change)
		sk->sk_state_change = rs->state_change;
	rs->armed = false;
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * rpt_pump_set_timer() - from now on time runs out
 * @rs: the state
 * @ms: how much there is
 *
 * Context: Any context, socket locked, or not hashed yet.
 */
void rpt_pump_set_timer(struct rpt_sock *rs, u32 ms)
{
	rs->expires = jiffies + msecs_to_jiffies(ms);
	rs->timed = true;
	rpt_sock_hold(rs);
	if (mod_timer(&rs->deadline, rs->expires)) {
		__sock_put(rs->sk);
		refcount_dec(&rs->ref);
	}
}

/**
 * rpt_pump_set_deadline() - from now on the time for a handshake runs out
 * @rs: the state
 *
 * Context: Any context, socket locked, or not hashed yet.
 */
void rpt_pump_set_deadline(struct rpt_sock *rs)
{
	const struct rpt_opts *opts;
	u32 ms = 0;

	rcu_read_lock();
	opts = rcu_dereference(rs->opts);
	if (opts)
		ms = opts->deadline_ms;
	rcu_read_unlock();
	if (!ms)
		ms = READ_ONCE(rpt_net(sock_net(rs->sk))->deadline_ms);
	rpt_pump_set_timer(rs, ms);
}

/**
 * rpt_pump_is_late() - whether the time is over that a socket has
 * @rs: the state
 *
 * Context: Any context, socket locked; or the worker, after the handshake.
 * Return: true if it is.
 */
bool rpt_pump_is_late(const struct rpt_sock *rs)
{
	return rs->timed && time_after_eq(jiffies, rs->expires);
}

/**
 * rpt_pump_deadline() - the time for the handshake is over
 * @timer: the deadline
 *
 * The worker finds out whether it is: this may be the end of an earlier one's.
 *
 * Context: Softirq.
 */
void rpt_pump_deadline(struct timer_list *timer)
{
	struct rpt_sock *rs = timer_container_of(rs, timer, deadline);

	rpt_pump_kick(rs, 0);
	rpt_sock_put(rs);
}

/**
 * rpt_pump_init() - let a handshake belong to a socket
 * @pump: the handshake, zeroed
 * @rs: the socket's state
 *
 * Context: Any context, socket locked.
 */
void rpt_pump_init(struct rpt_pump *pump, struct rpt_sock *rs)
{
	pump->rs = rs;
	pump->opts = rpt_opts_get(rs);
	pump->alert_sent = -1;
	pump->alert_received = -1;
	WRITE_ONCE(rs->pump, pump);
}

/**
 * rpt_pump_start() - begin a handshake
 * @rs: the state, idle
 * @server: our role
 *
 * TCP need not be connected yet. The deadline runs from when it is.
 *
 * Context: Process context, lock_sock() held.
 * Return: 0; -ENOMEM; -ENOBUFS the network namespace has too many handshakes.
 */
int rpt_pump_start(struct rpt_sock *rs, bool server)
{
	struct net *net = sock_net(rs->sk);
	struct rpt_net *rn = rpt_net(net);
	struct rpt_pump *pump;

	if (atomic_inc_return(&rn->handshakes) >
	    READ_ONCE(rn->max_handshakes)) {
		atomic_dec(&rn->handshakes);
		rpt_mib_inc(net, RPT_MIB_HANDSHAKELIMIT);
		return -ENOBUFS;
	}
	pump = kzalloc_obj(*pump, GFP_KERNEL_ACCOUNT);
	if (!pump) {
		atomic_dec(&rn->handshakes);
		return -ENOMEM;
	}
	rpt_pump_init(pump, rs);
	rs->server = server;
	rs->err = 0;
	rs->alert_sent = -1;
	rs->alert_received = -1;
	rs->start = ktime_get();
	rs->counted = true;
	rpt_mib_inc(net, RPT_MIB_HANDSHAKECURR);
	rpt_mib_inc(net, server ? RPT_MIB_HANDSHAKESERVER :
				  RPT_MIB_HANDSHAKECLIENT);
	rpt_pump_arm(rs);
	WRITE_ONCE(rs->state, RPT_SOCK_HANDSHAKE);
	trace_riptides_handshake_start(rs->sk, server);
	if (rpt_tcp_connected(rs->sk)) {
		rpt_pump_set_deadline(rs);
		rpt_pump_kick(rs, 0);
	}
	return 0;
}

/* One more of a listener's children: too many? */
static bool pump_exceeds(const struct rpt_net *rn, atomic_t *children)
{
	return atomic_inc_return(children) >
	       READ_ONCE(rn->max_listener_handshakes);
}

/**
 * rpt_pump_start_child() - begin the handshake of a new child of a listener
 * @rs: the child's state
 * @listener: the listener's, if it is ours itself; RCU keeps it
 *
 * Cannot fail: a child that exceeds a limit is reset by the worker.
 *
 * Context: Softirq; the child is not hashed yet.
 */
void rpt_pump_start_child(struct rpt_sock *rs, struct rpt_sock *listener)
{
	struct rpt_net *rn = rpt_net(sock_net(rs->sk));
	struct net *net = sock_net(rs->sk);

	rs->server = true;
	rs->start = ktime_get();
	rs->counted = true;
	rpt_mib_inc(net, RPT_MIB_HANDSHAKECURR);
	rpt_mib_inc(net, RPT_MIB_HANDSHAKESERVER);
	if (atomic_inc_return(&rn->handshakes) >
	    READ_ONCE(rn->max_handshakes)) {
		rpt_mib_inc(net, RPT_MIB_HANDSHAKELIMIT);
		rs->err = ECONNABORTED;
	}
	if (listener && refcount_inc_not_zero(&listener->ref))
		rs->listener = listener;
	if ((rs->listener && pump_exceeds(rn, &rs->listener->children)) ||
	    (rs->from && pump_exceeds(rn, &rs->from->handshakes))) {
		rpt_mib_inc(net, RPT_MIB_LISTENERLIMIT);
		rs->err = ECONNABORTED;
	}
	rpt_pump_arm(rs);
	WRITE_ONCE(rs->state, RPT_SOCK_HANDSHAKE);
	trace_riptides_handshake_start(rs->sk, true);
	rpt_pump_set_deadline(rs);
	if (rs->err)
		rpt_pump_kick(rs, 0);
}

/**
 * rpt_pump_start_wait() - let a child wait until it is known what it will be
 * @rs: the child's state
 * @what: until what happens
 * @ms: how long a server waits that writes first
 *
 * It counts against no limit: a client that is silent may be so for ever.
 *
 * Context: Any context, socket locked, or not hashed yet.
 */
void rpt_pump_start_wait(struct rpt_sock *rs, enum rpt_wait what, u32 ms)
{
	rs->server = true;
	rs->waits = what;
	rpt_pump_arm(rs);
	WRITE_ONCE(rs->state, RPT_SOCK_WAIT);
	if (what == RPT_WAIT_BYTES)
		rpt_pump_set_timer(rs, ms);
}

/**
 * rpt_pump_start_refused() - reset a child, from where that cannot be done
 * @rs: the child's state
 * @err: positive errno
 *
 * Context: Any context, socket locked, or not hashed yet.
 */
void rpt_pump_start_refused(struct rpt_sock *rs, int err)
{
	rs->server = true;
	rs->start = ktime_get();
	rs->err = err;
	rpt_pump_arm(rs);
	WRITE_ONCE(rs->state, RPT_SOCK_HANDSHAKE);
	rpt_pump_kick(rs, 0);
}

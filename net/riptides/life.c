// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a session may last
 *
 * A rule may end sessions: by their age, and when a bundle has changed so that
 * nobody vouches for the peer any more. Whoever changes a bundle only marks the
 * sessions that have to be looked at; each one's worker checks the peer's chain
 * again. It counts if it is good now, perhaps by an authority's certificate that
 * is newer than the session, or was so when it was checked first, since
 * certificates may run out under a session.
 *
 * A session that is ended so is reset: close_notify would say that what was sent
 * is complete.
 */

#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

#include "bundle.h"
#include "conn.h"
#include "mib.h"
#include "rule.h"
#include "sock.h"
#include "svid.h"
#include "tally.h"

#define LIFE_RETRY	HZ	/* without memory, or the socket is owned */

static bool life_is_on(const struct rpt_sock *rs)
{
	u8 state = READ_ONCE(rs->state);

	return state == RPT_SOCK_DONE || state == RPT_SOCK_OPEN;
}

/**
 * rpt_life_begin() - a session begins
 * @rs: the state, its handshake just complete
 *
 * Context: Any context but hard interrupts, socket locked.
 */
void rpt_life_begin(struct rpt_sock *rs)
{
	const struct rpt_opts *opts;
	u32 age = 0;

	rcu_read_lock();
	opts = rcu_dereference(rs->opts);
	if (opts && opts->rule)
		age = opts->rule->max_age;
	rcu_read_unlock();
	if (rs->svid && rs->session->own_proven)
		rpt_tally_handshake(rs->svid->tally, true);
	if (rs->peer)
		rpt_tally_handshake(rs->peer->tally, true);
	rs->tallied = true;
	rs->ending = 0;
	if (age)
		rpt_pump_set_timer(rs, age * MSEC_PER_SEC);
	/* a bundle has changed during the handshake, perhaps behind its back */
	if (READ_ONCE(rs->stale))
		rpt_pump_kick(rs, 0);
}

static void life_count_bytes(const struct rpt_sock *rs)
{
	const struct tcp_sock *tp = tcp_sk(rs->sk);
	u64 tx = tp->bytes_acked, rx = tp->bytes_received;
	const struct rpt_opts *opts;

	if (rs->svid && rs->session && rs->session->own_proven)
		rpt_tally_bytes(rs->svid->tally, tx, rx);
	if (rs->peer)
		rpt_tally_bytes(rs->peer->tally, tx, rx);
	rcu_read_lock();
	opts = rcu_dereference(rs->opts);
	if (opts && opts->rule) {
		atomic64_add(tx, &opts->rule->tx_bytes);
		atomic64_add(rx, &opts->rule->rx_bytes);
	}
	rcu_read_unlock();
}

/**
 * rpt_life_end() - a session is over
 * @rs: the state; its socket is about to go
 *
 * Context: Any context.
 */
void rpt_life_end(struct rpt_sock *rs)
{
	if (rs->tallied)
		life_count_bytes(rs);
	if (timer_delete(&rs->deadline)) {
		__sock_put(rs->sk);
		refcount_dec(&rs->ref);
	}
}

/* The certificates that rpt_peer_create() has put together. */
static bool life_chain(const struct rpt_peer *peer, struct rpt_chain *chain)
{
	const u8 *p = peer->chain, *end = p + peer->chain_len;

	chain->n = 0;
	while (p < end && chain->n < RPT_CHAIN_MAX) {
		struct rpt_blob *cert = &chain->cert[chain->n++];

		cert->len = get_unaligned_be32(p);
		cert->data = p + sizeof(__be32);
		p = cert->data + cert->len;
	}
	return chain->n;
}

static int life_verify_at(const struct rpt_chain *chain,
			  const struct rpt_bundle *bundle, bool server,
			  time64_t now)
{
	struct rpt_chain_params params = {
		.anchors = bundle->anchors,
		.n_anchors = bundle->n_anchors,
		.revoked = bundle->revoked,
		.n_revoked = bundle->n_revoked,
		.now = now,
		.purpose = server ? RPT_PURPOSE_CLIENT_AUTH :
				    RPT_PURPOSE_SERVER_AUTH,
		.spiffe = true,
		.trust_domain = bundle->trust_domain,
	};
	struct rpt_chain_result *res = kzalloc_obj(*res, GFP_KERNEL);
	int err;

	if (!res)
		return -ENOMEM;
	err = rpt_chain_verify(&params, chain, res);
	kfree(res);
	if (!err || err == -ENOMEM || err == -EKEYREVOKED)
		return err;
	return -EKEYREJECTED;
}

static int life_verify(const struct rpt_peer *peer, const struct rpt_chain *chain,
		       const struct rpt_bundle *bundle, bool server)
{
	int err = life_verify_at(chain, bundle, server, ktime_get_real_seconds());

	if (err && err != -ENOMEM)
		err = life_verify_at(chain, bundle, server, peer->verified);
	return err;
}

/* Does anybody still vouch for the peer? */
static int life_check_peer(const struct rpt_sock *rs, const struct rpt_peer *peer)
{
	struct rpt_bundle *bundle;
	struct rpt_chain *chain;
	struct rpt_spiffe id;
	int err;

	if (rpt_spiffe_parse(peer->id, peer->id_len, &id))
		return -EKEYREJECTED;
	chain = kzalloc_obj(*chain, GFP_KERNEL);
	if (!chain)
		return -ENOMEM;
	bundle = rpt_bundle_find(sock_net(rs->sk), id.td, id.td_len);
	if (!bundle)
		err = -ENOKEY;
	else if (!life_chain(peer, chain))
		err = -EKEYREJECTED;
	else
		err = life_verify(peer, chain, bundle, rs->server);
	rpt_bundle_put(bundle);
	kfree(chain);
	return err;
}

/* Whom the session is with, referenced. RCU keeps it, without the lock. */
static struct rpt_peer *life_peer(const struct rpt_sock *rs)
{
	struct rpt_peer *peer;

	rcu_read_lock();
	peer = READ_ONCE(rs->peer);
	/* who has shown nothing cannot have it revoked */
	if (peer && (!peer->id_len || !refcount_inc_not_zero(&peer->ref)))
		peer = NULL;
	rcu_read_unlock();
	return peer;
}

/* Is there a reason to end the session? */
static int life_look(struct rpt_sock *rs)
{
	struct rpt_peer *peer;
	int err;

	if (rpt_pump_is_late(rs))
		return -ETIME;
	if (!READ_ONCE(rs->stale))
		return 0;
	WRITE_ONCE(rs->stale, false);
	/* bundles are looked up behind it; pairs with who kicks us */
	smp_mb();
	peer = life_peer(rs);
	if (!peer)
		return 0;
	err = life_check_peer(rs, peer);
	rpt_peer_put(peer);
	return err;
}

/* False: the socket is owned. */
static bool life_kill(struct rpt_sock *rs)
{
	struct sock *sk = rs->sk;

	if (!rpt_sock_trylock(sk, NULL))
		return false;
	rs->timed = false;
	if (life_is_on(rs) && sk->sk_state != TCP_CLOSE) {
		rpt_conn_ended(rs, rs->ending);
		rpt_pump_kill_locked(rs, rs->ending);
	}
	rpt_sock_unlock(sk);
	return true;
}

/**
 * rpt_life_check() - end a session whose time has come
 * @rs: the state, held
 *
 * From then on no data passes, even if the socket is never free to be reset:
 * somebody may be busy with it all the time.
 *
 * Context: Process context in the socket's worker, nothing locked.
 */
void rpt_life_check(struct rpt_sock *rs)
{
	struct sock *sk = rs->sk;
	int err;

	if (!life_is_on(rs) || inet_sk_state_load(sk) == TCP_CLOSE)
		return;
	if (!rs->ending) {
		err = life_look(rs);
		if (!err)
			return;
		if (err == -ENOMEM) {
			WRITE_ONCE(rs->stale, true);
			rpt_pump_kick(rs, LIFE_RETRY);
			return;
		}
		WRITE_ONCE(rs->ending, -err);
		rpt_mib_inc(sock_net(sk), err == -ETIME ? RPT_MIB_SESSIONAGED :
							  RPT_MIB_SESSIONREVOKED);
	}
	if (!life_kill(rs))
		rpt_pump_kick(rs, LIFE_RETRY);
}

/**
 * rpt_life_stop() - let no data pass any more
 * @rs: the state, held
 * @err: positive errno for the application
 *
 * It is reset when nobody owns the socket.
 *
 * Context: Process context, nothing locked.
 * Return: true if it is a session.
 */
bool rpt_life_stop(struct rpt_sock *rs, int err)
{
	if (!life_is_on(rs))
		return false;
	cmpxchg(&rs->ending, 0, err);
	rpt_pump_kick(rs, 0);
	return true;
}

/**
 * rpt_life_bundles() - a bundle has changed or gone
 * @net: network namespace
 *
 * Handshakes that run are marked, too: they may have been verified before.
 *
 * Context: Process context.
 */
void rpt_life_bundles(const struct net *net)
{
	struct rpt_opts *opts;
	struct rpt_sock *rs;
	u64 next = 0;

	while ((rs = rpt_conn_next(net, next))) {
		next = rs->id + 1;
		opts = rpt_opts_get(rs);
		if (opts && opts->rule && opts->rule->kill_on_revoke) {
			WRITE_ONCE(rs->stale, true);
			rpt_pump_kick(rs, 0);
		}
		rpt_opts_put(opts);
		rpt_sock_put(rs);
		cond_resched();
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TCP socket that riptides is attached to: life, lock, options, peer
 */

#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>

#include "attest.h"
#include "bundle.h"
#include "conn.h"
#include "mib.h"
#include "path.h"
#include "pump.h"
#include "rule.h"
#include "sock.h"
#include "soft.h"
#include "svid.h"
#include "tally.h"

/**
 * rpt_sock_create() - make the TLS state of a socket
 * @sk: the socket
 * @gfp: how to allocate
 *
 * Context: Any context that @gfp allows.
 * Return: it, with one reference, or NULL when memory is short.
 */
struct rpt_sock *rpt_sock_create(struct sock *sk, gfp_t gfp)
{
	struct rpt_sock *rs = kzalloc_obj(*rs, gfp);

	if (!rs) {
		rpt_mib_inc(sock_net(sk), RPT_MIB_NOMEMORY);
		return NULL;
	}
	refcount_set(&rs->ref, 1);
	rs->sk = sk;
	rs->alert_owed = -1;
	rs->alert_sent = -1;
	rs->alert_received = -1;
	rs->created = ktime_get();
	spin_lock_init(&rs->names);
	INIT_DELAYED_WORK(&rs->work, rpt_pump_work);
	INIT_DELAYED_WORK(&rs->post, rpt_post_work);
	timer_setup(&rs->deadline, rpt_pump_deadline, 0);
	rpt_mib_inc(sock_net(sk), RPT_MIB_CONTEXTS);
	rpt_conn_add(rs);
	return rs;
}

/**
 * rpt_sock_of() - find the TLS state of a socket
 * @sk: a socket whose ULP is ours
 *
 * While kTLS is on the socket, icsk_ulp_data is kTLS's and ours is behind it. It
 * is so already while kTLS is being installed, before sk_prot tells: who holds
 * no lock uses rpt_sock_get().
 *
 * Context: The socket's lock or its spinlock held, or the socket is dead.
 * Return: it, or NULL: a child for which there was no memory.
 */
struct rpt_sock *rpt_sock_of(const struct sock *sk)
{
	const struct proto *prot = READ_ONCE(sk->sk_prot);

	if (prot == &rpt_prot[rpt_is_v6(sk)] || prot == rpt_base_prot(sk) ||
	    rpt_soft_is(sk))
		return (__force void *)READ_ONCE(inet_csk(sk)->icsk_ulp_data);
	return rpt_ktls_sock(sk);
}

/**
 * rpt_sock_get() - find the TLS state of a socket in a system call
 * @sk: a socket whose ULP is ours and whose file is held
 *
 * Context: Process context, socket not locked.
 * Return: it, for as long as the file is held, or NULL.
 */
struct rpt_sock *rpt_sock_get(struct sock *sk)
{
	struct rpt_sock *rs;
	bool slow;

	slow = lock_sock_fast(sk);
	rs = rpt_sock_of(sk);
	unlock_sock_fast(sk, slow);
	return rs;
}

static void sock_free(struct rpt_sock *rs)
{
	if (rs->pump)
		rpt_pump_destroy(rs->pump);
	if (rs->session) {
		rpt_session_wipe(rs->session);
		kfree_sensitive(rs->session);
	}
	if (rs->soft)
		rpt_soft_destroy(rs->soft);
	/* ulp_clone() may still look, and must not wait for a dead pointer */
	rpt_opts_put(rcu_replace_pointer(rs->opts, NULL, true));
	rpt_svid_put(rs->svid);
	rpt_peer_put(rs->peer);
	rpt_subject_put(rs->who);
	kfree_rcu(rs, rcu);
}

/**
 * rpt_sock_put_state() - drop a reference on the state alone
 * @rs: the state; its socket may be gone
 *
 * Context: Any context.
 */
void rpt_sock_put_state(struct rpt_sock *rs)
{
	if (refcount_dec_and_test(&rs->ref))
		sock_free(rs);
}

/**
 * rpt_sock_hold() - take a reference on the state and its socket
 * @rs: the state
 *
 * Context: Any context, with a reference held by somebody.
 */
void rpt_sock_hold(struct rpt_sock *rs)
{
	refcount_inc(&rs->ref);
	sock_hold(rs->sk);
}

/**
 * rpt_sock_put() - undo rpt_sock_hold()
 * @rs: the state
 *
 * Context: Any context, socket not locked.
 */
void rpt_sock_put(struct rpt_sock *rs)
{
	struct sock *sk = rs->sk;

	rpt_sock_put_state(rs);
	sock_put(sk);
}

/**
 * rpt_sock_release() - the socket gives up its reference
 * @rs: the state
 *
 * Context: Any context.
 */
void rpt_sock_release(struct rpt_sock *rs)
{
	bool ktls = rs->datapath == RIPTIDES_DATAPATH_KTLS;
	struct net *net = sock_net(rs->sk);

	if (rs->datapath) {
		rpt_mib_dec(net, ktls ? RPT_MIB_CURRTXKTLS : RPT_MIB_CURRTXSW);
		rpt_mib_dec(net, ktls ? RPT_MIB_CURRRXKTLS : RPT_MIB_CURRRXSW);
	}
	rpt_life_end(rs);
	rpt_conn_del(rs);
	/* who sees it gone sees nothing of it any more */
	rpt_mib_dec(net, RPT_MIB_CONTEXTS);
	rpt_sock_put_state(rs);
}

/**
 * rpt_sock_forget_names() - the peer and our identity towards it are over
 * @rs: the state
 *
 * Context: Any context, socket locked.
 */
void rpt_sock_forget_names(struct rpt_sock *rs)
{
	struct rpt_svid *svid = rs->svid;
	struct rpt_peer *peer = rs->peer;

	spin_lock_bh(&rs->names);
	rs->svid = NULL;
	WRITE_ONCE(rs->peer, NULL);
	spin_unlock_bh(&rs->names);
	rpt_svid_put(svid);
	rpt_peer_put(peer);
}

/**
 * rpt_sock_trylock() - lock a socket if nobody owns it
 * @sk: the socket
 * @owned: set to true if somebody does, or NULL; under the spinlock, so that the
 *	owner's release comes after it
 *
 * By its spinlock alone, as a softirq does: inet_csk_listen_stop() must not find a
 * child in the accept queue owned. And nobody waits for an owner, who may sleep
 * for as long as it likes.
 *
 * Context: Process context.
 * Return: true if it is locked; rpt_sock_unlock() it.
 */
bool rpt_sock_trylock(struct sock *sk, bool *owned)
{
	local_bh_disable();
	bh_lock_sock(sk);
	if (!sock_owned_by_user_nocheck(sk))
		return true;
	if (owned)
		*owned = true;
	bh_unlock_sock(sk);
	local_bh_enable();
	return false;
}

/**
 * rpt_sock_unlock() - undo rpt_sock_trylock()
 * @sk: the socket
 *
 * Context: Process context.
 */
void rpt_sock_unlock(struct sock *sk)
{
	bh_unlock_sock(sk);
	local_bh_enable();
}

/* Who wants to write waits no longer than the rule says, nor once shut down. */
static bool sock_is_pending(const struct rpt_sock *rs, bool tx)
{
	switch (READ_ONCE(rs->state)) {
	case RPT_SOCK_HANDSHAKE:
		return true;
	case RPT_SOCK_WAIT:
		return !tx || !(READ_ONCE(rs->waited) ||
				READ_ONCE(rs->shut_wr));
	}
	return false;
}

/**
 * rpt_sock_wait() - wait for the end of the handshake
 * @rs: the state; its socket is owned by the caller
 * @timeo: jiffies to wait, 0 for not at all; out: what is left
 * @tx: for a write, which may decide what the client has not
 *
 * Context: Process context, lock_sock() held, dropped while waiting.
 * Return: 0 it is over, look at the state; -EAGAIN @timeo has passed; -EINTR or
 * -ERESTARTSYS a signal came; -EPIPE the socket was disconnected meanwhile.
 */
int rpt_sock_wait(struct rpt_sock *rs, long *timeo, bool tx)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = rs->sk;
	int err = 0;

	if (!sock_is_pending(rs, tx))
		return 0;
	add_wait_queue(sk_sleep(sk), &wait);
	while (sock_is_pending(rs, tx)) {
		if (!*timeo)
			err = -EAGAIN;
		else if (signal_pending(current))
			err = sock_intr_errno(*timeo);
		else if (sk_wait_event(sk, timeo, !sock_is_pending(rs, tx),
				       &wait) < 0)
			err = -EPIPE;
		if (err)
			break;
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

/**
 * rpt_sock_errno() - what an application is told
 * @rs: the state
 * @err: what happened, a positive errno
 *
 * Applications that know nothing of us get what TCP may answer, too.
 *
 * Context: Any context.
 * Return: a positive errno.
 */
int rpt_sock_errno(const struct rpt_sock *rs, int err)
{
	bool connects = !rs->server && rs->state != RPT_SOCK_OPEN &&
			!rs->session;
	int told = err;

	if (!rs->transparent)
		return err;
	switch (err) {
	case ENOKEY:
		/* without an alert it is we who have no identity */
		told = rs->alert_sent < 0 ? EACCES : ECONNREFUSED;
		break;
	case EKEYREJECTED:
	case EKEYEXPIRED:
	case EKEYREVOKED:
	case EPROTO:
	case EBADMSG:
		told = ECONNREFUSED;
		break;
	case ENOMEM:
	case ECONNABORTED:
	case ETIME:
		told = ECONNRESET;
		break;
	}
	/* who connects has been refused; others have lost a peer */
	if (!connects && (told == EACCES || told == ECONNREFUSED))
		told = ECONNRESET;
	return told;
}

static bool copy_text(char **to, const char *from, bool *ok)
{
	*to = NULL;
	if (from && *ok) {
		*to = kstrdup(from, GFP_KERNEL_ACCOUNT);
		*ok = *to;
	}
	return *ok;
}

/**
 * rpt_opts_copy() - make options that can be changed
 * @from: what they are to begin with, NULL for the defaults
 *
 * Context: Process context.
 * Return: the copy, with one reference, or NULL when memory is short.
 */
struct rpt_opts *rpt_opts_copy(const struct rpt_opts *from)
{
	struct rpt_opts *opts = kzalloc_obj(*opts, GFP_KERNEL_ACCOUNT);
	bool ok = true;

	if (!opts)
		return NULL;
	refcount_set(&opts->ref, 1);
	if (!from)
		return opts;
	opts->deadline_ms = from->deadline_ms;
	opts->role = from->role;
	opts->mode = from->mode;
	opts->datapath = from->datapath;
	opts->confirm = from->confirm;
	copy_text(&opts->server_name, from->server_name, &ok);
	copy_text(&opts->peer_id, from->peer_id, &ok);
	copy_text(&opts->identity, from->identity, &ok);
	if (from->alpn && ok) {
		opts->alpn = kmemdup(from->alpn, from->alpn_len,
				     GFP_KERNEL_ACCOUNT);
		opts->alpn_len = from->alpn_len;
		ok = opts->alpn;
	}
	if (ok)
		return opts;
	rpt_opts_put(opts);
	return NULL;
}

/**
 * rpt_opts_of_rule() - options that a rule stands for
 * @rule: the rule
 * @gfp: how to allocate
 *
 * Context: Any context that @gfp allows.
 * Return: them, with one reference, or NULL when memory is short.
 */
struct rpt_opts *rpt_opts_of_rule(struct rpt_rule *rule, gfp_t gfp)
{
	struct rpt_opts *opts = kzalloc_obj(*opts, gfp);

	if (!opts)
		return NULL;
	refcount_set(&opts->ref, 1);
	refcount_inc(&rule->ref);
	opts->rule = rule;
	if (rule->mode == RIPTIDES_RULE_MODE_SIMPLE)
		opts->mode = RIPTIDES_MODE_SIMPLE;
	opts->confirm = rule->confirm;
	/* they never change, and go with the rule */
	opts->identity = (char *)rule->identity;
	opts->server_name = (char *)rule->server_name;
	opts->alpn = (u8 *)rule->alpn;
	opts->alpn_len = rule->alpn_len;
	return opts;
}

/**
 * rpt_opts_get() - take a reference on a socket's options
 * @rs: the state
 *
 * Context: Any context; RCU protects @rs if the socket is not locked.
 * Return: the options, or NULL for the defaults.
 */
struct rpt_opts *rpt_opts_get(const struct rpt_sock *rs)
{
	struct rpt_opts *opts;

	rcu_read_lock();
	do {
		opts = rcu_dereference(rs->opts);
	} while (opts && !refcount_inc_not_zero(&opts->ref));
	rcu_read_unlock();
	return opts;
}

static void opts_free(struct rcu_head *rcu)
{
	struct rpt_opts *opts = container_of(rcu, struct rpt_opts, rcu);

	if (opts->rule) {
		rpt_rule_put(opts->rule);
	} else {
		kfree(opts->server_name);
		kfree(opts->peer_id);
		kfree(opts->identity);
		kfree(opts->alpn);
	}
	kfree(opts);
}

/**
 * rpt_opts_put() - give up a reference on options
 * @opts: the options, or NULL
 *
 * Context: Any context.
 */
void rpt_opts_put(struct rpt_opts *opts)
{
	if (opts && refcount_dec_and_test(&opts->ref))
		call_rcu(&opts->rcu, opts_free);
}

/**
 * rpt_peer_create() - remember who the peer is
 * @id: SPIFFE ID
 * @id_len: its length
 * @chain: the certificates it showed
 *
 * Context: Process context.
 * Return: the peer, with one reference, or NULL when memory is short.
 */
struct rpt_peer *rpt_peer_create(const char *id, size_t id_len,
				 const struct rpt_chain *chain)
{
	struct rpt_peer *peer;
	size_t len = 0;
	unsigned int i;
	u8 *p;

	for (i = 0; i < chain->n; i++)
		len += sizeof(__be32) + chain->cert[i].len;
	peer = kzalloc_flex(*peer, chain, len + id_len + 1, GFP_KERNEL_ACCOUNT);
	if (!peer)
		return NULL;
	refcount_set(&peer->ref, 1);
	p = peer->chain;
	for (i = 0; i < chain->n; i++) {
		put_unaligned_be32(chain->cert[i].len, p);
		p += sizeof(__be32);
		memcpy(p, chain->cert[i].data, chain->cert[i].len);
		p += chain->cert[i].len;
	}
	peer->verified = ktime_get_real_seconds();
	peer->chain_len = len;
	peer->id = (char *)p;
	peer->id_len = id_len;
	memcpy(p, id, id_len);
	return peer;
}

/**
 * rpt_peer_put() - give up a reference on a peer
 * @peer: the peer, or NULL
 *
 * Context: Any context.
 */
void rpt_peer_put(struct rpt_peer *peer)
{
	if (peer && refcount_dec_and_test(&peer->ref)) {
		rpt_tally_put(peer->tally);
		kfree_rcu(peer, rcu);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resumption: tickets given and accepted as server, kept and offered as client
 *
 * DOC: what resumption may not do
 *
 * A ticket stands for a verification of the peer's certificates. It is good
 * only as long as that would be repeated with the same result, and as what is
 * ours is the same: our certificates, the rule and its contents, the bundle that
 * the peer was judged by, revocations included, and time within the validity of
 * all certificates. If anything of it differs there is a full handshake, which
 * finds out what is true now. Who may connect is decided anew each time, by the
 * rules and options of that time.
 *
 * Both ends look: the server when a ticket is offered, the client before it
 * offers one, and each again when the handshake is complete, which then fails,
 * by certificate_unknown, if trust in the other has ended meanwhile.
 */

#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/unaligned.h>
#include <crypto/utils.h>
#include <net/ipv6.h>

#include "bundle.h"
#include "identity.h"
#include "mib.h"
#include "offer.h"
#include "rule.h"
#include "spiffe.h"
#include "svid.h"

/* What a NewSessionTicket has besides the ticket: RFC 8446 section 4.6.1 */
#define NST_OVERHEAD	(RPT_HS_HDR + 4 + 4 + 1 + 1 + 2 + 2)

/* A session gives one ticket */
static const u8 ticket_nonce[1];

static u64 now_ms(void)
{
	return ktime_to_ms(ktime_get_boottime());
}

static bool is_on(const struct rpt_net *rn)
{
	return READ_ONCE(rn->resumption) != RIPTIDES_RESUMPTION_NONE;
}

/*
 * A rule that ends sessions wants certificates to be looked at: those of a
 * client that has resumed are not here any more, and age would begin anew.
 */
static bool may_resume(const struct rpt_net *rn, const struct rpt_opts *opts)
{
	const struct rpt_rule *rule = opts ? opts->rule : NULL;

	return is_on(rn) && !(rule && (rule->kill_on_revoke || rule->max_age));
}

/* With its length, so that no two lists of fields are the same bytes */
static void digest_add(struct rpt_hash *h, const void *p, size_t len)
{
	__be32 n = cpu_to_be32(len);

	rpt_hash_update(h, &n, sizeof(n));
	rpt_hash_update(h, p, len);
}

static void digest_text(struct rpt_hash *h, const char *text)
{
	digest_add(h, text ?: "", text ? strlen(text) : 0);
}

static void digest_ours(struct rpt_hash *h, const struct rpt_svid *svid,
			const struct rpt_opts *opts)
{
	static const u8 nobody[SHA256_DIGEST_SIZE];
	const struct rpt_rule *rule = opts ? opts->rule : NULL;
	u8 mode = opts ? opts->mode : RIPTIDES_MODE_MUTUAL;

	digest_add(h, svid ? svid->digest : nobody, SHA256_DIGEST_SIZE);
	digest_add(h, &mode, sizeof(mode));
	digest_text(h, rule ? rule->name : NULL);
	if (rule)
		digest_add(h, &rule->generation, sizeof(rule->generation));
}

/* What a ticket of ours is bound to: who we are, by which rule, as whom asked */
static void server_binding(const struct rpt_svid *svid,
			   const struct rpt_opts *opts, const char *name,
			   size_t name_len, u8 out[RPT_TICKET_BINDING_LEN])
{
	struct rpt_hash h;

	rpt_hash_init(&h, RPT_HASH_SHA256);
	digest_text(&h, "ticket of a server");
	digest_ours(&h, svid, opts);
	digest_add(&h, name, name_len);
	rpt_hash_final(&h, out);
}

/*
 * A client that takes any ticket is sent it at once, and so is one that offers
 * such a ticket, which is therefore not for clients that may close before it
 * comes.
 */
static bool takes_at_once(const struct rpt_net *rn, const struct rpt_opts *opts)
{
	return READ_ONCE(rn->resumption) == RIPTIDES_RESUMPTION_ANY ||
	       (opts && opts->confirm);
}

/* What a ticket is for that a server gave us: the same, and whom we connect to */
static void client_key(const struct sock *sk, const struct rpt_svid *svid,
		       const struct rpt_opts *opts, u8 out[RPT_RESUME_KEY_LEN])
{
	u8 at_once = takes_at_once(rpt_net(sock_net(sk)), opts);
	const struct inet_sock *inet = inet_sk(sk);
	int oif = READ_ONCE(sk->sk_bound_dev_if);
	__be16 port = inet->inet_dport;
	struct in6_addr addr;
	struct rpt_hash h;

	ipv6_addr_set_v4mapped(inet->inet_daddr, &addr);
#if IS_ENABLED(CONFIG_IPV6)
	if (rpt_is_v6(sk))
		addr = sk->sk_v6_daddr;
#endif
	rpt_hash_init(&h, RPT_HASH_SHA256);
	digest_text(&h, "ticket for a client");
	digest_ours(&h, svid, opts);
	digest_add(&h, &addr, sizeof(addr));
	digest_add(&h, &port, sizeof(port));
	digest_add(&h, &oif, sizeof(oif));
	digest_add(&h, &at_once, sizeof(at_once));
	digest_text(&h, opts ? opts->server_name : NULL);
	digest_text(&h, opts ? opts->peer_id : NULL);
	digest_add(&h, opts ? opts->alpn : NULL, opts ? opts->alpn_len : 0);
	rpt_hash_final(&h, out);
}

/* The bundle that vouches for it, if nothing in it has changed: referenced. */
static struct rpt_bundle *trust_get(struct net *net, const char *id, size_t len,
				    u64 generation)
{
	struct rpt_spiffe spiffe;
	struct rpt_bundle *bundle;

	if (rpt_spiffe_parse(id, len, &spiffe))
		return NULL;
	bundle = rpt_bundle_find(net, spiffe.td, spiffe.td_len);
	if (bundle && bundle->generation == generation)
		return bundle;
	rpt_bundle_put(bundle);
	return NULL;
}

static bool trust_stands(struct net *net, const char *id, size_t len,
			 u64 generation)
{
	struct rpt_bundle *bundle = trust_get(net, id, len, generation);

	rpt_bundle_put(bundle);
	return bundle;
}

/* The certificates are as in struct rpt_peer; what they prove is given, too. */
static struct rpt_peer *peer_create(const char *id, size_t id_len,
				    const u8 *certs, size_t certs_len,
				    u64 generation, time64_t since,
				    time64_t until)
{
	struct rpt_chain chain = {};
	struct rpt_peer *peer;
	struct rpt_rd r, cert;

	rpt_rd_init(&r, certs, certs_len);
	while (rpt_rd_left(&r) && chain.n < RPT_CHAIN_MAX) {
		if (rpt_rd_u8(&r)) /* lengths of four bytes, below 2^24 */
			rpt_rd_fail(&r);
		cert = rpt_rd_block(&r, 3, 1, RPT_CERT_MSG_MAX);
		chain.cert[chain.n].data = cert.p;
		chain.cert[chain.n++].len = rpt_rd_left(&cert);
	}
	if (!rpt_rd_done(&r))
		return NULL;
	peer = rpt_peer_create(id, id_len, &chain);
	if (peer) {
		peer->generation = generation;
		peer->since = since;
		peer->until = until;
	}
	return peer;
}

/**
 * rpt_offer_prepare() - client: look whether there is something to resume by
 * @pump: the handshake; our identity is chosen
 *
 * Sets what of @pump->params is about tickets, but for no_tickets of a client
 * that waits for the server's confirmation.
 *
 * Context: Process context.
 */
void rpt_offer_prepare(struct rpt_pump *pump)
{
	struct rpt_hs_params *p = &pump->params;
	struct sock *sk = pump->rs->sk;
	struct net *net = sock_net(sk);
	struct rpt_net *rn = rpt_net(net);
	struct rpt_resume_entry *entry;
	u8 key[RPT_RESUME_KEY_LEN];

	if (!may_resume(rn, pump->opts))
		return;
	/* one that is sent at once is a confirmation; else we are in no hurry */
	p->ask_ticket = !pump->confirm;
	if (READ_ONCE(rn->resumption) == RIPTIDES_RESUMPTION_ANY)
		p->no_tickets = false;

	client_key(sk, pump->svid, pump->opts, key);
	entry = rpt_resume_take(rn, key, now_ms(), ktime_get_real_seconds());
	if (!entry)
		return;
	if (trust_stands(net, entry->peer_id, entry->peer_id_len,
			 entry->generation) &&
	    rpt_verify_is_wanted(pump->opts, entry->peer_id,
				 entry->peer_id_len))
		pump->candidate = peer_create(entry->peer_id,
					      entry->peer_id_len, entry->chain,
					      entry->chain_len,
					      entry->generation, entry->since,
					      entry->until);
	if (!pump->candidate) {
		rpt_resume_free(entry);
		return;
	}
	pump->entry = entry;
	p->psks = &entry->psk;
	p->n_psks = 1;
}

/**
 * rpt_offer_psk_age() - client: how old the ticket is that it offers
 * @data: the struct rpt_pump
 * @psk: the ticket
 *
 * Context: Process context.
 * Return: its age as it goes on the wire (RFC 8446 section 4.2.11.1).
 */
u32 rpt_offer_psk_age(void *data, const struct rpt_psk *psk)
{
	const struct rpt_pump *pump = data;
	const struct rpt_resume_entry *entry = pump->entry;

	return rpt_ticket_age(entry->received_ms, now_ms(), entry->age_add);
}

/* May what was proved when the ticket was made still count? */
static bool judge(struct rpt_pump *pump, const struct rpt_hs_offer *offer,
		  const struct rpt_ticket_state *state, u32 age)
{
	struct net *net = sock_net(pump->rs->sk);
	u64 life_ms = READ_ONCE(rpt_net(net)->ticket_lifetime) * 1000ULL;
	time64_t now = ktime_get_real_seconds();
	u8 binding[RPT_TICKET_BINDING_LEN];
	struct rpt_svid *svid;
	const char *id;

	if (!rpt_ticket_age_ok(state, age, life_ms, now_ms()) ||
	    now < state->since || now > state->until)
		return false;
	svid = rpt_verify_own(pump);
	if (IS_ERR(svid))
		return false;
	server_binding(svid, pump->opts, offer->server_name,
		       offer->server_name_len, binding);
	if (crypto_memneq(binding, state->binding, sizeof(binding)))
		return false;
	if (!state->peer_cert)
		return true;
	id = (const char *)state->peer_id.data;
	if (!trust_stands(net, id, state->peer_id.len, state->generation) ||
	    !rpt_verify_is_wanted(pump->opts, id, state->peer_id.len))
		return false;
	pump->candidate = peer_create(id, state->peer_id.len, NULL, 0,
				      state->generation, state->since,
				      state->until);
	return pump->candidate;
}

/**
 * struct opened - room to open a ticket in
 * @state: what it says
 * @len: length of @buf
 * @buf: where it is opened
 */
struct opened {
	struct rpt_ticket_state state;
	size_t len;
	u8 buf[];
};

/**
 * rpt_offer_find_psk() - server: judge a ticket that a client offers
 * @data: the struct rpt_pump
 * @offer: what the client accepts
 * @psk: in: the ticket; out: its key
 *
 * Its binder is checked later, so that the client is but a candidate until the
 * handshake is complete.
 *
 * Context: Process context.
 * Return: 0; -ENOENT: no ticket, or none that counts today.
 */
int rpt_offer_find_psk(void *data, const struct rpt_hs_offer *offer,
		       struct rpt_psk *psk)
{
	struct rpt_pump *pump = data;
	struct net *net = sock_net(pump->rs->sk);
	struct rpt_net *rn = rpt_net(net);
	struct opened *o;
	bool good;

	/* of a ticket that was looked at before, and not taken */
	rpt_peer_put(pump->candidate);
	pump->candidate = NULL;
	if (!may_resume(rn, pump->opts) || psk->identity_len > RPT_TICKET_MAX)
		return -ENOENT;
	o = kzalloc_flex(*o, buf, psk->identity_len, GFP_KERNEL_ACCOUNT);
	if (!o)
		return -ENOENT;
	o->len = psk->identity_len;
	good = !rpt_resume_open(rn, psk->identity, psk->identity_len, now_ms(),
				o->buf, o->len, &o->state) &&
	       judge(pump, offer, &o->state, psk->obfuscated_age);
	if (good) {
		psk->external = false;
		psk->peer_cert = o->state.peer_cert;
		psk->hash = o->state.hash;
		psk->secret_len = o->state.psk_len;
		memcpy(psk->secret, o->state.psk, o->state.psk_len);
	} else {
		rpt_mib_inc(net, RPT_MIB_TICKETREJECTED);
	}
	kfree_sensitive(o);
	return good ? 0 : -ENOENT;
}

/**
 * rpt_offer_free() - forget by what a handshake might have resumed
 * @pump: the handshake, its engine destroyed
 *
 * Context: Any context but hard interrupts.
 */
void rpt_offer_free(struct rpt_pump *pump)
{
	rpt_resume_free(pump->entry);
	pump->entry = NULL;
	rpt_peer_put(pump->candidate);
	pump->candidate = NULL;
}

/**
 * rpt_offer_settle() - the handshake is complete: has it resumed a session?
 * @pump: the handshake, its engine destroyed
 * @s: the session
 *
 * If so the candidate is the peer. What was true when the handshake began has
 * to be so still: nobody is let in by a bundle that was replaced meanwhile.
 *
 * Context: Process context.
 * Return: 0; -EKEYREJECTED.
 */
int rpt_offer_settle(struct rpt_pump *pump, struct rpt_session *s)
{
	struct net *net = sock_net(pump->rs->sk);
	struct rpt_peer *peer = pump->candidate;
	struct rpt_bundle *bundle = NULL;
	int err = 0;

	if (s->resumed) {
		s->own_proven = s->server || (pump->entry &&
					      pump->entry->own_cert);
		if (peer)
			bundle = trust_get(net, peer->id, peer->id_len,
					   peer->generation);
		if (peer && !bundle)
			err = -EKEYREJECTED;
		else
			swap(pump->peer, pump->candidate);
		if (bundle)
			peer->tally = rpt_tally_get(bundle->tally);
		rpt_bundle_put(bundle);
	}
	rpt_offer_free(pump);
	return err;
}

/**
 * rpt_offer_owes_ticket() - shall a ticket go before the server's first data?
 * @net: network namespace
 * @s: the session
 *
 * Who asks for tickets in this way reads data from us anyway, if there is any:
 * a client that only ever writes, and closes, would answer a ticket by a reset
 * behind which its data may be lost.
 *
 * Context: Any context.
 * Return: true if so.
 */
bool rpt_offer_owes_ticket(const struct net *net, const struct rpt_session *s)
{
	return s->server && s->tickets_asked && s->tickets_wanted &&
	       is_on(rpt_net(net));
}

/* Seconds that a ticket may live, in which all that it stands for is valid */
static time64_t ticket_life(const struct rpt_net *rn,
			    const struct rpt_svid *svid,
			    const struct rpt_peer *peer, time64_t now)
{
	time64_t life = READ_ONCE(rn->ticket_lifetime);

	life = min(life, svid->not_after - now);
	return peer ? min(life, peer->until - now) : life;
}

static int ticket_seal(struct net *net, const struct rpt_session *s,
		       const struct rpt_svid *svid,
		       const struct rpt_peer *peer,
		       const struct rpt_opts *opts, struct rpt_ticket *t,
		       u8 *out)
{
	struct rpt_ticket_state state = {
		.since		= svid->not_before,
		.until		= svid->not_after,
		.issued_ms	= now_ms(),
	};
	int err;

	state.hash = t->hash;
	state.psk_len = t->psk_len;
	memcpy(state.psk, t->psk, t->psk_len);
	state.age_add = t->age_add;
	state.expires_ms = state.issued_ms + t->lifetime * 1000ULL;
	if (peer) {
		state.since = max(state.since, peer->since);
		state.until = min(state.until, peer->until);
		state.generation = peer->generation;
		state.peer_cert = true;
		state.peer_id.data = (const u8 *)peer->id;
		state.peer_id.len = peer->id_len;
	}
	server_binding(svid, opts, s->server_name, s->server_name_len,
		       state.binding);
	err = rpt_resume_seal(rpt_net(net), &state, state.issued_ms, out,
			      RPT_TICKET_MAX, &t->ticket_len);
	memzero_explicit(&state, sizeof(state));
	t->ticket = out;
	return err;
}

/**
 * rpt_offer_ticket() - server: make a ticket
 * @net: network namespace
 * @s: the session
 * @svid: our identity
 * @peer: the client, or NULL if it has not shown a certificate
 * @opts: options, or NULL
 * @len: out: length of the message
 *
 * Context: Process context.
 * Return: NewSessionTicket, to be freed by kfree_sensitive(); NULL: none is to
 * be given, or memory is short.
 */
u8 *rpt_offer_ticket(struct net *net, const struct rpt_session *s,
		     const struct rpt_svid *svid, const struct rpt_peer *peer,
		     const struct rpt_opts *opts, size_t *len)
{
	struct rpt_net *rn = rpt_net(net);
	struct rpt_ticket t = {};
	time64_t life;
	u8 *buf;
	int err;

	if (!may_resume(rn, opts) || !svid)
		return NULL;
	life = ticket_life(rn, svid, peer, ktime_get_real_seconds());
	if (life <= 0)
		return NULL;
	/* the message, and behind it the ticket that goes into it */
	buf = kmalloc(NST_OVERHEAD + 2 * RPT_TICKET_MAX, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return NULL;
	t.lifetime = life;
	t.age_add = get_random_u32();
	err = rpt_session_ticket_psk(s, ticket_nonce, sizeof(ticket_nonce), &t);
	if (!err)
		err = ticket_seal(net, s, svid, peer, opts, &t,
				  buf + NST_OVERHEAD + RPT_TICKET_MAX);
	if (!err)
		err = rpt_session_ticket_write(&t, ticket_nonce,
					       sizeof(ticket_nonce), buf,
					       NST_OVERHEAD + RPT_TICKET_MAX,
					       len);
	memzero_explicit(&t, sizeof(t));
	if (err || *len > s->tx_limit) {
		kfree_sensitive(buf);
		return NULL;
	}
	return buf;
}

/**
 * rpt_offer_keep() - client: keep a ticket
 * @rs: the state, open
 * @ticket: the ticket
 *
 * Context: Process context, socket locked.
 */
void rpt_offer_keep(struct rpt_sock *rs, const struct rpt_ticket *ticket)
{
	struct rpt_net *rn = rpt_net(sock_net(rs->sk));
	const struct rpt_session *s = rs->session;
	const struct rpt_svid *svid = rs->svid;
	const struct rpt_peer *peer = rs->peer;
	struct rpt_resume_params p = {};
	u8 key[RPT_RESUME_KEY_LEN];
	struct rpt_opts *opts;
	bool may;

	if (s->server || !peer)
		return;
	opts = rpt_opts_get(rs);
	may = may_resume(rn, opts);
	client_key(rs->sk, svid, opts, key);
	rpt_opts_put(opts);
	if (!may)
		return;
	p.key = key;
	p.ticket = ticket;
	p.now_ms = now_ms();
	p.since = peer->since;
	p.until = peer->until;
	if (svid) {
		p.since = max(p.since, svid->not_before);
		p.until = min(p.until, svid->not_after);
	}
	p.generation = peer->generation;
	p.own_cert = s->own_proven;
	p.peer_id = peer->id;
	p.peer_id_len = peer->id_len;
	p.chain = peer->chain;
	p.chain_len = peer->chain_len;
	rpt_resume_keep(rn, &p);
}

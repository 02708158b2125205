// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stateless session tickets: sealing and opening
 *
 *	name of the key | salt | AES-256-GCM(state, zeroes) | tag
 *
 * The salt, 128 random bits, gives each ticket a key of its own, so that no
 * nonce has to be counted. What is sealed is padded, as its length would tell
 * that of the client's SPIFFE ID to whoever sees the ticket used.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>
#include <crypto/utils.h>
#include "gcm.h"
#include "ticket.h"

#define STATE_VERSION	1
#define STATE_PAD	128

#define F_PEER_CERT	BIT(0)

#define AAD_LEN		(RPT_TICKET_NAME_LEN + RPT_TICKET_SALT_LEN)

/* The key of one ticket, of its salt */
static int ticket_key(const struct rpt_ticket_key *key, const u8 *salt,
		      struct aes_gcm_key *gcm)
{
	u8 own[SHA256_DIGEST_SIZE];
	int ret;

	rpt_hmac(RPT_HASH_SHA256, key->secret, sizeof(key->secret), salt,
		 RPT_TICKET_SALT_LEN, own);
	ret = rpt_gcm_setkey(gcm, own, sizeof(own));
	memzero_explicit(own, sizeof(own));
	return ret;
}

static void state_write(struct rpt_wr *w, const struct rpt_ticket_state *state)
{
	size_t mark, pad;
	u8 *zeroes;

	rpt_wr_u8(w, STATE_VERSION);
	rpt_wr_u8(w, state->peer_cert ? F_PEER_CERT : 0);
	rpt_wr_u8(w, state->hash);
	mark = rpt_wr_open(w, 1);
	rpt_wr_bytes(w, state->psk, state->psk_len);
	rpt_wr_close(w, mark, 1);
	rpt_wr_u32(w, state->age_add);
	rpt_wr_u64(w, state->issued_ms);
	rpt_wr_u64(w, state->expires_ms);
	rpt_wr_u64(w, state->since);
	rpt_wr_u64(w, state->until);
	rpt_wr_u64(w, state->generation);
	rpt_wr_bytes(w, state->binding, sizeof(state->binding));
	mark = rpt_wr_open(w, 2);
	rpt_wr_bytes(w, state->peer_id.data, state->peer_id.len);
	rpt_wr_close(w, mark, 2);
	pad = round_up(w->len, STATE_PAD) - w->len;
	zeroes = rpt_wr_space(w, pad);
	if (zeroes)
		memset(zeroes, 0, pad);
}

static bool rest_is_zero(struct rpt_rd *r)
{
	size_t n = rpt_rd_left(r);
	const u8 *p = rpt_rd_bytes(r, n);

	return n < STATE_PAD && (!n || !memchr_inv(p, 0, n));
}

/* What we wrote ourselves is checked as if we had not. */
static int state_read(const u8 *p, size_t len, struct rpt_ticket_state *state)
{
	struct rpt_rd r, psk, id;
	u8 version, flags;

	memset(state, 0, sizeof(*state));
	rpt_rd_init(&r, p, len);
	version = rpt_rd_u8(&r);
	flags = rpt_rd_u8(&r);
	state->hash = rpt_rd_u8(&r);
	psk = rpt_rd_block(&r, 1, 1, RPT_HASH_MAX);
	state->age_add = rpt_rd_u32(&r);
	state->issued_ms = rpt_rd_u64(&r);
	state->expires_ms = rpt_rd_u64(&r);
	state->since = rpt_rd_u64(&r);
	state->until = rpt_rd_u64(&r);
	state->generation = rpt_rd_u64(&r);
	rpt_rd_copy(&r, state->binding, sizeof(state->binding));
	id = rpt_rd_block(&r, 2, 0, RPT_SPIFFE_MAX);
	if (!rpt_rd_ok(&r) || version != STATE_VERSION || flags & ~F_PEER_CERT ||
	    (state->hash != RPT_HASH_SHA256 && state->hash != RPT_HASH_SHA384))
		return -EBADMSG;
	state->psk_len = rpt_rd_left(&psk);
	if (state->psk_len != rpt_hash_size(state->hash) || !rest_is_zero(&r))
		return -EBADMSG;
	memcpy(state->psk, psk.p, state->psk_len);
	state->peer_cert = flags & F_PEER_CERT;
	state->peer_id.data = id.p;
	state->peer_id.len = rpt_rd_left(&id);
	return 0;
}

/**
 * rpt_ticket_seal() - make a ticket
 * @key: the key
 * @state: what it shall say
 * @out: where it goes
 * @cap: room there; RPT_TICKET_MAX is always enough
 * @len: out: its length
 *
 * Context: Any context.
 * Return: 0, -ENOSPC if @cap does not do, -EINVAL for a key that the cipher
 * refuses.
 */
int rpt_ticket_seal(const struct rpt_ticket_key *key,
		    const struct rpt_ticket_state *state, u8 *out, size_t cap,
		    size_t *len)
{
	static const u8 nonce[RPT_IV_LEN];
	struct aes_gcm_key gcm;
	struct rpt_wr w;
	u8 *text;
	int ret;

	*len = 0;
	if (cap < RPT_TICKET_OVERHEAD)
		return -ENOSPC;
	memcpy(out, key->name, sizeof(key->name));
	get_random_bytes(out + RPT_TICKET_NAME_LEN, RPT_TICKET_SALT_LEN);
	text = out + AAD_LEN;
	rpt_wr_init(&w, text, cap - RPT_TICKET_OVERHEAD);
	state_write(&w, state);
	ret = w.err ? -ENOSPC : ticket_key(key, out + RPT_TICKET_NAME_LEN, &gcm);
	if (ret) {
		memzero_explicit(out, cap);
		return ret;
	}
	rpt_gcm_encrypt(&gcm, nonce, out, AAD_LEN, text, w.len, text + w.len);
	memzero_explicit(&gcm, sizeof(gcm));
	*len = AAD_LEN + w.len + RPT_TAG_LEN;
	return 0;
}

/**
 * rpt_ticket_is_under() - does a ticket claim to be sealed under a key?
 * @key: the key
 * @ticket: what a client offers
 * @len: its length
 *
 * Context: Any context.
 * Return: true if it is worth trying.
 */
bool rpt_ticket_is_under(const struct rpt_ticket_key *key, const u8 *ticket,
			 size_t len)
{
	return len > RPT_TICKET_OVERHEAD &&
	       !crypto_memneq(ticket, key->name, sizeof(key->name));
}

/**
 * rpt_ticket_open() - read a ticket
 * @key: the key
 * @ticket: what a client offers; not changed
 * @len: its length
 * @buf: where it is opened, to be wiped by the caller; holds @state->peer_id
 * @cap: room there; RPT_TICKET_MAX is always enough
 * @state: out: what it says, to be wiped by the caller
 *
 * Context: Any context.
 * Return: 0; -EBADMSG it is not ours, or has been changed; -EINVAL for a key
 * that the cipher refuses. @state is all zeroes unless 0.
 */
int rpt_ticket_open(const struct rpt_ticket_key *key, const u8 *ticket,
		    size_t len, u8 *buf, size_t cap,
		    struct rpt_ticket_state *state)
{
	static const u8 nonce[RPT_IV_LEN];
	struct aes_gcm_key gcm;
	size_t n;
	int ret;

	memset(state, 0, sizeof(*state));
	if (!rpt_ticket_is_under(key, ticket, len))
		return -EBADMSG;
	n = len - RPT_TICKET_OVERHEAD;
	if (n > cap)
		return -EBADMSG;
	ret = ticket_key(key, ticket + RPT_TICKET_NAME_LEN, &gcm);
	if (ret)
		return ret;
	memcpy(buf, ticket + AAD_LEN, n);
	if (!rpt_gcm_decrypt(&gcm, nonce, ticket, AAD_LEN, buf, n,
			     ticket + AAD_LEN + n))
		ret = -EBADMSG;
	memzero_explicit(&gcm, sizeof(gcm));
	if (!ret)
		ret = state_read(buf, n, state);
	if (ret) {
		memzero_explicit(buf, n);
		memzero_explicit(state, sizeof(*state));
	}
	return ret;
}

/**
 * rpt_ticket_age_ok() - may a ticket be used now?
 * @state: what it says
 * @obfuscated_age: what the client says of its age (RFC 8446 section 4.2.11.1)
 * @lifetime_ms: how old tickets may be today, whatever was so when it was made
 * @now_ms: now, by the clock of @state->issued_ms
 *
 * A client knows its ticket since it read it, which may be long after we sent
 * it; but it cannot have had it for longer than it exists.
 *
 * Context: Any context.
 * Return: true if so.
 */
bool rpt_ticket_age_ok(const struct rpt_ticket_state *state,
		       u32 obfuscated_age, u64 lifetime_ms, u64 now_ms)
{
	u32 age = obfuscated_age - state->age_add;

	if (now_ms < state->issued_ms || now_ms >= state->expires_ms ||
	    now_ms - state->issued_ms >= lifetime_ms)
		return false;
	return age <= now_ms - state->issued_ms + RPT_TICKET_SKEW_MS;
}

/**
 * rpt_ticket_age() - what a client says of a ticket's age
 * @received_ms: when it came
 * @now_ms: now, by the same clock, and not before
 * @age_add: the server's mask
 *
 * Context: Any context.
 * Return: obfuscated_ticket_age (RFC 8446 section 4.2.11.1).
 */
u32 rpt_ticket_age(u64 received_ms, u64 now_ms, u32 age_add)
{
	return (u32)(now_ms - received_ms) + age_add;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TLS 1.3 key schedule (RFC 8446 section 7).
 *
 *	PSK or 0 -> HKDF-Extract = Early Secret -> binder_key
 *		 |  Derive-Secret(., "derived", "")
 *	(EC)DHE  -> HKDF-Extract = Handshake Secret -> c hs, s hs traffic
 *		 |  Derive-Secret(., "derived", "")
 *	0	 -> HKDF-Extract = Master Secret -> c ap, s ap traffic,
 *						    exp master, res master
 *
 * Early traffic and early exporter secrets do not exist here: 0-RTT is
 * refused by design.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/string.h>
#include "keysched.h"
#include "wire.h"

static const u8 rpt_zeroes[RPT_HASH_MAX];

/**
 * rpt_hkdf_expand_label() - HKDF-Expand-Label (RFC 8446 section 7.1)
 * @id: enum rpt_hash_id
 * @secret: the secret, rpt_hash_size() bytes
 * @label: the label, without its prefix "tls13 "
 * @ctx: the context
 * @ctx_len: its length, at most 255
 * @out: the result; must not overlap @secret
 * @out_len: how much of it
 *
 * Context: Any context.
 * Return: 0, or -EINVAL when the label, the context or the output is too
 * long, and @out is untouched. With our own labels and sizes this can't fail.
 */
int rpt_hkdf_expand_label(u8 id, const u8 *secret, const char *label,
			  const u8 *ctx, size_t ctx_len, u8 *out, size_t out_len)
{
	u8 info[2 + 1 + 255 + 1 + 255];
	struct rpt_wr w;
	size_t mark;

	if (out_len > U16_MAX)
		return -EINVAL;

	rpt_wr_init(&w, info, sizeof(info));
	rpt_wr_u16(&w, out_len);
	mark = rpt_wr_open(&w, 1);
	rpt_wr_bytes(&w, "tls13 ", 6);
	rpt_wr_bytes(&w, label, strlen(label));
	rpt_wr_close(&w, mark, 1);
	mark = rpt_wr_open(&w, 1);
	rpt_wr_bytes(&w, ctx, ctx_len);
	rpt_wr_close(&w, mark, 1);
	if (w.err)
		return -EINVAL;

	return rpt_hkdf_expand(id, secret, info, w.len, out, out_len);
}

/**
 * rpt_derive_secret() - Derive-Secret (RFC 8446 section 7.1)
 * @id: enum rpt_hash_id
 * @secret: the secret, rpt_hash_size() bytes
 * @label: the label, one of ours
 * @transcript_hash: hash of the messages, rpt_hash_size() bytes; NULL for no
 *	messages
 * @out: the derived secret, rpt_hash_size() bytes; may be @secret
 *
 * Context: Any context.
 */
void rpt_derive_secret(u8 id, const u8 *secret, const char *label,
		       const u8 *transcript_hash, u8 *out)
{
	size_t size = rpt_hash_size(id);
	u8 th[RPT_DIGEST_MAX];
	u8 tmp[RPT_DIGEST_MAX];

	if (!transcript_hash) {
		rpt_hash_oneshot(id, NULL, 0, th);
		transcript_hash = th;
	}
	rpt_hkdf_expand_label(id, secret, label, transcript_hash, size, tmp, size);
	memcpy(out, tmp, size);
	memzero_explicit(tmp, sizeof(tmp));
}

/* One step down: Extract(salt = Derive-Secret(., "derived", ""), ikm). */
static void keysched_step(struct rpt_keysched *ks, const u8 *ikm, size_t ikm_len)
{
	u8 id = ks->suite->hash;

	rpt_derive_secret(id, ks->secret, "derived", NULL, ks->secret);
	rpt_hkdf_extract(id, ks->secret, ks->suite->hash_len, ikm, ikm_len, ks->secret);
}

/**
 * rpt_keysched_early() - begin the key schedule with the Early Secret
 * @ks: the key schedule; need not be initialised
 * @suite: the suite
 * @psk: the pre-shared key, or NULL without one
 * @psk_len: its length
 *
 * Context: Any context.
 * Return: 0, or -EINVAL for an empty PSK; @ks is then as if wiped.
 */
int rpt_keysched_early(struct rpt_keysched *ks, const struct rpt_suite *suite,
		       const u8 *psk, size_t psk_len)
{
	memzero_explicit(ks, sizeof(*ks));
	if (!psk) {
		psk = rpt_zeroes;
		psk_len = suite->hash_len;
	}
	if (!psk_len)
		return -EINVAL;

	ks->suite = suite;
	rpt_hkdf_extract(suite->hash, NULL, 0, psk, psk_len, ks->secret);
	ks->stage = RPT_KS_EARLY;
	return 0;
}

/**
 * rpt_keysched_binder_key() - binder_key (RFC 8446 sections 4.2.11.2 and 7.1)
 * @ks: the key schedule, at its Early Secret of a PSK
 * @external: the PSK was provisioned, not got by a ticket
 * @out: the key, rpt_hash_size() bytes, for rpt_finished_mac()
 *
 * Context: Any context.
 */
void rpt_keysched_binder_key(const struct rpt_keysched *ks, bool external, u8 *out)
{
	if (WARN_ON_ONCE(ks->stage != RPT_KS_EARLY))
		return;
	rpt_derive_secret(ks->suite->hash, ks->secret,
			  external ? "ext binder" : "res binder", NULL, out);
}

/**
 * rpt_keysched_handshake() - go on to the Handshake Secret
 * @ks: the key schedule, at its Early Secret
 * @ecdhe: the shared secret of the key exchange
 * @len: its length
 * @th: hash of ClientHello...ServerHello
 *
 * Sets @c_hs and @s_hs of @ks. Wiping @ecdhe is up to the caller.
 *
 * Context: Any context.
 */
void rpt_keysched_handshake(struct rpt_keysched *ks, const u8 *ecdhe, size_t len,
			    const u8 *th)
{
	if (WARN_ON_ONCE(ks->stage != RPT_KS_EARLY))
		return;
	keysched_step(ks, ecdhe, len);
	rpt_derive_secret(ks->suite->hash, ks->secret, "c hs traffic", th, ks->c_hs);
	rpt_derive_secret(ks->suite->hash, ks->secret, "s hs traffic", th, ks->s_hs);
	ks->stage = RPT_KS_HANDSHAKE;
}

/**
 * rpt_keysched_master() - go on to the Master Secret
 * @ks: the key schedule, at its Handshake Secret
 * @th: hash of ClientHello...server Finished
 *
 * Sets @c_app, @s_app and @exporter of @ks.
 *
 * Context: Any context.
 */
void rpt_keysched_master(struct rpt_keysched *ks, const u8 *th)
{
	u8 id;

	if (WARN_ON_ONCE(ks->stage != RPT_KS_HANDSHAKE))
		return;
	id = ks->suite->hash;
	keysched_step(ks, rpt_zeroes, ks->suite->hash_len);
	rpt_derive_secret(id, ks->secret, "c ap traffic", th, ks->c_app);
	rpt_derive_secret(id, ks->secret, "s ap traffic", th, ks->s_app);
	rpt_derive_secret(id, ks->secret, "exp master", th, ks->exporter);
	ks->stage = RPT_KS_MASTER;
}

/**
 * rpt_keysched_resumption() - derive the last secret
 * @ks: the key schedule, at its Master Secret, which is wiped
 * @th: hash of ClientHello...client Finished
 *
 * Sets @resumption of @ks.
 *
 * Context: Any context.
 */
void rpt_keysched_resumption(struct rpt_keysched *ks, const u8 *th)
{
	if (WARN_ON_ONCE(ks->stage != RPT_KS_MASTER))
		return;
	rpt_derive_secret(ks->suite->hash, ks->secret, "res master", th, ks->resumption);
	memzero_explicit(ks->secret, sizeof(ks->secret));
	ks->stage = RPT_KS_DONE;
}

/**
 * rpt_keysched_wipe() - forget every secret
 * @ks: the key schedule
 *
 * Context: Any context.
 */
void rpt_keysched_wipe(struct rpt_keysched *ks)
{
	memzero_explicit(ks, sizeof(*ks));
}

/**
 * rpt_finished_mac() - verify_data of Finished (RFC 8446 section 4.4.4), and
 *	PSK binders (section 4.2.11.2)
 * @suite: the suite
 * @base_secret: the sender's handshake traffic secret, or the binder key
 * @th: hash of the messages before
 * @out: the code, rpt_hash_size() bytes; compare with crypto_memneq()
 *
 * Context: Any context.
 */
void rpt_finished_mac(const struct rpt_suite *suite, const u8 *base_secret,
		      const u8 *th, u8 *out)
{
	u8 key[RPT_HASH_MAX];

	rpt_hkdf_expand_label(suite->hash, base_secret, "finished", NULL, 0,
			      key, suite->hash_len);
	rpt_hmac(suite->hash, key, suite->hash_len, th, suite->hash_len, out);
	memzero_explicit(key, sizeof(key));
}

/**
 * rpt_traffic_keys() - record keys of a traffic secret (RFC 8446 section 7.3)
 * @suite: the suite
 * @secret: the traffic secret
 * @key: write key, @suite->key_len bytes
 * @iv: write IV, RPT_IV_LEN bytes
 *
 * Context: Any context.
 */
void rpt_traffic_keys(const struct rpt_suite *suite, const u8 *secret, u8 *key, u8 *iv)
{
	rpt_hkdf_expand_label(suite->hash, secret, "key", NULL, 0, key, suite->key_len);
	rpt_hkdf_expand_label(suite->hash, secret, "iv", NULL, 0, iv, RPT_IV_LEN);
}

/**
 * rpt_traffic_update() - the next generation of an application traffic secret
 *	(RFC 8446 section 7.2)
 * @suite: the suite
 * @secret: the traffic secret, replaced
 *
 * Context: Any context.
 */
void rpt_traffic_update(const struct rpt_suite *suite, u8 *secret)
{
	u8 tmp[RPT_HASH_MAX];

	rpt_hkdf_expand_label(suite->hash, secret, "traffic upd", NULL, 0,
			      tmp, suite->hash_len);
	memcpy(secret, tmp, suite->hash_len);
	memzero_explicit(tmp, sizeof(tmp));
}

/**
 * rpt_exporter() - TLS-Exporter (RFC 8446 section 7.5)
 * @suite: the suite
 * @exporter_secret: exporter_master_secret
 * @label: the label, a string from outside
 * @ctx: the context value; none is the same as an empty one
 * @ctx_len: its length
 * @out: the exported keying material
 * @out_len: how much of it
 *
 * Context: Any context.
 * Return: 0, or -EINVAL when the label is longer than RPT_LABEL_MAX or @out_len
 * more than 255 digests; @out is then untouched.
 */
int rpt_exporter(const struct rpt_suite *suite, const u8 *exporter_secret,
		 const char *label, const u8 *ctx, size_t ctx_len,
		 u8 *out, size_t out_len)
{
	u8 secret[RPT_HASH_MAX];
	u8 hash[RPT_HASH_MAX];
	int err;

	rpt_hash_oneshot(suite->hash, NULL, 0, hash);
	err = rpt_hkdf_expand_label(suite->hash, exporter_secret, label, hash,
				    suite->hash_len, secret, suite->hash_len);
	if (err)
		return err;

	rpt_hash_oneshot(suite->hash, ctx, ctx_len, hash);
	err = rpt_hkdf_expand_label(suite->hash, secret, "exporter", hash,
				    suite->hash_len, out, out_len);
	memzero_explicit(secret, sizeof(secret));
	return err;
}

/**
 * rpt_resumption_psk() - the PSK of a ticket (RFC 8446 section 4.6.1)
 * @suite: the suite
 * @resumption: resumption_master_secret
 * @nonce: ticket_nonce
 * @nonce_len: its length, at most 255
 * @psk: the PSK, rpt_hash_size() bytes
 *
 * Context: Any context.
 */
void rpt_resumption_psk(const struct rpt_suite *suite, const u8 *resumption,
			const u8 *nonce, size_t nonce_len, u8 *psk)
{
	rpt_hkdf_expand_label(suite->hash, resumption, "resumption", nonce, nonce_len,
			      psk, suite->hash_len);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hashes, HKDF and the TLS 1.3 key schedule (RFC 8446 section 7).
 */
#ifndef _RIPTIDES_KEYSCHED_H
#define _RIPTIDES_KEYSCHED_H

#include <linux/types.h>
#include <crypto/sha2.h>
#include "proto.h"
#include "suite.h"

/**
 * struct rpt_hash - a hash in progress
 * @id: enum rpt_hash_id
 * @s256: SHA-256
 * @s384: SHA-384
 * @s512: SHA-512
 */
struct rpt_hash {
	u8 id;
	union {
		struct sha256_ctx s256;
		struct sha384_ctx s384;
		struct sha512_ctx s512;
	};
};

/**
 * enum rpt_ks_stage - how far the key schedule has got
 * @RPT_KS_NONE: nothing yet, or wiped
 * @RPT_KS_EARLY: Early Secret
 * @RPT_KS_HANDSHAKE: Handshake Secret and the handshake traffic secrets
 * @RPT_KS_MASTER: Master Secret, application traffic and exporter secrets
 * @RPT_KS_DONE: resumption secret too; nothing more to derive
 */
enum rpt_ks_stage {
	RPT_KS_NONE,
	RPT_KS_EARLY,
	RPT_KS_HANDSHAKE,
	RPT_KS_MASTER,
	RPT_KS_DONE,
};

/**
 * struct rpt_keysched - the key schedule of one connection
 * @suite: the suite, whose hash is used throughout
 * @secret: Early, Handshake or Master Secret, after @stage
 * @c_hs: client_handshake_traffic_secret
 * @s_hs: server_handshake_traffic_secret
 * @c_app: client_application_traffic_secret_0
 * @s_app: server_application_traffic_secret_0
 * @exporter: exporter_master_secret
 * @resumption: resumption_master_secret
 * @stage: enum rpt_ks_stage
 */
struct rpt_keysched {
	const struct rpt_suite *suite;
	u8 secret[RPT_HASH_MAX];
	u8 c_hs[RPT_HASH_MAX];
	u8 s_hs[RPT_HASH_MAX];
	u8 c_app[RPT_HASH_MAX];
	u8 s_app[RPT_HASH_MAX];
	u8 exporter[RPT_HASH_MAX];
	u8 resumption[RPT_HASH_MAX];
	u8 stage;
};

/* hash.c */
size_t rpt_hash_size(u8 id);
void rpt_hash_init(struct rpt_hash *h, u8 id);
void rpt_hash_update(struct rpt_hash *h, const void *p, size_t n);
void rpt_hash_peek(const struct rpt_hash *h, u8 *out);
void rpt_hash_final(struct rpt_hash *h, u8 *out);
void rpt_hash_oneshot(u8 id, const void *p, size_t n, u8 *out);
void rpt_hmac(u8 id, const u8 *key, size_t key_len, const void *data, size_t len, u8 *out);

void rpt_hkdf_extract(u8 id, const u8 *salt, size_t salt_len,
		      const u8 *ikm, size_t ikm_len, u8 *prk);
int rpt_hkdf_expand(u8 id, const u8 *prk, const u8 *info, size_t info_len,
		    u8 *out, size_t out_len);
int rpt_hkdf_expand_label(u8 id, const u8 *secret, const char *label,
			  const u8 *ctx, size_t ctx_len, u8 *out, size_t out_len);

/* keysched.c */
void rpt_derive_secret(u8 id, const u8 *secret, const char *label,
		       const u8 *transcript_hash, u8 *out);

int rpt_keysched_early(struct rpt_keysched *ks, const struct rpt_suite *suite,
		       const u8 *psk, size_t psk_len);
void rpt_keysched_binder_key(const struct rpt_keysched *ks, bool external, u8 *out);
void rpt_keysched_handshake(struct rpt_keysched *ks, const u8 *ecdhe, size_t len,
			    const u8 *th);
void rpt_keysched_master(struct rpt_keysched *ks, const u8 *th);
void rpt_keysched_resumption(struct rpt_keysched *ks, const u8 *th);
void rpt_keysched_wipe(struct rpt_keysched *ks);

void rpt_finished_mac(const struct rpt_suite *suite, const u8 *base_secret,
		      const u8 *th, u8 *out);
void rpt_traffic_keys(const struct rpt_suite *suite, const u8 *secret, u8 *key, u8 *iv);
void rpt_traffic_update(const struct rpt_suite *suite, u8 *secret);
int rpt_exporter(const struct rpt_suite *suite, const u8 *exporter_secret,
		 const char *label, const u8 *ctx, size_t ctx_len,
		 u8 *out, size_t out_len);
void rpt_resumption_psk(const struct rpt_suite *suite, const u8 *resumption,
			const u8 *nonce, size_t nonce_len, u8 *psk);

#endif /* _RIPTIDES_KEYSCHED_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TLS 1.3 key schedule (RFC 8446 section 7).
 */
#ifndef _RIPTIDES_KEYSCHED_H
#define _RIPTIDES_KEYSCHED_H

#include <linux/types.h>
#include "hash.h"
#include "proto.h"
#include "suite.h"

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

int rpt_hkdf_expand_label(u8 id, const u8 *secret, const char *label,
			  const u8 *ctx, size_t ctx_len, u8 *out, size_t out_len);
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

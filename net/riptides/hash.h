/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hashes, HMAC and HKDF by number, over the kernel's library.
 */
#ifndef _RIPTIDES_HASH_H
#define _RIPTIDES_HASH_H

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
 *
 * Holds no secret unless secrets were hashed; may be copied.
 */
struct rpt_hash {
	u8 id;
	union {
		struct sha256_ctx s256;
		struct sha384_ctx s384;
		struct sha512_ctx s512;
	};
};

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

#endif /* _RIPTIDES_HASH_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cipher suites of TLS 1.3 as a table.
 */
#ifndef _RIPTIDES_SUITE_H
#define _RIPTIDES_SUITE_H

#include <linux/types.h>
#include "proto.h"

/**
 * enum rpt_hash_id - hash functions
 * @RPT_HASH_SHA256: SHA-256
 * @RPT_HASH_SHA384: SHA-384
 * @RPT_HASH_SHA512: SHA-512, in signatures only
 */
enum rpt_hash_id {
	RPT_HASH_SHA256,
	RPT_HASH_SHA384,
	RPT_HASH_SHA512,
};

/**
 * enum rpt_aead_id - record protection
 * @RPT_AEAD_AES_128_GCM: AES-128-GCM
 * @RPT_AEAD_AES_256_GCM: AES-256-GCM
 * @RPT_AEAD_CHACHA20_POLY1305: ChaCha20-Poly1305 of RFC 8439
 */
enum rpt_aead_id {
	RPT_AEAD_AES_128_GCM,
	RPT_AEAD_AES_256_GCM,
	RPT_AEAD_CHACHA20_POLY1305,
};

/**
 * struct rpt_suite - one cipher suite
 * @id: code point, enum rpt_suite_id
 * @hash: of HKDF and of the transcript, enum rpt_hash_id
 * @aead: enum rpt_aead_id
 * @key_len: size of the AEAD's key
 * @hash_len: size of @hash
 * @ktls_cipher: TLS_CIPHER_* of <uapi/linux/tls.h>
 * @record_limit: full-size records that one key may protect before it must be
 *	updated (RFC 8446 section 5.5)
 * @name: IANA's name
 */
struct rpt_suite {
	u16 id;
	u8 hash;
	u8 aead;
	u8 key_len;
	u8 hash_len;
	u16 ktls_cipher;
	u64 record_limit;
	const char *name;
};

extern const struct rpt_suite rpt_suites[];
extern const unsigned int rpt_suites_n;

const struct rpt_suite *rpt_suite_find(u16 id);

#endif /* _RIPTIDES_SUITE_H */

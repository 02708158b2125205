/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-GCM of the kernel's library, in place and with TLS's sizes
 *
 * Linux 7.3 gave the library new names; this header is the only place that
 * knows both.
 */
#ifndef _RIPTIDES_GCM_H
#define _RIPTIDES_GCM_H

#include "proto.h"

#if __has_include(<crypto/aes-gcm.h>)
#include <crypto/aes-gcm.h>
#else
#include <crypto/gcm.h>
#define aes_gcm_key aesgcm_ctx
#endif

/**
 * rpt_gcm_setkey() - expand a key
 * @k: where to
 * @key: 16 or 32 bytes
 * @len: which
 *
 * Context: Any context.
 * Return: 0, or -EINVAL when the library refuses the length.
 */
static inline int __must_check rpt_gcm_setkey(struct aes_gcm_key *k, const u8 *key, size_t len)
{
#ifdef aes_gcm_key
	return aesgcm_expandkey(k, key, len, RPT_TAG_LEN);
#else
	return aes_gcm_preparekey(k, key, len, RPT_TAG_LEN);
#endif
}

/**
 * rpt_gcm_encrypt() - encrypt in place (NIST SP 800-38D)
 * @k: the key
 * @nonce: 12 bytes, never used twice under one key
 * @aad: additional data
 * @aad_len: its length
 * @text: what becomes ciphertext
 * @len: its length
 * @tag: where the 16 bytes of the tag go
 *
 * Context: Any context.
 */
static inline void rpt_gcm_encrypt(const struct aes_gcm_key *k, const u8 nonce[RPT_IV_LEN],
				   const u8 *aad, size_t aad_len, u8 *text, size_t len, u8 *tag)
{
#ifdef aes_gcm_key
	aesgcm_encrypt(k, text, text, len, aad, aad_len, nonce, tag);
#else
	aes_gcm_encrypt(text, text, len, tag, aad, aad_len, nonce, k);
#endif
}

/**
 * rpt_gcm_decrypt() - decrypt in place
 * @k: the key
 * @nonce: 12 bytes
 * @aad: additional data
 * @aad_len: its length
 * @text: what becomes plaintext
 * @len: its length
 * @tag: the 16 bytes that the peer sent
 *
 * Context: Any context.
 * Return: true when the tag holds; otherwise @text must not be used.
 */
static inline bool __must_check rpt_gcm_decrypt(const struct aes_gcm_key *k,
						const u8 nonce[RPT_IV_LEN],
						const u8 *aad, size_t aad_len,
						u8 *text, size_t len, const u8 *tag)
{
#ifdef aes_gcm_key
	return aesgcm_decrypt(k, text, text, len, aad, aad_len, nonce, tag);
#else
	return !aes_gcm_decrypt(text, text, len, tag, aad, aad_len, nonce, k);
#endif
}

#endif /* _RIPTIDES_GCM_H */

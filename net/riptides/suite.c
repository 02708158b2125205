// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cipher suites of TLS 1.3 (RFC 8446 appendix B.4).
 */
#include <linux/kernel.h>
#include <crypto/chacha.h>
#include <crypto/sha2.h>
#include <uapi/linux/tls.h>
#include "suite.h"

/*
 * The record layer, and kTLS after the hand-over, use one 12-byte IV, which
 * kTLS splits in salt and IV, and one 16-byte tag for every suite.
 */
#define RPT_CHECK_KTLS(cipher, key_len)						\
	static_assert(cipher ## _KEY_SIZE == (key_len));			\
	static_assert(cipher ## _SALT_SIZE + cipher ## _IV_SIZE == RPT_IV_LEN);	\
	static_assert(cipher ## _TAG_SIZE == RPT_TAG_LEN);			\
	static_assert(cipher ## _REC_SEQ_SIZE == RPT_SEQ_LEN)

RPT_CHECK_KTLS(TLS_CIPHER_AES_GCM_128, 16);
RPT_CHECK_KTLS(TLS_CIPHER_AES_GCM_256, 32);
RPT_CHECK_KTLS(TLS_CIPHER_CHACHA20_POLY1305, CHACHA_KEY_SIZE);
static_assert(CHACHA_KEY_SIZE <= RPT_KEY_MAX);
static_assert(SHA384_DIGEST_SIZE <= RPT_HASH_MAX);
static_assert(SHA512_DIGEST_SIZE <= RPT_DIGEST_MAX);

/*
 * RFC 8446 section 5.5: AES-GCM protects up to 2^24.5 full-size records with
 * one key; for ChaCha20-Poly1305 the sequence number would wrap first.
 */
#define RPT_GCM_RECORD_LIMIT	23726566ULL

/* In our order of preference where the CPU speeds AES up. */
const struct rpt_suite rpt_suites[] = {
	{
		.id		= RPT_SUITE_AES_128_GCM_SHA256,
		.hash		= RPT_HASH_SHA256,
		.aead		= RPT_AEAD_AES_128_GCM,
		.key_len	= TLS_CIPHER_AES_GCM_128_KEY_SIZE,
		.hash_len	= SHA256_DIGEST_SIZE,
		.ktls_cipher	= TLS_CIPHER_AES_GCM_128,
		.record_limit	= RPT_GCM_RECORD_LIMIT,
		.name		= "TLS_AES_128_GCM_SHA256",
	}, {
		.id		= RPT_SUITE_AES_256_GCM_SHA384,
		.hash		= RPT_HASH_SHA384,
		.aead		= RPT_AEAD_AES_256_GCM,
		.key_len	= TLS_CIPHER_AES_GCM_256_KEY_SIZE,
		.hash_len	= SHA384_DIGEST_SIZE,
		.ktls_cipher	= TLS_CIPHER_AES_GCM_256,
		.record_limit	= RPT_GCM_RECORD_LIMIT,
		.name		= "TLS_AES_256_GCM_SHA384",
	}, {
		.id		= RPT_SUITE_CHACHA20_POLY1305_SHA256,
		.hash		= RPT_HASH_SHA256,
		.aead		= RPT_AEAD_CHACHA20_POLY1305,
		.key_len	= TLS_CIPHER_CHACHA20_POLY1305_KEY_SIZE,
		.hash_len	= SHA256_DIGEST_SIZE,
		.ktls_cipher	= TLS_CIPHER_CHACHA20_POLY1305,
		.record_limit	= U64_MAX,
		.name		= "TLS_CHACHA20_POLY1305_SHA256",
	},
};

const unsigned int rpt_suites_n = ARRAY_SIZE(rpt_suites);

/**
 * rpt_suite_find() - look a cipher suite up
 * @id: code point
 *
 * Context: Any context.
 * Return: the suite, or NULL when it is not one of ours.
 */
const struct rpt_suite *rpt_suite_find(u16 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rpt_suites); i++)
		if (rpt_suites[i].id == id)
			return &rpt_suites[i];
	return NULL;
}

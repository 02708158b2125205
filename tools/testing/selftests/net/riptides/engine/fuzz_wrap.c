// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crypto that lets a fuzzer through, and no chance: the linker puts these in
 * the place of what the engine calls.
 */
#include <crypto/gcm.h>
#include "chachapoly.h"
#include "ec.h"
#include "fuzz.h"

struct fuzz_opening fuzz_opening;

#define TAG_BYTE	0x5a
#define BAD_TAG_BYTE	0xff

void __real_aesgcm_encrypt(const struct aesgcm_ctx *ctx, u8 *dst, const u8 *src,
			   int crypt_len, const u8 *assoc, int assoc_len,
			   const u8 iv[GCM_AES_IV_SIZE], u8 *authtag);
bool __real_aesgcm_decrypt(const struct aesgcm_ctx *ctx, u8 *dst,
			   const u8 *src, int crypt_len, const u8 *assoc,
			   int assoc_len, const u8 iv[GCM_AES_IV_SIZE],
			   const u8 *authtag);
void __real_rpt_chachapoly_encrypt(const u8 *key, const u8 *nonce,
				   const u8 *aad, size_t aad_len,
				   u8 *text, size_t len, u8 *tag);
bool __real_rpt_chachapoly_decrypt(const u8 *key, const u8 *nonce,
				   const u8 *aad, size_t aad_len,
				   u8 *text, size_t len, const u8 *tag);
int __real_crypto_memneq(const void *a, const void *b, size_t size);
int __real_rpt_sig_verify(u16 scheme, const struct rpt_pubkey *pk,
			  const u8 *msg, size_t len, const u8 *sig, size_t siglen);
int __real_rpt_ecdsa_verify(const struct rpt_ec_curve *c, const u8 *q, size_t qlen,
			    const u8 *digest, size_t len, const u8 *sig, size_t siglen);

void __wrap_aesgcm_encrypt(const struct aesgcm_ctx *ctx, u8 *dst, const u8 *src,
			   int crypt_len, const u8 *assoc, int assoc_len,
			   const u8 iv[GCM_AES_IV_SIZE], u8 *authtag);
bool __wrap_aesgcm_decrypt(const struct aesgcm_ctx *ctx, u8 *dst,
			   const u8 *src, int crypt_len, const u8 *assoc,
			   int assoc_len, const u8 iv[GCM_AES_IV_SIZE],
			   const u8 *authtag);
void __wrap_rpt_chachapoly_encrypt(const u8 *key, const u8 *nonce,
				   const u8 *aad, size_t aad_len,
				   u8 *text, size_t len, u8 *tag);
bool __wrap_rpt_chachapoly_decrypt(const u8 *key, const u8 *nonce,
				   const u8 *aad, size_t aad_len,
				   u8 *text, size_t len, const u8 *tag);
int __wrap_crypto_memneq(const void *a, const void *b, size_t size);
int __wrap_rpt_sig_verify(u16 scheme, const struct rpt_pubkey *pk,
			  const u8 *msg, size_t len, const u8 *sig, size_t siglen);
int __wrap_rpt_ecdsa_verify(const struct rpt_ec_curve *c, const u8 *q, size_t qlen,
			    const u8 *digest, size_t len, const u8 *sig, size_t siglen);
void __wrap_get_random_bytes(void *buf, size_t len);
u32 __wrap_get_random_u32(void);
u64 __wrap_ktime_get_ns(void);

void __wrap_aesgcm_encrypt(const struct aesgcm_ctx *ctx, u8 *dst, const u8 *src,
			   int crypt_len, const u8 *assoc, int assoc_len,
			   const u8 iv[GCM_AES_IV_SIZE], u8 *authtag)
{
	if (!fuzz_opening.aead) {
		__real_aesgcm_encrypt(ctx, dst, src, crypt_len, assoc, assoc_len, iv, authtag);
		return;
	}
	memmove(dst, src, crypt_len);
	memset(authtag, TAG_BYTE, RPT_TAG_LEN);
}

bool __wrap_aesgcm_decrypt(const struct aesgcm_ctx *ctx, u8 *dst,
			   const u8 *src, int crypt_len, const u8 *assoc,
			   int assoc_len, const u8 iv[GCM_AES_IV_SIZE],
			   const u8 *authtag)
{
	if (!fuzz_opening.aead)
		return __real_aesgcm_decrypt(ctx, dst, src, crypt_len, assoc,
					     assoc_len, iv, authtag);
	memmove(dst, src, crypt_len);
	return authtag[0] != BAD_TAG_BYTE;
}

void __wrap_rpt_chachapoly_encrypt(const u8 *key, const u8 *nonce,
				   const u8 *aad, size_t aad_len,
				   u8 *text, size_t len, u8 *tag)
{
	if (!fuzz_opening.aead) {
		__real_rpt_chachapoly_encrypt(key, nonce, aad, aad_len, text, len, tag);
		return;
	}
	memset(tag, TAG_BYTE, RPT_TAG_LEN);
}

bool __wrap_rpt_chachapoly_decrypt(const u8 *key, const u8 *nonce,
				   const u8 *aad, size_t aad_len,
				   u8 *text, size_t len, const u8 *tag)
{
	if (!fuzz_opening.aead)
		return __real_rpt_chachapoly_decrypt(key, nonce, aad, aad_len,
						     text, len, tag);
	return tag[0] != BAD_TAG_BYTE;
}

int __wrap_crypto_memneq(const void *a, const void *b, size_t size)
{
	return fuzz_opening.mac ? 0 : __real_crypto_memneq(a, b, size);
}

int __wrap_rpt_sig_verify(u16 scheme, const struct rpt_pubkey *pk,
			  const u8 *msg, size_t len, const u8 *sig, size_t siglen)
{
	if (fuzz_opening.sig)
		return 0;
	return __real_rpt_sig_verify(scheme, pk, msg, len, sig, siglen);
}

/* That of a certificate */
int __wrap_rpt_ecdsa_verify(const struct rpt_ec_curve *c, const u8 *q, size_t qlen,
			    const u8 *digest, size_t len, const u8 *sig, size_t siglen)
{
	if (fuzz_opening.sig)
		return 0;
	return __real_rpt_ecdsa_verify(c, q, qlen, digest, len, sig, siglen);
}

/* The same bytes each time, so that one end alone repeats a conversation. */
void __wrap_get_random_bytes(void *buf, size_t len)
{
	memset(buf, fuzz_opening.random, len);
}

u32 __wrap_get_random_u32(void)
{
	return fuzz_opening.random * 0x01010101U;
}

u64 __wrap_ktime_get_ns(void)
{
	return 1000000000;
}

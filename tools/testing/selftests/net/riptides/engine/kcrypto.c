// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's lib/crypto over libcrypto.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include "shim.h"

/* libcrypto failing (no memory, no algorithm) is not what we test. */
static void must(bool ok)
{
	if (!ok) {
		fprintf(stderr, "kcrypto: libcrypto failed\n");
		abort();
	}
}

int crypto_memneq(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) ? 1 : 0;
}

void crypto_xor_cpy(u8 *dst, const u8 *a, const u8 *b, unsigned int size)
{
	while (size--)
		*dst++ = *a++ ^ *b++;
}

#define HASH(name, NAME, INIT, UPDATE, FINAL)					\
void name##_init(struct name##_ctx *ctx)					\
{										\
	INIT(&ctx->c);								\
}										\
										\
void name##_update(struct name##_ctx *ctx, const u8 *data, size_t len)		\
{										\
	UPDATE(&ctx->c, data, len);						\
}										\
										\
void name##_final(struct name##_ctx *ctx, u8 *out)				\
{										\
	FINAL(out, &ctx->c);							\
	memzero_explicit(ctx, sizeof(*ctx));					\
}										\
										\
void name(const u8 *data, size_t len, u8 *out)					\
{										\
	struct name##_ctx ctx;							\
										\
	name##_init(&ctx);							\
	name##_update(&ctx, data, len);						\
	name##_final(&ctx, out);						\
}										\
										\
void hmac_##name##_init_usingrawkey(struct hmac_##name##_ctx *ctx,		\
				    const u8 *raw_key, size_t raw_key_len)	\
{										\
	u8 pad[NAME##_BLOCK_SIZE] = {};						\
	size_t i;								\
										\
	if (raw_key_len > sizeof(pad))						\
		name(raw_key, raw_key_len, pad);				\
	else if (raw_key_len)							\
		memcpy(pad, raw_key, raw_key_len);				\
	for (i = 0; i < sizeof(pad); i++)					\
		pad[i] ^= 0x36;							\
	name##_init(&ctx->inner);						\
	name##_update(&ctx->inner, pad, sizeof(pad));				\
	for (i = 0; i < sizeof(pad); i++)					\
		pad[i] ^= 0x36 ^ 0x5c;						\
	name##_init(&ctx->outer);						\
	name##_update(&ctx->outer, pad, sizeof(pad));				\
	memzero_explicit(pad, sizeof(pad));					\
}										\
										\
void hmac_##name##_preparekey(struct hmac_##name##_key *key,			\
			      const u8 *raw_key, size_t raw_key_len)		\
{										\
	struct hmac_##name##_ctx ctx;						\
										\
	hmac_##name##_init_usingrawkey(&ctx, raw_key, raw_key_len);		\
	key->inner = ctx.inner;							\
	key->outer = ctx.outer;							\
	memzero_explicit(&ctx, sizeof(ctx));					\
}										\
										\
void hmac_##name##_init(struct hmac_##name##_ctx *ctx,				\
			const struct hmac_##name##_key *key)			\
{										\
	ctx->inner = key->inner;						\
	ctx->outer = key->outer;						\
}										\
										\
void hmac_##name##_update(struct hmac_##name##_ctx *ctx,			\
			  const u8 *data, size_t len)				\
{										\
	name##_update(&ctx->inner, data, len);					\
}										\
										\
void hmac_##name##_final(struct hmac_##name##_ctx *ctx, u8 *out)		\
{										\
	u8 tmp[NAME##_DIGEST_SIZE];						\
										\
	name##_final(&ctx->inner, tmp);						\
	name##_update(&ctx->outer, tmp, sizeof(tmp));				\
	name##_final(&ctx->outer, out);						\
	memzero_explicit(tmp, sizeof(tmp));					\
}										\
										\
void hmac_##name(const struct hmac_##name##_key *key,				\
		 const u8 *data, size_t len, u8 *out)				\
{										\
	struct hmac_##name##_ctx ctx;						\
										\
	hmac_##name##_init(&ctx, key);						\
	hmac_##name##_update(&ctx, data, len);					\
	hmac_##name##_final(&ctx, out);						\
}										\
										\
void hmac_##name##_usingrawkey(const u8 *raw_key, size_t raw_key_len,		\
			       const u8 *data, size_t len, u8 *out)		\
{										\
	struct hmac_##name##_ctx ctx;						\
										\
	hmac_##name##_init_usingrawkey(&ctx, raw_key, raw_key_len);		\
	hmac_##name##_update(&ctx, data, len);					\
	hmac_##name##_final(&ctx, out);						\
}

HASH(sha256, SHA256, SHA256_Init, SHA256_Update, SHA256_Final)
HASH(sha384, SHA384, SHA384_Init, SHA384_Update, SHA384_Final)
HASH(sha512, SHA512, SHA512_Init, SHA512_Update, SHA512_Final)

/* One context a thread, made again for each use; the kernel needs none. */
static __thread EVP_CIPHER_CTX *cipher_ctx;

static EVP_CIPHER_CTX *cipher_get(void)
{
	if (!cipher_ctx) {
		cipher_ctx = EVP_CIPHER_CTX_new();
		must(cipher_ctx);
	}
	return cipher_ctx;
}

int aesgcm_expandkey(struct aesgcm_ctx *ctx, const u8 *key,
		     unsigned int keysize, unsigned int authsize)
{
	if ((keysize != 16 && keysize != 24 && keysize != 32) ||
	    authsize < 4 || authsize > 16)
		return -EINVAL;
	memcpy(ctx->key, key, keysize);
	ctx->keysize = keysize;
	ctx->authsize = authsize;
	return 0;
}

static EVP_CIPHER_CTX *gcm_start(const struct aesgcm_ctx *ctx, bool enc,
				 const u8 *assoc, int assoc_len, const u8 *iv)
{
	static EVP_CIPHER *ciphers[3];
	EVP_CIPHER_CTX *c = cipher_get();
	unsigned int i = ctx->keysize / 8 - 2;
	int n;

	if (!ciphers[i]) {
		ciphers[i] = EVP_CIPHER_fetch(NULL, i == 0 ? "AES-128-GCM" :
					      i == 1 ? "AES-192-GCM" : "AES-256-GCM", NULL);
		must(ciphers[i]);
	}
	must(EVP_CipherInit_ex(c, ciphers[i], NULL, ctx->key, iv, enc));
	must(!assoc_len || EVP_CipherUpdate(c, NULL, &n, assoc, assoc_len));
	return c;
}

void aesgcm_encrypt(const struct aesgcm_ctx *ctx, u8 *dst, const u8 *src,
		    int crypt_len, const u8 *assoc, int assoc_len,
		    const u8 iv[GCM_AES_IV_SIZE], u8 *authtag)
{
	EVP_CIPHER_CTX *c = gcm_start(ctx, true, assoc, assoc_len, iv);
	u8 end[AES_BLOCK_SIZE];
	int n;

	must(!crypt_len || EVP_CipherUpdate(c, dst, &n, src, crypt_len));
	must(EVP_CipherFinal_ex(c, end, &n));
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, ctx->authsize, authtag));
}

bool aesgcm_decrypt(const struct aesgcm_ctx *ctx, u8 *dst, const u8 *src,
		    int crypt_len, const u8 *assoc, int assoc_len,
		    const u8 iv[GCM_AES_IV_SIZE], const u8 *authtag)
{
	EVP_CIPHER_CTX *c = gcm_start(ctx, false, assoc, assoc_len, iv);
	u8 *tmp = malloc(crypt_len + 1);
	u8 end[AES_BLOCK_SIZE];
	bool good;
	int n;

	/* The kernel gives out nothing unless the tag is right. */
	must(tmp);
	must(!crypt_len || EVP_CipherUpdate(c, tmp, &n, src, crypt_len));
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, ctx->authsize, (void *)authtag));
	good = EVP_CipherFinal_ex(c, end, &n) > 0;
	if (good && crypt_len)
		memcpy(dst, tmp, crypt_len);
	free(tmp);
	return good;
}

void chacha_init(struct chacha_state *state, const u32 key[CHACHA_KEY_WORDS],
		 const u8 iv[CHACHA_IV_SIZE])
{
	static const u32 sigma[4] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	unsigned int i;

	memcpy(state->x, sigma, sizeof(sigma));
	memcpy(state->x + 4, key, 4 * CHACHA_KEY_WORDS);
	for (i = 0; i < 4; i++)
		state->x[12 + i] = get_unaligned_le32(iv + 4 * i);
}

/* As the kernel's: a call that ends within a block uses that block up. */
void chacha20_crypt(struct chacha_state *state, u8 *dst, const u8 *src,
		    unsigned int bytes)
{
	EVP_CIPHER_CTX *c = cipher_get();
	u8 key[CHACHA_KEY_SIZE];
	u8 iv[CHACHA_IV_SIZE];
	unsigned int i;
	int n;

	for (i = 0; i < CHACHA_KEY_WORDS; i++)
		put_unaligned_le32(state->x[4 + i], key + 4 * i);
	for (i = 0; i < 4; i++)
		put_unaligned_le32(state->x[12 + i], iv + 4 * i);
	must(EVP_EncryptInit_ex(c, EVP_chacha20(), NULL, key, iv));
	must(!bytes || EVP_EncryptUpdate(c, dst, &n, src, bytes));
	state->x[12] += DIV_ROUND_UP(bytes, CHACHA_BLOCK_SIZE);
	memzero_explicit(key, sizeof(key));
}

void poly1305_init(struct poly1305_desc_ctx *desc, const u8 key[POLY1305_KEY_SIZE])
{
	static EVP_MAC *mac;

	if (!mac)
		mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	must(mac);
	desc->mac = EVP_MAC_CTX_new(mac);
	must(desc->mac);
	must(EVP_MAC_init(desc->mac, key, POLY1305_KEY_SIZE, NULL));
}

void poly1305_update(struct poly1305_desc_ctx *desc, const u8 *src, unsigned int nbytes)
{
	must(!nbytes || EVP_MAC_update(desc->mac, src, nbytes));
}

void poly1305_final(struct poly1305_desc_ctx *desc, u8 *digest)
{
	size_t n;

	must(EVP_MAC_final(desc->mac, digest, &n, POLY1305_DIGEST_SIZE));
	EVP_MAC_CTX_free(desc->mac);
	desc->mac = NULL;
}

bool curve25519(u8 mypublic[CURVE25519_KEY_SIZE], const u8 secret[CURVE25519_KEY_SIZE],
		const u8 basepoint[CURVE25519_KEY_SIZE])
{
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *sk, *pk;
	size_t n = CURVE25519_KEY_SIZE;
	bool good;

	sk = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, n);
	pk = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, basepoint, n);
	must(sk && pk);
	ctx = EVP_PKEY_CTX_new(sk, NULL);
	must(ctx && EVP_PKEY_derive_init(ctx) > 0);
	must(EVP_PKEY_derive_set_peer(ctx, pk) > 0);
	/* Fails for a result of all zeroes, as the kernel's. */
	good = EVP_PKEY_derive(ctx, mypublic, &n) > 0;
	if (!good)
		memset(mypublic, 0, CURVE25519_KEY_SIZE);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(sk);
	EVP_PKEY_free(pk);
	return good;
}

bool curve25519_generate_public(u8 pub[CURVE25519_KEY_SIZE],
				const u8 secret[CURVE25519_KEY_SIZE])
{
	size_t n = CURVE25519_KEY_SIZE;
	EVP_PKEY *sk;

	if (!memchr_inv(secret, 0, CURVE25519_KEY_SIZE))
		return false;
	sk = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, n);
	must(sk && EVP_PKEY_get_raw_public_key(sk, pub, &n) > 0);
	EVP_PKEY_free(sk);
	return true;
}

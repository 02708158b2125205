/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's lib/crypto as the TLS engine sees it; implemented in kcrypto.c
 * over libcrypto. Contexts may be copied, as the kernel's.
 */
#ifndef _RIPTIDES_ENGINE_SHIM_CRYPTO_H
#define _RIPTIDES_ENGINE_SHIM_CRYPTO_H

/* <crypto/utils.h> */
int crypto_memneq(const void *a, const void *b, size_t size) __must_check;
void crypto_xor_cpy(u8 *dst, const u8 *a, const u8 *b, unsigned int size);

static inline void crypto_xor(u8 *dst, const u8 *src, unsigned int size)
{
	crypto_xor_cpy(dst, dst, src, size);
}

/* <crypto/sha1.h>, <crypto/sha2.h> */
#define SHA1_DIGEST_SIZE	20
#define SHA224_DIGEST_SIZE	28
#define SHA256_DIGEST_SIZE	32
#define SHA384_DIGEST_SIZE	48
#define SHA512_DIGEST_SIZE	64
#define SHA256_BLOCK_SIZE	64
#define SHA384_BLOCK_SIZE	128
#define SHA512_BLOCK_SIZE	128

#define shim_hash(name, type, size)						\
struct name##_ctx {								\
	type c;									\
};										\
										\
struct hmac_##name##_key {							\
	struct name##_ctx inner, outer;						\
};										\
										\
struct hmac_##name##_ctx {							\
	struct name##_ctx inner, outer;						\
};										\
										\
void name##_init(struct name##_ctx *ctx);					\
void name##_update(struct name##_ctx *ctx, const u8 *data, size_t len);		\
void name##_final(struct name##_ctx *ctx, u8 *out);				\
void name(const u8 *data, size_t len, u8 *out);					\
void hmac_##name##_preparekey(struct hmac_##name##_key *key,			\
			      const u8 *raw_key, size_t raw_key_len);		\
void hmac_##name##_init(struct hmac_##name##_ctx *ctx,				\
			const struct hmac_##name##_key *key);			\
void hmac_##name##_init_usingrawkey(struct hmac_##name##_ctx *ctx,		\
				    const u8 *raw_key, size_t raw_key_len);	\
void hmac_##name##_update(struct hmac_##name##_ctx *ctx,			\
			  const u8 *data, size_t len);				\
void hmac_##name##_final(struct hmac_##name##_ctx *ctx, u8 *out);		\
void hmac_##name(const struct hmac_##name##_key *key,				\
		 const u8 *data, size_t len, u8 *out);				\
void hmac_##name##_usingrawkey(const u8 *raw_key, size_t raw_key_len,		\
			       const u8 *data, size_t len, u8 *out)

shim_hash(sha256, SHA256_CTX, SHA256_DIGEST_SIZE);
shim_hash(sha384, SHA512_CTX, SHA384_DIGEST_SIZE);
shim_hash(sha512, SHA512_CTX, SHA512_DIGEST_SIZE);

/* <crypto/aes.h>, <crypto/gcm.h> */
#define AES_BLOCK_SIZE		16
#define AES_KEYSIZE_128		16
#define AES_KEYSIZE_256		32
#define GCM_AES_IV_SIZE		12

struct aesgcm_ctx {
	u8 key[32];
	unsigned int keysize;
	unsigned int authsize;
};

int aesgcm_expandkey(struct aesgcm_ctx *ctx, const u8 *key,
		     unsigned int keysize, unsigned int authsize);
void aesgcm_encrypt(const struct aesgcm_ctx *ctx, u8 *dst, const u8 *src,
		    int crypt_len, const u8 *assoc, int assoc_len,
		    const u8 iv[GCM_AES_IV_SIZE], u8 *authtag);
bool __must_check aesgcm_decrypt(const struct aesgcm_ctx *ctx, u8 *dst,
				 const u8 *src, int crypt_len, const u8 *assoc,
				 int assoc_len, const u8 iv[GCM_AES_IV_SIZE],
				 const u8 *authtag);

/* <crypto/chacha.h> */
#define CHACHA_IV_SIZE		16
#define CHACHA_KEY_SIZE		32
#define CHACHA_BLOCK_SIZE	64
#define CHACHA_KEY_WORDS	8
#define CHACHA_STATE_WORDS	16

struct chacha_state {
	u32 x[CHACHA_STATE_WORDS];
};

void chacha_init(struct chacha_state *state, const u32 key[CHACHA_KEY_WORDS],
		 const u8 iv[CHACHA_IV_SIZE]);
void chacha20_crypt(struct chacha_state *state, u8 *dst, const u8 *src,
		    unsigned int bytes);

static inline void chacha_zeroize_state(struct chacha_state *state)
{
	memzero_explicit(state, sizeof(*state));
}

/* <crypto/poly1305.h>: a context must reach poly1305_final() */
#define POLY1305_BLOCK_SIZE	16
#define POLY1305_KEY_SIZE	32
#define POLY1305_DIGEST_SIZE	16

struct poly1305_desc_ctx {
	void *mac;
};

void poly1305_init(struct poly1305_desc_ctx *desc, const u8 key[POLY1305_KEY_SIZE]);
void poly1305_update(struct poly1305_desc_ctx *desc, const u8 *src, unsigned int nbytes);
void poly1305_final(struct poly1305_desc_ctx *desc, u8 *digest);

/* <crypto/curve25519.h> */
#define CURVE25519_KEY_SIZE	32

bool __must_check curve25519(u8 mypublic[CURVE25519_KEY_SIZE],
			     const u8 secret[CURVE25519_KEY_SIZE],
			     const u8 basepoint[CURVE25519_KEY_SIZE]);
bool __must_check curve25519_generate_public(u8 pub[CURVE25519_KEY_SIZE],
					     const u8 secret[CURVE25519_KEY_SIZE]);

static inline void curve25519_clamp_secret(u8 secret[CURVE25519_KEY_SIZE])
{
	secret[0] &= 248;
	secret[31] = (secret[31] & 127) | 64;
}

static inline void curve25519_generate_secret(u8 secret[CURVE25519_KEY_SIZE])
{
	get_random_bytes_wait(secret, CURVE25519_KEY_SIZE);
	curve25519_clamp_secret(secret);
}

/* <crypto/sha3.h>: libcrypto cannot squeeze twice, so this is in sha3.c */
struct shake_ctx {
	u64 state[25];
	unsigned int rate;	/* in bytes */
	unsigned int at;
	bool squeezing;
};

void shake128_init(struct shake_ctx *ctx);
void shake_update(struct shake_ctx *ctx, const u8 *in, size_t len);
void shake_squeeze(struct shake_ctx *ctx, u8 *out, size_t len);
void shake_zeroize_ctx(struct shake_ctx *ctx);
void shake256(const u8 *in, size_t in_len, u8 *out, size_t out_len);
void sha3_256(const u8 *in, size_t len, u8 *out);
void sha3_512(const u8 *in, size_t len, u8 *out);

#endif /* _RIPTIDES_ENGINE_SHIM_CRYPTO_H */

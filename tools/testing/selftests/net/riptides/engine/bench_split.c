// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of the engine's time goes to primitives, and how much memory it
 * takes: the linker puts these in the place of what it calls.
 */
#include <malloc.h>
#include <crypto/gcm.h>
#include <crypto/sha2.h>
#include "bench.h"
#include "ec.h"
#include "x25519.h"

bool bench_split;
u64 bench_ticks[BENCH_PRIMITIVES];
unsigned int bench_calls[BENCH_PRIMITIVES];
size_t bench_bytes;
size_t bench_bytes_peak;

static unsigned int depth;

static u64 enter(void)
{
	return bench_split && !depth++ ? bench_clock() : 0;
}

static void leave(enum bench_primitive which, u64 begin)
{
	if (!bench_split || --depth)
		return;
	bench_ticks[which] += bench_clock() - begin;
	bench_calls[which]++;
}

/* A function that is a primitive: what it is, what it is called with. */
#define WRAP(which, type, name, params, args)			\
type __real_##name params;					\
type __wrap_##name params;					\
type __wrap_##name params					\
{								\
	u64 begin = enter();					\
	type ret = __real_##name args;				\
								\
	leave(which, begin);					\
	return ret;						\
}

#define WRAP_VOID(which, name, params, args)			\
void __real_##name params;					\
void __wrap_##name params;					\
void __wrap_##name params					\
{								\
	u64 begin = enter();					\
								\
	__real_##name args;					\
	leave(which, begin);					\
}

WRAP(BENCH_SIGN, int, rpt_ecdsa_sign,
     (const struct rpt_ec_curve *c, const u8 *d, u8 hash, const u8 *digest,
      const u8 *hedge, size_t hedge_len, u8 *sig, size_t cap, size_t *siglen),
     (c, d, hash, digest, hedge, hedge_len, sig, cap, siglen))
WRAP(BENCH_VERIFY, int, rpt_ecdsa_verify,
     (const struct rpt_ec_curve *c, const u8 *q, size_t qlen, const u8 *digest,
      size_t len, const u8 *sig, size_t siglen),
     (c, q, qlen, digest, len, sig, siglen))
WRAP(BENCH_KEX, int, rpt_x25519,
     (const u8 *priv, const u8 *peer, u8 *secret), (priv, peer, secret))
WRAP(BENCH_KEX, int, rpt_x25519_keygen, (u8 *priv, u8 *share), (priv, share))
WRAP_VOID(BENCH_HASH, sha256_init, (struct sha256_ctx *c), (c))
WRAP_VOID(BENCH_HASH, sha256_update, (struct sha256_ctx *c, const u8 *p, size_t n), (c, p, n))
WRAP_VOID(BENCH_HASH, sha256_final, (struct sha256_ctx *c, u8 *out), (c, out))
WRAP_VOID(BENCH_HASH, sha384_init, (struct sha384_ctx *c), (c))
WRAP_VOID(BENCH_HASH, sha384_update, (struct sha384_ctx *c, const u8 *p, size_t n), (c, p, n))
WRAP_VOID(BENCH_HASH, sha384_final, (struct sha384_ctx *c, u8 *out), (c, out))
WRAP_VOID(BENCH_HASH, hmac_sha256_usingrawkey,
	  (const u8 *key, size_t klen, const u8 *p, size_t n, u8 *out), (key, klen, p, n, out))
WRAP_VOID(BENCH_HASH, hmac_sha256_preparekey,
	  (struct hmac_sha256_key *k, const u8 *raw, size_t n), (k, raw, n))
WRAP_VOID(BENCH_HASH, hmac_sha256_init,
	  (struct hmac_sha256_ctx *c, const struct hmac_sha256_key *k), (c, k))
WRAP_VOID(BENCH_HASH, hmac_sha256_init_usingrawkey,
	  (struct hmac_sha256_ctx *c, const u8 *raw, size_t n), (c, raw, n))
WRAP_VOID(BENCH_HASH, hmac_sha256_update,
	  (struct hmac_sha256_ctx *c, const u8 *p, size_t n), (c, p, n))
WRAP_VOID(BENCH_HASH, hmac_sha256_final, (struct hmac_sha256_ctx *c, u8 *out), (c, out))
WRAP(BENCH_AEAD, int, aesgcm_expandkey,
     (struct aesgcm_ctx *c, const u8 *key, unsigned int n, unsigned int tag), (c, key, n, tag))
WRAP_VOID(BENCH_AEAD, aesgcm_encrypt,
	  (const struct aesgcm_ctx *c, u8 *dst, const u8 *src, int n, const u8 *aad, int aad_len,
	   const u8 iv[12], u8 *tag),
	  (c, dst, src, n, aad, aad_len, iv, tag))
WRAP(BENCH_AEAD, bool, aesgcm_decrypt,
     (const struct aesgcm_ctx *c, u8 *dst, const u8 *src, int n, const u8 *aad, int aad_len,
      const u8 iv[12], const u8 *tag),
     (c, dst, src, n, aad, aad_len, iv, tag))

void *__real_shim_alloc(size_t size, gfp_t flags);
void *__wrap_shim_alloc(size_t size, gfp_t flags);
void __real_shim_free(const void *p);
void __wrap_shim_free(const void *p);
void __real_shim_free_sensitive(const void *p);
void __wrap_shim_free_sensitive(const void *p);

void *__wrap_shim_alloc(size_t size, gfp_t flags)
{
	void *p = __real_shim_alloc(size, flags);

	bench_bytes += malloc_usable_size(p);
	bench_bytes_peak = max(bench_bytes_peak, bench_bytes);
	return p;
}

void __wrap_shim_free(const void *p)
{
	bench_bytes -= malloc_usable_size((void *)p);
	__real_shim_free(p);
}

void __wrap_shim_free_sensitive(const void *p)
{
	bench_bytes -= malloc_usable_size((void *)p);
	__real_shim_free_sensitive(p);
}

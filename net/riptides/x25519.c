// SPDX-License-Identifier: GPL-2.0-only
/*
 * X25519: s2n-bignum's where it is built, else the kernel's library
 */

#include <crypto/curve25519.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/random.h>
#include <linux/string.h>

#include "burn.h"
#include "x25519.h"

static_assert(RPT_X25519_LEN == CURVE25519_KEY_SIZE);

#ifdef CONFIG_RIPTIDES_S2N
#include <asm/cpufeature.h>
#include <linux/unaligned.h>

#include "s2n.h"

#define WORDS	4

/* How deep s2n-bignum reaches into the stack with secrets, in KiB */
#define BURN	2

static __always_inline void load(u64 *z, const u8 *le)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		z[i] = get_unaligned_le64(le + 8 * i);
}

static __always_inline u64 store(u8 *le, const u64 *x)
{
	u64 bits = 0;
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		put_unaligned_le64(x[i], le + 8 * i);
		bits |= x[i];
	}
	return bits;
}

static __always_inline bool
s2n_base(void (*base)(u64 *res, const u64 *scalar), u8 *share, const u8 *priv)
{
	u64 k[WORDS], res[WORDS];
	u64 bits;

	load(k, priv);
	base(res, k);
	bits = store(share, res);
	memzero_explicit(k, sizeof(k));
	rpt_stack_burn(BURN);
	return bits;
}

/* The top bit of the point is ignored there (RFC 7748 section 5). */
static __always_inline bool
s2n_mul(void (*mul)(u64 *res, const u64 *scalar, const u64 *point),
	u8 *secret, const u8 *priv, const u8 *peer)
{
	u64 k[WORDS], point[WORDS], res[WORDS];
	u64 bits;

	load(k, priv);
	load(point, peer);
	mul(res, k, point);
	bits = store(secret, res);
	memzero_explicit(k, sizeof(k));
	memzero_explicit(res, sizeof(res));
	rpt_stack_burn(BURN);
	return bits;
}

#ifdef CONFIG_X86_64
static bool adx_usable(void)
{
	return boot_cpu_has(X86_FEATURE_BMI2) && boot_cpu_has(X86_FEATURE_ADX);
}

static bool adx_base(u8 *share, const u8 *priv)
{
	return s2n_base(curve25519_x25519base, share, priv);
}

static bool adx_mul(u8 *secret, const u8 *priv, const u8 *peer)
{
	return s2n_mul(curve25519_x25519, secret, priv, peer);
}

static const struct rpt_x25519_ops adx = {
	.name	= "s2n-bignum (ADX)",
	.usable	= adx_usable,
	.base	= adx_base,
	.mul	= adx_mul,
};
#endif

static bool alt_base(u8 *share, const u8 *priv)
{
	return s2n_base(curve25519_x25519base_alt, share, priv);
}

static bool alt_mul(u8 *secret, const u8 *priv, const u8 *peer)
{
	return s2n_mul(curve25519_x25519_alt, secret, priv, peer);
}

static const struct rpt_x25519_ops alt = {
	.name	= "s2n-bignum",
	.base	= alt_base,
	.mul	= alt_mul,
};
#endif /* CONFIG_RIPTIDES_S2N */

static bool lib_base(u8 *share, const u8 *priv)
{
	return curve25519_generate_public(share, priv);
}

static bool lib_mul(u8 *secret, const u8 *priv, const u8 *peer)
{
	return curve25519(secret, priv, peer);
}

static const struct rpt_x25519_ops lib = {
	.name	= "lib/crypto",
	.base	= lib_base,
	.mul	= lib_mul,
};

const struct rpt_x25519_ops *const rpt_x25519_backends[] = {
#ifdef CONFIG_RIPTIDES_S2N
#ifdef CONFIG_X86_64
	&adx,
#endif
	&alt,
#endif
	&lib,
	NULL
};

/* A copy of the backend that fits the CPU, made at boot */
static struct rpt_x25519_ops chosen __ro_after_init;

static int __init x25519_init(void)
{
	const struct rpt_x25519_ops *const *ops = rpt_x25519_backends;

	while ((*ops)->usable && !(*ops)->usable())
		ops++;
	chosen = **ops;
	return 0;
}
core_initcall(x25519_init);

/**
 * rpt_x25519_chosen() - the backend that this CPU was given at boot
 *
 * Context: Any context.
 * Return: the backend.
 */
const struct rpt_x25519_ops *rpt_x25519_chosen(void)
{
	return &chosen;
}

/**
 * rpt_x25519_keygen() - make a key pair (RFC 7748 section 6.1)
 * @priv: private key, 32 bytes; clamping makes any of them a good one
 * @share: public key, 32 bytes
 *
 * Context: Process context.  Waits for the random number generator to be
 * seeded.
 * Return: 0, -ERESTARTSYS if a signal came meanwhile, -EIO if the generator is
 * broken.
 */
int rpt_x25519_keygen(u8 *priv, u8 *share)
{
	int err;

	err = get_random_bytes_wait(priv, RPT_X25519_LEN);
	if (err)
		return err;
	curve25519_clamp_secret(priv);
	return chosen.base(share, priv) ? 0 : -EIO;
}

/**
 * rpt_x25519() - Diffie-Hellman
 * @priv: own private key
 * @peer: the peer's public key
 * @secret: shared secret, 32 bytes
 *
 * Context: Any context.
 * Return: 0, or -EINVAL for the all-zero result of a point of low order (RFC
 * 8446 section 7.4.2).
 */
int rpt_x25519(const u8 *priv, const u8 *peer, u8 *secret)
{
	u8 d[RPT_X25519_LEN];
	bool ok;

	memcpy(d, priv, sizeof(d));
	curve25519_clamp_secret(d);
	ok = chosen.mul(secret, d, peer);
	memzero_explicit(d, sizeof(d));
	return ok ? 0 : -EINVAL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Curves: parameters, key generation and the checks before any arithmetic
 */

#include <crypto/utils.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/random.h>
#include <linux/string.h>

#include "ec.h"

/* BearSSL's (and TLS's) numbers of the curves */
enum {
	EC_ID_P256	= 23,
	EC_ID_P384	= 24,
};

/* FIPS 186-5 and SP 800-186 section 3.2.1.3 */
static const u8 p256_order[32] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

/* SP 800-186 section 3.2.1.4 */
static const u8 p384_order[48] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
	0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a,
	0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
};

static const struct rpt_ec_ops *const p256_backends[] = {
#ifdef CONFIG_RIPTIDES_S2N
#ifdef CONFIG_X86_64
	&rpt_ec_p256_adx,
#endif
	&rpt_ec_p256_alt,
#endif
	&rpt_ec_bearssl,
	NULL
};

static const struct rpt_ec_ops *const p384_backends[] = {
#ifdef CONFIG_RIPTIDES_S2N
#ifdef CONFIG_X86_64
	&rpt_ec_p384_adx,
#endif
	&rpt_ec_p384_alt,
#endif
	&rpt_ec_bearssl,
	NULL
};

/* Copies of the backends that fit the CPU, made at boot */
static struct rpt_ec_ops p256_ops __ro_after_init;
static struct rpt_ec_ops p384_ops __ro_after_init;

const struct rpt_ec_curve rpt_ec_p256 = {
	.name		= "P-256",
	.key_type	= RPT_KEY_EC_P256,
	.len		= 32,
	.point_len	= 65,
	.bear_id	= EC_ID_P256,
	.order		= p256_order,
	.ops		= &p256_ops,
	.backends	= p256_backends,
};

const struct rpt_ec_curve rpt_ec_p384 = {
	.name		= "P-384",
	.key_type	= RPT_KEY_EC_P384,
	.len		= 48,
	.point_len	= 97,
	.bear_id	= EC_ID_P384,
	.order		= p384_order,
	.ops		= &p384_ops,
	.backends	= p384_backends,
};

static void __init choose(struct rpt_ec_ops *ops,
			  const struct rpt_ec_ops *const *backend)
{
	while ((*backend)->usable && !(*backend)->usable())
		backend++;
	*ops = **backend;
}

static int __init ec_init(void)
{
	choose(&p256_ops, p256_backends);
	choose(&p384_ops, p384_backends);
	return 0;
}
core_initcall(ec_init);

/**
 * rpt_ec_curve_find() - the curve of a key type
 * @key_type: enum rpt_key_type
 *
 * Context: Any context.
 * Return: the curve, NULL if keys of that type are not EC keys.
 */
const struct rpt_ec_curve *rpt_ec_curve_find(u8 key_type)
{
	switch (key_type) {
	case RPT_KEY_EC_P256:
		return &rpt_ec_p256;
	case RPT_KEY_EC_P384:
		return &rpt_ec_p384;
	default:
		return NULL;
	}
}

/**
 * rpt_ec_scalar_ok() - is a number a private scalar of the curve?
 * @c: the curve
 * @s: the number, @c->len bytes
 *
 * Runs in constant time; the answer itself is not secret.
 *
 * Context: Any context.
 * Return: true if 0 < @s < n.
 */
bool rpt_ec_scalar_ok(const struct rpt_ec_curve *c, const u8 *s)
{
	unsigned int borrow = 0;
	unsigned int nonzero = 0;
	unsigned int i;

	for (i = c->len; i-- > 0;) {
		borrow = ((s[i] - c->order[i] - borrow) >> 8) & 1;
		nonzero |= s[i];
	}
	return borrow && nonzero;
}

/**
 * rpt_ec_point_check() - validate a public point
 * @c: the curve
 * @point: the encoded point
 * @len: length of @point
 *
 * Only the uncompressed form is taken, as RFC 8446 section 4.2.8.2 demands;
 * with cofactor 1 a point on the curve is a valid key (SP 800-56A section
 * 5.6.2.3.3).  The point at infinity has no uncompressed form.
 *
 * Context: Any context that allows 3 kB of stack.
 * Return: 0, or -EINVAL if the length, the form or a coordinate is wrong or
 * the point is not on the curve.
 */
int rpt_ec_point_check(const struct rpt_ec_curve *c, const u8 *point,
		       size_t len)
{
	if (len != c->point_len || point[0] != 0x04)
		return -EINVAL;
	return c->ops->check(c, point);
}

/**
 * rpt_ec_keygen() - make a key pair
 * @c: the curve
 * @d: private scalar, @c->len bytes
 * @point: public point, @c->point_len bytes
 *
 * Draws until the number is in [1, n-1] (FIPS 186-5 appendix A.2.2), so that
 * no bias needs arguing.  A draw fails with a probability below 2^-31: the
 * bound only ends the loop if the random number generator is broken.
 *
 * Context: Process context.  Waits for the random number generator to be
 * seeded.
 * Return: 0, -ERESTARTSYS if a signal came meanwhile, -EIO if the generator is
 * broken.
 */
int rpt_ec_keygen(const struct rpt_ec_curve *c, u8 *d, u8 *point)
{
	unsigned int tries;
	int err;

	for (tries = 0; tries < 8; tries++) {
		err = get_random_bytes_wait(d, c->len);
		if (!err && !rpt_ec_scalar_ok(c, d))
			continue;
		if (!err)
			err = c->ops->pub(c, d, point);
		if (err)
			memzero_explicit(d, c->len);
		return err;
	}
	memzero_explicit(d, c->len);
	return -EIO;
}

/**
 * rpt_ec_ecdh() - Diffie-Hellman (SP 800-56A section 5.7.1.2)
 * @c: the curve
 * @d: own private scalar, @c->len bytes
 * @point: the peer's encoded point
 * @len: length of @point
 * @x: shared secret, @c->len bytes (RFC 8446 section 7.4.2); zero on failure
 *
 * Context: Any context that allows 5 kB of stack.
 * Return: 0, or -EINVAL if the scalar is out of range or the point is not
 * valid.
 */
int rpt_ec_ecdh(const struct rpt_ec_curve *c, const u8 *d, const u8 *point,
		size_t len, u8 *x)
{
	int err = -EINVAL;

	if (len == c->point_len && point[0] == 0x04 && rpt_ec_scalar_ok(c, d))
		err = c->ops->ecdh(c, d, point, x);
	if (err)
		memzero_explicit(x, c->len);
	return err;
}

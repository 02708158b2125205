// SPDX-License-Identifier: GPL-2.0-only
/*
 * Curve arithmetic by BearSSL: P-256 on 30-bit words, P-384 on 31-bit words,
 * both constant-time
 *
 * BearSSL derives ECDSA nonces itself and deterministically (RFC 6979).  Ours
 * are hedged and come from ecdsa.c, so the signature equation is written out
 * here, on BearSSL's modular integers.
 */

#include <linux/errno.h>
#include <linux/string.h>

#include "inner.h"
#include "bear.h"
#include "ec.h"

#define I31_WORDS	((RPT_EC_SCALAR_MAX * 8 + 61) / 31)

static const br_ec_impl *bear_impl(const struct rpt_ec_curve *c)
{
	return c->bear_id == BR_EC_secp256r1 ? &br_ec_p256_m31 :
					       &br_ec_prime_i31;
}

static unsigned int bear_depth(const struct rpt_ec_curve *c)
{
	return c->bear_id == BR_EC_secp256r1 ? RPT_BURN_P256 : RPT_BURN_P384;
}

/* 1 * point: the multiplication validates the point first */
static int bear_check(const struct rpt_ec_curve *c, const u8 *point)
{
	static const u8 one = 1;
	u8 p[RPT_EC_POINT_MAX];

	memcpy(p, point, c->point_len);
	if (!bear_impl(c)->mul(p, c->point_len, &one, 1, c->bear_id))
		return -EINVAL;
	return 0;
}

static int bear_pub(const struct rpt_ec_curve *c, const u8 *d, u8 *point)
{
	bear_impl(c)->mulgen(point, d, c->len, c->bear_id);
	rpt_stack_burn(bear_depth(c));
	return 0;
}

static int bear_ecdh(const struct rpt_ec_curve *c, const u8 *d,
		     const u8 *point, u8 *x)
{
	u8 p[RPT_EC_POINT_MAX];
	u32 ok;

	memcpy(p, point, c->point_len);
	ok = bear_impl(c)->mul(p, c->point_len, d, c->len, c->bear_id);
	if (ok)
		memcpy(x, p + 1, c->len);
	memzero_explicit(p, sizeof(p));
	rpt_stack_burn(bear_depth(c));
	return ok ? 0 : -EINVAL;
}

/* s = (e + d * r) / k mod n (FIPS 186-5 section 6.4.1) */
static int bear_sign(const struct rpt_ec_curve *c, const u8 *d, const u8 *e,
		     const u8 *k, u8 *rs)
{
	struct {
		u32 n[I31_WORDS], r[I31_WORDS], s[I31_WORDS];
		u32 x[I31_WORDS], m[I31_WORDS], k[I31_WORDS];
		u32 t1[I31_WORDS], t2[I31_WORDS];
		u8 point[RPT_EC_POINT_MAX];
		u8 exp[RPT_EC_SCALAR_MAX];
	} v;
	u32 n0i, carry, zero;

	br_i31_decode(v.n, c->order, c->len);
	n0i = br_i31_ninv31(v.n[1]);
	br_i31_decode_mod(v.x, d, c->len, v.n);
	br_i31_decode_mod(v.m, e, c->len, v.n);
	br_i31_decode_mod(v.k, k, c->len, v.n);

	/* r is the X coordinate of k * G, less than 2n, modulo n. */
	bear_impl(c)->mulgen(v.point, k, c->len, c->bear_id);
	br_i31_zero(v.r, v.n[0]);
	br_i31_decode(v.r, v.point + 1, c->len);
	v.r[0] = v.n[0];
	br_i31_sub(v.r, v.n, br_i31_sub(v.r, v.n, 0) ^ 1);

	/* k becomes R^2 / k: out of Montgomery form twice, to the n - 2. */
	br_i31_from_monty(v.k, v.n, n0i);
	br_i31_from_monty(v.k, v.n, n0i);
	memcpy(v.exp, c->order, c->len);
	v.exp[c->len - 1] -= 2;
	br_i31_modpow(v.k, v.exp, c->len, v.n, n0i, v.t1, v.t2);

	/* (m / R + x * r / R) * (R^2 / k) / R; the sum is less than 2n. */
	br_i31_from_monty(v.m, v.n, n0i);
	br_i31_montymul(v.t1, v.x, v.r, v.n, n0i);
	carry = br_i31_add(v.t1, v.m, 1);
	carry |= br_i31_sub(v.t1, v.n, 0) ^ 1;
	br_i31_sub(v.t1, v.n, carry);
	br_i31_montymul(v.s, v.t1, v.k, v.n, n0i);

	br_i31_encode(rs, c->len, v.r);
	br_i31_encode(rs + c->len, c->len, v.s);
	zero = br_i31_iszero(v.r) | br_i31_iszero(v.s);

	memzero_explicit(&v, sizeof(v));
	rpt_stack_burn(bear_depth(c));
	return zero ? -EAGAIN : 0;
}

static int bear_verify(const struct rpt_ec_curve *c, const u8 *q,
		       const u8 *e, const u8 *rs)
{
	br_ec_public_key pk = {
		.curve	= c->bear_id,
		.q	= (unsigned char *)q,
		.qlen	= c->point_len,
	};

	if (!br_ecdsa_i31_vrfy_raw(bear_impl(c), e, c->len, &pk, rs,
				   2 * c->len))
		return -EKEYREJECTED;
	return 0;
}

const struct rpt_ec_ops rpt_ec_bearssl = {
	.name	= "BearSSL",
	.check	= bear_check,
	.pub	= bear_pub,
	.ecdh	= bear_ecdh,
	.sign	= bear_sign,
	.verify	= bear_verify,
};
